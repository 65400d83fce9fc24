#include "base/hash.h"

#include <endian.h>
#include <string.h>

struct lanes {
	uint64_t a, b, c, d;
};

static inline uint64_t rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static inline void mix(struct lanes *v)
{
	v->a += v->b;
	v->b = rotate(v->b, 13) ^ v->a;
	v->a = rotate(v->a, 32);
	v->c += v->d;
	v->d = rotate(v->d, 16) ^ v->c;
	v->a += v->d;
	v->d = rotate(v->d, 21) ^ v->a;
	v->c += v->b;
	v->b = rotate(v->b, 17) ^ v->c;
	v->c = rotate(v->c, 32);
}

/* Little-endian, so that a seed kept in a file means the same on every machine. */
static inline uint64_t load(const unsigned char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof word);
	return le64toh(word);
}

/* The same of n < 8 bytes, zeros behind them. */
static inline uint64_t load_some(const unsigned char *p, size_t n)
{
	unsigned char word[8] = { 0 };

	for (size_t i = 0; i < n; i++)
		word[i] = p[i];
	return load(word);
}

static inline void absorb(struct lanes *v, uint64_t word)
{
	v->d ^= word;
	mix(v);
	v->a ^= word;
}

struct key hash_bytes(struct hash_seed seed, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	struct key out;
	struct lanes v = {
		.a = seed.k0 ^ UINT64_C(0x736f6d6570736575),
		.b = seed.k1 ^ UINT64_C(0x646f72616e646f6d) ^ 0xee,
		.c = seed.k0 ^ UINT64_C(0x6c7967656e657261),
		.d = seed.k1 ^ UINT64_C(0x7465646279746573),
	};
	size_t left = n;

	for (; left >= 8; left -= 8, p += 8)
		absorb(&v, load(p));
	absorb(&v, (uint64_t)n << 56 | load_some(p, left));

	v.c ^= 0xee;
	mix(&v);
	mix(&v);
	mix(&v);
	out.lo = v.a ^ v.b ^ v.c ^ v.d;
	v.b ^= 0xdd;
	mix(&v);
	mix(&v);
	mix(&v);
	out.hi = v.a ^ v.b ^ v.c ^ v.d;
	return out;
}
