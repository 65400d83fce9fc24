/* metrics.h - the state of a running executor as text for Prometheus and its kin.
 *
 * The form is the text format 0.0.4 of Prometheus, which node_exporter's textfile
 * collector and promtool read, with the lines # UNIT and # EOF of OpenMetrics 1.0, which
 * are comments there. Gauges and histograms are the same in both. Counters are not: 0.0.4
 * wants their whole name, with _total, on the line # TYPE, and OpenMetrics wants it
 * without. Here it is with _total. Times are in seconds.
 *
 * Memory is bounded: the first METRICS_KINDS kinds have rows of their own, all others
 * share one, and a histogram is a fixed set of buckets. */
#ifndef MESHQ_METRICS_H
#define MESHQ_METRICS_H

#include "base/buf.h"
#include "core/engine.h"
#include "core/table.h"

enum {
	METRICS_KINDS = 100,
	METRICS_KIND_BYTES = 100, /* a longer name has no row of its own, nor has one with a NUL */
	METRICS_BOUNDS = 18,
	METRICS_HEAD = 16,
	METRICS_OUTCOMES = OUTCOME_UNFINISHED + 1,
};

struct metrics_histogram {
	uint64_t buckets[METRICS_BOUNDS + 1]; /* the last: above every bound */
	double sum;                           /* nanoseconds */
};

struct metrics_row {
	char *kind; /* owned */
	size_t kind_size;
	uint64_t outcomes[METRICS_OUTCOMES];
	struct metrics_histogram wait; /* what outcomes call queued_ms; gated actions have none */
	struct metrics_histogram run;  /* run_ms; of those that were given to a handler */
};

struct metrics {
	struct hash_seed seed;
	struct table numbers; /* of rows, by kind */
	struct metrics_row rows[METRICS_KINDS + 1];
	uint32_t count; /* the row METRICS_KINDS, of all other kinds, is not counted */
};

/* What is counted elsewhere, and the levels of this moment. */
struct metrics_state {
	const struct engine_stats *engine;
	uint64_t rejected, passed, controls, skipped, restored, spooled;
	uint64_t chain_append_failures, failures_append_failures;
	uint64_t depth; /* as engine_depth: read ahead, waiting, running */
	uint32_t running, jobs;
	bool asserted;
	double level; /* of back-pressure: 0 to 1 */
};

/* Kinds come from the input: with a secret seed nobody can make them collide. */
void metrics_init(struct metrics *m, struct hash_seed seed);
void metrics_free(struct metrics *m);

/* EFFECT_OUTCOME of an action of this kind; every other effect changes nothing. */
void metrics_effect(struct metrics *m, const struct effect *f, slice kind);

/* Whether a text begins as one of metrics_text; its first METRICS_HEAD bytes will do. */
bool metrics_begins(slice text);

/* Appends all of it. */
void metrics_text(const struct metrics *m, const struct metrics_state *s, struct buf *out);

#endif
