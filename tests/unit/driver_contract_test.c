/* The contract of drivers (driver_contract.h): what they feed and when, what comes
 * through of handlers, and what wakes the engine. driver_stop_test.c has how they end,
 * driver_same_test.c whole runs. */
#include "driver_contract.h"

/* ---- the input ---- */

static void actions_are_fed_in_the_order_of_the_script_and_not_before_their_time(void)
{
	struct world w;

	open_world(&w, 1, NO_SETS);
	for (int64_t id = 1; id <= 8; id++)
		add(&w, id / 3 * 20, "x", 0, id);
	EQ(drive(&w)->dispatched, 8);
	for (int64_t id = 1; id <= 8; id++) {
		const struct note *n = nth(&w, EFFECT_DISPATCH, (size_t)id - 1);

		EQ(n->id, id);
		EQ(n->arrival, id);
		OK(n->at_ms >= id / 3 * 20);
	}
	world_close(&w);
}

static void nothing_is_taken_while_the_engine_has_no_room(void)
{
	struct world w;

	open_world(&w, 1, SETS("executor.queue=2"));
	behave(&w, 0, (struct behaviour){ .duration = span_ms(5) });
	for (int64_t id = 1; id <= 6; id++)
		add(&w, 0, "x", 0, id);
	EQ(drive(&w)->dispatched, 6);
	EQ(door.fed_before_first_end, 3); /* one that runs and two that wait for it */
	world_close(&w);
}

static void the_end_of_the_input_is_fed_once_after_all_that_arrives(void)
{
	struct world w;

	open_world(&w, 1, SETS("executor.on_eof=unfinished", "rules.pull-cooldown.window=1h"));
	add(&w, 0, "pull_replica", 1, 1);
	add(&w, 0, "pull_replica", 2, 2);
	add(&w, 20, "x", 0, 3);
	EQ(drive(&w)->dispatched, 2);
	EQ(door.fed[EVENT_ENDED], 1);
	EQ(outcome_of(&w, 2)->cause, CAUSE_END);
	OK(outcome_of(&w, 2)->at_ms >= 20);
	world_close(&w);
}

static void an_empty_input_is_an_end_as_well(void)
{
	struct world w;

	open_world(&w, 1, NO_SETS);
	EQ(drive(&w)->received, 0);
	EQ(door.fed[EVENT_ENDED], 1);
	world_close(&w);
}

/* ---- handlers ---- */

static void an_end_comes_through_as_it_was(void)
{
	struct world w;

	open_world(&w, 1, SETS("executor.retry_after=30ms"));
	behave(&w, 2, (struct behaviour){ .verdict = RESULT_FAIL, .reason = "no such peer" });
	behave(&w, 3, (struct behaviour){ .signal = SIGSEGV });
	behave(&w, 4, (struct behaviour){ .retries = 1, .hint = span_ms(20), .reason = "busy" });
	behave(&w, 5, (struct behaviour){ .retries = 1 });
	for (int64_t id = 1; id <= 5; id++)
		add(&w, 0, "x", 0, id);
	drive(&w);
	const struct note *done = outcome_of(&w, 1), *failed = outcome_of(&w, 2),
			  *crashed = outcome_of(&w, 3);
	const struct note *hinted = nth_of(&w, EFFECT_STEP, 4, 0),
			  *plain = nth_of(&w, EFFECT_STEP, 5, 0);

	EQ(done->outcome, OUTCOME_DISPATCHED);
	EQ(done->exit, 0);
	EQ(failed->outcome, OUTCOME_FAILED);
	EQ(failed->exit, 1);
	SAME(slice_of(failed->reason), "no such peer");
	EQ(crashed->outcome, OUTCOME_FAILED);
	EQ(crashed->signal, SIGSEGV);
	EQ(crashed->exit, -1);
	EQ(hinted->outcome, OUTCOME_RETRYING);
	EQ(hinted->exit, 75);
	EQ(hinted->until_ms - hinted->at_ms, 20);
	SAME(slice_of(hinted->reason), "busy");
	EQ(plain->until_ms - plain->at_ms, 30);
	EQ(outcome_of(&w, 4)->outcome, OUTCOME_DISPATCHED);
	EQ(outcome_of(&w, 5)->attempts, 2);
	world_close(&w);
}

static void every_dispatch_has_one_end_however_often_it_is_retried(void)
{
	struct world w;

	open_world(&w, 3, SETS("executor.retry_after=5ms", "executor.max_defers=4"));
	for (int64_t id = 1; id <= 9; id++) {
		behave(&w, id,
		       (struct behaviour){ .retries = (uint32_t)id, .duration = span_ms(2) });
		add(&w, 0, "x", 0, id);
	}
	const struct engine_stats *s = drive(&w);
	EQ(s->dispatched, 4);
	EQ(s->failed, 5);
	for (int64_t id = 1; id <= 9; id++) {
		int64_t attempts = id <= 4 ? id + 1 : 5;

		EQ(how_many(&w, EFFECT_DISPATCH, id), attempts);
		EQ(how_many(&w, EFFECT_STEP, id), attempts - 1);
		EQ(outcome_of(&w, id)->attempts, attempts);
		if (driver->handlers_take_time)
			OK(outcome_of(&w, id)->ran_ms >= 2 * attempts);
		else
			EQ(outcome_of(&w, id)->ran_ms, 0);
	}
	world_close(&w);
}

static void one_that_cannot_be_started_ends_at_once(void)
{
	struct world w;

	open_world(&w, 1, NO_SETS);
	behave(&w, 2,
	       (struct behaviour){
		       .never_starts = true, .verdict = RESULT_FAIL, .reason = "no such program" });
	for (int64_t id = 1; id <= 3; id++)
		add(&w, 0, "x", 0, id);
	EQ(drive(&w)->dispatched, 2);
	SAME(slice_of(outcome_of(&w, 2)->reason), "no such program");
	EQ(outcome_of(&w, 2)->ran_ms, 0);
	world_close(&w);
}

static void no_more_run_at_once_than_there_are_jobs(void)
{
	struct world w;

	open_world(&w, 2, NO_SETS);
	behave(&w, 0, (struct behaviour){ .duration = span_ms(5) });
	for (int64_t id = 1; id <= 6; id++)
		add(&w, 0, "x", 0, id);
	EQ(drive(&w)->dispatched, 6);
	EQ(door.most_running, 2);
	world_close(&w);
}

static void the_number_of_jobs_may_change_while_handlers_run(void)
{
	struct world w;

	open_world(&w, 1, NO_SETS);
	behave(&w, 0, (struct behaviour){ .duration = span_ms(5) });
	for (int64_t id = 1; id <= 6; id++)
		add(&w, 0, "x", 0, id);
	world_event(&w, 0, (struct event){ .kind = EVENT_JOBS, .jobs = 3 });
	EQ(drive(&w)->dispatched, 6);
	EQ(door.most_running, 3);
	world_close(&w);
}

/* In a replay results count in the order of dispatch, however long they took. */
static void in_a_replay_the_first_dispatched_is_the_first_that_ends(void)
{
	struct world w;

	open_world(&w, 2, NO_SETS);
	behave(&w, 1, (struct behaviour){ .duration = span_ms(40) });
	add(&w, 0, "x", 0, 1);
	add(&w, 0, "x", 0, 2);
	EQ(drive(&w)->dispatched, 2);
	EQ(nth(&w, EFFECT_OUTCOME, 0)->id, 1);
	world_close(&w);
}

/* ---- deadlines: nothing else would wake the driver ---- */

static void a_window_that_opens_wakes_the_engine(void)
{
	struct world w;

	open_world(&w, 2, SETS("rules.pull-cooldown.window=40ms"));
	for (int64_t id = 1; id <= 3; id++)
		add(&w, 0, "pull_replica", (uint64_t)id, id);
	EQ(drive(&w)->deferred, 2);
	for (int64_t id = 2; id <= 3; id++)
		OK(dispatched_at(&w, id, 0) >= dispatched_at(&w, id - 1, 0) + 40);
	world_close(&w);
}

static void a_retry_that_is_due_wakes_the_engine(void)
{
	struct world w;

	open_world(&w, 1, NO_SETS);
	behave(&w, 1, (struct behaviour){ .retries = 2, .hint = span_ms(30) });
	add(&w, 0, "x", 0, 1);
	EQ(drive(&w)->dispatched, 1);
	for (size_t k = 0; k < 2; k++) {
		EQ(nth(&w, EFFECT_STEP, k)->until_ms, nth(&w, EFFECT_STEP, k)->at_ms + 30);
		OK(dispatched_at(&w, 1, k + 1) >= nth(&w, EFFECT_STEP, k)->until_ms);
	}
	world_close(&w);
}

static void an_expiry_wakes_the_engine(void)
{
	struct world w;

	open_world(&w, 1, SETS("rules.pull-cooldown.window=60ms"));
	add(&w, 0, "pull_replica", 1, 1);
	add(&w, 0, "pull_replica", 2, 2)->turn->expires = instant_ms(20);
	add(&w, 0, "pull_replica", 3, 3);
	EQ(drive(&w)->expired, 1);
	const struct note *expired = outcome_of(&w, 2);
	OK(expired->at_ms >= 20);
	EQ(how_many(&w, EFFECT_DISPATCH, 2), 0);
	OK(place(&w, expired) < place(&w, nth_of(&w, EFFECT_DISPATCH, 3, 0)));
	world_close(&w);
}

static void a_hold_that_is_lifted_or_moved_counts_for_those_who_wait(void)
{
	struct world w;

	open_world(&w, 1, NO_SETS);
	hold(&w, 0, 1, 3600000);
	hold(&w, 0, 2, 3600000);
	add(&w, 0, "start_daemon", 1, 1);
	add(&w, 0, "start_daemon", 2, 2);
	add(&w, 0, "start_daemon", 3, 3);
	hold(&w, 30, 1, 0);
	hold(&w, 30, 2, 70);
	EQ(drive(&w)->dispatched, 3);
	EQ(nth(&w, EFFECT_DISPATCH, 0)->id, 3);
	OK(dispatched_at(&w, 1, 0) >= 30);
	OK(dispatched_at(&w, 2, 0) >= 70);
	world_close(&w);
}

static void a_hold_that_drops_gates_until_it_is_lifted(void)
{
	struct world w;

	open_world(&w, 1, SETS("rules.daemon-backoff.on_hold=drop"));
	hold(&w, 0, 1, 3600000);
	add(&w, 0, "start_daemon", 1, 1);
	hold(&w, 20, 1, 0);
	add(&w, 20, "start_daemon", 1, 2);
	drive(&w);
	EQ(outcome_of(&w, 1)->outcome, OUTCOME_GATED);
	EQ(outcome_of(&w, 2)->outcome, OUTCOME_DISPATCHED);
	world_close(&w);
}

static const struct driver_case cases[] = {
	CASE(actions_are_fed_in_the_order_of_the_script_and_not_before_their_time, ALL),
	CASE(nothing_is_taken_while_the_engine_has_no_room, ALL),
	CASE(the_end_of_the_input_is_fed_once_after_all_that_arrives, ALL),
	CASE(an_empty_input_is_an_end_as_well, ALL),
	CASE(an_end_comes_through_as_it_was, ALL),
	CASE(every_dispatch_has_one_end_however_often_it_is_retried, ALL),
	CASE(one_that_cannot_be_started_ends_at_once, ALL),
	CASE(no_more_run_at_once_than_there_are_jobs, ALL),
	CASE(the_number_of_jobs_may_change_while_handlers_run, ALL),
	CASE(in_a_replay_the_first_dispatched_is_the_first_that_ends, REPLAY),
	CASE(a_window_that_opens_wakes_the_engine, ALL),
	CASE(a_retry_that_is_due_wakes_the_engine, ALL),
	CASE(an_expiry_wakes_the_engine, ALL),
	CASE(a_hold_that_is_lifted_or_moved_counts_for_those_who_wait, ALL),
	CASE(a_hold_that_drops_gates_until_it_is_lifted, ALL),
};

int main(int argc, char **argv)
{
	return run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
}
