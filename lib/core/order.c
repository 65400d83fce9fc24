#include "core/order.h"

#include "base/mem.h"

#include <stdlib.h>

void order_free(struct order *o)
{
	free(o->places);
	*o = (struct order){ 0 };
}

static struct order_place *at(const struct order *o, uint64_t place)
{
	return &o->places[place & (o->room - 1)];
}

static void grow(struct order *o, uint64_t count)
{
	struct order bigger = { .gone = o->gone, .count = o->count, .room = o->room };

	while (bigger.room < count)
		bigger.room = bigger.room ? bigger.room * 2 : 64;
	bigger.places = mem_zeroed(bigger.room, sizeof *bigger.places);
	for (uint64_t n = o->gone + 1; n <= o->gone + o->count; n++)
		*at(&bigger, n) = *at(o, n);
	free(o->places);
	*o = bigger;
}

static struct order_place *find(struct order *o, uint64_t place)
{
	uint64_t count = place - o->gone;

	if (count > o->room)
		grow(o, count);
	if (count > o->count)
		o->count = count;
	return at(o, place);
}

void **order_place(struct order *o, uint64_t place)
{
	return &find(o, place)->held;
}

bool order_is_over(const struct order *o, uint64_t place)
{
	return place <= o->gone || (place <= o->gone + o->count && at(o, place)->over);
}

void order_over(struct order *o, uint64_t place)
{
	find(o, place)->over = true;
}

bool order_next(struct order *o, void **held)
{
	if (!order_is_over(o, order_turn(o)))
		return false;
	struct order_place *first = at(o, ++o->gone);

	o->count--;
	*held = first->held;
	*first = (struct order_place){ 0 };
	return true;
}
