#include "codec/html.h"

#include "base/mem.h"
#include "codec/markup.h"
#include "codec/summary_column.h"

#include <stdlib.h>

/* ---- figures by their names ---- */

/* A figure of this name, or an empty one. */
static struct figure figure_named(const char *name)
{
	slice text = slice_of(name);
	struct figure f = { 0 };
	struct err e;

	figure_read(&text, &f, &e);
	return f;
}

struct group {
	const char *title;
	const char *names[10]; /* NULL at the end */
};

static const struct group groups[] = {
	{ "Actions",
	  { "received", "dispatched", "failed", "gated", "expired", "unfinished",
	    "dispatched_part" } },
	{ "Attempts", { "attempts", "retries", "deferred", "arrival_rate", "throughput" } },
	{ "Levels",
	  { "max_depth", "mean_depth", "max_waiting", "mean_waiting", "max_running", "mean_running",
	    "utilization" } },
	{ "Back-pressure",
	  { "asserts", "releases", "asserted_time", "asserted_part", "max_blocked" } },
	{ "Fairness", { "fairness", "wait_fairness" } },
};

static void add_value(const struct figure *f, struct measure *m, struct buf *out)
{
	figure_format(f->unit, figure_value(f, m), out);
}

static void add_group(const struct group *g, struct measure *m, struct buf *out)
{
	buf_addf(out, "<div>\n<h3>%s</h3>\n<dl>\n", g->title);
	for (int i = 0; g->names[i]; i++) {
		struct figure f = figure_named(g->names[i]);

		buf_addf(out, "<div><dt><code>%s</code></dt><dd>", g->names[i]);
		add_value(&f, m, out);
		buf_add_text(out, "</dd></div>\n");
	}
	buf_add_text(out, "</dl>\n</div>\n");
}

/* ---- statistics ---- */

static const char *const columns[] = { "min", "mean", "p50", "p90", "p95", "p99", "p999", "max" };
static const char *const rows[] = { "wait", "run", "latency" };

enum { COLUMNS = sizeof columns / sizeof columns[0], ROWS = sizeof rows / sizeof rows[0] };

static void add_statistics_row(const char *quantity, struct measure *m, struct buf *out)
{
	buf_addf(out, "<tr><th scope=\"row\"><code>%s</code></th>", quantity);
	for (int i = 0; i < COLUMNS; i++) {
		struct buf name = { 0 };

		buf_addf(&name, "%s_%s", columns[i], quantity);
		struct figure f = figure_named(buf_text(&name));
		buf_add_text(out, "<td>");
		add_value(&f, m, out);
		buf_add_text(out, "</td>");
		buf_free(&name);
	}
	buf_add_text(out, "</tr>\n");
}

static void add_statistics(struct measure *m, struct buf *out)
{
	buf_add_text(out, "<div class=\"scroll\" tabindex=\"0\">\n<table>\n<thead><tr><td></td>");
	for (int i = 0; i < COLUMNS; i++)
		buf_addf(out, "<th scope=\"col\"><code>%s</code></th>", columns[i]);
	buf_add_text(out, "</tr></thead>\n<tbody>\n");
	for (int i = 0; i < ROWS; i++)
		add_statistics_row(rows[i], m, out);
	buf_add_text(out, "</tbody>\n</table>\n</div>\n");
}

void html_figures(struct measure *m, struct buf *out)
{
	buf_add_text(out, "<section>\n<h2>Figures</h2>\n");
	add_statistics(m, out);
	buf_add_text(out, "<p class=\"note\">By their names in expectations: "
	                  "<code>p99_wait &lt; 2s</code>.</p>\n<div class=\"figures\">\n");
	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
		add_group(&groups[i], m, out);
	buf_add_text(out, "</div>\n</section>\n");
}

/* ---- kinds ---- */

enum { KINDS_MOST = 500 };

/* Counts that are nowhere above 0 have no column. */
static void add_kind(struct measure *m, const struct tally *t, struct buf *out)
{
	bool waited = t->arrived > t->gated;

	buf_add_text(out, t->kind ? "<tr>" : "<tr class=\"all\">");
	buf_add_text(out, "<th scope=\"row\">");
	markup_escape(slice_of(t->kind ? t->kind : "all"), out);
	buf_add_text(out, "</th>");
	for (uint32_t i = 0; i < SUMMARY_COUNTS; i++)
		if (summary_count_of(&m->all, i))
			buf_addf(out, "<td>%llu</td>", (unsigned long long)summary_count_of(t, i));
	for (uint32_t i = 0; i < SUMMARY_WAITS; i++) {
		buf_add_text(out, "<td>");
		if (waited)
			figure_format(
				FIGURE_TIME,
				(double)measure_quantile(m, t, QUANTITY_WAIT, summary_waits[i].part)
					.ns,
				out);
		buf_add_text(out, "</td>");
	}
	buf_add_text(out, "</tr>\n");
}

struct busy {
	uint64_t arrived;
	uint32_t number;
};

static int busier(const void *a, const void *b)
{
	const struct busy *x = a, *y = b;

	if (x->arrived != y->arrived)
		return x->arrived > y->arrived ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static void add_titles(const struct measure *m, struct buf *out)
{
	buf_add_text(out, "<div class=\"scroll\" tabindex=\"0\">\n<table>\n<thead><tr><th "
	                  "scope=\"col\">kind</th>");
	for (uint32_t i = 0; i < SUMMARY_COUNTS; i++)
		if (summary_count_of(&m->all, i))
			buf_addf(out, "<th scope=\"col\">%s</th>", summary_counts[i].title);
	for (uint32_t i = 0; i < SUMMARY_WAITS; i++)
		buf_addf(out, "<th scope=\"col\">%s</th>", summary_waits[i].title);
	buf_add_text(out, "</tr></thead>\n<tbody>\n");
}

void html_kinds(struct measure *m, struct buf *out)
{
	struct busy *order;

	if (m->kind_count == 0)
		return;
	order = mem_zeroed(m->kind_count, sizeof *order);
	for (uint32_t i = 0; i < m->kind_count; i++)
		order[i] = (struct busy){ m->kinds[i].arrived, i };
	qsort(order, m->kind_count, sizeof *order, busier);
	buf_add_text(out, "<section>\n<h2>By kind</h2>\n");
	add_titles(m, out);
	for (uint32_t i = 0; i < m->kind_count && i < KINDS_MOST; i++)
		add_kind(m, &m->kinds[order[i].number], out);
	if (m->kind_count > 1)
		add_kind(m, &m->all, out);
	buf_add_text(out, "</tbody>\n</table>\n</div>\n");
	if (m->kind_count > KINDS_MOST)
		buf_addf(out, "<p class=\"note\">and %u more kinds</p>\n",
		         m->kind_count - KINDS_MOST);
	buf_add_text(out, "</section>\n");
	free(order);
}
