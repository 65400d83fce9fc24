/* ladder.c - see ladder.h. */
#include "core/ladder.h"

#include <stdbool.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

static double seconds_of(span d)
{
	return (double)(d.ns / NS_PER_S) + (double)(d.ns % NS_PER_S) / 1e9;
}

/* The nearest nanosecond, ties to even. The product of the 53-bit significand
 * and 10^9 has 83 bits, so it is rounded once, from the exact value; a product
 * of doubles would be rounded twice. */
static span nearest_span(double seconds)
{
	uint64_t bits;

	if (!(seconds > 0))
		return (span){ 0 };
	if (seconds >= 0x1p34)
		return SPAN_MAX;
	memcpy(&bits, &seconds, sizeof bits);

	/* seconds = significand * 2^-shift; below 2^34 the shift is at least 19. */
	unsigned shift = 1075U - (unsigned)(bits >> 52);
	if (shift > 83)
		return (span){ 0 };
	uint64_t significand = (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52;
	wide exact = (wide)significand * (uint64_t)NS_PER_S;
	wide half = (wide)1 << (shift - 1);
	wide rest = exact & ((half << 1) - 1);
	wide ns = exact >> shift;
	if (rest > half || (rest == half && (ns & 1)))
		ns++;
	return ns > INT64_MAX ? SPAN_MAX : (span){ (int64_t)ns };
}

/* The reference computes in double seconds and so do we: other arithmetic would
 * differ in the last nanosecond. A factor that is not a number gives the
 * maximum, a negative one zero (the reference aborts, D-24). */
span ladder_next(const struct ladder *l, span window)
{
	span base = window.ns > l->initial.ns ? window : l->initial;
	double grown = seconds_of(base) * (double)l->factor;
	double most = seconds_of(l->max);
	return nearest_span(grown < most ? grown : most);
}

span ladder_jittered(const struct ladder *l, span wait, uint64_t draw)
{
	double unit = (double)(draw >> 11) * 0x1p-53;
	double part = l->jitter > 0 ? (double)l->jitter * unit : 0;
	span off = nearest_span(seconds_of(wait) * part);
	return (span){ off.ns < wait.ns ? wait.ns - off.ns : 0 };
}
