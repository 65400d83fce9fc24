/* measure.h - what a run has come to: counts, waits and levels over time.
 *
 * Fed with what the driver does; it sees every arrival, every effect, and every span of
 * time in which nothing happens. Waits are kept one by one, so that quantiles are
 * exact: 24 bytes an action. */
#ifndef MESHQ_MEASURE_H
#define MESHQ_MEASURE_H

#include "core/engine.h"
#include "core/table.h"
#include "sim/series.h"

/* What is measured of each action that has ended, but for gated ones, which never wait. */
enum quantity {
	QUANTITY_WAIT,    /* from its emission to its outcome, without the time of handlers */
	QUANTITY_RUN,     /* the time of handlers, over all attempts; only if there was one */
	QUANTITY_LATENCY, /* from its emission to its outcome */
};

enum { QUANTITIES = QUANTITY_LATENCY + 1 };

/* Growing samples; sorted when a quantile is asked for. */
struct samples {
	int64_t *ns;
	size_t count, room;
	bool sorted;
	double sum;
};

/* The same counts for each kind and for all together. */
struct tally {
	char *kind; /* NULL: all */
	uint64_t arrived, dispatched, failed, gated, expired, unfinished;
	uint64_t attempts, retries, deferred;
	struct samples samples[QUANTITIES];
};

/* What one group of actions got, for Jain's index. */
struct share {
	struct key key;
	uint64_t arrived, dispatched;
};

struct measure {
	instant start, now;
	struct tally all;
	struct tally *kinds; /* by number */
	uint32_t kind_count;
	struct table shares;
	struct series series;

	uint64_t asserts, releases;
	bool asserted;
	span asserted_for;
	uint64_t max_depth, max_waiting;
	uint32_t max_running;
	span max_blocked; /* longest time that an action was kept out: the input stood still */

	/* Integrals over time, in nanoseconds times actions: for means, and for Little's law,
	 * which holds to the nanosecond: the integral of the depth is the sum of the times
	 * that actions spent in the engine. */
	__extension__ unsigned __int128 depth_time, running_time, jobs_time, stay_time;
};

void measure_init(struct measure *m, instant start);
void measure_free(struct measure *m);

/* The number of a kind, the same for the same name: 0, 1, 2 ... */
uint32_t measure_kind(struct measure *m, slice kind);

/* An action that was emitted at `emitted` is fed at `now`; `group` is what it is
 * compared by for fairness. */
void measure_arrival(struct measure *m, uint32_t kind, struct key group, instant emitted,
                     instant now);

/* Any effect. The last three are those of its action, if it has one. */
void measure_effect(struct measure *m, const struct effect *f, uint32_t kind, struct key group,
                    instant emitted);

/* Nothing happens until `to`, and these are the levels until then. */
struct levels {
	uint64_t depth;
	uint32_t running;
	uint32_t jobs;
};
void measure_elapse(struct measure *m, const struct levels *levels, instant to);

/* The quantile of sorted samples by the nearest rank (q in 0 .. 1); 0 when there are
 * none. Sorts them. */
span samples_quantile(struct samples *s, double q);

#endif
