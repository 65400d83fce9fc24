#include "codec/html.h"

#include "codec/markup.h"
#include "codec/plot.h"

static const char style[] =
	"*{box-sizing:border-box}\n"
	"html{-webkit-text-size-adjust:100%}\n"
	"body{margin:0 auto;padding:2rem 1.25rem 3rem;max-width:60rem;background:var(--paper);"
	"color:var(--ink);font:1rem/1.5 system-ui,sans-serif}\n"
	"h1{margin:0;font-size:1.75rem;line-height:1.25;overflow-wrap:anywhere}\n"
	"h2{margin:2.5rem 0 .75rem;font-size:1.15rem}\n"
	"h3{margin:0 0 .25rem;font-size:.85rem;color:var(--faint);font-weight:600}\n"
	"p{margin:.5rem 0}\n"
	".lead,.note,footer{color:var(--faint)}\n"
	".verdict{display:inline-block;margin:.75rem 0 .25rem;padding:.4rem .8rem;"
	"border:1px solid;border-left-width:.4rem;border-radius:.3rem;font-weight:600}\n"
	".pass{color:var(--running)}\n"
	".fail{color:var(--failed)}\n"
	"figure{margin:0}\n"
	"figure svg{display:block;width:100%;height:auto}\n"
	"figure svg g{font-family:inherit}\n"
	".narrow{display:none}\n"
	"figcaption,.note{margin-top:.5rem;font-size:.85rem}\n"
	"figcaption{color:var(--faint)}\n"
	".scroll{overflow-x:auto}\n"
	".scroll th:first-child{position:sticky;left:0;background:var(--paper)}\n"
	"table{border-collapse:separate;border-spacing:0;font-variant-numeric:tabular-nums;font-"
	"size:.9rem}\n"
	"th,td{padding:.3rem 0 .3rem 1.25rem;text-align:right;white-space:nowrap;"
	"border-bottom:1px solid var(--grid);font-weight:400}\n"
	"thead th{color:var(--faint);vertical-align:bottom}\n"
	"th:first-child,td:first-child{padding-left:0;text-align:left}\n"
	"tbody th,.text{text-align:left}\n"
	"td.text{white-space:normal;overflow-wrap:anywhere}\n"
	"tr.all>*{font-weight:600}\n"
	".figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));"
	"gap:1.5rem 2.5rem;margin-top:1.5rem}\n"
	"dl{margin:0;font-size:.9rem}\n"
	"dl div{display:flex;justify-content:space-between;gap:1rem;padding:.15rem 0;"
	"border-bottom:1px solid var(--grid)}\n"
	"dd{margin:0;font-variant-numeric:tabular-nums}\n"
	"code,pre{font-family:ui-monospace,monospace;font-size:.85rem}\n"
	"details{margin:.75rem 0;border:1px solid var(--grid);border-radius:.3rem}\n"
	"summary{padding:.5rem .8rem;cursor:pointer;font-weight:600}\n"
	"pre{margin:0;padding:.25rem .8rem .8rem;overflow-x:auto;line-height:1.4;tab-size:4}\n"
	"footer{margin-top:2.5rem;font-size:.85rem}\n"
	"@media (max-width:38rem){\n"
	"body{padding:1.25rem 1rem 2rem}\n"
	".wide{display:none}\n"
	".narrow{display:block}\n"
	"}\n"
	"@media print{\n"
	"body{max-width:none;padding:0;font-size:.8rem}\n"
	".wide{display:block}\n"
	".narrow{display:none}\n"
	"figure,tr,dl{break-inside:avoid}\n"
	"h2,h3{break-after:avoid}\n"
	".scroll{overflow:visible}\n"
	"details::details-content{content-visibility:visible;height:auto}\n"
	"pre{white-space:pre-wrap;overflow-wrap:anywhere}\n"
	"}\n";

/* ---- the head ---- */

static void add_paints(bool dark, struct buf *out)
{
	buf_add_text(out, ":root{");
	for (int i = 0; i < PLOT_COLORS; i++)
		buf_addf(out, "--%s:#%06x;", plot_paints[i].name,
		         dark ? plot_paints[i].dark : plot_paints[i].light);
	buf_add_text(out, "}");
}

/* Paper is light, whatever the screen is. */
static void add_style(struct buf *out)
{
	buf_add_text(out, "<style>\n");
	add_paints(false, out);
	buf_add_text(out, "\n@media screen and (prefers-color-scheme:dark){");
	add_paints(true, out);
	buf_add_text(out, "}\n");
	buf_add_text(out, style);
	buf_add_text(out, "</style>\n");
}

static void add_text(const char *text, struct buf *out)
{
	markup_escape(slice_of(text), out);
}

static void add_head(const struct html_page *p, struct buf *out)
{
	buf_add_text(out,
	             "<!DOCTYPE html>\n"
	             "<html lang=\"en\">\n"
	             "<head>\n"
	             "<meta charset=\"utf-8\" />\n"
	             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n"
	             "<meta name=\"color-scheme\" content=\"light dark\" />\n"
	             "<link rel=\"icon\" href=\"data:,\" />\n"
	             "<title>");
	add_text(p->name, out);
	buf_add_text(out, "</title>\n");
	add_style(out);
	buf_add_text(out, "</head>\n<body>\n");
}

/* ---- at a glance ---- */

static uint32_t met(const struct html_page *p)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->result_count; i++)
		n += p->results[i].met;
	return n;
}

static void add_verdict(const struct html_page *p, struct buf *out)
{
	uint32_t good = met(p), all = p->result_count;

	if (all == 0)
		return;
	if (good == all)
		buf_addf(out, "<p class=\"verdict pass\">Pass: %s</p>\n",
		         all == 1 ? "the expectation is met" : "all expectations are met");
	else
		buf_addf(out,
		         "<p class=\"verdict fail\">Fail: %u of %u expectation%s not met</p>\n",
		         all - good, all,
		         all == 1          ? " is"
		         : all - good == 1 ? "s is"
		                           : "s are");
}

static void say_count(uint64_t n, const char *what, struct buf *out)
{
	if (n)
		buf_addf(out, ", %llu %s", (unsigned long long)n, what);
}

static void add_lead(const struct html_page *p, struct buf *out)
{
	const struct measure *m = p->measure;

	buf_add_text(out, "<p class=\"lead\">");
	figure_format(FIGURE_TIME, (double)instant_until(m->start, m->now).ns, out);
	buf_addf(out, " of virtual time, seed %llu: %llu action%s", (unsigned long long)p->seed,
	         (unsigned long long)m->all.arrived, m->all.arrived == 1 ? "" : "s");
	say_count(m->all.dispatched, "dispatched", out);
	say_count(m->all.failed, "failed", out);
	say_count(m->all.gated, "gated", out);
	say_count(m->all.expired, "expired", out);
	say_count(m->all.unfinished, "unfinished", out);
	buf_add_text(out, "</p>\n");
}

static void add_header(const struct html_page *p, struct buf *out)
{
	buf_add_text(out, "<header>\n<h1>");
	add_text(p->name, out);
	buf_add_text(out, "</h1>\n");
	add_verdict(p, out);
	add_lead(p, out);
	buf_add_text(out, "</header>\n");
}

/* ---- sections ---- */

static void add_result(const struct expect_result *r, struct buf *out)
{
	struct buf value = { 0 };

	expect_format(r->expect, r->value, &value);
	buf_addf(out, "<tr><td class=\"%s\">%s</td><td class=\"text\"><code>",
	         r->met ? "pass" : "fail", r->met ? "\xe2\x9c\x93 pass" : "\xe2\x9c\x97 fail");
	add_text(r->expect->text, out);
	buf_add_text(out, "</code></td><td>");
	markup_escape(buf_slice(&value), out);
	buf_add_text(out, "</td></tr>\n");
	buf_free(&value);
}

static void add_results(const struct html_page *p, struct buf *out)
{
	if (p->result_count == 0)
		return;
	buf_add_text(out, "<section>\n<h2>Expectations</h2>\n<table>\n<thead><tr><th>Result</th>"
	                  "<th class=\"text\">Expected</th><th>Value</th></tr></thead>\n<tbody>\n");
	for (uint32_t i = 0; i < p->result_count; i++)
		add_result(&p->results[i], out);
	buf_add_text(out, "</tbody>\n</table>\n</section>\n");
}

static void add_pictures(const struct html_page *p, struct buf *out)
{
	buf_add_text(out, "<section>\n<h2>Over time</h2>\n");
	if (p->excuse) {
		buf_add_text(out, "<p class=\"note\">No pictures: ");
		add_text(p->excuse, out);
		buf_add_text(out, "</p>\n</section>\n");
		return;
	}
	buf_add_text(out, "<figure>\n<div class=\"wide\">\n");
	buf_add_slice(out, p->wide);
	buf_add_text(out, "</div>\n<div class=\"narrow\">\n");
	buf_add_slice(out, p->narrow);
	buf_add_text(out, "</div>\n<figcaption>Depth is what waits or runs.");
	if (p->measure->asserts)
		buf_add_text(out, " Back-pressure is asserted where it is shaded.");
	buf_add_text(out, "</figcaption>\n</figure>\n</section>\n");
}

static void add_folded(const char *what, slice text, struct buf *out)
{
	if (text.n == 0)
		return;
	buf_addf(out, "<details>\n<summary>%s</summary>\n<pre>", what);
	markup_escape(text, out);
	buf_add_text(out, "</pre>\n</details>\n");
}

void html_page(const struct html_page *p, struct buf *out)
{
	add_head(p, out);
	add_header(p, out);
	buf_add_text(out, "<main>\n");
	add_results(p, out);
	add_pictures(p, out);
	html_kinds(p->measure, out);
	html_figures(p->measure, out);
	buf_add_text(out, "<section>\n<h2>What was simulated</h2>\n");
	add_folded("Scenario", p->scenario, out);
	add_folded("Configuration", p->config, out);
	buf_add_text(out, "</section>\n</main>\n<footer><p>Made by ");
	add_text(p->tool, out);
	buf_add_text(out, ". The same scenario and seed give the same page.</p></footer>\n"
	                  "</body>\n</html>\n");
}
