/* rng.h - a seeded generator of 64-bit numbers: splitmix64 (Steele, Lea and
 * Flood, "Fast splittable pseudorandom number generators", 2014). The same seed
 * gives the same numbers everywhere. Not for secrets. */
#ifndef MESHQ_RNG_H
#define MESHQ_RNG_H

#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

__extension__ typedef unsigned __int128 rng_wide;

/* Uniform in [0, n); n at least 1. The multiply-shift bias is below n / 2^64. */
static inline uint64_t rng_below(struct rng *r, uint64_t n)
{
	return (uint64_t)(((rng_wide)rng_next(r) * n) >> 64);
}

/* The seed of the nth of many generators that have one seed in common. */
static inline uint64_t rng_derive(uint64_t seed, uint64_t n)
{
	struct rng r = { seed };

	r.state = rng_next(&r) + n;
	return rng_next(&r);
}

/* Uniform in [0, 1). */
static inline double rng_unit(struct rng *r)
{
	return (double)(rng_next(r) >> 11) * 0x1.0p-53;
}

#endif
