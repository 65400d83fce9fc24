/* supervisor_state.h - what the files of the supervisor share, and nobody else uses. */
#ifndef MESHQ_SUPERVISOR_STATE_H
#define MESHQ_SUPERVISOR_STATE_H

#include "core/supervisor.h"

/* Time has come to `now`, or further already: which is returned. Holds that are over end. */
instant supervisor_begin(struct supervisor *s, instant now);

/* A zeroed one behind those that wait; it may move with the next. */
struct supervisor_effect *supervisor_add_effect(struct supervisor *s, uint32_t i, instant at);

/* Whose process runs is to be sent its stop signal, because of `why`, which is told. */
void supervisor_tell_to_end(struct supervisor *s, uint32_t i, enum supervisor_event why,
                            instant now);

/* When the hold of this daemon ends by itself; NEVER when it is not held. */
instant supervisor_hold_end(const struct supervisor *s, const struct supervised *d);

#endif
