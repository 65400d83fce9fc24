/* engine_stop.c - nothing is started any more: told to stop, or halted of its own accord. */
#include "core/engine_state.h"
#include "core/halt.h"

/* ---- questions ---- */

bool engine_stopped(const struct engine *e)
{
	return e->stopped;
}

bool engine_halted(const struct engine *e, uint64_t *failures)
{
	*failures = e->failures_then;
	return e->halted != HALT_NEVER;
}

enum cause engine_stop_cause(const struct engine *e)
{
	return e->halted ? CAUSE_HALTED : CAUSE_STOPPED;
}

/* ---- told to ---- */

/* First TERM: running handlers get the grace, then the same end as a timeout.
 * One that has been told to end already keeps the time it was given. */
void engine_stop(struct engine *e)
{
	if (e->told)
		return;
	e->stopped = e->told = true;
	e->grace = instant_add(e->now, e->policy->executor.grace);
	for (struct action *a = e->running.first; a; a = a->turn->next)
		if (a->ending == ENDING_NOT &&
		    instant_after(heap_when(&e->limits, &a->limit), e->grace))
			heap_set(&e->limits, &a->limit, e->grace, a->arrival);
}

void engine_kill(struct engine *e)
{
	engine_stop(e);
	for (struct action *a = e->running.first; a; a = a->turn->next) {
		a->ending = ENDING_STOP;
		heap_set(&e->limits, &a->limit, e->now, a->arrival);
	}
}

/* ---- of its own accord ---- */

void engine_halt(struct engine *e, enum halt how, uint64_t failures)
{
	if (e->told || how <= e->halted)
		return;
	if (!e->halted)
		e->failures_then = failures;
	e->halted = how;
	e->stopped = true;
	for (struct action *a = how == HALT_NOW ? e->running.first : NULL; a; a = a->turn->next)
		if (a->ending == ENDING_NOT)
			heap_set(&e->limits, &a->limit, e->now, a->arrival);
}

void engine_consider_halt(struct engine *e)
{
	const struct halt_policy *p = &e->policy->executor.halt;

	if (halt_due(p, e->stats.failed, e->stats.failed + e->stats.dispatched))
		engine_halt(e, p->when, e->stats.failed);
}
