/* supervise_events.h - where the records of a supervisor go: a file, a pipe, standard output,
 * nowhere. Nothing here waits for a reader. */
#ifndef MESHQ_SUPERVISE_EVENTS_H
#define MESHQ_SUPERVISE_EVENTS_H

#include "cli/cli.h"
#include "sys/log.h"
#include "sys/out.h"

#include <poll.h>

struct supervise_events {
	struct cli *cli;
	const char *where;
	struct out *out; /* standard output, of which somebody else is the owner; or NULL */
	struct log log;  /* a file */
	struct out pipe; /* anything else that has a name */
	bool piped;
	bool failed; /* said once */
	int status;
};

/* `where`: the name of a file, "-" for `out`, or NULL for nowhere. A named pipe is waited for until
 * it has a reader. */
bool supervise_events_open(struct supervise_events *v, struct cli *cli, const char *where,
                           struct out *out, struct err *e);

/* Takes all of the records out of `told`. What cannot be written does not stop the daemons: it is
 * said once; a file is tried again with the next record. */
void supervise_events_write(struct supervise_events *v, struct buf *told);

/* To be polled while something waits; after poll; and whether nothing waits any more. */
struct pollfd supervise_events_watch(const struct supervise_events *v);
void supervise_events_serve(struct supervise_events *v, const struct pollfd *fd);
bool supervise_events_are_written(const struct supervise_events *v);

/* v->status has what became of it all. What still waits is lost. */
void supervise_events_close(struct supervise_events *v);

#endif
