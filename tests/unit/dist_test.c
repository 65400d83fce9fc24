/* Samples against what the closed forms say of them. The seeds are fixed, so a bound
 * is met or not; it is where one run in some thousands would fall outside. */
#include "base/mem.h"
#include "sim/dist.h"
#include "t.h"

#include <math.h>

enum { SAMPLES = 100000 };

/* 2.0 / sqrt(n): Kolmogorov's distance is larger in one run of 1500. */
#define MOST_DISTANCE (2.0 / 316.227766)

static double phi(double x)
{
	return erfc(-x / sqrt(2)) / 2;
}

/* The distribution functions; x in seconds. */
static double below(const struct dist *d, double x)
{
	double least = (double)d->least.ns / 1e9, other = (double)d->most.ns / 1e9;

	switch (d->shape) {
	case DIST_CONSTANT:
		return x >= least;
	case DIST_UNIFORM:
		return x < least ? 0 : x > other ? 1 : (x - least) / (other - least);
	case DIST_EXPONENTIAL:
		return 1 - exp(-x / other);
	case DIST_LOGNORMAL:
		return phi(log(x / other) / d->sigma);
	case DIST_PARETO:
		return x < least ? 0 : 1 - pow(least / x, d->alpha);
	case DIST_EMPIRICAL:
		break;
	}
	return NAN;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* In seconds. */
static double *draw(const struct dist *d, uint64_t seed)
{
	struct rng rng = { seed };
	double *x = mem_zeroed(SAMPLES, sizeof *x);

	for (int i = 0; i < SAMPLES; i++)
		x[i] = (double)dist_sample(d, &rng).ns / 1e9;
	return x;
}

/* Kolmogorov and Smirnov: the largest distance of what was drawn from what should be. */
static double distance(const struct dist *d, uint64_t seed)
{
	double *x = draw(d, seed), most = 0;

	qsort(x, SAMPLES, sizeof *x, ascending);
	for (int i = 0; i < SAMPLES; i++) {
		double want = below(d, x[i]);
		most = fmax(most, fabs(want - (double)i / SAMPLES));
		most = fmax(most, fabs(want - (double)(i + 1) / SAMPLES));
	}
	free(x);
	return most;
}

struct moments {
	double mean, deviation;
};

static struct moments moments_of(const struct dist *d, uint64_t seed)
{
	double *x = draw(d, seed), sum = 0, squares = 0;

	for (int i = 0; i < SAMPLES; i++)
		sum += x[i];
	for (int i = 0; i < SAMPLES; i++)
		squares += (x[i] - sum / SAMPLES) * (x[i] - sum / SAMPLES);
	free(x);
	return (struct moments){ sum / SAMPLES, sqrt(squares / SAMPLES) };
}

static bool within(double got, double want, double part)
{
	bool good = fabs(got - want) <= part * want;
	if (!good)
		printf("# got %g, want %g\n", got, want);
	return good;
}

static const struct dist uniform = {
	DIST_UNIFORM, { 2000000000 }, { { 5000000000 } }, { 0 }, 0, 0
};
static const struct dist exponential = { .shape = DIST_EXPONENTIAL, .mean = { 250000000 } };
static const struct dist lognormal = { .shape = DIST_LOGNORMAL,
	                               .median = { 3000000000 },
	                               .sigma = 0.75 };
static const struct dist pareto = { .shape = DIST_PARETO, .least = { 100000000 }, .alpha = 4.5 };

static void a_zeroed_one_is_always_0(void)
{
	struct dist d = { 0 };
	struct rng rng = { 1 };

	for (int i = 0; i < 100; i++)
		EQ(dist_sample(&d, &rng).ns, 0);
}

static void a_constant_is_constant(void)
{
	struct dist d = { .least = { 123 } };
	struct rng rng = { 1 };

	for (int i = 0; i < 100; i++)
		EQ(dist_sample(&d, &rng).ns, 123);
}

static void shapes_are_those_of_the_closed_forms(void)
{
	const struct dist *all[] = { &uniform, &exponential, &lognormal, &pareto };

	for (uint64_t i = 0; i < 4; i++) {
		double most = distance(all[i], t_seed(i + 10));
		if (!OK(most < MOST_DISTANCE))
			printf("# shape %d: distance %g\n", all[i]->shape, most);
	}
}

static void another_parameter_would_be_noticed(void)
{
	struct dist d = { .shape = DIST_LOGNORMAL, .median = { 3000000000 }, .sigma = 0.77 };
	double *x = draw(&d, 12), most = 0;

	qsort(x, SAMPLES, sizeof *x, ascending);
	for (int i = 0; i < SAMPLES; i++)
		most = fmax(most, fabs(below(&lognormal, x[i]) - (double)i / SAMPLES));
	OK(most > MOST_DISTANCE * 0.9);
	free(x);
}

static void mean_and_deviation_are_right(void)
{
	struct moments m = moments_of(&uniform, 20);
	OK(within(m.mean, 3.5, 0.004));
	OK(within(m.deviation, 3 / sqrt(12), 0.01));
	m = moments_of(&exponential, 21);
	OK(within(m.mean, 0.25, 0.01));
	OK(within(m.deviation, 0.25, 0.02));
	m = moments_of(&lognormal, 22);
	OK(within(m.mean, 3 * exp(0.75 * 0.75 / 2), 0.01));
	OK(within(m.deviation, 3 * exp(0.75 * 0.75 / 2) * sqrt(exp(0.75 * 0.75) - 1), 0.05));
	m = moments_of(&pareto, 23);
	OK(within(m.mean, 0.1 * 4.5 / 3.5, 0.005));
	OK(within(m.deviation, 0.1 / 3.5 * sqrt(4.5 / 2.5), 0.1));
}

static void a_uniform_one_reaches_both_its_ends(void)
{
	struct dist d = { .shape = DIST_UNIFORM, .least = { 7 }, .most = { 9 } };
	struct rng rng = { 5 };
	int seen[3] = { 0 };

	for (int i = 0; i < 3000; i++) {
		int64_t ns = dist_sample(&d, &rng).ns;
		if (!OK(ns >= 7 && ns <= 9))
			return;
		seen[ns - 7]++;
	}
	for (int i = 0; i < 3; i++)
		OK(seen[i] > 900 && seen[i] < 1100);
	d.most = SPAN_MAX;
	OK(dist_sample(&d, &rng).ns >= 7);
	d.most.ns = d.least.ns = INT64_MAX;
	EQ(dist_sample(&d, &rng).ns, INT64_MAX);
}

static void an_empirical_one_draws_each_sample_alike(void)
{
	span samples[4] = { { 1 }, { 2 }, { 2 }, { 50 } };
	struct dist d = { .shape = DIST_EMPIRICAL, .samples = samples, .sample_count = 4 };
	struct rng rng = { 6 };
	int seen[51] = { 0 };

	for (int i = 0; i < 4000; i++)
		seen[dist_sample(&d, &rng).ns]++;
	OK(seen[1] > 900 && seen[1] < 1100);
	OK(seen[2] > 1890 && seen[2] < 2110);
	EQ(seen[1] + seen[2] + seen[50], 4000);
	d.sample_count = 0;
	EQ(dist_sample(&d, &rng).ns, 0);
}

static void what_is_too_long_is_the_longest_span(void)
{
	struct dist d = { .shape = DIST_PARETO, .least = { 1000 }, .alpha = 1e-9 };
	struct rng rng = { 7 };

	for (int i = 0; i < 100; i++)
		EQ(dist_sample(&d, &rng).ns, INT64_MAX);
	d.least.ns = 0;
	EQ(dist_sample(&d, &rng).ns, 0);
	EQ(dist_times((span){ INT64_MAX }, 1).ns, INT64_MAX);
	EQ(dist_times((span){ INT64_C(1) << 62 }, 2).ns, INT64_MAX);
	EQ(dist_times((span){ INT64_C(1) << 61 }, 2).ns, INT64_C(1) << 62);
	EQ(dist_times((span){ 3 }, 0.5).ns, 2);
	EQ(dist_times((span){ 0 }, HUGE_VAL).ns, 0);
}

/* A change of these changes the results of everybody's scenarios. */
static void the_first_samples_do_not_change(void)
{
	static const struct {
		const struct dist *d;
		int64_t ns[4];
	} golden[] = {
		{ &uniform, { 4224694637, 2479731178, 2835803391, 3032572149 } },
		{ &exponential, { 338277650, 43561679, 81640769, 105471315 } },
		{ &lognormal, { 4341957488, 1147750888, 1910192081, 943500652 } },
		{ &pareto, { 135079221, 103948094, 107526761, 109828764 } },
	};

	for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
		struct rng rng = { 42 };
		for (int j = 0; j < 4; j++)
			EQ(dist_sample(golden[i].d, &rng).ns, golden[i].ns[j]);
	}
}

int main(void)
{
	RUN(a_zeroed_one_is_always_0);
	RUN(a_constant_is_constant);
	RUN(shapes_are_those_of_the_closed_forms);
	RUN(another_parameter_would_be_noticed);
	RUN(mean_and_deviation_are_right);
	RUN(a_uniform_one_reaches_both_its_ends);
	RUN(an_empirical_one_draws_each_sample_alike);
	RUN(what_is_too_long_is_the_longest_span);
	RUN(the_first_samples_do_not_change);
	return t_done();
}
