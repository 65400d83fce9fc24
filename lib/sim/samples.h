/* samples.h - spans of time, every single one kept, so that quantiles are exact. */
#ifndef MESHQ_SAMPLES_H
#define MESHQ_SAMPLES_H

#include "base/tick.h"

__extension__ typedef __int128 samples_sum;

/* Grows as it must, 8 bytes a sample; sorted when a quantile is asked for, which
 * takes as much again for a moment. A zeroed one is empty. */
struct samples {
	int64_t *ns;
	size_t count, room;
	bool sorted;
	samples_sum sum; /* exact */
};

void samples_add(struct samples *s, span sample);
void samples_free(struct samples *s);

/* A quantile is asked for in whole parts of this, so that its rank is exact: in
 * floating point 0.07 * 100 is more than 7. */
enum { SAMPLES_WHOLE = 100000 };

/* The quantile by the nearest rank, of `count` lists taken together: the least sample
 * so that `part` of SAMPLES_WHOLE are not above it. 0 is the least, SAMPLES_WHOLE
 * the greatest sample. 0 when there are none. Sorts the lists; copies nothing. */
span samples_quantile(struct samples *const *lists, uint32_t count, uint32_t part);

/* In nanoseconds; 0 when there are none. */
double samples_mean(struct samples *const *lists, uint32_t count);

#endif
