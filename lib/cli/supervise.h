/* supervise.h - daemons kept running: the loop around core/supervisor, with processes, time,
 * signals and what is told.
 *
 * What else takes part (commands from outside, back-pressure) is a struct supervise_part: it has
 * descriptors in the poll set, hears of what happens, and asks for changes by supervise_want and
 * supervise_restart. */
#ifndef MESHQ_SUPERVISE_H
#define MESHQ_SUPERVISE_H

#include "cli/label.h"
#include "cli/supervise_daemon.h"
#include "cli/supervise_events.h"
#include "cli/supervise_input.h"
#include "cli/trackers.h"
#include "core/relay.h"
#include "core/supervisor.h"
#include "sys/orphans.h"

/* Any function may be NULL. */
struct supervise_part {
	void *user;
	/* Descriptors for the poll set: how many; fill them in; after poll, the same ones. */
	uint32_t (*watched)(void *user);
	void (*watch)(void *user, struct pollfd *fds);
	void (*serve)(void *user, const struct pollfd *fds);
	/* Something has happened to a daemon: after STARTED and READY its process is there. */
	void (*happened)(void *user, uint32_t daemon, enum supervisor_event event);
	/* Everything that could happen now has: called before the first start and before each
	 * wait. */
	void (*rest)(void *user);
	/* In how many ms of real time `rest` is wanted again though nothing happens; -1: not. */
	int (*patience)(void *user);
	/* A record: *ours says whether it was for this part, and goes no further. False: it was,
	 * and is wrong, as control_read (codec/control.h) says it. Paths are added to
	 * s->input.reader before the loop. */
	bool (*take)(void *user, enum relay_source source, const struct record *r, bool *ours,
	             const char **at, const char **what);
	/* The input is over. */
	void (*over)(void *user);
};

enum { SUPERVISE_PARTS = 4 };

struct supervise {
	/* Set by the caller before supervise_open; borrowed. */
	struct cli *cli;
	struct clock *clock;
	struct trackers *trackers;
	const char *key;    /* member of records that names the daemon */
	const char *events; /* a file that they are appended to; "-": stdout; NULL: none */
	bool label;         /* output lines get the name of their daemon */
	bool once;          /* one daemon, one run, which decides the status */
	bool limited;       /* `limit` is set */
	span limit;         /* stop after this long */

	/* To be read. */
	struct supervisor supervisor;
	struct supervise_daemon *daemons; /* numbered as in the supervisor */
	uint32_t count;
	instant now;

	/* Its own. */
	struct supervise_events output;
	struct supervise_input input;
	struct supervise_part parts[SUPERVISE_PARTS];
	uint32_t part_fds[SUPERVISE_PARTS]; /* that are in the poll set now */
	uint32_t part_count;
	struct label labels;
	struct orphans orphans;
	struct buf told;     /* records that are not committed yet */
	sigset_t ignored;    /* child_prepare's */
	struct rlimit files; /* for daemons: from child_room */
	int signals;
	int stops;     /* signals that told us to end */
	int died_of;   /* the first of them: die of it at the end; 0 */
	bool stopping; /* nothing is to run any more */
	bool cored;    /* what we die of has left its core already */
	int unwritten; /* errno of our output that was noticed, or 0 */
	int status;
	instant end;        /* of `limit` */
	int64_t stood;      /* record clock: since when, CLOCK_MONOTONIC, time has stood still */
	instant stopped;    /* record clock: when we were told to end ... */
	struct clock since; /* ... and the real time since then */
	struct pollfd *fds;
	uint32_t fds_room;
};

/* ---- before the loop ---- */

/* One more daemon; name and policy are borrowed. */
void supervise_add(struct supervise *s, const char *name, const struct daemon_policy *policy);

/* A part, which is copied. */
void supervise_attach(struct supervise *s, const struct supervise_part *part);

/* Finds the commands, opens what is written to, reads the state. False: nothing runs; e has the
 * status (126, 127: a command cannot be executed, or found). */
bool supervise_open(struct supervise *s, struct err *e);

/* ---- the loop ---- */

/* Until all are down for good, or we are told to end. Returns the status of main; when s->died_of
 * is set: die of that signal instead, after supervise_close. */
int supervise_run(struct supervise *s);

void supervise_close(struct supervise *s);

/* ---- for the parts ---- */

/* The number of the daemon of this name (not JSON); false: there is none. */
bool supervise_find(const struct supervise *s, slice name, uint32_t *number);

/* As supervisor_want and supervisor_restart, in a transaction. */
void supervise_want(struct supervise *s, uint32_t i, bool up);
void supervise_restart(struct supervise *s, uint32_t i);

/* Offers a record to the parts that take any; the result is theirs. */
bool supervise_take(struct supervise *s, enum relay_source source, const struct record *r,
                    bool *ours, const char **at, const char **what);

/* The tracker of a daemon; NULL: nothing is known of it. */
const struct backoff *supervise_tracker(const struct supervise *s, uint32_t i);

#endif
