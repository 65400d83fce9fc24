/* runner.h - a way to run handlers: a process for each action, workers that stay, batches.
 *
 * The loop does the same with all of them: it asks what to wait for, and lets them look after
 * it. They tell the loop by loop_began, loop_ended and loop_slots what has happened. An
 * action is a runner's from its dispatch until loop_ended; action.turn->run is the runner's. */
#ifndef MESHQ_RUNNER_H
#define MESHQ_RUNNER_H

#include "base/slice.h"
#include "base/tick.h"
#include "core/engine.h"

#include <poll.h>

struct runner {
	const struct runner_ops *ops;
};

struct runner_ops {
	/* EFFECT_DISPATCH. The line, with the newline that is behind it, is valid during
	 * the call. False: it is over already, and *result says how. NULL: whoever dispatches
	 * starts it otherwise. */
	bool (*start)(struct runner *r, struct action *a, slice line, struct result *result);

	/* How many descriptors `watch` fills in; -1 where there is nothing to wait for. */
	uint32_t (*watched)(const struct runner *r);
	void (*watch)(struct runner *r, struct pollfd *fds);
	/* After poll, with the same fds: reads, writes, reaps, enforces limits. */
	void (*serve)(struct runner *r, const struct pollfd *fds);
	/* How long until it must be served though no descriptor is ready; SPAN_MAX: any time. */
	span (*wait)(struct runner *r);

	/* Before the loop waits, in a replay before every end that is handed over: nothing else
	 * can be dispatched now, so what has been collected goes off. NULL: nothing is
	 * collected. */
	void (*rest)(struct runner *r);
	/* Sends TERM or KILL to the handler of the action, if it is one of this runner. */
	void (*tell)(struct runner *r, const struct action *a, int signal);
	/* A replay: all that was dispatched before the action has ended, and this one must tell
	 * its end next. NULL: it needs no such hint. */
	void (*turn)(struct runner *r, const struct action *a);
	/* The engine is told of the end of the action. NULL: nothing hangs on it. */
	void (*taken)(struct runner *r, struct action *a);
	/* No action will come any more: what stays between actions is to end, at once when
	 * `hurry`. True: nothing of it runs. May be called again and again. */
	bool (*end)(struct runner *r, bool hurry);

	/* So many processes may there be from now on; those that are too many end when they
	 * have done what they have. NULL: that is for ever as it was at the start. */
	void (*jobs)(struct runner *r, uint32_t jobs);
	/* A line for the handlers themselves, which answer nothing; it is copied, and takes
	 * the place of an earlier one that has not gone off. NULL: they take none. */
	void (*control)(struct runner *r, slice line);
	/* Kills what still runs, frees the runner. NULL: its owner knows how. */
	void (*free)(struct runner *r);
};

/* How a dispatch has ended. The slices are valid during the call. */
struct run_end {
	struct action *action;
	enum {
		RUN_EXITED,     /* its process has ended, as `status` says */
		RUN_REPLIED,    /* its reply is `out`, and the process goes on */
		RUN_LOST,       /* its process had to end for the sake of others: tried again */
		RUN_BROKEN,     /* its process has not kept to the protocol */
		RUN_NO_PROCESS, /* none could be started, as `code` and `why` say */
		RUN_UNSTARTED,  /* it was not begun, for we have to stop */
	} how;
	int status;      /* wait(2)'s */
	slice out;       /* the end of its stdout */
	slice err;       /* the end of its stderr */
	bool timed_out;  /* a limit in real time has struck */
	bool shared;     /* EXITED: the process has had more than this action, and has not
	                  * replied to this one; a status of 0 is no success then */
	int code;        /* NO_PROCESS: errno */
	bool told;       /* EXITED: its stderr has been shown already */
	const char *why; /* LOST, BROKEN, NO_PROCESS: words for the reason. EXITED: why this can
	                  * be no success; or NULL */
};

/* A reply may be so long, however little is captured: half a reply is none, and would pass for
 * success. */
enum { RUNNER_REPLY_LEAST = 64 * 1024 };

static inline size_t runner_reply_most(const struct executor_policy *p)
{
	return p->capture > RUNNER_REPLY_LEAST ? (size_t)p->capture : RUNNER_REPLY_LEAST;
}

struct loop;

/* The handler of the action turns to it now. Only for pools that are told to be late. */
void loop_began(struct loop *l, struct action *a);
void loop_ended(struct loop *l, const struct run_end *end);

/* So many actions of the pool may be dispatched at once. abreast and late: see EVENT_JOBS. */
void loop_slots(struct loop *l, uint32_t pool, uint32_t slots, uint32_t abreast, bool late);

/* To be called before a handler sees anything of an action, unless that is in `rest`. */
void loop_commit(struct loop *l);

/* A replay: time stands still while handlers run, and the pools have the same slots whatever
 * happens to their processes. */
bool loop_replays(const struct loop *l);

/* Something that the user should know, though no action tells it. */
void loop_warn(struct loop *l, const char *text);

/* The loop asks the runner from now on; the caller keeps it until loop_close. */
void loop_add(struct loop *l, struct runner *r);

#endif
