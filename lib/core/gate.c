#include "core/gate.h"

#include "base/mem.h"
#include "core/rule.h"

#include <stdlib.h>

/* Names are few and fixed, records are many: kinds are found by a fingerprint
 * with a seed of no secrecy, and the name is compared. */
static const struct hash_seed kind_seed = { 0x6d657368, 0x6b696e64 };

struct kind_entry {
	struct key key;
	struct gate_class *class;
};

struct gate {
	const struct policy *policy;
	struct rule *rules;
	struct gate_class other; /* kinds that are not named */
	struct table kinds;
};

static const struct rule_ops *ops_of(enum rule_type type)
{
	switch (type) {
	case RULE_WINDOW:
		return &rule_window;
	case RULE_RATE:
		return &rule_rate;
	case RULE_HOLD:
		return &rule_hold;
	}
	return NULL;
}

static bool rule_names(const struct rule_policy *r, const char *kind)
{
	for (uint32_t i = 0; i < r->kind_count; i++)
		if (kind && strcmp(r->kinds[i], kind) == 0)
			return true;
	return r->kind_count == 0;
}

static const struct policy_entry *entry_of(const struct policy_map *m, const char *kind)
{
	return kind ? policy_find(m, slice_of(kind)) : NULL;
}

static void class_fill(struct gate_class *class, const struct policy *policy, const char *kind)
{
	const struct policy_entry *timeout = entry_of(&policy->executor.timeouts, kind);
	const struct policy_entry *retry = entry_of(&policy->executor.retries, kind);

	if (!retry)
		retry = policy_find(&policy->executor.retries, SLICE("default"));
	class->timeout = timeout ? &timeout->time : NULL;
	class->retry = retry ? &retry->retry : NULL;
	class->kind = kind ? mem_text(kind, strlen(kind)) : NULL;
	class->rules = mem_resize(NULL, policy->rule_count, sizeof *class->rules);
	for (uint32_t i = 0; i < policy->rule_count; i++)
		if (rule_names(&policy->rules[i], kind))
			class->rules[class->count++] = i;
	class->keys = class->count + (policy->executor.serialize_count > 0) +
	              (policy->executor.dedupe.keep.ns > 0);
}

static void kinds_add(struct gate *g, const char *kind)
{
	struct kind_entry *k = table_put(&g->kinds, hash_bytes(kind_seed, kind, strlen(kind)));

	if (k->class)
		return;
	k->class = mem_zeroed(1, sizeof *k->class);
	class_fill(k->class, g->policy, kind);
}

static void kinds_add_map(struct gate *g, const struct policy_map *m)
{
	for (uint32_t i = 0; i < m->count; i++)
		kinds_add(g, m->entries[i].name);
}

struct gate *gate_new(const struct policy *policy)
{
	struct gate *g = mem_zeroed(1, sizeof *g);

	g->policy = policy;
	g->rules = mem_zeroed(policy->rule_count, sizeof *g->rules);
	table_init(&g->kinds, sizeof(struct kind_entry));
	class_fill(&g->other, policy, NULL);
	for (uint32_t i = 0; i < policy->rule_count; i++) {
		struct rule *r = &g->rules[i];

		r->policy = &policy->rules[i];
		r->ops = ops_of(r->policy->type);
		table_init(&r->keys, r->ops->entry);
		for (uint32_t k = 0; k < r->policy->kind_count; k++)
			kinds_add(g, r->policy->kinds[k]);
	}
	kinds_add_map(g, &policy->executor.timeouts);
	kinds_add_map(g, &policy->executor.retries);
	return g;
}

static void class_release(struct gate_class *class)
{
	free(class->kind);
	free(class->rules);
}

void gate_free(struct gate *g)
{
	if (!g)
		return;
	for (uint32_t i = 0; i < g->policy->rule_count; i++) {
		if (g->rules[i].ops->clear)
			g->rules[i].ops->clear(&g->rules[i]);
		table_free(&g->rules[i].keys);
	}
	for (uint32_t i = 0; i < g->kinds.count; i++) {
		struct kind_entry *k = table_at(&g->kinds, i);
		class_release(k->class);
		free(k->class);
	}
	table_free(&g->kinds);
	class_release(&g->other);
	free(g->rules);
	free(g);
}

const struct gate_class *gate_class(const struct gate *g, slice kind)
{
	const struct kind_entry *k = table_find(&g->kinds, hash_bytes(kind_seed, kind.p, kind.n));
	return k && slice_is(kind, k->class->kind) ? k->class : &g->other;
}

instant gate_opens(struct gate *g, uint32_t rule, struct key k, instant now)
{
	struct rule *r = &g->rules[rule];
	return r->ops->opens(r, k, now);
}

static struct verdict refuse(const struct gate *g, uint32_t rule, instant opens, instant now)
{
	const struct rule_policy *p = &g->policy->rules[rule];

	if (p->type == RULE_HOLD)
		return (struct verdict){ DECISION_GATE, rule, opens };
	if (p->type == RULE_RATE && p->retry_after.ns > 0)
		opens = instant_add(now, p->retry_after);
	return (struct verdict){ DECISION_DEFER, rule, opens };
}

struct verdict gate_ask(struct gate *g, const struct gate_class *class, const struct key *keys,
                        instant now)
{
	struct verdict v = { DECISION_ADMIT, 0, now };

	for (uint32_t i = 0; i < class->count; i++) {
		instant opens = gate_opens(g, class->rules[i], keys[i], now);

		if (opens.ns <= now.ns)
			continue;
		if (v.decision == DECISION_ADMIT) {
			v = refuse(g, class->rules[i], opens, now);
			if (v.decision == DECISION_GATE ||
			    g->policy->rules[v.rule].hint == HINT_FIRST)
				break;
		} else {
			v.until = instant_later(v.until, opens);
		}
	}
	return v;
}

void gate_take(struct gate *g, const struct gate_class *class, const struct key *keys,
               uint64_t owner, instant now)
{
	for (uint32_t i = 0; i < class->count; i++) {
		struct rule *r = &g->rules[class->rules[i]];
		if (r->ops->take)
			r->ops->take(r, keys[i], owner, now);
	}
}

struct verdict gate_admit(struct gate *g, const struct gate_class *class, const struct key *keys,
                          uint64_t owner, instant now)
{
	struct verdict v = gate_ask(g, class, keys, now);

	if (v.decision == DECISION_ADMIT)
		gate_take(g, class, keys, owner, now);
	return v;
}

void gate_undo(struct gate *g, const struct gate_class *class, const struct key *keys,
               uint64_t owner)
{
	for (uint32_t i = 0; i < class->count; i++) {
		struct rule *r = &g->rules[class->rules[i]];
		if (r->ops->undo && r->policy->undo != UNDO_NONE)
			r->ops->undo(r, keys[i], owner);
	}
}

void gate_hold(struct gate *g, uint32_t rule, struct key k, instant until, instant now)
{
	if (g->policy->rules[rule].type == RULE_HOLD)
		rule_hold_set(&g->rules[rule], k, until, now);
}

bool gate_next_mark(const struct gate *g, struct gate_walk *w, struct gate_mark *m)
{
	for (; w->rule < g->policy->rule_count; w->rule++, w->entry = 0) {
		const struct rule *r = &g->rules[w->rule];

		for (; w->entry < r->keys.count; w->entry++, w->mark = 0) {
			const void *entry = table_at(&r->keys, w->entry);

			if (w->mark == (r->ops->marks ? r->ops->marks(entry) : 1))
				continue;
			*m = (struct gate_mark){ .rule = w->rule };
			r->ops->mark(r, entry, w->mark++, m);
			return true;
		}
	}
	return false;
}

void gate_put_mark(struct gate *g, const struct gate_mark *m, instant now)
{
	struct rule *r = &g->rules[m->rule];

	if (r->policy->type == RULE_HOLD)
		rule_hold_set(r, m->key, m->at, now);
	else
		r->ops->take(r, m->key, m->owner, m->at);
}

uint64_t gate_size(const struct gate *g)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < g->policy->rule_count; i++)
		n += g->rules[i].keys.count;
	return n;
}
