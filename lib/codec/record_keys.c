#include "codec/record.h"

#include "base/mem.h"

#include <stdlib.h>

struct paths {
	uint32_t count;
	uint32_t *numbers; /* of the reader */
};

struct record_keys {
	struct hash_seed seed;
	const struct policy *policy;
	struct paths *rules;
	struct paths lane;
	struct paths twin;
};

static struct paths paths_new(struct record_reader *r, char **list, uint32_t count)
{
	struct paths p = { count, mem_zeroed(count, sizeof *p.numbers) };

	for (uint32_t i = 0; i < count; i++)
		p.numbers[i] = record_reader_add(r, list[i]);
	return p;
}

struct record_keys *record_keys_new(const struct policy *policy, struct record_reader *r,
                                    struct hash_seed seed)
{
	const struct executor_policy *executor = &policy->executor;
	struct record_keys *k = mem_zeroed(1, sizeof *k);

	k->seed = seed;
	k->policy = policy;
	k->rules = mem_zeroed(policy->rule_count, sizeof *k->rules);
	for (uint32_t i = 0; i < policy->rule_count; i++)
		k->rules[i] = paths_new(r, policy->rules[i].key, policy->rules[i].key_count);
	k->lane = paths_new(r, executor->serialize, executor->serialize_count);
	k->twin = paths_new(r, executor->dedupe.key, executor->dedupe.key_count);
	return k;
}

void record_keys_free(struct record_keys *k)
{
	if (!k)
		return;
	for (uint32_t i = 0; i < k->policy->rule_count; i++)
		free(k->rules[i].numbers);
	free(k->rules);
	free(k->lane.numbers);
	free(k->twin.numbers);
	free(k);
}

/* One member's fingerprint is the key as it is; several are hashed in a row. */
static struct key key_of(const struct record_keys *k, const struct paths *p, const struct record *r)
{
	struct key all = { 0 };

	for (uint32_t i = 0; i < p->count; i++) {
		struct key one = json_fingerprint(k->seed, r->found[p->numbers[i]].text);
		struct key both[] = { all, one };
		all = i == 0 ? one : hash_bytes(k->seed, both, sizeof both);
	}
	return all;
}

void record_keys_of(const struct record_keys *k, const struct gate_class *class,
                    const struct record *r, struct key *keys)
{
	for (uint32_t i = 0; i < class->count; i++)
		keys[i] = key_of(k, &k->rules[class->rules[i]], r);
}

bool record_key_of(const struct record_keys *k, uint32_t rule, const struct record *r,
                   struct key *key)
{
	const struct paths *p = &k->rules[rule];

	for (uint32_t i = 0; i < p->count; i++)
		if (!r->found[p->numbers[i]].text.p)
			return false;
	*key = key_of(k, p, r);
	return true;
}

static bool has_any(const struct paths *p, const struct record *r)
{
	for (uint32_t i = 0; i < p->count; i++)
		if (r->found[p->numbers[i]].text.p)
			return true;
	return false;
}

bool record_lane(const struct record_keys *k, const struct record *r, struct key *key)
{
	if (!has_any(&k->lane, r))
		return false;
	*key = key_of(k, &k->lane, r);
	return true;
}

bool record_twin(const struct record_keys *k, const struct record *r, struct key *key)
{
	if (!has_any(&k->twin, r))
		return false;
	struct key both[] = { hash_bytes(k->seed, r->kind.p, r->kind.n), key_of(k, &k->twin, r) };
	*key = hash_bytes(k->seed, both, sizeof both);
	return true;
}

/* Different numbers stay different: every step of the mixing can be undone. */
static uint64_t mixed(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

bool record_next_hold(const struct record_keys *k, const struct record *r, uint32_t *rule,
                      struct key *key)
{
	for (; *rule < k->policy->rule_count; ++*rule)
		if (k->policy->rules[*rule].type == RULE_HOLD && record_key_of(k, *rule, r, key))
			return true;
	return false;
}

uint64_t record_owner(const struct record_keys *k, const struct record *r)
{
	if (r->id_type == RECORD_ID_NUMBER)
		return mixed(r->id ^ k->seed.k0);
	return json_fingerprint(k->seed, r->id_member.text).lo;
}
