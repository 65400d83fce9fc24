/* measure.h - what a run has come to: counts, waits and levels over time.
 *
 * Fed with what the driver does; it sees every arrival, every effect, and every span of
 * time in which nothing happens. Waits are kept one by one, so that quantiles are
 * exact: 16 bytes for an action that has ended, 24 for one that ran, and up to as much
 * again while the lists grow and are sorted; besides them some 500 bytes a kind and 70
 * a group. */
#ifndef MESHQ_MEASURE_H
#define MESHQ_MEASURE_H

#include "core/engine.h"
#include "core/names.h"
#include "core/table.h"
#include "sim/samples.h"
#include "sim/series.h"

/* What is measured of each action that has ended, but for gated ones, which never wait.
 * One that says that it was emitted after it came counts from when it came. */
enum quantity {
	QUANTITY_WAIT,    /* from its emission to its outcome, without the time of handlers */
	QUANTITY_RUN,     /* the time of handlers, over all attempts; only if there was one */
	QUANTITY_LATENCY, /* from its emission to its outcome */
};

enum { QUANTITIES = QUANTITY_LATENCY + 1 };

/* The same counts for each kind and for all together. */
struct tally {
	char *kind; /* NULL: all; borrowed from the names of the measure */
	uint64_t arrived, dispatched, failed, gated, expired, unfinished;
	uint64_t attempts, retries, deferred;
	struct samples samples[QUANTITIES]; /* of all: empty, the kinds have them */
};

/* What one group of actions got, for Jain's index. */
struct share {
	struct key key;
	uint64_t arrived, dispatched;
	uint64_t waits; /* how many, and their sum in nanoseconds */
	double waited;
};

__extension__ typedef unsigned __int128 measure_integral;

struct measure {
	instant start, now;
	struct tally all;
	struct tally *kinds; /* by number */
	uint32_t kind_count, kind_room;
	struct names names; /* of kinds */
	struct table shares;
	struct series series;

	uint64_t asserts, releases;
	bool asserted;
	span asserted_for;
	uint64_t inside;      /* arrived and not ended */
	uint64_t max_depth;   /* at any moment, as back-pressure sees it */
	uint64_t max_waiting; /* these two: for any time at all */
	uint32_t max_running;
	span max_blocked; /* longest time that an action was kept out: the input stood still */

	/* Integrals over time, in nanoseconds times actions: for means, and for Little's law,
	 * which holds to the nanosecond: the integral of the depth is the sum of the times
	 * that actions spent in the engine. */
	measure_integral depth_time, running_time, jobs_time, stay_time;
};

void measure_init(struct measure *m, instant start);
void measure_free(struct measure *m);

/* The number of a kind, the same for the same name: 0, 1, 2 ... in the order of their
 * first appearance. Pointers into `kinds` hold until the next new kind. */
uint32_t measure_kind(struct measure *m, slice kind);

/* The counts of a kind; NULL: it never came. */
const struct tally *measure_find(const struct measure *m, slice kind);

/* The group of an action where kinds are compared. A table looks at the low bits first. */
static inline struct key measure_kind_group(uint32_t kind)
{
	return (struct key){ .lo = kind };
}

/* An action that was emitted at `emitted` is fed at `now`; `group` is what it is
 * compared by for fairness. */
void measure_arrival(struct measure *m, uint32_t kind, struct key group, instant emitted,
                     instant now);

/* An action that was emitted at `emitted` is still outside, and nothing comes in any more. */
void measure_kept_out(struct measure *m, instant emitted);

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

/* ---- what comes of it ---- */

/* Statistics of a quantity, of the actions of one tally: &m->all or that of a kind.
 * `part` as in samples.h. In nanoseconds; 0 when nothing was measured. */
span measure_quantile(struct measure *m, const struct tally *t, enum quantity q, uint32_t part);
double measure_mean(const struct measure *m, const struct tally *t, enum quantity q);

/* Jain's index over the groups, from 1 / groups to 1: of the part of its actions that
 * each got dispatched, and of the mean waits. 1 when there is nothing to compare. */
double measure_fairness(const struct measure *m);
double measure_wait_fairness(const struct measure *m);

/* Every action that arrived has had one outcome. To ask after the run. */
bool measure_adds_up(const struct measure *m);

/* Little's law holds to the nanosecond. To ask after the run. */
bool measure_balanced(const struct measure *m);

#endif
