/* lane.c - see lane.h. */
#include "core/lane.h"

struct lane {
	struct key key;
	struct heap followers; /* by arrival */
};

void lanes_init(struct lanes *l)
{
	table_init(&l->lanes, sizeof(struct lane));
}

void lanes_free(struct lanes *l)
{
	for (uint32_t i = 0; i < l->lanes.count; i++)
		heap_free(&((struct lane *)table_at(&l->lanes, i))->followers);
	table_free(&l->lanes);
}

bool lanes_take(struct lanes *l, struct key k)
{
	uint32_t before = l->lanes.count;

	table_put(&l->lanes, k);
	return l->lanes.count > before;
}

void lanes_join(struct lanes *l, struct key k, struct timer *follower, uint64_t arrival)
{
	struct lane *lane = table_find(&l->lanes, k);

	heap_set(&lane->followers, follower, (instant){ 0 }, arrival);
}

void lanes_quit(struct lanes *l, struct key k, struct timer *follower)
{
	struct lane *lane = table_find(&l->lanes, k);

	heap_remove(&lane->followers, follower);
}

struct timer *lanes_pass(struct lanes *l, struct key k)
{
	struct lane *lane = table_find(&l->lanes, k);
	const struct heap_slot *first = heap_top(&lane->followers);

	if (!first) {
		heap_free(&lane->followers);
		table_remove(&l->lanes, lane);
		return NULL;
	}
	struct timer *t = first->timer;
	heap_remove(&lane->followers, t);
	return t;
}
