/* governor_option.h - the options of governor.h: how they are written and what they come to. */
#ifndef MESHQ_GOVERNOR_OPTION_H
#define MESHQ_GOVERNOR_OPTION_H

#include "cli/jobs_file.h"
#include "cli/opt.h"
#include "core/throttle.h"

struct governor_option {
	const char *jobs; /* as it was given: a number, or the name of a file; NULL: not */
	struct throttle_policy limits;
};

/* For jobs, whose value is the text and whose setting the number, unless it is a file's ... */
extern const struct opt_form governor_option_jobs;
/* ... and for the limits. */
extern const struct opt_form governor_option_load, governor_option_free, governor_option_pressure;

/* The jobs that were asked for: *jobs stays when none were, and *file is true when they
 * are in the file that was opened as `from`. */
bool governor_option_settle(const struct governor_option *o, struct jobs_file *from, bool *file,
                            uint32_t *jobs, struct err *e);

/* What counts on the machine and on time: "--max-load", or a -j that is more than a number.
 * NULL: nothing. */
const char *governor_option_bound(const struct governor_option *o);

#endif
