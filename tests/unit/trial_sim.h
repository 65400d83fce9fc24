/* trial_sim.h - a trial through the virtual driver, with the checks of the dumb one and
 * some for a driver: what it feeds, when, and in which order. */
#ifndef MESHQ_TRIAL_SIM_H
#define MESHQ_TRIAL_SIM_H

#include "base/mem.h"
#include "sim/measure.h"
#include "sim/sim.h"
#include "trial_check.h"

#include <signal.h>

/* One of the driver's two scripts. */
struct lines {
	const struct event *list[TRIAL_EVENTS];
	uint32_t count, next;
	bool in_hand; /* the one before `next` has been asked for, and not been fed */
	bool over;    /* the driver knows that there are no more */
};

struct watch {
	struct trial *t;
	struct lines input, meanwhile;
	instant until; /* of a run that lasts; NEVER: it does not */
	bool gave_up;  /* the driver has, of itself */
	bool halted;   /* a stop has come with the input */
	struct measure measure;
};

static inline const struct event *line_in_hand(const struct lines *l)
{
	return l->in_hand ? l->list[l->next - 1] : NULL;
}

/* When it is to be fed; NEVER: there is none, or one for which there is no room. */
static inline instant line_due(const struct trial *t, const struct lines *l)
{
	const struct event *e = line_in_hand(l);

	if (!e || (e->kind == EVENT_ARRIVED && !engine_has_room(t->engine)))
		return INSTANT_NEVER;
	return e->now;
}

static inline bool line_next(struct trial *t, struct lines *l, struct event *event)
{
	const struct event *e = line_in_hand(l);

	must(t, !l->over, "a script that is over is not asked again");
	must(t, !e || (e->kind == EVENT_ARRIVED && t->stopped),
	     "only arrivals after a stop are passed over");
	l->in_hand = l->next < l->count;
	l->over = !l->in_hand;
	if (l->in_hand)
		*event = *l->list[l->next++];
	return l->in_hand;
}

static inline bool watch_next(void *user, struct event *event)
{
	struct watch *w = user;
	return line_next(w->t, &w->input, event);
}

static inline bool watch_meanwhile(void *user, struct event *event)
{
	struct watch *w = user;
	return line_next(w->t, &w->meanwhile, event);
}

/* ---- handlers ---- */

static inline span watch_handler(void *user, const struct action *a, instant now, struct result *r)
{
	struct trial *t = ((struct watch *)user)->t;
	struct subject *s = a->user;

	must(t, now.ns == t->now.ns, "a handler starts now");
	some_handler(t, s);
	s->died_of = 0;
	r->verdict = s->verdict;
	r->has_hint = choose(&t->chance, 2);
	r->hint = some_span(&t->chance, 60);
	if (rarely(&t->chance, 50))
		r->hint = SPAN_MAX;
	if (choose(&t->chance, 2))
		r->reason = mem_text("so", 2);
	return instant_until(now, s->ends);
}

static inline bool watch_term(void *user, const struct action *a, struct result *r)
{
	struct watch *w = user;

	must(w->t, r->signal == SIGTERM && r->exit == -1, "TERM leaves this of a process");
	return !((const struct subject *)a->user)->stubborn;
}

/* ---- events ---- */

/* Nothing else can happen: the driver kills what hangs. */
static inline void check_given_up(const struct watch *w)
{
	struct trial *t = w->t;

	must(t, !w->gave_up, "it gives up once");
	if (t->now.ns == w->until.ns)
		return;
	must(t, w->until.ns == INT64_MAX, "it waits for the end of the run");
	must(t, !t->told, "it waits for the grace");
	for (uint32_t i = 0; i < t->subject_count; i++) {
		const struct subject *s = &t->subjects[i];

		must(t,
		     s->phase != PHASE_RUNNING || !s->turned_to ||
		             t->policy.executor.timeout.ns == 0,
		     "it waits for a timeout");
		must(t, s->phase != PHASE_RUNNING || s->ends.ns == INT64_MAX,
		     "it waits for all that runs but what hangs");
		must(t, !at_rest(s) || s->latest.ns == INT64_MAX, "it waits for an expiry");
		must(t,
		     s->phase != PHASE_WAITING || !has_slot(t, s) || ready_at(t, s).ns == INT64_MAX,
		     "it waits for work that may run");
	}
	must(t, line_due(t, &w->input).ns == INT64_MAX, "it waits for the input");
	must(t, line_due(t, &w->meanwhile).ns == INT64_MAX, "it waits for what happens meanwhile");
}

/* Handlers that end at one instant do so in the order of their dispatch. */
static inline void check_ended(struct trial *t, struct subject *s, const struct result *r)
{
	must(t, s->phase == PHASE_RUNNING, "what ends has run");
	must(t, s->ends.ns == t->now.ns, "a handler ends at its time");
	for (uint32_t i = 0; i < t->subject_count; i++) {
		const struct subject *other = &t->subjects[i];

		must(t,
		     other->phase != PHASE_RUNNING || other->ends.ns > t->now.ns ||
		             other->dispatch >= s->dispatch,
		     "handlers end in the order of their dispatch");
	}
	must(t, r->signal == s->died_of, "a result says what ended the handler");
	handler_over(t, s, r);
}

/* Whether it is the one that is in hand; then it is no more. */
static inline bool line_fed(struct lines *l, const struct event *event)
{
	const struct event *e = line_in_hand(l);
	bool same = e && e->kind == event->kind && e->action == event->action &&
	            e->now.ns <= event->now.ns;

	l->in_hand &= !same;
	return same;
}

/* At one instant: what happens meanwhile, the input, handlers that end. */
static inline void watch_fed(void *user, const struct event *event)
{
	struct watch *w = user;
	struct trial *t = w->t;
	bool first = line_due(t, &w->meanwhile).ns > t->now.ns;
	bool second = first && line_due(t, &w->input).ns > t->now.ns;

	must(t, event->now.ns == t->now.ns, "what is fed happens now");
	must(t, w->gave_up || t->now.ns < w->until.ns || event->kind == EVENT_KILLED,
	     "nothing happens after the end of a run");
	if (event->kind == EVENT_FINISHED) {
		must(t, second, "scripts go before handlers that end");
		check_ended(t, event->action->user, &event->result);
	} else if (event->kind == EVENT_ENDED) {
		must(t, first && w->input.over && !t->ended, "the end is fed once, after all");
		must(t, w->until.ns == INT64_MAX || w->gave_up, "a run that lasts has no end");
		t->ended = true;
	} else {
		must(t, event->kind != EVENT_ARRIVED || engine_has_room(t->engine),
		     "an arrival is fed when there is room");
		bool over = t->now.ns == w->until.ns && !w->gave_up;

		bool meanwhile = !over && line_fed(&w->meanwhile, event);
		bool input = !over && !meanwhile && line_fed(&w->input, event);

		w->halted |= input && (event->kind == EVENT_STOPPED || event->kind == EVENT_KILLED);
		if (!meanwhile && !input) {
			must(t, event->kind == EVENT_KILLED, "what is fed was in a script");
			check_given_up(w);
			w->gave_up = true;
		}
		check_script(t, event);
	}
	if (event->kind == EVENT_ARRIVED)
		measure_arrival(&w->measure, 0, (struct key){ 0, 0 }, event->now, event->now);
	if (t->broken)
		longjmp(t->out, 1);
}

/* ---- effects and time ---- */

/* A signal comes too late for one that ends at this instant. */
static inline void told_to_end(const struct trial *t, struct subject *s, bool kill)
{
	if (s->ends.ns <= t->now.ns || (s->stubborn && !kill))
		return;
	s->verdict = RESULT_FAIL;
	s->died_of = kill ? SIGKILL : SIGTERM;
}

static inline void watch_effect(void *user, const struct effect *f)
{
	struct watch *w = user;
	struct trial *t = w->t;

	measure_effect(&w->measure, f, 0, (struct key){ 0, 0 },
	               f->action ? f->action->arrived : f->at);
	must(t, ++t->polls_now < 10000, "an instant comes to an end");
	if (f->kind == EFFECT_TERMINATE || f->kind == EFFECT_KILL)
		told_to_end(t, f->action->user, f->kind == EFFECT_KILL);
	check_effect(t, f);
	if (t->broken)
		longjmp(t->out, 1);
}

static inline void watch_elapse(void *user, instant to)
{
	struct watch *w = user;
	struct trial *t = w->t;
	instant lines = instant_earlier(line_due(t, &w->input), line_due(t, &w->meanwhile));
	instant next = instant_earlier(engine_deadline(t->engine), lines);

	check_quiet(t);
	if (!w->gave_up)
		next = instant_earlier(next, w->until);
	for (uint32_t i = 0; i < t->subject_count; i++)
		if (t->subjects[i].phase == PHASE_RUNNING)
			next = instant_earlier(next, t->subjects[i].ends);
	must(t,
	     !(w->halted || t->halted) || !w->input.in_hand ||
	             line_in_hand(&w->input)->kind != EVENT_ARRIVED,
	     "arrivals after a stop are passed over");
	must(t, to.ns > t->now.ns, "time does not go back");
	must(t, to.ns == next.ns, "time goes to the next thing that happens");
	measure_elapse(&w->measure,
	               &(struct levels){ engine_depth(t->engine), engine_running(t->engine),
	                                 engine_jobs(t->engine) },
	               to);
	t->now = to;
	t->polls_now = 0;
	if (t->broken)
		longjmp(t->out, 1);
}

/* ---- the run ---- */

/* What is no arrival may come either way. */
static inline void watch_open(struct watch *w, struct trial *t)
{
	*w = (struct watch){ .t = t, .until = INSTANT_NEVER };
	for (uint32_t i = 0; i < t->event_count; i++) {
		const struct event *e = &t->events[i];
		bool aside = e->kind != EVENT_ARRIVED && choose(&t->chance, 2);
		struct lines *l = aside ? &w->meanwhile : &w->input;

		l->list[l->count++] = e;
	}
	if (rarely(&t->chance, 4))
		w->until = instant_add(t->now, (span){ 1 + choose(&t->chance, 250) });
	measure_init(&w->measure, t->now);
	measure_kind(&w->measure, SLICE("action"));
}

/* What was measured is what happened, and obeys Little's law to the nanosecond. */
static inline void check_measure(struct trial *t, const struct measure *m)
{
	const struct engine_stats *s = engine_stats(t->engine);

	must(t, measure_adds_up(m), "what was measured adds up");
	must(t, measure_balanced(m), "Little's law holds");
	must(t,
	     m->all.arrived == s->received && m->all.dispatched == s->dispatched &&
	             m->all.deferred == s->deferred && m->all.retries == s->dispatch_retries &&
	             m->max_depth == s->max_depth,
	     "the measure counts as the engine does");
	must(t, m->now.ns == t->now.ns, "it is measured to the end");
}

static inline void check_run(struct watch *w, instant end)
{
	struct trial *t = w->t;

	must(t, engine_idle(t->engine), "it runs until the engine is idle");
	must(t, end.ns == t->now.ns, "it says when it was over");
	for (uint32_t i = 0; i < t->subject_count; i++)
		must(t, t->stopped || t->subjects[i].phase == PHASE_DONE,
		     "only a stop leaves actions that were never taken");
	check_quiet(t);
	check_end(t);
	check_measure(t, &w->measure);
}

static inline void trial_simulate(struct trial *t)
{
	static struct watch w; /* not changed by longjmp */
	struct sim_model model = {
		.next = watch_next,
		.meanwhile = watch_meanwhile,
		.fed = watch_fed,
		.handler = watch_handler,
		.term = watch_term,
		.effect = watch_effect,
		.elapse = watch_elapse,
		.user = &w,
	};

	watch_open(&w, t);
	if (w.until.ns != INT64_MAX)
		model.lasts = instant_until(t->now, w.until);
	if (!setjmp(t->out))
		check_run(&w, sim_run(t->engine, &model, t->now));
	measure_free(&w.measure);
}

#endif
