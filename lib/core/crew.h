/* crew.h - workers of one program: which of them gets the next action, how many actions they
 * may be given, and when one that has crashed may be started again.
 *
 * Pure. A member has a window of actions that it was given and whose end is not known. It
 * takes work while it is up, or could be started: neither surplus nor held by the ladder
 * of its crashes.
 *
 * In a replay nothing may depend on real time, and whether a member is up does: there each has
 * its window whatever happens to it, and is never held. */
#ifndef MESHQ_CREW_H
#define MESHQ_CREW_H

#include "core/backoff.h"

enum crew_state {
	CREW_OFF,     /* there is no process */
	CREW_UP,      /* it takes work */
	CREW_LEAVING, /* it will end, and takes none */
};

struct crew_member {
	enum crew_state state;
	bool surplus; /* there are to be fewer */
	uint32_t load;
	uint32_t crashes;
	struct backoff backoff;
};

struct crew {
	struct crew_member *members;
	uint32_t count;
	uint32_t window;
	bool replay;
	const struct backoff_policy *ladder; /* borrowed */
};

enum { CREW_NOBODY = -1 };

void crew_free(struct crew *c);

/* So many members from now on. None goes away: those that are too many take no more work. A
 * replay keeps the number that it has begun with. */
void crew_set_jobs(struct crew *c, uint32_t jobs);

/* The actions that its members may have together. What they have counts with those that take
 * no more, so there is always somebody for one more as long as they have fewer. */
uint32_t crew_slots(const struct crew *c, instant now);

/* Who gets the next action: the one with the fewest, and of these one that is up before one
 * that would have to be started, and the first before the others. CREW_NOBODY: all have
 * a window full. */
int64_t crew_choose(const struct crew *c, instant now);

void crew_started(struct crew *c, uint32_t i, instant now);

/* The process has ended, of itself with a fault of its own or otherwise. `draw` is a random
 * number. True: with that it crash-loops. */
bool crew_ended(struct crew *c, uint32_t i, bool crashed, instant now, uint64_t draw);

/* When somebody takes work again though nothing else happens; INSTANT_NEVER. */
instant crew_wakes(const struct crew *c, instant now);

#endif
