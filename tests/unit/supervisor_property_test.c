/* The supervisor under random daemons and commands (supervisor_trial.h), held against plain facts
 * (supervisor_model.h, supervisor_check.h).
 *
 *	SEED=n     replays one seed; VERBOSE=1 tells what happens in it
 *	COUNT=n    tries so many seeds, from 1 or SEED on */
#include "seed.h"
#include "supervisor_trial.h"

struct tally {
	uint64_t effects[SUPERVISOR_HOLD + 1];
	uint64_t events[SUPERVISOR_GIVEN_UP + 1];
	uint64_t kills, released, tripped;
};

static uint64_t run_seed(uint64_t seed, const char **broken, struct tally *tally)
{
	struct trial *t = trial_new((struct chance){ .rng = { seed } });

	t->m.verbose = getenv("VERBOSE") != NULL;
	trial_run(t);
	*broken = t->m.broken;
	for (uint32_t i = 0; i <= SUPERVISOR_HOLD; i++)
		tally->effects[i] += t->effects[i];
	for (uint32_t i = 0; i <= SUPERVISOR_GIVEN_UP; i++)
		tally->events[i] += t->events[i];
	tally->kills += t->kills;
	tally->released += t->released;
	tally->tripped += t->tripped;
	uint64_t trace = t->trace;
	trial_free(t);
	return trace;
}

static void the_supervisor_keeps_its_promises_whatever_happens(void)
{
	uint64_t first = t_seed(1), count = t_seeds(2000);
	struct tally tally = { 0 };

	for (uint64_t seed = first; seed < first + count; seed++) {
		const char *broken, *again;

		seed_begin(seed);
		uint64_t trace = run_seed(seed, &broken, &tally);
		bool same = broken || run_seed(seed, &again, &tally) == trace;

		if (!OK(!broken && same)) {
			printf("# not so: %s\n",
			       broken ? broken : "the same seed gives the same trace");
			t_again(seed);
			return;
		}
	}
	/* Daemons with which hardly anything happens would prove nothing. */
	if (count < 100)
		return;
	for (uint32_t i = 0; i <= SUPERVISOR_GIVEN_UP; i++)
		OK(tally.events[i] > count / 4);
	OK(tally.effects[SUPERVISOR_START] > 10 * count);
	OK(tally.effects[SUPERVISOR_SIGNAL] > count);
	OK(tally.kills > count / 4);
	OK(tally.released > count);
	OK(tally.tripped > count);
}

int main(void)
{
	RUN(the_supervisor_keeps_its_promises_whatever_happens);
	return t_done();
}
