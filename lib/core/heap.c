#include "core/heap.h"

#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>

void heap_free(struct heap *h)
{
	free(h->slots);
	*h = (struct heap){ 0 };
}

static bool before(const struct heap_slot *a, const struct heap_slot *b)
{
	return a->due.ns != b->due.ns ? a->due.ns < b->due.ns : a->order < b->order;
}

static void place(struct heap *h, uint32_t i, struct heap_slot s)
{
	h->slots[i] = s;
	s.timer->place = (i + 1) & HEAP_MOST;
}

static void rise(struct heap *h, uint32_t i, struct heap_slot s)
{
	while (i > 0 && before(&s, &h->slots[(i - 1) / HEAP_CHILDREN])) {
		place(h, i, h->slots[(i - 1) / HEAP_CHILDREN]);
		i = (i - 1) / HEAP_CHILDREN;
	}
	place(h, i, s);
}

/* The earliest child of a slot; count or more: it has none. */
static uint32_t earliest_child(const struct heap *h, uint32_t i)
{
	uint64_t first = (uint64_t)i * HEAP_CHILDREN + 1;
	uint64_t end = first + HEAP_CHILDREN < h->count ? first + HEAP_CHILDREN : h->count;
	uint32_t best = first < h->count ? (uint32_t)first : h->count;

	for (uint64_t k = first + 1; k < end; k++)
		if (before(&h->slots[k], &h->slots[best]))
			best = (uint32_t)k;
	return best;
}

static void sink(struct heap *h, uint32_t i, struct heap_slot s)
{
	uint32_t child;

	while ((child = earliest_child(h, i)) < h->count && before(&h->slots[child], &s)) {
		place(h, i, h->slots[child]);
		i = child;
	}
	place(h, i, s);
}

static void settle(struct heap *h, uint32_t i, struct heap_slot s)
{
	if (i > 0 && before(&s, &h->slots[(i - 1) / HEAP_CHILDREN]))
		rise(h, i, s);
	else
		sink(h, i, s);
}

void heap_set(struct heap *h, struct timer *t, instant due, uint64_t order)
{
	struct heap_slot s = { due, order, t };

	if (t->place) {
		settle(h, t->place - 1, s);
		return;
	}
	if (h->count == HEAP_MOST)
		mem_exhausted();
	if (h->count == h->room) {
		h->room = h->room ? h->room * 2 : 1; /* most lines are of one */
		h->slots = mem_resize(h->slots, h->room, sizeof *h->slots);
	}
	rise(h, h->count++, s);
}

void heap_remove(struct heap *h, struct timer *t)
{
	if (!t->place)
		return;
	uint32_t hole = t->place - 1;
	struct heap_slot last = h->slots[--h->count];

	t->place = 0;
	if (last.timer != t)
		settle(h, hole, last);
}
