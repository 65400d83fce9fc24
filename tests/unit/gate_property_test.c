/* The gate against a model that keeps lists and searches them, for random
 * policies, keys and times, equal times and undo included. */
#include "base/rng.h"
#include "core/gate.h"
#include "t.h"

enum { RULES = 4, KINDS = 3, KEYS = 4, OWNERS = 12, STEPS = 400, MARKS = STEPS * RULES };

/* ---- the model: every reservation and hold ever made, in a list ---- */

struct mark {
	uint32_t rule;
	struct key key;
	instant at; /* a hold: its end */
	uint64_t owner;
};

struct model {
	struct policy policy;
	struct mark marks[MARKS];
	uint32_t count;
};

static void mark_add(struct model *m, struct mark mark)
{
	m->marks[m->count++] = mark;
}

static void mark_remove(struct model *m, uint32_t i)
{
	m->count--;
	memmove(&m->marks[i], &m->marks[i + 1], (m->count - i) * sizeof m->marks[0]);
}

static bool is_for(const struct mark *m, uint32_t rule, struct key k)
{
	return m->rule == rule && m->key.hi == k.hi && m->key.lo == k.lo;
}

/* The latest mark, from a number on downwards; UINT32_MAX: none. */
static uint32_t latest(const struct model *m, uint32_t rule, struct key k, uint32_t below)
{
	while (below-- > 0)
		if (is_for(&m->marks[below], rule, k))
			return below;
	return UINT32_MAX;
}

static instant model_opens(const struct model *m, uint32_t rule, struct key k, instant now)
{
	const struct rule_policy *p = &m->policy.rules[rule];
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

static struct verdict model_ask(const struct model *m, const struct gate_class *class,
                                const struct key *keys, instant now)
{
	for (uint32_t i = 0; i < class->count; i++) {
		uint32_t rule = class->rules[i];
		const struct rule_policy *p = &m->policy.rules[rule];
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

static void model_undo(struct model *m, const struct gate_class *class, const struct key *keys,
                       uint64_t owner)
{
	for (uint32_t i = 0; i < class->count; i++) {
		uint32_t rule = class->rules[i];
		const struct rule_policy *p = &m->policy.rules[rule];
		uint32_t at = latest(m, rule, keys[i], m->count);

		if (p->type == RULE_HOLD)
			continue;
		while (p->type == RULE_RATE && at != UINT32_MAX && m->marks[at].owner != owner)
			at = latest(m, rule, keys[i], at);
		if (at == UINT32_MAX)
			continue;
		if (m->marks[at].owner == owner || (p->undo == UNDO_ANY && p->key_count))
			mark_remove(m, at);
	}
}

/* ---- random policies and steps ---- */

static char *names[KINDS] = { "one", "two", "three" };
static char *a_key[] = { "key" };

static void some_rule(struct rule_policy *p, struct rng *r)
{
	static char name[] = "rule";

	*p = (struct rule_policy){
		.name = name,
		.kinds = names + rng_below(r, 2),
		.kind_count = (uint32_t)rng_below(r, 3),
		.key = a_key,
		.key_count = (uint32_t)rng_below(r, 2),
		.type = (enum rule_type)rng_below(r, 3),
		.window = { (int64_t)rng_below(r, 40) },
		.rate = (uint32_t)rng_below(r, 6),
		.per = { (int64_t)rng_below(r, 60) },
		.retry_after = { (int64_t)rng_below(r, 20) - 10 },
		.undo = rng_below(r, 2) ? UNDO_ANY : UNDO_OWNER,
		.hint = rng_below(r, 2) ? HINT_FIRST : HINT_LONGEST,
	};
	if (rng_below(r, 20) == 0)
		p->window = p->per = SPAN_MAX;
}

struct trial {
	struct model model;
	struct rule_policy rules[RULES];
	struct gate *gate;
	struct rng rng;
	instant now;
	uint64_t admits, refusals;
};

static bool same(struct verdict a, struct verdict b)
{
	return a.decision == b.decision &&
	       (a.decision == DECISION_ADMIT || (a.rule == b.rule && a.until.ns == b.until.ns));
}

static bool step(struct trial *t)
{
	struct model *m = &t->model;
	struct rng *r = &t->rng;
	const struct gate_class *class = gate_class(
		t->gate, slice_of(rng_below(r, 8) ? names[rng_below(r, KINDS)] : "else"));
	uint64_t owner = rng_below(r, OWNERS);
	uint64_t choice = rng_below(r, 20);
	struct key keys[RULES] = { 0 };

	for (uint32_t i = 0; i < class->count; i++)
		if (t->rules[class->rules[i]].key_count)
			keys[i].lo = keys[i].hi = rng_below(r, KEYS);
	t->now.ns += rng_below(r, 3) ? (int64_t)rng_below(r, 12) : 0;
	if (choice < 14) {
		struct verdict want = model_ask(m, class, keys, t->now);
		struct verdict got = gate_admit(t->gate, class, keys, owner, t->now);

		for (uint32_t i = 0; want.decision == DECISION_ADMIT && i < class->count; i++)
			if (t->rules[class->rules[i]].type != RULE_HOLD)
				mark_add(m,
				         (struct mark){ class->rules[i], keys[i], t->now, owner });
		t->admits += want.decision == DECISION_ADMIT;
		t->refusals += want.decision != DECISION_ADMIT;
		return same(got, want);
	}
	if (choice < 17) {
		model_undo(m, class, keys, owner);
		gate_undo(t->gate, class, keys, owner);
		return true;
	}
	uint32_t rule = (uint32_t)rng_below(r, RULES);
	struct key key = { 0, 0 };
	if (t->rules[rule].key_count)
		key.lo = key.hi = rng_below(r, KEYS);
	if (t->rules[rule].type == RULE_HOLD) {
		instant until = { t->now.ns + (int64_t)rng_below(r, 60) - 10 };
		mark_add(m, (struct mark){ rule, key, until, 0 });
		gate_hold(t->gate, rule, key, until, t->now);
	}
	instant want = model_opens(m, rule, key, t->now);
	instant got = gate_opens(t->gate, rule, key, t->now);
	return want.ns <= t->now.ns ? got.ns <= t->now.ns : got.ns == want.ns;
}

static bool one_seed(uint64_t seed, uint64_t *admits, uint64_t *refusals)
{
	struct trial *t = calloc(1, sizeof *t);
	bool good = t != NULL;

	t->rng = (struct rng){ seed };
	t->now = (instant){ (int64_t)rng_below(&t->rng, 1000) - 500 };
	t->model.policy = (struct policy){ .rules = t->rules, .rule_count = RULES };
	for (uint32_t i = 0; i < RULES; i++)
		some_rule(&t->rules[i], &t->rng);
	t->gate = gate_new(&t->model.policy);
	for (int i = 0; good && i < STEPS; i++)
		good = step(t);
	*admits += t->admits;
	*refusals += t->refusals;
	gate_free(t->gate);
	free(t);
	return good;
}

static void the_gate_decides_as_a_list_of_everything_that_happened(void)
{
	const char *more = getenv("COUNT");
	uint64_t count = more ? strtoull(more, NULL, 0) : 500;
	uint64_t first = t_seed(1), admits = 0, refusals = 0;

	for (uint64_t seed = first; seed < first + count; seed++)
		if (!OK(one_seed(seed, &admits, &refusals))) {
			printf("# SEED=%" PRIu64 "\n", seed);
			return;
		}
	/* Neither side of the question may be rare. */
	OK(getenv("SEED") || (admits > 20 * count && refusals > 20 * count));
}

int main(void)
{
	RUN(the_gate_decides_as_a_list_of_everything_that_happened);
	return t_done();
}
