/* metrics_file.h - the file of --metrics: written at the start, once a second while the
 * executor waits for something, and at the end. A reader finds a whole one at any time. */
#ifndef MESHQ_METRICS_FILE_H
#define MESHQ_METRICS_FILE_H

#include "cli/report.h"
#include "codec/metrics.h"
#include "sys/clock.h"

struct metrics_file {
	/* Set by the caller; engine and intake are borrowed. */
	const char *path; /* NULL: nobody wants it, and nothing below does anything */
	const struct report *report;
	const struct intake *intake;
	const struct engine *engine;

	bool open;
	struct metrics metrics; /* fed by the report */
	struct clock clock;     /* real, whatever the clock of the records is */
	instant due;
	struct buf text;
	int status; /* STATUS_IO when writing has failed: told once, and tried again */
};

/* Writes it for the first time: that it cannot be made is known before the work. A file
 * that has anything but metrics of ours in it is refused. */
bool metrics_file_open(struct metrics_file *f, struct err *e);

/* Writes it if a second has passed; the time until that will be so again. */
span metrics_file_look(struct metrics_file *f);

/* Writes it for the last time, if it was opened; returns the status. */
int metrics_file_close(struct metrics_file *f);

#endif
