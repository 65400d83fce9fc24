/* t.h - unit tests that speak TAP, so that prove(1) runs them beside bats.
 *
 *	static void a_thing_does_this(void) { EQ(thing(), 1); }
 *	int main(void) { RUN(a_thing_does_this); return t_done(); }
 *
 * One TAP line a test function; the plan comes last, so that a crash shows as a
 * missing plan. */
#ifndef MESHQ_T_H
#define MESHQ_T_H

#include "base/slice.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int t_count, t_failed;
static bool t_good;

static inline bool t_check(bool good, const char *file, int line, const char *what)
{
	if (!good) {
		printf("# %s:%d: %s\n", file, line, what);
		t_good = false;
	}
	return good;
}

static inline bool t_equal(int64_t got, int64_t want, const char *file, int line, const char *what)
{
	if (got != want) {
		printf("# %s:%d: %s: got %" PRId64 ", want %" PRId64 "\n", file, line, what, got,
		       want);
		t_good = false;
	}
	return got == want;
}

static inline bool t_same(slice got, const char *want, const char *file, int line, const char *what)
{
	bool same = slice_is(got, want);
	if (!same) {
		printf("# %s:%d: %s:\n#   got  %.*s\n#   want %s\n", file, line, what,
		       SLICE_ARG(got), want);
		t_good = false;
	}
	return same;
}

#define OK(condition) t_check((condition), __FILE__, __LINE__, #condition)
/* Whole numbers; instants and spans by their .ns. */
#define EQ(got, want) t_equal((int64_t)(got), (int64_t)(want), __FILE__, __LINE__, #got)
/* A slice against a string. */
#define SAME(got, want) t_same((got), (want), __FILE__, __LINE__, #got)
#define RUN(test) t_run((test), #test)

static inline void t_run(void (*test)(void), const char *name)
{
	t_good = true;
	test();
	t_count++;
	t_failed += !t_good;
	printf("%s %d - ", t_good ? "ok" : "not ok", t_count);
	/* "D_25_a_thing" is about defect D-25. */
	for (const char *c = name; *c; c++)
		putchar(*c != '_' ? *c : c == name + 1 && *name == 'D' ? '-' : ' ');
	putchar('\n');
	fflush(stdout);
}

static inline int t_done(void)
{
	printf("1..%d\n", t_count);
	return t_failed != 0;
}

static inline uint64_t t_environment(const char *name, uint64_t standard)
{
	const char *text = getenv(name);
	return text ? strtoull(text, NULL, 0) : standard;
}

/* For properties: SEED=n in the environment replays one run, else `standard`. */
static inline uint64_t t_seed(uint64_t standard)
{
	return t_environment("SEED", standard);
}

/* How many seeds to try, from t_seed on: COUNT=n in the environment, one with SEED
 * alone, else `standard`. */
static inline uint64_t t_seeds(uint64_t standard)
{
	return t_environment("COUNT", getenv("SEED") ? 1 : standard);
}

/* Says how to run a seed that has failed again. */
static inline void t_again(uint64_t seed)
{
	printf("# again: SEED=%" PRIu64 " %s\n", seed, program_invocation_name);
}

#endif
