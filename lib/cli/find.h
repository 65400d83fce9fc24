/* find.h - the least or the greatest value of a setting with which expectations hold, by
 * bisection: "min executor.jobs such that p99_wait<2s and failed==0".
 *
 * It takes for granted that what holds for a value holds for all greater (min) or smaller
 * ones (max), and says what it has seen on both sides of the border. Only when max finds that
 * the first value is no good, it tries the last. */
#ifndef MESHQ_FIND_H
#define MESHQ_FIND_H

#include "cli/expectations.h"
#include "cli/variable.h"
#include "cli/variant.h"

struct find {
	/* Set by the caller. */
	struct variants variants;
	const char *text; /* "min|max PATH [in RANGE] such that EXPR [and EXPR]..." */
	bool json;
	struct out *out;

	bool greatest;
	bool open; /* no range was given */
	struct variable variable;
	struct expectations expectations;
	bool found;
	int status; /* of the runs' input */
};

/* Searches, and writes what it has found. False: e says what is wrong with the text or
 * with a value. find_free either way. */
bool find_run(struct find *f, struct err *e);
void find_free(struct find *f);

#endif
