#include "cli/show.h"

#include "codec/config.h"
#include "codec/html.h"
#include "sys/file.h"

/* ---- before ---- */

bool show_open(struct show *s, struct err *e)
{
	bool found;

	if (!s->plot && !s->report)
		return true;
	if (s->plot && !plot_format_of(s->plot, &s->format))
		return err_set(e, STATUS_USAGE,
		               "--plot '%s': the name must end in .svg, .png or .txt", s->plot);
	found = picture_find(&s->gnuplot, &s->missing);
	if (!found) {
		buf_clear(&s->gnuplot);
		if (s->plot) {
			*e = s->missing;
			return err_prefix(e, "--plot");
		}
		cli_note(s->cli, "%s: without pictures: %s", s->report, s->missing.text);
	}
	return (!s->plot || file_can_put(s->plot, e)) && (!s->report || file_can_put(s->report, e));
}

void show_free(struct show *s)
{
	buf_free(&s->gnuplot);
}

/* ---- after ---- */

/* The name of the file, without its folders. */
static const char *short_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static struct plot plot_of(const struct simulate *run)
{
	return (struct plot){ .series = &run->measure.series,
		              .end = run->measure.now,
		              .watermark = &run->policy->backpressure };
}

static bool write_plot(struct show *s, const char *scenario, const struct simulate *run,
                       struct err *e)
{
	struct buf title = { 0 };
	struct plot plot = plot_of(run);

	buf_addf(&title, "%s, seed %llu", short_name(scenario), (unsigned long long)run->seed);
	plot.title = buf_text(&title);
	plot.format = s->format;
	bool good = picture_write(buf_text(&s->gnuplot), &plot, s->plot, e);
	buf_free(&title);
	return good;
}

/* The same picture for screens and for phones. */
static bool draw_both(struct show *s, const struct simulate *run, struct buf *wide,
                      struct buf *narrow, struct err *e)
{
	struct plot plot = plot_of(run);

	if (!s->gnuplot.n) {
		*e = s->missing;
		return false;
	}
	plot.title = NULL; /* the page has one */
	plot.format = PLOT_SVG;
	plot.bare = true;
	if (!picture_draw(buf_text(&s->gnuplot), &plot, wide, e))
		return false;
	plot.narrow = true;
	return picture_draw(buf_text(&s->gnuplot), &plot, narrow, e);
}

static bool write_page(struct show *s, struct html_page *page, const struct policy *policy,
                       struct err *e)
{
	struct buf config = { 0 }, html = { 0 };

	config_print(policy, &config);
	page->config = buf_slice(&config);
	html_page(page, &html);
	bool good = file_put(s->report, buf_slice(&html), e);
	buf_free(&config);
	buf_free(&html);
	return good;
}

/* The page is written even if gnuplot fails: there is more to read than pictures. */
static int write_report(struct show *s, const char *scenario, slice text, struct simulate *run,
                        const struct expectations *expectations)
{
	struct buf wide = { 0 }, narrow = { 0 };
	struct err undrawn, e;
	bool drawn = draw_both(s, run, &wide, &narrow, &undrawn);
	struct html_page page = {
		.tool = "meshq-sim " MESHQ_VERSION,
		.name = short_name(scenario),
		.seed = run->seed,
		.measure = &run->measure,
		.results = expectations->results,
		.result_count = expectations->count,
		.wide = buf_slice(&wide),
		.narrow = buf_slice(&narrow),
		.excuse = drawn ? NULL : undrawn.text,
		.scenario = text,
	};
	int status = STATUS_OK;

	if (!drawn && s->gnuplot.n)
		status = cli_fail(s->cli, &undrawn);
	if (!write_page(s, &page, run->policy, &e))
		status = cli_worse(status, cli_fail(s->cli, &e));
	buf_free(&wide);
	buf_free(&narrow);
	return status;
}

int show_write(struct show *s, const char *scenario, slice text, struct simulate *run,
               const struct expectations *expectations)
{
	struct err e;
	int status = STATUS_OK;

	if (s->plot && !write_plot(s, scenario, run, &e))
		status = cli_fail(s->cli, &e);
	if (s->report)
		status = cli_worse(status, write_report(s, scenario, text, run, expectations));
	return status;
}
