/* Bins of time against a run that is added up event by event. */
#include "base/rng.h"
#include "sim/series.h"
#include "t.h"

#include <math.h>

static instant ms(int64_t n)
{
	return instant_ms(n);
}

static bool near(double a, double b)
{
	return fabs(a - b) <= 1e-9 * (1 + fabs(b));
}

static void a_short_run_has_bins_of_a_millisecond(void)
{
	static struct series s;

	series_init(&s, ms(100));
	series_at(&s, ms(100))->arrived++;
	series_at(&s, (instant){ 101 * NS_PER_MS - 1 })->arrived++;
	series_at(&s, ms(101))->arrived++;
	EQ(s.width.ns, NS_PER_MS);
	EQ(s.count, 2);
	EQ(s.bins[0].arrived, 2);
	EQ(s.bins[1].arrived, 1);
	series_at(&s, ms(100 + SERIES_BINS - 1));
	EQ(s.width.ns, NS_PER_MS);
	EQ(s.count, SERIES_BINS);
}

static void a_longer_run_has_wider_bins(void)
{
	static struct series s;

	series_init(&s, ms(0));
	for (int64_t t = 0; t < SERIES_BINS; t++)
		series_at(&s, ms(t))->arrived++;
	series_at(&s, ms(SERIES_BINS))->arrived += 7;
	EQ(s.width.ns, 2 * NS_PER_MS);
	EQ(s.count, SERIES_BINS / 2 + 1);
	EQ(s.bins[0].arrived, 2);
	EQ(s.bins[SERIES_BINS / 2 - 1].arrived, 2);
	EQ(s.bins[SERIES_BINS / 2].arrived, 7);
	EQ(s.bins[SERIES_BINS / 2 + 1].arrived, 0);
}

static void a_level_is_spread_over_the_bins_that_it_lasts(void)
{
	static struct series s;
	struct series_levels levels = { .depth = 8, .running = 2, .asserted = true };

	series_init(&s, ms(0));
	series_add(&s, &levels, (instant){ 500000 }, (instant){ 3250000 });
	EQ(s.count, 4);
	OK(near(s.bins[0].depth, 0.0005 * 8));
	OK(near(s.bins[1].depth, 0.001 * 8));
	OK(near(s.bins[2].running, 0.001 * 2));
	OK(near(s.bins[3].depth, 0.00025 * 8));
	OK(near(s.bins[3].asserted, 0.00025));
	EQ(s.bins[3].max_depth, 8);
	EQ(s.bins[3].max_running, 2);
	EQ(s.bins[4].max_depth, 0);
}

static void a_level_that_ends_with_a_bin_does_not_begin_the_next(void)
{
	static struct series s;

	series_init(&s, ms(0));
	series_add(&s, &(struct series_levels){ .depth = 1 }, ms(0), ms(3));
	EQ(s.count, 3);
	series_add(&s, &(struct series_levels){ .depth = 9 }, ms(3), ms(3));
	EQ(s.count, 4);
	EQ(s.bins[3].max_depth, 9);
	OK(near(s.bins[3].depth, 0));
}

static void a_run_of_centuries_fits(void)
{
	static struct series s;

	series_init(&s, (instant){ 0 });
	series_add(&s, &(struct series_levels){ .depth = 1 }, ms(0), (instant){ INT64_MAX - 1 });
	double sum = 0;
	for (uint32_t i = 0; i < s.count; i++)
		sum += s.bins[i].depth;
	OK(near(sum, (double)INT64_MAX / 1e9));
}

/* The model: every stretch of time and every arrival as it came. */
enum { STEPS = 300 };

struct stretch {
	int64_t from, to;
	struct series_levels levels;
	uint64_t arrived; /* at `from` */
};

static bool same_bin(const struct bin *b, const struct stretch *steps, int64_t from, int64_t to)
{
	struct bin want = { 0 };

	for (int i = 0; i < STEPS; i++) {
		const struct stretch *s = &steps[i];
		int64_t begin = s->from > from ? s->from : from, end = s->to < to ? s->to : to;
		bool at_once = s->from == s->to && s->from >= from && s->from < to;
		double seconds = end > begin ? (double)(end - begin) / 1e9 : 0;

		if (s->from >= from && s->from < to)
			want.arrived += s->arrived;
		if (!at_once && end <= begin)
			continue;
		want.depth += seconds * (double)s->levels.depth;
		want.running += seconds * (double)s->levels.running;
		want.asserted += s->levels.asserted ? seconds : 0;
		if (s->levels.depth > want.max_depth)
			want.max_depth = s->levels.depth;
		if (s->levels.running > want.max_running)
			want.max_running = s->levels.running;
	}
	return near(b->depth, want.depth) && near(b->running, want.running) &&
	       near(b->asserted, want.asserted) && b->arrived == want.arrived &&
	       b->max_depth == want.max_depth && b->max_running == want.max_running;
}

static bool agrees(uint64_t seed)
{
	static struct series s;
	struct stretch steps[STEPS];
	struct rng rng = { seed };
	int64_t start = (int64_t)rng_below(&rng, 1000), now = start;
	uint64_t longest = UINT64_C(1) << (10 + rng_below(&rng, 33));
	bool good = true;

	series_init(&s, (instant){ start });
	for (int i = 0; i < STEPS; i++) {
		int64_t to = now + (int64_t)(rng_below(&rng, 4) ? rng_below(&rng, longest) : 0);
		struct series_levels levels = { .depth = rng_below(&rng, 100),
			                        .running = (uint32_t)rng_below(&rng, 9),
			                        .asserted = rng_below(&rng, 2) };
		steps[i] = (struct stretch){ now, to, levels, rng_below(&rng, 3) };
		series_at(&s, (instant){ now })->arrived += steps[i].arrived;
		series_add(&s, &levels, (instant){ now }, (instant){ to });
		now = to;
	}
	for (uint32_t i = 0; i < SERIES_BINS; i++)
		good &= same_bin(&s.bins[i], steps, start + i * s.width.ns,
		                 start + (i + 1) * s.width.ns);
	return good && (s.count - 1) * s.width.ns <= now - start;
}

static void every_bin_has_what_happened_in_its_time(void)
{
	uint64_t first = t_seed(1), count = t_seeds(100);

	for (uint64_t seed = first; seed < first + count; seed++)
		if (!OK(agrees(seed))) {
			t_again(seed);
			return;
		}
}

int main(void)
{
	RUN(a_short_run_has_bins_of_a_millisecond);
	RUN(a_longer_run_has_wider_bins);
	RUN(a_level_is_spread_over_the_bins_that_it_lasts);
	RUN(a_level_that_ends_with_a_bin_does_not_begin_the_next);
	RUN(a_run_of_centuries_fits);
	RUN(every_bin_has_what_happened_in_its_time);
	return t_done();
}
