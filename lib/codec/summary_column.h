/* summary_column.h - the columns of a table of kinds, for every form that it has. */
#ifndef MESHQ_SUMMARY_COLUMN_H
#define MESHQ_SUMMARY_COLUMN_H

#include "sim/measure.h"

/* A count of a tally. */
struct summary_count {
	const char *title;
	size_t offset; /* in struct tally */
};

/* A quantile of the waits; `part` as in sim/samples.h. */
struct summary_wait {
	const char *title;
	uint32_t part;
};

enum {
	SUMMARY_COUNTS = 8,
	SUMMARY_ENDS = 6, /* of them: how many came, and how they ended */
	SUMMARY_WAITS = 4,
};

extern const struct summary_count summary_counts[SUMMARY_COUNTS];
extern const struct summary_wait summary_waits[SUMMARY_WAITS];

/* The ith count of a tally. */
uint64_t summary_count_of(const struct tally *t, uint32_t i);

#endif
