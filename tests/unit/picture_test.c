/* Pictures from gnuplot itself, and from one that fails. */
#include "cli/picture.h"

#include "base/mem.h"
#include "t.h"

#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/picture-XXXXXX";
static const struct backpressure_policy watermark = { .assert_at = 10, .release_at = 2 };
static struct buf gnuplot;

static const char *in(const char *name)
{
	static char path[100];

	snprintf(path, sizeof path, "%s/%s", directory, name);
	return path;
}

static struct series *hill(void)
{
	struct series *s = mem_zeroed(1, sizeof *s);

	s->width = (span){ 60 * NS_PER_S };
	s->count = 60;
	for (uint32_t i = 0; i < 60; i++) {
		uint64_t depth = i < 30 ? i : 60 - i;
		s->bins[i] = (struct bin){ .max_depth = depth,
			                   .max_running = 4,
			                   .depth = (double)depth * 60,
			                   .running = 180,
			                   .asserted = depth > 10 ? 60 : 0,
			                   .arrived = 300,
			                   .started = 290,
			                   .failed = i == 40 };
	}
	return s;
}

static slice drawn(enum plot_format format, bool bare, struct buf *out)
{
	struct series *s = hill();
	struct plot p = { .series = s,
		          .end = { 3600 * NS_PER_S },
		          .watermark = &watermark,
		          .title = "it's <a> `hill`",
		          .format = format,
		          .bare = bare };
	struct err e;

	buf_clear(out);
	if (!OK(picture_draw(buf_text(&gnuplot), &p, out, &e)))
		printf("# %s\n", e.text);
	free(s);
	return buf_slice(out);
}

static void gnuplot_draws_every_format(void)
{
	struct buf b = { 0 };

	OK(slice_starts(drawn(PLOT_PNG, false, &b), "\x89PNG\r\n"));
	drawn(PLOT_TXT, false, &b);
	OK(strstr(buf_text(&b), "\n       0             15 min           30 min ") != NULL);
	OK(strstr(buf_text(&b),
	          "60 min\n\nper second: * attempts started, @ where some failed\n") != NULL);
	drawn(PLOT_SVG, false, &b);
	OK(slice_starts(buf_slice(&b), "<?xml "));
	OK(strstr(buf_text(&b), "<text>it's &lt;a> `hill`</text>") != NULL);
	drawn(PLOT_SVG, true, &b);
	OK(slice_starts(buf_slice(&b), "<svg viewBox="));
	buf_free(&b);
}

/* Every colour of the picture is one of the page's: gnuplot still writes them as we
 * know them. */
static void the_colours_of_an_element_are_the_pages(void)
{
	struct buf b = { 0 };

	drawn(PLOT_SVG, true, &b);
	OK(strstr(buf_text(&b), "var(--waiting)") != NULL);
	OK(strstr(buf_text(&b), "var(--asserted)") != NULL);
	OK(strstr(buf_text(&b), "var(--ink)") != NULL);
	OK(strstr(buf_text(&b), "rgb(") == NULL);
	OK(strstr(buf_text(&b), " id=") == NULL);
	OK(strstr(buf_text(&b), "http") == NULL);
	buf_free(&b);
}

/* gnuplot refuses empty ranges, and numbers that it cannot read. */
static void gnuplot_draws_every_run(void)
{
	static const uint32_t counts[] = { 0, 1, 2, 599, SERIES_BINS };
	static const uint64_t levels[] = { 0, 1, 1000000, UINT32_MAX };
	static const int64_t widths[] = { NS_PER_MS, INT64_MAX / SERIES_BINS };
	struct buf b = { 0 };

	for (int i = 0; i < 5 * 4 * 2; i++) {
		struct series *s = hill();
		struct backpressure_policy w = { .assert_at = levels[i / 5 % 4],
			                         .release_at = levels[(i + 1) % 4] };
		struct plot p = { .series = s,
			          .watermark = &w,
			          .format = (enum plot_format)(i % 3),
			          .narrow = i % 2 };
		struct err e;

		s->width = (span){ widths[i / 20] };
		s->count = counts[i % 5];
		for (uint32_t j = 0; j < s->count; j++)
			s->bins[j] = (struct bin){ .max_depth = levels[i / 5 % 4],
				                   .depth = (double)levels[i / 5 % 4] * 1e-3,
				                   .asserted = j % 7 == 0 ? 1e-3 : 0,
				                   .started = levels[i % 4],
				                   .failed = j == 1 };
		p.end = (instant){ s->width.ns * s->count - (s->count > 1) };
		buf_clear(&b);
		if (!OK(picture_draw(buf_text(&gnuplot), &p, &b, &e)))
			printf("# %d: %s\n", i, e.text);
		free(s);
	}
	buf_free(&b);
}

static void fake(const char *script)
{
	FILE *f = fopen(in("fake"), "w");

	fprintf(f, "#!/bin/sh\n%s\n", script);
	fclose(f);
	chmod(in("fake"), 0755);
}

static void a_failure_leaves_no_file(void)
{
	struct series *s = hill();
	struct plot p = {
		.series = s, .end = { 3600 * NS_PER_S }, .watermark = &watermark, .format = PLOT_TXT
	};
	struct buf path = { 0 };
	struct err e;

	buf_add_text(&path, in("fake"));
	fake("echo half; echo 'line 3: no font' >&2; exit 1");
	OK(!picture_write(buf_text(&path), &p, in("x.txt"), &e));
	EQ(e.status, STATUS_OS);
	OK(strstr(e.text, "x.txt: gnuplot: exit status 1: line 3: no font") != NULL);
	OK(access(in("x.txt"), F_OK) != 0);
	fake("exit 0");
	OK(!picture_write(buf_text(&path), &p, in("x.txt"), &e));
	OK(strstr(e.text, "gnuplot: it has drawn nothing") != NULL);
	OK(access(in("x.txt"), F_OK) != 0);
	OK(picture_write(buf_text(&gnuplot), &p, in("x.txt"), &e));
	OK(access(in("x.txt"), F_OK) == 0);
	OK(access(in("x.txt.new"), F_OK) != 0);
	buf_free(&path);
	free(s);
}

static void a_machine_without_gnuplot_says_what_to_install(void)
{
	struct buf path = { 0 };
	struct err e;

	setenv("PATH", directory, 1);
	OK(!picture_find(&path, &e));
	EQ(e.status, STATUS_NOT_FOUND);
	SAME(slice_of(e.text), "gnuplot: not found; install gnuplot-nox");
	buf_free(&path);
}

int main(void)
{
	struct err e;

	if (!mkdtemp(directory) || !picture_find(&gnuplot, &e))
		return 1;
	RUN(gnuplot_draws_every_format);
	RUN(the_colours_of_an_element_are_the_pages);
	RUN(gnuplot_draws_every_run);
	RUN(a_failure_leaves_no_file);
	RUN(a_machine_without_gnuplot_says_what_to_install);
	unlink(in("fake"));
	unlink(in("x.txt"));
	rmdir(directory);
	buf_free(&gnuplot);
	return t_done();
}
