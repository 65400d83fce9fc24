/* lane.h - lanes: of all that have the same key one at a time goes on, in order of arrival;
 * the others follow it.
 *
 * Memory is that of the lanes that somebody has now, and a place in a heap for each who
 * follows. */
#ifndef MESHQ_LANE_H
#define MESHQ_LANE_H

#include "base/hash.h"
#include "core/heap.h"
#include "core/table.h"

struct lanes {
	struct table lanes; /* those that somebody has */
};

void lanes_init(struct lanes *l);
void lanes_free(struct lanes *l);

/* The caller has the lane from now on. False: somebody else has it. */
bool lanes_take(struct lanes *l, struct key k);

/* Follows the one who has it. */
void lanes_join(struct lanes *l, struct key k, struct timer *follower, uint64_t arrival);

/* A follower waits no longer. */
void lanes_quit(struct lanes *l, struct key k, struct timer *follower);

/* Who had it gives it up. The first of the followers has it now, and is no follower any
 * more; NULL: there is none, and the lane is gone. */
struct timer *lanes_pass(struct lanes *l, struct key k);

#endif
