/* Twins alone (core/twin.h), against a model; the engine's are in its properties. */
#include "core/twin.h"

#include "base/rng.h"
#include "t.h"

#include <stdlib.h>

static struct key key_of(uint64_t n)
{
	return (struct key){ n, ~n };
}

static instant at(int64_t ns)
{
	return (instant){ ns };
}

static char *text(const char *s)
{
	char *copy = malloc(strlen(s) + 1);

	return copy ? memcpy(copy, s, strlen(s) + 1) : NULL;
}

static void D_28_what_was_done_is_remembered_for_its_time_and_no_longer(void)
{
	struct twins t;

	twins_init(&t, (span){ 100 });
	EQ(twins_ask(&t, key_of(1), at(0)), TWIN_NEWS_NONE);
	twins_lead(&t, key_of(1), at(0));
	EQ(twins_ask(&t, key_of(1), at(1000)), TWIN_NEWS_AHEAD);
	twins_done(&t, key_of(1), text("7"), at(1000));
	EQ(twins_ask(&t, key_of(1), at(1099)), TWIN_NEWS_DONE);
	SAME(slice_of(twins_name(&t, key_of(1))), "7");
	EQ(twins_ask(&t, key_of(1), at(1100)), TWIN_NEWS_NONE);
	twins_lead(&t, key_of(1), at(1100));
	EQ(twins_ask(&t, key_of(1), at(1100)), TWIN_NEWS_AHEAD);
	twins_forget(&t, key_of(1));
	EQ(twins_ask(&t, key_of(1), at(1100)), TWIN_NEWS_NONE);
	twins_free(&t);
}

static void those_who_wait_come_out_by_arrival(void)
{
	struct twins t;
	struct timer w[3] = { { 0 } };

	twins_init(&t, (span){ 100 });
	twins_lead(&t, key_of(1), at(0));
	twins_join(&t, key_of(1), &w[1], 11);
	twins_join(&t, key_of(1), &w[0], 10);
	twins_join(&t, key_of(1), &w[2], 12);
	twins_quit(&t, key_of(1), &w[1]);
	OK(twins_next(&t, key_of(1)) == &w[0]);
	twins_done(&t, key_of(1), NULL, at(5));
	OK(!twins_name(&t, key_of(1)));
	OK(twins_next(&t, key_of(1)) == &w[2]);
	OK(!twins_next(&t, key_of(1)));
	twins_free(&t);
}

static void memory_follows_what_is_not_over(void)
{
	struct twins t;

	twins_init(&t, (span){ 50 });
	for (int64_t i = 0; i < 100000; i++) {
		twins_lead(&t, key_of((uint64_t)i), at(i));
		twins_done(&t, key_of((uint64_t)i), text("x"), at(i));
	}
	OK(t.known.count < 200);
	OK(t.known.room < 400);
	twins_free(&t);
}

/* ---- a model ---- */

enum { KEYS = 6, KEEP = 40 };

struct model {
	bool ahead, done;
	int64_t done_at;
};

static enum twin_news news_of(const struct model *m, int64_t now)
{
	if (m->ahead)
		return TWIN_NEWS_AHEAD;
	return m->done && now < m->done_at + KEEP ? TWIN_NEWS_DONE : TWIN_NEWS_NONE;
}

static bool step(struct twins *t, struct model *models, struct rng *rng, int64_t now)
{
	uint64_t k = rng_below(rng, KEYS);
	struct model *m = &models[k];

	if (!EQ(twins_ask(t, key_of(k), at(now)), news_of(m, now)))
		return false;
	if (m->ahead && rng_below(rng, 2)) {
		twins_done(t, key_of(k), rng_below(rng, 2) ? text("n") : NULL, at(now));
		*m = (struct model){ .done = true, .done_at = now };
	} else if (m->ahead) {
		twins_forget(t, key_of(k));
		*m = (struct model){ 0 };
	} else if (news_of(m, now) == TWIN_NEWS_NONE) {
		twins_lead(t, key_of(k), at(now));
		*m = (struct model){ .ahead = true };
	}
	return true;
}

static void random_twins_agree_with_a_model(void)
{
	uint64_t first = t_seed(1), count = t_seeds(200);

	for (uint64_t seed = first; seed < first + count; seed++) {
		struct rng rng = { seed };
		struct model models[KEYS] = { 0 };
		struct twins t;
		int64_t now = 0;
		bool good = true;

		twins_init(&t, (span){ KEEP });
		for (int i = 0; good && i < 500; i++) {
			now += (int64_t)rng_below(&rng, 15);
			good = step(&t, models, &rng, now);
		}
		twins_free(&t);
		if (!good) {
			t_again(seed);
			return;
		}
	}
}

int main(void)
{
	RUN(D_28_what_was_done_is_remembered_for_its_time_and_no_longer);
	RUN(those_who_wait_come_out_by_arrival);
	RUN(memory_follows_what_is_not_over);
	RUN(random_twins_agree_with_a_model);
	return t_done();
}
