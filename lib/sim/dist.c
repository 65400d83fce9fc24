#include "sim/dist.h"

#include "sim/real.h"

#include <math.h>
#include <stdlib.h>

span dist_times(span d, double factor)
{
	double ns = (double)d.ns * factor;

	if (d.ns == 0)
		return d; /* infinitely often, even */
	if (ns < 0x1p63)
		return (span){ (int64_t)(ns + 0.5) };
	return SPAN_MAX;
}

double dist_unit_exponential(struct rng *rng)
{
	return -real_log(1 - rng_unit(rng));
}

/* A normal number: a point in the unit disc, pulled outwards. Its second one would
 * have to be kept between the calls. */
static double unit_normal(struct rng *rng)
{
	double x, y, square;

	do {
		x = 2 * rng_unit(rng) - 1;
		y = 2 * rng_unit(rng) - 1;
		square = x * x + y * y;
	} while (square >= 1 || square <= 0);
	return x * sqrt(-2 * real_log(square) / square);
}

static span uniform(const struct dist *d, struct rng *rng)
{
	uint64_t range =
		d->most.ns > d->least.ns ? (uint64_t)d->most.ns - (uint64_t)d->least.ns : 0;

	return (span){ d->least.ns + (int64_t)rng_below(rng, range + 1) };
}

span dist_sample(const struct dist *d, struct rng *rng)
{
	switch (d->shape) {
	case DIST_CONSTANT:
		return d->least;
	case DIST_UNIFORM:
		return uniform(d, rng);
	case DIST_EXPONENTIAL:
		return dist_times(d->mean, dist_unit_exponential(rng));
	case DIST_LOGNORMAL:
		return dist_times(d->median, real_exp(d->sigma * unit_normal(rng)));
	case DIST_PARETO:
		return dist_times(d->least, real_exp(dist_unit_exponential(rng) / d->alpha));
	case DIST_EMPIRICAL:
		return d->sample_count ? d->samples[rng_below(rng, d->sample_count)] : (span){ 0 };
	}
	return (span){ 0 };
}

void dist_free(struct dist *d)
{
	free(d->samples);
	d->samples = NULL;
	d->sample_count = 0;
}
