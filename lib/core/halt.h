/* halt.h - when so much has failed that nothing more should be started. Pure. */
#ifndef MESHQ_HALT_H
#define MESHQ_HALT_H

#include "core/policy.h"

/* Fewer ends than these say nothing about a part of all. */
enum { HALT_ENDS = 10 };

/* Of `ended` actions, those that were dispatched or failed, so many have failed: is it
 * enough? Never when p->when is HALT_NEVER. */
bool halt_due(const struct halt_policy *p, uint64_t failed, uint64_t ended);

#endif
