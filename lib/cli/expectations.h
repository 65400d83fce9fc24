/* expectations.h - what a run was expected to come to, and whether it did. */
#ifndef MESHQ_EXPECTATIONS_H
#define MESHQ_EXPECTATIONS_H

#include "cli/simulate.h"
#include "sim/expect.h"

struct expectations {
	struct expect *list;
	struct expect_result *results; /* of the last check */
	uint32_t count;
};

/* Reads one more. False: e says what is wrong with it. */
bool expectations_add(struct expectations *x, const char *text, struct err *e);
void expectations_free(struct expectations *x);

/* Checks all; true: every one is met. */
bool expectations_check(struct expectations *x, struct measure *m);

/* Notes what was met or not only because a kind never came, as one that is misspelt. */
void expectations_doubt(const struct expectations *x, const struct cli *c, const struct measure *m);

/* Appends a line for each: "pass  p99_wait<2s  1.25s". */
void expectations_print(const struct expectations *x, struct buf *out);

/* Puts them as JUnit XML into the file, under the name of the scenario, with `text` below
 * them. */
bool expectations_junit(const struct expectations *x, const char *path, const char *name,
                        const struct simulate *run, slice text, struct err *e);

#endif
