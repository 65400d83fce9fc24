/* Who gets the next action, and how many may be given: a crew of workers. */
#include "base/rng.h"
#include "core/crew.h"
#include "t.h"

static const struct backoff_policy ladder = {
	.initial = { 100 * NS_PER_MS },
	.factor = 2,
	.max = { NS_PER_S },
	.threshold = 3,
	.crash_window = { 60 * NS_PER_S },
	.cooldown = { 10 * NS_PER_S },
	.stable_run = { 60 * NS_PER_S },
};

static struct crew crew_of(uint32_t jobs, uint32_t window)
{
	struct crew c = { .window = window, .ladder = &ladder };

	crew_set_jobs(&c, jobs);
	return c;
}

static instant at(int64_t ms)
{
	return (instant){ ms * NS_PER_MS };
}

/* The next action goes to somebody, who is started if he has to be. */
static int64_t give(struct crew *c, int64_t ms)
{
	int64_t i = crew_choose(c, at(ms));

	if (i == CREW_NOBODY)
		return i;
	if (c->members[i].state == CREW_OFF)
		crew_started(c, (uint32_t)i, at(ms));
	c->members[i].load++;
	return i;
}

static void the_one_with_the_fewest_gets_it(void)
{
	struct crew c = crew_of(3, 2);

	for (int64_t i = 0; i < 3; i++)
		EQ(give(&c, 0), i); /* one that idles is started before another gets two */
	c.members[1].load = 0;
	EQ(give(&c, 0), 1);
	for (int64_t i = 0; i < 3; i++)
		EQ(give(&c, 0), i);
	EQ(give(&c, 0), CREW_NOBODY);
	crew_free(&c);
}

static void one_that_is_up_comes_before_one_that_is_not(void)
{
	struct crew c = crew_of(3, 2);

	crew_started(&c, 2, at(0));
	EQ(give(&c, 0), 2);
	EQ(give(&c, 0), 0);
	crew_free(&c);
}

static void one_that_has_crashed_is_held_longer_each_time(void)
{
	struct crew c = crew_of(1, 4);

	EQ(crew_slots(&c, at(0)), 4);
	EQ(give(&c, 0), 0);
	c.members[0].load = 0;
	OK(!crew_ended(&c, 0, true, at(0), 0));
	EQ(crew_slots(&c, at(99)), 0);
	EQ(give(&c, 99), CREW_NOBODY);
	EQ(crew_wakes(&c, at(0)).ns, 100 * NS_PER_MS);
	EQ(crew_slots(&c, at(100)), 4);
	EQ(give(&c, 100), 0);
	OK(!crew_ended(&c, 0, true, at(100), 0));
	EQ(crew_wakes(&c, at(100)).ns, 300 * NS_PER_MS);
	crew_started(&c, 0, at(300));
	OK(crew_ended(&c, 0, true, at(300), 0)); /* the third: a loop */
	EQ(crew_wakes(&c, at(300)).ns, 10300 * NS_PER_MS);
	crew_free(&c);
}

static void one_that_ends_well_is_started_again_at_once(void)
{
	struct crew c = crew_of(1, 4);

	crew_started(&c, 0, at(0));
	OK(!crew_ended(&c, 0, false, at(5), 0));
	EQ(crew_slots(&c, at(5)), 4);
	EQ(crew_wakes(&c, at(5)).ns, INT64_MAX);
	crew_free(&c);
}

static void one_on_its_way_out_keeps_what_it_has_and_gets_no_more(void)
{
	struct crew c = crew_of(1, 4);

	give(&c, 0);
	give(&c, 0);
	c.members[0].state = CREW_LEAVING;
	EQ(crew_slots(&c, at(0)), 2);
	EQ(give(&c, 0), CREW_NOBODY);
	crew_free(&c);
}

static void fewer_jobs_take_the_last_ones_away(void)
{
	struct crew c = crew_of(3, 4);

	for (int i = 0; i < 3; i++)
		give(&c, 0);
	crew_set_jobs(&c, 1);
	EQ(crew_slots(&c, at(0)), 4 + 1 + 1);
	for (int i = 0; i < 3; i++)
		EQ(give(&c, 0), 0);
	EQ(give(&c, 0), CREW_NOBODY);
	crew_set_jobs(&c, 4);
	EQ(c.count, 4);
	EQ(crew_slots(&c, at(0)), 16);
	EQ(give(&c, 0), 3);
	crew_set_jobs(&c, 0);
	EQ(give(&c, 0), CREW_NOBODY);
	crew_free(&c);
}

static void a_replay_knows_no_state_no_hold_and_no_other_number(void)
{
	struct crew c = { .window = 2, .ladder = &ladder, .replay = true };

	crew_set_jobs(&c, 2);
	crew_started(&c, 1, at(0));
	EQ(give(&c, 0), 0);
	c.members[0].load = 0;
	c.members[0].state = CREW_LEAVING;
	EQ(crew_slots(&c, at(0)), 4);
	EQ(crew_choose(&c, at(0)), 0);
	OK(!crew_ended(&c, 0, true, at(0), 0));
	EQ(crew_choose(&c, at(0)), 0);
	EQ(crew_wakes(&c, at(0)).ns, INT64_MAX);
	crew_set_jobs(&c, 1);
	EQ(crew_slots(&c, at(0)), 4);
	crew_free(&c);
}

/* ---- any history ---- */

struct history {
	struct rng rng;
	struct crew c;
	int64_t ms;
	uint32_t load;
};

static void something_happens(struct history *h)
{
	uint32_t i = (uint32_t)rng_below(&h->rng, h->c.count);
	struct crew_member *m = &h->c.members[i];

	switch (rng_below(&h->rng, 6)) {
	case 0:
		if (m->state == CREW_UP)
			m->state = CREW_LEAVING;
		break;
	case 1:
		if (m->state != CREW_OFF) {
			h->load -= m->load;
			m->load = 0;
			crew_ended(&h->c, i, rng_below(&h->rng, 2), at(h->ms), rng_next(&h->rng));
		}
		break;
	case 2:
		h->ms += (int64_t)rng_below(&h->rng, 300);
		break;
	case 3:
		crew_set_jobs(&h->c, 1 + (uint32_t)rng_below(&h->rng, 5));
		break;
	default:
		if (m->load) {
			m->load--;
			h->load--;
		}
		break;
	}
}

/* The engine gives as long as there are slots. */
static bool fill(struct history *h)
{
	uint32_t slots = crew_slots(&h->c, at(h->ms));

	while (h->load < slots) {
		int64_t i = give(&h->c, h->ms);

		if (!OK(i != CREW_NOBODY))
			return false;
		const struct crew_member *m = &h->c.members[i];
		if (!OK(!m->surplus && m->state == CREW_UP && m->load <= h->c.window))
			return false;
		h->load++;
		/* To start somebody makes no slots and takes none away. */
		if (!OK(crew_slots(&h->c, at(h->ms)) == slots))
			return false;
	}
	return OK(h->load == slots && crew_choose(&h->c, at(h->ms)) == CREW_NOBODY);
}

/* Nobody takes work again without having said when. */
static bool wakes(const struct history *h)
{
	instant next = crew_wakes(&h->c, at(h->ms));
	uint32_t slots = crew_slots(&h->c, at(h->ms));

	if (next.ns == INT64_MAX)
		return OK(crew_slots(&h->c, at(h->ms + 1000000)) == slots);
	return OK(crew_slots(&h->c, (instant){ next.ns - 1 }) == slots) &&
	       OK(crew_slots(&h->c, next) > slots);
}

static bool one_history(uint64_t seed)
{
	struct history h = { .rng = { seed }, .c = crew_of(3, 1 + (uint32_t)(seed % 4)) };
	bool good = true;

	for (int i = 0; good && i < 300; i++) {
		something_happens(&h);
		good = wakes(&h) && fill(&h);
	}
	crew_free(&h.c);
	return good;
}

static void there_is_always_somebody_for_a_free_slot(void)
{
	uint64_t first = t_seed(1), count = t_seeds(200);

	for (uint64_t seed = first; seed < first + count; seed++)
		if (!one_history(seed)) {
			t_again(seed);
			return;
		}
}

int main(void)
{
	RUN(the_one_with_the_fewest_gets_it);
	RUN(one_that_is_up_comes_before_one_that_is_not);
	RUN(one_that_has_crashed_is_held_longer_each_time);
	RUN(one_that_ends_well_is_started_again_at_once);
	RUN(one_on_its_way_out_keeps_what_it_has_and_gets_no_more);
	RUN(fewer_jobs_take_the_last_ones_away);
	RUN(a_replay_knows_no_state_no_hold_and_no_other_number);
	RUN(there_is_always_somebody_for_a_free_slot);
	return t_done();
}
