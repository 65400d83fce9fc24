/* What is done, held against a list that knows everything. */
#include "base/rng.h"
#include "core/done.h"
#include "t.h"

static struct key key(uint64_t lo)
{
	return (struct key){ .lo = lo };
}

static void nothing_is_done_at_first(void)
{
	struct done d = { 0 };

	EQ(done_ask(&d, key(1), key(2)), DONE_NOT);
	done_set(&d, key(1), key(2), false);
	EQ(done_ask(&d, key(1), key(2)), DONE_NOT);
	EQ(d.count, 0);
	done_free(&d);
	done_free(&d);
}

static void another_thing_of_the_same_name_is_told_apart(void)
{
	struct done d = { 0 };

	done_set(&d, key(7), key(20), true);
	EQ(done_ask(&d, key(7), key(20)), DONE_YES);
	EQ(done_ask(&d, key(7), key(30)), DONE_OTHER);
	EQ(done_ask(&d, key(8), key(20)), DONE_NOT);
	done_set(&d, key(7), key(30), true);
	EQ(done_ask(&d, key(7), key(20)), DONE_YES);
	EQ(done_ask(&d, key(7), key(30)), DONE_YES);
	done_free(&d);
}

static void the_last_word_counts(void)
{
	struct done d = { 0 };

	done_set(&d, key(7), key(20), true);
	done_set(&d, key(7), key(20), false);
	EQ(done_ask(&d, key(7), key(20)), DONE_NOT);
	EQ(done_ask(&d, key(7), key(30)), DONE_NOT);
	done_set(&d, key(7), key(20), true);
	EQ(done_ask(&d, key(7), key(20)), DONE_YES);
	EQ(d.count, 1);
	done_free(&d);
}

static void zeros_are_fingerprints_like_others(void)
{
	struct done d = { 0 };

	done_set(&d, key(0), key(0), true);
	EQ(done_ask(&d, key(0), key(0)), DONE_YES);
	EQ(done_ask(&d, key(0), key(2)), DONE_OTHER);
	EQ(done_ask(&d, key(UINT64_MAX), key(0)), DONE_NOT);
	done_set(&d, key(UINT64_MAX), key(0), true); /* its home is the last slot */
	done_set(&d, key(UINT64_MAX), key(2), true);
	EQ(done_ask(&d, key(UINT64_MAX), key(2)), DONE_YES);
	done_free(&d);
}

/* ---- against a list ---- */

enum { NAMES = 40, THINGS = 4, STEPS = 400 };

/* Names that crowd together at the ends and somewhere between. */
static struct key name(uint32_t i)
{
	static const uint64_t near[] = { 0, UINT64_MAX - 10, UINT64_C(1) << 63, 12345 };

	return key(near[i % 4] + i / 4 + 2);
}

static bool trial(uint64_t seed)
{
	struct rng rng = { seed };
	bool is[NAMES][THINGS] = { 0 };
	struct done d = { 0 };
	bool good = true;

	for (int step = 0; good && step < STEPS; step++) {
		uint32_t n = (uint32_t)rng_below(&rng, NAMES);
		uint32_t t = (uint32_t)rng_below(&rng, THINGS);
		bool others = false;

		if (rng_below(&rng, 2)) {
			is[n][t] = rng_below(&rng, 3) > 0;
			done_set(&d, name(n), key(t * 2), is[n][t]);
		}
		for (uint32_t i = 0; i < THINGS; i++)
			others |= is[n][i];
		good = EQ(done_ask(&d, name(n), key(t * 2)), is[n][t] ? DONE_YES
		                                             : others ? DONE_OTHER
		                                                      : DONE_NOT);
	}
	done_free(&d);
	return good;
}

static void answers_are_those_of_a_list(void)
{
	uint64_t first = t_seed(1), count = t_seeds(300);

	for (uint64_t i = 0; i < count; i++)
		if (!trial(first + i)) {
			t_again(first + i);
			break;
		}
}

static void it_grows(void)
{
	enum { MANY = 200000 };
	struct done d = { 0 };
	struct rng rng = { 3 };
	int wrong = 0;

	for (uint32_t i = 0; i < MANY; i++)
		done_set(&d, key(rng_next(&rng)), key(i * 2), true);
	EQ(d.count, MANY);
	OK(d.slots < MANY * 2);
	rng = (struct rng){ 3 };
	for (uint32_t i = 0; i < MANY; i++) {
		struct key who = key(rng_next(&rng));
		wrong += done_ask(&d, who, key(i * 2)) != DONE_YES;
		wrong += done_ask(&d, who, key(i * 2 + 2)) != DONE_OTHER;
	}
	EQ(wrong, 0);
	done_free(&d);
}

int main(void)
{
	RUN(nothing_is_done_at_first);
	RUN(another_thing_of_the_same_name_is_told_apart);
	RUN(the_last_word_counts);
	RUN(zeros_are_fingerprints_like_others);
	RUN(answers_are_those_of_a_list);
	RUN(it_grows);
	return t_done();
}
