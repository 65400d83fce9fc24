/* recovery.h - recovery passes: which handlers a pass runs, in which order, and what becomes of
 * those that fail. Reference section 10, with the repairs of D-27 where the policy wants them.
 *
 * Pure. A registry has handlers by name, in the order in which they came. A pass takes those that
 * are there, runs each once at most, and puts survivors in front of what came meanwhile. With a cap
 * it ends early, and with `rotate` the next one begins with the first that had no turn. A fault is
 * a strike; so many in a row evict; between strikes a ladder of waits. A run without a fault
 * forgives. */
#ifndef MESHQ_RECOVERY_H
#define MESHQ_RECOVERY_H

#include "core/policy.h"

enum recovery_state {
	RECOVERY_READY,
	RECOVERY_WAITING, /* after a strike, until `until` */
	RECOVERY_EVICTED, /* until it is readmitted */
};

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
	RECOVERY_OUT, /* evicted with this */
};

struct recovery_handler {
	char *name; /* owned */
	enum recovery_state state;
	instant until;    /* WAITING */
	uint32_t strikes; /* in a row */
	span window;      /* the next wait */
	uint64_t runs;
	uint64_t recovered; /* by all of its runs */
	char *reason;       /* of the last strike, owned; NULL: none yet */
	instant at;         /* of the last run; the least instant: none yet */
	bool taken;         /* by the pass that runs now */
	bool here;          /* for recovery_sync */
};

struct recovery {
	const struct recovery_policy *policy; /* borrowed */
	struct recovery_handler *handlers;    /* in their order */
	uint32_t count;
	uint64_t pass; /* the number of the last one, from 1 */
	char *next;    /* the name of the handler that the next pass begins with; NULL: the first.
	                * Owned */
};

/* One pass on its way. Handlers are named by number, which sync changes: none in between. */
struct recovery_pass {
	uint32_t *turns; /* the numbers of those that it has taken, in the order of their turns */
	uint32_t count;
	uint32_t done;
	uint64_t recovered;
};

void recovery_init(struct recovery *r, const struct recovery_policy *policy);
void recovery_free(struct recovery *r);

/* What is there now: names in the order in which new ones are to be added, behind those that are
 * known; the others are forgotten. Calls `news` for each that was added (true) or is about to be
 * forgotten; NULL: nobody wants to know. */
void recovery_sync(struct recovery *r, const char *const *names, uint32_t count,
                   void (*news)(void *user, const struct recovery_handler *h, bool added),
                   void *user);

/* NULL: there is none. */
struct recovery_handler *recovery_find(const struct recovery *r, slice name);

/* Begins a pass with those that are neither evicted nor `taken` by another pass, and marks them.
 * `nested`: another pass runs: neither the number nor the place to begin changes. */
void recovery_begin(struct recovery *r, struct recovery_pass *p, bool nested, instant now);

/* The next to run: false when the pass is over. One that waits is passed over. */
bool recovery_next(struct recovery *r, struct recovery_pass *p, instant now, uint32_t *handler);

/* How many recoveries the cap leaves; UINT64_MAX: any number. */
uint64_t recovery_left(const struct recovery *r, const struct recovery_pass *p);

/* The run of `handler` has ended with so many results; `reason` is copied, `draw` a random number
 * for the jitter of the wait. */
enum recovery_verdict recovery_ended(struct recovery *r, struct recovery_pass *p, uint32_t handler,
                                     enum recovery_end end, uint64_t recovered, const char *reason,
                                     instant now, uint64_t draw);

/* The pass is over, or is broken off: gives back what it has taken, and remembers where the next
 * one begins. */
void recovery_finish(struct recovery *r, struct recovery_pass *p);

/* It may run again, without strikes. False: it was not evicted and had none. */
bool recovery_readmit(struct recovery_handler *h);

#endif
