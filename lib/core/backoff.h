/* backoff.h - the restart ladder of one daemon: wait longer after every crash,
 * hold back a crash loop, forget after a healthy run. Reference section 9.
 *
 * Pure. `draw` is a random number of the caller's, used only with jitter. A
 * `now` earlier than the last one counts as no time passed (D-34). */
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
	instant until; /* end of the hold, unless idle */
	span window;   /* what the next crash would use */
	bool started;  /* last_start is set */
	instant last_start;
	instant latest;   /* the latest now seen: later calls are clamped to it (D-34) */
	instant *crashes; /* times inside the crash window, oldest first; owned */
	uint32_t crash_count;
	uint32_t crash_room;
};

void backoff_init(struct backoff *b, const struct backoff_policy *p);
void backoff_free(struct backoff *b);

/* May the daemon be started? Idle, or the hold ends at or before now. */
bool backoff_admissible(const struct backoff *b, instant now);

/* True when it was started although it was held (D-32). */
bool backoff_start(struct backoff *b, const struct backoff_policy *p, instant now);
void backoff_exit(struct backoff *b, const struct backoff_policy *p, instant now);
void backoff_crash(struct backoff *b, const struct backoff_policy *p, instant now, uint64_t draw);

/* The hold is over: becomes idle and returns true. False when idle or still held. */
bool backoff_release(struct backoff *b, const struct backoff_policy *p, instant now);

/* An operator's override: idle, initial window, history forgotten. Returns
 * whether it was held. */
bool backoff_force(struct backoff *b, const struct backoff_policy *p);

#endif
