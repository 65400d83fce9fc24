/* Expectations: read, refused, and met or not. */
#include "sim/expect.h"
#include "t.h"

static const struct key nobody = { 0, 0 };

static struct expect read(const char *text)
{
	struct expect x = { 0 };
	struct err e = { 0 };

	if (!OK(expect_read(slice_of(text), &x, &e)))
		printf("# %s: %s\n", text, e.text);
	return x;
}

static void values_are_in_the_unit_of_the_figure(void)
{
	static const struct {
		const char *text;
		enum expect_op op;
		double bound;
	} cases[] = {
		{ "p99_wait<2s", EXPECT_LESS, 2e9 },
		{ "p99_wait <= 250ms", EXPECT_AT_MOST, 250e6 },
		{ "  max_run{kind=\"x\"}  >=1m30s ", EXPECT_AT_LEAST, 90e9 },
		{ "max_blocked==0", EXPECT_EQUAL, 0 },
		{ "mean_wait > 0.5us", EXPECT_MORE, 500 },
		{ "failed=0", EXPECT_EQUAL, 0 },
		{ "max_depth < 1000", EXPECT_LESS, 1000 },
		{ "max_depth != 12", EXPECT_NOT_EQUAL, 12 },
		{ "mean_depth < 12.75", EXPECT_LESS, 12.75 },
		{ "throughput >= 12.5/s", EXPECT_AT_LEAST, 12.5 },
		{ "throughput >= 12.5 /s", EXPECT_AT_LEAST, 12.5 },
		{ "throughput >= 100", EXPECT_AT_LEAST, 100 },
		{ "utilization < 80%", EXPECT_LESS, 0.8 },
		{ "utilization < 12.5 %", EXPECT_LESS, 0.125 },
		{ "fairness > 0.1", EXPECT_MORE, 0.1 },
		{ "fairness == 100%", EXPECT_EQUAL, 1 },
		{ "dispatched\t>\t0", EXPECT_MORE, 0 },
		{ "dispatched > 123456789012345", EXPECT_MORE, 123456789012345 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct expect x = read(cases[i].text);
		EQ(x.op, cases[i].op);
		if (!OK(expect_op_holds(EXPECT_EQUAL, x.bound, cases[i].bound)))
			printf("# %s: %.17g\n", cases[i].text, x.bound);
		expect_free(&x);
	}
}

static void the_text_is_kept_as_written(void)
{
	struct expect x = read("  max_wait{kind=\"a b\"}  =  1m ");

	SAME(slice_of(x.text), "max_wait{kind=\"a b\"}  =  1m");
	expect_free(&x);
	expect_free(&x);
}

static void what_is_wrong_is_told_with_its_place(void)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "p99_wait", "character 9: one of < <= == != >= > is expected after the figure" },
		{ "p99_wait  is 3",
		  "character 11: one of < <= == != >= > is expected after the figure" },
		{ "p99_wait ~ 3",
		  "character 10: one of < <= == != >= > is expected after the figure" },
		{ "p99_wait < 2",
		  "character 12: '2': p99_wait is a time with its unit: 2s, 250ms" },
		{ "p99_wait < 2 s",
		  "character 12: '2 s': p99_wait is a time with its unit: 2s, 250ms" },
		{ "p99_wait < 80%",
		  "character 12: '80%': p99_wait is a time with its unit: 2s, 250ms" },
		{ " p99_wait{kind=\"x\"} <",
		  "character 22: '': p99_wait{kind=\"x\"} is a time with its unit: 2s, 250ms" },
		{ "failed < 2s", "character 10: '2s': failed is a count, such as 10" },
		{ "failed < 1.5", "character 10: '1.5': failed is a count, such as 10" },
		{ "failed < -1", "character 10: '-1': failed is a count, such as 10" },
		{ "failed < 1%", "character 10: '1%': failed is a count, such as 10" },
		{ "failed < 1e3", "character 10: '1e3': failed is a count, such as 10" },
		{ "failed < 1 2", "character 10: '1 2': failed is a count, such as 10" },
		{ "failed < 1234567890123456",
		  "character 10: '1234567890123456': failed is a count, such as 10" },
		{ "failed =< 3", "character 9: '< 3': failed is a count, such as 10" },
		{ "mean_depth < .5", "character 14: '.5': mean_depth is a number: 12.5" },
		{ "mean_depth < 1.", "character 14: '1.': mean_depth is a number: 12.5" },
		{ "mean_depth < 1.2.3", "character 14: '1.2.3': mean_depth is a number: 12.5" },
		{ "utilization < 80",
		  "character 15: '80': utilization is a part of the whole: 0.8 or 80%" },
		{ "utilization < 120%",
		  "character 15: '120%': utilization is a part of the whole: 0.8 or 80%" },
		{ "throughput > 3/m",
		  "character 14: '3/m': throughput is a rate a second: 12.5 or 12.5/s" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct expect x;
		struct err e = { 0 };
		OK(!expect_read(slice_of(cases[i].text), &x, &e));
		SAME(slice_of(e.text), cases[i].why);
		EQ(e.status, STATUS_USAGE);
	}
}

static void a_figure_that_is_not_known_is_told_as_such(void)
{
	struct expect x;
	struct err e = { 0 };

	OK(!expect_read(SLICE("p99_wiat < 2s"), &x, &e));
	OK(strstr(e.text, "character 1: there is no figure 'p99_wiat'; did you mean 'p99_wait'?"));
	OK(!expect_read(SLICE("max_depth{kind=\"a\"} < 2"), &x, &e));
	OK(strstr(e.text, "character 10: this figure is one of the whole run"));
}

/* One action that waited so long. */
static void open(struct measure *m, int64_t wait)
{
	struct action a = { 0 };

	measure_init(m, (instant){ 0 });
	measure_kind(m, SLICE("a"));
	measure_arrival(m, 0, nobody, (instant){ 0 }, (instant){ 0 });
	measure_effect(
		m,
		&(struct effect){ .kind = EFFECT_OUTCOME, .action = &a, .at = (instant){ wait } },
		0, nobody, (instant){ 0 });
}

static void times_are_compared_to_the_nanosecond(void)
{
	static struct measure m;
	static const struct {
		const char *text;
		int64_t wait;
		bool met;
	} cases[] = {
		{ "max_wait < 2s", 2000000000, false },
		{ "max_wait < 2s", 1999999999, true },
		{ "max_wait <= 2s", 2000000000, true },
		{ "max_wait <= 2s", 2000000001, false },
		{ "max_wait == 2s", 2000000000, true },
		{ "max_wait == 2s", 2000000001, false },
		{ "max_wait = 2s", 2000000000, true },
		{ "max_wait != 2s", 2000000000, false },
		{ "max_wait != 2s", 1999999999, true },
		{ "max_wait >= 2s", 1999999999, false },
		{ "max_wait >= 2s", 2000000000, true },
		{ "max_wait > 2s", 2000000000, false },
		{ "max_wait > 2s", 2000000001, true },
		{ "max_wait == 100d", INT64_C(8640000000000000), true },
		{ "max_wait == 100d", INT64_C(8640000000000001), false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct expect x = read(cases[i].text);
		double value;
		open(&m, cases[i].wait);
		if (!OK(expect_met(&x, &m, &value) == cases[i].met))
			printf("# %s, with %" PRId64 "\n", cases[i].text, cases[i].wait);
		EQ(value, cases[i].wait);
		measure_free(&m);
		expect_free(&x);
	}
}

static void a_value_is_told_apart_from_its_bound(void)
{
	static const struct {
		const char *text;
		double value;
		const char *shown;
	} cases[] = {
		{ "max_wait < 2s", 1.25e9, "1.25s" },
		{ "max_wait < 2s", 2e9, "2s" },
		{ "max_wait < 2s", 2000000001, "2.000000001s" },
		{ "max_wait < 2s", 1.2345678e9, "1.235s" },
		{ "fairness == 1", 0.99997, "0.99997" },
		{ "fairness == 1", 0.51234, "0.5123" },
		{ "failed == 0", 3, "3" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct expect x = read(cases[i].text);
		struct buf b = { 0 };
		buf_add_text(&b, "is ");
		expect_format(&x, cases[i].value, &b);
		SAME(((slice){ b.p + 3, b.n - 3 }), cases[i].shown);
		buf_free(&b);
		expect_free(&x);
	}
}

int main(void)
{
	RUN(values_are_in_the_unit_of_the_figure);
	RUN(the_text_is_kept_as_written);
	RUN(what_is_wrong_is_told_with_its_place);
	RUN(a_figure_that_is_not_known_is_told_as_such);
	RUN(times_are_compared_to_the_nanosecond);
	RUN(a_value_is_told_apart_from_its_bound);
	return t_done();
}
