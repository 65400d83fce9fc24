/* recorded_holds.h - the holds that recorded actions have met.
 *
 * Hold records are not in a chain, but what they did to actions is: one that was gated
 * or had to wait says which rule was closed and until when, and one that started while
 * it should still have been says that somebody has opened it. */
#ifndef MESHQ_RECORDED_HOLDS_H
#define MESHQ_RECORDED_HOLDS_H

#include "codec/recorded.h"

/* Events of the kind EVENT_HELD in the order of time, for the hold rules of a policy that
 * have the name of one in that which the set was made with; keys are made with `seed`.
 * The caller's, released with free(3); NULL when there are none. */
struct event *recorded_holds(const struct recorded *s, const struct policy *policy,
                             struct hash_seed seed, uint32_t *count);

#endif
