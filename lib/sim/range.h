/* range.h - the values that a setting is tried with: "5..50:5", "100ms..1s:50ms",
 * "fair,reference".
 *
 * A range has whole numbers, numbers with up to six decimals, or durations; a step that
 * is not given is 1, or a millisecond. A list has any texts. */
#ifndef MESHQ_RANGE_H
#define MESHQ_RANGE_H

#include "base/buf.h"
#include "base/err.h"

enum range_type {
	RANGE_NUMBERS, /* in millionths */
	RANGE_TIMES,   /* in nanoseconds */
	RANGE_LIST,
};

struct range {
	enum range_type type;
	int64_t least, most, step; /* step at least 1; most is reached or not */
	char **items;              /* LIST; owned */
	uint64_t count;            /* of values */
};

/* False: e says what was expected. */
bool range_read(slice text, struct range *r, struct err *e);
void range_free(struct range *r);

/* Appends the ith value, from 0, as a setting takes it. */
void range_add(const struct range *r, uint64_t i, struct buf *out);

#endif
