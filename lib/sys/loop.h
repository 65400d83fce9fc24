/* loop.h - the real driver: ppoll around the engine and those who run handlers.
 *
 * It knows when to read, run, write and wait, and nothing of what records say:
 * that is behind `struct loop_ops`. It reads only while the engine has room, so
 * a producer feels the pipe fill up (D-11); it never waits for its output while
 * handlers run; and it starts nothing new while more than a quarter of a MiB of
 * output waits for the consumer.
 *
 * With the record clock a run is a deterministic replay. Handlers run for real
 * but take no time: time moves only when nothing runs, to the next record or to
 * the engine's next deadline, whichever is earlier; the records of an instant
 * are taken before results, and results in the order of dispatch, so the output
 * is the same whatever the real timing, and that of a simulation (sim/sim.h) whose
 * handlers take no time. Once it is told to stop, time is real.
 *
 * When the engine stops of its own accord, nothing is read any more either.
 *
 * TERM, INT, HUP: the first stops the engine, which gives running handlers their
 * grace; the second kills them; the third gives up the output too. A signal that
 * was ignored at the start stays so. An output that fails counts as the first. */
#ifndef MESHQ_LOOP_H
#define MESHQ_LOOP_H

#include "core/engine.h"
#include "sys/clock.h"
#include "sys/out.h"
#include "sys/runners.h"
#include "sys/spawner.h"

enum loop_input {
	LOOP_RECORD,  /* one is ready */
	LOOP_WAITING, /* nothing whole in memory: wait for input_fd, then fill */
	LOOP_FULL,    /* there may be one, but its bytes have no room now */
	LOOP_ENDED,
};

/* `user` is loop.user. Output is appended to loop.out->pending (or beside), and no more. */
struct loop_ops {
	/* Finds the next record, which stays until it is taken. *at is its time, or
	 * the least instant when it has none. */
	enum loop_input (*peek)(void *user, instant *at);
	/* Deals with the record that peek has found. */
	void (*take)(void *user, instant now);
	void (*fill)(void *user);
	int (*input_fd)(void *user);

	/* EFFECT_DISPATCH. True: its handler runs now (loop_start), or a runner has the
	 * action. False: it is over already, and *result says how. */
	bool (*dispatch)(void *user, struct action *a, struct result *result);
	/* The dispatch of end->action has ended; what comes of it, the caller's. */
	void (*ended)(void *user, const struct run_end *end, struct result *result);
	/* A child started with loop_start_aside has ended. NULL: there are none. */
	void (*aside)(void *user, const struct handler *r);
	/* Every other effect. */
	void (*effect)(void *user, const struct effect *f);
	/* Lets go some of the output that was held back, at most a block: asked as long as
	 * it says true and the output does not lag. NULL: nothing is ever held back. */
	bool (*more)(void *user);
	/* A line for whoever watches. NULL: nobody does. */
	void (*warn)(void *user, const char *text);
	/* SIGUSR1. */
	void (*report)(void *user);
	/* Handlers are about to learn of what runners were given since the last time: what has
	 * to be written down before that is written down now. NULL: nothing has. */
	void (*commit)(void *user);
	/* Called before every wait, which then lasts at most so long. For those who watch
	 * the work, and those who feed the engine EVENT_JOBS or EVENT_LIMIT: what that makes
	 * possible is done before the wait when the time is 0. NULL: nobody does. */
	span (*look)(void *user);
	/* Behind that: a descriptor that ends the wait when it is readable, and is not
	 * read; -1: none. NULL: never one. */
	int (*wanted_fd)(void *user);
};

struct loop {
	/* Set by the caller. */
	struct engine *engine;
	struct clock *clock;
	struct out *out;
	struct out *beside; /* another one, served in the same way, or NULL */
	const struct executor_policy *policy;
	const struct loop_ops *ops;
	void *user;
	uint64_t seed;       /* of what chance takes off the waits of retries */
	struct rlimit files; /* for children: from child_room */

	/* The loop's own. */
	instant now;
	sigset_t ignored;   /* before we came */
	int signals;        /* signalfd */
	int stops;          /* how often it was told to stop */
	int died_of;        /* the signal that stopped it first, SIGPIPE for EPIPE; or 0 */
	instant stopped;    /* record clock: now at the first stop, ... */
	struct clock since; /* ... and real time from there on */
	bool ended;         /* input is over */
	bool hungry;        /* the input has nothing whole in memory */
	bool output_failed; /* this is known */
	bool news;          /* a runner has told of something */
	struct spawner spawner;
	struct handlers asides;
	struct runners runners; /* the spawner is the first */
	struct pollfd *fds;
	uint32_t fds_room;
};

/* Takes over the signals; the fields above must be set. Before any output. */
bool loop_open(struct loop *l, struct err *e);

/* Until the engine is idle, everything has ended and the output is written (or
 * failed: out.failure). */
void loop_run(struct loop *l);

/* As the first signal to stop, if there was none yet: what the work cannot do without has
 * failed. Not of a signal: the program ends with a status. */
void loop_stop(struct loop *l);

/* Kills what still runs. Harmless when loop_open has failed or was not called. */
void loop_close(struct loop *l);

/* Starts the handler of an action, from within `dispatch`. */
bool loop_start(struct loop *l, struct action *a, struct child_command *command, int *code,
                struct err *e);

/* Starts a child that is no handler of an action. It ends within the grace. */
bool loop_start_aside(struct loop *l, void *owner, struct child_command *command, struct err *e);

#endif
