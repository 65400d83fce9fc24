#include "core/ring.h"

#include "base/mem.h"

#include <stdlib.h>

void ring_init(struct ring *r, uint32_t room)
{
	*r = (struct ring){ .room = room };
}

void ring_free(struct ring *r)
{
	free(r->items);
	*r = (struct ring){ 0 };
}

/* Only called before the first eviction, so the items still begin at 0. */
static void grow(struct ring *r)
{
	uint64_t size = r->size ? 2 * (uint64_t)r->size : 16;

	r->size = size < r->room ? (uint32_t)size : r->room;
	r->items = mem_resize(r->items, r->size, sizeof *r->items);
}

void *ring_push(struct ring *r, void *item)
{
	void *oldest;

	if (r->room == 0) {
		r->evicted++;
		return item;
	}
	if (r->count < r->room) {
		if (r->count == r->size)
			grow(r);
		r->items[r->count++] = item;
		return NULL;
	}
	oldest = r->items[r->first];
	r->items[r->first] = item;
	r->first = r->first + 1 == r->room ? 0 : r->first + 1;
	r->evicted++;
	return oldest;
}

void *ring_at(const struct ring *r, uint32_t i)
{
	uint32_t behind = r->size - r->first;
	return r->items[i < behind ? r->first + i : i - behind];
}
