/* A run as text, as a record and as rows of a table. */
#include "codec/json.h"
#include "codec/summary.h"
#include "t.h"

static const struct key group_a = { 1, 1 }, group_b = { 2, 2 };

/* Actions that arrive at 0 and end after so many milliseconds, one of which they run. */
static void end(struct measure *m, const char *kind, enum outcome outcome, int64_t at_ms)
{
	uint32_t k = measure_kind(m, slice_of(kind));
	struct key group = k ? group_b : group_a;
	struct result result = { 0 };
	struct action a = { .ran = span_ms(1), .result = &result };
	struct effect f = {
		.kind = EFFECT_OUTCOME, .outcome = outcome, .action = &a, .at = instant_ms(at_ms)
	};

	if (outcome == OUTCOME_GATED)
		a = (struct action){ 0 };
	measure_arrival(m, k, group, (instant){ 0 }, (instant){ 0 });
	measure_effect(m, &f, k, group, (instant){ 0 });
}

static void pass(struct measure *m, int64_t to_ms)
{
	measure_elapse(m, &(struct levels){ .depth = 43, .running = 3, .jobs = 4 },
	               instant_ms(to_ms));
}

static slice text_of(struct measure *m, const struct summary_options *options, struct buf *b)
{
	buf_clear(b);
	summary_text(m, options, b);
	return buf_slice(b);
}

static void a_single_job_is_one(void)
{
	static struct measure m;
	struct buf b = { 0 };

	measure_init(&m, (instant){ 0 });
	measure_elapse(&m, &(struct levels){ .depth = 2, .running = 1, .jobs = 1 },
	               instant_ms(7200000));
	SAME(text_of(&m, &(struct summary_options){ .seed = 1 }, &b),
	     "2h of virtual time, seed 1: 0 actions\n"
	     "depth at most 2, 2 in the mean; 100 % of 1 job busy\n");
	buf_free(&b);
	measure_free(&m);
}

static void an_empty_run_is_one_line_and_a_half(void)
{
	static struct measure m;
	struct buf b = { 0 };

	measure_init(&m, (instant){ 0 });
	SAME(text_of(&m, &(struct summary_options){ .seed = 7 }, &b),
	     "0s of virtual time, seed 7: 0 actions\n"
	     "depth at most 0, 0 in the mean\n");
	buf_free(&b);
	measure_free(&m);
}

static void one_kind_needs_no_line_for_all(void)
{
	static struct measure m;
	struct buf b = { 0 };

	measure_init(&m, (instant){ 0 });
	end(&m, "pull_replica", OUTCOME_DISPATCHED, 251);
	pass(&m, 2000);
	SAME(text_of(&m, &(struct summary_options){ .seed = 1 }, &b),
	     "2s of virtual time, seed 1: 1 action, 1 dispatched\n"
	     "\n"
	     "              actions  dispatched  wait p50    p95    p99    max\n"
	     "pull_replica        1           1     250ms  250ms  250ms  250ms\n"
	     "\n"
	     "depth at most 43, 43 in the mean; 75 % of 4 jobs busy\n");
	buf_free(&b);
	measure_free(&m);
}

/* Something of everything. */
static void busy_run(struct measure *m)
{
	static const struct action nobody = { 0 };

	measure_init(m, (instant){ 0 });
	for (int i = 1; i <= 100; i++)
		end(m, "pull_replica", i <= 90 ? OUTCOME_DISPATCHED : OUTCOME_FAILED, 10 * i);
	for (int i = 0; i < 200; i++)
		end(m, "drop_replica", OUTCOME_DISPATCHED, 1);
	end(m, "start_daemon", OUTCOME_GATED, 0);
	end(m, "odd", OUTCOME_EXPIRED, 5001);
	end(m, "odd", OUTCOME_UNFINISHED, 5001);
	for (int i = 0; i < 2; i++)
		measure_effect(m,
		               &(struct effect){ .kind = EFFECT_STEP,
		                                 .outcome = i ? OUTCOME_RETRYING : OUTCOME_DEFERRED,
		                                 .action = (struct action *)(uintptr_t)&nobody },
		               0, group_a, (instant){ 0 });
	pass(m, 10000);
	measure_effect(m, &(struct effect){ .kind = EFFECT_EDGE, .edge = EDGE_ASSERTED }, 0,
	               group_a, (instant){ 0 });
	pass(m, 22500);
	measure_arrival(m, 3, group_b, (instant){ 0 }, instant_ms(22500));
}

static void many_columns_are_two_tables(void)
{
	static struct measure m;
	struct buf b = { 0 };

	busy_run(&m);
	SAME(text_of(&m, &(struct summary_options){ .seed = 42 }, &b),
	     "22.5s of virtual time, seed 42: 304 actions, 290 dispatched, 10 failed, 1 gated,\n"
	     "1 expired, 1 unfinished\n"
	     "\n"
	     "              actions  dispatched  failed  gated  expired  unfinished\n"
	     "drop_replica      200         200       0      0        0           0\n"
	     "pull_replica      100          90      10      0        0           0\n"
	     "odd                 3           0       0      0        1           1\n"
	     "start_daemon        1           0       0      1        0           0\n"
	     "all               304         290      10      1        1           1\n"
	     "\n"
	     "              wait p50    p95    p99    max\n"
	     "drop_replica        0s     0s     0s     0s\n"
	     "pull_replica     499ms  949ms  989ms  999ms\n"
	     "odd                 5s     5s     5s     5s\n"
	     "start_daemon         -      -      -      -\n"
	     "all                 0s  869ms  989ms     5s\n"
	     "\n"
	     "depth at most 43, 43 in the mean; 75 % of 4 jobs busy; 1 deferral; 1 retry;\n"
	     "back-pressure asserted 1 time, for 12.5s; input kept waiting for up to 22.5s;\n"
	     "fairness 1.00, of waits 0.60, among 2 groups\n");
	buf_free(&b);
	measure_free(&m);
}

static void a_wide_terminal_has_one_table(void)
{
	static struct measure m;
	struct buf b = { 0 };

	busy_run(&m);
	slice text = text_of(&m, &(struct summary_options){ .columns = 120 }, &b);
	buf_add_char(&b, '\0');
	OK(strstr(text.p, "all               304         290      10      1        1           1"
	                  "        0s  869ms  989ms     5s\n"));
	buf_free(&b);
	measure_free(&m);
}

static void the_busiest_of_many_kinds_are_listed(void)
{
	static struct measure m;
	struct buf b = { 0 };

	measure_init(&m, (instant){ 0 });
	for (int i = 0; i < 100; i++)
		for (int n = 0; n <= i; n++) {
			char kind[16];
			snprintf(kind, sizeof kind, "k%d", i);
			end(&m, kind, OUTCOME_DISPATCHED, 1);
		}
	slice text = text_of(&m, &(struct summary_options){ .kinds = 3 }, &b);
	buf_add_char(&b, '\0');
	OK(strstr(text.p, "\nk99      100         100        0s   0s   0s   0s\n"
	                  "k98       99          99        0s   0s   0s   0s\n"
	                  "k97       98          98        0s   0s   0s   0s\n"
	                  "all     5050        5050        0s   0s   0s   0s\n"
	                  "and 97 more kinds\n"));
	text = text_of(&m, &(struct summary_options){ 0 }, &b);
	buf_add_char(&b, '\0');
	OK(strstr(text.p, "\nk80 ") && !strstr(text.p, "\nk79 "));
	OK(strstr(text.p, "and 80 more kinds\n"));
	buf_free(&b);
	measure_free(&m);
}

static void a_kind_of_any_text_keeps_the_columns_straight(void)
{
	static struct measure m;
	struct buf b = { 0 };

	measure_init(&m, (instant){ 0 });
	end(&m,
	    "gr\xc3\xbc\xc3\x9f"
	    "e",
	    OUTCOME_DISPATCHED, 1);
	end(&m, "a\x1b[2Jb\n", OUTCOME_DISPATCHED, 1);
	end(&m, "a-kind-with-a-name-of-very-many-letters", OUTCOME_DISPATCHED, 1);
	slice text = text_of(&m, &(struct summary_options){ 0 }, &b);
	buf_add_char(&b, '\0');
	OK(strstr(text.p, "\ngr\xc3\xbc\xc3\x9f"
	                  "e                           1 "));
	OK(strstr(text.p, "\na?[2Jb?                         1 "));
	OK(strstr(text.p, "\na-kind-with-a-name-of...        1 "));
	buf_free(&b);
	measure_free(&m);
}

static void results_stand_in_a_column(void)
{
	struct expect a = { 0 }, c = { 0 };
	struct err e = { 0 };
	struct buf b = { 0 };

	OK(expect_read(SLICE("p99_wait < 2s"), &a, &e) && expect_read(SLICE("failed=0"), &c, &e));
	const struct expect_result results[] = { { &a, 1.25e9, true }, { &c, 52, false } };
	summary_results(results, 2, &b);
	SAME(buf_slice(&b), "pass  p99_wait < 2s  1.25s\n"
	                    "FAIL  failed=0       52\n");
	buf_free(&b);
	expect_free(&a);
	expect_free(&c);
}

/* The number at the path of a record; -1: there is none. */
static double member(slice record, const char *path)
{
	struct json_plan *plan = json_plan_new();
	struct json_found found[8];
	struct json_error e;
	struct buf copy = { 0 };
	double value = -1;

	uint32_t i = json_plan_add(plan, path);
	if (OK(json_scan(plan, json_text(&copy, record), found, &e)) && found[i].text.p)
		value = strtod(found[i].text.p, NULL);
	json_plan_free(plan);
	buf_free(&copy);
	return value;
}

static bool same(double a, double b)
{
	return a - b < 1e-9 && b - a < 1e-9;
}

static void a_record_has_every_figure_and_those_of_each_kind(void)
{
	static struct measure m;
	struct buf b = { 0 };
	struct figure f;

	busy_run(&m);
	end(&m, "\"q\"", OUTCOME_DISPATCHED, 1);
	summary_record(&m, 42, &b);
	slice record = { b.p, b.n - 1 };
	OK(b.p[b.n - 1] == '\n' && !memchr(record.p, '\n', record.n));
	OK(slice_starts(record, "{\"kind\":\"meshq.figures\",\"seed\":42,\"received\":305,"));
	OK(same(member(record, "dispatched"), 291));
	OK(same(member(record, "at_ms"), 22500));
	OK(same(member(record, "p99_wait_ms"), 989));
	OK(same(member(record, "asserted_time_ms"), 12500));
	OK(same(member(record, "asserted_part"), 0.555555556));
	OK(same(member(record, "kinds.pull_replica.failed"), 10));
	OK(same(member(record, "kinds.pull_replica.max_wait_ms"), 999));
	OK(same(member(record, "kinds.pull_replica.mean_latency_ms"), 505));
	OK(same(member(record, "kinds.\"q\".received"), 1));
	OK(member(record, "kinds.pull_replica.max_depth") < 0);
	for (uint32_t i = 0; figure_nth(i, &f); i++) {
		struct buf name = { 0 };
		figure_name(&f, &name);
		if (f.unit == FIGURE_TIME)
			buf_add_text(&name, "_ms");
		if (!OK(member(record, buf_text(&name)) >= 0))
			printf("# %s\n", buf_text(&name));
		buf_free(&name);
	}
	buf_free(&b);
	measure_free(&m);
}

static void chosen_figures_are_columns_of_a_table(void)
{
	static struct measure m;
	static const char *const names[] = { "failed", "p99_wait", "throughput",
		                             "max_wait{kind=\"pull_replica\"}" };
	enum { FIGURES = sizeof names / sizeof names[0] };
	struct figure figures[FIGURES];
	struct err e = { 0 };
	struct buf b = { 0 };

	busy_run(&m);
	for (int i = 0; i < FIGURES; i++) {
		slice text = slice_of(names[i]);
		OK(figure_read(&text, &figures[i], &e));
	}
	summary_csv_names(figures, FIGURES, &b);
	SAME(buf_slice(&b),
	     "failed,p99_wait_ms,throughput,\"max_wait_ms{kind=\"\"pull_replica\"\"}\"");
	buf_clear(&b);
	summary_csv_values(figures, FIGURES, &m, &b);
	SAME(buf_slice(&b), "10,989,12.8888889,999");
	buf_clear(&b);
	summary_members(figures, FIGURES, &m, &b);
	SAME(buf_slice(&b), ",\"failed\":10,\"p99_wait_ms\":989,\"throughput\":12.8888889,"
	                    "\"max_wait_ms{kind=\\\"pull_replica\\\"}\":999");
	for (int i = 0; i < FIGURES; i++)
		figure_free(&figures[i]);
	buf_free(&b);
	measure_free(&m);
}

static void a_mean_is_rounded_to_the_nanosecond(void)
{
	static struct measure m;
	struct figure f = { 0 };
	struct err e = { 0 };
	struct buf b = { 0 };
	slice text = SLICE("mean_latency");

	measure_init(&m, (instant){ 0 });
	end(&m, "a", OUTCOME_DISPATCHED, 0);
	end(&m, "a", OUTCOME_DISPATCHED, 0);
	end(&m, "a", OUTCOME_DISPATCHED, 2);
	OK(figure_read(&text, &f, &e));
	summary_csv_values(&f, 1, &m, &b);
	SAME(buf_slice(&b), "0.666667");
	buf_free(&b);
	measure_free(&m);
}

static void cells_of_csv_are_quoted_where_they_must(void)
{
	static const struct {
		const char *text, *cell;
	} cases[] = {
		{ "", "" },
		{ "a b", "a b" },
		{ "a,b", "\"a,b\"" },
		{ "a\"b", "\"a\"\"b\"" },
		{ "a\nb", "\"a\nb\"" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf b = { 0 };
		summary_csv_cell(slice_of(cases[i].text), &b);
		SAME(buf_slice(&b), cases[i].cell);
		buf_free(&b);
	}
}

int main(void)
{
	RUN(an_empty_run_is_one_line_and_a_half);
	RUN(a_single_job_is_one);
	RUN(one_kind_needs_no_line_for_all);
	RUN(many_columns_are_two_tables);
	RUN(a_wide_terminal_has_one_table);
	RUN(the_busiest_of_many_kinds_are_listed);
	RUN(a_kind_of_any_text_keeps_the_columns_straight);
	RUN(results_stand_in_a_column);
	RUN(a_record_has_every_figure_and_those_of_each_kind);
	RUN(chosen_figures_are_columns_of_a_table);
	RUN(a_mean_is_rounded_to_the_nanosecond);
	RUN(cells_of_csv_are_quoted_where_they_must);
	return t_done();
}
