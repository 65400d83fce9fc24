/* Quantiles against a list that is sorted and counted by hand. */
#include "base/rng.h"
#include "sim/samples.h"
#include "t.h"

static span quantile(struct samples *s, uint32_t part)
{
	return samples_quantile(&s, 1, part);
}

static void no_samples_are_zero(void)
{
	struct samples s = { 0 }, *list = &s;

	EQ(quantile(&s, 99000).ns, 0);
	EQ(samples_quantile(&list, 0, 50000).ns, 0);
	OK(samples_mean(&list, 1) <= 0);
}

static void quantiles_are_samples_by_the_nearest_rank(void)
{
	struct samples s = { 0 };

	for (int64_t i = 100; i > 0; i--)
		samples_add(&s, (span){ i });
	EQ(quantile(&s, 0).ns, 1);
	EQ(quantile(&s, 1).ns, 1);
	EQ(quantile(&s, 7000).ns, 7); /* not 8, as 0.07 * 100 would have it */
	EQ(quantile(&s, 7001).ns, 8);
	EQ(quantile(&s, 50000).ns, 50);
	EQ(quantile(&s, 99000).ns, 99);
	EQ(quantile(&s, 99900).ns, 100);
	EQ(quantile(&s, SAMPLES_WHOLE).ns, 100);
	samples_free(&s);
	samples_free(&s);
	EQ(s.count, 0);
}

static void samples_may_be_added_after_a_question(void)
{
	struct samples s = { 0 };

	samples_add(&s, (span){ 9 });
	samples_add(&s, (span){ 5 });
	EQ(quantile(&s, SAMPLES_WHOLE).ns, 9);
	samples_add(&s, (span){ 7 });
	EQ(quantile(&s, 50000).ns, 7);
	samples_free(&s);
}

static void the_mean_is_exact_however_long_the_spans(void)
{
	struct samples a = { 0 }, b = { 0 }, *lists[] = { &a, &b };

	samples_add(&a, SPAN_MAX);
	samples_add(&a, SPAN_MAX);
	samples_add(&b, (span){ INT64_MIN + 1 });
	samples_add(&b, (span){ INT64_MIN + 1 });
	OK(samples_mean(lists, 2) <= 0 && samples_mean(lists, 2) >= 0);
	EQ(samples_quantile(lists, 2, 0).ns, INT64_MIN + 1);
	EQ(samples_quantile(lists, 2, 50000).ns, INT64_MIN + 1);
	EQ(samples_quantile(lists, 2, 50001).ns, INT64_MAX);
	samples_free(&a);
	samples_free(&b);
}

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Short ones, long ones, many equal ones, and negative ones. */
static int64_t some_span(struct rng *r)
{
	switch (rng_below(r, 4)) {
	case 0:
		return (int64_t)rng_below(r, 5);
	case 1:
		return (int64_t)rng_below(r, 1000 * NS_PER_S);
	case 2:
		return (int64_t)(rng_next(r) >> (1 + rng_below(r, 62)));
	default:
		return -(int64_t)rng_below(r, 300);
	}
}

enum { LISTS = 4, MOST = 500 };

static bool agrees(uint64_t seed)
{
	struct rng rng = { seed };
	struct samples lists[LISTS] = { 0 }, *of[LISTS];
	uint32_t count = 1 + (uint32_t)rng_below(&rng, LISTS);
	uint64_t n = 1 + rng_below(&rng, MOST);
	int64_t all[MOST];
	bool good = true;

	for (uint32_t i = 0; i < count; i++)
		of[i] = &lists[i];
	for (uint64_t i = 0; i < n; i++) {
		all[i] = some_span(&rng);
		samples_add(of[rng_below(&rng, count)], (span){ all[i] });
	}
	qsort(all, n, sizeof all[0], compare);
	for (int i = 0; i < 20; i++) {
		uint32_t part = (uint32_t)rng_below(&rng, SAMPLES_WHOLE + 1);
		uint64_t rank = 1;
		while (rank * SAMPLES_WHOLE < n * part)
			rank++;
		good &= samples_quantile(of, count, part).ns == all[rank - 1];
	}
	for (uint32_t i = 0; i < count; i++)
		samples_free(of[i]);
	return good;
}

static void quantiles_of_several_lists_are_those_of_one_sorted_list(void)
{
	uint64_t first = t_seed(1), count = t_seeds(500);

	for (uint64_t seed = first; seed < first + count; seed++)
		if (!OK(agrees(seed))) {
			t_again(seed);
			return;
		}
}

int main(void)
{
	RUN(no_samples_are_zero);
	RUN(quantiles_are_samples_by_the_nearest_rank);
	RUN(samples_may_be_added_after_a_question);
	RUN(the_mean_is_exact_however_long_the_spans);
	RUN(quantiles_of_several_lists_are_those_of_one_sorted_list);
	return t_done();
}
