/* How much may be started on a machine that has other work, too: by hand, and against a
 * machine whose load average is computed as the kernel does. */
#include "t.h"
#include "core/throttle.h"

#include "base/rng.h"

static const struct throttle_policy load_4 = { .max_load = 4 };
static const struct throttle_policy free_100 = { .min_free = 100 };

static instant second(int64_t s)
{
	return instant_ms(1000 * s);
}

static uint32_t limit_of(struct throttle *t, const struct throttle_policy *p,
                         struct throttle_sample s, uint32_t running, int64_t at_s)
{
	throttle_count(t, running, second(at_s));
	return throttle_limit(t, p, &s, running);
}

static uint32_t with_load(struct throttle *t, double load, uint32_t running, int64_t at_s)
{
	return limit_of(t, &load_4, (struct throttle_sample){ .load = load }, running, at_s);
}

static uint32_t with_free(struct throttle *t, uint64_t free, uint32_t running, int64_t at_s)
{
	return limit_of(t, &free_100, (struct throttle_sample){ .free = free }, running, at_s);
}

static void without_a_limit_everything_may_run(void)
{
	const struct throttle_policy none = { 0 };
	struct throttle t = { 0 };

	OK(!throttle_is_limit(&none));
	OK(throttle_is_limit(&load_4) && throttle_is_limit(&free_100));
	EQ(limit_of(&t, &none, (struct throttle_sample){ .load = 1000 }, 7, 0), UINT32_MAX);
}

static void what_we_have_just_started_counts_though_the_average_has_not_seen_it(void)
{
	struct throttle t = { 0 };

	EQ(with_load(&t, 1, 0, 0), 3);
	EQ(with_load(&t, 1, 3, 1), 3);
	EQ(with_load(&t, 1, 4, 2), 0);
	EQ(t.cause, THROTTLE_LOAD);
	EQ(with_load(&t, 1, 2, 3), 3);
	EQ(t.cause, THROTTLE_NOT);
}

static void what_the_average_has_of_ours_does_not_count_twice(void)
{
	struct throttle t = { 0 };

	throttle_count(&t, 0, second(0));
	EQ(with_load(&t, 4, 3, 2000), 0);
	EQ(with_load(&t, 3, 3, 2001), 4);
	/* They have ended, the average will forget them: others may run instead. */
	EQ(with_load(&t, 3, 0, 2002), 4);
}

static void a_load_below_the_limit_lets_one_start_at_least(void)
{
	struct throttle t = { 0 };

	EQ(with_load(&t, 3.99, 0, 0), 1);
	EQ(with_load(&t, 4, 0, 1), 0);
}

static void memory_is_felt_for_from_one_handler_on(void)
{
	struct throttle t = { 0 };

	EQ(with_free(&t, 100, 0, 0), 1);
	EQ(with_free(&t, 100, 0, 1), 1); /* nobody has used it */
	EQ(with_free(&t, 100, 1, 2), 2);
	EQ(with_free(&t, 100, 2, 3), 4);
	EQ(with_free(&t, 100, 4, 4), 8);
	EQ(with_free(&t, 99, 8, 5), 0);
	EQ(t.cause, THROTTLE_FREE);
	EQ(with_free(&t, 99, 5, 6), 0);
	EQ(with_free(&t, 100, 3, 7), 4);
	EQ(with_free(&t, 100, 4, 8), 5);
	EQ(with_free(&t, 100, 4, 9), 5);
	EQ(with_free(&t, 100, 5, 10), 6);
}

static void one_that_is_exceeded_is_enough(void)
{
	const struct throttle_policy p = { .max_load = 4,
		                           .min_free_share = 0.1,
		                           .max_pressure = { 40, 10, 0 } };
	const struct throttle_sample good = { .free_share = 0.1, .pressure = { 40, 10, 99 } };
	struct throttle_sample bad = good;
	struct throttle t = { 0 };

	OK(limit_of(&t, &p, good, 0, 0) > 0);
	bad.free_share = 0.09;
	EQ(limit_of(&t, &p, bad, 0, 1), 0);
	EQ(t.cause, THROTTLE_FREE_SHARE);
	bad = good;
	bad.pressure[THROTTLE_MEMORY] = 10.1;
	EQ(limit_of(&t, &p, bad, 0, 2), 0);
	EQ(t.cause, THROTTLE_PRESSURE + THROTTLE_MEMORY);
	bad = good;
	bad.load = 4;
	EQ(limit_of(&t, &p, bad, 0, 3), 0);
	EQ(t.cause, THROTTLE_LOAD);
	OK(limit_of(&t, &p, good, 0, 4) > 0);
	EQ(t.cause, THROTTLE_NOT);
}

static void time_that_stands_still_or_goes_back_harms_nothing(void)
{
	struct throttle t = { 0 };

	EQ(with_load(&t, 0, 0, 100), 4);
	EQ(with_load(&t, 0, 4, 50), 0);
	EQ(with_load(&t, 0, 4, 100), 0);
	throttle_count(&t, UINT32_MAX, INSTANT_NEVER);
	throttle_count(&t, UINT32_MAX, (instant){ INT64_MIN });
}

/* Whatever is measured: nothing is started while something is exceeded, and something may
 * be as long as nothing is. */
static void a_limit_is_zero_exactly_when_something_is_exceeded(void)
{
	struct rng rng = { t_seed(1) };
	struct throttle t = { 0 };
	const struct throttle_policy p = { .max_load = 3, .min_free = 5, .max_pressure = { 50 } };
	uint32_t running = 0;
	bool good = true;

	for (int64_t i = 0; i < 20000; i++) {
		struct throttle_sample s = { .load = (double)rng_below(&rng, 4),
			                     .free = 4 + rng_below(&rng, 30),
			                     .pressure = { (double)rng_below(&rng, 60) } };
		uint32_t limit = limit_of(&t, &p, s, running, i);
		bool bad = s.free < 5 || s.pressure[0] > 50 || s.load + running - t.ours >= 3;

		good &= bad == (limit == 0) && (limit == 0) == (t.cause != THROTTLE_NOT);
		running = rng_below(&rng, 3) ? limit : (uint32_t)rng_below(&rng, 1 + running);
		running = running > 1000 ? 1000 : running;
	}
	OK(good);
}

/* The kernel's: every five seconds, of what runs then. */
struct machine_model {
	double load;
	uint32_t others, ours;
};

static void machine_runs(struct machine_model *m, int64_t at_s)
{
	if (at_s % 5 == 0)
		m->load = m->load * 0.920044 + (m->others + m->ours) * 0.079956;
}

/* Handlers that always run: neither at first, when the average lags behind by a minute,
 * nor later are there more than fit, and in the end the place is used. */
static void the_machine_is_filled_and_not_overrun(void)
{
	uint64_t first = t_seed(1), count = t_seeds(200);

	for (uint64_t seed = first; seed < first + count; seed++) {
		struct rng rng = { seed };
		struct throttle t = { 0 };
		const struct throttle_policy p = { .max_load = (double)(1 + rng_below(&rng, 16)) };
		struct machine_model m = { .others = (uint32_t)rng_below(&rng, 8) };
		uint32_t room = p.max_load > m.others ? (uint32_t)p.max_load - m.others : 0;
		uint32_t most = 0;
		uint64_t life = 1 + rng_below(&rng, 200);

		m.load = m.others;
		for (int64_t at = 0; at < 900; at++) {
			machine_runs(&m, at);
			uint32_t ended = 0;
			for (uint32_t i = 0; i < m.ours; i++)
				ended += rng_below(&rng, life) == 0;
			throttle_count(&t, m.ours, second(at));
			m.ours -= ended;
			uint32_t limit = limit_of(
				&t, &p, (struct throttle_sample){ .load = m.load }, m.ours, at);
			if (limit > m.ours)
				m.ours = limit;
			most = m.ours > most ? m.ours : most;
		}
		if (!OK(most <= room + 1 + room / 8 && m.ours + 1 >= room)) {
			printf("# room %u, most %u, at last %u\n", room, most, m.ours);
			t_again(seed);
			return;
		}
	}
}

int main(void)
{
	RUN(without_a_limit_everything_may_run);
	RUN(what_we_have_just_started_counts_though_the_average_has_not_seen_it);
	RUN(what_the_average_has_of_ours_does_not_count_twice);
	RUN(a_load_below_the_limit_lets_one_start_at_least);
	RUN(memory_is_felt_for_from_one_handler_on);
	RUN(one_that_is_exceeded_is_enough);
	RUN(time_that_stands_still_or_goes_back_harms_nothing);
	RUN(a_limit_is_zero_exactly_when_something_is_exceeded);
	RUN(the_machine_is_filled_and_not_overrun);
	return t_done();
}
