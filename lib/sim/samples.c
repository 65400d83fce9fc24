#include "sim/samples.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void samples_add(struct samples *s, span sample)
{
	if (s->count == s->room) {
		s->room = s->room ? 2 * s->room : 16;
		s->ns = mem_resize(s->ns, s->room, sizeof *s->ns);
	}
	s->ns[s->count++] = sample.ns;
	s->sum += sample.ns;
	s->sorted = false;
}

void samples_free(struct samples *s)
{
	free(s->ns);
	*s = (struct samples){ 0 };
}

/* ---- sorting ---- */

enum { DIGITS = 8, DIGIT_BITS = 8, DIGIT_VALUES = 1 << DIGIT_BITS };

/* The nth digit from below; negative numbers come first. */
static unsigned digit(int64_t ns, unsigned n)
{
	uint64_t ordered = (uint64_t)ns ^ UINT64_C(1) << 63;

	return (unsigned)(ordered >> (n * DIGIT_BITS)) % DIGIT_VALUES;
}

/* Where each value of a digit begins in the sorted list. False: it is the same digit
 * everywhere, which is so for the upper half of most waits. */
static bool place(const struct samples *s, unsigned n, size_t starts[DIGIT_VALUES])
{
	size_t counts[DIGIT_VALUES] = { 0 }, sum = 0;

	for (size_t i = 0; i < s->count; i++)
		counts[digit(s->ns[i], n)]++;
	for (unsigned v = 0; v < DIGIT_VALUES; v++) {
		if (counts[v] == s->count)
			return false;
		starts[v] = sum;
		sum += counts[v];
	}
	return true;
}

/* Radix sort from the lowest digit: a day of traffic is tens of millions of samples,
 * and sorting them by comparison would take longer than the run. */
static void sort(struct samples *s)
{
	size_t starts[DIGIT_VALUES];

	if (s->sorted || s->count == 0)
		return;
	int64_t *other = mem_resize(NULL, s->room, sizeof *other);
	for (unsigned n = 0; n < DIGITS; n++) {
		if (!place(s, n, starts))
			continue;
		for (size_t i = 0; i < s->count; i++)
			other[starts[digit(s->ns[i], n)]++] = s->ns[i];
		int64_t *from = s->ns;
		s->ns = other;
		other = from;
	}
	free(other);
	s->sorted = true;
}

/* ---- statistics ---- */

static uint64_t total(struct samples *const *lists, uint32_t count)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < count; i++)
		n += lists[i]->count;
	return n;
}

/* How many of a sorted list are not above ns. */
static size_t not_above(const struct samples *s, int64_t ns)
{
	size_t low = 0, high = s->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (s->ns[middle] <= ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The least sample with `rank` of all not above it: found between least and most by
 * halving, so that the lists need not be merged. */
static int64_t ranked(struct samples *const *lists, uint32_t count, uint64_t rank)
{
	int64_t least = INT64_MAX, most = INT64_MIN;

	for (uint32_t i = 0; i < count; i++) {
		const struct samples *s = lists[i];
		if (s->count && s->ns[0] < least)
			least = s->ns[0];
		if (s->count && s->ns[s->count - 1] > most)
			most = s->ns[s->count - 1];
	}
	while (least < most) {
		int64_t middle = least + (int64_t)(((uint64_t)most - (uint64_t)least) / 2);
		uint64_t below = 0;

		for (uint32_t i = 0; i < count; i++)
			below += not_above(lists[i], middle);
		if (below >= rank)
			most = middle;
		else
			least = middle + 1;
	}
	return least;
}

__extension__ typedef unsigned __int128 wide;

span samples_quantile(struct samples *const *lists, uint32_t count, uint32_t part)
{
	uint64_t n = total(lists, count);
	uint64_t rank = (uint64_t)(((wide)n * part + SAMPLES_WHOLE - 1) / SAMPLES_WHOLE);

	if (n == 0)
		return (span){ 0 };
	if (rank == 0)
		rank = 1;
	for (uint32_t i = 0; i < count; i++)
		sort(lists[i]);
	return (span){ count == 1 ? lists[0]->ns[rank - 1] : ranked(lists, count, rank) };
}

double samples_mean(struct samples *const *lists, uint32_t count)
{
	uint64_t n = total(lists, count);
	samples_sum sum = 0;

	for (uint32_t i = 0; i < count; i++)
		sum += lists[i]->sum;
	return n ? (double)sum / (double)n : 0;
}
