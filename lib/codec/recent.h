/* recent.h - how much is done in a second, of late: what was before counts less and less,
 * half of it after some five seconds. Pure: time is an argument. */
#ifndef MESHQ_RECENT_H
#define MESHQ_RECENT_H

#include "base/tick.h"

#include <stdbool.h>
#include <stdint.h>

/* Zeroed it knows nothing. */
struct recent {
	bool begun;
	instant at;
	uint64_t count;
	double sum;     /* of what has come, less what is forgotten */
	double seconds; /* likewise */
};

/* At this time it was so many in all. Times do not go back, counts do not fall. */
void recent_update(struct recent *r, instant at, uint64_t count);

/* False: no time has gone by yet. */
bool recent_rate(const struct recent *r, double *rate);

#endif
