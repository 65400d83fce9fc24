/* Places in a row against a list of who has come and who is over. */
#include "core/order.h"

#include "base/rng.h"
#include "t.h"

enum { PLACES = 300 };

static char things[PLACES + 1];

static void nobody_has_a_turn_before_all_before_him_are_over(void)
{
	struct order o = { 0 };
	void *held;

	OK(!order_next(&o, &held));
	*order_place(&o, 2) = &things[2];
	order_over(&o, 2);
	EQ(order_turn(&o), 1);
	OK(!order_next(&o, &held));
	order_over(&o, 1);
	OK(order_next(&o, &held) && held == NULL);
	OK(order_next(&o, &held) && held == &things[2]);
	OK(!order_next(&o, &held));
	EQ(order_turn(&o), 3);
	OK(order_is_over(&o, 2) && !order_is_over(&o, 3));
	order_free(&o);
}

static void a_long_row_costs_no_more_than_its_open_part(void)
{
	struct order o = { 0 };
	void *held;

	for (uint64_t n = 1; n <= 100000; n++) {
		order_over(&o, n + 1);
		order_over(&o, n);
		while (order_next(&o, &held))
			;
		order_over(&o, n + 2);
	}
	OK(o.room <= 64);
	order_free(&o);
}

/* Any place may come, hold something, or be over at any time; those that are over leave
 * in a row as soon as somebody asks. */
static bool one_seed(uint64_t seed)
{
	struct rng rng = { seed };
	struct order o = { 0 };
	bool over[PLACES + 2] = { 0 }, holds[PLACES + 2] = { 0 };
	uint64_t turn = 1, ahead = 1 + rng_below(&rng, 60);
	bool good = true;

	while (good && turn <= PLACES) {
		uint64_t place = turn + rng_below(&rng, ahead);

		if (place > PLACES || over[place])
			place = turn;
		if (rng_below(&rng, 2)) {
			*order_place(&o, place) = &things[place];
			holds[place] = true;
		} else if (rng_below(&rng, 3) || place > turn) {
			order_over(&o, place);
			over[place] = true;
		}
		for (void *held; good && rng_below(&rng, 4) && order_next(&o, &held); turn++)
			good = over[turn] && held == (holds[turn] ? &things[turn] : NULL);
		good = good && order_turn(&o) == turn &&
		       order_is_over(&o, place) == (place < turn || over[place]);
	}
	order_free(&o);
	return good;
}

static void places_leave_as_in_the_list(void)
{
	uint64_t first = t_seed(1), count = t_seeds(200);

	for (uint64_t seed = first; seed < first + count; seed++)
		if (!OK(one_seed(seed))) {
			t_again(seed);
			return;
		}
}

int main(void)
{
	RUN(nobody_has_a_turn_before_all_before_him_are_over);
	RUN(a_long_row_costs_no_more_than_its_open_part);
	RUN(places_leave_as_in_the_list);
	return t_done();
}
