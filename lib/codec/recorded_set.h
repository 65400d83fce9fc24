/* recorded_set.h - the inside of struct recorded. For recorded*.c only. */
#ifndef MESHQ_RECORDED_SET_H
#define MESHQ_RECORDED_SET_H

#include "codec/recorded.h"
#include "core/names.h"
#include "core/table.h"

/* One attempt, or several that are alike. */
struct recorded_try {
	span took;
	instant ended;
	union {
		span hint;     /* RETRY, hinted: what the handler asked for */
		uint64_t draw; /* RETRY, drawn: the luck that the policy's wait had */
	};
	uint32_t again; /* how many more of the same, before it */
	uint32_t next;  /* the next of its action + 1; 0: the last */
	int16_t exit;   /* or -1 */
	uint8_t signal; /* or 0 */
	uint8_t verdict;
	bool timed_out : 1;
	bool hinted : 1;
	bool drawn : 1;
	bool cut : 1;  /* its end is not known: somebody stopped it */
	bool step : 1; /* it ended in a wait for the next one */
};

/* A hold that was met by an action. */
struct recorded_hold {
	instant at;
	instant until;
	uint32_t rule;
	uint32_t action; /* while reading: its order; then its place in the list */
};

struct recorded {
	const struct policy *policy; /* may be NULL */
	struct told_paths told;
	uint32_t emitted, members, arrival, jobs, pool, state; /* paths */
	struct names kinds, epochs;
	struct table open; /* struct open_action, see recorded.c */
	struct recorded_action *actions;
	uint32_t count, room;
	struct recorded_try *tries;
	uint32_t try_count, try_room;
	struct recorded_hold *holds;
	uint32_t hold_count, hold_room;
	struct recorded_pool {
		uint32_t most, last; /* jobs */
		uint32_t epoch;      /* of the last */
	} pools[RECORDED_POOLS + 1];
	struct buf lines;
	struct buf text; /* a decoded string */
	struct recorded_counts counts;
	bool asserted; /* as the last record of back-pressure has it */

	/* Made by recorded_finish: run times in the order of kinds. */
	span *times;
	uint32_t *times_from; /* by kind; one more for the end */
};

#endif
