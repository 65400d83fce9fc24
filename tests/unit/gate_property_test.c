/* The gate against a model that keeps lists and searches them, for random
 * policies, keys and times, equal times and undo included. */
#include "base/rng.h"
#include "gate_model.h"
#include "t.h"

enum { RULES = 4, KINDS = 3, KEYS = 4, OWNERS = 12, STEPS = 400 };

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
		.undo = (enum undo_scope)rng_below(r, 3),
		.hint = rng_below(r, 2) ? HINT_FIRST : HINT_LONGEST,
	};
	if (rng_below(r, 20) == 0)
		p->window = p->per = SPAN_MAX;
}

struct trial {
	struct policy policy;
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

/* All that counts goes into a new gate, and nobody can tell. */
static void move(struct trial *t)
{
	struct gate *old = t->gate;
	struct gate_walk walk = { 0 };
	struct gate_mark m;

	t->gate = gate_new(&t->policy);
	while (gate_next_mark(old, &walk, &m))
		if (instant_after(m.over, t->now))
			gate_put_mark(t->gate, &m, t->now);
	gate_free(old);
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

		if (want.decision == DECISION_ADMIT)
			model_take(m, class, keys, owner, t->now);
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
	t->policy = (struct policy){ .rules = t->rules, .rule_count = RULES };
	t->model.policy = &t->policy;
	for (uint32_t i = 0; i < RULES; i++)
		some_rule(&t->rules[i], &t->rng);
	t->gate = gate_new(&t->policy);
	for (int i = 0; good && i < STEPS; i++) {
		if (rng_below(&t->rng, 40) == 0)
			move(t);
		good = step(t);
	}
	*admits += t->admits;
	*refusals += t->refusals;
	gate_free(t->gate);
	free(t);
	return good;
}

static void the_gate_decides_as_a_list_of_everything_that_happened(void)
{
	uint64_t first = t_seed(1), count = t_seeds(500), admits = 0, refusals = 0;

	for (uint64_t seed = first; seed < first + count; seed++)
		if (!OK(one_seed(seed, &admits, &refusals))) {
			t_again(seed);
			return;
		}
	/* Neither side of the question may be rare. */
	OK(count < 100 || (admits > 20 * count && refusals > 20 * count));
}

int main(void)
{
	RUN(the_gate_decides_as_a_list_of_everything_that_happened);
	return t_done();
}
