/* show.h - a simulated run to be looked at: --plot and --report. */
#ifndef MESHQ_SHOW_H
#define MESHQ_SHOW_H

#include "cli/expectations.h"
#include "cli/picture.h"
#include "cli/simulate.h"

struct show {
	/* Set by the caller. */
	const struct cli *cli;
	const char *plot;   /* file of a picture; NULL: none */
	const char *report; /* file of a page; NULL: none */

	enum plot_format format;
	struct buf gnuplot; /* its path; empty: it is not there */
	struct err missing; /* why */
};

/* Before the run: the format, gnuplot, and whether the files can be made. */
bool show_open(struct show *s, struct err *e);
void show_free(struct show *s);

/* After the run. Returns the status that it deserves; what is wrong has been told. */
int show_write(struct show *s, const char *scenario, slice text, struct simulate *run,
               const struct expectations *expectations);

#endif
