/* progress.h - the status line of meshq-exec: on a terminal, for somebody who waits.
 *
 * It is drawn a few times a second and taken away for every message and at the end. What it
 * says is codec/status_line's. It never makes the work wait. */
#ifndef MESHQ_PROGRESS_H
#define MESHQ_PROGRESS_H

#include "cli/input.h"
#include "codec/recent.h"
#include "codec/status_line.h"
#include "core/engine.h"
#include "sys/clock.h"

struct progress {
	/* Set by the caller; engine, policy and input are borrowed. */
	struct cli *cli;
	const struct engine *engine;
	const struct input *input;
	bool told_elsewhere; /* what is done comes out on a terminal anyway */

	bool wanted;
	bool shown;
	bool utf8;
	uint64_t size; /* of all input files; 0: nobody knows */
	struct clock clock;
	instant due;
	struct recent recent;
	struct buf line;
	struct buf last; /* what is shown */
};

/* After input_start has been called with the files. Whether it is wanted: on a terminal that
 * is not dumb, without -q, with a real clock. */
void progress_open(struct progress *p, char **files);

/* Draws it if it is time; how long until that will be so again. SPAN_MAX when it is not
 * wanted. */
span progress_look(struct progress *p);

/* Takes it away. */
void progress_close(struct progress *p);

#endif
