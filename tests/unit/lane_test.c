/* Lanes alone (core/lane.h), against lists; the engine's are in its properties. */
#include "base/rng.h"
#include "core/lane.h"
#include "t.h"

#include <stdlib.h>

static struct key key_of(uint64_t n)
{
	return (struct key){ n, ~n };
}

static void one_has_it_and_the_others_follow_in_order_of_arrival(void)
{
	struct lanes l;
	struct timer t[4] = { { 0 } };

	lanes_init(&l);
	OK(lanes_take(&l, key_of(1)));
	OK(!lanes_take(&l, key_of(1)));
	OK(lanes_take(&l, key_of(2)));
	lanes_join(&l, key_of(1), &t[2], 20);
	lanes_join(&l, key_of(1), &t[1], 10);
	lanes_join(&l, key_of(1), &t[3], 30);
	lanes_quit(&l, key_of(1), &t[2]);
	EQ(t[2].place, 0);
	OK(lanes_pass(&l, key_of(1)) == &t[1]);
	OK(lanes_pass(&l, key_of(1)) == &t[3]);
	OK(!lanes_take(&l, key_of(1)));
	OK(!lanes_pass(&l, key_of(1)));
	OK(lanes_take(&l, key_of(1)));
	lanes_free(&l);
}

static void a_lane_that_nobody_has_takes_no_memory(void)
{
	struct lanes l;

	lanes_init(&l);
	for (uint64_t i = 0; i < 10000; i++) {
		OK(lanes_take(&l, key_of(i)));
		OK(!lanes_pass(&l, key_of(i)));
	}
	EQ(l.lanes.count, 0);
	OK(l.lanes.room < 100);
	lanes_free(&l);
}

/* ---- a model: who has each lane, and who follows, marked in arrays ---- */

enum { LANES = 4, TIMERS = 40 };

struct model {
	bool had[LANES];
	int lane[TIMERS]; /* that it follows in, or -1 */
};

static int first_of(const struct model *m, int lane)
{
	for (int i = 0; i < TIMERS; i++)
		if (m->lane[i] == lane)
			return i;
	return -1;
}

static void random_lanes_agree_with_a_model(void)
{
	uint64_t first = t_seed(1), count = t_seeds(200);

	for (uint64_t seed = first; seed < first + count; seed++) {
		struct rng rng = { seed };
		struct timer t[TIMERS] = { { 0 } };
		struct model m = { 0 };
		struct lanes l;
		bool good = true;

		for (int i = 0; i < TIMERS; i++)
			m.lane[i] = -1;
		lanes_init(&l);
		for (int step = 0; step < 300; step++) {
			int lane = (int)rng_below(&rng, LANES), i = (int)rng_below(&rng, TIMERS);
			struct key k = key_of((uint64_t)lane);

			if (m.lane[i] >= 0) {
				lanes_quit(&l, key_of((uint64_t)m.lane[i]), &t[i]);
				m.lane[i] = -1;
			} else if (!m.had[lane]) {
				good &= OK(lanes_take(&l, k));
				m.had[lane] = true;
			} else if (rng_below(&rng, 3)) {
				good &= OK(!lanes_take(&l, k));
				lanes_join(&l, k, &t[i], (uint64_t)i);
				m.lane[i] = lane;
			} else {
				int next = first_of(&m, lane);
				good &= OK(lanes_pass(&l, k) == (next < 0 ? NULL : &t[next]));
				if (next < 0)
					m.had[lane] = false;
				else
					m.lane[next] = -1;
			}
		}
		lanes_free(&l);
		if (!good) {
			t_again(seed);
			return;
		}
	}
}

int main(void)
{
	RUN(one_has_it_and_the_others_follow_in_order_of_arrival);
	RUN(a_lane_that_nobody_has_takes_no_memory);
	RUN(random_lanes_agree_with_a_model);
	return t_done();
}
