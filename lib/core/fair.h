/* fair.h - fair lines: who waits for which key of which rule, first come first
 * served.
 *
 * A line is ordered by arrival, not by the time of joining: an action that comes
 * back (a retry, or from another rule's line) takes the place that its arrival
 * earns. The engine decides when a line is woken; this only keeps it. */
#ifndef MESHQ_FAIR_H
#define MESHQ_FAIR_H

#include "base/hash.h"
#include "core/heap.h"
#include "core/table.h"

struct line {
	uint32_t rule;
	struct key key;
	struct heap members; /* ordered by arrival alone */
	struct timer wake;   /* when to try its first member */
};

struct fair {
	struct table *rules; /* one table of lines a rule */
	uint32_t count;
};

void fair_init(struct fair *f, uint32_t rules);
void fair_free(struct fair *f);

/* The line of the key, or NULL when nobody waits there. */
struct line *fair_find(const struct fair *f, uint32_t rule, struct key k);

/* Puts the timer of a member into the line, which is made when there is none. */
struct line *fair_join(struct fair *f, uint32_t rule, struct key k, struct timer *member,
                       uint64_t arrival);

/* Takes a member out. True: it was the last and the line is gone; `line` dangles,
 * so its wake timer must not be in a heap when the last member leaves. */
bool fair_leave(struct fair *f, struct line *line, struct timer *member);

#endif
