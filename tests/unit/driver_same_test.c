/* The contract of drivers (driver_contract.h): whole runs are the same with each. */
#include "driver_contract.h"

#include "base/rng.h"
#include "sim/handler_model.h"

/* Everything is there at once and nobody waits for a slot, so that who waits for which
 * rule does not depend on how long handlers take. */
static void open_mixture(struct world *w)
{
	static const char *const kinds[] = { "pull_replica", "migrate_blob", "start_daemon", "x" };

	open_world(w, 20,
	           SETS("rules.pull-cooldown.window=15ms", "rules.chain-window.window=30ms",
	                "rules.drain-rate.per=20ms", "rules.drain-rate.rate=1",
	                "rules.daemon-backoff.on_hold=drop", "executor.retry_after=10ms",
	                "executor.max_defers=3", "backpressure.assert_at=15",
	                "backpressure.release_at=2"));
	hold(w, 0, 2, 3600000);
	for (int64_t id = 1; id <= 20; id++)
		add(w, 0, kinds[id % 4], (uint64_t)id % 3, id);
	behave(w, 3, (struct behaviour){ .retries = 2, .hint = span_ms(3) });
	behave(w, 5, (struct behaviour){ .verdict = RESULT_FAIL });
	behave(w, 7, (struct behaviour){ .retries = 9 });
	behave(w, 10, (struct behaviour){ .signal = SIGABRT });
	behave(w, 15, (struct behaviour){ .retries = 1 });
}

static void the_counters_are_the_same_with_every_driver(void)
{
	static struct engine_stats first;
	struct world w;

	open_mixture(&w);
	const struct engine_stats *s = drive(&w);
	if (driver == &drivers[0])
		first = *s;
	EQ(s->received, 20);
	EQ(s->dispatched, first.dispatched);
	EQ(s->failed, first.failed);
	EQ(s->gated, first.gated);
	EQ(s->deferred, first.deferred);
	EQ(s->dispatch_retries, first.dispatch_retries);
	EQ(s->asserts, first.asserts);
	EQ(s->releases, first.releases);
	EQ(s->max_depth, first.max_depth);
	EQ(first.dispatched + first.failed + first.gated, 20);
	OK(first.dispatched > 10 && first.failed == 3 && first.gated && first.deferred > 4);
	world_close(&w);
}

/* A random day of a fifth of a second, in steps of 5 ms so that much happens at once. */
static void open_day(struct world *w, uint64_t seed)
{
	static const char *const kinds[] = { "pull_replica", "migrate_blob", "start_daemon", "x" };
	struct rng rng = { seed };
	int64_t at_ms = 0;

	open_world(w, 1 + (uint32_t)rng_below(&rng, 3),
	           SETS("rules.pull-cooldown.window=15ms", "rules.chain-window.window=40ms",
	                "rules.drain-rate.per=20ms", "rules.drain-rate.rate=1",
	                "executor.retry_after=10ms", "executor.max_defers=3", "executor.queue=6",
	                "backpressure.assert_at=5", "backpressure.release_at=1"));
	for (int64_t id = 1; id <= 40; id++) {
		uint64_t key = rng_below(&rng, 3);
		struct action *a = add(w, at_ms, kinds[rng_below(&rng, 4)], key, id);

		if (rng_below(&rng, 6) == 0)
			a->turn->expires = instant_ms(at_ms + (int64_t)rng_below(&rng, 10) * 5);
		if (id % 3 == 0)
			behave(w, id,
			       (struct behaviour){ .retries = (uint32_t)rng_below(&rng, 5),
			                           .hint = span_ms(5 * (int64_t)rng_below(&rng, 5)),
			                           .verdict = (int)rng_below(&rng, 3) });
		if (rng_below(&rng, 8) == 0)
			hold(w, at_ms, key, at_ms + (int64_t)rng_below(&rng, 12) * 5);
		if (rng_below(&rng, 8) == 0)
			world_event(
				w, at_ms,
				(struct event){ .kind = EVENT_JOBS, .jobs = 1 + (uint32_t)key });
		at_ms += 5 * (int64_t)rng_below(&rng, 3);
	}
}

static bool same_note(const struct note *a, const struct note *b)
{
	return a->kind == b->kind && a->outcome == b->outcome && a->cause == b->cause &&
	       a->at_ms == b->at_ms && a->id == b->id && a->attempts == b->attempts &&
	       a->defers == b->defers && a->rule == b->rule && a->until_ms == b->until_ms &&
	       a->edge == b->edge && a->depth == b->depth && a->exit == b->exit;
}

/* Not only the counters: the same effects at the same instants, in the same order. */
static void a_replay_is_a_simulation_of_handlers_that_take_no_time(void)
{
	enum { DAYS = 3 };
	static struct world first[DAYS];

	for (uint64_t day = 0; day < DAYS; day++) {
		struct world w, *f = &first[day];
		size_t i = 0;

		open_day(&w, t_seed(1) + day);
		drive(&w);
		if (driver == &drivers[0]) {
			*f = w;
			continue;
		}
		OK(w.note_count > 60);
		EQ(w.note_count, f->note_count);
		EQ(w.end_ms, f->end_ms);
		while (i < w.note_count && i < f->note_count &&
		       same_note(&w.notes[i], &f->notes[i]))
			i++;
		if (!OK(i == f->note_count))
			printf("# effect %zu of day %" PRIu64 "\n", i, day);
		world_close(f);
		world_close(&w);
	}
}

/* ---- what a model draws ---- */

/* The ends that a scenario can draw are those of real handlers. */
static void the_ends_that_a_model_draws_are_those_of_handlers(void)
{
	const struct {
		enum fate fate;
		struct behaviour behaviour;
	} ends[] = {
		{ FATE_OK, { 0 } },
		{ FATE_RETRY, { .retries = 1, .hint = span_ms(20) } },
		{ FATE_FAIL, { .verdict = RESULT_FAIL } },
		{ FATE_CRASH, { .signal = SIGSEGV } },
	};

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		struct handler_model m = { .has_hint = true,
			                   .retry_after = { .least = span_ms(20) } };
		struct result drawn = { 0 };
		struct world w;

		m.odds[ends[i].fate] = 1;
		handler_model_run(&m, &(struct attempt){ .seed = 1, .action = 1, .number = 1 },
		                  &drawn);
		open_world(&w, 1, NO_SETS);
		behave(&w, 1, ends[i].behaviour);
		add(&w, 0, "x", 0, 1);
		drive(&w);
		const struct note *n =
			nth(&w, ends[i].fate == FATE_RETRY ? EFFECT_STEP : EFFECT_OUTCOME, 0);
		EQ(n->outcome, drawn.verdict == RESULT_OK      ? OUTCOME_DISPATCHED
		               : drawn.verdict == RESULT_RETRY ? OUTCOME_RETRYING
		                                               : OUTCOME_FAILED);
		EQ(n->exit, drawn.exit);
		EQ(n->signal, drawn.signal);
		if (drawn.verdict == RESULT_RETRY)
			EQ(n->until_ms - n->at_ms, drawn.hint.ns / NS_PER_MS);
		free(drawn.reason);
		world_close(&w);
	}
}

static const struct driver_case cases[] = {
	CASE(the_counters_are_the_same_with_every_driver, ALL),
	CASE(a_replay_is_a_simulation_of_handlers_that_take_no_time, VIRTUAL | REPLAY),
	CASE(the_ends_that_a_model_draws_are_those_of_handlers, REAL),
};

int main(int argc, char **argv)
{
	return run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
}
