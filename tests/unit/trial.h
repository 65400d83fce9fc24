/* trial.h - a random configuration and a random workload: what the engine is held
 * against in engine_property_test.c, sim_property_test.c and the fuzzer.
 * trial_check.h has what must hold, trial_run.h a driver that is as dumb as can be,
 * trial_sim.h the virtual driver under the same eyes, chance.h where choices come from. */
#ifndef MESHQ_TRIAL_H
#define MESHQ_TRIAL_H

#include "chance.h"
#include "core/engine.h"
#include "gate_model.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TRIAL_RETRIES = 2,
	TRIAL_RULES = 4,
	TRIAL_KINDS = 4,
	TRIAL_KEYS = 3,
	TRIAL_POOLS = 3,
	TRIAL_LANES = 2,
	TRIAL_TWINS = 3,
	TRIAL_ACTIONS = 48,
	TRIAL_EVENTS = 64
};

enum phase {
	PHASE_UNFED,
	PHASE_QUEUED,  /* nothing has been heard of it */
	PHASE_WAITING, /* the last thing heard was a step */
	PHASE_RUNNING,
	PHASE_ENDED, /* the driver has fed its end; nothing has been heard since */
	PHASE_DONE,
};

/* One action and what the driver knows of it. */
struct subject {
	struct action *action;   /* NULL once it is done */
	struct gate_class class; /* with retries of its own */
	struct key keys[TRIAL_RULES + 2];
	uint64_t owner;
	instant expires;
	instant latest; /* that, or the end of max_wait, whichever is earlier */
	enum upstream upstream;
	uint32_t pool;
	uint32_t lane;     /* 0: none */
	uint32_t twin;     /* those with the same number ask for the same thing; 0: nobody does */
	uint32_t attempts; /* those of an earlier run too */
	uint32_t carried;  /* budget used up in an earlier run */
	uint32_t charged;  /* and in this one */

	enum phase phase;
	uint64_t arrival;
	bool begun;         /* it has been seen to wait or run: its lane is its own */
	bool in_line;       /* deferred by a rule since its last dispatch */
	bool told;          /* deferred at all since then */
	bool held;          /* deferred by a hold, the last time */
	bool reserved;      /* its dispatch has passed the gate */
	instant not_before; /* a retry or an upstream time */

	/* Its running handler. */
	uint64_t dispatch; /* 1, 2, 3 ... over all actions */
	instant started;
	bool turned_to; /* its time has begun */
	instant ends;   /* NEVER: when it is told to */
	bool stubborn;  /* TERM does not end it */
	instant terminated;
	bool killed;
	bool timed_out;   /* TERM was for that */
	bool cut_short;   /* it was ended by a stop */
	unsigned verdict; /* RESULT_ */
	int died_of;      /* trial_sim.h: the signal that ended it early, or 0 */
	span delay;       /* until its retry, if it is retried: at most, ... */
	span sooner;      /* ... and at least */
};

struct trial {
	struct chance chance;
	struct policy policy;
	struct rule_policy rules[TRIAL_RULES];
	struct retry_policy retries[TRIAL_RETRIES];
	uint32_t pools;             /* how many there are */
	uint32_t jobs[TRIAL_POOLS]; /* handlers of each at once, now */
	bool late[TRIAL_POOLS];     /* EVENT_BEGAN says when a handler's time begins */
	uint32_t limit;             /* and of all together */
	uint32_t most_jobs;         /* of all pools, so far */
	struct gate *gate;
	struct engine *engine;
	struct model model;

	struct subject subjects[TRIAL_ACTIONS];
	uint32_t subject_count;
	struct event events[TRIAL_EVENTS]; /* the script, by time */
	uint32_t event_count, event_next;

	instant now;
	bool ended, told, killed;
	instant stopped_at;   /* told to */
	bool stopped;         /* that, or halted */
	enum halt halted;     /* of its own accord, before it was told */
	uint64_t halted_with; /* failures */
	bool tied;            /* twins are in the same lane */
	bool asserted;
	double level;                     /* told last */
	instant done_at[TRIAL_TWINS + 1]; /* the last of each that was run and dispatched */
	uint64_t done_by[TRIAL_TWINS + 1];
	struct engine_stats seen;
	int64_t tokens; /* for retries; ten times `per` make one */
	instant tokens_at;
	uint64_t dispatches;
	uint64_t polls_now; /* within one instant */
	uint64_t trace;     /* a checksum of every effect */
	const char *broken; /* the first thing that did not hold */
	jmp_buf out;        /* where to go then, from inside a driver that is not ours */
	bool verbose;
};

static inline void must(struct trial *t, bool holds, const char *what)
{
	if (!holds && !t->broken) {
		t->broken = what;
		if (t->verbose)
			printf("# at %" PRId64 ": not so: %s\n", t->now.ns, what);
	}
}

/* ---- a random configuration; spans are some tens of nanoseconds ---- */

static inline span some_span(struct chance *c, uint32_t below)
{
	return (span){ choose(c, below) };
}

static inline void some_rule(struct chance *c, struct rule_policy *p)
{
	static char name[] = "rule", one[] = "one", two[] = "two", three[] = "three", key[] = "key";
	static char *kinds[] = { one, two, three }, *keys[] = { key };

	*p = (struct rule_policy){
		.name = name,
		.kinds = kinds + choose(c, 2),
		.kind_count = choose(c, 3),
		.key = keys,
		.key_count = choose(c, 2),
		.type = (enum rule_type)choose(c, 3),
		.window = some_span(c, 60),
		.rate = 1 + choose(c, 4),
		.per = some_span(c, 80),
		.retry_after = { (int64_t)choose(c, 20) - 10 },
		.undo = (enum undo_scope)choose(c, 3),
		.hint = choose(c, 2) ? HINT_FIRST : HINT_LONGEST,
		.on_hold = choose(c, 3) ? ON_HOLD_WAIT : ON_HOLD_DROP,
	};
	if (rarely(c, 40))
		p->rate = 0;
	if (rarely(c, 40))
		p->window = p->per = SPAN_MAX;
}

static inline void some_retries(struct chance *c, struct retry_policy *p)
{
	*p = (struct retry_policy){ .listed = choose(c, 2) };
	if (p->listed) {
		p->count = choose(c, 5);
		for (uint32_t i = 0; i < p->count; i++)
			p->delays[i] = some_span(c, 50);
		return;
	}
	p->most = 1 + choose(c, 6);
	p->ladder = (struct ladder){ .initial = some_span(c, 20),
		                     .factor = (float)(1 + choose(c, 3)),
		                     .max = some_span(c, 100),
		                     .jitter = (float)choose(c, 3) / 2 };
}

/* Rarely, for nothing happens after it. */
static inline struct halt_policy some_halt(struct chance *c)
{
	if (!rarely(c, 8))
		return (struct halt_policy){ 0 };
	return (struct halt_policy){
		.when = choose(c, 2) ? HALT_NOW : HALT_SOON,
		.percent = choose(c, 2),
		.fail = 1 + choose(c, 8),
	};
}

static inline uint32_t sum_of_jobs(const struct trial *t)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < t->pools; i++)
		sum += t->jobs[i];
	return sum;
}

static inline void some_pools(struct trial *t)
{
	struct chance *c = &t->chance;

	t->pools = rarely(c, 3) ? 1 + choose(c, TRIAL_POOLS) : 1;
	t->limit = UINT32_MAX;
	for (uint32_t i = 0; i < t->pools; i++) {
		t->jobs[i] = 1 + choose(c, 4);
		t->late[i] = i > 0 && choose(c, 2);
	}
	t->most_jobs = sum_of_jobs(t);
}

static inline void some_policy(struct trial *t)
{
	static char lane[] = "lane";
	static char *lanes[] = { lane };
	struct chance *c = &t->chance;
	uint64_t low = choose(c, 12);

	t->policy.rules = t->rules;
	t->policy.rule_count = choose(c, TRIAL_RULES + 1);
	for (uint32_t i = 0; i < t->policy.rule_count; i++)
		some_rule(c, &t->rules[i]);
	t->policy.backpressure = (struct backpressure_policy){
		.assert_at = low + 1 + choose(c, 12),
		.release_at = low,
		.step = rarely(c, 3) ? (float)(1 + choose(c, 10)) / 10 : 0,
	};
	t->policy.executor = (struct executor_policy){
		.queue = 1 + choose(c, 10),
		.max_waiting = 1 + choose(c, 30),
		.max_defers = choose(c, 8),
		.queueing = rarely(c, 4) ? QUEUEING_REFERENCE : QUEUEING_FAIR,
		.on_eof = rarely(c, 4) ? ON_EOF_UNFINISHED : ON_EOF_DRAIN,
		.retry_after = some_span(c, 50),
		.timeout = some_span(c, 2).ns ? some_span(c, 60) : (span){ 0 },
		.kill_after = some_span(c, 20),
		.on_timeout = choose(c, 2) ? ON_TIMEOUT_RETRY : ON_TIMEOUT_FAIL,
		.grace = some_span(c, 50),
		.halt = some_halt(c),
		.serialize = lanes,
		.serialize_count = rarely(c, 3),
		.dedupe.keep = { rarely(c, 3) ? 1 + choose(c, 120) : 0 },
		.on_full = rarely(c, 3) ? ON_FULL_FAIL : ON_FULL_BLOCK,
	};
	if (t->policy.executor.halt.percent)
		t->policy.executor.halt.fail *= 10;
	if (rarely(c, 3))
		t->policy.executor.retry_budget = (struct retry_budget_policy){
			.ratio = (float)choose(c, 8) / 10,
			.floor = 1 + choose(c, 2),
			.per = { 10 * NS_PER_S + (int64_t)choose(c, 3) },
		};
	if (rarely(c, 4))
		t->policy.executor.max_wait.ns = 1 + choose(c, 150);
	for (int i = 0; i < TRIAL_RETRIES; i++)
		some_retries(c, &t->retries[i]);
	t->tokens = 100 * t->policy.executor.retry_budget.per.ns;
	t->tokens_at = t->now;
	t->tied = t->policy.executor.serialize_count && choose(c, 2);
	some_pools(t);
}

/* ---- a random workload ---- */

static inline const struct gate_class *some_class(struct trial *t, struct key *keys)
{
	static const char *const kinds[TRIAL_KINDS] = { "one", "two", "three", "four" };
	const struct gate_class *class =
		gate_class(t->gate, slice_of(kinds[choose(&t->chance, TRIAL_KINDS)]));
	uint32_t k = choose(&t->chance, TRIAL_KEYS);

	/* Mostly one key for all rules, as records have it. */
	for (uint32_t i = 0; i < class->count; i++) {
		if (rarely(&t->chance, 8))
			k = choose(&t->chance, TRIAL_KEYS);
		keys[i] = (struct key){ 0, 0 };
		if (t->rules[class->rules[i]].key_count)
			keys[i] = (struct key){ k, k };
	}
	return class;
}

static inline void recall(void *user, struct action *a)
{
	const struct subject *s = a->user;

	(void)user;
	memcpy(a->turn->keys, s->keys, s->class.keys * sizeof s->keys[0]);
	a->turn->owner = s->owner;
	a->turn->expires = s->expires;
}

static inline char *name_of(void *user, const struct action *a)
{
	char *name = calloc(1, 24);

	(void)user;
	if (name)
		snprintf(name, 24, "%" PRIu64, a->arrival);
	return name;
}

static inline void some_action(struct trial *t, struct event *e)
{
	struct chance *c = &t->chance;
	struct subject *s = &t->subjects[t->subject_count++];
	struct action *a;

	*s = (struct subject){ .not_before = { INT64_MIN } };
	s->class = *some_class(t, s->keys);
	if (rarely(c, 3))
		s->class.retry = &t->retries[choose(c, TRIAL_RETRIES)];
	if (t->policy.executor.serialize_count && choose(c, 3)) {
		s->lane = 1 + choose(c, TRIAL_LANES);
		s->keys[gate_lane_key(&s->class)] = (struct key){ s->lane, s->lane };
	}
	if (t->policy.executor.dedupe.keep.ns && choose(c, 3)) {
		s->twin = 1 + choose(c, TRIAL_TWINS);
		s->keys[gate_twin_key(&s->class)] = (struct key){ s->twin, s->twin };
	}
	if (s->twin && s->lane && t->tied) {
		s->lane = 1 + s->twin % TRIAL_LANES;
		s->keys[gate_lane_key(&s->class)] = (struct key){ s->lane, s->lane };
	} else if (s->twin && t->tied) {
		s->twin = 0;
	}
	s->owner = rarely(c, 10) ? choose(c, TRIAL_ACTIONS) : t->subject_count;
	s->expires = rarely(c, 4) ? instant_add(e->now, (span){ choose(c, 200) }) : INSTANT_NEVER;
	s->upstream = rarely(c, 10) ? (enum upstream)choose(c, 4) : UPSTREAM_NONE;
	s->action = a = engine_action_new(&s->class);
	a->user = s;
	recall(NULL, a);
	a->turn->upstream = s->upstream;
	a->turn->upstream_until = instant_add(e->now, (span){ (int64_t)choose(c, 100) - 20 });
	a->turn->upstream_rule = UINT32_MAX;
	if (rarely(c, 10)) {
		a->attempts = choose(c, 4);
		a->defers = choose(c, 4);
	}
	a->pool = s->pool = choose(c, t->pools);
	a->lane = s->lane ? LANE_WANTED : LANE_NONE;
	a->twin = s->twin ? TWIN_WANTED : TWIN_NONE;
	s->attempts = a->attempts;
	s->carried = a->attempts + a->defers;
	if (s->upstream == UPSTREAM_DEFERRED)
		s->not_before = a->turn->upstream_until;
	e->kind = EVENT_ARRIVED;
	e->action = a;
}

static inline void some_jobs(struct trial *t, struct event *e)
{
	struct chance *c = &t->chance;

	e->kind = rarely(c, 4) ? EVENT_LIMIT : EVENT_JOBS;
	e->pool = choose(c, t->pools);
	e->late = t->late[e->pool];
	e->jobs = rarely(c, 6) ? 0 : 1 + choose(c, 5);
	if (e->kind == EVENT_LIMIT && choose(c, 2))
		e->jobs = UINT32_MAX;
}

static inline void some_event(struct trial *t, struct event *e)
{
	struct chance *c = &t->chance;
	uint32_t kind = choose(c, 16);

	if (kind == 15 && t->policy.rule_count) {
		e->kind = EVENT_HELD;
		e->rule = choose(c, t->policy.rule_count);
		uint32_t k = choose(c, TRIAL_KEYS);
		e->key = t->rules[e->rule].key_count ? (struct key){ k, k } : (struct key){ 0, 0 };
		e->until = rarely(c, 20)
		                   ? INSTANT_NEVER
		                   : instant_add(e->now, (span){ (int64_t)choose(c, 150) - 30 });
	} else if (kind == 14) {
		struct key keys[TRIAL_RULES];
		const struct gate_class *class = some_class(t, keys);

		e->kind = EVENT_UNDONE;
		e->action = engine_action_new(class);
		memcpy(e->action->turn->keys, keys, class->count * sizeof keys[0]);
		e->action->turn->owner = choose(c, TRIAL_ACTIONS);
	} else if (kind == 13) {
		some_jobs(t, e);
	} else if (kind == 12) {
		e->kind = EVENT_TICK;
	} else {
		some_action(t, e);
	}
}

static inline void some_script(struct trial *t)
{
	struct chance *c = &t->chance;
	uint32_t count = choose(c, TRIAL_ACTIONS);
	uint32_t pace = 1 + choose(c, 40);
	uint32_t stop = rarely(c, 4) ? choose(c, 1 + count) : UINT32_MAX;
	instant at = t->now;

	for (uint32_t i = 0; i < count; i++) {
		struct event *e = &t->events[t->event_count++];

		at.ns += choose(c, 2) ? choose(c, pace) : 0;
		*e = (struct event){ .now = at };
		if (i == stop)
			e->kind = EVENT_STOPPED;
		else if (i > stop && rarely(c, 3))
			e->kind = EVENT_KILLED;
		else
			some_event(t, e);
	}
}

/* ---- life ---- */

static inline struct trial *trial_new(struct chance chance)
{
	struct trial *t = calloc(1, sizeof *t);

	if (!t)
		abort();
	t->chance = chance;
	t->verbose = getenv("VERBOSE") != NULL;
	t->now = (instant){ choose(&t->chance, 200) };
	some_policy(t);
	t->model.policy = &t->policy;
	t->gate = gate_new(&t->policy);
	t->engine = engine_new(&t->policy, t->gate, t->jobs[0]);
	for (uint32_t i = 1; i < t->pools; i++)
		engine_feed(t->engine, &(struct event){ .kind = EVENT_JOBS,
		                                        .now = t->now,
		                                        .pool = i,
		                                        .jobs = t->jobs[i],
		                                        .late = t->late[i] });
	if (choose(&t->chance, 2))
		engine_recall(t->engine, recall, NULL);
	engine_name(t->engine, name_of, NULL);
	for (int i = 0; i <= TRIAL_TWINS; i++)
		t->done_at[i].ns = INT64_MIN;
	some_script(t);
	return t;
}

static inline void trial_free(struct trial *t)
{
	for (uint32_t i = 0; i < t->subject_count; i++)
		engine_action_free(t->subjects[i].action);
	for (uint32_t i = 0; i < t->event_count; i++)
		if (t->events[i].kind == EVENT_UNDONE)
			engine_action_free(t->events[i].action);
	engine_free(t->engine);
	gate_free(t->gate);
	free(t);
}

#endif
