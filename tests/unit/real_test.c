/* real.[ch] against the C library's long double functions, which are more precise. */
#include "base/rng.h"
#include "sim/real.h"
#include "t.h"

#include <float.h>
#include <math.h>

enum { POINTS = 200000 };

#define MOST_ERROR 1e-14L

static bool near(double got, long double want)
{
	return fabsl(got - want) <= MOST_ERROR * fabsl(want);
}

/* Any positive finite number, each exponent as likely; half of them around 1, where a
 * logarithm is hardest. */
static double any_positive(struct rng *rng)
{
	if (rng_below(rng, 2))
		return 0.5 + 1.5 * rng_unit(rng);
	double m = 1 + rng_unit(rng);
	return ldexp(m, (int)rng_below(rng, 2046) - 1022);
}

static double any_between(struct rng *rng, double least, double most)
{
	return least + rng_unit(rng) * (most - least);
}

static void logarithms_are_right(void)
{
	struct rng rng = { t_seed(1) };

	for (int i = 0; i < POINTS; i++) {
		double x = any_positive(&rng);
		if (!near(real_log(x), logl(x))) {
			printf("# log of %a: %a\n", x, real_log(x));
			OK(false);
			return;
		}
	}
}

static void exponentials_are_right(void)
{
	struct rng rng = { t_seed(2) };

	for (int i = 0; i < POINTS; i++) {
		double x = any_between(&rng, -708, 709);
		if (!near(real_exp(x), expl(x))) {
			printf("# exp of %a: %a\n", x, real_exp(x));
			OK(false);
			return;
		}
	}
}

static void powers_are_right(void)
{
	struct rng rng = { t_seed(3) };

	for (int i = 0; i < POINTS; i++) {
		double x = any_positive(&rng), log = (double)logl(x);
		double y = log == 0 ? 3 : any_between(&rng, -708, 709) / log;
		if (!near(real_pow(x, y), powl(x, y))) {
			printf("# %a to the %a: %a\n", x, y, real_pow(x, y));
			OK(false);
			return;
		}
	}
}

static void what_is_exact_is_exact(void)
{
	OK(real_log(1) == 0);
	OK(real_exp(0) == 1);
	OK(real_exp(-0.0) == 1);
	OK(real_pow(1, 1e300) == 1);
	OK(real_pow(1e300, 0) == 1);
	for (int i = -1074; i < 1024; i++)
		OK(real_pow(2, i) == ldexp(1, i));
}

static void the_ends_of_the_range_are_met(void)
{
	OK(near(real_log(DBL_MAX), logl(DBL_MAX)));
	OK(near(real_log(DBL_MIN), logl(DBL_MIN)));
	OK(near(real_log(DBL_TRUE_MIN), logl(DBL_TRUE_MIN)));
	OK(near(real_log(nextafter(1, 0)), logl((long double)nextafter(1, 0))));
	OK(near(real_log(nextafter(1, 2)), logl((long double)nextafter(1, 2))));
	OK(near(real_exp(DBL_MIN), 1));
	OK(near(real_exp(709.78), expl(709.78)));
	OK(near(real_pow(DBL_TRUE_MIN, -0.5), powl(DBL_TRUE_MIN, -0.5L)));
	OK(near(real_pow(nextafter(1, 2), 1e18), powl((long double)nextafter(1, 2), 1e18L)));
}

static void what_does_not_fit_is_infinite_or_0(void)
{
	OK(real_exp(709.79) == HUGE_VAL);
	OK(real_exp(DBL_MAX) == HUGE_VAL);
	OK(real_exp(HUGE_VAL) == HUGE_VAL);
	OK(real_exp(-745.2) == 0);
	OK(real_exp(-DBL_MAX) == 0);
	OK(real_exp(-HUGE_VAL) == 0);
	OK(real_exp(-745.1) == DBL_TRUE_MIN);
	OK(real_pow(10, 309) == HUGE_VAL);
	OK(real_pow(10, -325) == 0);
	OK(real_pow(0.5, -DBL_MAX) == HUGE_VAL);
	OK(real_pow(0.5, DBL_MAX) == 0);
}

/* The same bytes from any compiler, optimised or not. */
static void results_do_not_change(void)
{
	struct rng rng = { 4 };
	uint64_t mixed = 0;

	for (int i = 0; i < 100000; i++) {
		double x = any_positive(&rng), y = any_between(&rng, -700, 700);
		double results[] = { real_log(x), real_exp(y), real_pow(0.5 + rng_unit(&rng), y) };
		for (size_t j = 0; j < sizeof results / sizeof *results; j++) {
			uint64_t bits;
			memcpy(&bits, &results[j], sizeof bits);
			mixed = rng_derive(mixed, bits);
		}
	}
	EQ(mixed, INT64_C(-6755297052673038441));
}

int main(void)
{
	RUN(logarithms_are_right);
	RUN(exponentials_are_right);
	RUN(powers_are_right);
	RUN(what_is_exact_is_exact);
	RUN(the_ends_of_the_range_are_met);
	RUN(what_does_not_fit_is_infinite_or_0);
	RUN(results_do_not_change);
	return t_done();
}
