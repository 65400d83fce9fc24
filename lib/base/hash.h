/* hash.h - keyed 128-bit fingerprints: SipHash-1-3 with the 128-bit output
 * (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012).
 *
 * A fingerprint stands for the value of a rule's key. With a secret random seed
 * nobody can make two keys collide on purpose, and by accident it happens with
 * probability n^2 / 2^129, so the gate keeps 16 bytes a key and no text. */
#ifndef MESHQ_HASH_H
#define MESHQ_HASH_H

#include <stddef.h>
#include <stdint.h>

struct key {
	uint64_t hi;
	uint64_t lo;
};

struct hash_seed {
	uint64_t k0;
	uint64_t k1;
};

struct key hash_bytes(struct hash_seed seed, const void *bytes, size_t n);

#endif
