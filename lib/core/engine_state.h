/* engine_state.h - the inside of the engine, shared by its files: engine.c (life,
 * questions, events), engine_work.c (time, the order of work), engine_action.c (what becomes of one
 * action), engine_wait.c (where it waits), engine_settle.c (how its dispatch has ended),
 * engine_lane.c (those that go one by one), engine_twin.c (those of which one is enough) and
 * engine_stop.c (stopping). Nobody else includes this.
 */
#ifndef MESHQ_ENGINE_STATE_H
#define MESHQ_ENGINE_STATE_H

#include "core/engine.h"
#include "core/fair.h"
#include "core/lane.h"
#include "core/retry_budget.h"
#include "core/twin.h"

enum state {
	STATE_NEW,
	STATE_QUEUED,  /* read ahead */
	STATE_WAITING, /* in the due heap by itself */
	STATE_IN_LINE, /* in a fair line */
	STATE_IN_LANE, /* behind another with its key */
	STATE_AS_TWIN, /* for what becomes of one like it */
	STATE_READY,   /* its turn has come, its pool has no slot */
	STATE_RUNNING,
	STATE_FINISHED, /* its result has not been worked off */
};

/* Why a running handler has been told to end. */
enum ending {
	ENDING_NOT,
	ENDING_TIMEOUT,
	ENDING_STOP,
};

/* What a timer in the due heap is embedded in. */
enum timer_kind {
	TIMER_ACTION,
	TIMER_LINE,
};

struct list {
	struct action *first;
	struct action *last;
	uint32_t count;
};

/* Handlers of one sort, and how many of them may run at once. */
struct pool {
	uint32_t jobs;
	uint32_t abreast; /* of these; 0: all */
	uint32_t running;
	bool late;         /* EVENT_BEGAN says when the time of a handler begins */
	struct heap ready; /* by arrival: those whose turn came while it was full */
};

/* A step of the engine causes two effects at most. */
enum { PENDING = 4 };

struct engine {
	const struct policy *policy;
	struct gate *gate;
	struct pool *pools;
	uint32_t pool_count;
	uint32_t limit; /* handlers of all pools together */
	uint32_t ready; /* actions in the ready heaps */
	struct watermark watermark;
	struct engine_stats stats;

	struct list queue; /* read ahead, in arrival order */
	struct list running;
	struct list finished; /* results to work off */
	struct heap due;      /* waiting actions and lines, by when they come up */
	struct heap limits;   /* expiries and timeouts */
	struct fair fair;
	struct lanes lanes;
	struct twins twins;
	bool joining; /* those who wait for `joining_key` are let go */
	struct key joining_key;
	char *(*name)(void *user, const struct action *a);
	void *name_user;
	void (*recall)(void *user, struct action *a);
	void *recall_user;
	struct retry_budget retry_budget; /* full from the first event on */
	uint32_t waiting;

	instant now;
	uint64_t shown; /* the depth that the watermark has seen */
	bool ended;
	bool stopped; /* nothing is started any more: halted, or told to stop */
	bool told;    /* to stop; what runs may go on until `grace` */
	instant grace;
	enum halt halted; /* of its own accord, when it was not told before */
	uint64_t failures_then;
	bool paused;
	bool crowded;
	struct effect pending[PENDING];
	uint32_t pending_first;
	uint32_t pending_count;
};

#define ACTION_OF(t, member) ((struct action *)((char *)(t)-offsetof(struct action, member)))
#define LINE_OF(t) ((struct line *)((char *)(t)-offsetof(struct line, wake)))

static inline bool pool_has_slot(const struct pool *p)
{
	return p->running < p->jobs;
}

/* ---- engine.c ---- */

/* A turn as engine_action_new makes it. */
struct turn *engine_turn_new(const struct gate_class *class);

/* Something may be started, and a pool has a slot for it. */
bool engine_slot_free(const struct engine *e);

/* Nothing is taken from the queue for now. What was taken in before, by an earlier run,
 * does not fail for want of room, but waits for it. */
bool engine_blocked(const struct engine *e);

/* As many are waiting as may wait. */
bool engine_full(const struct engine *e);

/* It can be refused for want of room: nobody has taken it in before. */
bool engine_is_new(const struct action *a);

/* ---- engine_action.c ---- */

void engine_list_add(struct list *l, struct action *a);
void engine_list_remove(struct list *l, struct action *a);

struct effect *engine_effect(struct engine *e, enum effect_kind kind, struct action *a);

/* The action stays here. */
struct effect *engine_step(struct engine *e, struct action *a, enum outcome outcome,
                           enum cause cause, instant until);

/* The last instant at which the action may be started, by its own expiry and by max_wait. */
instant engine_latest_start(const struct engine *e, const struct action *a);

/* Its turn has come and a slot is free: expired, gated, made to wait or run. */
void engine_handle(struct engine *e, struct action *a);

/* Final outcomes that come from outside the gate. */
void engine_expire(struct engine *e, struct action *a);
struct effect *engine_leave_unfinished(struct engine *e, struct action *a, enum cause cause,
                                       instant due);

void engine_finish_failed(struct engine *e, struct action *a, enum cause cause);
struct effect *engine_finish_dispatched(struct engine *e, struct action *a, enum cause cause);

/* ---- engine_wait.c ---- */

/* Arms the line's wake timer for when its rule opens. */
void engine_arm_line(struct engine *e, struct line *line);

/* The same for every line of the action's keys, after something that may have
 * opened their rules earlier than expected. */
void engine_rearm_lines(struct engine *e, const struct action *a);

/* While it waits an action expires in time, whatever it waits for. */
void engine_arm_expiry(struct engine *e, struct action *a);

/* It waits, wherever that is, and needs no turn meanwhile. */
void engine_put_by(struct engine *e, struct action *a);
void engine_wait_until(struct engine *e, struct action *a, instant due);
void engine_wait_in_line(struct engine *e, struct action *a, uint32_t rule, struct key k);

/* It waits no longer, and has its turn again. */
void engine_take_up(struct engine *e, struct action *a);

/* It would have to wait, and is to fail instead. */
bool engine_no_room(const struct engine *e, const struct action *a);

/* Takes a queued or waiting action from where it is; it has a turn again. */
void engine_detach(struct engine *e, struct action *a);

/* Defers and retries share a budget. The one that is asked for is counted already: a
 * deferral as such, a retry by the attempt that it follows. */
bool engine_budget_allows(const struct engine *e, const struct action *a);

/* Charges a deferral; in fair lines once for a whole wait. False: the action has ended. */
bool engine_defer_charge(struct engine *e, struct action *a, uint32_t rule, instant until);

/* ---- engine_settle.c ---- */

/* Its dispatch has ended and a->result says how. */
void engine_settle(struct engine *e, struct action *a);

/* ---- engine_lane.c ---- */

/* For one with LANE_WANTED. False: another has the lane. */
bool engine_take_lane(struct engine *e, struct action *a);

/* Waits behind that one. */
void engine_follow(struct engine *e, struct action *a);

/* Does so no longer; it has its turn. */
void engine_quit_lane(struct engine *e, struct action *a);

/* One with LANE_HELD has ended. */
void engine_pass_lane(struct engine *e, struct action *a);

/* ---- engine_twin.c ---- */

/* For one with TWIN_WANTED. False: it is dealt with, by another of its key. */
bool engine_lead(struct engine *e, struct action *a);

/* Waits for the other no longer; it has its turn. */
void engine_quit_twin(struct engine *e, struct action *a);

/* One with TWIN_LEADS has ended. */
void engine_end_twin(struct engine *e, struct action *a, bool done);

/* While `joining`: lets the next one go. */
bool engine_work_joining(struct engine *e);

/* ---- engine_stop.c ---- */

/* The first and the second time that it is told to. */
void engine_stop(struct engine *e);
void engine_kill(struct engine *e);

/* One more has been dispatched or has failed, and it may be one failure too many. */
void engine_consider_halt(struct engine *e);

/* Stops of its own accord. What runs is told to end when `how` is HALT_NOW. */
void engine_halt(struct engine *e, enum halt how, uint64_t failures);

/* Why what is left comes back unfinished after either. */
enum cause engine_stop_cause(const struct engine *e);

#endif
