/* engine.c - life, questions and events. */
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

bool engine_blocked(const struct engine *e)
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

/* Something may be started, whatever it is. */
static bool may_start(const struct engine *e)
{
	return e->running.count < e->limit && !e->stopped && !e->paused;
}

bool engine_slot_free(const struct engine *e)
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
	if (e->ready || (e->queue.count && !engine_blocked(e)))
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
	if (ready || (e->queue.count && !engine_blocked(e)))
		return (instant){ INT64_MIN };
	return heap_due(&e->due);
}

instant engine_deadline(const struct engine *e)
{
	instant limit = heap_due(&e->limits);
	return engine_slot_free(e) ? instant_earlier(limit, heap_due(&e->due)) : limit;
}

/* ---- events ---- */

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
