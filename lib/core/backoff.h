/* backoff.h - the restart ladder of one daemon: wait longer after every crash,
 * hold back a crash loop, forget after a healthy run. Reference section 9.
 *
 * Pure. `draw` is a random number of the caller's, used only with jitter. A
 * `now` earlier than the last one counts as no time passed (D-34).
 *
 * What the policy's repairs mean here:
 * jitter shortens a wait, the hold of a crash loop included, by up to that part
 * of it; the ladder itself does not change (D-33). never_shorten: a crash during
 * a hold never moves its end earlier (D-25). clear_on_release: the crashes that
 * made a crash loop are forgotten when its hold ends (D-25).
 * stable_from_start_to_exit: a run lasts from a start to the exit or crash after
 * it, and a healthy one is forgiven at its end, so also helps the crash that
 * ends it; a start without an end since the last one counts as no run (D-26). */
#ifndef MESHQ_BACKOFF_H
#define MESHQ_BACKOFF_H

#include "core/policy.h"

enum backoff_state {
	BACKOFF_IDLE,
	BACKOFF_BACKING_OFF,
	BACKOFF_CRASH_LOOPING,
};

struct backoff {
	enum backoff_state state;
	instant until; /* end of the hold; when idle, of the last one */
	span window;   /* what the next crash would use */
	bool started;  /* last_start is set */
	instant last_start;
	instant latest;   /* the latest now seen: later calls are clamped to it (D-34) */
	instant *crashes; /* times inside the crash window, oldest first, at most
	                   * `threshold` of them (D-24); owned */
	uint32_t crash_first;
	uint32_t crash_count;
	uint32_t crash_room;
};

void backoff_init(struct backoff *b, const struct backoff_policy *p);
void backoff_free(struct backoff *b);

/* May the daemon be started? Idle, or the hold ends at or before now. */
bool backoff_admissible(const struct backoff *b, instant now);

/* Both open the gate, and return true when it was still closed (D-32). */
bool backoff_start(struct backoff *b, const struct backoff_policy *p, instant now);
bool backoff_exit(struct backoff *b, const struct backoff_policy *p, instant now);

void backoff_crash(struct backoff *b, const struct backoff_policy *p, instant now, uint64_t draw);

/* The hold is over: becomes idle and returns true. False when idle or still held. */
bool backoff_release(struct backoff *b, const struct backoff_policy *p, instant now);

/* An operator's override: idle, initial window, history forgotten. Returns
 * whether it was held. */
bool backoff_force(struct backoff *b, const struct backoff_policy *p);

/* The i-th of the crash times kept, 0 being the oldest. */
static inline instant backoff_crash_at(const struct backoff *b, uint32_t i)
{
	return b->crashes[b->crash_first + i];
}

/* Adds a crash time at the end: for reading a tracker back. The caller keeps the order. */
void backoff_remember(struct backoff *b, instant at);

/* Moves every instant of the tracker: for a wall clock that was set back. */
void backoff_shift(struct backoff *b, span by);

#endif
