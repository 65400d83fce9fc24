/* hold.h - the meshq.hold record: whether and until when a daemon is held. */
#ifndef MESHQ_HOLD_H
#define MESHQ_HOLD_H

#include "base/buf.h"
#include "base/err.h"
#include "core/backoff_set.h"

/* What made us say it. */
enum hold_cause {
	HOLD_STARTED,
	HOLD_EXITED,
	HOLD_CRASHED,
	HOLD_FORCED,
	HOLD_RELEASED, /* the hold ended by itself */
	HOLD_RESTORED, /* the state file told */
};

/* How the member that names the daemon is written. */
struct hold_key {
	struct buf before; /* what stands between the kind and its value: "daemon": */
	struct buf after;  /* the braces that a path opened */
};

/* `path` as json_plan_add takes it: "a.b" is written as {"a":{"b":...}}, so that
 * a hold rule with the same path finds it. False: a member of ours has that name. */
bool hold_key_init(struct hold_key *k, const char *path, struct err *e);
void hold_key_free(struct hold_key *k);

/* Appends the begin of a record: its kind, and the member that names the daemon. */
void hold_key_add(const struct hold_key *k, const char *kind, slice name, struct buf *out);

/* "idle", "backing_off", "crash_looping" */
const char *hold_state_name(enum backoff_state state);

/* Appends the record with its newline. `name` is the daemon's, as JSON. */
void hold_add(const struct hold_key *k, slice name, const struct backoff *tracker,
              enum hold_cause cause, bool was_held, instant at, struct buf *out);

#endif
