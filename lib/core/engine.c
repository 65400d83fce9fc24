/* engine.c - events, time and the order of work. */
#include "base/mem.h"
#include "core/engine_state.h"

#include <stdlib.h>
#include <string.h>

/* ---- life ---- */

struct engine *engine_new(const struct policy *policy, struct gate *gate, uint32_t jobs)
{
	struct engine *e = mem_zeroed(1, sizeof *e);

	e->policy = policy;
	e->gate = gate;
	e->pools = mem_zeroed(1, sizeof *e->pools);
	e->pools[0].jobs = jobs;
	e->pool_count = 1;
	e->limit = UINT32_MAX;
	e->watermark.policy = policy->backpressure;
	e->now = (instant){ INT64_MIN };
	retry_budget_init(&e->retry_budget, &policy->executor.retry_budget, e->now);
	fair_init(&e->fair, policy->rule_count);
	lanes_init(&e->lanes);
	twins_init(&e->twins, policy->executor.dedupe.keep);
	return e;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	for (uint32_t i = 0; i < e->pool_count; i++)
		heap_free(&e->pools[i].ready);
	free(e->pools);
	heap_free(&e->due);
	heap_free(&e->limits);
	fair_free(&e->fair);
	lanes_free(&e->lanes);
	twins_free(&e->twins);
	free(e);
}

void engine_recall(struct engine *e, void (*recall)(void *user, struct action *a), void *user)
{
	e->recall = recall;
	e->recall_user = user;
}

void engine_name(struct engine *e, char *(*name)(void *user, const struct action *a), void *user)
{
	e->name = name;
	e->name_user = user;
}

struct turn *engine_turn_new(const struct gate_class *class)
{
	struct turn *t = mem_zeroed(1, sizeof *t + class->keys * sizeof t->keys[0]);

	t->expires = INSTANT_NEVER;
	return t;
}

struct action *engine_action_with(const struct gate_class *class, size_t extra)
{
	struct action *a = mem_zeroed(1, sizeof *a + extra);

	a->class = class;
	a->turn = engine_turn_new(class);
	return a;
}

struct action *engine_action_new(const struct gate_class *class)
{
	return engine_action_with(class, 0);
}

static void result_free(struct result *r)
{
	if (!r)
		return;
	free(r->reason);
	free(r->output);
	free(r);
}

void engine_action_free(struct action *a)
{
	if (!a)
		return;
	result_free(a->result);
	free(a->turn);
	free(a);
}

/* ---- questions ---- */

struct action *engine_oldest(const struct engine *e)
{
	return e->running.first;
}

uint32_t engine_running(const struct engine *e)
{
	return e->running.count;
}

uint32_t engine_jobs(const struct engine *e)
{
	uint64_t jobs = 0;

	for (uint32_t i = 0; i < e->pool_count; i++)
		jobs += e->pools[i].jobs;
	return jobs < UINT32_MAX ? (uint32_t)jobs : UINT32_MAX;
}

uint64_t engine_depth(const struct engine *e)
{
	return (uint64_t)e->queue.count + e->ready + e->waiting + e->running.count +
	       e->finished.count;
}

const struct engine_stats *engine_stats(const struct engine *e)
{
	return &e->stats;
}

span engine_timeout(const struct engine *e, const struct action *a)
{
	return a->class->timeout ? *a->class->timeout : e->policy->executor.timeout;
}

bool engine_full(const struct engine *e)
{
	return e->waiting >= e->policy->executor.max_waiting;
}

bool engine_is_new(const struct action *a)
{
	return a->attempts == 0 && a->defers == 0 && !a->kept && !a->turn->restored;
}

/* With on_full `fail` nobody new waits any more, but those who were started may come back
 * to be retried. They are let wait, so that many of them stop the reader after all. */
static bool crammed(const struct engine *e)
{
	return e->waiting / 2 >= e->policy->executor.max_waiting;
}

/* Nothing is taken from the queue for now. What was taken in before, by an earlier run,
 * does not fail for want of room, but waits for it. */
static bool blocked(const struct engine *e)
{
	bool fails = e->policy->executor.on_full == ON_FULL_FAIL && !crammed(e) &&
	             (!e->queue.first || engine_is_new(e->queue.first));

	return engine_full(e) && !fails;
}

bool engine_has_room(const struct engine *e)
{
	bool fails = e->policy->executor.on_full == ON_FULL_FAIL && !crammed(e);

	return !e->ended && !e->stopped && e->queue.count + e->ready < e->policy->executor.queue &&
	       (fails || !engine_full(e));
}

bool engine_idle(const struct engine *e)
{
	return (e->ended || e->stopped) && engine_depth(e) == 0 && e->shown == 0 &&
	       e->pending_count == 0;
}

static bool pool_has_slot(const struct pool *p)
{
	return p->running < p->jobs;
}

/* Something may be started, whatever it is. */
static bool may_start(const struct engine *e)
{
	return e->running.count < e->limit && !e->stopped && !e->paused;
}

static bool slot_free(const struct engine *e)
{
	if (!may_start(e))
		return false;
	for (uint32_t i = 0; i < e->pool_count; i++)
		if (pool_has_slot(&e->pools[i]))
			return true;
	return false;
}

instant engine_wants_slot_at(const struct engine *e)
{
	if (e->stopped || e->paused)
		return INSTANT_NEVER;
	if (e->ready || (e->queue.count && !blocked(e)))
		return (instant){ INT64_MIN };
	return heap_due(&e->due);
}

bool engine_wants_slot(const struct engine *e, instant now)
{
	instant at = engine_wants_slot_at(e);

	return at.ns != INT64_MAX && !instant_after(at, now);
}

instant engine_wants_limit_at(const struct engine *e)
{
	bool room = false, ready = false;

	for (uint32_t i = 0; i < e->pool_count; i++)
		if (pool_has_slot(&e->pools[i])) {
			room = true;
			ready |= e->pools[i].ready.count > 0;
		}
	if (!room || e->stopped || e->paused)
		return INSTANT_NEVER;
	if (ready || (e->queue.count && !blocked(e)))
		return (instant){ INT64_MIN };
	return heap_due(&e->due);
}

instant engine_deadline(const struct engine *e)
{
	instant limit = heap_due(&e->limits);
	return slot_free(e) ? instant_earlier(limit, heap_due(&e->due)) : limit;
}

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

	if (!a || blocked(e))
		return false;
	engine_list_remove(&e->queue, a);
	engine_handle(e, a);
	return true;
}

/* The input is worked off: its end has come and nothing more is taken in. */
static bool input_over(const struct engine *e)
{
	return e->ended && (e->queue.count == 0 || blocked(e));
}

/* Nothing can come in that would change anything. */
static bool closed(const struct engine *e)
{
	return !e->ended && (e->crowded || !engine_has_room(e)) &&
	       (e->queue.count == 0 || blocked(e));
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
	return slot_free(e) && (work_ready(e) || work_due(e) || work_intake(e));
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

void engine_pause(struct engine *e, bool paused)
{
	e->paused = paused;
}

bool engine_crowd(struct engine *e, bool crowded)
{
	bool news = e->crowded != crowded;

	e->crowded = crowded;
	return news;
}

/* ---- events ---- */

static void arrived(struct engine *e, struct action *a)
{
	a->arrival = ++e->stats.received;
	if (!a->turn->restored)
		a->arrived = e->now;
	a->state = STATE_QUEUED;
	engine_list_add(&e->queue, a);
	engine_arm_expiry(e, a);
}

static void finished(struct engine *e, const struct event *event)
{
	struct action *a = event->action;

	engine_list_remove(&e->running, a);
	e->pools[a->pool].running--;
	result_free(a->result);
	a->result = mem_new(sizeof *a->result);
	*a->result = event->result;
	a->turn->draw = event->draw;
	if (a->turn->started.ns != INT64_MAX)
		a->ran.ns = tick_sum(a->ran.ns, instant_until(a->turn->started, e->now).ns);
	a->state = STATE_FINISHED;
	engine_list_add(&e->finished, a);
}

/* A handler told to end already keeps the time that it was given, and none gets more than
 * the grace. */
static void began(struct engine *e, struct action *a)
{
	span timeout = engine_timeout(e, a);
	instant limit = timeout.ns > 0 ? instant_add(e->now, timeout) : INSTANT_NEVER;

	a->turn->started = e->now;
	a->unbegun = false;
	if (a->ending != ENDING_NOT || e->halted == HALT_NOW)
		return;
	if (e->told)
		limit = instant_earlier(limit, e->grace);
	if (limit.ns != INT64_MAX)
		heap_set(&e->limits, &a->limit, limit, a->arrival);
}

static void jobs_changed(struct engine *e, const struct event *event)
{
	uint32_t pool = event->pool;

	if (pool >= e->pool_count) {
		e->pools = mem_resize(e->pools, pool + 1, sizeof *e->pools);
		memset(e->pools + e->pool_count, 0, (pool + 1 - e->pool_count) * sizeof *e->pools);
		e->pool_count = pool + 1;
	}
	e->pools[pool].jobs = event->jobs;
	e->pools[pool].abreast = event->abreast;
	e->pools[pool].late = event->late;
}

static void held(struct engine *e, const struct event *event)
{
	gate_hold(e->gate, event->rule, event->key, event->until, e->now);
	struct line *line = fair_find(&e->fair, event->rule, event->key);
	if (line)
		engine_arm_line(e, line);
}

void engine_feed(struct engine *e, const struct event *event)
{
	e->now = instant_later(e->now, event->now);
	switch (event->kind) {
	case EVENT_ARRIVED:
		arrived(e, event->action);
		break;
	case EVENT_FINISHED:
		finished(e, event);
		break;
	case EVENT_HELD:
		held(e, event);
		break;
	case EVENT_UNDONE:
		gate_undo(e->gate, event->action->class, event->action->turn->keys,
		          event->action->turn->owner);
		engine_rearm_lines(e, event->action);
		break;
	case EVENT_ENDED:
		e->ended = true;
		break;
	case EVENT_STOPPED:
		engine_stop(e);
		break;
	case EVENT_KILLED:
		engine_kill(e);
		break;
	case EVENT_JOBS:
		jobs_changed(e, event);
		break;
	case EVENT_LIMIT:
		e->limit = event->jobs;
		break;
	case EVENT_BEGAN:
		began(e, event->action);
		break;
	case EVENT_TICK:
		break;
	}
}
