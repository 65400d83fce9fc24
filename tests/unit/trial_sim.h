/* trial_sim.h - a trial through the virtual driver. Its hooks tell the naive checks
 * what it feeds and when; what it does not tell is concluded from what comes next. */
#ifndef MESHQ_TRIAL_SIM_H
#define MESHQ_TRIAL_SIM_H

#include "base/mem.h"
#include "sim/sim.h"
#include "trial_check.h"

#include <signal.h>

/* When the line is due that the driver has in hand; NEVER: it has none, or one for
 * which the engine has no room. */
static inline instant sim_line_due(const struct trial *t)
{
	const struct event *e = &t->events[t->event_next - 1];

	if (t->event_next == 0 || t->ended)
		return INSTANT_NEVER;
	if (e->kind == EVENT_ARRIVED && !engine_has_room(t->engine))
		return INSTANT_NEVER;
	return e->now;
}

/* Asked for the next line, it has fed the one before. */
static inline bool sim_next(void *user, struct event *event)
{
	struct trial *t = user;

	must(t, !t->ended, "a script that is over is not asked again");
	if (t->event_next) {
		struct event *fed = &t->events[t->event_next - 1];

		if (fed->kind != EVENT_ARRIVED || !t->stopped) {
			must(t, fed->now.ns <= t->now.ns, "nothing is fed before its time");
			check_script(t, fed);
		}
	}
	t->ended = t->event_next == t->event_count;
	if (t->ended)
		return false;
	*event = t->events[t->event_next++];
	return true;
}

static inline span sim_handler(void *user, const struct action *a, instant now, struct result *r)
{
	struct trial *t = user;
	struct subject *s = a->user;

	must(t, now.ns == t->now.ns, "a handler starts now");
	some_handler(t, s);
	r->verdict = s->verdict == RESULT_OK      ? RESULT_OK
	             : s->verdict == RESULT_RETRY ? RESULT_RETRY
	                                          : RESULT_FAIL;
	r->has_hint = choose(&t->chance, 2);
	r->hint = some_span(&t->chance, 60);
	if (rarely(&t->chance, 50))
		r->hint = SPAN_MAX;
	if (choose(&t->chance, 2))
		r->reason = mem_text("so", 2);
	return instant_until(now, s->ends);
}

static inline bool sim_ignores_term(void *user, const struct action *a)
{
	(void)user;
	return ((const struct subject *)a->user)->stubborn;
}

/* With nothing left to happen, the driver kills what hangs. */
static inline void sim_gave_up(struct trial *t)
{
	must(t, t->policy.executor.timeout.ns == 0, "it waits for a timeout");
	must(t, !t->stopped, "it waits for the grace");
	for (uint32_t i = 0; i < t->subject_count; i++) {
		const struct subject *s = &t->subjects[i];

		must(t, s->phase != PHASE_RUNNING || s->ends.ns == INT64_MAX,
		     "it waits for all that runs but what hangs");
		must(t, !at_rest(s) || s->expires.ns == INT64_MAX, "it waits for an expiry");
		must(t, s->phase != PHASE_WAITING || !has_slot(t) || ready_at(t, s).ns == INT64_MAX,
		     "it waits for work that may run");
	}
	must(t, sim_line_due(t).ns == INT64_MAX, "it waits for the script");
	check_script(t, &(struct event){ .kind = EVENT_KILLED });
}

/* At one instant the script goes first, then handlers in the order of their dispatch. */
static inline void check_order(struct trial *t, const struct subject *s)
{
	must(t, sim_line_due(t).ns > t->now.ns, "the script goes before handlers that end");
	for (uint32_t i = 0; i < t->subject_count; i++) {
		const struct subject *other = &t->subjects[i];

		must(t,
		     other->phase != PHASE_RUNNING || other->ends.ns > t->now.ns ||
		             other->dispatch >= s->dispatch,
		     "handlers end in the order of their dispatch");
	}
}

/* A result has been fed when it is worked off, which is before anything else. */
static inline void sim_handler_over(struct trial *t, struct subject *s)
{
	bool told = s->killed || (s->terminated.ns != INT64_MAX && !s->stubborn);
	const struct result *r = s->action->result;

	must(t, s->ends.ns == t->now.ns, "a handler ends at its time");
	check_order(t, s);
	if (told)
		s->verdict = RESULT_FAIL;
	must(t,
	     r && r->signal == (s->killed ? SIGKILL
	                        : told    ? SIGTERM
	                                  : 0),
	     "a result says what ended the handler");
	handler_over(t, s, r);
}

static inline void sim_effect(void *user, const struct effect *f)
{
	struct trial *t = user;
	struct subject *s = f->action ? f->action->user : NULL;

	must(t, ++t->polls_now < 10000, "an instant comes to an end");
	if (f->kind == EFFECT_KILL && s->terminated.ns == INT64_MAX && !t->killed)
		sim_gave_up(t);
	if (s && s->phase == PHASE_RUNNING && (f->kind == EFFECT_STEP || f->kind == EFFECT_OUTCOME))
		sim_handler_over(t, s);
	check_effect(t, f);
	if (t->broken)
		longjmp(t->out, 1);
}

static inline void sim_elapse(void *user, instant to)
{
	struct trial *t = user;
	instant next = instant_earlier(engine_deadline(t->engine), sim_line_due(t));

	check_quiet(t);
	must(t,
	     !t->stopped || t->killed || t->ended ||
	             t->events[t->event_next - 1].kind != EVENT_ARRIVED,
	     "after a stop arrivals are passed over");
	for (uint32_t i = 0; i < t->subject_count; i++)
		if (t->subjects[i].phase == PHASE_RUNNING)
			next = instant_earlier(next, t->subjects[i].ends);
	must(t, to.ns > t->now.ns, "time does not go back");
	must(t, to.ns == next.ns, "time goes to the next thing that happens");
	t->now = to;
	t->polls_now = 0;
	if (t->broken)
		longjmp(t->out, 1);
}

static inline void trial_simulate(struct trial *t)
{
	const struct sim_model model = {
		.next = sim_next,
		.handler = sim_handler,
		.ignores_term = sim_ignores_term,
		.effect = sim_effect,
		.elapse = sim_elapse,
		.user = t,
	};

	if (setjmp(t->out))
		return;
	instant end = sim_run(t->engine, &model, t->now);
	must(t, engine_idle(t->engine), "it runs until the engine is idle");
	must(t, end.ns == t->now.ns, "it says when it was over");
	for (uint32_t i = 0; i < t->subject_count; i++)
		must(t, t->stopped || t->subjects[i].phase == PHASE_DONE,
		     "only a stop leaves actions that were never taken");
	check_quiet(t);
	check_end(t);
}

#endif
