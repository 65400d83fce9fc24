/* The heap against a list from which the least is searched. */
#include "base/mem.h"
#include "base/rng.h"
#include "core/heap.h"
#include "t.h"

enum { TIMERS = 60 };

struct entry {
	struct timer timer;
	bool in;
	instant due;
	uint64_t order;
};

static struct entry *least(struct entry *entries)
{
	struct entry *best = NULL;

	for (struct entry *e = entries; e < entries + TIMERS; e++)
		if (e->in && (!best || e->due.ns < best->due.ns ||
		              (e->due.ns == best->due.ns && e->order < best->order)))
			best = e;
	return best;
}

static bool same(const struct heap *h, struct entry *entries, uint32_t count)
{
	const struct entry *want = least(entries);

	if (h->count != count || (heap_top(h) != NULL) != (want != NULL))
		return false;
	if (heap_due(h).ns != (want ? want->due.ns : INT64_MAX))
		return false;
	for (const struct entry *e = entries; e < entries + TIMERS; e++)
		if (heap_when(h, &e->timer).ns != (e->in ? e->due.ns : INT64_MAX))
			return false;
	for (uint32_t i = 1; i < h->count; i++) {
		const struct heap_slot *s = &h->slots[i],
				       *above = &h->slots[(i - 1) / HEAP_CHILDREN];

		if (above->due.ns > s->due.ns ||
		    (above->due.ns == s->due.ns && above->order > s->order))
			return false;
	}
	return !want || heap_top(h)->timer == &want->timer;
}

static bool one_seed(uint64_t seed)
{
	struct rng rng = { seed };
	struct entry entries[TIMERS] = { 0 };
	struct heap h = { 0 };
	uint64_t dues = 1 + rng_below(&rng, 30); /* few: many are equal */
	uint32_t count = 0;
	bool good = true;

	for (int i = 0; good && i < 2000; i++) {
		struct entry *e = &entries[rng_below(&rng, TIMERS)];

		if (rng_below(&rng, 3)) {
			count += !e->in;
			e->in = true;
			e->due = (instant){ (int64_t)rng_below(&rng, dues) };
			e->order = (uint64_t)(e - entries) ^ (seed & 63);
			heap_set(&h, &e->timer, e->due, e->order);
		} else {
			count -= e->in;
			e->in = false;
			heap_remove(&h, &e->timer);
		}
		good = same(&h, entries, count);
	}
	heap_free(&h);
	heap_free(&h);
	return good;
}

static void the_top_of_a_heap_is_the_least_of_a_list(void)
{
	uint64_t first = t_seed(1), count = t_seeds(100);

	for (uint64_t seed = first; seed < first + count; seed++)
		if (!OK(one_seed(seed))) {
			t_again(seed);
			return;
		}
}

static void D_8_equal_due_times_come_out_by_arrival(void)
{
	struct timer timers[100] = { 0 };
	struct heap h = { 0 };

	for (uint64_t i = 0; i < 100; i++)
		heap_set(&h, &timers[i * 37 % 100], instant_ms(5), i * 37 % 100);
	for (uint64_t i = 0; i < 100; i++) {
		EQ(heap_top(&h)->order, i);
		OK(heap_top(&h)->timer == &timers[i]);
		heap_remove(&h, heap_top(&h)->timer);
	}
	OK(heap_top(&h) == NULL);
	heap_free(&h);
}

static void a_timer_that_is_not_in_can_be_removed(void)
{
	struct timer in = { 0 }, out = { 0 };
	struct heap h = { 0 };

	heap_set(&h, &in, instant_ms(1), 1);
	heap_remove(&h, &out);
	EQ(h.count, 1);
	heap_remove(&h, &in);
	heap_remove(&h, &in);
	EQ(h.count, 0);
	EQ(heap_due(&h).ns, INT64_MAX);
	heap_free(&h);
}

int main(void)
{
	RUN(the_top_of_a_heap_is_the_least_of_a_list);
	RUN(D_8_equal_due_times_come_out_by_arrival);
	RUN(a_timer_that_is_not_in_can_be_removed);
	return t_done();
}
