/* limits.h - the limits of core/throttle in words: "4", "80%", "512M", "cpu=40%,io=10%". */
#ifndef MESHQ_LIMITS_H
#define MESHQ_LIMITS_H

#include "base/buf.h"
#include "core/throttle.h"

/* Each reads a terminated text into its part of the policy; false: it is none, and the
 * policy may have parts of it. None is 0, which would be no limit.
 *
 * A load, or a percentage of the processors. */
bool limits_read_load(const char *text, uint32_t processors, struct throttle_policy *p);

/* A size, or a percentage of the memory. */
bool limits_read_free(const char *text, struct throttle_policy *p);

/* Percentages up to 100 of the resources cpu, memory and io. */
bool limits_read_pressure(const char *text, struct throttle_policy *p);

/* "cpu", ... as limits_read_pressure and the kernel have it. */
const char *limits_resource(unsigned resource);

/* Why nothing may be started: "the load is 5.2, and --max-load is 4". */
void limits_why(const struct throttle_policy *p, const struct throttle *t, struct buf *out);

#endif
