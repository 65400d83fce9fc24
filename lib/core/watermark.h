/* watermark.h - back-pressure with hysteresis: asserted at a high depth,
 * released at a low one, so that the signal does not flap in between. */
#ifndef MESHQ_WATERMARK_H
#define MESHQ_WATERMARK_H

#include "core/policy.h"

struct watermark {
	struct backpressure_policy policy;
	bool asserted;
	double level; /* told last, while asserted */
};

enum edge {
	EDGE_NONE,
	EDGE_ASSERTED,
	EDGE_RELEASED,
	EDGE_LEVEL, /* no edge: it stays asserted, and the level has moved by a step */
};

/* Shows the depth; both marks are inclusive. At most one edge a call. Whoever hears of all knows
 * the level to less than a step, and a depth that wavers by less tells nothing. */
enum edge watermark_show(struct watermark *w, uint64_t depth);

/* How far between assert_at (0) and the ceiling (1) the depth stands. The
 * reference names a level and gives no formula; this is ours. */
double watermark_level(const struct watermark *w, uint64_t depth);

#endif
