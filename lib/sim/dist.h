/* dist.h - how long something takes: a distribution of spans.
 *
 * Every shape is sampled by the inverse of its distribution function from uniform
 * numbers (Devroye, "Non-Uniform Random Variate Generation", 1986, II.2), except the
 * lognormal one, which exponentiates a normal number of the polar method (Marsaglia
 * and Bray, 1964). A sample is never negative; one that is too long is SPAN_MAX. */
#ifndef MESHQ_DIST_H
#define MESHQ_DIST_H

#include "base/rng.h"
#include "base/tick.h"

enum dist_shape {
	DIST_CONSTANT,    /* always `least` */
	DIST_UNIFORM,     /* from `least` to `most` */
	DIST_EXPONENTIAL, /* with the mean `mean` */
	DIST_LOGNORMAL,   /* with the median `median`; `sigma` is that of the logarithm */
	DIST_PARETO,      /* at least `least`; `alpha` above 0: the smaller, the longer the tail */
	DIST_EMPIRICAL,   /* one of `samples`, each as likely */
};

/* A zeroed one is always 0. */
struct dist {
	enum dist_shape shape;
	span least;
	union {
		span most;
		span mean;
		span median;
	};
	union {
		double sigma;
		double alpha;
	};
	span *samples; /* owned */
	uint32_t sample_count;
};

span dist_sample(const struct dist *d, struct rng *rng);

/* A span that is never negative, times a factor that is neither; rounded. */
span dist_times(span d, double factor);

/* An exponential number with the mean 1. */
double dist_unit_exponential(struct rng *rng);

void dist_free(struct dist *d);

#endif
