/* expect.h - expectations of a run: "p99_wait < 2s", "max_wait{kind=\"x\"} <= 1m". */
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

/* False: e says at which character, and what was expected there. A time needs a unit,
 * unless it is 0; "10%" is 0.1. */
bool expect_read(slice text, struct expect *x, struct err *e);
void expect_free(struct expect *x);

/* Whether it is met; *value is what the figure is. */
bool expect_met(const struct expect *x, struct measure *m, double *value);

#endif
