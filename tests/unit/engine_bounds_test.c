/* The executor engine: how much it takes in, and the signal that it is much. */
#include "world.h"

/* ---- bounds ---- */

static void D_11_the_engine_has_room_for_its_queue_and_no_more(void)
{
	struct world w;
	struct effect f;

	world_open(&w, "meshos");
	w.policy.executor.queue = 3;
	world_start(&w, 1);
	for (int64_t id = 1; id <= 3; id++) {
		OK(engine_has_room(w.engine));
		engine_feed(w.engine, &(struct event){ .kind = EVENT_ARRIVED,
		                                       .action = world_action(&w, "x", 0, id) });
	}
	OK(!engine_has_room(w.engine));
	OK(engine_poll(w.engine, instant_ms(0), &f)); /* the first is in hand */
	OK(engine_has_room(w.engine));
	engine_feed(w.engine, &(struct event){ .kind = EVENT_STOPPED });
	OK(!engine_has_room(w.engine));
	engine_feed(w.engine, &(struct event){ .kind = EVENT_FINISHED, .action = f.action });
	while (engine_poll(w.engine, instant_ms(0), &f))
		engine_action_free(f.action);
	OK(engine_idle(w.engine));
	world_close(&w);
}

static void D_11_with_as_many_waiting_as_may_be_nothing_more_is_taken_in(void)
{
	struct world w;

	world_open(&w, "meshos");
	w.policy.executor.queue = 2;
	w.policy.executor.max_waiting = 3;
	world_start(&w, 1);
	for (int64_t id = 1; id <= 20; id++)
		add(&w, 0, "pull_replica", (uint64_t)id, id);
	const struct engine_stats *s = world_run(&w);
	EQ(s->dispatched, 20);
	EQ(s->max_depth, 5); /* two read ahead and three that wait; then nothing is read */
	EQ(w.end_ms, 19 * 250);
	world_close(&w);
}

static void D_11_a_full_engine_of_work_that_can_never_run_does_not_hang(void)
{
	struct world w;

	world_open(&w, "robust");
	w.policy.executor.queue = 2;
	w.policy.executor.max_waiting = 2;
	w.policy.rules[world_rule(&w, "drain-rate")].rate = 0;
	world_start(&w, 1);
	for (int64_t id = 1; id <= 10; id++)
		add(&w, 0, "migrate_blob", 1, id);
	add(&w, 5, "mark_avoid", 1, 11);
	const struct engine_stats *s = world_run(&w);
	EQ(s->unfinished, 10);
	EQ(s->dispatched, 1);
	EQ(outcome_of(&w, 1)->outcome, OUTCOME_UNFINISHED);
	EQ(outcome_of(&w, 1)->cause, CAUSE_STUCK);
	EQ(outcome_of(&w, 1)->until_ms, INT64_MAX / NS_PER_MS);
	EQ(w.end_ms, 5);
	world_close(&w);
}

static void work_that_can_never_run_ends_as_unfinished_with_the_input(void)
{
	struct world w;

	world_open(&w, "robust");
	w.policy.rules[world_rule(&w, "drain-rate")].rate = 0;
	world_start(&w, 1);
	add(&w, 0, "migrate_blob", 1, 1);
	hold(&w, 0, 7, INT64_MAX);
	add(&w, 0, "start_daemon", 7, 2);
	add(&w, 1000, "mark_avoid", 1, 3);
	const struct engine_stats *s = world_run(&w);
	EQ(s->unfinished, 2);
	EQ(s->dispatched, 1);
	EQ(outcome_of(&w, 2)->at_ms, 1000);
	world_close(&w);
}

/* ---- back-pressure ---- */

static void D_7_the_release_comes_though_the_last_work_waits_or_fails(void)
{
	for (uint64_t release_at = 0; release_at < 5; release_at++) {
		struct world w;

		world_open(&w, "meshos");
		w.policy.backpressure =
			(struct backpressure_policy){ .assert_at = 5, .release_at = release_at };
		world_start(&w, 1);
		for (int64_t id = 1; id <= 10; id++)
			add(&w, 0, "pull_replica", (uint64_t)id, id);
		behave(&w, 10, (struct behaviour){ .verdict = RESULT_FAIL });
		world_run(&w);
		EQ(how_many(&w, EFFECT_EDGE, 0), 2);
		EQ(last(&w, EFFECT_EDGE)->edge, EDGE_RELEASED);
		EQ(last(&w, EFFECT_EDGE)->depth, release_at);
		/* k are left when the (10 - k)th pull has gone. */
		EQ(last(&w, EFFECT_EDGE)->at_ms, 250 * (9 - (int64_t)release_at));
		world_close(&w);
	}
}

static void edges_alternate_and_carry_a_level(void)
{
	struct world w;

	world_open(&w, "meshos");
	w.policy.backpressure = (struct backpressure_policy){ .assert_at = 4, .release_at = 1 };
	world_start(&w, 1);
	for (int64_t wave = 0; wave < 5; wave++)
		for (int64_t i = 1; i <= 6; i++)
			add(&w, wave * 60000, "pull_replica", (uint64_t)i, wave * 10 + i);
	const struct engine_stats *s = world_run(&w);
	EQ(s->asserts, 5);
	EQ(s->releases, 5);
	for (size_t i = 0; i < 10; i++) {
		EQ(nth(&w, EFFECT_EDGE, i)->edge, i % 2 ? EDGE_RELEASED : EDGE_ASSERTED);
		EQ(nth(&w, EFFECT_EDGE, i)->depth, i % 2 ? 1 : 4);
		OK(nth(&w, EFFECT_EDGE, i)->level == 0);
	}
	world_close(&w);
}

int main(void)
{
	RUN(D_11_the_engine_has_room_for_its_queue_and_no_more);
	RUN(D_11_with_as_many_waiting_as_may_be_nothing_more_is_taken_in);
	RUN(D_11_a_full_engine_of_work_that_can_never_run_does_not_hang);
	RUN(work_that_can_never_run_ends_as_unfinished_with_the_input);
	RUN(D_7_the_release_comes_though_the_last_work_waits_or_fails);
	RUN(edges_alternate_and_carry_a_level);
	return t_done();
}
