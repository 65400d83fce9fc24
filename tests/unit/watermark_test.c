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

int main(void)
{
	RUN(cluster_backpressure_asserts_at_the_high_mark_exactly);
	RUN(cluster_backpressure_releases_at_the_low_mark_and_below);
	RUN(cluster_backpressure_holds_between_the_marks);
	RUN(D_15_marks_that_overlap_by_force_toggle_at_every_call);
	RUN(edges_alternate_and_lie_on_the_right_side_of_their_marks);
	RUN(the_level_climbs_from_the_high_mark_to_the_ceiling);
	RUN(marks_at_the_end_of_the_numbers_do_not_wrap);
	return t_done();
}
