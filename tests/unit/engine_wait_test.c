/* The executor engine: who waits, for how long, and who goes first. */
#include "world.h"

/* ---- order ---- */

static void D_8_actions_that_come_due_together_go_in_the_order_of_arrival(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	/* All ask for a retry that ends at 100. */
	for (int64_t id = 1; id <= 20; id++) {
		add(&w, id, "mark_avoid", 0, id);
	}
	behave(&w, 0, (struct behaviour){ .retries = 1, .hint = span_ms(100) });
	for (int64_t id = 1; id <= 9; id++)
		behave(&w, 10 - id, (struct behaviour){ .retries = 1, .hint = span_ms(90 + id) });
	world_run(&w);
	/* Id 10 - k arrives at 10 - k and is due at 100 together with the others. */
	for (size_t i = 0; i < 9; i++) {
		EQ(nth(&w, EFFECT_DISPATCH, 20 + i)->at_ms, 100);
		EQ(nth(&w, EFFECT_DISPATCH, 20 + i)->id, i + 1);
	}
	world_close(&w);
}

static void D_9_what_is_due_goes_before_what_has_just_arrived(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	add(&w, 0, "mark_avoid", 0, 1);
	behave(&w, 1, (struct behaviour){ .retries = 1, .hint = span_ms(100) });
	add(&w, 50, "mark_avoid", 0, 2); /* runs until 100 */
	behave(&w, 2, (struct behaviour){ .duration = span_ms(50) });
	add(&w, 60, "mark_avoid", 0, 3); /* queued meanwhile */
	world_run(&w);
	EQ(nth(&w, EFFECT_DISPATCH, 2)->id, 1);
	EQ(nth(&w, EFFECT_DISPATCH, 2)->at_ms, 100);
	EQ(nth(&w, EFFECT_DISPATCH, 3)->id, 3);
	world_close(&w);
}

static void D_8_lines_that_open_together_go_in_the_order_of_arrival(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	for (int64_t chain = 1; chain <= 8; chain++)
		add(&w, 0, "drop_replica", (uint64_t)chain, chain);
	for (int64_t i = 1; i <= 8; i++)
		add(&w, i, "drop_replica", (uint64_t)(i * 5 % 8 + 1), 10 + i);
	world_run(&w);
	for (size_t i = 1; i <= 8; i++) {
		EQ(nth(&w, EFFECT_DISPATCH, 7 + i)->at_ms, 60000);
		EQ(nth(&w, EFFECT_DISPATCH, 7 + i)->id, 10 + i);
	}
	world_close(&w);
}

static void a_throttled_key_does_not_block_the_others_behind_it(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	add(&w, 0, "drop_replica", 1, 1);
	add(&w, 1, "drop_replica", 1, 2); /* waits a minute */
	add(&w, 2, "drop_replica", 1, 3); /* and this one two */
	add(&w, 3, "drop_replica", 2, 4);
	add(&w, 3, "mark_avoid", 0, 5);
	add(&w, 3, "migrate_blob", 0, 6);
	world_run(&w);
	for (int64_t id = 4; id <= 6; id++)
		EQ(dispatched_at(&w, id, 0), 3);
	EQ(dispatched_at(&w, 2, 0), 60000);
	EQ(dispatched_at(&w, 3, 0), 120000);
	world_close(&w);
}

static void who_waits_for_a_chain_does_not_keep_others_from_the_cooldown(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	add(&w, 0, "drop_replica", 1, 1);
	add(&w, 1, "pull_replica", 1, 2);
	add(&w, 2, "pull_replica", 2, 3);
	add(&w, 3, "pull_replica", 3, 4);
	world_run(&w);
	EQ(dispatched_at(&w, 3, 0), 2);
	EQ(dispatched_at(&w, 4, 0), 252);
	EQ(dispatched_at(&w, 2, 0), 60000);
	world_close(&w);
}

static void a_late_comer_does_not_overtake_who_waits_for_the_same(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	for (int64_t id = 1; id <= 4; id++)
		add(&w, 0, "pull_replica", (uint64_t)id, id);
	/* Exactly when the cooldown ends, and id 2 has waited for it. */
	add(&w, 250, "pull_replica", 50, 50);
	world_run(&w);
	EQ(dispatched_at(&w, 2, 0), 250);
	EQ(dispatched_at(&w, 3, 0), 500);
	EQ(dispatched_at(&w, 4, 0), 750);
	EQ(dispatched_at(&w, 50, 0), 1000);
	world_close(&w);
}

static void a_retry_takes_the_place_in_line_that_its_arrival_earns(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	for (int64_t id = 1; id <= 4; id++)
		add(&w, 0, "pull_replica", (uint64_t)id, id);
	/* Id 1 gives its cooldown back at 0 and returns at 100, behind id 2. */
	behave(&w, 1, (struct behaviour){ .retries = 1, .hint = span_ms(100) });
	world_run(&w);
	EQ(dispatched_at(&w, 2, 0), 0);
	EQ(dispatched_at(&w, 1, 1), 250);
	EQ(dispatched_at(&w, 3, 0), 500);
	world_close(&w);
}

static void waiting_costs_one_defer_however_many_rules_are_waited_for(void)
{
	struct world w;

	world_open(&w, "meshos");
	w.policy.executor.max_defers = 1;
	world_start(&w, 1);
	add(&w, 0, "pull_replica", 1, 1);
	add(&w, 59900, "pull_replica", 2, 2);
	/* Waits for the chain until 60000 and then for the cooldown of id 2. */
	add(&w, 100, "pull_replica", 1, 3);
	behave(&w, 3, (struct behaviour){ 0 });
	w.script[2].now = instant_ms(59950);
	const struct engine_stats *s = world_run(&w);
	EQ(dispatched_at(&w, 3, 0), 60150);
	EQ(outcome_of(&w, 3)->defers, 1);
	EQ(s->deferred, 1);
	EQ(s->failed, 0);
	world_close(&w);
}

static void every_wait_between_two_dispatches_costs_one_defer(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	add(&w, 0, "pull_replica", 1, 1);
	add(&w, 1, "pull_replica", 2, 2);   /* waits until 250, fails */
	add(&w, 260, "pull_replica", 3, 3); /* takes the cooldown until 510 */
	behave(&w, 2, (struct behaviour){ .retries = 1, .hint = span_ms(50) });
	world_run(&w);
	EQ(dispatched_at(&w, 2, 0), 250);
	EQ(dispatched_at(&w, 2, 1), 510);
	EQ(outcome_of(&w, 2)->defers, 2);
	world_close(&w);
}

/* ---- what opens a rule earlier than expected ---- */

static void an_undone_reservation_wakes_its_line_at_once(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 2);
	add(&w, 0, "drop_replica", 1, 1);
	add(&w, 0, "drop_replica", 1, 2);
	behave(&w, 1, (struct behaviour){ .duration = span_ms(70), .verdict = RESULT_FAIL });
	world_run(&w);
	EQ(nth(&w, EFFECT_STEP, 0)->until_ms, 60000);
	EQ(dispatched_at(&w, 2, 0), 70);
	world_close(&w);
}

static void an_outcome_record_that_undoes_wakes_the_line_too(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	add(&w, 0, "drop_replica", 1, 1);
	add(&w, 0, "drop_replica", 1, 2);
	world_event(&w, 500,
	            (struct event){ .kind = EVENT_UNDONE,
	                            .action = world_action(&w, "drop_replica", 1, 1) });
	world_run(&w);
	EQ(dispatched_at(&w, 2, 0), 500);
	world_close(&w);
}

static void D_6_with_scoped_undo_a_failure_opens_only_its_own_window(void)
{
	struct world w;

	world_open(&w, "robust");
	w.policy.rules[world_rule(&w, "chain-window")].window = span_ms(100);
	world_start(&w, 2);
	add(&w, 0, "drop_replica", 1, 1); /* fails at 150, when id 2 holds the chain */
	add(&w, 0, "drop_replica", 1, 2);
	add(&w, 0, "drop_replica", 1, 3);
	behave(&w, 1, (struct behaviour){ .duration = span_ms(150), .verdict = RESULT_FAIL });
	world_run(&w);
	EQ(dispatched_at(&w, 2, 0), 100);
	EQ(dispatched_at(&w, 3, 0), 200);
	world_close(&w);
}

static void D_6_with_the_undo_of_the_reference_it_opens_anybody_s(void)
{
	struct world w;

	world_open(&w, "meshos");
	w.policy.rules[world_rule(&w, "chain-window")].window = span_ms(100);
	world_start(&w, 2);
	add(&w, 0, "drop_replica", 1, 1);
	add(&w, 0, "drop_replica", 1, 2);
	add(&w, 0, "drop_replica", 1, 3);
	behave(&w, 1, (struct behaviour){ .duration = span_ms(150), .verdict = RESULT_FAIL });
	world_run(&w);
	EQ(dispatched_at(&w, 3, 0), 150);
	world_close(&w);
}

static void D_2_a_hold_that_waits_keeps_the_action_until_it_opens(void)
{
	struct world w;

	world_open(&w, "robust");
	world_start(&w, 1);
	hold(&w, 0, 7, 4000);
	add(&w, 100, "start_daemon", 7, 1);
	add(&w, 100, "stop_daemon", 7, 2);
	const struct engine_stats *s = world_run(&w);
	EQ(s->gated, 0);
	EQ(dispatched_at(&w, 2, 0), 100);
	EQ(dispatched_at(&w, 1, 0), 4000);
	world_close(&w);
}

static void a_later_hold_record_opens_or_lengthens_the_hold_of_who_waits(void)
{
	for (int queueing = QUEUEING_FAIR; queueing <= QUEUEING_REFERENCE; queueing++) {
		struct world w;

		world_open(&w, "robust");
		w.policy.executor.queueing = (enum queueing)queueing;
		world_start(&w, 1);
		hold(&w, 0, 7, 4000);
		hold(&w, 0, 8, 4000);
		add(&w, 100, "start_daemon", 7, 1);
		add(&w, 100, "start_daemon", 8, 2);
		hold(&w, 500, 7, 0);
		hold(&w, 600, 8, 9000);
		world_run(&w);
		EQ(dispatched_at(&w, 1, 0), 500);
		EQ(dispatched_at(&w, 2, 0), 9000);
		EQ(outcome_of(&w, 2)->defers, 1);
		world_close(&w);
	}
}

static void a_hold_closes_on_an_action_that_waits_for_its_retry(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	add(&w, 0, "start_daemon", 7, 1);
	behave(&w, 1,
	       (struct behaviour){ .retries = 1, .hint = span_ms(100), .reason = "crashed" });
	hold(&w, 50, 7, 5000);
	const struct engine_stats *s = world_run(&w);
	EQ(s->gated, 1);
	EQ(outcome_of(&w, 1)->at_ms, 100);
	EQ(outcome_of(&w, 1)->attempts, 1);
	SAME(slice_of(outcome_of(&w, 1)->reason), "crashed");
	world_close(&w);
}

/* ---- expiry ---- */

static void D_12_an_action_expires_while_it_is_queued(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	add(&w, 0, "mark_avoid", 0, 1);
	behave(&w, 1, (struct behaviour){ .duration = span_ms(100) });
	add(&w, 0, "mark_avoid", 0, 2)->turn->expires = instant_ms(50);
	const struct engine_stats *s = world_run(&w);
	EQ(s->expired, 1);
	EQ(outcome_of(&w, 2)->outcome, OUTCOME_EXPIRED);
	EQ(outcome_of(&w, 2)->cause, CAUSE_EXPIRED);
	EQ(outcome_of(&w, 2)->at_ms, 50); /* when it happens, not when a slot frees */
	EQ(outcome_of(&w, 2)->until_ms, 50);
	world_close(&w);
}

static void D_12_an_action_expires_while_it_waits_in_line(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	add(&w, 0, "drop_replica", 1, 1);
	add(&w, 0, "drop_replica", 1, 2)->turn->expires = instant_ms(30000);
	add(&w, 0, "drop_replica", 1, 3);
	const struct engine_stats *s = world_run(&w);
	EQ(s->expired, 1);
	EQ(outcome_of(&w, 2)->at_ms, 30000);
	EQ(outcome_of(&w, 2)->defers, 1);
	EQ(dispatched_at(&w, 3, 0), 60000); /* the line closes up */
	world_close(&w);
}

static void D_12_an_action_expires_between_retries(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	add(&w, 0, "mark_avoid", 0, 1)->turn->expires = instant_ms(120);
	behave(&w, 1, (struct behaviour){ .retries = 9, .hint = span_ms(50), .reason = "busy" });
	const struct engine_stats *s = world_run(&w);
	EQ(s->expired, 1);
	EQ(outcome_of(&w, 1)->attempts, 3); /* at 0, 50, 100 */
	EQ(outcome_of(&w, 1)->at_ms, 120);
	SAME(slice_of(outcome_of(&w, 1)->reason), "busy");
	world_close(&w);
}

static void D_12_an_action_that_has_expired_before_it_arrives_is_not_run(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	add(&w, 100, "mark_avoid", 0, 1)->turn->expires = instant_ms(99);
	EQ(world_run(&w)->expired, 1);
	EQ(how_many(&w, EFFECT_DISPATCH, 0), 0);
	world_close(&w);
}

static void D_12_an_action_may_still_run_at_the_very_instant(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	add(&w, 0, "drop_replica", 1, 1);
	add(&w, 0, "drop_replica", 1, 2)->turn->expires = instant_ms(60000);
	add(&w, 100, "mark_avoid", 1, 3)->turn->expires = instant_ms(100);
	EQ(world_run(&w)->dispatched, 3);
	EQ(dispatched_at(&w, 2, 0), 60000);
	world_close(&w);
}

static void D_12_what_runs_does_not_expire(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	add(&w, 0, "mark_avoid", 1, 1)->turn->expires = instant_ms(10);
	behave(&w, 1, (struct behaviour){ .duration = span_ms(100) });
	EQ(world_run(&w)->dispatched, 1);
	EQ(outcome_of(&w, 1)->at_ms, 100);
	world_close(&w);
}

/* ---- slots ---- */

/* ---- what is kept ---- */

static uint32_t recalled;

static void recall(void *user, struct action *a)
{
	(void)user;
	recalled++;
	for (uint32_t i = 0; i < a->class->count; i++)
		a->turn->keys[i] = world_key(1);
	a->turn->expires = instant_ms(70000);
}

static void what_can_be_found_again_is_not_kept_of_who_waits(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	engine_recall(w.engine, recall, NULL);
	for (int64_t id = 1; id <= 3; id++)
		add(&w, 0, "drop_replica", 1, id)->turn->expires = instant_ms(70000);
	recalled = 0;
	world_run(&w);
	EQ(recalled, 2);
	EQ(dispatched_at(&w, 1, 0), 0);
	EQ(dispatched_at(&w, 2, 0), 60000);
	EQ(outcome_of(&w, 3)->outcome, OUTCOME_EXPIRED);
	EQ(outcome_of(&w, 3)->at_ms, 70000);
	world_close(&w);
}

static void a_change_of_jobs_counts_from_its_instant_on(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	behave(&w, 0, (struct behaviour){ .duration = span_ms(100) });
	for (int64_t id = 1; id <= 8; id++)
		add(&w, 0, "mark_avoid", 0, id);
	world_event(&w, 150, (struct event){ .kind = EVENT_JOBS, .jobs = 3 });
	world_event(&w, 220, (struct event){ .kind = EVENT_JOBS, .jobs = 1 });
	world_run(&w);
	const int64_t starts[] = { 0, 100, 150, 150, 200, 300, 400, 500 };
	for (int64_t id = 1; id <= 8; id++)
		EQ(dispatched_at(&w, id, 0), starts[id - 1]);
	EQ(engine_jobs(w.engine), 1);
	world_close(&w);
}

int main(void)
{
	RUN(D_8_actions_that_come_due_together_go_in_the_order_of_arrival);
	RUN(D_9_what_is_due_goes_before_what_has_just_arrived);
	RUN(D_8_lines_that_open_together_go_in_the_order_of_arrival);
	RUN(a_throttled_key_does_not_block_the_others_behind_it);
	RUN(who_waits_for_a_chain_does_not_keep_others_from_the_cooldown);
	RUN(a_late_comer_does_not_overtake_who_waits_for_the_same);
	RUN(a_retry_takes_the_place_in_line_that_its_arrival_earns);
	RUN(waiting_costs_one_defer_however_many_rules_are_waited_for);

	RUN(every_wait_between_two_dispatches_costs_one_defer);

	RUN(an_undone_reservation_wakes_its_line_at_once);
	RUN(an_outcome_record_that_undoes_wakes_the_line_too);
	RUN(D_6_with_scoped_undo_a_failure_opens_only_its_own_window);
	RUN(D_6_with_the_undo_of_the_reference_it_opens_anybody_s);
	RUN(D_2_a_hold_that_waits_keeps_the_action_until_it_opens);
	RUN(a_later_hold_record_opens_or_lengthens_the_hold_of_who_waits);
	RUN(a_hold_closes_on_an_action_that_waits_for_its_retry);

	RUN(D_12_an_action_expires_while_it_is_queued);
	RUN(D_12_an_action_expires_while_it_waits_in_line);
	RUN(D_12_an_action_expires_between_retries);
	RUN(D_12_an_action_that_has_expired_before_it_arrives_is_not_run);
	RUN(D_12_an_action_may_still_run_at_the_very_instant);
	RUN(D_12_what_runs_does_not_expire);
	RUN(what_can_be_found_again_is_not_kept_of_who_waits);
	RUN(a_change_of_jobs_counts_from_its_instant_on);
	return t_done();
}
