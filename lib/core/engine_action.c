/* engine_action.c - what becomes of one action: the gate, waiting, dispatch,
 * accounting. */
#include "core/engine_state.h"
#include "core/retry.h"

#include <stdlib.h>

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

static struct effect *step_add(struct engine *e, struct action *a, enum outcome outcome,
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

/* The last instant at which the action may be started, by its own expiry and by
 * max_wait. */
static instant latest_start(const struct engine *e, const struct action *a)
{
	span most = e->policy->executor.max_wait;

	return most.ns > 0 ? instant_earlier(a->turn->expires, instant_add(a->arrived, most))
	                   : a->turn->expires;
}

void engine_expire(struct engine *e, struct action *a)
{
	instant latest = latest_start(e, a);
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

/* ---- waiting ---- */

void engine_arm_line(struct engine *e, struct line *line)
{
	instant opens = gate_opens(e->gate, line->rule, line->key, e->now);
	struct heap_slot first = *heap_top(&line->members);

	line->wake.kind = TIMER_LINE;
	heap_set(&e->due, &line->wake, instant_later(opens, e->now), first.order);
}

/* After something that may open rules earlier than their lines expect. */
void engine_rearm_lines(struct engine *e, const struct action *a)
{
	for (uint32_t i = 0; i < a->class->count; i++) {
		struct line *line = fair_find(&e->fair, a->class->rules[i], a->turn->keys[i]);
		if (line)
			engine_arm_line(e, line);
	}
}

static void line_leave(struct engine *e, struct action *a)
{
	struct line *line = a->line;

	a->line = NULL;
	if (line->members.count == 1)
		heap_remove(&e->due, &line->wake);
	if (!fair_leave(&e->fair, line, &a->wait))
		engine_arm_line(e, line);
}

void engine_put_by(struct engine *e, struct action *a)
{
	e->waiting++;
	a->kept = true;
	/* What was decided upstream has not had its turn yet, and is not recalled. */
	if (!e->recall || a->turn->upstream != UPSTREAM_NONE)
		return;
	free(a->turn);
	a->turn = NULL;
}

void engine_take_up(struct engine *e, struct action *a)
{
	e->waiting--;
	if (a->turn)
		return;
	a->turn = engine_turn_new(a->class);
	e->recall(e->recall_user, a);
}

void engine_wait_until(struct engine *e, struct action *a, instant due)
{
	a->state = STATE_WAITING;
	a->wait.kind = TIMER_ACTION;
	heap_set(&e->due, &a->wait, due, a->arrival);
	engine_put_by(e, a);
}

static void wait_in_line(struct engine *e, struct action *a, uint32_t rule, struct key k)
{
	a->state = STATE_IN_LINE;
	a->line = fair_join(&e->fair, rule, k, &a->wait, a->arrival);
	engine_arm_line(e, a->line);
	engine_put_by(e, a);
}

void engine_arm_expiry(struct engine *e, struct action *a)
{
	instant latest = latest_start(e, a);

	if (latest.ns != INT64_MAX)
		heap_set(&e->limits, &a->limit, instant_add(latest, (span){ 1 }), a->arrival);
}

void engine_detach(struct engine *e, struct action *a)
{
	if (a->state == STATE_QUEUED) {
		engine_list_remove(&e->queue, a);
	} else if (a->state == STATE_READY) {
		heap_remove(&e->pools[a->pool].ready, &a->wait);
		e->ready--;
	} else if (a->state == STATE_IN_LINE) {
		line_leave(e, a);
		engine_take_up(e, a);
	} else if (a->state == STATE_IN_LANE) {
		engine_take_up(e, a);
		engine_quit_lane(e, a);
	} else if (a->state == STATE_AS_TWIN) {
		engine_take_up(e, a);
		engine_quit_twin(e, a);
	} else {
		heap_remove(&e->due, &a->wait);
		engine_take_up(e, a);
	}
}

/* Defers and retries share a budget. The one that is asked for is counted already: a
 * deferral as such, a retry by the attempt that it follows. */
static bool budget_allows(const struct engine *e, const struct action *a)
{
	return (uint64_t)a->attempts + a->defers <= e->policy->executor.max_defers;
}

bool engine_no_room(const struct engine *e, const struct action *a)
{
	return e->policy->executor.on_full == ON_FULL_FAIL && engine_full(e) && engine_is_new(a);
}

/* Charges a deferral; in fair lines once for a whole wait. False: the action has ended. */
static bool defer_charge(struct engine *e, struct action *a, uint32_t rule, instant until)
{
	if (a->waited)
		return true;
	if (engine_no_room(e, a)) {
		engine_finish_failed(e, a, CAUSE_FULL);
		return false;
	}
	if (a->defers < UINT32_MAX)
		a->defers++;
	if (!budget_allows(e, a)) {
		engine_finish_failed(e, a, CAUSE_DEFER_BUDGET);
		return false;
	}
	a->waited = e->policy->executor.queueing == QUEUEING_FAIR;
	e->stats.deferred++;
	step_add(e, a, OUTCOME_DEFERRED, CAUSE_RULE, until)->rule = rule;
	return true;
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
			if (!defer_charge(e, a, rule, instant_later(opens, e->now)))
				return;
			wait_in_line(e, a, rule, a->turn->keys[i]);
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
	wait_in_line(e, a, rule, a->turn->keys[i]);
}

/* The reference: come back after the hint and race again (section 6.2). */
static void pass_reference(struct engine *e, struct action *a)
{
	struct verdict v = gate_ask(e->gate, a->class, a->turn->keys, e->now);

	if (v.decision == DECISION_ADMIT) {
		admit(e, a);
	} else if (v.decision == DECISION_GATE && drops_when_held(e, v.rule)) {
		finish_gated(e, a, v.rule, v.until);
	} else if (defer_charge(e, a, v.rule, v.until)) {
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
		    defer_charge(e, a, a->turn->upstream_rule, a->turn->upstream_until))
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
	else if (instant_after(e->now, latest_start(e, a)))
		engine_expire(e, a);
	else if (honour_upstream(e, a))
		pass_gate(e, a);
}

/* ---- what ends a dispatch ---- */

/* A hint of the handler is kept, but gives no more retries than there are. */
static span retry_wait(const struct engine *e, const struct action *a)
{
	if (a->result->has_hint)
		return a->result->hint;
	return a->class->retry ? retry_delay(a->class->retry, a->attempts, a->turn->draw)
	                       : e->policy->executor.retry_after;
}

static void retry(struct engine *e, struct action *a)
{
	if (a->class->retry && !retry_allows(a->class->retry, a->attempts)) {
		engine_finish_failed(e, a, CAUSE_RETRIES);
		return;
	}
	instant due = instant_add(e->now, retry_wait(e, a));

	if (!budget_allows(e, a)) {
		engine_finish_failed(e, a, CAUSE_RETRY_BUDGET);
		return;
	}
	if (e->stopped) {
		struct effect *f = engine_leave_unfinished(e, a, engine_stop_cause(e), due);

		f->draw = a->turn->draw;
		f->ended = true;
		return;
	}
	if (!retry_budget_take(&e->retry_budget, &e->policy->executor.retry_budget, e->now)) {
		engine_finish_failed(e, a, CAUSE_STREAM_BUDGET);
		return;
	}
	e->stats.dispatch_retries++;
	step_add(e, a, OUTCOME_RETRYING, CAUSE_HANDLER, due)->draw = a->turn->draw;
	engine_arm_expiry(e, a);
	engine_wait_until(e, a, due);
}

/* As if its turn had not come yet. */
static void withdraw(struct engine *e, struct action *a)
{
	a->attempts--;
	if (e->stopped) {
		engine_leave_unfinished(e, a, engine_stop_cause(e), e->now);
		return;
	}
	engine_arm_expiry(e, a);
	engine_wait_until(e, a, e->now);
}

/* The same, but it has run, so the step is told. */
static void start_over(struct engine *e, struct action *a)
{
	if (!e->stopped) {
		e->stats.dispatch_retries++;
		step_add(e, a, OUTCOME_RETRYING, CAUSE_HANDLER, e->now);
	}
	withdraw(e, a);
}

void engine_settle(struct engine *e, struct action *a)
{
	struct result *r = a->result;

	heap_remove(&e->limits, &a->limit);
	/* A signal of ours is not its answer, whatever executor.on_exit makes of it. */
	if (a->ending != ENDING_NOT && r->signal)
		r->verdict = RESULT_FAIL;
	if (r->verdict == RESULT_OK) {
		engine_finish_dispatched(e, a, CAUSE_NONE);
		return;
	}
	if (a->reserved) {
		gate_undo(e->gate, a->class, a->turn->keys, a->turn->owner);
		a->reserved = false;
		engine_rearm_lines(e, a);
	}
	if (r->verdict == RESULT_UNSTARTED) {
		withdraw(e, a);
		return;
	}
	if (a->ending == ENDING_TIMEOUT) {
		r->timed_out = true;
		r->verdict = e->policy->executor.on_timeout == ON_TIMEOUT_RETRY ? RESULT_RETRY
		                                                                : RESULT_FAIL;
	}
	if (a->ending == ENDING_STOP)
		engine_leave_unfinished(e, a, engine_stop_cause(e), e->now)->ended = true;
	else if (r->verdict == RESULT_RETRY && r->lost)
		start_over(e, a);
	else if (r->verdict == RESULT_RETRY)
		retry(e, a);
	else
		engine_finish_failed(e, a, CAUSE_HANDLER);
	if (r->verdict == RESULT_HALT)
		engine_halt(e, HALT_SOON, 0);
}
