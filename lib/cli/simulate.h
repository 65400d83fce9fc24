/* simulate.h - one simulated run: the engine, the records and the reports of meshq-exec
 * under a virtual clock, with handlers that are models. */
#ifndef MESHQ_SIMULATE_H
#define MESHQ_SIMULATE_H

#include "cli/report.h"
#include "cli/source.h"
#include "sim/measure.h"

struct simulate {
	/* Set by the caller. */
	struct cli *cli;
	const struct policy *policy;
	const struct scenario *scenario;
	char **operands; /* files with records, NULL at the end; NULL: none, not even stdin */
	const struct recorded *recorded; /* work to do again; NULL: none */
	uint32_t jobs;                   /* where executor.jobs is auto; 0: one */
	uint64_t seed;
	span until;            /* SPAN_MAX: until idle */
	struct report *report; /* open; NULL: only the measure counts */
	struct out *out;       /* its records; NULL: nobody wants them */
	bool stats;            /* a meshq.stats record as the last */

	/* What came of it. */
	struct measure measure;
	int status; /* of the input */
};

/* Reads a scenario, - from the standard input, before cli_load, for which its settings and its
 * preset count then. The text stays the caller's. */
bool simulate_read(struct cli *c, const char *name, struct scenario *scenario, struct buf *text,
                   struct err *e);

/* Runs it to its end. False: it did not begin, or what has come of it contradicts itself; e
 * says so. simulate_free either way. */
bool simulate_run(struct simulate *s, struct err *e);
void simulate_free(struct simulate *s);

#endif
