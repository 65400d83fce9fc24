#include "core/least.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void least_init(struct least *l, uint32_t count)
{
	l->count = count;
	l->tree = mem_new((size_t)count * 2 * sizeof *l->tree);
	if (count)
		memset(l->tree, 0xff, (size_t)count * 2 * sizeof *l->tree);
}

void least_free(struct least *l)
{
	free(l->tree);
	*l = (struct least){ 0 };
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The parent of node i is i / 2, whatever the length of the row: where it is no power of two,
 * some nodes mix its end with its beginning, and no question ever looks at those. */
void least_set(struct least *l, uint32_t i, uint64_t value)
{
	uint64_t at = (uint64_t)l->count + i;

	l->tree[at] = value;
	for (at /= 2; at >= 1; at /= 2)
		l->tree[at] = less(l->tree[2 * at], l->tree[2 * at + 1]);
}

uint64_t least_of(const struct least *l, uint32_t from, uint32_t to)
{
	uint64_t least = LEAST_NONE;
	uint64_t a = (uint64_t)l->count + from, b = (uint64_t)l->count + to;

	for (; a < b; a /= 2, b /= 2) {
		if (a & 1)
			least = less(least, l->tree[a++]);
		if (b & 1)
			least = less(least, l->tree[--b]);
	}
	return least;
}
