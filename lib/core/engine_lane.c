/* engine_lane.c - actions that must not overlap (executor.serialize). */
#include "core/engine_state.h"

static struct key lane_of(const struct action *a)
{
	return a->turn->keys[gate_lane_key(a->class)];
}

void engine_follow(struct engine *e, struct action *a)
{
	a->state = STATE_IN_LANE;
	lanes_join(&e->lanes, lane_of(a), &a->wait, a->arrival);
	engine_put_by(e, a);
}

bool engine_take_lane(struct engine *e, struct action *a)
{
	if (!lanes_take(&e->lanes, lane_of(a)))
		return false;
	a->lane = LANE_HELD;
	return true;
}

void engine_quit_lane(struct engine *e, struct action *a)
{
	lanes_quit(&e->lanes, lane_of(a), &a->wait);
}

/* The next one has waited long enough: it comes up now, but does not get its turn back
 * before. */
void engine_pass_lane(struct engine *e, struct action *a)
{
	struct timer *t = lanes_pass(&e->lanes, lane_of(a));

	a->lane = LANE_NONE;
	if (!t)
		return;
	struct action *next = ACTION_OF(t, wait);
	next->lane = LANE_HELD;
	next->state = STATE_WAITING;
	next->wait.kind = TIMER_ACTION;
	heap_set(&e->due, &next->wait, e->now, next->arrival);
}
