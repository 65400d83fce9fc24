/* The executor engine under random configurations and workloads (trial.h),
 * driven by a dumb driver and checked by naive scans (trial_check.h).
 *
 *	SEED=n     replays one seed; VERBOSE=1 tells what happens in it
 *	COUNT=n    tries so many seeds, from 1 or SEED on */
#include "seed.h"
#include "trial_run.h"

struct tally {
	struct engine_stats sum;
	uint64_t busiest; /* effects in one instant */
};

static uint64_t run_seed(uint64_t seed, const char **broken, struct tally *tally)
{
	struct trial *t = trial_new((struct chance){ .rng = { seed } });
	const struct engine_stats *s = engine_stats(t->engine);

	trial_run(t);
	*broken = t->broken;
	tally->sum.dispatched += s->dispatched;
	tally->sum.failed += s->failed;
	tally->sum.gated += s->gated;
	tally->sum.expired += s->expired;
	tally->sum.unfinished += s->unfinished;
	tally->sum.deferred += s->deferred;
	tally->sum.dispatch_retries += s->dispatch_retries;
	tally->sum.asserts += s->asserts;
	tally->sum.coalesced += s->coalesced;
	if (t->polls_now > tally->busiest)
		tally->busiest = t->polls_now;
	uint64_t trace = t->trace;
	trial_free(t);
	return trace;
}

static void the_engine_keeps_its_promises_whatever_happens(void)
{
	uint64_t first = t_seed(1), count = t_seeds(1000);
	struct tally tally = { 0 };

	for (uint64_t seed = first; seed < first + count; seed++) {
		const char *broken, *again;

		seed_begin(seed);
		uint64_t trace = run_seed(seed, &broken, &tally);
		bool same = run_seed(seed, &again, &tally) == trace;

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
	OK(tally.sum.dispatched > 6 * count);
	OK(tally.sum.failed > count);
	OK(tally.sum.gated > count / 4);
	OK(tally.sum.expired > count / 2);
	OK(tally.sum.unfinished > count / 2);
	OK(tally.sum.deferred > 2 * count);
	OK(tally.sum.dispatch_retries > 2 * count);
	OK(tally.sum.asserts > count / 4);
	OK(tally.sum.coalesced > count / 4);
}

int main(void)
{
	RUN(the_engine_keeps_its_promises_whatever_happens);
	return t_done();
}
