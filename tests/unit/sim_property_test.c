/* The virtual driver and the engine in it under random configurations and workloads
 * (trial.h), with the naive checks of the engine's own property test on every effect
 * and before every move of the clock (trial_check.h, trial_sim.h).
 *
 *	SEED=n     replays one seed; VERBOSE=1 tells what happens in it
 *	COUNT=n    tries so many seeds, from 1 or SEED on */
#include "seed.h"
#include "trial_sim.h"

static uint64_t run_seed(uint64_t seed, const char **broken, struct engine_stats *sum)
{
	struct trial *t = trial_new((struct chance){ .rng = { seed } });
	const struct engine_stats *s = engine_stats(t->engine);

	trial_simulate(t);
	*broken = t->broken;
	sum->dispatched += s->dispatched;
	sum->failed += s->failed;
	sum->gated += s->gated;
	sum->expired += s->expired;
	sum->unfinished += s->unfinished;
	sum->deferred += s->deferred;
	sum->dispatch_retries += s->dispatch_retries;
	sum->asserts += s->asserts;
	sum->coalesced += s->coalesced;
	uint64_t trace = t->trace;
	trial_free(t);
	return trace;
}

static void a_simulation_keeps_the_promises_of_the_engine_whatever_happens(void)
{
	uint64_t first = t_seed(1), count = t_seeds(1000);
	struct engine_stats sum = { 0 };

	for (uint64_t seed = first; seed < first + count; seed++) {
		const char *broken, *again;

		seed_begin(seed);
		uint64_t trace = run_seed(seed, &broken, &sum);
		bool same = run_seed(seed, &again, &sum) == trace;

		if (!OK(!broken && same)) {
			printf("# not so: %s\n",
			       broken ? broken : "the same seed gives the same trace");
			t_again(seed);
			return;
		}
	}
	/* A workload in which hardly anything happens would prove nothing. */
	if (count < 100)
		return;
	OK(sum.dispatched > 6 * count);
	OK(sum.failed > count);
	OK(sum.gated > count / 4);
	OK(sum.expired > count / 2);
	OK(sum.unfinished > count / 2);
	OK(sum.deferred > 2 * count);
	OK(sum.dispatch_retries > 2 * count);
	OK(sum.asserts > count / 4);
	OK(sum.coalesced > count / 4);
}

int main(void)
{
	RUN(a_simulation_keeps_the_promises_of_the_engine_whatever_happens);
	return t_done();
}
