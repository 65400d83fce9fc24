#include "cli/simulate.h"

#include "base/mem.h"
#include "cli/happen.h"
#include "cli/history.h"
#include "cli/judge.h"
#include "cli/slots.h"
#include "codec/config.h"
#include "codec/recorded_holds.h"
#include "codec/scenario.h"
#include "sim/sim.h"

#include <stdlib.h>

/* What is remembered of every action, beside its line. */
struct note {
	instant emitted;
	struct key group; /* for fairness */
	uint32_t kind;    /* number in the measure */
	bool running;
	const struct recorded_action *again; /* how it went before; NULL: it did not */
};

struct kind {
	const struct handler_model *model; /* NULL: done at once */
	uint32_t running;
};

struct run {
	struct simulate *s;
	struct gate *gate;
	struct engine *engine;
	struct intake intake;
	struct source source;
	struct happen happen;
	struct slots slots;
	struct event *holds; /* that were recorded */
	uint32_t hold_count, next_hold;
	struct source_record record; /* the last that came */
	struct out passed;           /* it is passed on, when its time comes */
	struct action *ahead;        /* handed out, but not fed yet */
	uint32_t by;                 /* path that makes groups; UINT32_MAX: the kind does */
	struct kind *kinds;
	uint32_t kind_count;
	instant until;
	bool stopped;
	bool endless;
	bool over; /* the output has failed */
};

/* Retries and deferrals in a row that end nothing: a thousand actions that are retried
 * every second have as many in three hours. */
static const uint64_t patience = 10 * 1000 * 1000;

static struct note *note_of(const struct run *r, const struct action *a)
{
	return intake_extra(&r->intake, a);
}

bool simulate_read(struct cli *c, const char *name, struct scenario *scenario, struct buf *text,
                   struct err *e)
{
	const char *path = strcmp(name, "-") == 0 ? "/dev/stdin" : name;

	if (!config_slurp(path, text, e) || !scenario_read(scenario, name, buf_slice(text), e))
		return false;
	if (!history_durations(c, scenario, e))
		return false;
	c->scenario = name;
	c->scenario_text = buf_slice(text);
	if (!c->preset)
		c->preset = scenario->preset;
	return true;
}

/* ---- what arrives ---- */

static uint32_t kind_number(struct run *r, slice kind)
{
	uint32_t number = measure_kind(&r->s->measure, kind);

	if (number == r->kind_count) {
		r->kinds = mem_resize(r->kinds, ++r->kind_count, sizeof *r->kinds);
		r->kinds[number] = (struct kind){ .model = scenario_handler(r->s->scenario, kind) };
	}
	return number;
}

/* Of the action that comes of the record at hand. */
static const struct note *take_note(struct run *r, const struct action *a)
{
	const struct record *record = &r->intake.record;
	struct note *note = note_of(r, a);

	note->emitted = r->record.at;
	note->again = r->record.again;
	note->kind = kind_number(r, record->kind);
	note->group = measure_kind_group(note->kind);
	if (r->by != UINT32_MAX)
		note->group =
			json_fingerprint((struct hash_seed){ 0, 0 }, record->found[r->by].text);
	return note;
}

/* Nothing comes in any more. */
static void stopped(struct run *r)
{
	if (r->ahead && !r->stopped)
		measure_kept_out(&r->s->measure, r->record.at);
	r->stopped = true;
}

/* An action that was handed out and will not be fed any more, because of a stop. */
static void drop_ahead(struct run *r)
{
	if (!r->ahead)
		return;
	stopped(r);
	intake_drop(&r->intake, r->ahead);
	r->ahead = NULL;
}

/* The next event of the record at hand; false when it has no other. */
static bool next_of_record(struct run *r, struct event *event)
{
	if (!intake_event(&r->intake, r->record.at, event))
		return false;
	if (event->kind != EVENT_ARRIVED)
		return true;
	r->ahead = event->action;
	r->ahead->pool = slots_of(&r->slots, r->intake.record.kind, r->record.again);
	return true;
}

/* There is no point in going on when nobody can read what comes of it. */
static bool output_failed(struct run *r, struct event *event)
{
	if (!r->s->out || out_commit(r->s->out))
		return false;
	*event = (struct event){ .kind = EVENT_KILLED, .now = r->record.at };
	return true;
}

/* A record that is nothing to the engine still has its time. */
static bool next(void *user, struct event *event)
{
	struct run *r = user;

	drop_ahead(r);
	if (next_of_record(r, event))
		return true;
	if (r->over)
		return false;
	if ((r->over = output_failed(r, event)))
		return true;
	if (!source_next(&r->source, &r->record) || r->record.at.ns >= r->until.ns)
		return false;
	r->intake.input = r->record.input;
	intake_show(&r->intake, r->record.line);
	if (!next_of_record(r, event))
		*event = (struct event){ .kind = EVENT_TICK, .now = r->record.at };
	return true;
}

static bool meanwhile(void *user, struct event *event)
{
	struct run *r = user;

	if (r->next_hold == r->hold_count)
		return happen_next(&r->happen, event);
	*event = r->holds[r->next_hold++];
	return true;
}

static void arrived(struct run *r, const struct event *event)
{
	const struct note *note = take_note(r, event->action);

	r->ahead = NULL;
	measure_arrival(&r->s->measure, note->kind, note->group, note->emitted, event->now);
}

static void pass_on(struct run *r)
{
	if (!r->passed.pending.n)
		return;
	outlet_beside(&r->s->report->outlet, engine_stats(r->engine)->received,
	              buf_slice(&r->passed.pending));
	buf_clear(&r->passed.pending);
}

static void fed(void *user, const struct event *event)
{
	if (event->kind == EVENT_ARRIVED)
		arrived(user, event);
	else if (event->kind == EVENT_STOPPED || event->kind == EVENT_KILLED)
		stopped(user);
	else if (event->kind == EVENT_TICK)
		pass_on(user);
}

/* ---- what becomes of it ---- */

static span handler(void *user, const struct action *a, instant now, struct result *result)
{
	struct run *r = user;
	struct note *note = note_of(r, a);
	struct kind *kind = &r->kinds[note->kind];

	note->running = true;
	kind->running++;
	result->exit = 0;
	if (note->again)
		return recorded_attempt(r->s->recorded, note->again, a->attempts, result);
	if (!kind->model)
		return (span){ 0 };
	const struct attempt attempt = {
		.seed = r->s->seed,
		.action = a->arrival,
		.number = a->attempts,
		.at = instant_until(r->source.start, now),
		.running = kind->running,
	};
	span d = handler_model_run(kind->model, &attempt, result);

	judge_end(&r->s->policy->executor, result);
	return d;
}

static bool draw(void *user, const struct action *a, uint64_t *number)
{
	const struct run *r = user;
	const struct note *note = note_of(r, a);

	return note->again && recorded_draw(r->s->recorded, note->again, a->attempts, number);
}

static bool term(void *user, const struct action *a, struct result *result)
{
	const struct run *r = user;
	const struct note *note = note_of(r, a);

	return !note->again || recorded_term(r->s->recorded, note->again, a->attempts, result);
}

static void effect(void *user, const struct effect *f)
{
	struct run *r = user;
	static const struct note nobody;
	struct note *note = f->action ? note_of(r, f->action) : NULL;
	const struct note *told = note ? note : &nobody;

	if (note && note->running && (f->kind == EFFECT_STEP || f->kind == EFFECT_OUTCOME)) {
		note->running = false;
		r->kinds[note->kind].running--;
	}
	measure_effect(&r->s->measure, f, told->kind, told->group, told->emitted);
	if (r->s->report) {
		report_effect(r->s->report, f);
		outlet_flush(&r->s->report->outlet);
	}
	if (f->kind == EFFECT_OUTCOME)
		intake_drop(&r->intake, f->action);
}

static void elapse(void *user, instant to)
{
	struct run *r = user;
	const struct levels levels = {
		.depth = engine_depth(r->engine),
		.running = engine_running(r->engine),
		.jobs = engine_jobs(r->engine),
	};

	measure_elapse(&r->s->measure, &levels, to);
}

static void endless(void *user)
{
	((struct run *)user)->endless = true;
}

/* ---- from the beginning to the end ---- */

/* `auto` is one job: a simulation must not depend on the machine that it runs on. */
static uint32_t jobs(const struct simulate *s)
{
	uint32_t usual = s->jobs ? s->jobs : 1;

	return s->policy->executor.jobs ? s->policy->executor.jobs : usual;
}

/* For a given time, and not until it is idle. */
static bool lasts(const struct simulate *s)
{
	return s->until.ns != INT64_MAX;
}

static bool open_happen(struct run *r, struct hash_seed keys, struct err *e)
{
	r->happen.policy = r->s->policy;
	r->happen.scenario = r->s->scenario;
	r->happen.gate = r->gate;
	r->happen.start = r->source.start;
	r->happen.seed = r->s->seed;
	return happen_open(&r->happen, keys, e);
}

static bool open_run(struct run *r, struct simulate *s, struct err *e)
{
	const struct hash_seed keys = { s->seed, 0 };

	r->s = s;
	r->gate = gate_new(s->policy);
	r->engine = engine_new(s->policy, r->gate, jobs(s));
	engine_name(r->engine, intake_name, &r->intake);
	r->source.cli = s->cli;
	r->source.scenario = s->scenario;
	r->source.operands = s->operands;
	r->source.recorded = s->recorded;
	r->source.seed = s->seed;
	r->intake.policy = s->policy;
	r->intake.gate = r->gate;
	r->intake.out = s->out ? &r->passed : NULL;
	r->intake.extra = sizeof(struct note);
	r->intake.abridged = s->recorded != NULL;
	intake_open(&r->intake, keys);
	r->by = s->scenario->by ? record_reader_add(r->intake.reader, s->scenario->by) : UINT32_MAX;
	if (s->recorded)
		r->holds = recorded_holds(s->recorded, s->policy, keys, &r->hold_count);
	if (!source_open(&r->source, e) || !open_happen(r, keys, e))
		return false;
	r->slots.policy = &s->policy->executor;
	r->slots.jobs = jobs(s);
	slots_open(&r->slots, s->recorded, r->engine, r->source.start);
	r->until = lasts(s) ? instant_add(r->source.start, s->until) : INSTANT_NEVER;
	measure_init(&s->measure, r->source.start);
	return true;
}

static void close_run(struct run *r)
{
	struct simulate *s = r->s;

	drop_ahead(r);
	s->status = source_close(&r->source);
	happen_close(&r->happen);
	intake_close(&r->intake);
	engine_free(r->engine);
	gate_free(r->gate);
	buf_free(&r->passed.pending);
	free(r->kinds);
	free(r->holds);
}

/* What is cut off at some arbitrary point must not pass for a result, nor must figures that
 * contradict themselves. */
static bool check_end(const struct run *r, struct err *e)
{
	const struct measure *m = &r->s->measure;

	if (r->endless)
		return err_set(e, STATUS_CONFIG,
		               "%llu retries and deferrals in a row have ended nothing: limit them "
		               "(executor.max_defers), or the run (until)",
		               (unsigned long long)patience);
	if (!measure_adds_up(m))
		return err_set(e, STATUS_INTERNAL,
		               "the run has lost or invented actions: this is "
		               "a fault of the simulator");
	if (!measure_balanced(m))
		return err_set(e, STATUS_INTERNAL,
		               "Little's law does not hold of the run: this is a fault of the "
		               "simulator");
	return true;
}

bool simulate_run(struct simulate *s, struct err *e)
{
	struct run r = { 0 };
	struct sim_model model = {
		.next = next,
		.meanwhile = meanwhile,
		.fed = fed,
		.handler = handler,
		.term = term,
		.effect = effect,
		.elapse = elapse,
		.patience = patience,
		.endless = endless,
		.seed = s->seed,
		.draw = draw,
		.user = &r,
	};

	if (lasts(s))
		model.lasts = s->until;
	if (s->report)
		s->report->intake = &r.intake;
	bool good = open_run(&r, s, e);
	if (good) {
		instant last = sim_run(r.engine, &model, r.source.start);

		pass_on(&r);
		if (s->stats && s->report)
			report_stats(s->report, &r.intake, source_rejected(&r.source), r.engine,
			             last, &s->out->pending);
	}
	close_run(&r);
	return good && check_end(&r, e);
}

void simulate_free(struct simulate *s)
{
	measure_free(&s->measure);
}
