/* seed.h - for properties: a seed that crashes or hangs is told like one that fails. */
#ifndef MESHQ_SEED_H
#define MESHQ_SEED_H

#include "t.h"

#include <signal.h>
#include <unistd.h>

static uint64_t seed_now;

static inline void seed_died(int number)
{
	printf("# %s\n", number == SIGALRM ? "it never ends" : "it has crashed");
	t_again(seed_now);
	fflush(stdout);
	signal(number, SIG_DFL);
	raise(number);
}

/* From here on it is this seed that crashes or, for half a minute, hangs. */
static inline void seed_begin(uint64_t seed)
{
	seed_now = seed;
	signal(SIGABRT, seed_died);
	signal(SIGSEGV, seed_died);
	signal(SIGALRM, seed_died);
	alarm(30);
}

#endif
