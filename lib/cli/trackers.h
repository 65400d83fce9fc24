/* trackers.h - the trackers at work: transactions over what several processes share, and the hold
 * records that come of them.
 *
 * A transaction begins with the lock and with what others did since the last one, goes on with
 * events of one's own, and ends with the commit. What is told in between waits in `told`: nobody
 * should hear of it before the commit. Without a state file only memory is there, and the same
 * calls do. */
#ifndef MESHQ_TRACKERS_H
#define MESHQ_TRACKERS_H

#include "cli/backoff_store.h"
#include "cli/cli.h"
#include "codec/hold.h"
#include "sys/clock.h"

struct trackers {
	struct cli *cli;
	struct clock *clock;
	struct buf *told; /* where hold records are added; borrowed */
	struct backoff_store store;
	struct hold_key key;
	bool save_failed; /* said once */
	int status;       /* STATUS_OK, or what a file that failed deserves */
};

struct trackers_config {
	const char *state; /* the file; NULL: memory only */
	const char *key;   /* the member of records that names the daemon */
	uint64_t jitter_seed;
	span forget; /* see backoff_set.h */
};

/* False: the key cannot be used. The struct stays where it is. */
bool trackers_init(struct trackers *t, struct cli *cli, struct clock *clock,
                   const struct trackers_config *config, struct err *e);
void trackers_free(struct trackers *t);

/* Reads the file, which nobody locks, for those who only ask. */
bool trackers_look(struct trackers *t, struct err *e);

/* Nothing when a transaction is open. False: the file cannot be used; it was said, and is in
 * `status`. */
bool trackers_begin(struct trackers *t);

/* A state that cannot be written does not stop the decisions: it is said once, and tried again
 * with the next. */
void trackers_commit(struct trackers *t);

/* Outside of the file from now on, which is left as it is: for those who have to go on after
 * trackers_begin has failed. */
void trackers_detach(struct trackers *t);

/* Begins a transaction and ends the holds that are over at `now`, when there are any. */
bool trackers_release(struct trackers *t, instant now);

/* Inside of a transaction: something happened to the daemon of this name (JSON). Tells, and
 * returns whether it was held until now. */
bool trackers_apply(struct trackers *t, slice name, enum backoff_event event, instant now);

struct key trackers_key(const struct trackers *t, slice name);

/* The daemon of this name (JSON); NULL: it has never been seen. */
const struct backoff_daemon *trackers_find(const struct trackers *t, slice name);

/* Adds the hold record of the daemon of this name (JSON). */
void trackers_tell(struct trackers *t, slice name, const struct backoff *tracker,
                   enum hold_cause cause, bool was_held, instant at);

/* What a hold record says of an event. */
enum hold_cause trackers_cause(enum backoff_event event);

/* When the next hold ends; INSTANT_NEVER. */
static inline instant trackers_due(const struct trackers *t)
{
	return backoff_set_due(&t->store.set);
}

/* Somebody else has changed the file since. */
static inline bool trackers_stale(const struct trackers *t)
{
	return backoff_store_stale(&t->store);
}

#endif
