/* recorded_figures.c - the run that was recorded, measured as a simulated one is. */
#include "codec/recorded_figures.h"

#include "base/mem.h"
#include "codec/recorded_set.h"

#include <stdlib.h>

enum moment_type {
	MOMENT_ARRIVAL,
	MOMENT_OUTCOME,
	MOMENT_END, /* of an attempt */
	MOMENT_START,
};

/* The order of what happens at one instant: what arrives is there before anything ends,
 * and what ends makes room for what starts, and for what could not come in before.
 * What was done with as it came goes out again before the next one comes. */
enum order {
	TURN_ARRIVALS,
	TURN_ENDS,
	TURN_OUTCOMES,
	TURN_LATE_ARRIVALS,
	TURN_STARTS,
};

struct moment {
	instant at;
	enum order turn;
	enum moment_type type;
	uint32_t action;
	uint32_t number; /* of an attempt in the set */
};

struct run {
	const struct recorded *s;
	struct measure *m;
	struct moment *moments;
	size_t count, room;
	uint32_t *kinds; /* numbers of the measure */
	struct levels levels;
	struct action *action; /* what effects are about */
	struct result result;
};

static int compare(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	if (x->at.ns != y->at.ns)
		return x->at.ns < y->at.ns ? -1 : 1;
	if (x->turn != y->turn)
		return x->turn < y->turn ? -1 : 1;
	if (x->action != y->action)
		return x->action < y->action ? -1 : 1;
	return (x->type > y->type) - (x->type < y->type);
}

static void moment_add(struct run *r, instant at, enum order turn, enum moment_type type,
                       uint32_t action, uint32_t number)
{
	if (r->count == r->room) {
		r->room = r->room ? r->room * 2 : 256;
		r->moments = mem_resize(r->moments, r->room, sizeof *r->moments);
	}
	r->moments[r->count++] = (struct moment){ at, turn, type, action, number };
}

static void collect_action(struct run *r, uint32_t i)
{
	const struct recorded_action *a = &r->s->actions[i];
	bool late = instant_after(a->arrived, a->emitted);
	bool at_once = a->complete && a->ended.ns == a->arrived.ns && (late || !a->tries);
	enum order arrival = late ? TURN_LATE_ARRIVALS : TURN_ARRIVALS;

	moment_add(r, a->arrived, arrival, MOMENT_ARRIVAL, i, 0);
	moment_add(r, a->ended, at_once ? arrival : TURN_OUTCOMES, MOMENT_OUTCOME, i, 0);
	for (uint32_t at = a->tries; at; at = r->s->tries[at - 1].next) {
		const struct recorded_try *t = &r->s->tries[at - 1];
		instant from = instant_later(instant_sub(t->ended, t->took), a->arrived);

		moment_add(r, from, TURN_STARTS, MOMENT_START, i, at - 1);
		moment_add(r, instant_later(t->ended, a->arrived), TURN_ENDS, MOMENT_END, i,
		           at - 1);
	}
}

static void collect(struct run *r)
{
	for (uint32_t i = 0; i < r->s->count; i++)
		collect_action(r, i);
	if (r->count)
		qsort(r->moments, r->count, sizeof *r->moments, compare);
}

/* All its attempts together. */
static span whole_time(const struct recorded *s, const struct recorded_action *a)
{
	int64_t sum = 0;

	for (uint32_t at = a->tries; at; at = s->tries[at - 1].next) {
		const struct recorded_try *t = &s->tries[at - 1];
		int64_t each = t->took.ns, all;

		if (__builtin_mul_overflow(each, t->again + INT64_C(1), &all))
			all = INT64_MAX;
		sum = tick_sum(sum, all);
	}
	return (span){ sum };
}

/* ---- one moment ---- */

static void show(struct run *r, const struct moment *t, struct effect f)
{
	const struct recorded_action *a = &r->s->actions[t->action];
	uint32_t kind = r->kinds[a->kind];

	*r->action = (struct action){
		.arrived = a->arrived,
		.ran = whole_time(r->s, a),
		.result = a->tries ? &r->result : NULL,
	};
	f.at = t->at;
	f.action = r->action;
	measure_effect(r->m, &f, kind, measure_kind_group(kind), a->emitted);
}

static void arrive(struct run *r, const struct moment *t)
{
	const struct recorded_action *a = &r->s->actions[t->action];
	uint32_t kind = r->kinds[a->kind];

	r->levels.depth++;
	measure_arrival(r->m, kind, measure_kind_group(kind), a->emitted, t->at);
	/* Nothing but their number depends on when they were. */
	r->m->all.deferred += a->defers;
	r->m->kinds[kind].deferred += a->defers;
}

static void start(struct run *r, const struct moment *t)
{
	const struct recorded_try *try = &r->s->tries[t->number];
	struct tally *kind = &r->m->kinds[r->kinds[r->s->actions[t->action].kind]];

	show(r, t, (struct effect){ .kind = EFFECT_DISPATCH });
	r->levels.running += try->took.ns > 0;
	r->m->all.attempts += try->again;
	kind->attempts += try->again;
	r->m->all.retries += try->again;
	kind->retries += try->again;
}

static void end(struct run *r, const struct moment *t)
{
	const struct recorded_try *try = &r->s->tries[t->number];

	r->levels.running -= try->took.ns > 0;
	if (try->step)
		show(r, t, (struct effect){ .kind = EFFECT_STEP, .outcome = OUTCOME_RETRYING });
}

static void happen(struct run *r, const struct moment *t)
{
	switch (t->type) {
	case MOMENT_ARRIVAL:
		arrive(r, t);
		break;
	case MOMENT_START:
		start(r, t);
		break;
	case MOMENT_END:
		end(r, t);
		break;
	case MOMENT_OUTCOME:
		r->levels.depth--;
		show(r, t,
		     (struct effect){ .kind = EFFECT_OUTCOME,
		                      .outcome = r->s->actions[t->action].status });
		break;
	}
}

void recorded_figures(const struct recorded *s, struct measure *m)
{
	struct action about = { 0 };
	struct run r = { .s = s, .m = m, .action = &about };

	collect(&r);
	measure_init(m, r.count ? r.moments[0].at : (instant){ 0 });
	r.kinds = mem_zeroed(s->kinds.count, sizeof *r.kinds);
	for (uint32_t i = 0; i < s->kinds.count; i++)
		r.kinds[i] = measure_kind(m, s->kinds.list[i]);
	for (size_t i = 0; i < r.count; i++) {
		struct levels levels = r.levels;

		/* Times that contradict each other must not go below nothing. */
		if (levels.running > levels.depth)
			levels.running = (uint32_t)levels.depth;
		measure_elapse(m, &levels, r.moments[i].at);
		happen(&r, &r.moments[i]);
	}
	m->asserts = s->counts.asserts;
	m->releases = s->counts.releases;
	free(r.moments);
	free(r.kinds);
}
