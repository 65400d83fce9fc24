/* engine_twin.c - actions of which one is enough (executor.dedupe, D-28). */
#include "core/engine_state.h"

#include <stdlib.h>

static struct key key_of(const struct action *a)
{
	return a->turn->keys[gate_twin_key(a->class)];
}

static void finish_joined(struct engine *e, struct action *a, struct key k)
{
	e->stats.coalesced++;
	engine_finish_dispatched(e, a, CAUSE_TWIN)->twin = twins_name(&e->twins, k);
}

bool engine_lead(struct engine *e, struct action *a)
{
	switch (twins_ask(&e->twins, key_of(a), e->now)) {
	case TWIN_NEWS_NONE:
		twins_lead(&e->twins, key_of(a), e->now);
		a->twin = TWIN_LEADS;
		return true;
	case TWIN_NEWS_DONE:
		finish_joined(e, a, key_of(a));
		return false;
	case TWIN_NEWS_AHEAD:
		break;
	}
	if (engine_no_room(e, a)) {
		engine_finish_failed(e, a, CAUSE_FULL);
		return false;
	}
	a->state = STATE_AS_TWIN;
	twins_join(&e->twins, key_of(a), &a->wait, a->arrival);
	engine_put_by(e, a);
	return false;
}

void engine_quit_twin(struct engine *e, struct action *a)
{
	twins_quit(&e->twins, key_of(a), &a->wait);
}

/* It takes the place of one that has not been done, also in its own lane. */
static void step_in(struct engine *e, struct action *a)
{
	engine_take_up(e, a);
	a->twin = TWIN_LEADS;
	if (a->lane == LANE_WANTED && !engine_take_lane(e, a))
		engine_follow(e, a);
	else
		engine_wait_until(e, a, e->now);
}

void engine_end_twin(struct engine *e, struct action *a, bool done)
{
	struct key k = key_of(a);

	a->twin = TWIN_NONE;
	if (done) {
		twins_done(&e->twins, k, e->name ? e->name(e->name_user, a) : NULL, e->now);
		e->joining = true;
		e->joining_key = k;
		return;
	}
	struct timer *t = twins_next(&e->twins, k);
	if (t)
		step_in(e, ACTION_OF(t, wait));
	else
		twins_forget(&e->twins, k);
}

bool engine_work_joining(struct engine *e)
{
	struct timer *t = twins_next(&e->twins, e->joining_key);

	if (!t) {
		e->joining = false;
		return false;
	}
	struct action *a = ACTION_OF(t, wait);
	engine_take_up(e, a);
	finish_joined(e, a, e->joining_key);
	return true;
}
