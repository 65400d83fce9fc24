/* Back-pressure with hysteresis. */
#include "base/rng.h"
#include "core/watermark.h"
#include "t.h"

static struct watermark mark(uint64_t assert_at, uint64_t release_at)
{
	return (struct watermark){ .policy = { .assert_at = assert_at, .release_at = release_at } };
}

static void cluster_backpressure_asserts_at_the_high_mark_exactly(void)
{
	struct watermark w = mark(1000, 200);

	EQ(watermark_show(&w, 0), EDGE_NONE);
	EQ(watermark_show(&w, 999), EDGE_NONE);
	OK(!w.asserted);
	EQ(watermark_show(&w, 1000), EDGE_ASSERTED);
	OK(w.asserted);
	EQ(watermark_show(&w, 1001), EDGE_NONE);
}

static void cluster_backpressure_releases_at_the_low_mark_and_below(void)
{
	struct watermark w = mark(1000, 200);

	watermark_show(&w, 5000);
	EQ(watermark_show(&w, 201), EDGE_NONE);
	EQ(watermark_show(&w, 200), EDGE_RELEASED);
	EQ(watermark_show(&w, 150), EDGE_NONE);
	watermark_show(&w, 1000);
	EQ(watermark_show(&w, 150), EDGE_RELEASED);
}

static void cluster_backpressure_holds_between_the_marks(void)
{
	struct watermark w = mark(1000, 200);

	EQ(watermark_show(&w, 500), EDGE_NONE);
	OK(!w.asserted);
	watermark_show(&w, 1000);
	EQ(watermark_show(&w, 500), EDGE_NONE);
	OK(w.asserted);
	EQ(watermark_show(&w, 100), EDGE_RELEASED);
}

static void D_15_marks_that_overlap_by_force_toggle_at_every_call(void)
{
	struct watermark w = mark(10, 20);

	EQ(watermark_show(&w, 15), EDGE_ASSERTED);
	EQ(watermark_show(&w, 15), EDGE_RELEASED);
	EQ(watermark_show(&w, 15), EDGE_ASSERTED);
}

static void edges_alternate_and_lie_on_the_right_side_of_their_marks(void)
{
	uint64_t seed = t_seed(1);
	struct rng rng = { seed };

	for (int round = 0; round < 200; round++) {
		uint64_t low = rng_below(&rng, 20);
		struct watermark w = mark(low + 1 + rng_below(&rng, 20), low);
		enum edge before = EDGE_RELEASED;
		bool good = true;

		for (int i = 0; i < 200; i++) {
			uint64_t depth = rng_below(&rng, 50);
			bool high = depth >= w.policy.assert_at, released = depth <= low;
			enum edge edge = watermark_show(&w, depth);

			if (edge == EDGE_NONE)
				good &= before == EDGE_ASSERTED ? !released : !high;
			else
				good &= edge != before && (edge == EDGE_ASSERTED ? high : released);
			before = edge == EDGE_NONE ? before : edge;
		}
		if (!OK(good)) {
			printf("# SEED=%" PRIu64 "\n", seed);
			return;
		}
	}
}

static void the_level_climbs_from_the_high_mark_to_the_ceiling(void)
{
	struct watermark w = mark(1000, 200);

	OK(watermark_level(&w, 0) == 0);
	OK(watermark_level(&w, 1000) == 0);
	OK(watermark_level(&w, 1500) == 0.5); /* no ceiling: twice the high mark */
	OK(watermark_level(&w, 2000) == 1);
	OK(watermark_level(&w, UINT64_MAX) == 1);
	w.policy.ceiling = 5000;
	OK(watermark_level(&w, 2000) == 0.25);
}

static void marks_at_the_end_of_the_numbers_do_not_wrap(void)
{
	struct watermark w = mark(UINT64_MAX, UINT64_MAX - 1);

	OK(watermark_level(&w, UINT64_MAX) == 0);
	w.policy.assert_at = UINT64_MAX - 1;
	OK(watermark_level(&w, UINT64_MAX) == 1);
	w.policy.assert_at = 0;
	OK(watermark_level(&w, 0) == 0);
	OK(watermark_level(&w, 1) == 1);
	w.policy.assert_at = 10; /* a ceiling below the mark */
	w.policy.ceiling = 5;
	OK(watermark_level(&w, 7) == 0);
	OK(watermark_level(&w, 11) == 1);
}

static void without_a_step_only_edges_are_told(void)
{
	struct watermark w = mark(1000, 200);

	EQ(watermark_show(&w, 1000), EDGE_ASSERTED);
	EQ(watermark_show(&w, 2000), EDGE_NONE);
	EQ(watermark_show(&w, 201), EDGE_NONE);
}

static void the_level_is_told_again_when_it_has_moved_by_a_step(void)
{
	struct watermark w = mark(1000, 200);

	w.policy.step = 0.25F;
	EQ(watermark_show(&w, 900), EDGE_NONE);
	EQ(watermark_show(&w, 1000), EDGE_ASSERTED);
	EQ(watermark_show(&w, 1249), EDGE_NONE);
	EQ(watermark_show(&w, 1250), EDGE_LEVEL);
	EQ(watermark_show(&w, 1001), EDGE_NONE); /* it wavers by less than a step */
	EQ(watermark_show(&w, 1499), EDGE_NONE);
	EQ(watermark_show(&w, 9999), EDGE_LEVEL);
	EQ(watermark_show(&w, 2000), EDGE_NONE); /* still 1 */
	EQ(watermark_show(&w, 1750), EDGE_LEVEL);
	EQ(watermark_show(&w, 300), EDGE_LEVEL); /* 0, and asserted */
	EQ(watermark_show(&w, 201), EDGE_NONE);
	OK(w.asserted);
	EQ(watermark_show(&w, 200), EDGE_RELEASED);
	EQ(watermark_show(&w, 500), EDGE_NONE);
}

static void an_edge_starts_the_level_afresh(void)
{
	struct watermark w = mark(1000, 200);

	w.policy.step = 0.25F;
	EQ(watermark_show(&w, 1500), EDGE_ASSERTED);
	EQ(watermark_show(&w, 1749), EDGE_NONE);
	EQ(watermark_show(&w, 1750), EDGE_LEVEL);
	EQ(watermark_show(&w, 0), EDGE_RELEASED);
	EQ(watermark_show(&w, 1000), EDGE_ASSERTED);
	EQ(watermark_show(&w, 1249), EDGE_NONE);
	EQ(watermark_show(&w, 1250), EDGE_LEVEL);
}

static void tenths_are_told_at_tenths(void)
{
	struct watermark w = mark(1000, 200);

	w.policy.step = 0.1F;
	watermark_show(&w, 1000);
	for (uint64_t i = 1; i <= 10; i++) {
		EQ(watermark_show(&w, 1000 + 100 * i - 1), EDGE_NONE);
		EQ(watermark_show(&w, 1000 + 100 * i), EDGE_LEVEL);
	}
}

/* Whoever hears of all knows the level to less than a step; and it is told no more often than
 * the depth has gone that far. */
static void what_was_told_is_never_a_step_away(void)
{
	uint64_t first = t_seed(1);

	for (uint64_t seed = first; seed < first + t_seeds(300); seed++) {
		struct rng rng = { seed };
		uint64_t low = rng_below(&rng, 20), depth = 0, way = 0;
		struct watermark w = mark(low + 1 + rng_below(&rng, 20), low);
		double told = 0, gone = 0;
		uint32_t times = 0;
		bool good = true;

		w.policy.ceiling = w.policy.assert_at + 1 + rng_below(&rng, 40);
		w.policy.step = (float)(1 + rng_below(&rng, 100)) / 100;
		for (int i = 0; i < 300 && good; i++) {
			double before = watermark_level(&w, depth);
			way = rng_below(&rng, 10) ? way : rng_below(&rng, 3);
			depth += way == 1 ? 1 : way == 2 && depth ? UINT64_MAX : 0;
			double level = watermark_level(&w, depth);
			gone += level > before ? level - before : before - level;
			enum edge edge = watermark_show(&w, depth);
			if (edge == EDGE_ASSERTED || edge == EDGE_LEVEL)
				told = level;
			times += edge == EDGE_LEVEL;
			good = (edge != EDGE_LEVEL || w.asserted) &&
			       (!w.asserted || (level > told ? level - told : told - level) <
			                               (double)w.policy.step) &&
			       (double)times * ((double)w.policy.step - 1e-5) <= gone;
		}
		if (!OK(good)) {
			t_again(seed);
			return;
		}
	}
}

int main(void)
{
	RUN(cluster_backpressure_asserts_at_the_high_mark_exactly);
	RUN(cluster_backpressure_releases_at_the_low_mark_and_below);
	RUN(cluster_backpressure_holds_between_the_marks);
	RUN(D_15_marks_that_overlap_by_force_toggle_at_every_call);
	RUN(edges_alternate_and_lie_on_the_right_side_of_their_marks);
	RUN(the_level_climbs_from_the_high_mark_to_the_ceiling);
	RUN(marks_at_the_end_of_the_numbers_do_not_wrap);
	RUN(without_a_step_only_edges_are_told);
	RUN(the_level_is_told_again_when_it_has_moved_by_a_step);
	RUN(an_edge_starts_the_level_afresh);
	RUN(tenths_are_told_at_tenths);
	RUN(what_was_told_is_never_a_step_away);
	return t_done();
}
