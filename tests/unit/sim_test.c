/* The virtual driver by itself: when it loses patience. What it owes the engine is in
 * driver_contract_test.c, and its order of events in sim_trace_test.c. */
#include "world.h"

static bool told;

static void endless(void *user)
{
	(void)user;
	told = true;
}

/* One action that asks to be retried so often, and what becomes of it. */
static const struct engine_stats *retried(struct world *w, uint32_t retries, uint64_t patience,
                                          span hint, span lasts)
{
	static const char *const sets[] = { "executor.max_defers=unlimited",
		                            "executor.retry_after=0s" };

	told = false;
	world_open_set(w, "meshos", sets, 2);
	world_start(w, 1);
	add(w, 0, "mark_avoid", 1, 1);
	behave(w, 1, (struct behaviour){ .retries = retries, .hint = hint });
	struct sim_model model = world_model(w);

	model.patience = patience;
	model.endless = endless;
	model.lasts = lasts;
	w->end_ms = sim_run(w->engine, &model, (instant){ 0 }).ns / NS_PER_MS;
	return engine_stats(w->engine);
}

static const span tick = { NS_PER_MS };

static void what_is_retried_for_ever_is_left_unfinished_and_told(void)
{
	struct world w;
	const struct engine_stats *s = retried(&w, UINT32_MAX, 1000, tick, (span){ 0 });

	OK(told);
	EQ(s->unfinished, 1);
	EQ(s->dispatch_retries, 1000);
	EQ(w.end_ms, 999);
	world_close(&w);
}

static void what_ends_before_patience_does_is_done(void)
{
	struct world w;
	const struct engine_stats *s = retried(&w, 999, 1000, tick, (span){ 0 });

	OK(!told);
	EQ(s->dispatched, 1);
	world_close(&w);
	s = retried(&w, 5000, 0, tick, (span){ 0 });
	OK(!told);
	EQ(s->dispatched, 1);
	world_close(&w);
}

static void a_run_that_lasts_is_endless_only_where_time_stands_still(void)
{
	struct world w;
	const struct engine_stats *s = retried(&w, UINT32_MAX, 10, tick, span_ms(3000));

	OK(!told);
	EQ(s->unfinished, 1);
	EQ(w.end_ms, 3000);
	world_close(&w);
	s = retried(&w, UINT32_MAX, 10, (span){ 0 }, span_ms(3000));
	OK(told);
	EQ(s->unfinished, 1);
	EQ(w.end_ms, 0);
	world_close(&w);
}

static void what_comes_meanwhile_begins_the_count_anew(void)
{
	struct world w;
	static const char *const sets[] = { "executor.max_defers=unlimited" };

	told = false;
	world_open_set(&w, "meshos", sets, 1);
	world_start(&w, 1);
	for (int64_t i = 0; i < 10; i++)
		add(&w, 50 * i, "mark_avoid", 1, i + 1);
	behave(&w, 0, (struct behaviour){ .retries = 90, .hint = tick });
	struct sim_model model = world_model(&w);

	model.patience = 700; /* all together 900 */
	model.endless = endless;
	sim_run(w.engine, &model, (instant){ 0 });
	OK(!told);
	EQ(engine_stats(w.engine)->dispatched, 10);
	EQ(engine_stats(w.engine)->dispatch_retries, 900);
	world_close(&w);
}

int main(void)
{
	RUN(what_is_retried_for_ever_is_left_unfinished_and_told);
	RUN(what_ends_before_patience_does_is_done);
	RUN(a_run_that_lasts_is_endless_only_where_time_stands_still);
	RUN(what_comes_meanwhile_begins_the_count_anew);
	return t_done();
}
