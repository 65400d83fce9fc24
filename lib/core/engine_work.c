/* engine_work.c - what is done next: engine_poll. */
#include "core/engine_state.h"

/* ---- limits ---- */

/* The timeout, and not only the grace, has run out. */
static bool timed_out(const struct engine *e, const struct action *a)
{
	span timeout = engine_timeout(e, a);

	return timeout.ns > 0 && !a->unbegun &&
	       !instant_after(instant_add(a->turn->started, timeout), e->now);
}

static void handler_overdue(struct engine *e, struct action *a)
{
	if (a->ending != ENDING_NOT) {
		heap_remove(&e->limits, &a->limit);
		engine_effect(e, EFFECT_KILL, a);
		return;
	}
	a->ending = e->stopped && !timed_out(e, a) ? ENDING_STOP : ENDING_TIMEOUT;
	heap_set(&e->limits, &a->limit, instant_add(e->now, e->policy->executor.kill_after),
	         a->arrival);
	engine_effect(e, EFFECT_TERMINATE, a);
}

static bool work_limits(struct engine *e)
{
	if (heap_due(&e->limits).ns > e->now.ns || e->limits.count == 0)
		return false;
	struct action *a = ACTION_OF(heap_top(&e->limits)->timer, limit);

	if (a->state == STATE_RUNNING) {
		handler_overdue(e, a);
	} else {
		engine_detach(e, a);
		engine_expire(e, a);
	}
	return true;
}

/* ---- the order of work ---- */

static bool work_finished(struct engine *e)
{
	struct action *a = e->finished.first;

	if (!a)
		return false;
	engine_list_remove(&e->finished, a);
	engine_settle(e, a);
	return true;
}

/* Those whose turn came while their pool was full go first, by arrival. */
static bool work_ready(struct engine *e)
{
	struct action *first = NULL;

	if (!e->ready)
		return false;
	for (uint32_t i = 0; i < e->pool_count; i++) {
		const struct heap *ready = &e->pools[i].ready;

		if (!ready->count || !pool_has_slot(&e->pools[i]))
			continue;
		struct action *a = ACTION_OF(heap_top(ready)->timer, wait);
		if (!first || a->arrival < first->arrival)
			first = a;
	}
	if (!first)
		return false;
	engine_detach(e, first);
	engine_handle(e, first);
	return true;
}

static bool work_due(struct engine *e)
{
	if (e->due.count == 0 || instant_after(heap_due(&e->due), e->now))
		return false;
	struct timer *t = heap_top(&e->due)->timer;
	struct action *a;

	if (t->kind == TIMER_LINE) {
		struct line *line = LINE_OF(t);
		if (instant_after(gate_opens(e->gate, line->rule, line->key, e->now), e->now)) {
			engine_arm_line(e, line);
			return true;
		}
		a = ACTION_OF(heap_top(&line->members)->timer, wait);
	} else {
		a = ACTION_OF(t, wait);
	}
	engine_detach(e, a);
	engine_handle(e, a);
	return true;
}

static bool work_intake(struct engine *e)
{
	struct action *a = e->queue.first;

	if (!a || engine_blocked(e))
		return false;
	engine_list_remove(&e->queue, a);
	engine_handle(e, a);
	return true;
}

/* The input is worked off: its end has come and nothing more is taken in. */
static bool input_over(const struct engine *e)
{
	return e->ended && (e->queue.count == 0 || engine_blocked(e));
}

/* Nothing can come in that would change anything. */
static bool closed(const struct engine *e)
{
	return !e->ended && (e->crowded || !engine_has_room(e)) &&
	       (e->queue.count == 0 || engine_blocked(e));
}

/* Nothing can change any more what keeps the waiting ones back: no running
 * work, no time at which a rule opens, and no input, because it is over or
 * because there is no room for it. */
static bool stuck(const struct engine *e)
{
	return e->running.count == 0 && e->ready == 0 && e->due.count &&
	       heap_due(&e->due).ns == INT64_MAX && (closed(e) || input_over(e));
}

/* Why there is somebody to let go of unfinished; CAUSE_NONE: there is not. */
static enum cause leftovers(const struct engine *e)
{
	if (e->stopped)
		return engine_stop_cause(e);
	if (input_over(e) && e->policy->executor.on_eof == ON_EOF_UNFINISHED)
		return CAUSE_END;
	return stuck(e) ? CAUSE_STUCK : CAUSE_NONE;
}

static struct action *any_ready(const struct engine *e)
{
	for (uint32_t i = 0; i < e->pool_count; i++)
		if (e->pools[i].ready.count)
			return ACTION_OF(heap_top(&e->pools[i].ready)->timer, wait);
	return NULL;
}

static bool work_leftovers(struct engine *e)
{
	enum cause cause = leftovers(e);
	struct action *a = NULL;
	instant due = e->now;

	if (cause == CAUSE_NONE)
		return false;
	if (e->due.count) {
		struct timer *t = heap_top(&e->due)->timer;

		due = heap_due(&e->due);
		a = t->kind == TIMER_LINE ? ACTION_OF(heap_top(&LINE_OF(t)->members)->timer, wait)
		                          : ACTION_OF(t, wait);
	} else if (e->stopped) {
		a = e->ready ? any_ready(e) : e->queue.first;
	}
	if (!a)
		return false;
	uint32_t rule = a->line ? a->line->rule : UINT32_MAX;
	engine_detach(e, a);
	if (a->lane == LANE_WANTED && !engine_take_lane(e, a)) {
		engine_follow(e, a); /* it comes out in its order, too */
		return true;
	}
	engine_leave_unfinished(e, a, cause, due)->rule = rule;
	return true;
}

static bool work_watermark(struct engine *e)
{
	uint64_t depth = engine_depth(e);

	if (depth == e->shown)
		return false;
	e->shown = depth;
	if (depth > e->stats.max_depth)
		e->stats.max_depth = depth;
	enum edge edge = watermark_show(&e->watermark, depth);
	if (edge == EDGE_NONE)
		return false;
	struct effect *f = engine_effect(e, EFFECT_EDGE, NULL);
	f->edge = edge;
	f->depth = depth;
	f->level = watermark_level(&e->watermark, depth);
	e->stats.asserts += edge == EDGE_ASSERTED;
	e->stats.releases += edge == EDGE_RELEASED;
	return true;
}

/* One piece of work; false when there is none to do now. */
static bool work(struct engine *e)
{
	if (e->joining && engine_work_joining(e))
		return true;
	if (work_finished(e) || work_watermark(e) || work_limits(e))
		return true;
	if (!e->paused && work_leftovers(e))
		return true;
	return engine_slot_free(e) && (work_ready(e) || work_due(e) || work_intake(e));
}

bool engine_poll(struct engine *e, instant now, struct effect *effect)
{
	e->now = instant_later(e->now, now);
	while (e->pending_count == 0)
		if (!work(e))
			return false;
	*effect = e->pending[e->pending_first];
	e->pending_first = (e->pending_first + 1) % PENDING;
	e->pending_count--;
	return true;
}
