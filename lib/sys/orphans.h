/* orphans.h - processes that became our children because their parents died.
 *
 * A supervisor adopts what its daemons leave behind, wherever in the tree below it that is, so
 * that nothing runs unseen and none stays a zombie. Children that we had before (a shell's
 * process substitution becomes a child of the command it is for) are reaped, but never killed. */
#ifndef MESHQ_ORPHANS_H
#define MESHQ_ORPHANS_H

#include "base/err.h"
#include "base/tick.h"

#include <poll.h>
#include <stdint.h>
#include <sys/types.h>

struct orphans {
	/* Set by the caller: whether this is the pid of a child whose status somebody else
	 * waits for. */
	bool (*is_ours)(void *user, pid_t pid);
	void *user;

	/* Its own. */
	int children; /* signalfd of SIGCHLD */
	bool scans;   /* as where /proc has no lists of children */
	pid_t *before;
	uint32_t before_count;
};

/* We adopt from now on. SIGCHLD is blocked; call child_prepare first. Before the first daemon is
 * started. */
bool orphans_open(struct orphans *o, struct err *e);

/* To be polled beside the daemons: it wakes the driver when any child has ended. */
struct pollfd orphans_watch(const struct orphans *o);

/* After the daemons have been served, in every turn (whatever poll said): reaps what is not ours.
 * Should one of ours have ended meanwhile, the rest is for the next turn, which comes at once. */
void orphans_serve(struct orphans *o);

/* At the end, when no daemon runs: kills and reaps all that is still below us, but for the
 * children of before and theirs. False: after so much real time something is left that cannot be
 * killed, or does not die. */
bool orphans_end(struct orphans *o, span patience);

/* SIGCHLD is no longer blocked. */
void orphans_close(struct orphans *o);

#endif
