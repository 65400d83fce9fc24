/* engine_settle.c - what comes of a dispatch that has ended. */
#include "core/engine_state.h"
#include "core/retry.h"

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

	if (!engine_budget_allows(e, a)) {
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
	engine_step(e, a, OUTCOME_RETRYING, CAUSE_HANDLER, due)->draw = a->turn->draw;
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
		engine_step(e, a, OUTCOME_RETRYING, CAUSE_HANDLER, e->now);
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
