/* The contract of drivers (driver_contract.h): handlers that are told to end, by their
 * timeout or by a stop. */
#include "driver_contract.h"

/* More than any test takes: what is to come then never does. */
#define NEVER_MS INT64_C(3600000)

/* ---- timeouts ---- */

static void a_timeout_is_TERM(void)
{
	struct world w;

	open_world(&w, 1, SETS("executor.timeout=40ms", "executor.kill_after=1h"));
	behave(&w, 1, (struct behaviour){ .duration = SPAN_MAX });
	add(&w, 0, "x", 0, 1);
	EQ(drive(&w)->failed, 1);
	EQ(how_many(&w, EFFECT_TERMINATE, 1), 1);
	EQ(how_many(&w, EFFECT_KILL, 1), 0);
	OK(nth(&w, EFFECT_TERMINATE, 0)->at_ms >= dispatched_at(&w, 1, 0) + 40);
	OK(outcome_of(&w, 1)->timed_out);
	EQ(outcome_of(&w, 1)->signal, SIGTERM);
	EQ(outcome_of(&w, 1)->cause, CAUSE_HANDLER);
	world_close(&w);
}

static void KILL_comes_some_time_after_TERM_that_is_ignored(void)
{
	struct world w;

	open_world(&w, 1, SETS("executor.timeout=30ms", "executor.kill_after=30ms"));
	behave(&w, 1, (struct behaviour){ .duration = SPAN_MAX, .ignores_term = true });
	add(&w, 0, "x", 0, 1);
	EQ(drive(&w)->failed, 1);
	const struct note *term = nth(&w, EFFECT_TERMINATE, 0), *killed = nth(&w, EFFECT_KILL, 0);
	EQ(how_many(&w, EFFECT_TERMINATE, 1), 1);
	EQ(how_many(&w, EFFECT_KILL, 1), 1);
	OK(term->at_ms >= dispatched_at(&w, 1, 0) + 30);
	OK(killed->at_ms >= term->at_ms + 30);
	OK(outcome_of(&w, 1)->timed_out);
	EQ(outcome_of(&w, 1)->signal, SIGKILL);
	world_close(&w);
}

static void one_that_ends_well_after_TERM_has_made_it(void)
{
	struct world w;

	open_world(&w, 1, SETS("executor.timeout=20ms", "executor.kill_after=1h"));
	behave(&w, 1, (struct behaviour){ .duration = span_ms(60), .ignores_term = true });
	add(&w, 0, "x", 0, 1);
	EQ(drive(&w)->dispatched, 1);
	EQ(how_many(&w, EFFECT_TERMINATE, 1), 1);
	OK(outcome_of(&w, 1)->at_ms >= dispatched_at(&w, 1, 0) + 60);
	world_close(&w);
}

/* Two things at one instant: only a clock that jumps has that. */
static void one_that_ends_at_the_instant_of_its_limit_has_made_it(void)
{
	struct world w;

	open_world(&w, 2, SETS("executor.timeout=40ms"));
	behave(&w, 1, (struct behaviour){ .duration = span_ms(40) });
	add(&w, 0, "x", 0, 1);
	add(&w, 40, "x", 0, 2);
	EQ(drive(&w)->dispatched, 2);
	world_close(&w);
}

static void TERM_is_for_the_one_whose_time_is_over(void)
{
	static const span limit = { 20 * NS_PER_MS };
	struct world w;

	open_world(&w, 3, SETS("executor.kill_after=1h"));
	behave(&w, 0, (struct behaviour){ .duration = span_ms(60) });
	behave(&w, 2, (struct behaviour){ .duration = SPAN_MAX });
	for (int64_t id = 1; id <= 3; id++)
		world_class(&w, add(&w, 0, "x", 0, id))->timeout = id == 2 ? &limit : NULL;
	EQ(drive(&w)->dispatched, 2);
	EQ(how_many(&w, EFFECT_TERMINATE, 0), 1);
	EQ(outcome_of(&w, 2)->signal, SIGTERM);
	OK(outcome_of(&w, 1)->ran_ms >= 60);
	OK(outcome_of(&w, 3)->ran_ms >= 60);
	world_close(&w);
}

static void a_timeout_may_be_worth_another_try(void)
{
	struct world w;

	open_world(&w, 1,
	           SETS("executor.timeout=20ms", "executor.on_timeout=retry",
	                "executor.retry_after=10ms", "executor.max_defers=1",
	                "executor.kill_after=1h"));
	behave(&w, 1, (struct behaviour){ .duration = SPAN_MAX });
	add(&w, 0, "x", 0, 1);
	EQ(drive(&w)->dispatch_retries, 1);
	EQ(outcome_of(&w, 1)->cause, CAUSE_RETRY_BUDGET);
	EQ(how_many(&w, EFFECT_TERMINATE, 1), 2);
	OK(dispatched_at(&w, 1, 1) >= nth(&w, EFFECT_TERMINATE, 0)->at_ms + 10);
	world_close(&w);
}

static void nobody_who_is_in_time_is_told_to_end(void)
{
	struct world w;

	open_world(&w, 2, SETS("executor.timeout=1h"));
	behave(&w, 0, (struct behaviour){ .duration = span_ms(10) });
	for (int64_t id = 1; id <= 4; id++)
		add(&w, 0, "x", 0, id);
	EQ(drive(&w)->dispatched, 4);
	EQ(how_many(&w, EFFECT_TERMINATE, 0), 0);
	world_close(&w);
}

/* ---- stops ---- */

static void after_a_stop_nothing_starts_and_what_runs_may_finish(void)
{
	struct world w;

	open_world(&w, 1, SETS("executor.grace=1h"));
	behave(&w, 1, (struct behaviour){ .duration = span_ms(80) });
	for (int64_t id = 1; id <= 3; id++)
		add(&w, 0, "x", 0, id);
	tell(&w, 20, EVENT_STOPPED);
	add(&w, NEVER_MS, "x", 0, 4);
	EQ(drive(&w)->received, 3);
	EQ(outcome_of(&w, 1)->outcome, OUTCOME_DISPATCHED);
	OK(outcome_of(&w, 1)->ran_ms >= 80);
	for (int64_t id = 2; id <= 3; id++) {
		EQ(outcome_of(&w, id)->outcome, OUTCOME_UNFINISHED);
		EQ(outcome_of(&w, id)->cause, CAUSE_STOPPED);
		OK(outcome_of(&w, id)->at_ms >= 20);
		OK(place(&w, outcome_of(&w, id)) < place(&w, outcome_of(&w, 1)));
	}
	world_close(&w);
}

static void what_waits_when_it_is_stopped_is_unfinished(void)
{
	struct world w;

	open_world(&w, 3, SETS("rules.pull-cooldown.window=1h"));
	behave(&w, 3, (struct behaviour){ .retries = 1, .hint = span_ms(NEVER_MS) });
	hold(&w, 0, 1, NEVER_MS);
	add(&w, 0, "pull_replica", 1, 1);
	add(&w, 0, "pull_replica", 2, 2);
	add(&w, 0, "x", 0, 3);
	add(&w, 0, "start_daemon", 1, 4);
	tell(&w, 20, EVENT_STOPPED);
	add(&w, NEVER_MS, "x", 0, 5);
	EQ(drive(&w)->unfinished, 3);
	for (int64_t id = 2; id <= 4; id++) {
		EQ(outcome_of(&w, id)->cause, CAUSE_STOPPED);
		OK(outcome_of(&w, id)->until_ms >= NEVER_MS);
	}
	world_close(&w);
}

static void what_runs_on_after_the_grace_gets_TERM(void)
{
	struct world w;

	open_world(&w, 2, SETS("executor.grace=30ms", "executor.kill_after=1h"));
	behave(&w, 0, (struct behaviour){ .duration = SPAN_MAX });
	add(&w, 0, "x", 0, 1);
	add(&w, 0, "x", 0, 2);
	tell(&w, 20, EVENT_STOPPED);
	EQ(drive(&w)->unfinished, 2);
	for (int64_t id = 1; id <= 2; id++) {
		EQ(how_many(&w, EFFECT_TERMINATE, id), 1);
		EQ(how_many(&w, EFFECT_KILL, id), 0);
		OK(nth_of(&w, EFFECT_TERMINATE, id, 0)->at_ms >= 20 + 30);
		EQ(outcome_of(&w, id)->signal, SIGTERM);
		OK(!outcome_of(&w, id)->timed_out);
	}
	world_close(&w);
}

static void and_KILL_when_it_ignores_that(void)
{
	struct world w;

	open_world(&w, 1, SETS("executor.grace=20ms", "executor.kill_after=30ms"));
	behave(&w, 1, (struct behaviour){ .duration = SPAN_MAX, .ignores_term = true });
	add(&w, 0, "x", 0, 1);
	tell(&w, 20, EVENT_STOPPED);
	EQ(drive(&w)->unfinished, 1);
	const struct note *term = nth(&w, EFFECT_TERMINATE, 0), *killed = nth(&w, EFFECT_KILL, 0);
	OK(term->at_ms >= 20 + 20);
	OK(killed->at_ms >= term->at_ms + 30);
	EQ(outcome_of(&w, 1)->signal, SIGKILL);
	world_close(&w);
}

static void a_second_stop_kills_what_runs(void)
{
	struct world w;

	open_world(&w, 2, SETS("executor.grace=1h"));
	behave(&w, 0, (struct behaviour){ .duration = SPAN_MAX, .ignores_term = true });
	for (int64_t id = 1; id <= 3; id++)
		add(&w, 0, "x", 0, id);
	tell(&w, 20, EVENT_STOPPED);
	tell(&w, 50, EVENT_KILLED);
	EQ(drive(&w)->unfinished, 3);
	EQ(how_many(&w, EFFECT_TERMINATE, 0), 0);
	for (int64_t id = 1; id <= 2; id++) {
		OK(nth_of(&w, EFFECT_KILL, id, 0)->at_ms >= 50);
		EQ(outcome_of(&w, id)->signal, SIGKILL);
	}
	EQ(how_many(&w, EFFECT_DISPATCH, 3), 0);
	world_close(&w);
}

/* ---- of the engine's own accord ---- */

static void a_halt_lets_what_runs_end_and_takes_nothing_more(void)
{
	struct world w;

	open_world(&w, 2, SETS("executor.halt=soon,fail=1", "executor.grace=0s"));
	behave(&w, 1, (struct behaviour){ .duration = span_ms(20), .verdict = RESULT_FAIL });
	behave(&w, 2, (struct behaviour){ .duration = span_ms(80) });
	for (int64_t id = 1; id <= 3; id++)
		add(&w, 0, "x", 0, id);
	add(&w, NEVER_MS, "x", 0, 4);
	EQ(drive(&w)->failed, 1);
	EQ(outcome_of(&w, 2)->outcome, OUTCOME_DISPATCHED);
	EQ(outcome_of(&w, 3)->cause, CAUSE_HALTED);
	EQ(how_many(&w, EFFECT_DISPATCH, 0), 2);
	OK(how_many(&w, EFFECT_OUTCOME, 4) == 0 ||
	   outcome_of(&w, 4)->outcome == OUTCOME_UNFINISHED);
	world_close(&w);
}

static void a_halt_now_ends_what_runs(void)
{
	struct world w;

	open_world(&w, 3, SETS("executor.halt=now,fail=1", "executor.kill_after=30ms"));
	behave(&w, 1, (struct behaviour){ .duration = span_ms(20), .verdict = RESULT_FAIL });
	behave(&w, 2, (struct behaviour){ .duration = SPAN_MAX });
	behave(&w, 3, (struct behaviour){ .duration = SPAN_MAX, .ignores_term = true });
	for (int64_t id = 1; id <= 4; id++)
		add(&w, 0, "x", 0, id);
	EQ(drive(&w)->unfinished, 3);
	for (int64_t id = 2; id <= 4; id++)
		EQ(outcome_of(&w, id)->cause, CAUSE_HALTED);
	EQ(outcome_of(&w, 2)->signal, SIGTERM);
	EQ(outcome_of(&w, 3)->signal, SIGKILL);
	world_close(&w);
}

/* Whoever takes no time has ended before a signal can come. */
static void in_a_replay_a_halt_now_finds_all_at_their_end(void)
{
	struct world w;

	open_world(&w, 2, SETS("executor.halt=now,fail=1"));
	behave(&w, 1, (struct behaviour){ .verdict = RESULT_FAIL });
	behave(&w, 2, (struct behaviour){ .duration = span_ms(50) });
	for (int64_t id = 1; id <= 3; id++)
		add(&w, 0, "x", 0, id);
	EQ(drive(&w)->dispatched, 1);
	EQ(outcome_of(&w, 2)->outcome, OUTCOME_DISPATCHED);
	EQ(outcome_of(&w, 3)->cause, CAUSE_HALTED);
	world_close(&w);
}

static const struct driver_case cases[] = {
	CASE(a_timeout_is_TERM, IN_TIME),
	CASE(KILL_comes_some_time_after_TERM_that_is_ignored, IN_TIME),
	CASE(one_that_ends_well_after_TERM_has_made_it, IN_TIME),
	CASE(one_that_ends_at_the_instant_of_its_limit_has_made_it, VIRTUAL),
	CASE(TERM_is_for_the_one_whose_time_is_over, IN_TIME),
	CASE(a_timeout_may_be_worth_another_try, IN_TIME),
	CASE(nobody_who_is_in_time_is_told_to_end, IN_TIME),
	CASE(after_a_stop_nothing_starts_and_what_runs_may_finish, IN_TIME),
	CASE(what_waits_when_it_is_stopped_is_unfinished, IN_TIME),
	CASE(what_runs_on_after_the_grace_gets_TERM, IN_TIME),
	CASE(and_KILL_when_it_ignores_that, IN_TIME),
	CASE(a_second_stop_kills_what_runs, IN_TIME),
	CASE(a_halt_lets_what_runs_end_and_takes_nothing_more, ALL),
	CASE(a_halt_now_ends_what_runs, IN_TIME),
	CASE(in_a_replay_a_halt_now_finds_all_at_their_end, REPLAY),
};

int main(int argc, char **argv)
{
	return run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
}
