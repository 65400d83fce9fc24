/* figure.h - the named figures of a run: `p99_wait`, `dispatched{kind="x"}` ...
 *
 * A name is one of a table (dispatched, max_depth, utilization), or a statistic of a
 * quantity: min_, mean_, p50_ .. p999_ or max_ before wait, run or latency. Counters
 * and statistics are also there for one kind, in Prometheus' notation. The manual page
 * meshq-sim(1) lists them; the table in figure.c is where they are from. */
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

enum statistic {
	STATISTIC_NONE, /* the figure is one of the table */
	STATISTIC_MIN,
	STATISTIC_MEAN,
	STATISTIC_QUANTILE,
	STATISTIC_MAX,
};

struct figure {
	uint32_t number; /* in the table; of a statistic: the enum quantity */
	enum statistic statistic;
	uint32_t part; /* QUANTILE: of SAMPLES_WHOLE */
	enum figure_unit unit;
	char *kind; /* NULL: of all; owned */
};

/* Reads a name at the front of *text, with blanks before it, and takes it off. False:
 * *text and f are as before; e (STATUS_USAGE) says at which character of *text, and
 * what is known. "p99" may be any two to five digits that do not end in a needless 0:
 * p05, p50, p999 (99.9 %). */
bool figure_read(slice *text, struct figure *f, struct err *e);
void figure_free(struct figure *f);

/* Its value; a quantity of no action at all is 0. A kind that never came has zeros. */
double figure_value(const struct figure *f, struct measure *m);

/* Appends the name as figure_read takes it. */
void figure_name(const struct figure *f, struct buf *out);

/* Appends a value for people, in four digits: "1.25s", "250ms", "3", "0.667", "12.5/s".
 * Counts have all their digits. */
void figure_format(enum figure_unit unit, double value, struct buf *out);

/* The same in so many significant digits, at most 17; trailing zeros are left out. */
void figure_format_digits(enum figure_unit unit, double value, int digits, struct buf *out);

/* The figures of all: those of the table, then the usual statistics of each quantity.
 * False: there is no ith. */
bool figure_nth(uint32_t i, struct figure *f);

/* There is one for each kind, too. */
bool figure_has_kinds(const struct figure *f);

/* The plain names, one after the other, for messages and completion; NULL: no more.
 * Statistics are not among them. */
const char *figure_known(uint32_t i);

#endif
