/* schedule.h - the ladder that a policy makes, step by step, for people to see. */
#ifndef MESHQ_SCHEDULE_H
#define MESHQ_SCHEDULE_H

#include "base/buf.h"
#include "core/backoff_set.h"

/* Daemons that are started whenever they may be and crash `every` later, one
 * after the other, each from time 0. */
struct schedule {
	const struct backoff_policy *policy;
	span every;
	uint64_t crashes; /* of each daemon */
	char **daemons;   /* names; NULL ends them; moves on */
	bool table;       /* columns for people, not NDJSON */
	int width;        /* of the names in a table */
	struct rng rng;   /* jitter */
	uint64_t crash;   /* the nth of the daemon at hand; 0: before the first */
	struct backoff tracker;
};

/* The fields up to rng are set by the caller. */
void schedule_begin(struct schedule *s, struct buf *out);

/* Appends the line of one crash; false when all have been shown. */
bool schedule_next(struct schedule *s, struct buf *out);

#endif
