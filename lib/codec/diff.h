/* diff.h - the figures of several runs side by side, and what has changed.
 *
 * Pure. In records a time is in milliseconds and the name of its figure says so, as in
 * codec/summary.h. */
#ifndef MESHQ_DIFF_H
#define MESHQ_DIFF_H

#include "base/buf.h"
#include "sim/measure.h"

/* What a run cannot tell. */
enum diff_unknown {
	DIFF_EDGES = 1U << 0, /* of back-pressure */
	DIFF_JOBS = 1U << 1,  /* how many there might have been */
};

struct diff_column {
	const char *title; /* for people */
	const char *name;  /* in records */
	struct measure *measure;
	unsigned unknown; /* flags of enum diff_unknown */
};

/* Append a table, or a record for each figure. Changes are those from the column before the
 * last to the last. At least two columns. */
void diff_text(const struct diff_column *columns, uint32_t count, struct buf *out);
void diff_records(const struct diff_column *columns, uint32_t count, struct buf *out);

#endif
