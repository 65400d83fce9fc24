/* backoff_set.h - the trackers of many daemons, and whose hold ends next.
 *
 * A daemon is known by the fingerprint of its name and made when first seen.
 * Holds wait in a heap, so the next to end is found without a walk. Pure. */
#ifndef MESHQ_BACKOFF_SET_H
#define MESHQ_BACKOFF_SET_H

#include "base/rng.h"
#include "base/slice.h"
#include "core/backoff.h"
#include "core/heap.h"
#include "core/table.h"

struct backoff_daemon {
	struct key key;
	struct backoff tracker;
	struct timer release; /* in the set's heap while it is held */
	char *name;           /* as the caller spelt it first; owned */
	size_t name_size;
};

enum backoff_event {
	BACKOFF_STARTED,
	BACKOFF_EXITED,
	BACKOFF_CRASHED,
	BACKOFF_FORCED,
};

struct backoff_set {
	const struct backoff_policy *policy; /* borrowed */
	struct rng rng;                      /* jitter */
	struct table daemons;                /* in the order they were first seen, unless
	                                      * some were forgotten */
	struct heap releases;
	uint64_t holds; /* so far: their order at equal ends */
	span forget;    /* daemons that are not held and were silent for longer may be
	                 * dropped; 0: never. Set after init */
};

void backoff_set_init(struct backoff_set *s, const struct backoff_policy *policy, uint64_t seed);
void backoff_set_free(struct backoff_set *s);

/* The daemon of this key, made with `name` when it is new. A new one may cost
 * the place of forgotten ones, so pointers to others hold until then. */
struct backoff_daemon *backoff_set_get(struct backoff_set *s, struct key key, slice name,
                                       instant now);

/* NULL when it has never been seen. */
struct backoff_daemon *backoff_set_find(const struct backoff_set *s, struct key key);

static inline uint32_t backoff_set_count(const struct backoff_set *s)
{
	return s->daemons.count;
}

/* The i-th daemon, from 0. */
struct backoff_daemon *backoff_set_at(const struct backoff_set *s, uint32_t i);

/* Something happened to it. Returns whether it was held until now. */
bool backoff_set_apply(struct backoff_set *s, struct backoff_daemon *d, enum backoff_event event,
                       instant now);

/* Its tracker was changed by other means: puts it into its place in the heap. */
void backoff_set_touch(struct backoff_set *s, struct backoff_daemon *d);

/* When the next hold ends; INSTANT_NEVER when there is none. */
static inline instant backoff_set_due(const struct backoff_set *s)
{
	return heap_due(&s->releases);
}

/* Ends the earliest hold that is over at `now` and returns its daemon; its
 * tracker's `until` tells when that was. NULL when there is none (any more). */
struct backoff_daemon *backoff_set_release(struct backoff_set *s, instant now);

#endif
