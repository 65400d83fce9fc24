/* gate_model.h - the gate as a list of everything that happened, which is
 * searched from end to end: slow, and short enough to be believed. */
#ifndef MESHQ_GATE_MODEL_H
#define MESHQ_GATE_MODEL_H

#include "core/gate.h"

enum { MODEL_MARKS = 2000 };

struct mark {
	uint32_t rule;
	struct key key;
	instant at; /* a hold: its end */
	uint64_t owner;
};

struct model {
	const struct policy *policy;
	struct mark marks[MODEL_MARKS];
	uint32_t count;
};

static inline void mark_add(struct model *m, struct mark mark)
{
	m->marks[m->count++] = mark;
}

static inline void mark_remove(struct model *m, uint32_t i)
{
	m->count--;
	memmove(&m->marks[i], &m->marks[i + 1], (m->count - i) * sizeof m->marks[0]);
}

static inline bool is_for(const struct mark *m, uint32_t rule, struct key k)
{
	return m->rule == rule && m->key.hi == k.hi && m->key.lo == k.lo;
}

/* The latest mark, from a number on downwards; UINT32_MAX: none. */
static inline uint32_t latest(const struct model *m, uint32_t rule, struct key k, uint32_t below)
{
	while (below-- > 0)
		if (is_for(&m->marks[below], rule, k))
			return below;
	return UINT32_MAX;
}

static inline instant model_opens(const struct model *m, uint32_t rule, struct key k, instant now)
{
	const struct rule_policy *p = &m->policy->rules[rule];
	uint32_t i = latest(m, rule, k, m->count);

	if (p->type == RULE_RATE) {
		/* The rate-th admit from the end has to be `per` ago. */
		if (p->rate == 0)
			return INSTANT_NEVER;
		for (uint32_t n = 1; n < p->rate && i != UINT32_MAX; n++)
			i = latest(m, rule, k, i);
		return i == UINT32_MAX ? now : instant_add(m->marks[i].at, p->per);
	}
	if (i == UINT32_MAX)
		return now;
	return p->type == RULE_HOLD ? m->marks[i].at : instant_add(m->marks[i].at, p->window);
}

static inline struct verdict model_ask(const struct model *m, const struct gate_class *class,
                                       const struct key *keys, instant now)
{
	for (uint32_t i = 0; i < class->count; i++) {
		uint32_t rule = class->rules[i];
		const struct rule_policy *p = &m->policy->rules[rule];
		instant until = model_opens(m, rule, keys[i], now);

		if (until.ns <= now.ns)
			continue;
		if (p->type == RULE_HOLD)
			return (struct verdict){ DECISION_GATE, rule, until };
		if (p->type == RULE_RATE && p->retry_after.ns > 0)
			until.ns = now.ns + p->retry_after.ns;
		for (i++; p->hint == HINT_LONGEST && i < class->count; i++) {
			instant other = model_opens(m, class->rules[i], keys[i], now);
			until = other.ns > now.ns ? instant_later(until, other) : until;
		}
		return (struct verdict){ DECISION_DEFER, rule, until };
	}
	return (struct verdict){ DECISION_ADMIT, 0, now };
}

static inline void model_take(struct model *m, const struct gate_class *class,
                              const struct key *keys, uint64_t owner, instant now)
{
	for (uint32_t i = 0; i < class->count; i++)
		if (m->policy->rules[class->rules[i]].type != RULE_HOLD)
			mark_add(m, (struct mark){ class->rules[i], keys[i], now, owner });
}

static inline void model_undo(struct model *m, const struct gate_class *class,
                              const struct key *keys, uint64_t owner)
{
	for (uint32_t i = 0; i < class->count; i++) {
		uint32_t rule = class->rules[i];
		const struct rule_policy *p = &m->policy->rules[rule];
		uint32_t at = latest(m, rule, keys[i], m->count);

		if (p->type == RULE_HOLD || p->undo == UNDO_NONE)
			continue;
		while (p->type == RULE_RATE && at != UINT32_MAX && m->marks[at].owner != owner)
			at = latest(m, rule, keys[i], at);
		if (at == UINT32_MAX)
			continue;
		if (m->marks[at].owner == owner || (p->undo == UNDO_ANY && p->key_count))
			mark_remove(m, at);
	}
}

#endif
