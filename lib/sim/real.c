#include "sim/real.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

/* ln 2 in two parts. The first has so few bits that its product with an exponent is
 * exact. */
#define LN2_HI 0x1.62e42feep-1
#define LN2_LO 0x1.a39ef35793c76p-33
#define LOG2_E 0x1.71547652b82fep+0
#define SQRT_HALF 0x1.6a09e667f3bcdp-1

/* Every result of exp that is neither 0 nor infinite has its x well within this. */
#define EXP_MOST 760.0

/* A number as a sum: `lo` is the part that does not fit into `hi`. */
struct parts {
	double hi;
	double lo;
};

/* x with the lower half of its bits cleared: products of two such numbers are exact. */
static double head(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof bits);
	bits &= ~((UINT64_C(1) << 27) - 1);
	memcpy(&x, &bits, sizeof x);
	return x;
}

/* q/3 + q^2/5 + q^3/7 ...: what artanh(s)/s has above 1, with q = s^2 below 0.03. */
static double artanh_tail(double q)
{
	static const double terms[] = { 1.0 / 23, 1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13,
		                        1.0 / 11, 1.0 / 9,  1.0 / 7,  1.0 / 5,  1.0 / 3 };
	double sum = 0;

	for (size_t i = 0; i < LENGTH(terms); i++)
		sum = (sum + terms[i]) * q;
	return sum;
}

/* With x = m 2^e and m near 1, ln x = e ln 2 + 2 artanh(s), s = (m - 1) / (m + 1). In
 * two parts, because a power multiplies the error of the logarithm by up to 745. */
static struct parts log_parts(double x)
{
	int exponent;
	double m = frexp(x, &exponent);

	if (m < SQRT_HALF) {
		m *= 2;
		exponent--;
	}
	double above = m - 1, below = m + 1;
	double lost = m - (below - 1); /* when m + 1 was rounded */
	double s = above / below;
	double s_hi = head(s), below_hi = head(below);
	double s_lo = ((above - s_hi * below_hi) - s_hi * (below - below_hi + lost)) / below;
	double tail = 2 * s * artanh_tail(s * s);

	double whole = exponent * LN2_HI;
	double most = whole + 2 * s_hi;
	double rest = (2 * s_hi - (most - whole)) + (2 * s_lo + tail + exponent * LN2_LO);
	double hi = most + rest;
	return (struct parts){ hi, rest - (hi - most) };
}

/* e to the r, for r around 0, up to ln(2) / 2. */
static double exp_near(double r)
{
	static const double terms[] = { 1.0 / 87178291200, 1.0 / 6227020800,
		                        1.0 / 479001600,   1.0 / 39916800,
		                        1.0 / 3628800,     1.0 / 362880,
		                        1.0 / 40320,       1.0 / 5040,
		                        1.0 / 720,         1.0 / 120,
		                        1.0 / 24,          1.0 / 6,
		                        1.0 / 2,           1.0 };
	double sum = 0;

	for (size_t i = 0; i < LENGTH(terms); i++)
		sum = (sum + terms[i]) * r;
	return 1 + sum;
}

/* e to the hi + lo; `lo` is much smaller. e^x = 2^k e^r, where r = x - k ln 2. */
static double exp_parts(double hi, double lo)
{
	if (hi > EXP_MOST)
		return HUGE_VAL;
	if (hi < -EXP_MOST)
		return 0;
	int k = (int)(hi * LOG2_E + (hi < 0 ? -0.5 : 0.5));
	double r = (hi - k * LN2_HI) + (lo - k * LN2_LO);

	return ldexp(exp_near(r), k);
}

double real_log(double x)
{
	return log_parts(x).hi;
}

double real_exp(double x)
{
	return exp_parts(x, 0);
}

double real_pow(double x, double y)
{
	struct parts l = log_parts(x);
	double product = y * l.hi;

	if (product > EXP_MOST || product < -EXP_MOST)
		return product > 0 ? HUGE_VAL : 0;
	double y_hi = head(y), l_hi = head(l.hi);
	double lo = (y - y_hi) * l.hi + y_hi * (l.hi - l_hi) + y * l.lo;

	return exp_parts(y_hi * l_hi, lo);
}
