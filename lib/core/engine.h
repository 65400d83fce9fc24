/* engine.h - the executor: gate, dispatch, defer, retry, account.
 *
 * Pure. The driver feeds events, each with its `now`; polls effects until there
 * is none; and comes back at the deadline at the latest. Whether the driver
 * runs processes or jumps a virtual clock is not visible from here.
 *
 *	while (!engine_idle(e)) {
 *		while (engine_poll(e, now, &effect))
 *			perform(&effect);
 *		wait for an event, until engine_deadline(e) at most;
 *		engine_feed(e, &event);
 *	}
 *
 * Every action that is fed comes back in exactly one EFFECT_OUTCOME, and then
 * belongs to the driver again. The order of work is fixed: what is due first,
 * by (due, arrival); then intake, in arrival order (D-9). */
#ifndef MESHQ_ENGINE_H
#define MESHQ_ENGINE_H

#include "core/gate.h"
#include "core/heap.h"
#include "core/watermark.h"

/* What a meshq-admit upstream has decided (record member `admission`). */
enum upstream {
	UPSTREAM_NONE,
	UPSTREAM_ADMITTED, /* skips the gate the first time */
	UPSTREAM_DEFERRED, /* waits until `upstream_until`, then passes the gate */
	UPSTREAM_GATED,    /* ends as gated */
};

/* How a dispatch ended, told by the driver. The strings are the driver's
 * business: the engine only keeps the struct with the action. */
struct result {
	enum {
		RESULT_OK,
		RESULT_RETRY,
		RESULT_FAIL,
		RESULT_UNSTARTED, /* the driver had to refuse: no attempt was made. It stops, or
		                   * can start it soon, for its turn comes again at once */
		RESULT_HALT,      /* failed for good, and nothing more is to be started */
	} verdict;
	bool has_hint;
	span hint;  /* RESULT_RETRY: how long to wait; else as executor.retries says */
	int exit;   /* exit status, or -1 */
	int signal; /* the signal that killed it, or 0 */
	bool timed_out;
	bool lost;    /* RESULT_RETRY: its handler had to go for the sake of another action; it is
	               * tried again at once, and this attempt does not count */
	char *reason; /* owned; NULL when there is nothing to say */
	char *output; /* owned; captured stdout when wanted, else NULL */
	size_t output_size;
};

struct line; /* fair.h */

/* What only the handling of an action takes. It is there from engine_action_new on; see
 * engine_recall. */
struct turn {
	/* Set by the driver before the action is fed. */
	uint64_t owner;  /* fingerprint of the id */
	instant expires; /* must not run after this; INSTANT_NEVER: no limit */
	instant upstream_until;
	uint32_t upstream_rule; /* UINT32_MAX: a name that our policy lacks */
	enum upstream upstream;
	bool restored; /* it was in an engine before: `arrived`, `ran`, `waited` say how it stood */

	/* The driver's while it runs. */
	void *run;

	/* The engine's. The driver may read this: */
	instant started; /* the running dispatch, or the last; NEVER: it has not begun */

	/* And these are its own business: */
	uint64_t draw;       /* of the last dispatch */
	struct action *next; /* queue, running and finished lists */
	struct action *previous;

	struct key keys[]; /* the driver's to set: one a rule of the class, and class->keys
	                    * in all */
};

enum {
	LANE_NONE,
	LANE_WANTED, /* it follows those with its key that have come before */
	LANE_HELD,   /* the others follow it */
};

enum {
	TWIN_NONE,
	TWIN_WANTED, /* it need not run if one like it does, or has */
	TWIN_LEADS,  /* those like it wait for what becomes of it */
};

/* Hundreds of thousands may be waiting, so what they need not keep is in the turn. */
struct action {
	/* Set by the driver before the action is fed. */
	const struct gate_class *class;
	struct turn *turn; /* may be NULL while it waits: in EFFECT_STEP */
	void *user;        /* the driver's record of it */
	uint32_t attempts; /* dispatches so far; carried over from `unfinished` */
	uint32_t defers;   /* waits so far; carried over likewise */
	uint32_t pool;     /* whose slots its handler takes; 0 where there is one pool */
	uint8_t mark;      /* the driver's, for what it likes */
	uint8_t lane : 2;  /* LANE_WANTED: executor.serialize is about it */
	uint8_t twin : 2;  /* TWIN_WANTED: executor.dedupe is about it */

	/* The engine's. These are its own business: */
	uint8_t state;      /* where it is */
	uint8_t ending : 2; /* why its handler has been told to end */
	bool waited : 1;    /* this wait has been counted */
	bool kept : 1;      /* it has been let wait */
	bool unbegun : 1;   /* it runs, but its handler has not turned to it */
	bool reserved : 1;  /* the gate has reservations of its */
	struct timer limit; /* expiry while it waits, timeout while it runs */
	struct timer wait;  /* its place in the heap where it waits */
	struct line *line;  /* the fair line it waits in, or NULL */

	/* And these the driver may read in an effect: */
	uint64_t arrival; /* 1, 2, 3 ... in the order of feeding */
	instant arrived;
	span ran;              /* handler time over all dispatches */
	struct result *result; /* of the last dispatch; NULL before the first */
};

/* Why an outcome is what it is; codec/outcome.c has the words. */
enum cause {
	CAUSE_NONE,
	CAUSE_HANDLER,       /* what the result says */
	CAUSE_DEFER_BUDGET,  /* deferred more often than max_defers */
	CAUSE_RETRY_BUDGET,  /* retried more often; the result has the last error (D-20) */
	CAUSE_STREAM_BUDGET, /* the retry_budget of all has none left; likewise */
	CAUSE_RETRIES,       /* its retry_policy has no more; likewise */
	CAUSE_TWIN,          /* dispatched without being run: `twin` was */
	CAUSE_HELD,          /* a hold; `rule` and `until` */
	CAUSE_RULE,          /* deferred by `rule` until `until` */
	CAUSE_FULL,          /* failed: max_waiting are waiting, and on_full is fail */
	CAUSE_EXPIRED,
	CAUSE_WAITED,  /* expired: it has waited longer than max_wait */
	CAUSE_END,     /* unfinished: input ended and on_eof is unfinished */
	CAUSE_STOPPED, /* unfinished: told to stop */
	CAUSE_HALTED,  /* unfinished: stopped of its own accord, after `failures` */
	CAUSE_STUCK,   /* unfinished: `rule` keeps it, and nothing can open that any more */
};

enum outcome {
	OUTCOME_DISPATCHED,
	OUTCOME_FAILED,
	OUTCOME_GATED,
	OUTCOME_EXPIRED,
	OUTCOME_UNFINISHED,
	/* Steps on the way, not final: */
	OUTCOME_RETRYING,
	OUTCOME_DEFERRED,
};

enum effect_kind {
	EFFECT_DISPATCH,  /* start the handler of `action`; feed EVENT_FINISHED later */
	EFFECT_TERMINATE, /* ask the handler of `action` to end: TERM to its group */
	EFFECT_KILL,      /* end it: KILL to its group */
	EFFECT_STEP,      /* `outcome` is RETRYING or DEFERRED; the engine keeps the action */
	EFFECT_OUTCOME,   /* final; the action is the driver's again */
	EFFECT_EDGE,      /* `edge` of the watermark at `depth` */
};

struct effect {
	enum effect_kind kind;
	instant at;
	uint32_t jobs; /* how many of the action's pool may be worked on at once */
	struct action *action;
	enum outcome outcome;
	enum cause cause;
	uint32_t rule; /* CAUSE_HELD, CAUSE_RULE, CAUSE_STUCK; UINT32_MAX: none of ours */
	instant until; /* CAUSE_HELD, CAUSE_RULE, RETRYING, UNFINISHED: due */
	uint64_t draw; /* RETRYING, or UNFINISHED instead of it: of the dispatch */
	bool ended;    /* UNFINISHED: a dispatch has ended just now; else it was waiting */
	enum edge edge;
	uint64_t depth;
	double level;
	uint64_t failures; /* CAUSE_HALTED: see engine_halted */
	const char *twin;  /* CAUSE_TWIN: as engine_name has it, until the next poll, or NULL */
};

enum event_kind {
	EVENT_ARRIVED,  /* `action` is the engine's from here on */
	EVENT_FINISHED, /* the dispatch of `action` ended; takes the result's strings */
	EVENT_HELD,     /* a hold record: `rule`, `key`, `until` */
	EVENT_UNDONE,   /* an outcome record undoes a reservation: class, keys, owner of `action`,
	                 * which stays the driver's */
	EVENT_ENDED,    /* no more input */
	EVENT_STOPPED,  /* first TERM: start nothing, let running work end within the grace */
	EVENT_KILLED,   /* second TERM: end running work now */
	EVENT_JOBS,     /* from now on `jobs` handlers of `pool` at once; those that run go on */
	EVENT_LIMIT,    /* from now on `jobs` handlers of all pools together; likewise */
	EVENT_BEGAN,    /* the handler of `action` turns to it only now, after others that it was
	                 * given at once: its time counts from here */
	EVENT_TICK,     /* it is this time; nothing else has happened */
};

struct event {
	enum event_kind kind;
	instant now;
	struct action *action;
	struct result result;
	uint64_t draw; /* EVENT_FINISHED: 64 random bits, for jitter */
	uint32_t rule;
	struct key key;
	instant until;
	uint32_t jobs;    /* 0: nothing is started until there are more */
	uint32_t pool;    /* EVENT_JOBS */
	uint32_t abreast; /* EVENT_JOBS: so many of them are turned to at once; 0: all */
	bool late; /* EVENT_JOBS: the time of its handlers begins with EVENT_BEGAN, not before */
};

/* Counters of section 6.5 and ours. received = dispatched + failed + gated +
 * expired + unfinished + what is still in the engine. */
struct engine_stats {
	uint64_t received;
	uint64_t dispatched;
	uint64_t failed;
	uint64_t gated;
	uint64_t expired;
	uint64_t unfinished;
	uint64_t deferred;
	uint64_t dispatch_retries;
	uint64_t asserts;
	uint64_t releases;
	uint64_t admissions; /* times the gate was asked */
	uint64_t coalesced;  /* of the dispatched ones those that were not run: CAUSE_TWIN */
	uint64_t max_depth;
};

struct engine;

/* Borrows policy and gate, which must outlive it. jobs overrides
 * policy->executor.jobs: it is for pool 0; other pools have none before EVENT_JOBS. */
struct engine *engine_new(const struct policy *policy, struct gate *gate, uint32_t jobs);

/* From now on no turn is kept for an action that waits: when it comes up again,
 * `recall` fills in owner, expires and keys of a new one as they were. For a driver
 * that can find them again and may have a million waiting. */
void engine_recall(struct engine *e, void (*recall)(void *user, struct action *a), void *user);

/* What to call an action by when others join it (executor.dedupe); the engine frees it. */
void engine_name(struct engine *e, char *(*name)(void *user, const struct action *a), void *user);

/* Only when idle, or after the caller has taken back the actions it fed. */
void engine_free(struct engine *e);

/* Zeroed, with room for keys. The second has room for the driver too: `extra` zeroed
 * bytes, aligned for pointers, right behind the struct. */
struct action *engine_action_new(const struct gate_class *class);
struct action *engine_action_with(const struct gate_class *class, size_t extra);
void engine_action_free(struct action *a); /* and its result */

void engine_feed(struct engine *e, const struct event *event);
bool engine_poll(struct engine *e, instant now, struct effect *effect);

/* While paused nothing is dispatched, made to wait or left unfinished; limits and
 * results go on. For a driver whose output lags behind. */
void engine_pause(struct engine *e, bool paused);

/* There is input for which the driver has no memory until some actions have ended,
 * or is no more. True: that is news. */
bool engine_crowd(struct engine *e, bool crowded);

/* The time that the handler of the action has; 0: no limit. */
span engine_timeout(const struct engine *e, const struct action *a);

/* When to poll again though nothing was fed; INSTANT_NEVER: not before an event. */
instant engine_deadline(const struct engine *e);

/* There is room for one more EVENT_ARRIVED; without it the driver stops reading (D-11).
 * Work that keeps the room and can never run is given back as unfinished, so a
 * driver that polls is not kept waiting for ever. */
bool engine_has_room(const struct engine *e);

/* Ended or stopped, and nothing queued, waiting or running. */
bool engine_idle(const struct engine *e);

/* It starts nothing any more: EVENT_STOPPED, EVENT_KILLED, or of its own accord. */
bool engine_stopped(const struct engine *e);

/* It has stopped of its own accord: `executor.halt` or the end of a handler says so.
 * *failures: how many had failed then; 0: it was the end of a handler. */
bool engine_halted(const struct engine *e, uint64_t *failures);

/* Somebody could be started now if his pool, or all together, had one more slot. For
 * a driver that gets slots one by one. */
bool engine_wants_slot(const struct engine *e, instant now);

/* From when on that is so, as far as is known: the least instant for now, INSTANT_NEVER
 * for not before an event. The second is for those whose pools have slots, and whom only
 * EVENT_LIMIT keeps back. engine_deadline leaves both out while there is no slot. */
instant engine_wants_slot_at(const struct engine *e);
instant engine_wants_limit_at(const struct engine *e);

/* Of those that run the one that was dispatched first; NULL: none runs. */
struct action *engine_oldest(const struct engine *e);

/* After an effect: it waits in the line of a rule, not for a time. */
static inline bool engine_in_line(const struct action *a)
{
	return a->line != NULL;
}

/* While it runs: it went through the gate, which has reservations of its. */
static inline bool engine_has_reserved(const struct action *a)
{
	return a->reserved;
}

uint32_t engine_running(const struct engine *e);
uint32_t engine_jobs(const struct engine *e); /* slots of all pools, whatever EVENT_LIMIT says */
uint64_t engine_depth(const struct engine *e);
const struct engine_stats *engine_stats(const struct engine *e);

#endif
