/* gate.h - may this action run now?
 *
 * The rules are tried in their order. The first that is closed decides; only
 * when all are open are the reservations made. A rule is closed while its end
 * is later than `now` and open from its end on. Nothing here reads a clock. */
#ifndef MESHQ_GATE_H
#define MESHQ_GATE_H

#include "base/hash.h"
#include "base/slice.h"
#include "core/policy.h"

/* What the policy says of a kind: the rules that apply, in order, and what is set for
 * its handlers. */
struct gate_class {
	char *kind; /* NULL: the class of every kind that is not named */
	uint32_t count;
	uint32_t *rules;
	const span *timeout;              /* of a handler; NULL: executor.timeout */
	const struct retry_policy *retry; /* NULL: executor.retry_after */
	uint32_t keys;                    /* of rules, and behind them of a lane and of twins */
};

/* Where the key of executor.serialize is, if there is one. */
static inline uint32_t gate_lane_key(const struct gate_class *c)
{
	return c->count;
}

/* Where that of executor.dedupe is, if there is one. */
static inline uint32_t gate_twin_key(const struct gate_class *c)
{
	return c->keys - 1;
}

enum decision {
	DECISION_ADMIT,
	DECISION_DEFER,
	DECISION_GATE,
};

struct verdict {
	enum decision decision;
	uint32_t rule; /* DEFER, GATE: the rule that decides */
	instant until; /* DEFER: when to ask again. GATE: when the hold ends */
};

struct gate;

/* The gate borrows the policy, which must outlive it. */
struct gate *gate_new(const struct policy *policy);
void gate_free(struct gate *g);

/* The class of a kind; never NULL, valid as long as the gate. */
const struct gate_class *gate_class(const struct gate *g, slice kind);

/* keys[i] is the key of rule class->rules[i], all zero for a rule without a
 * key. `owner` names the action for a later undo: equal owners are one action. */
struct verdict gate_admit(struct gate *g, const struct gate_class *class, const struct key *keys,
                          uint64_t owner, instant now);

/* The same in two steps, for a caller that has reasons of its own to refuse:
 * take makes the reservations without asking. */
struct verdict gate_ask(struct gate *g, const struct gate_class *class, const struct key *keys,
                        instant now);
void gate_take(struct gate *g, const struct gate_class *class, const struct key *keys,
               uint64_t owner, instant now);

/* Gives back what `owner` reserved, within the rules' undo scope. Unknown
 * owners are accepted silently. */
void gate_undo(struct gate *g, const struct gate_class *class, const struct key *keys,
               uint64_t owner);

/* Closes a hold rule for a key until `until`, replacing an earlier hold;
 * `until` at or before now opens it. */
void gate_hold(struct gate *g, uint32_t rule, struct key k, instant until, instant now);

/* When the rule opens for the key: at or before now when it is open. */
instant gate_opens(struct gate *g, uint32_t rule, struct key k, instant now);

/* ---- what the gate remembers, for keeping it elsewhere ---- */

/* A reservation or a hold. */
struct gate_mark {
	uint32_t rule;
	struct key key;
	instant at;     /* when it was made; of a hold: when it ends */
	instant over;   /* from when on it counts no more */
	uint64_t owner; /* of a reservation */
};

/* Where a walk over all marks is; zeroed at first. */
struct gate_walk {
	uint32_t rule, entry, mark;
};

/* The next mark: those of one key come in the order of time. Nothing may change between
 * two calls. Some may be over. */
bool gate_next_mark(const struct gate *g, struct gate_walk *w, struct gate_mark *m);

/* Makes it again, in the order of time for one key; one that is over does no harm. */
void gate_put_mark(struct gate *g, const struct gate_mark *m, instant now);

/* Keys held in memory, over all rules: for tests and --stats. */
uint64_t gate_size(const struct gate *g);

#endif
