#include "sim/sim.h"

#include "base/mem.h"
#include "core/retry.h"

#include <signal.h>
#include <stdlib.h>

/* One running handler: the `run` of its action. */
struct run {
	struct timer end; /* in the heap of endings */
	uint64_t order;   /* of its dispatch */
	struct action *action;
	struct result result;
};

/* Events that are known ahead, one at a time. */
struct script {
	bool (*next)(void *user, struct event *event);
	struct event event;
	bool over;
};

struct sim {
	struct engine *engine;
	const struct sim_model *model;
	instant now;
	instant until;
	struct heap ends;
	uint64_t dispatches;
	uint64_t in_vain; /* steps since anything ended, or came */
	struct script input;
	struct script meanwhile;
	bool ended;   /* the engine knows that the input is over */
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
	a->turn->run = r;
}

/* Signals of the instant in which it ends anyway come too late, as they do for a
 * process that has ended. */
static bool signal_ends(const struct sim *s, const struct run *r, struct result *result)
{
	const struct sim_model *m = s->model;

	if (heap_when(&s->ends, &r->end).ns <= s->now.ns)
		return false;
	return result->signal == SIGKILL || !m->term || m->term(m->user, r->action, result);
}

static void run_signal(struct sim *s, const struct action *a, int signal)
{
	struct result end = { .verdict = RESULT_FAIL, .exit = -1, .signal = signal };
	struct run *r = a->turn->run;

	if (!r || !signal_ends(s, r, &end))
		return;
	free(r->result.reason);
	free(r->result.output);
	r->result = end;
	heap_set(&s->ends, &r->end, s->now, r->order);
}

static void feed(struct sim *s, const struct event *event)
{
	if (s->model->fed)
		s->model->fed(s->model->user, event);
	engine_feed(s->engine, event);
}

static uint64_t draw_of(const struct sim *s, const struct action *a)
{
	uint64_t draw;

	if (s->model->draw && s->model->draw(s->model->user, a, &draw))
		return draw;
	return retry_draw(s->model->seed, a->arrival, a->attempts);
}

static void run_end(struct sim *s)
{
	struct timer *t = heap_top(&s->ends)->timer;
	struct run *r = (struct run *)((char *)t - offsetof(struct run, end));

	heap_remove(&s->ends, t);
	r->action->turn->run = NULL;
	feed(s, &(struct event){ .kind = EVENT_FINISHED,
	                         .now = s->now,
	                         .action = r->action,
	                         .result = r->result,
	                         .draw = draw_of(s, r->action) });
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
	else if (f->kind == EFFECT_STEP)
		s->in_vain++;
	else if (f->kind == EFFECT_OUTCOME)
		s->in_vain = 0;
	s->model->effect(s->model->user, f);
}

/* ---- scripts ---- */

static void script_advance(struct sim *s, struct script *script)
{
	do {
		script->event = (struct event){ 0 };
		script->over = !script->next || !script->next(s->model->user, &script->event);
	} while (s->stopped && !script->over && script->event.kind == EVENT_ARRIVED);
}

static void script_feed(struct sim *s, struct script *script)
{
	script->event.now = s->now;
	if (script->event.kind == EVENT_STOPPED || script->event.kind == EVENT_KILLED)
		s->stopped = true;
	s->in_vain = 0;
	feed(s, &script->event);
	script_advance(s, script);
}

/* The engine has stopped of its own accord: what would arrive next never does. */
static void see_halt(struct sim *s)
{
	if (s->stopped || !engine_stopped(s->engine))
		return;
	s->stopped = true;
	if (!s->input.over && s->input.event.kind == EVENT_ARRIVED)
		script_advance(s, &s->input);
}

static instant meanwhile_due(const struct sim *s)
{
	return s->meanwhile.over ? INSTANT_NEVER : instant_later(s->meanwhile.event.now, s->now);
}

/* When the input goes on: its end counts as an event of the current instant, unless
 * the run is to last for a given time. */
static instant input_due(const struct sim *s)
{
	if (s->input.over)
		return s->ended || s->until.ns != INT64_MAX ? INSTANT_NEVER : s->now;
	if (s->input.event.kind == EVENT_ARRIVED && !engine_has_room(s->engine))
		return INSTANT_NEVER;
	return instant_later(s->input.event.now, s->now);
}

static void input_feed(struct sim *s)
{
	if (!s->input.over) {
		script_feed(s, &s->input);
		return;
	}
	s->ended = true;
	feed(s, &(struct event){ .kind = EVENT_ENDED, .now = s->now });
}

/* The time is over; or handlers hang, and nobody is left to end them. */
static void give_up(struct sim *s)
{
	s->stopped = true;
	s->until = INSTANT_NEVER;
	feed(s, &(struct event){ .kind = EVENT_KILLED, .now = s->now });
}

static bool is_endless(const struct sim *s)
{
	return s->model->patience && s->in_vain >= s->model->patience;
}

static void end_endless(struct sim *s)
{
	s->in_vain = 0;
	if (s->model->endless)
		s->model->endless(s->model->user);
	give_up(s);
}

/* ---- time ---- */

static void advance(struct sim *s, instant to)
{
	if (!instant_after(to, s->now))
		return;
	if (s->until.ns != INT64_MAX)
		s->in_vain = 0;
	if (s->model->elapse)
		s->model->elapse(s->model->user, to);
	s->now = to;
}

/* When something happens next, of itself or to the engine. */
static instant next_instant(const struct sim *s)
{
	instant script = instant_earlier(meanwhile_due(s), input_due(s));
	instant engine = instant_earlier(heap_due(&s->ends), engine_deadline(s->engine));

	return instant_earlier(instant_earlier(script, engine), s->until);
}

/* One event of this instant, if there is any. */
static void step(struct sim *s)
{
	if (s->until.ns <= s->now.ns)
		give_up(s);
	else if (meanwhile_due(s).ns <= s->now.ns)
		script_feed(s, &s->meanwhile);
	else if (input_due(s).ns <= s->now.ns)
		input_feed(s);
	else if (s->ends.count && heap_due(&s->ends).ns <= s->now.ns)
		run_end(s);
}

instant sim_run(struct engine *e, const struct sim_model *model, instant start)
{
	struct sim s = {
		.engine = e,
		.model = model,
		.now = start,
		.until = model->lasts.ns > 0 ? instant_add(start, model->lasts) : INSTANT_NEVER,
		.input.next = model->next,
		.meanwhile.next = model->meanwhile,
	};
	struct effect f;

	script_advance(&s, &s.input);
	script_advance(&s, &s.meanwhile);
	for (;;) {
		while (engine_poll(e, s.now, &f))
			perform(&s, &f);
		see_halt(&s);
		if (engine_idle(e))
			break;
		instant next = next_instant(&s);
		if (is_endless(&s)) {
			end_endless(&s);
		} else if (next.ns == INT64_MAX) {
			give_up(&s);
		} else {
			advance(&s, next);
			step(&s);
		}
	}
	heap_free(&s.ends);
	return s.now;
}
