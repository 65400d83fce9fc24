/* slots.h - the pools of a simulated run: which slots the model of an action's handler takes.
 *
 * Where a chain says in which pool an action was, it is there again. What else
 * executor.run says of its kind makes a pool for the entry. No process stays and nothing is
 * put together: of a kind that is run by coprocesses as many are worked on at once as there
 * are processes, and of one that is run in batches as many as these have room for. */
#ifndef MESHQ_SLOTS_H
#define MESHQ_SLOTS_H

#include "codec/recorded.h"

struct slots {
	const struct executor_policy *policy;
	uint32_t jobs;     /* where nothing else is said */
	uint32_t recorded; /* pools that a chain tells of */
};

/* Gives the engine its pools; `recorded` may be NULL. */
void slots_open(struct slots *s, const struct recorded *recorded, struct engine *e, instant start);

/* The pool of an action; `again` is how it went before, or NULL. */
uint32_t slots_of(const struct slots *s, slice kind, const struct recorded_action *again);

#endif
