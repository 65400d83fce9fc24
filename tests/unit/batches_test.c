/* Which actions go to one process together, against a model that keeps a list. */
#include "core/batches.h"
#include "t.h"

#include "base/rng.h"
#include "seed.h"

static char items[8];

static struct batches three_at_once(void)
{
	return (struct batches){ .most = 3, .processes = 1, .wait = span_ms(50) };
}

static void join(struct batches *b, int from, int to, int64_t ms)
{
	for (int i = from; i < to; i++)
		batches_join(b, &items[i], instant_ms(ms));
}

static void there_are_never_more_slots_than_can_be_counted(void)
{
	struct batches b = { .most = 65536, .processes = 65535 };

	EQ(batches_slots(&b), 65536u * 65535u);
	b.processes = 65536 + 1;
	EQ(batches_slots(&b), UINT32_MAX);
}

static void a_batch_goes_when_it_is_full(void)
{
	struct batches b = three_at_once();

	join(&b, 0, 2, 0);
	EQ(batches_due(&b, instant_ms(0), false), 0);
	join(&b, 2, 3, 0);
	EQ(batches_due(&b, instant_ms(0), false), 3);
	OK(batches_at(&b, 0) == &items[0] && batches_at(&b, 2) == &items[2]);
	batches_free(&b);
}

static void one_that_is_not_full_goes_when_its_first_has_waited(void)
{
	struct batches b = three_at_once();

	EQ(batches_deadline(&b).ns, INT64_MAX);
	join(&b, 0, 1, 10);
	join(&b, 1, 2, 30);
	EQ(batches_deadline(&b).ns, 60 * NS_PER_MS);
	EQ(batches_due(&b, (instant){ 60 * NS_PER_MS - 1 }, false), 0);
	EQ(batches_due(&b, instant_ms(60), false), 2);
	batches_free(&b);
}

static void one_that_nothing_can_join_goes_at_once(void)
{
	struct batches b = three_at_once();

	EQ(batches_due(&b, instant_ms(0), true), 0);
	join(&b, 0, 1, 0);
	EQ(batches_due(&b, instant_ms(0), true), 1);
	batches_free(&b);
}

static void it_waits_for_a_process_and_fills_up_meanwhile(void)
{
	struct batches b = three_at_once();

	join(&b, 0, 1, 0);
	batches_start(&b, batches_due(&b, instant_ms(50), false));
	join(&b, 1, 5, 60);
	EQ(batches_due(&b, instant_ms(500), true), 0);
	EQ(batches_deadline(&b).ns, INT64_MAX);
	batches_ended(&b);
	EQ(batches_due(&b, instant_ms(60), false), 3);
	batches_start(&b, 3);
	EQ(b.count, 1);
	OK(batches_at(&b, 0) == &items[4]);
	batches_free(&b);
}

static void no_process_is_no_batch(void)
{
	struct batches b = { .most = 1, .wait = span_ms(0) };

	join(&b, 0, 1, 0);
	EQ(batches_due(&b, INSTANT_NEVER, true), 0);
	EQ(batches_deadline(&b).ns, INT64_MAX);
	batches_drop(&b, 1);
	EQ(b.count, 0);
	batches_free(&b);
}

static void a_wait_without_end_is_none(void)
{
	struct batches b = { .most = 2, .processes = 1, .wait = SPAN_MAX };

	join(&b, 0, 1, 1);
	EQ(batches_deadline(&b).ns, INT64_MAX);
	EQ(batches_due(&b, instant_ms(INT64_MAX / 2000000), false), 0);
	batches_free(&b);
}

/* ---- a property ---- */

enum { MOST_ITEMS = 400 };

/* All that ever joined, and which process has it. */
struct model {
	int64_t joined[MOST_ITEMS];
	uint32_t begin; /* the first that is gathered */
	uint32_t end;
	uint32_t running;
};

static uint32_t model_due(const struct model *m, const struct batches *b, int64_t now,
                          bool complete)
{
	uint32_t gathered = m->end - m->begin;

	if (m->running >= b->processes || gathered == 0)
		return 0;
	if (gathered >= b->most)
		return b->most;
	return complete || now - m->joined[m->begin] >= b->wait.ns ? gathered : 0;
}

static char everything[MOST_ITEMS];

static bool same_order(const struct model *m, const struct batches *b)
{
	for (uint32_t i = 0; i < b->count; i++)
		if (batches_at(b, i) != &everything[m->begin + i])
			return false;
	return b->count == m->end - m->begin;
}

/* At the deadline there is a batch, one tick earlier there was none. */
static bool deadline_is_exact(const struct batches *b, int64_t now)
{
	instant deadline = batches_deadline(b);

	if (deadline.ns == INT64_MAX || batches_due(b, (instant){ now }, false))
		return true;
	return deadline.ns > now && batches_due(b, deadline, false) == b->count &&
	       batches_due(b, (instant){ deadline.ns - 1 }, false) == 0;
}

static bool agrees(struct rng *rng)
{
	struct batches b = { .most = 1 + (uint32_t)rng_below(rng, 20),
		             .processes = (uint32_t)rng_below(rng, 4),
		             .wait = { (int64_t)rng_below(rng, 30) } };
	struct model m = { .begin = 0 };
	int64_t now = 0;
	bool same = true;

	while (same && m.end < MOST_ITEMS) {
		bool complete = rng_below(rng, 8) == 0;

		now += (int64_t)rng_below(rng, 10);
		for (uint64_t n = rng_below(rng, 6); n && m.end < MOST_ITEMS; n--) {
			batches_join(&b, &everything[m.end], (instant){ now });
			m.joined[m.end++] = now;
		}
		uint32_t due = batches_due(&b, (instant){ now }, complete);
		same = same_order(&m, &b) && due == model_due(&m, &b, now, complete) &&
		       deadline_is_exact(&b, now);
		if (due && rng_below(rng, 4)) {
			batches_start(&b, due);
			m.begin += due;
			m.running++;
		} else if (b.count && rng_below(rng, 10) == 0) {
			batches_drop(&b, 1);
			m.begin++;
		}
		if (m.running && rng_below(rng, 3) == 0) {
			batches_ended(&b);
			m.running--;
		}
	}
	batches_free(&b);
	return same;
}

static void batches_are_those_of_a_list(void)
{
	uint64_t first = t_seed(1), count = t_seeds(300);

	for (uint64_t seed = first; seed < first + count; seed++) {
		struct rng rng = { seed };

		seed_begin(seed);
		if (!OK(agrees(&rng))) {
			t_again(seed);
			return;
		}
	}
}

int main(void)
{
	RUN(there_are_never_more_slots_than_can_be_counted);
	RUN(a_batch_goes_when_it_is_full);
	RUN(one_that_is_not_full_goes_when_its_first_has_waited);
	RUN(one_that_nothing_can_join_goes_at_once);
	RUN(it_waits_for_a_process_and_fills_up_meanwhile);
	RUN(no_process_is_no_batch);
	RUN(a_wait_without_end_is_none);
	RUN(batches_are_those_of_a_list);
	return t_done();
}
