/* From chains and outcomes back to work. */
#include "base/mem.h"
#include "codec/outcome.h"
#include "codec/recorded.h"
#include "t.h"

#include <signal.h>
#include <stdlib.h>

struct desk {
	struct policy policy;
	struct record_reader *reader;
	struct recorded *set;
	struct buf line;
	struct told_bad bad;
};

static struct desk *desk_new(void)
{
	struct desk *d = mem_zeroed(1, sizeof *d);

	d->policy.executor.retry_after = span_ms(100);
	d->reader = record_reader_new();
	d->set = recorded_new(d->reader, &d->policy);
	return d;
}

static void desk_free(struct desk *d)
{
	recorded_free(d->set);
	record_reader_free(d->reader);
	buf_free(&d->line);
	free(d);
}

static bool take(struct desk *d, const char *text)
{
	struct record r;
	struct json_error e;

	return OK(record_read(d->reader, json_text(&d->line, slice_of(text)), &r, &e)) &&
	       recorded_take(d->set, &r, &d->bad);
}

/* A chain record of the run e; `disposition` without the braces. */
static void chain(struct desk *d, const char *epoch, const char *id, int emitted, int at,
                  const char *disposition)
{
	struct buf b = { 0 };

	buf_addf(&b,
	         "{\"v\":1,\"epoch\":\"%s\",\"id\":%s,\"kind\":\"x\",\"emitted_at_ms\":%d,"
	         "\"at_ms\":%d,\"disposition\":{%s}}",
	         epoch, id, emitted, at, disposition);
	OK(take(d, buf_text(&b)));
	buf_free(&b);
}

#define DISPATCHED(attempts, queued, run)                                                          \
	"\"status\":\"dispatched\",\"exit\":0,\"attempts\":" #attempts                             \
	",\"defers\":0,\"queued_ms\":" #queued ",\"run_ms\":" #run

static const struct recorded_action *only(struct desk *d)
{
	uint32_t count;

	recorded_finish(d->set);
	const struct recorded_action *a = recorded_actions(d->set, &count);
	if (!EQ(count, 1))
		exit(1);
	return a;
}

static slice line(struct desk *d, const struct recorded_action *a)
{
	return recorded_line(d->set, a);
}

/* Attempt n takes that many ms and has that verdict; returns the rest of it. */
static struct result attempt(struct desk *d, const struct recorded_action *a, uint32_t n,
                             int64_t ms, int verdict)
{
	struct result r;

	if (!EQ(recorded_attempt(d->set, a, n, &r).ns, ms * NS_PER_MS) || !EQ(r.verdict, verdict))
		printf("# in attempt %u\n", n);
	return r;
}

/* ---- actions ---- */

static void an_action_of_a_chain_is_made_anew_from_what_was_kept_of_it(void)
{
	struct desk *d = desk_new();

	OK(take(d, "{\"v\":1,\"epoch\":\"e\",\"id\":\"a\\u0062\",\"kind\":\"pull \\\"x\\\"\","
	           "\"emitted_at_ms\":900.5,\"at_ms\":1500,\"expires_ms\":9000,"
	           "\"members\":{\"chain\":3.0,\"source.zone\":\"o\"},"
	           "\"disposition\":{\"status\":\"dispatched\",\"exit\":0,\"attempts\":1,"
	           "\"defers\":0,\"queued_ms\":480,\"run_ms\":20}}"));
	const struct recorded_action *a = only(d);
	SAME(line(d, a), "{\"kind\":\"pull \\\"x\\\"\",\"id\":\"a\\u0062\",\"chain\":3.0,"
	                 "\"source\":{\"zone\":\"o\"},\"at_ms\":900.5,\"expires_ms\":9000}");
	SAME(recorded_kind(d->set, a->kind), "pull \"x\"");
	EQ(a->emitted.ns, 900500000);
	EQ(a->arrived.ns, instant_ms(1000).ns);
	EQ(a->handled.ns, instant_ms(1480).ns);
	EQ(a->ended.ns, instant_ms(1500).ns);
	EQ(a->status, OUTCOME_DISPATCHED);
	OK(a->complete);
	EQ(attempt(d, a, 1, 20, RESULT_OK).exit, 0);
	desk_free(d);
}

static void an_action_with_an_outcome_is_the_record_without_it(void)
{
	struct desk *d = desk_new();

	OK(take(d, "{ \"kind\":\"x\", \"z\":[1.0], \"id\":7, \"at_ms\":5, \"outcome\":"
	           "{\"status\":\"failed\",\"attempts\":1,\"defers\":2,\"at_ms\":100,"
	           "\"queued_ms\":60,\"run_ms\":30,\"exit\":3,\"reason\":\"no\"}}\r"));
	const struct recorded_action *a = only(d);
	SAME(line(d, a), "{ \"kind\":\"x\", \"z\":[1.0], \"id\":7, \"at_ms\":5}\r");
	EQ(a->emitted.ns, instant_ms(5).ns);
	EQ(a->arrived.ns, instant_ms(10).ns);
	EQ(a->status, OUTCOME_FAILED);
	EQ(a->defers, 2);
	EQ(attempt(d, a, 1, 30, RESULT_FAIL).exit, 3);
	desk_free(d);
}

static void an_action_that_did_not_say_when_it_was_emitted_was_when_it_was_read(void)
{
	struct desk *d = desk_new();

	OK(take(d, "{\"kind\":\"x\",\"id\":7,\"outcome\":{\"status\":\"deferred\",\"attempts\":0,"
	           "\"defers\":1,\"at_ms\":10.5,\"queued_ms\":0.25,\"run_ms\":0}}"));
	OK(take(d, "{\"kind\":\"x\",\"id\":7,\"outcome\":{\"status\":\"dispatched\",\"attempts\":1,"
	           "\"defers\":1,\"at_ms\":100,\"queued_ms\":59.75,\"run_ms\":30}}"));
	SAME(line(d, only(d)), "{\"kind\":\"x\",\"id\":7,\"at_ms\":10.25}");
	desk_free(d);
}

static void actions_come_in_the_order_of_emission_then_of_arrival_then_of_start(void)
{
	struct desk *d = desk_new();
	uint32_t count;

	chain(d, "e", "2", 0, 0, "\"status\":\"deferred\",\"attempts\":0,\"defers\":1");
	chain(d, "e", "1", 0, 50, DISPATCHED(1, 0, 50));  /* started before 2 was refused */
	chain(d, "e", "3", 0, 30, DISPATCHED(1, 20, 10)); /* read as early, started later */
	chain(d, "e", "4", 0, 40, DISPATCHED(1, 0, 35));  /* read later */
	chain(d, "e", "5", -3, 90, DISPATCHED(1, 90, 0));
	recorded_finish(d->set);
	const struct recorded_action *a = recorded_actions(d->set, &count);
	EQ(count, 5);
	for (uint32_t i = 0; i < 5; i++)
		EQ(line(d, a + i).p[17], "51234"[i]);
	desk_free(d);
}

/* ---- runs ---- */

static void the_same_number_in_another_run_is_another_action(void)
{
	struct desk *d = desk_new();
	uint32_t count;

	chain(d, "e", "1", 5, 10, "\"status\":\"deferred\",\"attempts\":0,\"defers\":1");
	chain(d, "f", "1", 5, 20, DISPATCHED(1, 5, 10));
	chain(d, "e", "1", 5, 30, DISPATCHED(1, 5, 20));
	chain(d, "e", "1", 5, 40, DISPATCHED(1, 5, 30)); /* the first is done: this is a second */
	recorded_finish(d->set);
	const struct recorded_action *a = recorded_actions(d->set, &count);
	EQ(count, 3);
	EQ(a[0].ended.ns + a[1].ended.ns + a[2].ended.ns, instant_ms(20 + 30 + 40).ns);
	EQ(recorded_counts(d->set).incomplete, 0);
	desk_free(d);
}

static void what_was_left_unfinished_goes_on_in_another_run(void)
{
	struct desk *d = desk_new();

	chain(d, "e", "1", 5, 20,
	      "\"status\":\"failed\",\"retry_after_ms\":100,\"due_ms\":120,\"exit\":75,"
	      "\"attempts\":1,\"defers\":0,\"queued_ms\":5,\"run_ms\":10");
	chain(d, "e", "1", 5, 30,
	      "\"status\":\"unfinished\",\"due_ms\":120,\"attempts\":1,\"defers\":0,"
	      "\"queued_ms\":15,\"run_ms\":10");
	chain(d, "f", "1", 5, 500, DISPATCHED(2, 100, 40));
	const struct recorded_action *a = only(d);
	EQ(a->status, OUTCOME_DISPATCHED);
	attempt(d, a, 1, 10, RESULT_RETRY);
	attempt(d, a, 2, 40, RESULT_OK);
	desk_free(d);
}

/* ---- attempts ---- */

static void attempts_of_a_chain_are_told_one_by_one(void)
{
	struct desk *d = desk_new();

	chain(d, "e", "1", 0, 10,
	      "\"status\":\"failed\",\"retry_after_ms\":100,\"exit\":75,\"attempts\":1,"
	      "\"defers\":0,\"queued_ms\":0,\"run_ms\":10");
	chain(d, "e", "1", 0, 110,
	      "\"status\":\"deferred\",\"attempts\":1,\"defers\":1,\"queued_ms\":100,\"run_ms\":"
	      "10");
	chain(d, "e", "1", 0, 130,
	      "\"status\":\"failed\",\"retry_after_ms\":7.5,\"hinted\":true,"
	      "\"signal\":\"SEGV\",\"attempts\":2,"
	      "\"defers\":1,\"queued_ms\":105,\"run_ms\":25");
	chain(d, "e", "1", 0, 150, DISPATCHED(3, 120, 30));
	const struct recorded_action *a = only(d);
	struct result first = attempt(d, a, 1, 10, RESULT_RETRY);
	EQ(first.exit, 75);
	OK(!first.has_hint); /* the policy has named it */
	struct result second = attempt(d, a, 2, 15, RESULT_RETRY);
	EQ(second.signal, SIGSEGV);
	EQ(second.exit, -1);
	OK(second.has_hint);
	EQ(second.hint.ns, 7500000);
	attempt(d, a, 3, 5, RESULT_OK);
	attempt(d, a, 9, 5, RESULT_OK); /* nobody knows: as the last one */
	EQ(recorded_counts(d->set).guessed, 0);
	desk_free(d);
}

static void a_wait_that_was_drawn_is_told_with_its_luck(void)
{
	struct desk *d = desk_new();
	uint64_t draw = 0;

	chain(d, "e", "1", 0, 10,
	      "\"status\":\"failed\",\"retry_after_ms\":100,\"draw\":18446744073709551615,"
	      "\"attempts\":1,\"defers\":0,\"queued_ms\":0,\"run_ms\":10");
	chain(d, "e", "1", 0, 120,
	      "\"status\":\"failed\",\"retry_after_ms\":100,\"hinted\":true,\"draw\":3,"
	      "\"attempts\":2,\"defers\":0,\"queued_ms\":100,\"run_ms\":20");
	chain(d, "e", "1", 0, 230, DISPATCHED(3, 200, 30));
	const struct recorded_action *a = only(d);
	OK(!attempt(d, a, 1, 10, RESULT_RETRY).has_hint);
	OK(recorded_draw(d->set, a, 1, &draw) && draw == UINT64_MAX);
	EQ(attempt(d, a, 2, 10, RESULT_RETRY).hint.ns, 100 * NS_PER_MS);
	OK(!recorded_draw(d->set, a, 2, &draw));
	OK(!recorded_draw(d->set, a, 3, &draw));
	desk_free(d);
}

static void an_attempt_that_was_lost_for_another_action_does_not_happen_again(void)
{
	struct desk *d = desk_new();

	chain(d, "e", "1", 0, 10,
	      "\"status\":\"failed\",\"retry_after_ms\":0,\"lost\":true,\"attempts\":1,"
	      "\"defers\":0,\"queued_ms\":0,\"run_ms\":10");
	chain(d, "e", "1", 0, 50,
	      "\"status\":\"failed\",\"exit\":3,\"attempts\":1,\"defers\":0,\"queued_ms\":10,"
	      "\"run_ms\":40");
	const struct recorded_action *a = only(d);
	EQ(attempt(d, a, 1, 30, RESULT_FAIL).exit, 3);
	desk_free(d);
}

static void attempts_of_an_outcome_share_their_time(void)
{
	struct desk *d = desk_new();

	OK(take(d, "{\"kind\":\"x\",\"id\":7,\"at_ms\":0,\"outcome\":{\"status\":\"failed\","
	           "\"attempts\":3,\"defers\":0,\"at_ms\":900,\"queued_ms\":0,\"run_ms\":31,"
	           "\"signal\":\"KILL\"}}"));
	const struct recorded_action *a = only(d);
	struct result r;
	EQ(recorded_attempt(d->set, a, 1, &r).ns, 10333333);
	EQ(r.verdict, RESULT_RETRY);
	OK(!r.has_hint);
	EQ(recorded_attempt(d->set, a, 2, &r).ns, 10333333);
	EQ(recorded_attempt(d->set, a, 3, &r).ns, 10333334);
	EQ(r.verdict, RESULT_FAIL);
	EQ(r.signal, SIGKILL);
	EQ(recorded_counts(d->set).guessed, 3);
	desk_free(d);
}

static void a_million_attempts_in_one_outcome_need_no_more_room_than_two(void)
{
	struct desk *d = desk_new();

	OK(take(d, "{\"kind\":\"x\",\"id\":7,\"at_ms\":0,\"outcome\":{\"status\":\"dispatched\","
	           "\"attempts\":99999999999,\"defers\":0,\"at_ms\":900,\"run_ms\":4295000}}"));
	const struct recorded_action *a = only(d);
	struct result r;
	EQ(recorded_attempt(d->set, a, 4000000000, &r).ns, 1000);
	EQ(r.verdict, RESULT_RETRY);
	recorded_attempt(d->set, a, UINT32_MAX, &r);
	EQ(r.verdict, RESULT_OK);
	desk_free(d);
}

static void a_budget_that_was_used_up_leaves_a_last_attempt_that_would_be_retried(void)
{
	struct desk *d = desk_new();

	chain(d, "e", "1", 0, 10,
	      "\"status\":\"failed\",\"reason\":\"retried too often\",\"last_reason\":\"busy\","
	      "\"exit\":75,\"attempts\":1,\"defers\":0,\"queued_ms\":0,\"run_ms\":10");
	attempt(d, only(d), 1, 10, RESULT_RETRY);
	desk_free(d);
}

/* The engine's own limit is to decide: it must come before the end. */
static void an_attempt_that_timed_out_ends_just_after_its_time(void)
{
	struct desk *d = desk_new();
	struct result r;

	chain(d, "e", "1", 0, 10,
	      "\"status\":\"failed\",\"timed_out\":true,\"signal\":\"TERM\",\"attempts\":1,"
	      "\"defers\":0,\"queued_ms\":0,\"run_ms\":10");
	EQ(recorded_attempt(d->set, only(d), 1, &r).ns, 10 * NS_PER_MS + 1);
	OK(r.timed_out);
	EQ(r.verdict, RESULT_FAIL);
	desk_free(d);
}

static void an_attempt_that_was_cut_short_succeeds_in_its_time(void)
{
	struct desk *d = desk_new();
	uint32_t count;

	chain(d, "e", "1", 0, 40, DISPATCHED(1, 0, 40));
	chain(d, "e", "2", 1, 10,
	      "\"status\":\"unfinished\",\"due_ms\":10,\"attempts\":1,\"defers\":0,"
	      "\"queued_ms\":0,\"run_ms\":9");
	chain(d, "e", "3", 2, 100,
	      "\"status\":\"unfinished\",\"due_ms\":100,\"attempts\":1,\"defers\":0,"
	      "\"queued_ms\":0,\"run_ms\":98");
	recorded_finish(d->set);
	const struct recorded_action *a = recorded_actions(d->set, &count);
	attempt(d, a + 1, 1, 40, RESULT_OK);
	attempt(d, a + 2, 1, 98, RESULT_OK);
	EQ(recorded_counts(d->set).cut, 2);
	span *times = recorded_durations(d->set, SLICE("x"), &count);
	EQ(count, 1); /* how long those two would have taken is not known */
	EQ(times[0].ns, 40 * NS_PER_MS);
	free(times);
	desk_free(d);
}

static void what_never_ran_takes_one_of_the_times_of_its_kind(void)
{
	struct desk *d = desk_new();
	uint32_t count;
	int seen[3] = { 0 };

	OK(take(d, "{\"v\":1,\"id\":9,\"kind\":\"y\",\"at_ms\":0,\"disposition\":"
	           "{\"status\":\"gated\"}}"));
	chain(d, "e", "1", 0, 10, DISPATCHED(1, 0, 10));
	chain(d, "e", "2", 0, 20, DISPATCHED(1, 0, 20));
	for (int i = 0; i < 100; i++)
		chain(d, "e", "3", 1 + i, 20 + i, "\"status\":\"gated\",\"attempts\":0");
	recorded_finish(d->set);
	const struct recorded_action *a = recorded_actions(d->set, &count);
	EQ(count, 103);
	for (uint32_t i = 0; i < count; i++) {
		struct result r = { .exit = 5 };
		span d1 = recorded_attempt(d->set, a + i, 1, &r);
		EQ(r.verdict, RESULT_OK);
		EQ(recorded_attempt(d->set, a + i, 1, &r).ns, d1.ns);
		if (OK(d1.ns == 0 || d1.ns == 10 * NS_PER_MS || d1.ns == 20 * NS_PER_MS))
			seen[d1.ns / (10 * NS_PER_MS)]++;
	}
	EQ(seen[0], 1); /* of y nothing is known */
	OK(seen[1] > 25 && seen[2] > 25);
	desk_free(d);
}

/* ---- what is missing, and what does not belong ---- */

static void what_a_killed_run_leaves_is_used_as_far_as_it_goes(void)
{
	struct desk *d = desk_new();
	uint32_t count;

	chain(d, "e", "1", 0, 10, "\"status\":\"deferred\",\"attempts\":0,\"defers\":1");
	/* The beginning of the file is gone. */
	chain(d, "e", "2", 0, 500, DISPATCHED(3, 400, 60));
	recorded_finish(d->set);
	const struct recorded_action *a = recorded_actions(d->set, &count);
	EQ(count, 2);
	EQ(recorded_counts(d->set).incomplete, 1);
	EQ(recorded_counts(d->set).guessed, 3);
	for (uint32_t i = 0; i < count; i++)
		if (!a[i].complete)
			EQ(a[i].status, OUTCOME_UNFINISHED);
	desk_free(d);
}

static void other_records_are_counted_and_edges_too(void)
{
	static const char *const lines[] = {
		"{\"kind\":\"x\",\"id\":1}",
		"{\"kind\":\"x\",\"id\":1,\"outcome\":{\"status\":\"elsewhere\"}}",
		"{\"v\":1,\"epoch\":\"e\",\"seq\":1,\"source\":\"a\",\"recorded_at_ms\":4}",
		"{\"kind\":\"meshq.stats\",\"received\":4}",
		"{\"kind\":\"meshq.backpressure\",\"state\":\"asserted\",\"depth\":9}",
		/* the level has moved: no edge */
		"{\"kind\":\"meshq.backpressure\",\"state\":\"asserted\",\"depth\":12}",
		"{\"kind\":\"meshq.backpressure\",\"state\":\"released\",\"depth\":9}",
		"{\"kind\":\"meshq.backpressure\",\"state\":\"asserted\",\"depth\":9}",
	};
	struct desk *d = desk_new();
	uint32_t count;

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		OK(take(d, lines[i]));
	recorded_finish(d->set);
	recorded_actions(d->set, &count);
	EQ(count, 0);
	EQ(recorded_counts(d->set).others, 3);
	EQ(recorded_counts(d->set).asserts, 2);
	EQ(recorded_counts(d->set).releases, 1);
	span *times = recorded_durations(d->set, SLICE("x"), &count);
	EQ(count, 0);
	free(times);
	desk_free(d);
}

static void records_that_cannot_be_used_say_why(void)
{
	static const struct {
		const char *line, *what;
	} cases[] = {
		{ "{\"v\":2,\"kind\":\"x\",\"at_ms\":1,\"disposition\":{\"status\":\"failed\"}}",
		  "version 2 not supported (this is 1)" },
		{ "{\"v\":1,\"at_ms\":1,\"disposition\":{\"status\":\"failed\"}}",
		  "expected a member 'kind'" },
		{ "{\"v\":1,\"kind\":\"x\",\"disposition\":{\"status\":\"failed\"}}",
		  "expected a member 'at_ms'" },
		{ "{\"v\":1,\"kind\":\"x\",\"at_ms\":1,\"disposition\":{}}",
		  "expected a string as 'disposition.status'" },
		{ "{\"kind\":\"x\",\"outcome\":{\"status\":7}}",
		  "expected a string as 'outcome.status'" },
		{ "{\"kind\":\"x\",\"outcome\":{\"status\":\"failed\",\"attempts\":-1}}",
		  "expected a whole number as 'outcome.attempts'" },
		{ "{\"kind\":\"x\",\"outcome\":{\"status\":\"failed\",\"run_ms\":\"5\"}}",
		  "expected a number of milliseconds as 'outcome.run_ms'" },
		{ "{\"v\":1,\"kind\":\"x\",\"at_ms\":1,\"emitted_at_ms\":[],"
		  "\"disposition\":{\"status\":\"failed\"}}",
		  "expected a number of milliseconds as 'emitted_at_ms'" },
	};
	struct desk *d = desk_new();

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		OK(!take(d, cases[i].line));
		SAME(slice_of(d->bad.what), cases[i].what);
	}
	desk_free(d);
}

static void run_times_are_by_kind_or_of_all(void)
{
	struct desk *d = desk_new();
	uint32_t count;

	OK(take(d, "{\"kind\":\"y\",\"id\":1,\"at_ms\":0,\"outcome\":{\"status\":\"dispatched\","
	           "\"attempts\":1,\"at_ms\":900,\"run_ms\":7}}"));
	chain(d, "e", "2", 0, 20, DISPATCHED(1, 0, 20));
	chain(d, "e", "1", 0, 10, DISPATCHED(1, 0, 10));
	recorded_finish(d->set);
	span *x = recorded_durations(d->set, SLICE("x"), &count);
	EQ(count, 2);
	EQ(x[0].ns + x[1].ns, 30 * NS_PER_MS);
	span *all = recorded_durations(d->set, (slice){ 0 }, &count);
	EQ(count, 3);
	EQ(all[0].ns + all[1].ns + all[2].ns, 37 * NS_PER_MS);
	free(x);
	free(all);
	desk_free(d);
}

int main(void)
{
	RUN(an_action_of_a_chain_is_made_anew_from_what_was_kept_of_it);
	RUN(an_action_with_an_outcome_is_the_record_without_it);
	RUN(an_action_that_did_not_say_when_it_was_emitted_was_when_it_was_read);
	RUN(actions_come_in_the_order_of_emission_then_of_arrival_then_of_start);
	RUN(the_same_number_in_another_run_is_another_action);
	RUN(what_was_left_unfinished_goes_on_in_another_run);
	RUN(attempts_of_a_chain_are_told_one_by_one);
	RUN(a_wait_that_was_drawn_is_told_with_its_luck);
	RUN(an_attempt_that_was_lost_for_another_action_does_not_happen_again);
	RUN(attempts_of_an_outcome_share_their_time);
	RUN(a_million_attempts_in_one_outcome_need_no_more_room_than_two);
	RUN(a_budget_that_was_used_up_leaves_a_last_attempt_that_would_be_retried);
	RUN(an_attempt_that_timed_out_ends_just_after_its_time);
	RUN(an_attempt_that_was_cut_short_succeeds_in_its_time);
	RUN(what_never_ran_takes_one_of_the_times_of_its_kind);
	RUN(what_a_killed_run_leaves_is_used_as_far_as_it_goes);
	RUN(other_records_are_counted_and_edges_too);
	RUN(records_that_cannot_be_used_say_why);
	RUN(run_times_are_by_kind_or_of_all);
	return t_done();
}
