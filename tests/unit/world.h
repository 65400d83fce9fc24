/* world.h - a preset, a script of events and handlers that behave as told,
 * under the virtual clock; and notes of every effect, for the engine's tests.
 *
 *	struct world w;
 *	world_open(&w, "meshos");            change w.policy before the start
 *	world_start(&w, 1);
 *	add(&w, 0, "pull_replica", 7, 1);    at 0 ms, chain 7, id 1
 *	behave(&w, 1, (struct behaviour){ .retries = 2 });
 *	const struct engine_stats *s = world_run(&w);
 */
#ifndef MESHQ_WORLD_H
#define MESHQ_WORLD_H

#include "base/mem.h"
#include "codec/config.h"
#include "sim/sim.h"
#include "t.h"

/* Asks to be retried so many times, and then ends with the verdict. */
struct behaviour {
	int64_t id; /* 0: everybody who has no behaviour of his own */
	uint32_t retries;
	span hint; /* of a retry; 0: none, the policy's */
	span duration;
	int verdict; /* RESULT_OK .. */
	const char *reason;
	int signal;          /* kills it in the end */
	bool ignores_term;   /* only KILL ends it early */
	bool never_starts;   /* driver_real.h: there is no such program */
	instant from, until; /* counts for those that start then; until 0: always */
};

struct note {
	enum effect_kind kind;
	enum outcome outcome;
	enum cause cause;
	int64_t at_ms;
	int64_t id;
	uint32_t attempts, defers;
	uint32_t rule;
	int64_t until_ms;
	enum edge edge;
	uint64_t depth;
	double level;
	uint64_t arrival;
	int64_t ran_ms;
	/* Of the last result: */
	bool timed_out;
	int exit, signal;
	char reason[40];
};

struct world {
	struct policy policy;
	struct gate *gate;
	struct engine *engine;
	struct event *script;
	size_t script_count, script_next;
	struct note *notes;
	size_t note_count, note_room;
	struct behaviour behaviours[16];
	size_t behaviour_count;
	struct gate_class classes[8];
	size_t class_count;
	int64_t end_ms;
};

static inline void world_open_set(struct world *w, const char *preset, const char *const *sets,
                                  uint32_t set_count)
{
	struct config_sources sources = { .preset = preset, .sets = sets, .set_count = set_count };
	struct err e = { 0 };

	*w = (struct world){ 0 };
	if (!config_load(&w->policy, &sources, &e)) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
}

static inline void world_open(struct world *w, const char *preset)
{
	world_open_set(w, preset, NULL, 0);
}

static inline void world_start(struct world *w, uint32_t jobs)
{
	w->gate = gate_new(&w->policy);
	w->engine = engine_new(&w->policy, w->gate, jobs);
}

static inline void world_close(struct world *w)
{
	/* What the engine had no chance to take. */
	for (size_t i = 0; i < w->script_count; i++)
		engine_action_free(w->script[i].action);
	engine_free(w->engine);
	gate_free(w->gate);
	config_free(&w->policy);
	free(w->script);
	free(w->notes);
}

/* Gives an action, until the world is closed, a class of its own to change. */
static inline struct gate_class *world_class(struct world *w, struct action *a)
{
	struct gate_class *class = &w->classes[w->class_count++];

	*class = *a->class;
	a->class = class;
	return class;
}

static inline uint32_t world_rule(const struct world *w, const char *name)
{
	for (uint32_t i = 0; i < w->policy.rule_count; i++)
		if (strcmp(w->policy.rules[i].name, name) == 0)
			return i;
	printf("Bail out! no rule %s\n", name);
	exit(1);
}

static inline struct key world_key(uint64_t n)
{
	return hash_bytes((struct hash_seed){ 3, 4 }, &n, sizeof n);
}

/* ---- the script ---- */

static inline void world_event(struct world *w, int64_t at_ms, struct event event)
{
	event.now = instant_ms(at_ms);
	w->script = mem_resize(w->script, w->script_count + 1, sizeof *w->script);
	w->script[w->script_count++] = event;
}

static inline struct action *world_action(const struct world *w, const char *kind, uint64_t key,
                                          int64_t id)
{
	struct action *a = engine_action_new(gate_class(w->gate, slice_of(kind)));

	for (uint32_t i = 0; i < a->class->count; i++)
		if (w->policy.rules[a->class->rules[i]].key_count)
			a->turn->keys[i] = world_key(key);
	a->turn->owner = (uint64_t)id;
	a->user = (void *)(intptr_t)id;
	return a;
}

static inline struct action *add(struct world *w, int64_t at_ms, const char *kind, uint64_t key,
                                 int64_t id)
{
	struct action *a = world_action(w, kind, key, id);

	world_event(w, at_ms, (struct event){ .kind = EVENT_ARRIVED, .action = a });
	return a;
}

static inline void hold(struct world *w, int64_t at_ms, uint64_t daemon, int64_t until_ms)
{
	world_event(w, at_ms,
	            (struct event){ .kind = EVENT_HELD,
	                            .rule = world_rule(w, "daemon-backoff"),
	                            .key = world_key(daemon),
	                            .until = instant_ms(until_ms) });
}

static inline void tell(struct world *w, int64_t at_ms, enum event_kind kind)
{
	world_event(w, at_ms, (struct event){ .kind = kind });
}

static inline void behave(struct world *w, int64_t id, struct behaviour b)
{
	b.id = id;
	w->behaviours[w->behaviour_count++] = b;
}

/* ---- the model of the simulation ---- */

static inline bool world_next(void *user, struct event *event)
{
	struct world *w = user;

	if (w->script_next == w->script_count)
		return false;
	*event = w->script[w->script_next++];
	return true;
}

static inline bool world_counts(const struct behaviour *b, instant start)
{
	return b->until.ns == 0 || (b->from.ns <= start.ns && start.ns < b->until.ns);
}

/* Of the handler of `a` that has started last: its own before everybody's, the last
 * that counts. */
static inline struct behaviour world_behaviour(const struct world *w, const struct action *a)
{
	int64_t id = (intptr_t)a->user;
	struct behaviour b = { 0 };

	for (size_t i = 0; i < w->behaviour_count; i++) {
		const struct behaviour *c = &w->behaviours[i];

		if (world_counts(c, a->turn->started) &&
		    (c->id == id || (c->id == 0 && b.id != id)))
			b = *c;
	}
	return b;
}

static inline span world_handler(void *user, const struct action *a, instant now, struct result *r)
{
	struct world *w = user;
	struct behaviour b = world_behaviour(w, a);

	(void)now;
	*r = (struct result){ .exit = 0 };
	if (a->attempts <= b.retries) {
		r->verdict = RESULT_RETRY;
		r->exit = 75;
		r->has_hint = b.hint.ns > 0;
		r->hint = b.hint;
	} else if (b.verdict == RESULT_FAIL || b.verdict == RESULT_HALT || b.signal) {
		r->verdict = b.signal ? RESULT_FAIL : (unsigned)b.verdict;
		r->exit = b.signal ? -1 : 1;
		r->signal = b.signal;
	}
	if (b.reason && r->verdict != RESULT_OK)
		r->reason = mem_text(b.reason, strlen(b.reason));
	return b.duration;
}

static inline bool world_term(void *user, const struct action *a, struct result *r)
{
	(void)r;
	return !world_behaviour(user, a).ignores_term;
}

static inline struct note world_note(const struct effect *f)
{
	struct note n = {
		.kind = f->kind,
		.outcome = f->outcome,
		.cause = f->cause,
		.at_ms = f->at.ns / NS_PER_MS,
		.rule = f->rule,
		.until_ms = f->until.ns / NS_PER_MS,
		.edge = f->edge,
		.depth = f->depth,
		.level = f->level,
	};
	if (!f->action)
		return n;
	n.id = (intptr_t)f->action->user;
	n.attempts = f->action->attempts;
	n.defers = f->action->defers;
	n.arrival = f->action->arrival;
	n.ran_ms = f->action->ran.ns / NS_PER_MS;
	if (f->action->result) {
		n.timed_out = f->action->result->timed_out;
		n.exit = f->action->result->exit;
		n.signal = f->action->result->signal;
		if (f->action->result->reason)
			snprintf(n.reason, sizeof n.reason, "%s", f->action->result->reason);
	}
	return n;
}

static inline struct note *world_take_note(struct world *w, const struct effect *f)
{
	if (w->note_count == w->note_room) {
		w->note_room = w->note_room ? 2 * w->note_room : 64;
		w->notes = mem_resize(w->notes, w->note_room, sizeof *w->notes);
	}
	w->notes[w->note_count] = world_note(f);
	return &w->notes[w->note_count++];
}

/* An outcome makes the action ours again. */
static inline void world_let_go(struct world *w, const struct effect *f)
{
	if (f->kind != EFFECT_OUTCOME)
		return;
	for (size_t i = 0; i < w->script_count; i++)
		if (w->script[i].action == f->action)
			w->script[i].action = NULL;
	engine_action_free(f->action);
}

static inline void world_effect(void *user, const struct effect *f)
{
	world_take_note(user, f);
	world_let_go(user, f);
}

static inline struct sim_model world_model(struct world *w)
{
	return (struct sim_model){
		.next = world_next,
		.handler = world_handler,
		.term = world_term,
		.effect = world_effect,
		.user = w,
	};
}

/* Runs the script to its end; every outcome is checked against the counters. */
static inline const struct engine_stats *world_run(struct world *w)
{
	const struct sim_model model = world_model(w);

	w->end_ms = sim_run(w->engine, &model, (instant){ 0 }).ns / NS_PER_MS;
	const struct engine_stats *s = engine_stats(w->engine);
	EQ(s->received, s->dispatched + s->failed + s->gated + s->expired + s->unfinished);
	return s;
}

/* ---- what came of it ---- */

/* The k-th note (from 0) of a kind of effect; id 0 is everybody's. */
static inline const struct note *nth_of(const struct world *w, enum effect_kind kind, int64_t id,
                                        size_t k)
{
	static const struct note none = { .at_ms = -1, .id = -1, .outcome = (enum outcome) - 1 };

	for (size_t i = 0; i < w->note_count; i++)
		if (w->notes[i].kind == kind && (id == 0 || w->notes[i].id == id) && k-- == 0)
			return &w->notes[i];
	return &none;
}

static inline const struct note *nth(const struct world *w, enum effect_kind kind, size_t k)
{
	return nth_of(w, kind, 0, k);
}

static inline size_t how_many(const struct world *w, enum effect_kind kind, int64_t id)
{
	size_t n = 0;

	for (size_t i = 0; i < w->note_count; i++)
		n += w->notes[i].kind == kind && (id == 0 || w->notes[i].id == id);
	return n;
}

static inline const struct note *last(const struct world *w, enum effect_kind kind)
{
	return nth(w, kind, how_many(w, kind, 0) - 1);
}

static inline const struct note *outcome_of(const struct world *w, int64_t id)
{
	EQ(how_many(w, EFFECT_OUTCOME, id), 1);
	return nth_of(w, EFFECT_OUTCOME, id, 0);
}

/* When `id` was dispatched the k-th time (from 0), or -1. */
static inline int64_t dispatched_at(const struct world *w, int64_t id, size_t k)
{
	return nth_of(w, EFFECT_DISPATCH, id, k)->at_ms;
}

#endif
