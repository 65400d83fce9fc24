#include "codec/plot_scene.h"

#include <stdio.h>

/* In pixels. */
enum {
	WIDTH = 900,
	WIDTH_NARROW = 400,
	LEFT = 54,
	RIGHT = 26,
	TITLE = 30,
	HEADING = 36, /* above each panel */
	FOOT = 28,    /* below the last one, for the marks of time */
	DEPTH_HEIGHT = 190,
	RUNNING_HEIGHT = 84,
	RATE_HEIGHT = 110,
	FAILED_HEIGHT = 60,
	TIME_MARKS = 8,
	TIME_MARKS_NARROW = 4,
};

/* Where the next panel goes. */
struct page {
	const struct plot_scene *scene;
	struct buf *out;
	int width, height;
	int top;
};

static void add_color(struct buf *out, enum plot_color color)
{
	buf_addf(out, "rgb '#%06x'", plot_paints[color].light);
}

/* ---- data ---- */

typedef void add_values(const struct plot_scene *s, const struct plot_column *c, struct buf *out);

static void add_step(double from, double to, const struct buf *values, struct buf *out)
{
	buf_addf(out, "%.9g", from);
	buf_add_slice(out, buf_slice(values));
	buf_addf(out, "\n%.9g", to);
	buf_add_slice(out, buf_slice(values));
	buf_add_char(out, '\n');
}

/* A step has a row where it begins and one where it ends. A time in which nothing
 * changes, such as a night without work, is one step. */
static void add_block(const struct page *p, const char *name, const struct plot_column *columns,
                      uint32_t count, add_values *add)
{
	struct buf now = { 0 }, next = { 0 };
	uint32_t from = 0;

	buf_addf(p->out, "$%s << EOD\n", name);
	add(p->scene, &columns[0], &now);
	for (uint32_t i = 1; i <= count; i++) {
		buf_clear(&next);
		if (i < count)
			add(p->scene, &columns[i], &next);
		if (i < count && slice_equal(buf_slice(&now), buf_slice(&next)))
			continue;
		add_step(columns[from].from, columns[i - 1].to, &now, p->out);
		buf_clear(&now);
		buf_add_slice(&now, buf_slice(&next));
		from = i;
	}
	buf_add_text(p->out, "EOD\n");
	buf_free(&now);
	buf_free(&next);
}

/* There along the depth, and back along what runs: gnuplot itself fills badly between two
 * lines of steps that touch. */
static void add_outline(const struct page *p, const char *name)
{
	const struct plot_column *c = p->scene->levels;
	uint32_t count = p->scene->level_count;

	buf_addf(p->out, "$%s << EOD\n", name);
	for (uint32_t i = 0; i < count; i++)
		buf_addf(p->out, "%.9g %.6g\n%.9g %.6g\n", c[i].from, c[i].depth, c[i].to,
		         c[i].depth);
	for (uint32_t i = count; i-- > 0;)
		buf_addf(p->out, "%.9g %.6g\n%.9g %.6g\n", c[i].to, c[i].running, c[i].from,
		         c[i].running);
	buf_add_text(p->out, "EOD\n");
}

static void add_level_values(const struct plot_scene *s, const struct plot_column *c,
                             struct buf *out)
{
	(void)s;
	buf_addf(out, " %.6g %.6g %.6g %.6g", c->depth, c->running, c->peak_depth, c->peak_running);
}

static void add_rate_values(const struct plot_scene *s, const struct plot_column *c,
                            struct buf *out)
{
	buf_addf(out, " %.6g %.6g %.6g", c->arrived * s->rate_unit.seconds,
	         c->started * s->rate_unit.seconds, c->failed * s->failed_unit.seconds);
}

/* ---- the page ---- */

static int panel_heights(const struct page *p)
{
	int all = DEPTH_HEIGHT + RUNNING_HEIGHT + RATE_HEIGHT + 3 * HEADING;

	return p->scene->peak.failed > 0 ? all + FAILED_HEIGHT + HEADING : all;
}

/* PNG has twice the pixels, for screens that have. Without cairo gnuplot draws it, too,
 * if less well. */
static void add_png_terminal(const struct page *p)
{
	uint32_t paper = plot_paints[PLOT_PAPER].light;

	buf_addf(p->out,
	         "if (strstrt(GPVAL_TERMINALS, ' pngcairo ')) {\n"
	         "set terminal pngcairo noenhanced font 'sans,18' linewidth 2"
	         " background rgb '#%06x' size %d,%d\n"
	         "} else {\n"
	         "set terminal png noenhanced truecolor background rgb '#%06x' size %d,%d\n"
	         "}\n",
	         paper, 2 * p->width, 2 * p->height, paper, p->width, p->height);
}

static void add_terminal(const struct page *p)
{
	const struct plot *plot = p->scene->plot;

	if (plot->format == PLOT_PNG) {
		add_png_terminal(p);
		return;
	}
	buf_addf(p->out, "set terminal svg noenhanced font 'sans-serif,12' size %d,%d", p->width,
	         p->height);
	if (!plot->bare)
		buf_addf(p->out, " background rgb '#%06x'", plot_paints[PLOT_PAPER].light);
	buf_add_char(p->out, '\n');
}

static void add_frame(const struct page *p)
{
	struct buf *out = p->out;

	buf_add_text(out, "set encoding utf8\nset multiplot\n");
	if (p->scene->plot->title) {
		buf_add_text(out, "set label 9 ");
		plot_quote(p->scene->plot->title, out);
		buf_addf(out, " at screen %.5f, screen %.5f left front textcolor ",
		         (double)LEFT / p->width, 1 - 16.0 / p->height);
		add_color(out, PLOT_INK);
		buf_add_char(out, '\n');
	}
	buf_addf(out, "set xrange [0:%.9g]\n", p->scene->length);
	buf_addf(out, "set lmargin at screen %.5f\nset rmargin at screen %.5f\n",
	         (double)LEFT / p->width, 1 - (double)RIGHT / p->width);
	buf_add_text(out, "set border 1 linewidth 0.5 linecolor ");
	add_color(out, PLOT_FAINT);
	buf_add_text(out, "\nset tics nomirror scale 0 textcolor ");
	add_color(out, PLOT_FAINT);
	buf_add_text(out, "\nset grid xtics ytics back linetype 1 linewidth 0.5 linecolor ");
	add_color(out, PLOT_GRID);
	buf_add_text(out, "\nset key horizontal right bottom at graph 1, graph 1.0"
	                  " samplen 1.2 height 0.2 textcolor ");
	add_color(out, PLOT_FAINT);
	buf_add_char(out, '\n');
}

/* Shades the columns in which back-pressure was asserted. How much of a column it was
 * says where in the first and the last of them it began and ended. */
static void add_bands(const struct page *p)
{
	const struct plot_column *c = p->scene->levels;
	uint32_t count = p->scene->level_count, number = 10;

	for (uint32_t i = 0; i < count; i++) {
		if (c[i].asserted <= 0)
			continue;
		uint32_t last = i;
		while (last + 1 < count && c[last + 1].asserted > 0)
			last++;
		double from =
			last == i ? c[i].from : c[i].to - (c[i].to - c[i].from) * c[i].asserted;
		double to = c[last].from + (c[last].to - c[last].from) * c[last].asserted;
		if (to - from < p->scene->length / p->width)
			to = from + p->scene->length / p->width;
		buf_addf(p->out,
		         "set object %u rectangle from first %.9g, graph 0 to first %.9g,"
		         " graph 1 behind fillstyle transparent solid 0.13 noborder"
		         " fillcolor ",
		         number++, from, to);
		add_color(p->out, PLOT_ASSERTED);
		buf_add_char(p->out, '\n');
		i = last;
	}
}

/* ---- panels ---- */

struct panel {
	const char *heading;
	int height;
	double top; /* of what is drawn */
	bool whole; /* levels between whole numbers mean nothing */
	uint32_t marks;
};

static void begin_panel(struct page *p, const struct panel *panel)
{
	double above = p->top + HEADING, below = above + panel->height;
	bool last = below + FOOT >= p->height;
	uint32_t marks = p->scene->plot->narrow ? TIME_MARKS_NARROW : TIME_MARKS;
	struct buf *out = p->out;

	buf_add_text(out, "set label 1 ");
	plot_quote(panel->heading, out);
	buf_addf(out, " at screen %.5f, screen %.5f left front textcolor ", (double)LEFT / p->width,
	         1 - (above - 10) / p->height);
	add_color(out, PLOT_INK);
	buf_addf(out, "\nset tmargin at screen %.5f\nset bmargin at screen %.5f\nset xtics (",
	         1 - above / p->height, 1 - below / p->height);
	plot_axis_time(p->scene->length, marks, last, out);
	buf_add_text(out, ")\nset ytics (");
	plot_axis_levels(panel->top, panel->whole, panel->marks, out);
	buf_addf(out, ")\nset yrange [0:%.9g]\n", panel->top > 0 ? panel->top * 1.04 : 1);
	p->top = (int)below;
}

static void add_look(struct buf *out, enum plot_color color, double width)
{
	buf_add_text(out, " linecolor ");
	add_color(out, color);
	if (width > 0)
		buf_addf(out, " linewidth %g", width);
}

/* Between two columns of the data, or from 0 to one. */
static void add_area(struct buf *out, const char *using, enum plot_color color, const char *title)
{
	buf_addf(out, "%s fillstyle transparent solid 0.3 noborder", using);
	add_look(out, color, 0);
	buf_addf(out, " title '%s'", title);
}

static void add_line(struct buf *out, const char *using, enum plot_color color, double width,
                     const char *title)
{
	buf_addf(out, "%s with lines", using);
	add_look(out, color, width);
	buf_addf(out, *title ? " title '%s'" : " notitle%s", title);
}

static void add_level(struct buf *out, uint64_t level, int dash)
{
	buf_addf(out, ", %llu with lines dashtype %d", (unsigned long long)level, dash);
	add_look(out, PLOT_ASSERTED, 1);
	buf_add_text(out, " notitle");
}

/* A label above the panel would stand in another. */
static void add_mark(struct buf *out, int number, const char *what, uint64_t level, double top)
{
	if ((double)level > top)
		return;
	buf_addf(out,
	         "set label %d '%s %llu' at graph 0.004, first %llu left offset 0, 0.5"
	         " front textcolor ",
	         number, what, (unsigned long long)level, (unsigned long long)level);
	add_color(out, PLOT_ASSERTED);
	buf_add_char(out, '\n');
}

static void depth_panel(struct page *p)
{
	const struct backpressure_policy *w = p->scene->plot->watermark;
	struct buf *out = p->out;
	double top = p->scene->peak.peak_depth;
	bool marked = p->scene->watermark;

	if (marked && top < (double)w->assert_at)
		top = (double)w->assert_at;
	begin_panel(p, &(struct panel){ "Depth", DEPTH_HEIGHT, top, true, 5 });
	if (marked) {
		add_mark(out, 2, "assert at", w->assert_at, top);
		add_mark(out, 3, "release at", w->release_at, top);
	}
	buf_add_text(out, "plot ");
	if (p->scene->asserted)
		add_area(out, "NaN with boxes", PLOT_ASSERTED, "asserted");
	if (p->scene->asserted)
		buf_add_text(out, ", ");
	add_area(out, "$waiting with filledcurves closed", PLOT_WAITING, "waiting");
	add_area(out, ", $levels using 1:3 with filledcurves y1=0", PLOT_RUNNING, "running");
	add_line(out, ", '' using 1:2", PLOT_WAITING, 1.2, "");
	add_line(out, ", '' using 1:4", PLOT_PEAK, 0.8, "peak");
	if (marked) {
		add_level(out, w->assert_at, 1);
		add_level(out, w->release_at, 2);
	}
	buf_add_text(out, "\nunset label 2\nunset label 3\nunset label 9\n");
}

static void running_panel(struct page *p)
{
	begin_panel(p, &(struct panel){ "Running", RUNNING_HEIGHT, p->scene->peak.peak_running,
	                                true, 4 });
	add_area(p->out, "plot $levels using 1:3 with filledcurves y1=0", PLOT_RUNNING, "mean");
	add_line(p->out, ", '' using 1:3", PLOT_RUNNING, 1.2, "");
	add_line(p->out, ", '' using 1:5", PLOT_PEAK, 0.8, "peak");
	buf_add_char(p->out, '\n');
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

static void rate_panel(struct page *p)
{
	const struct plot_scene *s = p->scene;
	double top = larger(s->peak.arrived, s->peak.started) * s->rate_unit.seconds;
	char heading[60];

	snprintf(heading, sizeof heading, "Per %s", s->rate_unit.name);
	begin_panel(p, &(struct panel){ heading, RATE_HEIGHT, top, false, 4 });
	add_line(p->out, "plot $rates using 1:2", PLOT_PEAK, 1, "arrivals");
	add_line(p->out, ", '' using 1:3", PLOT_WAITING, 1.4,
	         s->plot->narrow ? "started" : "attempts started");
	buf_add_char(p->out, '\n');
}

static void failed_panel(struct page *p)
{
	const struct plot_scene *s = p->scene;
	char heading[60];

	snprintf(heading, sizeof heading, "Failures per %s", s->failed_unit.name);
	begin_panel(p, &(struct panel){ heading, FAILED_HEIGHT,
	                                s->peak.failed * s->failed_unit.seconds, false, 3 });
	buf_add_text(p->out, "set key off\n");
	add_area(p->out, "plot $rates using 1:4 with filledcurves y1=0", PLOT_FAILED, "");
	add_line(p->out, ", '' using 1:4", PLOT_FAILED, 1.2, "");
	buf_add_char(p->out, '\n');
}

void plot_panels(const struct plot_scene *s, struct buf *out)
{
	struct page p = { .scene = s, .out = out };

	p.width = s->plot->narrow ? WIDTH_NARROW : WIDTH;
	p.top = s->plot->title ? TITLE : 0;
	p.height = p.top + panel_heights(&p) + FOOT;
	add_block(&p, "levels", s->levels, s->level_count, add_level_values);
	add_outline(&p, "waiting");
	add_block(&p, "rates", s->rates, s->rate_count, add_rate_values);
	add_terminal(&p);
	add_frame(&p);
	add_bands(&p);
	depth_panel(&p);
	running_panel(&p);
	rate_panel(&p);
	if (s->peak.failed > 0)
		failed_panel(&p);
	buf_add_text(out, "unset multiplot\n");
}
