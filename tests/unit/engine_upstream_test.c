/* The executor engine: work that has been in other hands before. */
#include "world.h"

/* ---- taken up again ---- */

static void unfinished_work_is_taken_up_with_its_counts(void)
{
	struct world w;

	world_open(&w, "meshos");
	w.policy.executor.max_defers = 4;
	world_start(&w, 1);
	struct action *a = add(&w, 0, "mark_avoid", 0, 1);
	a->attempts = 2;
	a->defers = 1;
	behave(&w, 1, (struct behaviour){ .retries = 99, .hint = span_ms(50) });
	const struct engine_stats *s = world_run(&w);
	EQ(s->dispatch_retries, 1); /* three of four units were used up before */
	EQ(outcome_of(&w, 1)->attempts, 4);
	EQ(outcome_of(&w, 1)->defers, 1);
	EQ(outcome_of(&w, 1)->cause, CAUSE_RETRY_BUDGET);
	world_close(&w);
}

static void counts_that_are_absurd_do_not_wrap(void)
{
	struct world w;

	world_open(&w, "meshos");
	w.policy.executor.max_defers = UINT32_MAX;
	world_start(&w, 1);
	struct action *a = add(&w, 0, "mark_avoid", 0, 1);
	a->attempts = a->defers = UINT32_MAX;
	behave(&w, 1, (struct behaviour){ .retries = UINT32_MAX });
	EQ(world_run(&w)->failed, 1);
	EQ(outcome_of(&w, 1)->attempts, UINT32_MAX);
	world_close(&w);
}

static void a_stopped_run_that_is_taken_up_ends_as_an_unbroken_one(void)
{
	for (uint32_t stop_at = 0; stop_at < 3; stop_at++) {
		struct world w;
		uint32_t attempts = 0, defers = 0, outcomes = 0;

		/* Max 3, and an eternal retry: four attempts whatever happens between. */
		for (int run = 0; run < 2; run++) {
			world_open(&w, "meshos");
			w.policy.executor.max_defers = 3;
			world_start(&w, 1);
			struct action *a = add(&w, 0, "mark_avoid", 0, 1);
			a->attempts = attempts;
			a->defers = defers;
			behave(&w, 1, (struct behaviour){ .retries = 99, .hint = span_ms(50) });
			if (run == 0)
				tell(&w, stop_at * 50 + 20, EVENT_STOPPED);
			world_run(&w);
			attempts = outcome_of(&w, 1)->attempts;
			defers = outcome_of(&w, 1)->defers;
			outcomes += outcome_of(&w, 1)->outcome == OUTCOME_FAILED;
			world_close(&w);
		}
		EQ(attempts, 4);
		EQ(outcomes, 1);
	}
}

/* ---- decided upstream ---- */

static void what_was_admitted_upstream_skips_the_gate_once(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	add(&w, 0, "drop_replica", 1, 1);
	add(&w, 0, "drop_replica", 1, 2)->turn->upstream = UPSTREAM_ADMITTED;
	add(&w, 0, "drop_replica", 1, 3)->turn->upstream = UPSTREAM_ADMITTED;
	behave(&w, 3, (struct behaviour){ .retries = 1, .hint = span_ms(50) });
	const struct engine_stats *s = world_run(&w);
	EQ(dispatched_at(&w, 2, 0), 0);
	EQ(dispatched_at(&w, 3, 0), 0);
	EQ(dispatched_at(&w, 3, 1), 60000); /* its retry passes our gate */
	EQ(s->dispatched, 3);
	world_close(&w);
}

static void what_was_deferred_upstream_waits_and_then_passes_the_gate(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	struct action *a = add(&w, 0, "drop_replica", 1, 1);
	a->turn->upstream = UPSTREAM_DEFERRED;
	a->turn->upstream_until = instant_ms(500);
	a->turn->upstream_rule = UINT32_MAX;
	add(&w, 400, "drop_replica", 1, 2);
	struct action *past = add(&w, 1000, "mark_avoid", 1, 3);
	past->turn->upstream = UPSTREAM_DEFERRED;
	past->turn->upstream_until = instant_ms(900);
	world_run(&w);
	EQ(nth(&w, EFFECT_STEP, 0)->rule, UINT32_MAX);
	EQ(nth(&w, EFFECT_STEP, 0)->until_ms, 500);
	EQ(dispatched_at(&w, 2, 0), 400);
	EQ(dispatched_at(&w, 1, 0), 60400);
	EQ(outcome_of(&w, 1)->defers, 1);
	EQ(dispatched_at(&w, 3, 0), 1000);
	world_close(&w);
}

static void a_wait_that_is_taken_up_again_is_not_charged_twice(void)
{
	struct world w;

	world_open(&w, "meshos");
	w.policy.executor.max_defers = 1;
	world_start(&w, 1);
	struct action *a = add(&w, 0, "mark_avoid", 1, 1);
	a->defers = 1;
	a->turn->upstream = UPSTREAM_DEFERRED;
	a->turn->upstream_until = instant_ms(500);
	const struct engine_stats *s = world_run(&w);
	EQ(s->dispatched, 1);
	EQ(s->deferred, 0);
	EQ(dispatched_at(&w, 1, 0), 500);
	EQ(outcome_of(&w, 1)->defers, 1);
	world_close(&w);
}

static void what_was_gated_upstream_ends_as_gated(void)
{
	struct world w;

	world_open(&w, "robust");
	world_start(&w, 1);
	struct action *a = add(&w, 0, "start_daemon", 1, 1);
	a->turn->upstream = UPSTREAM_GATED;
	a->turn->upstream_until = instant_ms(500);
	a->turn->upstream_rule = 3;
	EQ(world_run(&w)->gated, 1);
	EQ(outcome_of(&w, 1)->rule, 3);
	EQ(outcome_of(&w, 1)->until_ms, 500);
	EQ(w.end_ms, 0);
	world_close(&w);
}

int main(void)
{
	RUN(unfinished_work_is_taken_up_with_its_counts);
	RUN(counts_that_are_absurd_do_not_wrap);
	RUN(a_stopped_run_that_is_taken_up_ends_as_an_unbroken_one);
	RUN(what_was_admitted_upstream_skips_the_gate_once);
	RUN(what_was_deferred_upstream_waits_and_then_passes_the_gate);
	RUN(a_wait_that_is_taken_up_again_is_not_charged_twice);
	RUN(what_was_gated_upstream_ends_as_gated);
	return t_done();
}
