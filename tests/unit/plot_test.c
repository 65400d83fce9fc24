/* Pictures of a run: columns, marks, and the script for gnuplot. */
#include "base/mem.h"
#include "codec/plot.h"
#include "codec/plot_axis.h"
#include "codec/plot_column.h"
#include "t.h"

#include <math.h>

static const struct backpressure_policy watermark = { .assert_at = 100, .release_at = 20 };

/* Bins of a second each, in which 2 of 5 run, 10 arrive and start. */
static struct series *steady(uint32_t bins)
{
	struct series *s = mem_zeroed(1, sizeof *s);

	s->width = (span){ NS_PER_S };
	s->count = bins;
	for (uint32_t i = 0; i < bins; i++)
		s->bins[i] = (struct bin){ .max_depth = 7,
			                   .max_running = 3,
			                   .depth = 5,
			                   .running = 2,
			                   .arrived = 10,
			                   .started = 10,
			                   .done = 10 };
	return s;
}

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-9 * (1 + fabs(b));
}

/* ---- columns ---- */

static void as_many_columns_as_bins_are_the_bins(void)
{
	struct series *s = steady(4);
	struct plot_column c[4];

	s->bins[2].max_depth = 70;
	s->bins[2].asserted = 0.25;
	EQ(plot_columns(s, (instant){ 4 * NS_PER_S }, 4, c), 4);
	for (int i = 0; i < 4; i++) {
		OK(near(c[i].from, i) && near(c[i].to, i + 1));
		OK(near(c[i].depth, 5) && near(c[i].running, 2) && near(c[i].arrived, 10));
		OK(near(c[i].peak_depth, i == 2 ? 70 : 7));
		OK(near(c[i].asserted, i == 2 ? 0.25 : 0));
	}
	free(s);
}

static void the_last_column_ends_with_the_run_but_its_rates_do_not_explode(void)
{
	struct series *s = steady(2);
	struct plot_column c[2];

	s->bins[1] = (struct bin){ .depth = 5e-9, .done = 1, .failed = 1 };
	EQ(plot_columns(s, (instant){ NS_PER_S + 1 }, 600, c), 2);
	OK(near(c[1].to, 1 + 1e-9));
	OK(fabs(c[1].depth - 5) < 1e-6);
	OK(near(c[1].failed, 1));
	free(s);
}

/* The sums over all columns, of which the last has half a bin. */
static void sums(const struct plot_column *c, uint32_t count, double half)
{
	double arrived = 0, depth = 0, peak = 0;

	for (uint32_t i = 0; i < count; i++) {
		arrived += c[i].arrived * (c[i].to - c[i].from);
		depth += c[i].depth * (c[i].to - c[i].from);
		peak = fmax(peak, c[i].peak_depth);
	}
	OK(near(arrived + half * c[count - 1].arrived, 163));
	OK(near(depth, 17 * 5));
	OK(near(peak, 99));
}

static void nothing_is_lost_when_bins_are_joined_or_divided(void)
{
	struct series *s = steady(17);
	instant end = { 16 * NS_PER_S + NS_PER_S / 2 };
	struct plot_column c[50];

	s->bins[16].arrived = 3;
	s->bins[5].max_depth = 99;
	for (uint32_t most = 1; most < 50; most++) {
		uint32_t count = plot_columns(s, end, most, c);
		OK(count <= most);
		sums(c, count, c[count - 1].to - c[count - 1].from < 1 ? 0.5 : 0);
		plot_columns_even(s, end, most, c);
		sums(c, most, 0);
	}
	free(s);
}

static void columns_are_joined_from_whole_bins(void)
{
	struct series *s = steady(10);
	struct plot_column c[4];

	s->bins[6].arrived = 1000;
	EQ(plot_columns(s, (instant){ 10 * NS_PER_S }, 4, c), 4);
	OK(near(c[1].to, 6) && near(c[1].arrived, 10));
	OK(near(c[2].to, 9) && near(c[2].arrived, 340));
	OK(near(c[3].to, 10) && near(c[3].arrived, 10));
	free(s);
}

static void a_run_of_one_instant_has_a_column_too(void)
{
	struct series *s = steady(1);
	struct plot_column c[68];

	EQ(plot_columns(s, (instant){ 0 }, 600, c), 1);
	OK(near(c[0].depth, 7) && near(c[0].running, 3) && near(c[0].arrived, 10));
	plot_columns_even(s, (instant){ 0 }, 68, c);
	OK(near(c[67].peak_depth, 7));
	s->count = 0;
	EQ(plot_columns(s, (instant){ 0 }, 600, c), 1);
	OK(near(c[0].depth, 0));
	free(s);
}

/* ---- axes ---- */

static void levels(double peak, bool whole, uint32_t most, const char *want)
{
	struct buf b = { 0 };

	plot_axis_levels(peak, whole, most, &b);
	SAME(buf_slice(&b), want);
	buf_free(&b);
}

static void levels_are_marked_in_round_steps(void)
{
	levels(2070, true, 4, "'0' 0, '1000' 1000, '2000' 2000");
	levels(8, true, 4, "'0' 0, '2' 2, '4' 4, '6' 6, '8' 8");
	levels(1, true, 4, "'0' 0, '1' 1");
	levels(1, false, 4, "'0' 0, '0.5' 0.5, '1' 1");
	levels(0, true, 4, "'0' 0");
	levels(25000, true, 2, "'0' 0, '20k' 20000");
	levels(3.4e6, true, 4, "'0' 0, '1M' 1000000, '2M' 2000000, '3M' 3000000");
}

static void times(double seconds, bool told, const char *want)
{
	struct buf b = { 0 };

	plot_axis_time(seconds, 4, told, &b);
	SAME(buf_slice(&b), want);
	buf_free(&b);
}

static void time_is_marked_in_units_that_people_use(void)
{
	times(0.004, true, "'0' 0, '1 ms' 0.001, '2 ms' 0.002, '3 ms' 0.003, '4 ms' 0.004");
	times(50, true, "'0' 0, '15 s' 15, '30 s' 30, '45 s' 45");
	times(3600, true, "'0' 0, '15 min' 900, '30 min' 1800, '45 min' 2700, '60 min' 3600");
	times(86400, true, "'0' 0, '6 h' 21600, '12 h' 43200, '18 h' 64800, '24 h' 86400");
	times(86400 * 7, true, "'0' 0, '2 d' 172800, '4 d' 345600, '6 d' 518400");
	times(86400, false, "'' 0, '' 21600, '' 43200, '' 64800, '' 86400");
}

static void a_rate_has_the_unit_in_which_it_is_at_least_1(void)
{
	SAME(slice_of(plot_axis_rate(1).name), "second");
	SAME(slice_of(plot_axis_rate(0.99).name), "minute");
	SAME(slice_of(plot_axis_rate(0.01).name), "hour");
	SAME(slice_of(plot_axis_rate(0).name), "hour");
}

/* ---- scripts ---- */

static struct plot plot_of(const struct series *s, enum plot_format format)
{
	return (struct plot){ .series = s,
		              .end = { s->count * NS_PER_S },
		              .watermark = &watermark,
		              .format = format };
}

static char *script(const struct plot *p)
{
	struct buf b = { 0 };

	plot_script(p, &b);
	buf_text(&b);
	return b.p; /* the caller's */
}

static void has(const char *text, const char *part, bool want)
{
	if ((strstr(text, part) != NULL) != want)
		printf("# \"%s\" is %s in the script\n", part, want ? "not" : "there");
	OK((strstr(text, part) != NULL) == want);
}

static void a_script_has_the_data_as_steps_and_idle_times_once(void)
{
	struct series *s = steady(6);
	struct plot p = plot_of(s, PLOT_SVG);

	s->bins[4].running = 0;
	char *text = script(&p);
	has(text,
	    "$levels << EOD\n"
	    "0 5 2 7 3\n"
	    "4 5 2 7 3\n"
	    "4 5 0 7 3\n"
	    "5 5 0 7 3\n"
	    "5 5 2 7 3\n"
	    "6 5 2 7 3\n"
	    "EOD\n"
	    "$waiting << EOD\n"
	    "0 5\n1 5\n",
	    true);
	has(text,
	    "6 5\n6 2\n5 2\n5 0\n4 0\n4 2\n3 2\n"
	    "3 2\n2 2\n2 2\n1 2\n1 2\n0 2\nEOD\n"
	    "$rates << EOD\n"
	    "0 10 10 0\n"
	    "6 10 10 0\n"
	    "EOD\n",
	    true);
	has(text, "set xrange [0:6]\n", true);
	free(text);
	free(s);
}

static void the_same_series_gives_the_same_bytes(void)
{
	struct series *s = steady(600);

	for (int f = PLOT_SVG; f <= PLOT_TXT; f++) {
		struct plot p = plot_of(s, (enum plot_format)f);
		char *a = script(&p), *b = script(&p);
		OK(strcmp(a, b) == 0);
		free(a);
		free(b);
	}
	free(s);
}

static void failures_have_a_panel_when_there_are_any(void)
{
	struct series *s = steady(100);
	struct plot p = plot_of(s, PLOT_SVG);

	char *text = script(&p);
	has(text, "Failures", false);
	free(text);
	s->bins[50].failed = 1;
	text = script(&p);
	has(text, "'Failures per second'", true);
	has(text, "\n50 10 10 1\n51 10 10 1\n", true);
	free(text);
	free(s);
}

/* Ten events or more a column: less is noise. */
static void rates_of_few_events_have_few_columns(void)
{
	struct series *s = steady(600);
	struct plot p = plot_of(s, PLOT_SVG);

	for (uint32_t i = 0; i < 600; i++)
		s->bins[i].arrived = s->bins[i].started = i % 2;
	char *text = script(&p);
	has(text, "$rates << EOD\n0 30 30 0\n600 30 30 0\nEOD\n", true);
	has(text, "'Per minute'", true);
	free(text);
	free(s);
}

static void the_watermark_is_drawn_when_the_depth_comes_near_it(void)
{
	struct series *s = steady(100);
	struct plot p = plot_of(s, PLOT_SVG);

	char *text = script(&p);
	has(text, "assert at", false);
	free(text);
	s->bins[50].max_depth = 60;
	text = script(&p);
	has(text, "set label 2 'assert at 100'", true);
	has(text, "set label 3 'release at 20'", true);
	has(text, "set yrange [0:104]", true);
	has(text, "rectangle", false);
	free(text);
	free(s);
}

static void asserted_times_are_shaded_from_their_beginning_to_their_end(void)
{
	struct series *s = steady(100);
	struct plot p = plot_of(s, PLOT_SVG);

	s->bins[10].asserted = 0.25; /* its end */
	s->bins[11].asserted = 1;
	s->bins[12].asserted = 0.5; /* its beginning */
	s->bins[90].asserted = 0.5;
	char *text = script(&p);
	has(text, "rectangle from first 10.75, graph 0 to first 12.5, graph 1", true);
	has(text, "rectangle from first 90, graph 0 to first 90.5, graph 1", true);
	has(text, "title 'asserted'", true);
	free(text);
	free(s);
}

static void a_title_is_text_and_nothing_else(void)
{
	struct series *s = steady(3);
	struct plot p = plot_of(s, PLOT_SVG);

	p.title = "it's `id`\n\"$x\" \\\\ \xff";
	char *text = script(&p);
	has(text, "set label 9 'it''s `id` \"$x\" \\\\ \xef\xbf\xbd' at", true);
	free(text);
	free(s);
}

static void letters_have_a_bar_a_column_and_failures_show(void)
{
	struct series *s = steady(68);
	struct plot p = plot_of(s, PLOT_TXT);

	s->bins[3].asserted = 0.5;
	s->bins[5].failed = 1;
	char *text = script(&p);
	has(text, "$columns << EOD\n1 7 0 2 10 0\n", true);
	has(text, "\n4 0 7 2 10 0\n", true);
	has(text, "\n6 7 0 2 10 1.25\n", true);
	has(text, "'per second: * attempts started, @ where some failed'", true);
	free(text);
	free(s);
}

static void letters_end_where_there_is_something(void)
{
	struct buf b = { 0 };

	plot_trim(SLICE("\fa  \n \f\n  b \n\n   \n  "), &b);
	SAME(buf_slice(&b), "a\n\n  b\n");
	buf_clear(&b);
	plot_trim(SLICE("x"), &b);
	SAME(buf_slice(&b), "x\n");
	buf_free(&b);
}

static void the_extension_says_the_format(void)
{
	enum plot_format f;

	EQ(plot_format_of("a.svg", &f) ? (int)f : -1, PLOT_SVG);
	EQ(plot_format_of("b/a.x.png", &f) ? (int)f : -1, PLOT_PNG);
	EQ(plot_format_of("a.txt", &f) ? (int)f : -1, PLOT_TXT);
	OK(!plot_format_of("a.pdf", &f));
	OK(!plot_format_of("svg", &f));
	OK(!plot_format_of(".svg", &f));
	OK(!plot_format_of("a/.svg", &f));
	OK(!plot_format_of("", &f));
}

int main(void)
{
	RUN(as_many_columns_as_bins_are_the_bins);
	RUN(the_last_column_ends_with_the_run_but_its_rates_do_not_explode);
	RUN(nothing_is_lost_when_bins_are_joined_or_divided);
	RUN(columns_are_joined_from_whole_bins);
	RUN(a_run_of_one_instant_has_a_column_too);
	RUN(levels_are_marked_in_round_steps);
	RUN(time_is_marked_in_units_that_people_use);
	RUN(a_rate_has_the_unit_in_which_it_is_at_least_1);
	RUN(a_script_has_the_data_as_steps_and_idle_times_once);
	RUN(the_same_series_gives_the_same_bytes);
	RUN(failures_have_a_panel_when_there_are_any);
	RUN(rates_of_few_events_have_few_columns);
	RUN(the_watermark_is_drawn_when_the_depth_comes_near_it);
	RUN(asserted_times_are_shaded_from_their_beginning_to_their_end);
	RUN(a_title_is_text_and_nothing_else);
	RUN(letters_have_a_bar_a_column_and_failures_show);
	RUN(letters_end_where_there_is_something);
	RUN(the_extension_says_the_format);
	return t_done();
}
