/* slice.h - borrowed bytes: a pointer and a length, no terminator. */
#ifndef MESHQ_SLICE_H
#define MESHQ_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
	const char *p;
	size_t n;
} slice;

/* For printf: "%.*s", SLICE_ARG(s). */
#define SLICE_ARG(s) (int)(s).n, (s).p

/* A slice of a string literal. */
#define SLICE(literal) ((slice){ (literal), sizeof(literal) - 1 })

static inline slice slice_of(const char *text)
{
	return (slice){ text, strlen(text) };
}

static inline bool slice_equal(slice a, slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool slice_is(slice a, const char *text)
{
	return slice_equal(a, slice_of(text));
}

static inline bool slice_starts(slice a, const char *prefix)
{
	size_t n = strlen(prefix);
	return a.n >= n && memcmp(a.p, prefix, n) == 0;
}

/* The whole of `s` is a decimal number without sign that fits: *value is set. */
bool slice_u64(slice s, uint64_t *value);

/* Writes the digits of `value` so that they end before `end` (20 bytes at most)
 * and returns where they start. */
char *slice_digits(char *end, uint64_t value);

#endif
