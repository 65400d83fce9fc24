/* Counters, gauges and histograms as text for a scraper. */
#include "codec/metrics.h"

#include "t.h"

static struct metrics m;
static struct buf text;
static const struct engine_stats none;

/* An action that arrived at 0 and ends after so many milliseconds, `ran` of which its
 * handler took; less than 0: it had none. */
static void end_named(slice kind, enum outcome outcome, int64_t at_ms, int64_t ran)
{
	struct result result = { 0 };
	struct action a = { 0 };
	struct effect f = {
		.kind = EFFECT_OUTCOME, .outcome = outcome, .action = &a, .at = instant_ms(at_ms)
	};

	if (ran >= 0) {
		a.ran = span_ms(ran);
		a.result = &result;
	}
	metrics_effect(&m, &f, kind);
}

static void end(const char *kind, enum outcome outcome, int64_t at_ms, int64_t ran)
{
	end_named(slice_of(kind), outcome, at_ms, ran);
}

static void begin(void)
{
	metrics_init(&m, (struct hash_seed){ 1, 2 });
}

static void finish(void)
{
	metrics_free(&m);
	buf_free(&text);
}

static const char *written(const struct metrics_state *s)
{
	buf_clear(&text);
	metrics_text(&m, s, &text);
	return buf_text(&text);
}

static const char *written_plainly(void)
{
	return written(&(struct metrics_state){ .engine = &none, .jobs = 1 });
}

/* The text has this line, and once only. */
static bool has(const char *all, const char *line)
{
	struct buf b = { 0 };
	buf_addf(&b, "\n%s\n", line);
	const char *first = strstr(all, buf_text(&b));
	bool once = first && !strstr(first + 1, buf_text(&b));
	if (!once)
		printf("# %s: %s\n", first ? "twice" : "missing", line);
	buf_free(&b);
	return once;
}

static uint32_t count_of(const char *all, const char *piece)
{
	uint32_t n = 0;
	while ((all = strstr(all, piece))) {
		n++;
		all += strlen(piece);
	}
	return n;
}

static void counters_and_gauges_are_those_of_the_engine(void)
{
	const struct engine_stats e = { .received = UINT64_MAX, .deferred = 7, .max_depth = 9 };
	struct metrics_state s = { .engine = &e,
		                   .rejected = 3,
		                   .depth = 5,
		                   .running = 2,
		                   .jobs = 4,
		                   .asserted = true,
		                   .level = 0.25 };

	begin();
	const char *all = written(&s);
	OK(has(all, "# TYPE meshq_received_total counter"));
	OK(has(all, "meshq_received_total 18446744073709551615"));
	OK(has(all, "meshq_deferred_total 7"));
	OK(has(all, "meshq_rejected_total 3"));
	OK(has(all, "# TYPE meshq_depth gauge"));
	OK(has(all, "meshq_depth 5"));
	OK(has(all, "meshq_max_depth 9"));
	OK(has(all, "meshq_running 2"));
	OK(has(all, "meshq_waiting 3"));
	OK(has(all, "meshq_jobs 4"));
	OK(has(all, "meshq_backpressure_asserted 1"));
	OK(has(all, "meshq_backpressure_level 0.25"));
	finish();
}

static void the_last_line_says_that_it_is_the_last(void)
{
	begin();
	const char *all = written_plainly();
	OK(metrics_begins((slice){ all, METRICS_HEAD }));
	OK(!metrics_begins(SLICE("# HELP node_load1")));
	OK(!metrics_begins(SLICE("#")));
	OK(text.n > 6 && strcmp(all + text.n - 6, "# EOF\n") == 0);
	EQ(count_of(all, "# EOF"), 1);
	finish();
}

static void buckets_count_up_to_their_bound_and_all_below(void)
{
	begin();
	end("a", OUTCOME_DISPATCHED, 1, 0);    /* on the bound */
	end("a", OUTCOME_DISPATCHED, 2, 0);    /* above it */
	end("a", OUTCOME_FAILED, 90500, 500);  /* 90 s */
	end("a", OUTCOME_FAILED, 90000000, 0); /* above every bound */
	const char *all = written_plainly();
	OK(has(all, "meshq_queue_wait_seconds_bucket{kind=\"a\",le=\"0.001\"} 1"));
	OK(has(all, "meshq_queue_wait_seconds_bucket{kind=\"a\",le=\"0.0025\"} 2"));
	OK(has(all, "meshq_queue_wait_seconds_bucket{kind=\"a\",le=\"60\"} 2"));
	OK(has(all, "meshq_queue_wait_seconds_bucket{kind=\"a\",le=\"300\"} 3"));
	OK(has(all, "meshq_queue_wait_seconds_bucket{kind=\"a\",le=\"86400\"} 3"));
	OK(has(all, "meshq_queue_wait_seconds_bucket{kind=\"a\",le=\"+Inf\"} 4"));
	OK(has(all, "meshq_queue_wait_seconds_sum{kind=\"a\"} 90090.003"));
	OK(has(all, "meshq_queue_wait_seconds_count{kind=\"a\"} 4"));
	OK(has(all, "meshq_run_seconds_bucket{kind=\"a\",le=\"0.25\"} 3"));
	OK(has(all, "meshq_run_seconds_bucket{kind=\"a\",le=\"0.5\"} 4"));
	OK(has(all, "meshq_run_seconds_sum{kind=\"a\"} 0.5"));
	OK(has(all, "meshq_outcomes_total{kind=\"a\",outcome=\"dispatched\"} 2"));
	OK(has(all, "meshq_outcomes_total{kind=\"a\",outcome=\"failed\"} 2"));
	OK(has(all, "meshq_outcomes_total{kind=\"a\",outcome=\"gated\"} 0"));
	finish();
}

static void what_is_gated_has_no_wait_and_what_never_ran_no_run_time(void)
{
	begin();
	end("a", OUTCOME_GATED, 0, -1);
	end("a", OUTCOME_EXPIRED, 10, -1);
	const char *all = written_plainly();
	OK(has(all, "meshq_queue_wait_seconds_count{kind=\"a\"} 1"));
	OK(has(all, "meshq_run_seconds_count{kind=\"a\"} 0"));
	OK(has(all, "meshq_outcomes_total{kind=\"a\",outcome=\"gated\"} 1"));
	finish();
}

static void steps_are_no_outcomes(void)
{
	struct action a = { 0 };
	struct effect f = { .kind = EFFECT_STEP, .outcome = OUTCOME_RETRYING, .action = &a };

	begin();
	metrics_effect(&m, &f, SLICE("a"));
	EQ(count_of(written_plainly(), "kind="), 0);
	finish();
}

static void a_kind_is_escaped(void)
{
	begin();
	end("a\\b\"c\nd", OUTCOME_FAILED, 0, 0);
	OK(has(written_plainly(), "meshq_run_seconds_count{kind=\"a\\\\b\\\"c\\nd\"} 1"));
	finish();
}

static void kinds_beyond_the_first_hundred_share_a_row(void)
{
	char kind[16];

	begin();
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < METRICS_KINDS + 50; i++) {
			snprintf(kind, sizeof kind, "k%d", i);
			end(kind, OUTCOME_DISPATCHED, 0, 0);
		}
	const char *all = written_plainly();
	EQ(count_of(all, "meshq_run_seconds_count"), METRICS_KINDS + 1);
	OK(has(all, "meshq_run_seconds_count{kind=\"k0\"} 2"));
	OK(has(all, "meshq_run_seconds_count{kind=\"k99\"} 2"));
	OK(has(all, "meshq_run_seconds_count{kind=\"other\"} 100"));
	finish();
}

static void no_two_rows_have_one_name(void)
{
	char kind[METRICS_KIND_BYTES + 1];

	begin();
	memset(kind, 'x', sizeof kind);
	end_named((slice){ kind, sizeof kind }, OUTCOME_DISPATCHED, 0, 0); /* too long */
	end("other", OUTCOME_DISPATCHED, 0, 0);
	end_named(SLICE("a\0b"), OUTCOME_DISPATCHED, 0, 0);
	end_named((slice){ kind, sizeof kind - 1 }, OUTCOME_DISPATCHED, 0, 0);
	const char *all = written_plainly();
	OK(has(all, "meshq_run_seconds_count{kind=\"other\"} 3"));
	EQ(strlen(all), text.n);
	EQ(count_of(all, "meshq_run_seconds_count"), 2);
	finish();
}

int main(void)
{
	RUN(counters_and_gauges_are_those_of_the_engine);
	RUN(the_last_line_says_that_it_is_the_last);
	RUN(buckets_count_up_to_their_bound_and_all_below);
	RUN(what_is_gated_has_no_wait_and_what_never_ran_no_run_time);
	RUN(steps_are_no_outcomes);
	RUN(a_kind_is_escaped);
	RUN(kinds_beyond_the_first_hundred_share_a_row);
	RUN(no_two_rows_have_one_name);
	return t_done();
}
