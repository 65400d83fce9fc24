/* The least of a stretch against looking at each number of it. */
#include "base/rng.h"
#include "core/least.h"
#include "t.h"

static uint64_t looked_for(const uint64_t *row, uint32_t from, uint32_t to)
{
	uint64_t least = LEAST_NONE;

	for (uint32_t i = from; i < to; i++)
		if (row[i] < least)
			least = row[i];
	return least;
}

static bool one_row(uint32_t count, struct rng *r)
{
	uint64_t row[70];
	struct least l;
	bool good = true;

	least_init(&l, count);
	for (uint32_t i = 0; i < count; i++)
		row[i] = LEAST_NONE;
	for (int step = 0; step < 200 && good; step++) {
		uint32_t at = (uint32_t)rng_below(r, count ? count : 1);
		if (count && rng_below(r, 3))
			least_set(&l, at,
			          row[at] = rng_below(r, 4) ? rng_below(r, 50) : LEAST_NONE);
		uint32_t to = (uint32_t)rng_below(r, (uint64_t)count + 1);
		uint32_t from = (uint32_t)rng_below(r, (uint64_t)to + 1);
		good = least_of(&l, from, to) == looked_for(row, from, to) &&
		       (!count || least_at(&l, at) == row[at]);
	}
	least_free(&l);
	return good;
}

static void the_least_is_the_least_in_rows_of_any_length(void)
{
	struct rng r = { 1 };

	for (uint32_t count = 0; count <= 70; count++)
		if (!OK(one_row(count, &r)))
			printf("# count %u\n", count);
}

int main(void)
{
	RUN(the_least_is_the_least_in_rows_of_any_length);
	return t_done();
}
