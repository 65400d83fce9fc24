/* executor.max_wait: how long an action may wait, whatever it waits for. */
#include "world.h"

static void limited(struct world *w, int64_t max_wait_ms)
{
	world_open(w, "meshos");
	w->policy.executor.max_wait = span_ms(max_wait_ms);
	world_start(w, 1);
}

static void what_waits_for_a_slot_expires(void)
{
	struct world w;

	limited(&w, 50);
	add(&w, 0, "mark_avoid", 0, 1);
	add(&w, 10, "mark_avoid", 0, 2);
	behave(&w, 1, (struct behaviour){ .duration = span_ms(1000) });
	world_run(&w);
	EQ(outcome_of(&w, 1)->outcome, OUTCOME_DISPATCHED); /* what runs is let be */
	EQ(outcome_of(&w, 2)->outcome, OUTCOME_EXPIRED);
	EQ(outcome_of(&w, 2)->cause, CAUSE_WAITED);
	EQ(outcome_of(&w, 2)->at_ms, 60);
	world_close(&w);
}

static void what_waits_for_a_rule_expires(void)
{
	struct world w;

	limited(&w, 100);
	add(&w, 0, "pull_replica", 7, 1);
	add(&w, 0, "pull_replica", 7, 2);
	world_run(&w);
	EQ(outcome_of(&w, 2)->cause, CAUSE_WAITED);
	EQ(outcome_of(&w, 2)->at_ms, 100);
	world_close(&w);
}

static void what_waits_for_a_retry_expires_and_may_run_at_the_last_instant(void)
{
	struct world w;

	limited(&w, 100);
	add(&w, 0, "mark_avoid", 0, 1);
	behave(&w, 1, (struct behaviour){ .retries = 9, .hint = span_ms(50) });
	world_run(&w);
	EQ(how_many(&w, EFFECT_DISPATCH, 1), 3);
	EQ(dispatched_at(&w, 1, 2), 100);
	EQ(outcome_of(&w, 1)->cause, CAUSE_WAITED);
	EQ(outcome_of(&w, 1)->at_ms, 100); /* one nanosecond later */
	world_close(&w);
}

static void the_earlier_of_two_limits_counts(void)
{
	struct world w;

	limited(&w, 100);
	add(&w, 0, "mark_avoid", 0, 1);
	add(&w, 0, "mark_avoid", 0, 2)->turn->expires = instant_ms(40);
	add(&w, 0, "mark_avoid", 0, 3)->turn->expires = instant_ms(400);
	behave(&w, 1, (struct behaviour){ .duration = span_ms(1000) });
	world_run(&w);
	EQ(outcome_of(&w, 2)->cause, CAUSE_EXPIRED);
	EQ(outcome_of(&w, 2)->at_ms, 40);
	EQ(outcome_of(&w, 3)->cause, CAUSE_WAITED);
	EQ(outcome_of(&w, 3)->at_ms, 100);
	world_close(&w);
}

int main(void)
{
	RUN(what_waits_for_a_slot_expires);
	RUN(what_waits_for_a_rule_expires);
	RUN(what_waits_for_a_retry_expires_and_may_run_at_the_last_instant);
	RUN(the_earlier_of_two_limits_counts);
	return t_done();
}
