#include "codec/plot_scene.h"

/* In letters. */
enum {
	WIDTH = 80,
	LEFT = 7,
	RIGHT = WIDTH - LEFT - PLOT_LETTERS - 1,
	AROUND = 4, /* lines above and below what is drawn */
	DEPTH_LINES = 12,
	RATE_LINES = 8,
	LEVEL_MARKS = 5,
	TIME_MARKS = 5,
};

/* The letters of gnuplot's line types where there are no colours. */
enum {
	STARS = 1,  /* * */
	HASHES = 2, /* # */
	ATS = 5,    /* @ */
	EQUALS = 7, /* = */
};

/* What happened shows, if it was only once. */
static double at_least_one_letter(double value, double top)
{
	return value > 0 && value < top / RATE_LINES ? top / RATE_LINES : value;
}

/* A bar of letters stands at the letter at the end of its column. */
static void add_block(const struct plot_scene *s, double top_rate, struct buf *out)
{
	double unit = s->rate_unit.seconds;

	buf_add_text(out, "$columns << EOD\n");
	for (uint32_t i = 0; i < s->level_count; i++) {
		const struct plot_column *c = &s->levels[i];
		bool asserted = c->asserted > 0;

		buf_addf(out, "%.9g %.6g %.6g %.6g %.6g %.6g\n", c->to,
		         asserted ? 0 : c->peak_depth, asserted ? c->peak_depth : 0, c->running,
		         c->started * unit, at_least_one_letter(c->failed * unit, top_rate));
	}
	buf_add_text(out, "EOD\n");
}

static void begin_panel(const struct plot_scene *s, int lines, const char *heading, double top,
                        bool whole, struct buf *out)
{
	buf_addf(out, "set terminal dumb feed noenhanced mono size %d,%d\nset label 1 ", WIDTH,
	         lines + AROUND);
	plot_quote(heading, out);
	buf_add_text(out, " at screen 0, screen 1 left\nset xtics nomirror scale 0 (");
	plot_axis_time(s->length, TIME_MARKS, true, out);
	buf_add_text(out, ")\nset ytics nomirror scale 0 (");
	plot_axis_levels(top, whole, LEVEL_MARKS, out);
	buf_addf(out, ")\nset yrange [0:%.9g]\n", top > 0 ? top : 1);
}

static void add_watermark(const struct plot_scene *s, uint64_t level, struct buf *out)
{
	buf_addf(out, "set arrow from 0, %llu to %.9g, %llu nohead back\n",
	         (unsigned long long)level, s->length, (unsigned long long)level);
}

static void depth_panel(const struct plot_scene *s, struct buf *out)
{
	const struct backpressure_policy *w = s->plot->watermark;
	double top = s->peak.peak_depth;

	if (s->watermark && top < (double)w->assert_at)
		top = (double)w->assert_at;
	begin_panel(s, DEPTH_LINES,
	            s->asserted    ? "depth: = running, * waiting, # while asserted; watermarks"
	            : s->watermark ? "depth: = running, * waiting; watermarks"
	                           : "depth: = running, * waiting",
	            top, true, out);
	if (s->watermark) {
		add_watermark(s, w->assert_at, out);
		add_watermark(s, w->release_at, out);
	}
	buf_addf(out,
	         "plot $columns using 1:2 with impulses linetype %d,"
	         " '' using 1:3 with impulses linetype %d,"
	         " '' using 1:4 with impulses linetype %d\n"
	         "unset arrow\n",
	         STARS, HASHES, EQUALS);
}

static void rate_panel(const struct plot_scene *s, double top, struct buf *out)
{
	struct buf heading = { 0 };

	buf_addf(&heading, "per %s: * attempts started%s", s->rate_unit.name,
	         s->peak.failed > 0 ? ", @ where some failed" : "");
	begin_panel(s, RATE_LINES, buf_text(&heading), top, false, out);
	buf_addf(out,
	         "plot $columns using 1:5 with impulses linetype %d,"
	         " '' using 1:6 with impulses linetype %d\n",
	         STARS, ATS);
	buf_free(&heading);
}

void plot_text(const struct plot_scene *s, struct buf *out)
{
	double top = s->peak.started > s->peak.failed ? s->peak.started : s->peak.failed;

	top *= s->rate_unit.seconds;
	add_block(s, top, out);
	buf_addf(out,
	         "set lmargin %d\nset rmargin %d\nset tmargin 2\nset bmargin 2\n"
	         "set border 3\nunset key\nset xrange [0:%.9g]\n",
	         LEFT, RIGHT, s->length);
	depth_panel(s, out);
	rate_panel(s, top, out);
}

/* The last line of a panel is ended by the form feed before the next. */
static size_t line_length(slice text)
{
	size_t n = 0;

	while (n < text.n && text.p[n] != '\n' && text.p[n] != '\f')
		n++;
	return n;
}

void plot_trim(slice drawn, struct buf *out)
{
	size_t begin = 0;
	bool empty = false;

	while (begin < drawn.n) {
		slice line = { drawn.p + begin, drawn.n - begin };

		line.n = line_length(line);
		begin += line.n + 1;
		while (line.n && line.p[line.n - 1] == ' ')
			line.n--;
		if (line.n == 0) {
			empty = out->n > 0;
			continue;
		}
		if (empty)
			buf_add_char(out, '\n');
		empty = false;
		buf_add_slice(out, line);
		buf_add_char(out, '\n');
	}
}
