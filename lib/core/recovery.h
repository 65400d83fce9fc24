/* recovery.h - recovery passes: which handlers a pass runs, in which order, and what becomes of
 * those that fail. Reference section 10, with the repairs of D-27 where the policy wants them.
 *
 * Pure. A registry has handlers by name, in the order in which they came. A pass takes those that
 * are there and runs each once at most; what comes meanwhile is behind them and waits for the next
 * one. With a cap it ends early, and with `rotate` the next one begins with the first that had no
 * turn. A fault is a strike; so many in a row evict; between strikes a ladder of waits. A run
 * without a fault forgives.
 *
 * A pass may be of one process and the registry in a file that others change, too: so a pass knows
 * its handlers by name, and the registry says which pass has taken which. What it is told counts
 * for whatever registry it is told with, the one that it began with or one that was read since:
 *
 *	recovery_sync, recovery_begin, h = recovery_next      write it
 *	run h; recovery_ended, h = recovery_next              read it anew, write it
 *	recovery_finish                                       read it anew, write it
 *
 * Written before the handler runs, it is right after a kill, too: the place where the next pass
 * begins is behind what runs now. */
#ifndef MESHQ_RECOVERY_H
#define MESHQ_RECOVERY_H

#include "core/policy.h"

enum recovery_state {
	RECOVERY_READY,
	RECOVERY_WAITING, /* after a strike, until `until`; it may run at that instant */
	RECOVERY_EVICTED, /* until it is readmitted */
};

/* "ready" ...: as files and records have it. */
const char *recovery_state_name(enum recovery_state state);

/* How a run of a handler has ended. */
enum recovery_end {
	RECOVERY_OK,
	RECOVERY_NOTHING, /* its probe said that there is nothing to do */
	RECOVERY_EXIT,    /* with an exit status other than 0 */
	RECOVERY_CRASH,   /* by a signal, or could not be started: its results do not count */
	RECOVERY_TIMEOUT, /* the same */
};

/* What came of it. */
enum recovery_verdict {
	RECOVERY_FINE,
	RECOVERY_STRUCK,
	RECOVERY_OUT,  /* evicted with this */
	RECOVERY_GONE, /* it was removed while it ran: nothing is kept of it */
};

struct recovery_handler {
	char *name; /* owned */
	enum recovery_state state;
	instant until;      /* WAITING */
	uint32_t strikes;   /* in a row */
	span window;        /* that the last wait was drawn from */
	uint64_t runs;      /* without those that its probe has spared */
	uint64_t recovered; /* by all of its runs */
	char *reason;       /* of the last strike, owned; NULL: none yet */
	instant at;         /* of the end of its last run or probe; the least instant: none yet */
	uint64_t pass;      /* the number of the pass that has taken it; 0: none has */
	bool nested;        /* that pass is a nested one */
	bool here;          /* for recovery_sync */
};

/* Zeroed but for the policy it is valid and empty. */
struct recovery {
	const struct recovery_policy *policy; /* borrowed */
	struct recovery_handler *handlers;    /* in their order */
	uint32_t count;
	uint64_t pass; /* the number of the last one, nested ones included; from 1 */
	char *next;    /* the name of the handler that the next pass begins with; NULL: the first.
	                * Owned */
};

/* One pass on its way, from recovery_begin to recovery_finish. */
struct recovery_pass {
	uint64_t number;
	bool nested;
	char **turns; /* the names of those that it has taken, in the order of their turns; owned */
	uint32_t count;
	uint32_t done;      /* of them, those whose turn has come */
	uint32_t waiting;   /* of those, passed over because they wait after a strike */
	uint64_t recovered; /* that counts towards the cap */
};

void recovery_init(struct recovery *r, const struct recovery_policy *policy);
void recovery_free(struct recovery *r);

/* What is there now: names in the order in which new ones are to be added, behind those that are
 * known; the others are forgotten. Calls `news` for each that was added (true) or is about to be
 * forgotten; NULL: nobody wants to know. */
void recovery_sync(struct recovery *r, const char *const *names, uint32_t count,
                   void (*news)(void *user, const struct recovery_handler *h, bool added),
                   void *user);

/* Appends a handler that nothing is known of, for a reader of a file: NULL, that name is there. */
struct recovery_handler *recovery_add(struct recovery *r, slice name);

/* NULL: there is none. */
struct recovery_handler *recovery_find(const struct recovery *r, slice name);

/* Begins a pass with those that are neither evicted nor taken by another pass, and takes them.
 * `nested`: another pass runs, which goes on to have what it has taken; this one leaves the place
 * where the next pass begins alone. Not nested: no other such pass is alive, so what one had
 * taken that was killed is free again. */
void recovery_begin(struct recovery *r, struct recovery_pass *p, bool nested, instant now);

/* No nested pass is alive: what those that were killed had taken is free again. */
void recovery_free_nested(struct recovery *r);

/* The next to run, until the registry changes; NULL when the pass is over: all had their turn, or
 * the cap is reached, and then `done` of `count` had it. Passes over what waits, was evicted or
 * removed meanwhile. */
struct recovery_handler *recovery_next(struct recovery *r, struct recovery_pass *p, instant now);

/* How many recoveries the cap leaves; UINT64_MAX: any number. */
uint64_t recovery_left(const struct recovery *r, const struct recovery_pass *p);

/* The run of the handler of that name has ended with so many results; `reason` is of the fault,
 * copied, `draw` a random number for the jitter of the wait. */
enum recovery_verdict recovery_ended(struct recovery *r, struct recovery_pass *p, slice name,
                                     enum recovery_end end, uint64_t recovered, slice reason,
                                     instant now, uint64_t draw);

/* The pass is over, or is broken off: gives back what it has taken, and frees what it owns. */
void recovery_finish(struct recovery *r, struct recovery_pass *p);

/* It may run again, without strikes, from the next pass on. False: it had none. */
bool recovery_readmit(struct recovery_handler *h);

/* It would not be passed over at this time. */
bool recovery_ready(const struct recovery_handler *h, instant now);

#endif
