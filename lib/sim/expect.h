/* expect.h - expectations of a run: "p99_wait < 2s", "max_wait{kind=\"x\"} <= 1m".
 *
 * FIGURE OP VALUE, with blanks wherever you like between them. OP is < <= == != >= or >;
 * a single = is == as well. VALUE is in the unit of the figure: a number, a part as
 * 0.8 or 80%, a rate as 12 or 12/s, a time as in dur.h with its unit. */
#ifndef MESHQ_EXPECT_H
#define MESHQ_EXPECT_H

#include "sim/figure.h"

enum expect_op {
	EXPECT_LESS,
	EXPECT_AT_MOST,
	EXPECT_EQUAL,
	EXPECT_NOT_EQUAL,
	EXPECT_AT_LEAST,
	EXPECT_MORE,
};

struct expect {
	struct figure figure;
	enum expect_op op;
	double bound; /* in the figure's unit: times in nanoseconds */
	char *text;   /* as written, without blanks around it; owned */
};

/* What came of one in a run; borrowed. */
struct expect_result {
	const struct expect *expect;
	double value;
	bool met;
};

/* False: e (STATUS_USAGE) says at which character, and what was expected there. A time
 * needs a unit, unless it is 0; "10%" is 0.1. */
bool expect_read(slice text, struct expect *x, struct err *e);
void expect_free(struct expect *x);

/* Whether it is met; *value is what the figure is. Times are compared to the
 * nanosecond, up to 2^53 of them. */
bool expect_met(const struct expect *x, struct measure *m, double *value);

bool expect_op_holds(enum expect_op op, double value, double bound);

/* Appends a value of the figure for people, in as many digits as it takes to tell it
 * from the bound. */
void expect_format(const struct expect *x, double value, struct buf *out);

#endif
