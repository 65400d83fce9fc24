/* heap.h - a priority queue of timers, ordered by (due, order).
 *
 * A timer is embedded in what it wakes and knows its place, so it can leave
 * from the middle. Equal due times come out in the order of `order`, which the
 * owner numbers by arrival (D-8). All operations O(log n). */
#ifndef MESHQ_HEAP_H
#define MESHQ_HEAP_H

#include "base/tick.h"

#include <stdint.h>

struct timer {
	unsigned place : 30; /* 1-based position; 0: not in a heap */
	unsigned kind : 2;   /* the owner's: what the timer is embedded in */
};

enum { HEAP_MOST = (1 << 30) - 1 };

struct heap_slot {
	instant due;
	uint64_t order;
	struct timer *timer;
};

/* Of each slot: half the depth that two would make, and they lie side by side. */
enum { HEAP_CHILDREN = 4 };

struct heap {
	struct heap_slot *slots;
	uint32_t count;
	uint32_t room;
};

void heap_free(struct heap *h);

/* Puts the timer in, or moves it when it is in already. */
void heap_set(struct heap *h, struct timer *t, instant due, uint64_t order);

/* Takes the timer out; one that is not in is left alone. */
void heap_remove(struct heap *h, struct timer *t);

/* The earliest slot, or NULL. */
static inline const struct heap_slot *heap_top(const struct heap *h)
{
	return h->count ? &h->slots[0] : NULL;
}

/* When this timer is due; INSTANT_NEVER when it is not in the heap. */
static inline instant heap_when(const struct heap *h, const struct timer *t)
{
	return t->place ? h->slots[t->place - 1].due : INSTANT_NEVER;
}

/* When the earliest is due; INSTANT_NEVER when there is none. */
static inline instant heap_due(const struct heap *h)
{
	return h->count ? h->slots[0].due : INSTANT_NEVER;
}

#endif
