/* batches.h - which actions go to one process together, and when.
 *
 * Pure. What joins is gathered in that order. A batch is due when there are `most`,
 * when the first of them has waited for `wait`, or when nothing more can join; and
 * then a process must be free for it. The driver owns the items:
 *
 *	batches_join(b, item, now);
 *	while ((n = batches_due(b, now, complete)) > 0) {
 *		for (uint32_t i = 0; i < n; i++)
 *			... batches_at(b, i) ...;
 *		batches_start(b, n);
 *	}
 *	... and batches_ended(b) when a process has. */
#ifndef MESHQ_BATCHES_H
#define MESHQ_BATCHES_H

#include "base/tick.h"

struct batches_place;

/* Zeroed but for the first three it is valid. */
struct batches {
	uint32_t most;      /* items a batch, at least 1 */
	uint32_t processes; /* batches that run at once */
	span wait;          /* of the first for more; 0: only what comes at the same instant */

	uint32_t running;
	struct batches_place *places; /* a ring */
	uint32_t room;
	uint32_t first;
	uint32_t count; /* gathered */
};

void batches_free(struct batches *b); /* not the items */

/* The actions that all processes may have together, UINT32_MAX at most. */
uint32_t batches_slots(const struct batches *b);

void batches_join(struct batches *b, void *item, instant now);

/* How many of the first gathered ones start together now; 0: none. `complete`: nothing
 * can join any more before something has ended. */
uint32_t batches_due(const struct batches *b, instant now, bool complete);

/* The ith of those gathered, i < count; 0 is the one that came first. */
void *batches_at(const struct batches *b, uint32_t i);

/* A process has the first n now. */
void batches_start(struct batches *b, uint32_t n);

/* A process has ended. */
void batches_ended(struct batches *b);

/* The first n are gathered no more, and no process has them. */
void batches_drop(struct batches *b, uint32_t n);

/* When a batch is due though nothing joins and nothing ends; INSTANT_NEVER: not
 * before that. */
instant batches_deadline(const struct batches *b);

#endif
