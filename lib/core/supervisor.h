/* supervisor.h - daemons that are to run: when each is started, told to end, killed, given up.
 *
 * Pure: time is an argument, chance is in the backoff_set. The driver tells what happens to the
 * processes, polls effects until there is none, and comes back at the deadline at the latest:
 *
 *	for (;;) {
 *		while (supervisor_poll(s, now, &effect))
 *			perform(&effect);
 *		if (supervisor_idle(s))
 *			break;
 *		wait for an end, a ready daemon or a command, until supervisor_deadline(s) at most;
 *	}
 *
 * Whether a daemon may be started is asked of its tracker (backoff.h), which lives in a set that
 * others may change between two calls, and that may be another one then (a file was read again):
 * the tracker is found by key each time. Who has opened or moved a hold there polls afterwards, and
 * asks for the deadline again. Calls that get a `now` change trackers, and each change shows as
 * an effect of the kind HOLD.
 *
 * Holds of daemons that are in the set and not here are left alone: who shares the set with others
 * sees to them.
 *
 * A `now` earlier than the last one counts as no time passed (D-34). What cannot be (the end of
 * what does not run) changes nothing. */
#ifndef MESHQ_SUPERVISOR_H
#define MESHQ_SUPERVISOR_H

#include "core/backoff_set.h"

enum supervised_state {
	SUPERVISED_DOWN,     /* nothing runs, and nothing will without a command */
	SUPERVISED_WAITING,  /* it is wanted, and starts when its hold ends */
	SUPERVISED_STARTING, /* it runs, and has not said that it is ready */
	SUPERVISED_UP,       /* it runs, and is ready or was never to say so */
	SUPERVISED_STOPPING, /* it runs, and was told to end */
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
	bool wanted;               /* to be up: one that ends now is started again */
	instant since;             /* of the state */
	instant started;           /* the last start */
	uint64_t starts;
	uint64_t crashes; /* with those that could not be started */
	uint32_t loops;   /* crash loops since the last stable run, or the last command to start */
	struct supervised_end last;
	bool ended;       /* `last` is set */
	instant deadline; /* STARTING: to be ready. STOPPING: until KILL. NEVER: any time */

	/* Its own. */
	bool launched; /* START was handed out, and not answered yet */
	bool blamed;   /* the end that it was told to counts as a crash */
	bool killed;
	int signal; /* to be handed out; 0: none */
};

struct supervisor_effect {
	enum {
		SUPERVISOR_START,  /* start it, then tell supervisor_started or _unstarted */
		SUPERVISOR_SIGNAL, /* send `signal` to its process group; it runs */
		SUPERVISOR_EVENT,  /* `event`, to be told */
		SUPERVISOR_HOLD,   /* its tracker has changed, because of `cause` */
	} kind;
	uint32_t daemon;
	instant at; /* when it happened; not later than now */
	int signal;
	enum supervisor_event event;
	struct supervised_end end; /* STOPPED, EXITED, CRASHED */
	span ran;                  /* the same: from its start to its end */
	enum backoff_event cause;  /* HOLD ... */
	bool released;             /* ... or the hold has ended by itself, at `at` */
	bool was_held;             /* it was held until now */
	bool tripped;              /* with this crash it crash-loops */
	struct backoff tracker;    /* HOLD: as it is now, but for its crash times: for hold_add */
};

struct supervisor {
	struct backoff_set *trackers; /* borrowed; the driver may point it to another */
	struct supervised *daemons;
	uint32_t count;
	bool stopping;
	bool killing;   /* it was told to stop a second time */
	instant latest; /* the latest now seen */
	/* Effects that wait to be polled: effect_count of them from `first` on. */
	struct supervisor_effect *effects;
	uint32_t first, effect_count, effect_room;
};

void supervisor_init(struct supervisor *s, struct backoff_set *trackers);
void supervisor_free(struct supervisor *s); /* not the trackers */

/* One that is down until supervisor_want. Before the first event. Returns its number, from 0. */
uint32_t supervisor_add(struct supervisor *s, const struct daemon_policy *policy, struct key key,
                        slice name);

/* ---- what is wanted ---- */

/* Up: it is started as soon as its tracker admits it, and crash loops are counted anew. Not up: it
 * is told to end, and is down then; one that had failed or was given up counts as stopped. No
 * change when it is so already; `want up` takes one that was given up or done in again. Nothing is
 * wanted up any more after supervisor_stop. */
void supervisor_want(struct supervisor *s, uint32_t i, bool up, instant now);

/* An operator's override: its hold and history are forgotten. One that runs is told to end and is
 * started again at once; one that does not run is started now. */
void supervisor_restart(struct supervisor *s, uint32_t i, instant now);

/* All are told to end, and nothing is started any more. The second time: KILL for those that
 * still run. */
void supervisor_stop(struct supervisor *s, instant now);

/* ---- what has happened ---- */

/* It runs; one that says nothing about being ready is up with that. */
void supervisor_started(struct supervisor *s, uint32_t i, instant now);

/* It could not be executed. In the place of supervisor_started; or in that of supervisor_ended,
 * when it turned out only later. */
void supervisor_unstarted(struct supervisor *s, uint32_t i, instant now);

void supervisor_ready(struct supervisor *s, uint32_t i, instant now);

/* An end that was asked for is none of its faults, whatever it looks like, unless it was asked for
 * because it was not ready in time. */
void supervisor_ended(struct supervisor *s, uint32_t i, struct supervised_end end, instant now);

/* ---- what to do ---- */

/* The next effect, in the order in which things happened; false: none is left at `now`. Holds that
 * have ended are told with their exact end, however late that is. Starts and signals that are due
 * come about now: a grace begins when its signal is handed out. */
bool supervisor_poll(struct supervisor *s, instant now, struct supervisor_effect *effect);

/* When to poll again though nothing happens, which may be over already; INSTANT_NEVER. */
instant supervisor_deadline(const struct supervisor *s);

/* Nothing runs, nothing will without a command, and no effect is left. */
bool supervisor_idle(const struct supervisor *s);

#endif
