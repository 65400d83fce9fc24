/* sweep.h - the same scenario under every combination of some settings' values. */
#ifndef MESHQ_SWEEP_H
#define MESHQ_SWEEP_H

#include "cli/expectations.h"
#include "cli/variable.h"
#include "cli/variant.h"

enum sweep_form {
	SWEEP_TABLE,  /* a line for each combination, with the means of its runs */
	SWEEP_CSV,    /* a line for each run, below a line of names */
	SWEEP_RECORDS /* a record for each run */
};

struct sweep {
	/* Set by the caller. */
	struct variants variants;
	const struct opt_list *grid;   /* PATH=VALUES each */
	const char *figures;           /* names with commas between; NULL: the usual ones */
	struct expectations *expected; /* checked in every run */
	enum sweep_form form;
	struct out *out;

	struct variable *axes;
	uint32_t axis_count;
	struct buf *sets; /* of the combination at hand, one an axis */
	const char **texts;
	struct figure *columns;
	uint32_t column_count;
	int status; /* of the runs' input */
	bool met;   /* every expectation in every run */
};

/* Runs all of it and writes what comes of it. False: e says which setting or figure is
 * wrong. sweep_free either way. */
bool sweep_run(struct sweep *s, struct err *e);
void sweep_free(struct sweep *s);

#endif
