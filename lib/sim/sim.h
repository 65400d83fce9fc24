/* sim.h - the virtual driver: the engine under a clock that jumps.
 *
 * The same engine as in meshq-exec; only waiting is different: time moves at
 * once to the next thing that happens. Events of one instant come in the order that
 * the real driver gives them in a replay: what happens meanwhile, arrivals, handlers
 * that end (in dispatch order). The engine has its turn after each of them, and with
 * the first it works off what is due. In real time there are no equal instants: the
 * order is that of chance. */
#ifndef MESHQ_SIM_H
#define MESHQ_SIM_H

#include "core/engine.h"

struct sim_model {
	/* The next event that the input brings, at or after the last one; false: no more.
	 * Everything but EVENT_FINISHED and EVENT_ENDED may come. While the engine has no
	 * room for an arrival, what lies behind it waits too. */
	bool (*next)(void *user, struct event *event);

	/* The same for what does not come through the input, such as EVENT_JOBS: it happens
	 * at its time. NULL: nothing does. */
	bool (*meanwhile)(void *user, struct event *event);

	/* After so long what is left is unfinished (EVENT_KILLED), and the input is not over
	 * before. 0: the run goes on until it is idle. */
	span lasts;

	/* After so many retries and deferrals in a row that brought no outcome, with nothing
	 * from outside between and, with `lasts`, no time gone by either, what is left is
	 * unfinished: it would go on for ever. 0: it may. */
	uint64_t patience;

	/* Told when that is so. NULL: nobody wants to know. */
	void (*endless)(void *user);

	uint64_t seed; /* of what chance takes off the waits of retries */

	/* The random number for it of a dispatch that has ended, instead. False: by `seed`.
	 * NULL: always. */
	bool (*draw)(void *user, const struct action *a, uint64_t *draw);

	/* Sees every event as it is fed, with the time that it is fed at. NULL: nobody
	 * wants to know. */
	void (*fed)(void *user, const struct event *event);

	/* How the dispatch of `a` goes: fills the result and returns how long it
	 * takes. SPAN_MAX hangs until it is told to end, at the latest when
	 * nothing else is left to happen. */
	span (*handler)(void *user, const struct action *a, instant now, struct result *result);

	/* TERM comes for the handler of `a`. True: it ends now as *result says, which is
	 * what TERM leaves of a process unless this changes it. False: it goes on; KILL
	 * ends it in any case. NULL: all end. */
	bool (*term)(void *user, const struct action *a, struct result *result);

	/* Sees every effect; after EFFECT_OUTCOME the action is the model's. */
	void (*effect)(void *user, const struct effect *effect);

	/* The clock is about to move: nothing has happened since it moved last, and
	 * nothing does until `to`. NULL: nobody wants to know. */
	void (*elapse)(void *user, instant to);

	void *user;
};

/* Runs until the engine is idle; returns the virtual time at the end. Work that
 * waits for what can never happen is left unfinished by the engine itself.
 * Actions that come after a stop, also one of the engine's own accord, are not fed: they
 * stay the model's. */
instant sim_run(struct engine *e, const struct sim_model *model, instant start);

#endif
