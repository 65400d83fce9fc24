/* The executor engine: handlers that take long, and how work ends. */
#include "world.h"

/* ---- concurrency (D-13) ---- */

static void D_13_as_many_run_at_once_as_there_are_jobs(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 3);
	behave(&w, 0, (struct behaviour){ .duration = span_ms(100) });
	for (int64_t id = 1; id <= 7; id++)
		add(&w, 0, "mark_avoid", 0, id);
	world_run(&w);
	for (int64_t id = 1; id <= 7; id++)
		EQ(dispatched_at(&w, id, 0), (id - 1) / 3 * 100);
	EQ(w.end_ms, 300);
	world_close(&w);
}

static void D_13_one_that_hangs_stops_neither_intake_nor_retries_nor_edges(void)
{
	struct world w;

	world_open(&w, "meshos");
	w.policy.executor.timeout = span_ms(5000);
	w.policy.backpressure = (struct backpressure_policy){ .assert_at = 3, .release_at = 1 };
	world_start(&w, 2);
	add(&w, 0, "mark_avoid", 0, 1);
	behave(&w, 1, (struct behaviour){ .duration = SPAN_MAX });
	add(&w, 10, "mark_avoid", 0, 2);
	behave(&w, 2, (struct behaviour){ .retries = 2, .hint = span_ms(50) });
	add(&w, 20, "mark_avoid", 0, 3);
	const struct engine_stats *s = world_run(&w);
	EQ(outcome_of(&w, 2)->at_ms, 110);
	EQ(outcome_of(&w, 3)->at_ms, 20);
	EQ(s->releases, 1);
	EQ(last(&w, EFFECT_EDGE)->at_ms, 110);
	EQ(s->dispatched, 2);
	EQ(s->failed, 1);
	world_close(&w);
}

/* ---- timeouts ---- */

static void D_13_a_handler_that_takes_too_long_is_told_to_end_and_fails(void)
{
	struct world w;

	world_open(&w, "meshos");
	w.policy.executor.timeout = span_ms(1000);
	world_start(&w, 1);
	add(&w, 0, "mark_avoid", 0, 1);
	behave(&w, 1, (struct behaviour){ .duration = SPAN_MAX });
	const struct engine_stats *s = world_run(&w);
	EQ(nth(&w, EFFECT_TERMINATE, 0)->at_ms, 1000);
	EQ(how_many(&w, EFFECT_KILL, 0), 0);
	EQ(s->failed, 1);
	EQ(outcome_of(&w, 1)->cause, CAUSE_HANDLER);
	OK(outcome_of(&w, 1)->timed_out);
	world_close(&w);
}

static void an_action_may_have_a_timeout_of_its_own(void)
{
	static const span longer = { 3 * NS_PER_S }, endless = { 0 };
	struct world w;

	world_open(&w, "meshos");
	w.policy.executor.timeout = span_ms(1000);
	world_start(&w, 3);
	add(&w, 0, "mark_avoid", 0, 1);
	world_class(&w, add(&w, 0, "mark_avoid", 0, 2))->timeout = &longer;
	world_class(&w, add(&w, 0, "mark_avoid", 0, 3))->timeout = &endless;
	for (int64_t id = 1; id <= 3; id++)
		behave(&w, id, (struct behaviour){ .duration = span_ms(4000) });
	world_run(&w);
	EQ(outcome_of(&w, 1)->at_ms, 1000);
	EQ(outcome_of(&w, 2)->at_ms, 3000);
	EQ(outcome_of(&w, 3)->at_ms, 4000);
	OK(!outcome_of(&w, 3)->timed_out);
	world_close(&w);
}

static void a_handler_that_ends_exactly_at_its_timeout_is_in_time(void)
{
	struct world w;

	world_open(&w, "meshos");
	w.policy.executor.timeout = span_ms(1000);
	world_start(&w, 1);
	add(&w, 0, "mark_avoid", 0, 1);
	behave(&w, 1, (struct behaviour){ .duration = span_ms(1000) });
	EQ(world_run(&w)->dispatched, 1);
	world_close(&w);
}

static void a_timeout_is_retried_when_the_policy_says_so(void)
{
	struct world w;

	world_open(&w, "meshos");
	w.policy.executor.timeout = span_ms(1000);
	w.policy.executor.on_timeout = ON_TIMEOUT_RETRY;
	w.policy.executor.retry_after = span_ms(200);
	w.policy.executor.max_defers = 2;
	world_start(&w, 1);
	add(&w, 0, "drop_replica", 7, 1);
	behave(&w, 1, (struct behaviour){ .duration = SPAN_MAX });
	const struct engine_stats *s = world_run(&w);
	EQ(dispatched_at(&w, 1, 1), 1200);
	EQ(dispatched_at(&w, 1, 2), 2400);
	EQ(s->dispatch_retries, 2);
	EQ(outcome_of(&w, 1)->cause, CAUSE_RETRY_BUDGET);
	OK(outcome_of(&w, 1)->timed_out);
	world_close(&w);
}

/* Handlers that do not obey are not for the simulation: by hand. */
struct hand {
	struct world w;
	struct effect f;
};

static void hand_open(struct hand *h, uint32_t jobs)
{
	world_open(&h->w, "meshos");
	h->w.policy.executor.timeout = span_ms(1000);
	h->w.policy.executor.kill_after = span_ms(300);
	h->w.policy.executor.grace = span_ms(500);
	world_start(&h->w, jobs);
}

static bool poll(struct hand *h, int64_t at_ms)
{
	return engine_poll(h->w.engine, instant_ms(at_ms), &h->f);
}

static void feed(struct hand *h, int64_t at_ms, struct event e)
{
	e.now = instant_ms(at_ms);
	engine_feed(h->w.engine, &e);
}

static struct action *start(struct hand *h, int64_t id)
{
	struct action *a = world_action(&h->w, "mark_avoid", 0, id);

	feed(h, 0, (struct event){ .kind = EVENT_ARRIVED, .action = a });
	OK(poll(h, 0));
	EQ(h->f.kind, EFFECT_DISPATCH);
	OK(h->f.action == a);
	return a;
}

static void expect_effect(struct hand *h, int64_t at_ms, enum effect_kind kind)
{
	EQ(engine_deadline(h->w.engine).ns, instant_ms(at_ms).ns);
	OK(!poll(h, at_ms - 1));
	OK(poll(h, at_ms));
	EQ(h->f.kind, kind);
	OK(!poll(h, at_ms));
}

static void expect_outcome(struct hand *h, int64_t at_ms, enum outcome outcome, enum cause cause)
{
	OK(poll(h, at_ms));
	EQ(h->f.kind, EFFECT_OUTCOME);
	EQ(h->f.outcome, outcome);
	EQ(h->f.cause, cause);
	engine_action_free(h->f.action);
	h->f.action = NULL;
}

static void finish(struct hand *h, int64_t at_ms, struct action *a, int verdict)
{
	struct event e = { .kind = EVENT_FINISHED, .action = a };

	e.result.verdict = verdict == RESULT_OK ? RESULT_OK : RESULT_FAIL;
	feed(h, at_ms, e);
}

static void a_handler_that_ignores_TERM_is_killed_after_a_while_and_once(void)
{
	struct hand h;

	hand_open(&h, 1);
	struct action *a = start(&h, 1);
	expect_effect(&h, 1000, EFFECT_TERMINATE);
	expect_effect(&h, 1300, EFFECT_KILL);
	EQ(engine_deadline(h.w.engine).ns, INT64_MAX);
	OK(!poll(&h, 100000));
	finish(&h, 100000, a, RESULT_FAIL);
	expect_outcome(&h, 100000, OUTCOME_FAILED, CAUSE_HANDLER);
	EQ(engine_stats(h.w.engine)->failed, 1);
	world_close(&h.w);
}

static void a_handler_that_makes_it_after_TERM_has_made_it(void)
{
	struct hand h;

	hand_open(&h, 1);
	struct action *a = start(&h, 1);
	expect_effect(&h, 1000, EFFECT_TERMINATE);
	finish(&h, 1100, a, RESULT_OK);
	expect_outcome(&h, 1100, OUTCOME_DISPATCHED, CAUSE_NONE);
	EQ(engine_deadline(h.w.engine).ns, INT64_MAX);
	world_close(&h.w);
}

/* ---- stop ---- */

static void a_stop_lets_running_work_end_within_the_grace(void)
{
	struct hand h;

	hand_open(&h, 2);
	struct action *quick = start(&h, 1), *slow = start(&h, 2);
	feed(&h, 100, (struct event){ .kind = EVENT_STOPPED });
	feed(&h, 101, (struct event){ .kind = EVENT_STOPPED }); /* again: no new grace */
	OK(!poll(&h, 101));
	finish(&h, 200, quick, RESULT_OK);
	expect_outcome(&h, 200, OUTCOME_DISPATCHED, CAUSE_NONE);
	expect_effect(&h, 600, EFFECT_TERMINATE);
	expect_effect(&h, 900, EFFECT_KILL);
	OK(!engine_idle(h.w.engine));
	finish(&h, 901, slow, RESULT_FAIL);
	expect_outcome(&h, 901, OUTCOME_UNFINISHED, CAUSE_STOPPED);
	OK(!poll(&h, 901));
	OK(engine_idle(h.w.engine));
	world_close(&h.w);
}

static void a_timeout_within_the_grace_is_a_timeout(void)
{
	struct hand h;

	hand_open(&h, 1);
	struct action *a = start(&h, 1);
	feed(&h, 900, (struct event){ .kind = EVENT_STOPPED });
	expect_effect(&h, 1000, EFFECT_TERMINATE);
	finish(&h, 1001, a, RESULT_FAIL);
	OK(poll(&h, 1001));
	EQ(h.f.outcome, OUTCOME_FAILED);
	OK(h.f.action->result->timed_out);
	engine_action_free(h.f.action);
	world_close(&h.w);
}

static void a_failure_within_the_grace_is_a_failure(void)
{
	struct hand h;

	hand_open(&h, 1);
	struct action *a = start(&h, 1);
	feed(&h, 100, (struct event){ .kind = EVENT_STOPPED });
	finish(&h, 101, a, RESULT_FAIL);
	expect_outcome(&h, 101, OUTCOME_FAILED, CAUSE_HANDLER);
	world_close(&h.w);
}

static void a_second_signal_kills_at_once(void)
{
	struct hand h;

	hand_open(&h, 1);
	struct action *a = start(&h, 1);
	feed(&h, 100, (struct event){ .kind = EVENT_STOPPED });
	feed(&h, 200, (struct event){ .kind = EVENT_KILLED });
	OK(poll(&h, 200));
	EQ(h.f.kind, EFFECT_KILL);
	OK(!poll(&h, 5000));
	finish(&h, 5000, a, RESULT_FAIL);
	expect_outcome(&h, 5000, OUTCOME_UNFINISHED, CAUSE_STOPPED);
	OK(!poll(&h, 5000));
	OK(engine_idle(h.w.engine));
	world_close(&h.w);
}

static void a_kill_after_TERM_was_sent_does_not_wait_for_the_rest_of_the_time(void)
{
	struct hand h;

	hand_open(&h, 1);
	struct action *a = start(&h, 1);
	expect_effect(&h, 1000, EFFECT_TERMINATE);
	feed(&h, 1001, (struct event){ .kind = EVENT_KILLED });
	OK(poll(&h, 1001));
	EQ(h.f.kind, EFFECT_KILL);
	finish(&h, 1002, a, RESULT_FAIL);
	expect_outcome(&h, 1002, OUTCOME_UNFINISHED, CAUSE_STOPPED);
	world_close(&h.w);
}

static void a_stop_takes_nothing_from_the_time_between_TERM_and_KILL(void)
{
	struct hand h;

	hand_open(&h, 1);
	h.w.policy.executor.grace = span_ms(0);
	struct action *a = start(&h, 1);
	expect_effect(&h, 1000, EFFECT_TERMINATE);
	feed(&h, 1100, (struct event){ .kind = EVENT_STOPPED });
	expect_effect(&h, 1300, EFFECT_KILL);
	EQ(engine_deadline(h.w.engine).ns, INT64_MAX);
	finish(&h, 1301, a, RESULT_FAIL);
	expect_outcome(&h, 1301, OUTCOME_FAILED, CAUSE_HANDLER);
	world_close(&h.w);
}

static void a_stop_gives_back_everything_that_does_not_run_exactly_once(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	add(&w, 0, "drop_replica", 1, 1);
	add(&w, 0, "drop_replica", 1, 2); /* in line */
	add(&w, 0, "mark_avoid", 0, 3);   /* waits for a retry */
	behave(&w, 3, (struct behaviour){ .retries = 5, .hint = span_ms(9000) });
	add(&w, 100, "mark_avoid", 0, 4); /* runs, and fails in the end */
	behave(&w, 4, (struct behaviour){ .duration = span_ms(1000), .verdict = RESULT_FAIL });
	add(&w, 200, "mark_avoid", 0, 5); /* read ahead */
	tell(&w, 300, EVENT_STOPPED);
	add(&w, 400, "mark_avoid", 0, 6); /* not read any more */
	const struct engine_stats *s = world_run(&w);
	EQ(s->received, 5);
	EQ(s->unfinished, 3);
	EQ(outcome_of(&w, 2)->until_ms, 60000);
	EQ(outcome_of(&w, 2)->defers, 1);
	EQ(outcome_of(&w, 3)->until_ms, 9000);
	EQ(outcome_of(&w, 3)->attempts, 1);
	EQ(outcome_of(&w, 5)->at_ms, 300);
	EQ(outcome_of(&w, 4)->outcome, OUTCOME_FAILED);
	EQ(outcome_of(&w, 4)->at_ms, 1100);
	EQ(how_many(&w, EFFECT_OUTCOME, 6), 0);
	world_close(&w);
}

static void what_wants_a_retry_after_a_stop_is_unfinished(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	add(&w, 0, "mark_avoid", 0, 1);
	behave(&w, 1,
	       (struct behaviour){ .retries = 1,
	                           .hint = span_ms(50),
	                           .duration = span_ms(100),
	                           .reason = "busy" });
	tell(&w, 10, EVENT_STOPPED);
	EQ(world_run(&w)->unfinished, 1);
	EQ(outcome_of(&w, 1)->at_ms, 100);
	EQ(outcome_of(&w, 1)->until_ms, 150);
	EQ(outcome_of(&w, 1)->attempts, 1);
	SAME(slice_of(outcome_of(&w, 1)->reason), "busy");
	world_close(&w);
}

static void refuse(struct hand *h, int64_t at_ms, struct action *a)
{
	feed(h, at_ms,
	     (struct event){ .kind = EVENT_FINISHED,
	                     .action = a,
	                     .result = { .verdict = RESULT_UNSTARTED, .exit = -1 } });
}

static void what_the_driver_could_not_start_has_made_no_attempt(void)
{
	struct hand h;

	hand_open(&h, 1);
	h.w.policy.executor.max_defers = 0; /* no retry would be had */
	struct action *a = start(&h, 1);
	refuse(&h, 0, a);
	OK(poll(&h, 0));
	EQ(h.f.kind, EFFECT_DISPATCH); /* at once, again */
	EQ(a->attempts, 1);
	feed(&h, 0, (struct event){ .kind = EVENT_STOPPED });
	refuse(&h, 0, a);
	OK(poll(&h, 0));
	EQ(h.f.outcome, OUTCOME_UNFINISHED);
	EQ(h.f.cause, CAUSE_STOPPED);
	EQ(a->attempts, 0);
	engine_action_free(a);
	world_close(&h.w);
}

static void what_was_refused_gives_its_place_back(void)
{
	struct hand h;

	hand_open(&h, 2);
	struct action *a = world_action(&h.w, "pull_replica", 1, 1);
	feed(&h, 0, (struct event){ .kind = EVENT_ARRIVED, .action = a });
	OK(poll(&h, 0));
	refuse(&h, 0, a);
	OK(poll(&h, 0));
	EQ(h.f.kind, EFFECT_DISPATCH);
	finish(&h, 0, a, RESULT_OK);
	expect_outcome(&h, 0, OUTCOME_DISPATCHED, CAUSE_NONE);
	world_close(&h.w);
}

/* ---- what was in an engine before ---- */

static void what_comes_again_has_waited_since_it_first_came(void)
{
	struct hand h;

	hand_open(&h, 0);
	h.w.policy.executor.max_wait = span_ms(1000);
	struct action *a = world_action(&h.w, "mark_avoid", 0, 1);
	a->turn->restored = true;
	a->arrived = instant_ms(-600);
	feed(&h, 0, (struct event){ .kind = EVENT_ARRIVED, .action = a });
	OK(!poll(&h, 400));
	expect_outcome(&h, 401, OUTCOME_EXPIRED, CAUSE_WAITED);
	world_close(&h.w);
}

static void a_wait_that_was_counted_costs_nothing_when_it_goes_on(void)
{
	struct hand h;

	hand_open(&h, 2);
	struct action *a = world_action(&h.w, "pull_replica", 1, 1);
	struct action *b = world_action(&h.w, "pull_replica", 2, 2);
	b->turn->restored = b->waited = true;
	b->defers = 1;
	feed(&h, 0, (struct event){ .kind = EVENT_ARRIVED, .action = a });
	feed(&h, 0, (struct event){ .kind = EVENT_ARRIVED, .action = b });
	OK(poll(&h, 0));
	OK(h.f.action == a);
	OK(!poll(&h, 0)); /* no step is told */
	EQ(b->defers, 1);
	finish(&h, 10, a, RESULT_OK);
	expect_outcome(&h, 10, OUTCOME_DISPATCHED, CAUSE_NONE);
	OK(poll(&h, 250));
	EQ(h.f.kind, EFFECT_DISPATCH);
	finish(&h, 250, b, RESULT_OK);
	expect_outcome(&h, 250, OUTCOME_DISPATCHED, CAUSE_NONE);
	world_close(&h.w);
}

static void the_watermark_is_released_by_a_stop(void)
{
	struct world w;

	world_open(&w, "meshos");
	w.policy.backpressure = (struct backpressure_policy){ .assert_at = 3, .release_at = 1 };
	world_start(&w, 1);
	for (int64_t id = 1; id <= 5; id++)
		add(&w, 0, "drop_replica", 7, id);
	tell(&w, 50, EVENT_STOPPED);
	EQ(world_run(&w)->unfinished, 4);
	EQ(last(&w, EFFECT_EDGE)->edge, EDGE_RELEASED);
	EQ(w.end_ms, 50);
	world_close(&w);
}

/* ---- the end of the input ---- */

static void D_7_what_waits_at_the_end_of_input_is_drained(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	add(&w, 0, "drop_replica", 1, 1);
	add(&w, 0, "drop_replica", 1, 2);
	add(&w, 0, "mark_avoid", 0, 3);
	behave(&w, 3, (struct behaviour){ .retries = 3, .hint = span_ms(50) });
	const struct engine_stats *s = world_run(&w);
	EQ(s->dispatched, 3);
	EQ(w.end_ms, 60000);
	world_close(&w);
}

static void D_7_or_it_is_told_as_unfinished_when_the_policy_says_so(void)
{
	struct world w;

	world_open(&w, "meshos");
	w.policy.executor.on_eof = ON_EOF_UNFINISHED;
	world_start(&w, 1);
	add(&w, 0, "drop_replica", 1, 1);
	add(&w, 0, "drop_replica", 1, 2);
	add(&w, 0, "mark_avoid", 0, 3);
	behave(&w, 3, (struct behaviour){ .retries = 3, .hint = span_ms(50) });
	add(&w, 0, "mark_avoid", 0, 4); /* what was read is tried once */
	behave(&w, 4, (struct behaviour){ .duration = span_ms(500) });
	const struct engine_stats *s = world_run(&w);
	EQ(s->dispatched, 2);
	EQ(s->unfinished, 2);
	EQ(w.end_ms, 500);
	EQ(outcome_of(&w, 2)->cause, CAUSE_END);
	EQ(outcome_of(&w, 2)->until_ms, 60000);
	EQ(outcome_of(&w, 2)->defers, 1);
	EQ(outcome_of(&w, 3)->attempts, 1); /* its retry is not waited for */
	world_close(&w);
}

static void with_on_eof_unfinished_a_full_engine_lets_go_as_well(void)
{
	struct world w;

	world_open(&w, "meshos");
	w.policy.executor.on_eof = ON_EOF_UNFINISHED;
	w.policy.executor.max_waiting = 2;
	world_start(&w, 1);
	for (int64_t id = 1; id <= 9; id++)
		engine_feed(w.engine,
		            &(struct event){ .kind = EVENT_ARRIVED,
		                             .action = world_action(&w, "drop_replica", 1, id) });
	const struct engine_stats *s = world_run(&w);
	EQ(s->dispatched, 1);
	EQ(s->unfinished, 8);
	EQ(w.end_ms, 0);
	world_close(&w);
}

int main(void)
{
	RUN(D_13_as_many_run_at_once_as_there_are_jobs);
	RUN(D_13_one_that_hangs_stops_neither_intake_nor_retries_nor_edges);
	RUN(D_13_a_handler_that_takes_too_long_is_told_to_end_and_fails);
	RUN(an_action_may_have_a_timeout_of_its_own);
	RUN(a_handler_that_ends_exactly_at_its_timeout_is_in_time);
	RUN(a_timeout_is_retried_when_the_policy_says_so);
	RUN(a_handler_that_ignores_TERM_is_killed_after_a_while_and_once);
	RUN(a_handler_that_makes_it_after_TERM_has_made_it);

	RUN(a_stop_lets_running_work_end_within_the_grace);
	RUN(a_timeout_within_the_grace_is_a_timeout);
	RUN(a_failure_within_the_grace_is_a_failure);
	RUN(a_second_signal_kills_at_once);
	RUN(a_kill_after_TERM_was_sent_does_not_wait_for_the_rest_of_the_time);
	RUN(a_stop_takes_nothing_from_the_time_between_TERM_and_KILL);
	RUN(a_stop_gives_back_everything_that_does_not_run_exactly_once);
	RUN(what_wants_a_retry_after_a_stop_is_unfinished);
	RUN(what_the_driver_could_not_start_has_made_no_attempt);
	RUN(what_was_refused_gives_its_place_back);
	RUN(what_comes_again_has_waited_since_it_first_came);
	RUN(a_wait_that_was_counted_costs_nothing_when_it_goes_on);
	RUN(the_watermark_is_released_by_a_stop);

	RUN(D_7_what_waits_at_the_end_of_input_is_drained);
	RUN(D_7_or_it_is_told_as_unfinished_when_the_policy_says_so);
	RUN(with_on_eof_unfinished_a_full_engine_lets_go_as_well);
	return t_done();
}
