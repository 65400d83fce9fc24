/* schedule.h - the ladder that a policy makes, step by step, for people to see. */
#ifndef MESHQ_SCHEDULE_H
#define MESHQ_SCHEDULE_H

#include "base/buf.h"
#include "core/backoff_set.h"

/* One daemon that is started whenever it may be and crashes `every` later. */
struct schedule {
	const struct backoff_policy *policy;
	uint64_t crashes; /* how many of them */
	span every;
	uint64_t seed; /* jitter */
	char **daemons;
};

/* Appends a line a crash, from time 0: NDJSON, or a table for people. */
void schedule_add(const struct schedule *s, bool table, struct buf *out);

#endif
