/* workers_state.h - the inside of workers, shared by its two files: workers.c (what the loop
 * asks) and workers_place.c (one worker, from line to line and at its end). Nobody else
 * includes this. */
#ifndef MESHQ_WORKERS_STATE_H
#define MESHQ_WORKERS_STATE_H

#include "base/mem.h"
#include "core/crew.h"
#include "sys/loop.h"
#include "sys/worker.h"
#include "sys/workers.h"

/* A worker and what it has been given. */
struct place {
	struct worker worker;
	struct action **asked; /* a ring of those without an answer, oldest first */
	uint32_t first;
	uint32_t count;
	const struct action *culprit; /* for whose time it was told to end; else NULL */
	uint32_t number;              /* in the crew */
	bool broken;      /* it has not kept to the protocol, and nothing it writes counts */
	bool dead;        /* a replay: ended, and the ones in `asked` do not know yet */
	int status;       /* wait(2)'s, of the last end */
	bool control_due; /* it has not been sent the last control line */
	int64_t mute;     /* when to say that it has written nothing; INT64_MAX: no need */
	int64_t limit;    /* a replay: when the time of the first is over */
};

struct workers {
	struct runner runner;
	struct loop *loop;
	uint32_t pool;
	struct workers_program program;
	size_t line_most;
	struct crew crew;
	struct place **places; /* one a member of the crew */
	uint32_t count;
	uint32_t slots;  /* as the engine knows them */
	bool mute_known; /* that one of them is mute has been said */
	struct buf control;
};

static inline span workers_patience(const struct workers *ws)
{
	return ws->loop->policy->kill_after;
}

static inline struct crew_member *workers_member(const struct workers *ws, const struct place *p)
{
	return &ws->crew.members[p->number];
}

/* The oldest that has not been answered; NULL: none. */
static inline struct action *workers_first(const struct place *p)
{
	return p->count ? p->asked[p->first] : NULL;
}

/* Gives the place one more action, which is not written anywhere. */
void workers_push(struct workers *ws, struct place *p, struct action *a);

/* The oldest is what the worker is at: its time begins. */
void workers_begin_first(struct workers *ws, struct place *p);

/* Takes what the worker has written for replies. */
void workers_take_lines(struct workers *ws, struct place *p);

/* The process has ended; in a replay those without an answer wait for workers_tell_ends. */
void workers_reap(struct workers *ws, struct place *p);

/* The time has come to say that it has written nothing, if that is so. */
void workers_tell_mute(struct workers *ws, struct place *p);

/* Those without an answer get the end of their worker. */
void workers_tell_ends(struct workers *ws, struct place *p);

#endif
