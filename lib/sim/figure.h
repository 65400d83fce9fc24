/* figure.h - the named figures of a run: `p99_wait`, `dispatched{kind="x"}` ...
 *
 * A name is a counter (dispatched), a level (max_depth, mean_running), or a statistic of
 * a quantity: min_, mean_, p50_ .. p99_, p999_ or max_ before wait, run or latency.
 * Counters and statistics are also there for one kind, in Prometheus' notation. The
 * manual page meshq-sim(1) lists them; one table in figure.c is where they are from. */
#ifndef MESHQ_FIGURE_H
#define MESHQ_FIGURE_H

#include "base/buf.h"
#include "base/err.h"
#include "sim/measure.h"

enum figure_unit {
	FIGURE_COUNT, /* a whole number */
	FIGURE_TIME,  /* nanoseconds */
	FIGURE_PER_S, /* a second */
	FIGURE_LEVEL, /* a mean of a count */
	FIGURE_PART,  /* 0 .. 1 */
};

struct figure {
	int number;      /* in the table; statistics: of the quantity */
	double quantile; /* of a statistic: p99 is 0.99; else see figure.c */
	int statistic;   /* 0: it is none */
	enum figure_unit unit;
	char *kind; /* NULL: of all; owned */
};

/* Reads a name at the front of *text and takes it off. False: e says what is known. */
bool figure_read(slice *text, struct figure *f, struct err *e);
void figure_free(struct figure *f);

/* Its value; a quantity of no action at all is 0. A kind that never came has zeros. */
double figure_value(const struct figure *f, struct measure *m);

/* Appends the name as figure_read takes it. */
void figure_name(const struct figure *f, struct buf *out);

/* Appends a value for people: "1.25s", "250ms", "3", "0.667". */
void figure_format(enum figure_unit unit, double value, struct buf *out);

/* The plain names, one after the other, for messages and completion; NULL: no more.
 * Statistics are not among them. */
const char *figure_known(uint32_t i);

#endif
