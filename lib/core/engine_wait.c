/* engine_wait.c - where an action waits, and what that costs it. */
#include "core/engine_state.h"

#include <stdlib.h>

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

void engine_wait_in_line(struct engine *e, struct action *a, uint32_t rule, struct key k)
{
	a->state = STATE_IN_LINE;
	a->line = fair_join(&e->fair, rule, k, &a->wait, a->arrival);
	engine_arm_line(e, a->line);
	engine_put_by(e, a);
}

void engine_arm_expiry(struct engine *e, struct action *a)
{
	instant latest = engine_latest_start(e, a);

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

bool engine_budget_allows(const struct engine *e, const struct action *a)
{
	return (uint64_t)a->attempts + a->defers <= e->policy->executor.max_defers;
}

bool engine_no_room(const struct engine *e, const struct action *a)
{
	return e->policy->executor.on_full == ON_FULL_FAIL && engine_full(e) && engine_is_new(a);
}

bool engine_defer_charge(struct engine *e, struct action *a, uint32_t rule, instant until)
{
	if (a->waited)
		return true;
	if (engine_no_room(e, a)) {
		engine_finish_failed(e, a, CAUSE_FULL);
		return false;
	}
	if (a->defers < UINT32_MAX)
		a->defers++;
	if (!engine_budget_allows(e, a)) {
		engine_finish_failed(e, a, CAUSE_DEFER_BUDGET);
		return false;
	}
	a->waited = e->policy->executor.queueing == QUEUEING_FAIR;
	e->stats.deferred++;
	engine_step(e, a, OUTCOME_DEFERRED, CAUSE_RULE, until)->rule = rule;
	return true;
}
