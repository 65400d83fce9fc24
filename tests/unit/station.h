/* station.h - a station as queueing theory has it: customers come, stand in one line and
 * are served by one of some servers, perhaps no faster than a rule allows. The engine
 * runs it under the virtual clock, and every visit is noted.
 *
 *	struct station s = { .arrivals = ..., .service = ..., .servers = 2, .seed = 1 };
 *	station_run(&s);
 *	...
 *	station_free(&s);
 */
#ifndef MESHQ_STATION_H
#define MESHQ_STATION_H

#include "base/mem.h"
#include "sim/handler_model.h"
#include "sim/measure.h"
#include "sim/process.h"
#include "sim/sim.h"
#include "t.h"

enum { STATION_SERVERS = 64 }; /* at most */

/* The `order`th customer, in the order of arrival. */
struct visit {
	instant arrived;
	instant started; /* INSTANT_NEVER: turned away */
	span served;
};

struct station {
	/* Set by the caller. */
	struct process arrivals; /* with a count */
	struct dist service;
	uint32_t servers;
	uint64_t seed;
	struct rule_policy rule; /* without a name: there is none */
	uint32_t keys;           /* that customers have in turns; 0: one */
	bool (*meanwhile)(void *station, struct event *event);
	uint64_t happened; /* for meanwhile */

	/* What came of it. */
	struct visit *visits;
	struct measure measure;

	/* While it runs. */
	struct policy policy;
	struct gate *gate;
	struct engine *engine;
	struct process_state state;
	uint64_t came;
};

static inline struct key station_key(uint64_t n)
{
	return hash_bytes((struct hash_seed){ 1, 2 }, &n, sizeof n);
}

static inline bool station_next(void *user, struct event *event)
{
	struct station *s = user;
	span at;

	if (!process_next(&s->arrivals, &s->state, &at))
		return false;
	struct action *a = engine_action_new(gate_class(s->gate, SLICE("customer")));
	if (s->keys && a->class->count)
		a->turn->keys[0] = station_key(s->came % s->keys);
	a->turn->owner = ++s->came;
	event->kind = EVENT_ARRIVED;
	event->now = (instant){ at.ns };
	event->action = a;
	return true;
}

static inline void station_fed(void *user, const struct event *event)
{
	struct station *s = user;

	if (event->kind != EVENT_ARRIVED)
		return;
	s->visits[event->action->turn->owner - 1] =
		(struct visit){ event->now, INSTANT_NEVER, { 0 } };
	measure_arrival(&s->measure, 0, (struct key){ 0, 0 }, event->now, event->now);
}

static inline span station_handler(void *user, const struct action *a, instant now,
                                   struct result *result)
{
	struct station *s = user;
	struct visit *v = &s->visits[a->turn->owner - 1];
	const struct handler_model model = { .duration = s->service, .odds = { [FATE_OK] = 1 } };
	const struct attempt attempt = { s->seed, a->arrival, a->attempts, { now.ns }, 1 };

	v->started = now;
	v->served = handler_model_run(&model, &attempt, result);
	return v->served;
}

static inline void station_effect(void *user, const struct effect *f)
{
	struct station *s = user;

	measure_effect(&s->measure, f, 0, (struct key){ 0, 0 },
	               f->action ? f->action->arrived : f->at);
	if (f->kind == EFFECT_OUTCOME)
		engine_action_free(f->action);
}

static inline void station_elapse(void *user, instant to)
{
	struct station *s = user;
	const struct levels levels = { engine_depth(s->engine), engine_running(s->engine),
		                       engine_jobs(s->engine) };

	measure_elapse(&s->measure, &levels, to);
}

static inline void station_open(struct station *s)
{
	s->state.rng.state = rng_derive(s->seed, 1);
	s->visits = mem_zeroed(s->arrivals.count, sizeof *s->visits);
	s->policy = (struct policy){
		.rules = &s->rule,
		.rule_count = s->rule.name != NULL,
		.backpressure.assert_at = UINT64_MAX,
		.executor = { .queue = UINT32_MAX, .max_waiting = UINT32_MAX, .max_defers = 1000 },
	};
	s->gate = gate_new(&s->policy);
	s->engine = engine_new(&s->policy, s->gate, s->servers);
	measure_init(&s->measure, (instant){ 0 });
	measure_kind(&s->measure, SLICE("customer"));
}

/* Little's law: the integral of how many are there is the sum of the times that they
 * stay, and the same for those who wait and those who are served. */
static inline bool station_balanced(const struct station *s)
{
	const struct measure *m = &s->measure;
	measure_integral waits = 0, services = 0;

	for (uint64_t i = 0; i < s->came; i++) {
		const struct visit *v = &s->visits[i];

		if (v->started.ns == INT64_MAX)
			continue;
		waits += (uint64_t)(v->started.ns - v->arrived.ns);
		services += (uint64_t)v->served.ns;
	}
	return measure_balanced(m) && measure_adds_up(m) && m->running_time == services &&
	       m->depth_time == waits + services &&
	       m->kinds[0].samples[QUANTITY_WAIT].sum == (samples_sum)waits;
}

/* What holds for every run is looked at here. */
static inline void station_run(struct station *s)
{
	const struct sim_model model = {
		.next = station_next,
		.meanwhile = s->meanwhile,
		.fed = station_fed,
		.handler = station_handler,
		.effect = station_effect,
		.elapse = station_elapse,
		.user = s,
	};

	station_open(s);
	sim_run(s->engine, &model, (instant){ 0 });
	engine_free(s->engine);
	gate_free(s->gate);
	OK(station_balanced(s));
}

static inline void station_free(struct station *s)
{
	free(s->visits);
	measure_free(&s->measure);
}

/* The server that is free first. */
static inline instant *station_server(instant *free_at, uint32_t servers)
{
	instant *first = free_at;

	for (uint32_t i = 1; i < servers; i++)
		if (free_at[i].ns < first->ns)
			first = &free_at[i];
	return first;
}

/* One line, served in the order of arrival, leaves no choice: everybody is served as
 * soon as he has come, a server is free, and the rule is open, that is, `per` after the
 * nth customer of his key before him was let in. For one server and no rule that is
 * Lindley's recursion (1952), for more of them that of Kiefer and Wolfowitz (1955).
 * A rule with keys needs as many servers as ever have something to do at once. */
static inline bool station_path_holds(const struct station *s)
{
	bool ruled = s->rule.name != NULL;
	uint64_t back = s->rule.type == RULE_RATE ? s->rule.rate : 1;
	span per = s->rule.type == RULE_RATE ? s->rule.per : s->rule.window;
	instant free_at[STATION_SERVERS] = { 0 };

	back *= s->keys ? s->keys : 1;
	for (uint64_t i = 0; i < s->came; i++) {
		const struct visit *v = &s->visits[i];
		instant *server = station_server(free_at, s->servers);
		instant start = instant_later(v->arrived, *server);

		if (ruled && i >= back)
			start = instant_later(start, instant_add(s->visits[i - back].started, per));
		if (v->started.ns != start.ns)
			return false;
		*server = instant_add(start, v->served);
	}
	return s->came == s->arrivals.count;
}

#endif
