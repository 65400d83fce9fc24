/* The table against a list that is searched from end to end. */
#include "t.h"
#include "base/rng.h"
#include "core/table.h"

#include <inttypes.h>

struct thing {
	struct key key;
	uint64_t value;
	bool old;
};

/* The model: unordered, a slot with value 0 is free. */
enum { MODEL = 160 };

struct model {
	struct thing things[MODEL];
	uint32_t count;
};

static struct thing *model_find(struct model *m, struct key k)
{
	for (uint32_t i = 0; i < m->count; i++)
		if (m->things[i].key.hi == k.hi && m->things[i].key.lo == k.lo)
			return &m->things[i];
	return NULL;
}

static struct thing *model_put(struct model *m, struct key k)
{
	struct thing *t = model_find(m, k);

	if (!t) {
		t = &m->things[m->count++];
		*t = (struct thing){ .key = k };
	}
	return t;
}

static void model_remove(struct model *m, struct thing *t)
{
	*t = m->things[--m->count];
}

static bool thing_old(void *entry, const void *context)
{
	*(uint64_t *)(uintptr_t)context += 1;
	return ((struct thing *)entry)->old;
}

static struct key key_of(uint64_t n)
{
	return hash_bytes((struct hash_seed){ 1, 2 }, &n, sizeof n);
}

/* Few different keys, some that share a home or a tag: the worst of all hashes. */
static struct key some_key(struct rng *r, uint32_t shape)
{
	uint64_t n = rng_below(r, MODEL);

	switch (shape) {
	case 0:
		return key_of(n);
	case 1:
		return (struct key){ n << 32, 7 }; /* one home for all */
	case 2:
		return (struct key){ 0, n }; /* one tag for all, homes in a row */
	default:
		return (struct key){ n & 3, n >> 2 };
	}
}

static bool same_contents(const struct table *t, struct model *m)
{
	if (t->count != m->count)
		return false;
	for (uint32_t i = 0; i < t->count; i++) {
		const struct thing *got = table_at(t, i);
		const struct thing *want = model_find(m, got->key);

		if (!want || want->value != got->value || table_find(t, got->key) != got)
			return false;
	}
	return true;
}

/* One random operation on both; false when they differ. */
static bool step(struct table *t, struct model *m, struct rng *r, uint32_t shape)
{
	struct key k = some_key(r, shape);
	struct thing *known = model_find(m, k);
	struct thing *found = table_find(t, k);
	uint64_t calls = 0;

	if ((found != NULL) != (known != NULL) || (found && found->value != known->value))
		return false;
	switch (rng_below(r, 4)) {
	case 0:
		if (found) {
			table_remove(t, found);
			model_remove(m, known);
		}
		break;
	case 1:
		if (found)
			found->old = known->old = true;
		break;
	case 2: {
		struct thing *put = table_put_sweeping(t, k, thing_old, &calls);
		if (calls && !known)
			for (uint32_t i = m->count; i-- > 0;)
				if (m->things[i].old)
					model_remove(m, &m->things[i]);
		if (calls && known)
			return false; /* a known key sweeps nothing */
		if (!known && (put->value || put->old))
			return false; /* a new entry is zero */
		put->value = model_put(m, k)->value = rng_next(r);
		put->old = model_put(m, k)->old;
		break;
	}
	default: {
		struct thing *put = table_put(t, k);
		if (!known && (put->value || put->old))
			return false;
		put->value = model_put(m, k)->value = rng_next(r);
		break;
	}
	}
	return true;
}

static void a_table_is_a_list_of_keys_and_values(void)
{
	uint64_t first = t_seed(1), count = t_seeds(200);

	for (uint64_t seed = first; seed < first + count; seed++) {
		struct rng rng = { seed };
		uint32_t shape = (uint32_t)rng_below(&rng, 4);
		struct model m = { 0 };
		struct table t;
		bool good = true;

		table_init(&t, sizeof(struct thing));
		for (int i = 0; good && i < 1500; i++)
			good = step(&t, &m, &rng, shape) && (i % 50 || same_contents(&t, &m));
		if (!OK(good && same_contents(&t, &m)))
			t_again(seed);
		table_free(&t);
		table_free(&t);
		if (!good)
			return;
	}
}

static void an_empty_table_finds_nothing(void)
{
	struct table t = { .stride = sizeof(struct thing) };

	OK(table_find(&t, key_of(1)) == NULL);
	table_remove(&t, table_put(&t, key_of(1)));
	OK(table_find(&t, key_of(1)) == NULL);
	EQ(t.count, 0);
	table_free(&t);
	OK(table_find(&t, key_of(1)) == NULL);
}

static void entries_lie_side_by_side_after_a_removal(void)
{
	struct table t;

	table_init(&t, sizeof(struct thing));
	for (uint64_t n = 0; n < 100; n++)
		((struct thing *)table_put(&t, key_of(n)))->value = n;
	for (uint64_t n = 0; n < 100; n += 2)
		table_remove(&t, table_find(&t, key_of(n)));
	EQ(t.count, 50);
	uint64_t sum = 0;
	for (uint32_t i = 0; i < t.count; i++)
		sum += ((struct thing *)table_at(&t, i))->value;
	EQ(sum, 2500);
	table_free(&t);
}

/* D-10: what a sweep looks at is paid for by the puts since the last one. */
static uint64_t stale_calls(uint64_t keys, uint64_t lifetime, struct table *t)
{
	struct {
		uint64_t calls; /* first, so that thing_old can count here */
	} context = { 0 };

	for (uint64_t n = 0; n < keys; n++) {
		table_put_sweeping(t, key_of(n), thing_old, &context);
		struct thing *past = n >= lifetime ? table_find(t, key_of(n - lifetime)) : NULL;
		if (past)
			past->old = true;
	}
	return context.calls;
}

static void D_10_sweeping_looks_at_three_entries_a_put_at_most(void)
{
	static const uint64_t lifetimes[] = { 1, 10, 1000, 30000, 1000000 };

	for (size_t i = 0; i < sizeof lifetimes / sizeof lifetimes[0]; i++) {
		struct table t;

		table_init(&t, sizeof(struct thing));
		OK(stale_calls(100000, lifetimes[i], &t) <= 3 * 100000);
		table_free(&t);
	}
}

static void D_10_a_table_of_keys_that_go_stale_stays_in_proportion_to_those_that_live(void)
{
	struct table t;

	table_init(&t, sizeof(struct thing));
	stale_calls(200000, 1000, &t);
	OK(t.count >= 1000);
	OK(t.room <= 3 * 1000);
	OK(t.slots <= 8 * 1000);
	table_free(&t);
}

int main(void)
{
	RUN(a_table_is_a_list_of_keys_and_values);
	RUN(an_empty_table_finds_nothing);
	RUN(entries_lie_side_by_side_after_a_removal);
	RUN(D_10_sweeping_looks_at_three_entries_a_put_at_most);
	RUN(D_10_a_table_of_keys_that_go_stale_stays_in_proportion_to_those_that_live);
	return t_done();
}
