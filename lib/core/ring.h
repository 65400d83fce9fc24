/* ring.h - the last N items, oldest first, in an array of pointers.
 *
 * Pushing into a full ring hands the oldest item back to the caller, who owns
 * the items, and counts it as evicted. The array grows with its contents, so a
 * generous N costs nothing until it is used. */
#ifndef MESHQ_RING_H
#define MESHQ_RING_H

#include <stdint.h>

struct ring {
	void **items;
	uint32_t room; /* N; a ring of 0 keeps nothing and hands every item back */
	uint32_t size; /* of the array, at most N */
	uint32_t first;
	uint32_t count;
	uint64_t evicted;
};

void ring_init(struct ring *r, uint32_t room);
void ring_free(struct ring *r);                  /* not the items */
void *ring_push(struct ring *r, void *item);     /* the evicted item, or NULL */
void *ring_at(const struct ring *r, uint32_t i); /* 0 is the oldest; i < count */

#endif
