#include "sim/sim.h"

#include "base/mem.h"

#include <signal.h>
#include <stdlib.h>

/* One running handler. */
struct run {
	struct timer end; /* in the heap of endings */
	uint64_t order;   /* of its dispatch */
	struct action *action;
	struct result result;
	struct run *next;
	struct run *previous;
};

struct sim {
	struct engine *engine;
	const struct sim_model *model;
	instant now;
	struct heap ends;
	struct run *runs;
	uint64_t dispatches;
	struct event scripted; /* the next of the script */
	bool script_over;
	bool ended;
	bool stopped; /* what still arrives is not taken in */
};

static void run_start(struct sim *s, struct action *a)
{
	struct run *r = mem_zeroed(1, sizeof *r);

	r->action = a;
	r->result.exit = -1;
	r->order = ++s->dispatches;
	span d = s->model->handler(s->model->user, a, s->now, &r->result);
	heap_set(&s->ends, &r->end, instant_add(s->now, d), r->order);
	r->next = s->runs;
	if (s->runs)
		s->runs->previous = r;
	s->runs = r;
}

static void run_unlink(struct sim *s, struct run *r)
{
	if (r->next)
		r->next->previous = r->previous;
	if (r->previous)
		r->previous->next = r->next;
	else
		s->runs = r->next;
}

/* A simulated handler obeys TERM and KILL at once. */
static void run_signal(struct sim *s, const struct action *a, int signal)
{
	for (struct run *r = s->runs; r; r = r->next) {
		if (r->action != a)
			continue;
		free(r->result.reason);
		free(r->result.output);
		r->result = (struct result){ .verdict = RESULT_FAIL, .exit = -1, .signal = signal };
		heap_set(&s->ends, &r->end, s->now, r->order);
	}
}

static void run_end(struct sim *s)
{
	struct timer *t = heap_top(&s->ends)->timer;
	struct run *r = (struct run *)((char *)t - offsetof(struct run, end));

	heap_remove(&s->ends, t);
	run_unlink(s, r);
	engine_feed(s->engine, &(struct event){ .kind = EVENT_FINISHED,
	                                        .now = s->now,
	                                        .action = r->action,
	                                        .result = r->result });
	free(r);
}

static void perform(struct sim *s, const struct effect *f)
{
	if (f->kind == EFFECT_DISPATCH)
		run_start(s, f->action);
	else if (f->kind == EFFECT_TERMINATE)
		run_signal(s, f->action, SIGTERM);
	else if (f->kind == EFFECT_KILL)
		run_signal(s, f->action, SIGKILL);
	s->model->effect(s->model->user, f);
}

static void script_advance(struct sim *s)
{
	do {
		s->scripted = (struct event){ 0 };
		s->script_over = !s->model->next(s->model->user, &s->scripted);
	} while (s->stopped && !s->script_over && s->scripted.kind == EVENT_ARRIVED);
}

/* When the script goes on: its end counts as an event of the current instant. */
static instant script_due(const struct sim *s)
{
	if (s->script_over)
		return s->ended ? INSTANT_NEVER : s->now;
	if (s->scripted.kind == EVENT_ARRIVED && !engine_has_room(s->engine))
		return INSTANT_NEVER;
	return instant_later(s->scripted.now, s->now);
}

static void script_feed(struct sim *s)
{
	if (s->script_over) {
		s->ended = true;
		engine_feed(s->engine, &(struct event){ .kind = EVENT_ENDED, .now = s->now });
		return;
	}
	s->scripted.now = s->now;
	if (s->scripted.kind == EVENT_STOPPED || s->scripted.kind == EVENT_KILLED)
		s->stopped = true;
	engine_feed(s->engine, &s->scripted);
	script_advance(s);
}

/* Handlers that hang, and nobody left to end them. */
static void give_up(struct sim *s)
{
	s->stopped = true;
	engine_feed(s->engine, &(struct event){ .kind = EVENT_KILLED, .now = s->now });
}

static void advance(struct sim *s, instant to)
{
	if (!instant_after(to, s->now))
		return;
	if (s->model->elapse)
		s->model->elapse(s->model->user, to);
	s->now = to;
}

instant sim_run(struct engine *e, const struct sim_model *model, instant start)
{
	struct sim s = { .engine = e, .model = model, .now = start };
	struct effect f;

	script_advance(&s);
	for (;;) {
		while (engine_poll(e, s.now, &f))
			perform(&s, &f);
		if (engine_idle(e))
			break;
		instant end = heap_due(&s.ends);
		instant script = script_due(&s);
		instant next = instant_earlier(instant_earlier(end, script), engine_deadline(e));

		if (next.ns == INT64_MAX) {
			give_up(&s);
			continue;
		}
		advance(&s, next);
		if (script.ns <= s.now.ns)
			script_feed(&s);
		else if (s.ends.count && end.ns <= s.now.ns)
			run_end(&s);
	}
	heap_free(&s.ends);
	return s.now;
}
