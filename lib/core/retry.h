/* retry.h - when an action that asks to be retried comes back, and when it has been
 * often enough. Pure: `draw` is a random number of the caller's. */
#ifndef MESHQ_RETRY_H
#define MESHQ_RETRY_H

#include "core/policy.h"

/* May there be an nth retry, counted from 1? */
bool retry_allows(const struct retry_policy *p, uint32_t n);

/* The wait before it; n as allowed. */
span retry_delay(const struct retry_policy *p, uint32_t n, uint64_t draw);

/* The draw of an attempt of the action that was the `arrival`th: the same seed gives
 * the same run, whatever else draws. */
uint64_t retry_draw(uint64_t seed, uint64_t arrival, uint32_t attempt);

#endif
