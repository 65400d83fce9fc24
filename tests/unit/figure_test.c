/* The names and values of the figures of a run. */
#include "sim/figure.h"
#include "t.h"

static const struct key nobody = { 0, 0 };

static void end(struct measure *m, const char *kind, enum outcome outcome, int64_t at_ms)
{
	uint32_t k = measure_kind(m, slice_of(kind));
	struct result result = { 0 };
	struct action a = { .ran = span_ms(1), .result = &result };
	struct effect f = {
		.kind = EFFECT_OUTCOME, .outcome = outcome, .action = &a, .at = instant_ms(at_ms)
	};

	measure_arrival(m, k, nobody, (instant){ 0 }, (instant){ 0 });
	measure_effect(m, &(struct effect){ .kind = EFFECT_DISPATCH }, k, nobody, (instant){ 0 });
	measure_effect(m, &f, k, nobody, (instant){ 0 });
}

/* Ten seconds: 100 of "a" after 1 ms, 2 ms ..., of which 5 fail; 20 of "b" after 1 s. */
static void open(struct measure *m)
{
	measure_init(m, (instant){ 0 });
	for (int i = 1; i <= 100; i++)
		end(m, "a", i <= 95 ? OUTCOME_DISPATCHED : OUTCOME_FAILED, i);
	for (int i = 0; i < 20; i++)
		end(m, "b", OUTCOME_DISPATCHED, 1000);
	measure_elapse(m, &(struct levels){ .depth = 12, .running = 4, .jobs = 8 },
	               instant_ms(5000));
	measure_effect(m, &(struct effect){ .kind = EFFECT_EDGE, .edge = EDGE_ASSERTED }, 0, nobody,
	               (instant){ 0 });
	measure_elapse(m, &(struct levels){ .depth = 2, .running = 2, .jobs = 2 },
	               instant_ms(10000));
}

static double value_of(struct measure *m, const char *name)
{
	struct figure f;
	struct err e = { 0 };
	slice text = slice_of(name);

	if (!OK(figure_read(&text, &f, &e))) {
		printf("# %s: %s\n", name, e.text);
		return -1;
	}
	double value = figure_value(&f, m);
	figure_free(&f);
	return value;
}

static void figures_have_the_values_of_the_run(void)
{
	static struct measure m;
	static const struct {
		const char *name;
		double value;
	} cases[] = {
		{ "received", 120 },
		{ "dispatched", 115 },
		{ "failed", 5 },
		{ "gated", 0 },
		{ "attempts", 120 },
		{ "dispatched{kind=\"b\"}", 20 },
		{ "failed{kind=\"b\"}", 0 },
		{ "dispatched_part{kind=\"a\"}", 0.95 },
		{ "dispatched_part{kind=\"b\"}", 1 },
		{ "throughput", 11.5 },
		{ "arrival_rate{kind=\"b\"}", 2 },
		{ "asserts", 1 },
		{ "releases", 0 },
		{ "asserted_time", 5e9 },
		{ "asserted_part", 0.5 },
		{ "mean_depth", 7 },
		{ "mean_running", 3 },
		{ "mean_waiting", 4 },
		{ "max_waiting", 8 },
		{ "max_running", 4 },
		{ "max_blocked", 0 },
		{ "utilization", 0.6 },
		{ "fairness", 1 },
		{ "duration", 10e9 },
		{ "p50_latency{kind=\"a\"}", 50e6 },
		{ "p99_latency{kind=\"a\"}", 99e6 },
		{ "p99_wait{kind=\"a\"}", 98e6 },
		{ "p05_latency{kind=\"a\"}", 5e6 },
		{ "p999_latency{kind=\"a\"}", 100e6 },
		{ "min_latency", 1e6 },
		{ "max_latency{kind=\"a\"}", 100e6 },
		{ "max_latency", 1e9 },
		{ "mean_latency{kind=\"a\"}", 50.5e6 },
		{ "mean_run", 1e6 },
	};

	open(&m);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		double got = value_of(&m, cases[i].name), want = cases[i].value;
		if (!OK(got - want < 1e-9 && want - got < 1e-9))
			printf("# %s is %.17g, not %.17g\n", cases[i].name, got, want);
	}
	measure_free(&m);
}

static void a_kind_that_never_came_has_zeros(void)
{
	static struct measure m;

	open(&m);
	EQ(value_of(&m, "received{kind=\"c\"}"), 0);
	EQ(value_of(&m, "p99_wait{kind=\"c\"}"), 0);
	EQ(value_of(&m, "throughput{kind=\"c\"}"), 0);
	measure_free(&m);
}

static void every_figure_of_an_empty_run_is_a_number(void)
{
	static struct measure m;
	struct figure f;
	uint32_t n = 0;

	measure_init(&m, (instant){ 0 });
	for (; figure_nth(n, &f); n++) {
		double value = figure_value(&f, &m);
		OK(value >= 0 && value <= 1);
	}
	OK(n > 40);
	measure_free(&m);
}

static void every_figure_reads_back_from_its_name(void)
{
	struct figure f, again;
	struct err e = { 0 };

	for (uint32_t i = 0; figure_nth(i, &f); i++) {
		struct buf name = { 0 };
		f.kind = (char *)(uintptr_t)(figure_has_kinds(&f) ? "a \"b\"\\\n}" : NULL);
		figure_name(&f, &name);
		slice text = buf_slice(&name);
		if (!OK(figure_read(&text, &again, &e)))
			printf("# %.*s: %s\n", SLICE_ARG(buf_slice(&name)), e.text);
		EQ(text.n, 0);
		EQ(again.number, f.number);
		EQ(again.statistic, f.statistic);
		EQ(again.part, f.part);
		EQ(again.unit, f.unit);
		OK(!f.kind == !again.kind && (!f.kind || strcmp(f.kind, again.kind) == 0));
		figure_free(&again);
		buf_free(&name);
	}
}

static void a_name_ends_where_something_else_begins(void)
{
	struct figure f;
	struct err e = { 0 };
	slice text = SLICE("  p999_wait { kind = \"x\" } <2s");

	OK(figure_read(&text, &f, &e));
	SAME(text, " <2s");
	EQ(f.part, 99900);
	SAME(slice_of(f.kind), "x");
	figure_free(&f);
	text = SLICE("failed, gated");
	OK(figure_read(&text, &f, &e));
	SAME(text, ", gated");
}

#define KNOWN                                                                                      \
	"nown are received, dispatched, failed, gated, expired, unfinished, deferred, retries, "   \
	"attempts, dispatched_part, throughput, arrival_rate, asserts, releases, asserted_time, "  \
	"asserted_part, max_depth, max_waiting, max_running, mean_depth, mean_waiting, "           \
	"mean_running, utilization, max_blocked, fairness, wait_fairness, duration, and min_, "    \
	"mean_, p50_, p99_, p999_, max_ before wait, run, latency"

static void a_wrong_name_is_refused_with_what_is_known(void)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "character 1: a figure is expected; k" KNOWN },
		{ " <3", "character 2: a figure is expected; k" KNOWN },
		{ "p99_wiat<2s", "character 1: there is no figure 'p99_wiat'; did you mean "
		                 "'p99_wait'? K" KNOWN },
		{ "  dispached", "character 3: there is no figure 'dispached'; did you mean "
		                 "'dispatched'? K" KNOWN },
		{ "zebra", "character 1: there is no figure 'zebra'; k" KNOWN },
		{ "p100_run", "character 1: there is no figure 'p100_run'; did you mean "
		              "'p50_run'? K" KNOWN },
		{ "p5_wait", "character 1: there is no figure 'p5_wait'; did you mean "
		             "'p50_wait'? K" KNOWN },
		{ "Failed", "character 1: there is no figure 'Failed'; did you mean 'failed'? "
		            "K" KNOWN },
		{ "failed{x}", "character 8: {kind=\"NAME\"} is expected" },
		{ "failed{kind:\"x\"}", "character 12: '=' is expected after {kind" },
		{ "failed{kind=x}", "character 13: the kind is expected in double quotes" },
		{ "failed{kind=\"x}", "character 16: the closing quote of the kind is missing" },
		{ "failed{kind=\"x\"", "character 16: '}' is expected after the kind" },
		{ "max_depth{kind=\"x\"}",
		  "character 10: this figure is one of the whole run: it has no kinds" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct figure f = { .number = 77 };
		struct err e = { 0 };
		slice text = slice_of(cases[i].text);
		OK(!figure_read(&text, &f, &e));
		SAME(slice_of(e.text), cases[i].why);
		EQ(e.status, STATUS_USAGE);
		OK(text.p == cases[i].text);
		EQ(f.number, 77);
	}
}

static void values_are_written_for_people(void)
{
	static const struct {
		enum figure_unit unit;
		double value;
		const char *text;
	} cases[] = {
		{ FIGURE_COUNT, 0, "0" },
		{ FIGURE_COUNT, 123456789, "123456789" },
		{ FIGURE_TIME, 0, "0s" },
		{ FIGURE_TIME, 0.25, "0.25ns" },
		{ FIGURE_TIME, 7, "7ns" },
		{ FIGURE_TIME, 1500, "1.5us" },
		{ FIGURE_TIME, 250e6, "250ms" },
		{ FIGURE_TIME, 1.25e9, "1.25s" },
		{ FIGURE_TIME, 1.23456e9, "1.235s" },
		{ FIGURE_TIME, 3600e9, "3600s" },
		{ FIGURE_TIME, 9000e9, "2.5h" },
		{ FIGURE_PER_S, 12.5, "12.5/s" },
		{ FIGURE_PER_S, 0, "0/s" },
		{ FIGURE_LEVEL, 43.126, "43.13" },
		{ FIGURE_LEVEL, 123456.7, "123457" },
		{ FIGURE_LEVEL, 9.99999, "10" },
		{ FIGURE_PART, 2.0 / 3, "0.6667" },
		{ FIGURE_PART, 0.00123456, "0.001235" },
		{ FIGURE_PART, 1, "1" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf b = { 0 };
		figure_format(cases[i].unit, cases[i].value, &b);
		SAME(buf_slice(&b), cases[i].text);
		buf_free(&b);
	}
}

int main(void)
{
	RUN(figures_have_the_values_of_the_run);
	RUN(a_kind_that_never_came_has_zeros);
	RUN(every_figure_of_an_empty_run_is_a_number);
	RUN(every_figure_reads_back_from_its_name);
	RUN(a_name_ends_where_something_else_begins);
	RUN(a_wrong_name_is_refused_with_what_is_known);
	RUN(values_are_written_for_people);
	return t_done();
}
