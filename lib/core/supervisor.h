/* supervisor.h - daemons that are to run: when each is started, told to end, killed, given up.
 *
 * Pure: time is an argument, chance is in the backoff_set. The driver tells what happens to the
 * processes, polls effects until there is none, and comes back at the deadline at the latest:
 *
 *	while (!supervisor_idle(s)) {
 *		while (supervisor_poll(s, now, &effect))
 *			perform(&effect);
 *		wait for an end, a ready daemon or a command, until supervisor_deadline(s) at most;
 *	}
 *
 * Whether a daemon may be started is asked of its tracker (backoff.h), which lives in a set that
 * others may change between two calls: it is found by key each time. */
#ifndef MESHQ_SUPERVISOR_H
#define MESHQ_SUPERVISOR_H

#include "core/backoff_set.h"

enum supervised_state {
	SUPERVISED_DOWN,     /* nothing runs, and nothing will without a command */
	SUPERVISED_WAITING,  /* it is wanted, and starts when its hold ends */
	SUPERVISED_STARTING, /* it runs, and has not said that it is ready */
	SUPERVISED_UP,
	SUPERVISED_STOPPING, /* it was told to end */
};

/* Why one is down. */
enum supervised_rest {
	REST_STOPPED,  /* it was told to, or has not been wanted yet */
	REST_DONE,     /* it has ended without a fault */
	REST_FAILED,   /* it crashed, and is not to be restarted */
	REST_GIVEN_UP, /* too many crash loops */
};

enum supervisor_event {
	SUPERVISOR_STARTED,
	SUPERVISOR_READY,
	SUPERVISOR_NOT_READY, /* ready_timeout is over: it is told to end, and has crashed then */
	SUPERVISOR_STOPPING,  /* it is told to end because somebody wants that */
	SUPERVISOR_STOPPED,   /* it has, however */
	SUPERVISOR_EXITED,
	SUPERVISOR_CRASHED,
	SUPERVISOR_UNSTARTED, /* it could not be executed: a crash, too */
	SUPERVISOR_GIVEN_UP,
};

/* How a process has ended. */
struct supervised_end {
	int exit;   /* status, or -1 */
	int signal; /* that killed it, or 0 */
};

struct supervised {
	/* Set by supervisor_add. */
	const struct daemon_policy *policy; /* borrowed */
	struct key key;                     /* of its tracker */
	slice name;                         /* as JSON, as trackers have it; borrowed */

	/* To be read by the driver. */
	enum supervised_state state;
	enum supervised_rest rest; /* DOWN */
	instant since;             /* of the state */
	instant started;           /* the last start */
	uint64_t starts;
	uint64_t crashes;
	uint32_t loops; /* crash loops since the last stable run */
	struct supervised_end last;
	bool ended; /* `last` is set */

	/* Its own: whether it is wanted, what to do next, when to kill. */
	bool wanted;
	bool blamed; /* the end that it was told to counts as a crash */
	bool killed;
	instant deadline; /* of being ready, or of ending */
};

struct supervisor_effect {
	enum {
		SUPERVISOR_START,  /* start it, then tell supervisor_started or _unstarted */
		SUPERVISOR_SIGNAL, /* send `signal` to its process group */
		SUPERVISOR_EVENT,  /* `event`, to be told; `end` with those of an end */
		SUPERVISOR_HOLD,   /* its tracker has changed, because of `cause` */
	} kind;
	uint32_t daemon;
	instant at; /* when it happened; not later than now */
	int signal;
	enum supervisor_event event;
	struct supervised_end end;
	span ran;                 /* from its start to its end */
	enum backoff_event cause; /* HOLD ... */
	bool released;            /* ... or the hold has ended by itself */
	bool was_held;            /* it was held until now */
	bool tripped;             /* with this crash it crash-loops */
};

struct supervisor {
	struct backoff_set *trackers; /* borrowed; the driver may point it to another */
	struct supervised *daemons;
	uint32_t count;
	bool stopping;
	/* Effects that wait to be polled, a ring or a list: its own. */
	struct supervisor_effect *effects;
	uint32_t first, effect_count, effect_room;
};

void supervisor_init(struct supervisor *s, struct backoff_set *trackers);
void supervisor_free(struct supervisor *s);

/* One that is down until supervisor_want. Before the first event. Returns its number, from 0. */
uint32_t supervisor_add(struct supervisor *s, const struct daemon_policy *policy, struct key key,
                        slice name);

/* ---- what is wanted ---- */

/* Up: it is started as soon as it may be. Not up: it is told to end, and is down. No change when
 * it is so already; `want up` takes one that was given up or done in again. */
void supervisor_want(struct supervisor *s, uint32_t i, bool up, instant now);

/* An operator's override: its hold and history are forgotten. One that runs is told to end and is
 * started again at once; one that does not run is started now. */
void supervisor_restart(struct supervisor *s, uint32_t i, instant now);

/* All are told to end, and nothing is started any more. The second time: KILL for those that
 * still run. */
void supervisor_stop(struct supervisor *s, instant now);

/* ---- what has happened ---- */

void supervisor_started(struct supervisor *s, uint32_t i, instant now);
void supervisor_unstarted(struct supervisor *s, uint32_t i, instant now);
void supervisor_ready(struct supervisor *s, uint32_t i, instant now);
void supervisor_ended(struct supervisor *s, uint32_t i, struct supervised_end end, instant now);

/* ---- what to do ---- */

/* The next effect, in the order in which things happened; false: none is left at `now`. Holds that
 * have ended, starts and deadlines that are due come about here. */
bool supervisor_poll(struct supervisor *s, instant now, struct supervisor_effect *effect);

/* When to poll again though nothing happens; INSTANT_NEVER. */
instant supervisor_deadline(const struct supervisor *s);

/* Nothing runs, and nothing will without a command. */
bool supervisor_idle(const struct supervisor *s);

#endif
