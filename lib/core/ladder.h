/* ladder.h - waits that grow: each window is so many times the last one, up to a
 * most, and chance may take a part off. Restarts of daemons (backoff.h) and retries
 * of actions (retry.h) climb the same one. Pure; every sum saturates. */
#ifndef MESHQ_LADDER_H
#define MESHQ_LADDER_H

#include "base/tick.h"

#include <stdint.h>

struct ladder {
	span initial; /* the first window */
	float factor; /* single precision, as the reference has it */
	span max;     /* no window after the first is longer */
	float jitter; /* 0 none .. 1 full: the part of a window that chance may take off */
};

/* The window after this one. */
span ladder_next(const struct ladder *l, span window);

/* The wait less what chance takes off: nothing without jitter. `draw` is any 64 random
 * bits; with jitter 1 the result is uniform from 0 to the wait. */
span ladder_jittered(const struct ladder *l, span wait, uint64_t draw);

#endif
