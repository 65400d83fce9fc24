/* series.h - a run over time in a bounded number of bins, for pictures.
 *
 * A bin begins as SERIES_FIRST wide; when the run outgrows SERIES_BINS of them, two
 * become one, so memory is fixed and the picture always has enough points. */
#ifndef MESHQ_SERIES_H
#define MESHQ_SERIES_H

#include "base/tick.h"

enum { SERIES_BINS = 600 }; /* at most; even */

#define SERIES_FIRST ((span){ NS_PER_MS })

struct bin {
	uint64_t max_depth;
	uint32_t max_running;
	double depth;    /* integrals over the bin, in seconds times actions */
	double running;  /* without those that run: depth - running wait */
	double asserted; /* seconds */
	uint64_t arrived;
	uint64_t started; /* attempts: what rules let through */
	uint64_t done;    /* dispatched */
	uint64_t failed;  /* failed, gated, expired, unfinished */
};

struct series {
	instant start;
	span width;     /* of a bin */
	uint32_t count; /* bins begun */
	struct bin bins[SERIES_BINS];
};

void series_init(struct series *s, instant start);

/* The bin of an instant, made when it is new; never of one before the last. */
struct bin *series_at(struct series *s, instant t);

/* These levels hold from `from` to `to`. */
struct series_levels {
	uint64_t depth;
	uint32_t running;
	bool asserted;
};
void series_add(struct series *s, const struct series_levels *levels, instant from, instant to);

#endif
