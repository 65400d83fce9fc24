/* chance.h - the choices of a property and of a fuzzer. Each comes from one place, a seeded
 * generator or the bytes of the fuzzer; bytes that have run out choose 0, the plainest choice. */
#ifndef MESHQ_CHANCE_H
#define MESHQ_CHANCE_H

#include "base/rng.h"

#include <stdbool.h>
#include <stddef.h>

struct chance {
	struct rng rng;
	const uint8_t *bytes; /* NULL: the generator chooses */
	size_t left;
};

/* One of n, at most 256. */
static inline uint32_t choose(struct chance *c, uint32_t n)
{
	if (!c->bytes)
		return (uint32_t)rng_below(&c->rng, n);
	if (c->left == 0)
		return 0;
	c->left--;
	return *c->bytes++ % n;
}

/* True once in n times; never when bytes have run out. */
static inline bool rarely(struct chance *c, uint32_t n)
{
	return choose(c, n) == n - 1;
}

#endif
