/* engine_action.c - what becomes of one action: the gate, dispatch, outcomes. */
#include "core/engine_state.h"

/* ---- lists ---- */

void engine_list_add(struct list *l, struct action *a)
{
	a->turn->next = NULL;
	a->turn->previous = l->last;
	if (l->last)
		l->last->turn->next = a;
	else
		l->first = a;
	l->last = a;
	l->count++;
}

void engine_list_remove(struct list *l, struct action *a)
{
	if (a->turn->previous)
		a->turn->previous->turn->next = a->turn->next;
	else
		l->first = a->turn->next;
	if (a->turn->next)
		a->turn->next->turn->previous = a->turn->previous;
	else
		l->last = a->turn->previous;
	a->turn->next = a->turn->previous = NULL;
	l->count--;
}

/* ---- effects ---- */

static uint32_t jobs_of(const struct engine *e, const struct action *a)
{
	if (!a)
		return engine_jobs(e);
	const struct pool *p = &e->pools[a->pool];
	return p->abreast ? p->abreast : p->jobs;
}

struct effect *engine_effect(struct engine *e, enum effect_kind kind, struct action *a)
{
	uint32_t i = (e->pending_first + e->pending_count++) % PENDING;

	e->pending[i] = (struct effect){
		.kind = kind, .at = e->now, .jobs = jobs_of(e, a), .action = a, .until = e->now
	};
	return &e->pending[i];
}

static struct effect *outcome_add(struct engine *e, struct action *a, enum outcome outcome,
                                  enum cause cause)
{
	struct effect *f = engine_effect(e, EFFECT_OUTCOME, a);

	f->outcome = outcome;
	f->cause = cause;
	heap_remove(&e->limits, &a->limit);
	a->state = STATE_NEW;
	if (a->twin == TWIN_LEADS)
		engine_end_twin(e, a, outcome == OUTCOME_DISPATCHED);
	if (a->lane == LANE_HELD)
		engine_pass_lane(e, a);
	return f;
}

struct effect *engine_step(struct engine *e, struct action *a, enum outcome outcome,
                           enum cause cause, instant until)
{
	struct effect *f = engine_effect(e, EFFECT_STEP, a);

	f->outcome = outcome;
	f->cause = cause;
	f->until = until;
	return f;
}

/* It may be one failure too many. */
static void ended(struct engine *e)
{
	if (e->policy->executor.halt.when != HALT_NEVER)
		engine_consider_halt(e);
}

void engine_finish_failed(struct engine *e, struct action *a, enum cause cause)
{
	e->stats.failed++;
	outcome_add(e, a, OUTCOME_FAILED, cause);
	ended(e);
}

struct effect *engine_finish_dispatched(struct engine *e, struct action *a, enum cause cause)
{
	struct effect *f = outcome_add(e, a, OUTCOME_DISPATCHED, cause);

	e->stats.dispatched++;
	ended(e);
	return f;
}

instant engine_latest_start(const struct engine *e, const struct action *a)
{
	span most = e->policy->executor.max_wait;

	return most.ns > 0 ? instant_earlier(a->turn->expires, instant_add(a->arrived, most))
	                   : a->turn->expires;
}

void engine_expire(struct engine *e, struct action *a)
{
	instant latest = engine_latest_start(e, a);
	enum cause cause = latest.ns < a->turn->expires.ns ? CAUSE_WAITED : CAUSE_EXPIRED;

	e->stats.expired++;
	outcome_add(e, a, OUTCOME_EXPIRED, cause)->until = latest;
}

static void finish_gated(struct engine *e, struct action *a, uint32_t rule, instant until)
{
	struct effect *f = outcome_add(e, a, OUTCOME_GATED, CAUSE_HELD);

	f->rule = rule;
	f->until = until;
	e->stats.gated++;
}

struct effect *engine_leave_unfinished(struct engine *e, struct action *a, enum cause cause,
                                       instant due)
{
	struct effect *f = outcome_add(e, a, OUTCOME_UNFINISHED, cause);

	f->until = due;
	f->failures = e->failures_then;
	e->stats.unfinished++;
	return f;
}

/* ---- the gate ---- */

static void dispatch(struct engine *e, struct action *a)
{
	span timeout = engine_timeout(e, a);

	if (a->attempts == 0 && !a->result)
		retry_budget_earn(&e->retry_budget, &e->policy->executor.retry_budget, e->now);
	if (a->attempts < UINT32_MAX)
		a->attempts++;
	a->waited = false;
	a->ending = ENDING_NOT;
	a->state = STATE_RUNNING;
	a->turn->started = e->pools[a->pool].late ? INSTANT_NEVER : e->now;
	engine_list_add(&e->running, a);
	e->pools[a->pool].running++;
	heap_remove(&e->limits, &a->limit);
	a->unbegun = e->pools[a->pool].late;
	if (timeout.ns > 0 && !a->unbegun)
		heap_set(&e->limits, &a->limit, instant_add(e->now, timeout), a->arrival);
	engine_effect(e, EFFECT_DISPATCH, a);
}

static void admit(struct engine *e, struct action *a)
{
	gate_take(e->gate, a->class, a->turn->keys, a->turn->owner, e->now);
	a->reserved = true;
	dispatch(e, a);
}

static bool drops_when_held(const struct engine *e, uint32_t rule)
{
	const struct rule_policy *r = &e->policy->rules[rule];
	return r->type == RULE_HOLD && r->on_hold == ON_HOLD_DROP;
}

/* Asks the rules in order; behind somebody who came earlier counts as refused. */
static void pass_fair(struct engine *e, struct action *a)
{
	for (uint32_t i = 0; i < a->class->count; i++) {
		uint32_t rule = a->class->rules[i];
		instant opens = gate_opens(e->gate, rule, a->turn->keys[i], e->now);
		bool closed = instant_after(opens, e->now);
		const struct line *line = fair_find(&e->fair, rule, a->turn->keys[i]);

		if (closed && drops_when_held(e, rule)) {
			finish_gated(e, a, rule, opens);
			return;
		}
		if (closed || (line && heap_top(&line->members)->order < a->arrival)) {
			if (!engine_defer_charge(e, a, rule, instant_later(opens, e->now)))
				return;
			engine_wait_in_line(e, a, rule, a->turn->keys[i]);
			return;
		}
	}
	admit(e, a);
}

/* Records move the end of a hold, so whoever waits for it stands in its line,
 * whatever the queueing. */
static void wait_for_hold(struct engine *e, struct action *a, uint32_t rule)
{
	uint32_t i = 0;

	while (a->class->rules[i] != rule)
		i++;
	engine_wait_in_line(e, a, rule, a->turn->keys[i]);
}

/* The reference: come back after the hint and race again (section 6.2). */
static void pass_reference(struct engine *e, struct action *a)
{
	struct verdict v = gate_ask(e->gate, a->class, a->turn->keys, e->now);

	if (v.decision == DECISION_ADMIT) {
		admit(e, a);
	} else if (v.decision == DECISION_GATE && drops_when_held(e, v.rule)) {
		finish_gated(e, a, v.rule, v.until);
	} else if (engine_defer_charge(e, a, v.rule, v.until)) {
		if (v.decision == DECISION_GATE)
			wait_for_hold(e, a, v.rule);
		else
			engine_wait_until(e, a, v.until);
	}
}

static void pass_gate(struct engine *e, struct action *a)
{
	e->stats.admissions++;
	if (e->policy->executor.queueing == QUEUEING_FAIR)
		pass_fair(e, a);
	else
		pass_reference(e, a);
}

/* What meshq-admit upstream has decided holds once. False: it is dealt with. */
static bool honour_upstream(struct engine *e, struct action *a)
{
	enum upstream u = a->turn->upstream;

	a->turn->upstream = UPSTREAM_NONE;
	switch (u) {
	case UPSTREAM_NONE:
		return true;
	case UPSTREAM_ADMITTED:
		dispatch(e, a);
		return false;
	case UPSTREAM_GATED:
		finish_gated(e, a, a->turn->upstream_rule, a->turn->upstream_until);
		return false;
	case UPSTREAM_DEFERRED:
		if (!instant_after(a->turn->upstream_until, e->now))
			return true;
		/* One that comes back unfinished goes on with a wait that was counted. */
		if (a->attempts || a->defers ||
		    engine_defer_charge(e, a, a->turn->upstream_rule, a->turn->upstream_until))
			engine_wait_until(e, a, a->turn->upstream_until);
		return false;
	}
	return true;
}

static void wait_for_slot(struct engine *e, struct action *a)
{
	a->state = STATE_READY;
	heap_set(&e->pools[a->pool].ready, &a->wait, (instant){ 0 }, a->arrival);
	e->ready++;
}

/* Its turn comes only when those before it with its key have ended. */
static void follow(struct engine *e, struct action *a)
{
	if (engine_no_room(e, a))
		engine_finish_failed(e, a, CAUSE_FULL);
	else
		engine_follow(e, a);
}

void engine_handle(struct engine *e, struct action *a)
{
	const struct pool *pool = &e->pools[a->pool];

	if (a->twin == TWIN_WANTED && a->turn->upstream != UPSTREAM_GATED && !engine_lead(e, a))
		return;
	if (a->lane == LANE_WANTED && !engine_take_lane(e, a))
		follow(e, a);
	else if (pool->running >= pool->jobs)
		wait_for_slot(e, a);
	else if (instant_after(e->now, engine_latest_start(e, a)))
		engine_expire(e, a);
	else if (honour_upstream(e, a))
		pass_gate(e, a);
}
