/* worker.h - a process that stays: lines go in, lines come out, neither ever blocks us.
 *
 * What has not been taken by the process waits here; lines are handed out one by one.
 * Nothing is known of what they say. A worker on its way out takes no more; it is
 * given a time, then TERM, then KILL. */
#ifndef MESHQ_WORKER_H
#define MESHQ_WORKER_H

#include "base/tick.h"
#include "sys/child.h"

#include <poll.h>

enum { WORKER_WATCHED = 4 }; /* descriptors */

struct worker {
	struct child child; /* child.pid is 0 when there is no process */
	struct buf to;      /* lines for it */
	size_t sent;        /* bytes of `to` that have gone */
	struct buf from;    /* what it has written */
	size_t shown;       /* bytes of `from` that were handed out */
	bool leaving;       /* on its way out, of its own will or ours */
	bool told;          /* it has been sent a signal: its group goes with it */
	bool killed;
	int64_t deadline;  /* clock_monotonic() of the next signal; INT64_MAX: none */
	const char *fault; /* what it has done against the protocol, or NULL; for one that is
	                    * on its way out of its own will only when it does not end */
};

/* False: as child_start. `command->feed` is set here. */
bool worker_start(struct worker *w, struct child_command *command, size_t capture, int *code,
                  struct err *e);

static inline bool worker_runs(const struct worker *w)
{
	return w->child.pid != 0;
}

/* Queues a line, its newline included. */
void worker_give(struct worker *w, slice line);
static inline size_t worker_pending(const struct worker *w)
{
	return w->to.n - w->sent;
}
/* Writes what the process can take. One that has closed its stdin is on its way out. */
void worker_write(struct worker *w, span patience);

/* Reads some; the end of its stdout is a way out too. */
void worker_read(struct worker *w, span patience);

/* The next whole line, without LF or CRLF; valid until the next worker_read. */
bool worker_line(struct worker *w, slice *line);

/* What has been read of a line that is not whole. */
static inline slice worker_rest(const struct worker *w)
{
	return (slice){ w->from.p + w->shown, w->from.n - w->shown };
}

/* Forgets what has been read. */
void worker_drop(struct worker *w);

/* On its way out from now on: TERM when the time has passed, KILL the same time later. */
void worker_leave(struct worker *w, span patience);

/* TERM, and KILL after the time; or KILL. */
void worker_tell(struct worker *w, int signal, span patience);

void worker_watch(const struct worker *w, struct pollfd *fds);
/* A deadline that has passed strikes. */
void worker_enforce(struct worker *w, span patience);
/* INT64_MAX: none; else nanoseconds from now. */
int64_t worker_wait(const struct worker *w);

/* The process has ended: drains, reaps; what it wrote can still be taken as lines. Call it
 * before worker_free or the next start. */
void worker_reap(struct worker *w, int *status);
void worker_free(struct worker *w);

#endif
