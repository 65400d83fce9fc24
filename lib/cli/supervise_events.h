/* supervise_events.h - where the records of a supervisor go: a file, standard output, nowhere. */
#ifndef MESHQ_SUPERVISE_EVENTS_H
#define MESHQ_SUPERVISE_EVENTS_H

#include "cli/cli.h"
#include "sys/log.h"
#include "sys/out.h"

struct supervise_events {
	struct cli *cli;
	struct out *out; /* standard output, of which somebody else is the owner; or NULL */
	struct log log;
	bool failed; /* said once */
	int status;
};

/* `where`: the name of a file, "-" for `out`, or NULL for nowhere. */
bool supervise_events_open(struct supervise_events *v, struct cli *cli, const char *where,
                           struct out *out, struct err *e);

/* Takes all of the records out of `told`. A file that cannot be written does not stop the
 * daemons: it is said once, and tried again with the next record. */
void supervise_events_write(struct supervise_events *v, struct buf *told);

/* v->status has what became of it all. */
void supervise_events_close(struct supervise_events *v);

#endif
