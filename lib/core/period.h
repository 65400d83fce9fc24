/* period.h - when something is due that is done again and again. */
#ifndef MESHQ_PERIOD_H
#define MESHQ_PERIOD_H

#include "base/tick.h"

/* What has begun at `begun` and is over at `now`: a period behind its begin, or at once when that
 * has passed. Those that were missed are not made up for: the next one counts from when this one
 * really begins. */
static inline instant period_next(instant begun, instant now, span period)
{
	return instant_later(instant_add(begun, period), now);
}

#endif
