#include "sim/measure.h"

#include "base/mem.h"

#include <stdlib.h>

/* ---- kinds ---- */

void measure_init(struct measure *m, instant start)
{
	*m = (struct measure){ .start = start, .now = start };
	table_init(&m->shares, sizeof(struct share));
	series_init(&m->series, start);
}

void measure_free(struct measure *m)
{
	for (uint32_t i = 0; i < m->kind_count; i++)
		for (int q = 0; q < QUANTITIES; q++)
			samples_free(&m->kinds[i].samples[q]);
	free(m->kinds);
	m->kinds = NULL;
	m->kind_count = m->kind_room = 0;
	names_free(&m->names);
	table_free(&m->shares);
}

uint32_t measure_kind(struct measure *m, slice kind)
{
	uint32_t number = names_add(&m->names, kind);

	if (number < m->kind_count)
		return number;
	if (m->kind_count == m->kind_room) {
		m->kind_room = m->kind_room ? 2 * m->kind_room : 8;
		m->kinds = mem_resize(m->kinds, m->kind_room, sizeof *m->kinds);
	}
	m->kinds[m->kind_count++] = (struct tally){ .kind = (char *)m->names.list[number].p };
	return number;
}

const struct tally *measure_find(const struct measure *m, slice kind)
{
	uint32_t number;

	return names_find(&m->names, kind, &number) ? &m->kinds[number] : NULL;
}

/* ---- what happens ---- */

/* Never too short, as a span of more than 292 years would be: sums of them must agree. */
static uint64_t distance(instant from, instant to)
{
	return (uint64_t)to.ns - (uint64_t)from.ns;
}

/* Both of all and of its kind: the counter that lies at `offset`. */
static void count(struct measure *m, uint32_t kind, size_t offset)
{
	++*(uint64_t *)(void *)((char *)&m->all + offset);
	++*(uint64_t *)(void *)((char *)&m->kinds[kind] + offset);
}

#define COUNT(m, kind, member) count(m, kind, offsetof(struct tally, member))

static void see_blocked(struct measure *m, span blocked)
{
	if (blocked.ns > m->max_blocked.ns)
		m->max_blocked = blocked;
}

void measure_arrival(struct measure *m, uint32_t kind, struct key group, instant emitted,
                     instant now)
{
	struct share *s = table_put(&m->shares, group);
	struct bin *bin = series_at(&m->series, now);

	s->arrived++;
	COUNT(m, kind, arrived);
	bin->arrived++;
	m->inside++;
	if (m->inside > bin->max_depth)
		bin->max_depth = m->inside;
	if (m->inside > m->max_depth)
		m->max_depth = m->inside;
	see_blocked(m, instant_until(emitted, now));
}

void measure_kept_out(struct measure *m, instant emitted)
{
	see_blocked(m, instant_until(emitted, m->now));
}

static void count_outcome(struct measure *m, enum outcome outcome, uint32_t kind)
{
	switch (outcome) {
	case OUTCOME_DISPATCHED:
		COUNT(m, kind, dispatched);
		break;
	case OUTCOME_FAILED:
		COUNT(m, kind, failed);
		break;
	case OUTCOME_GATED:
		COUNT(m, kind, gated);
		break;
	case OUTCOME_EXPIRED:
		COUNT(m, kind, expired);
		break;
	case OUTCOME_UNFINISHED:
		COUNT(m, kind, unfinished);
		break;
	case OUTCOME_RETRYING:
		COUNT(m, kind, retries);
		break;
	case OUTCOME_DEFERRED:
		COUNT(m, kind, deferred);
		break;
	}
}

static void add_samples(struct measure *m, const struct effect *f, uint32_t kind,
                        struct share *share, instant emitted)
{
	const struct action *a = f->action;
	span latency = instant_until(instant_earlier(emitted, a->arrived), f->at);
	span wait = { tick_difference(latency.ns, a->ran.ns) };
	struct samples *samples = m->kinds[kind].samples;

	samples_add(&samples[QUANTITY_WAIT], wait);
	samples_add(&samples[QUANTITY_LATENCY], latency);
	if (a->result)
		samples_add(&samples[QUANTITY_RUN], a->ran);
	share->waits++;
	share->waited += (double)wait.ns;
}

static void take_outcome(struct measure *m, const struct effect *f, uint32_t kind, struct key group,
                         instant emitted)
{
	struct share *share = table_put(&m->shares, group);
	struct bin *bin = series_at(&m->series, f->at);
	bool done = f->outcome == OUTCOME_DISPATCHED;

	count_outcome(m, f->outcome, kind);
	m->inside--;
	share->dispatched += done;
	bin->done += done;
	bin->failed += !done;
	m->stay_time += distance(f->action->arrived, f->at);
	if (f->outcome != OUTCOME_GATED)
		add_samples(m, f, kind, share, emitted);
}

void measure_effect(struct measure *m, const struct effect *f, uint32_t kind, struct key group,
                    instant emitted)
{
	switch (f->kind) {
	case EFFECT_DISPATCH:
		COUNT(m, kind, attempts);
		series_at(&m->series, f->at)->started++;
		break;
	case EFFECT_STEP:
		count_outcome(m, f->outcome, kind);
		break;
	case EFFECT_OUTCOME:
		take_outcome(m, f, kind, group, emitted);
		break;
	case EFFECT_EDGE:
		m->asserted = f->edge != EDGE_RELEASED;
		m->asserts += f->edge == EDGE_ASSERTED;
		m->releases += f->edge == EDGE_RELEASED;
		break;
	case EFFECT_TERMINATE:
	case EFFECT_KILL:
		break;
	}
}

void measure_elapse(struct measure *m, const struct levels *levels, instant to)
{
	instant until = instant_later(m->now, to);
	uint64_t time = distance(m->now, until);
	uint64_t waiting = levels->depth - levels->running;

	if (time == 0)
		return;
	if (levels->depth > m->max_depth)
		m->max_depth = levels->depth;
	if (waiting > m->max_waiting)
		m->max_waiting = waiting;
	if (levels->running > m->max_running)
		m->max_running = levels->running;
	m->depth_time += (measure_integral)time * levels->depth;
	m->running_time += (measure_integral)time * levels->running;
	m->jobs_time += (measure_integral)time * levels->jobs;
	if (m->asserted)
		m->asserted_for.ns = tick_sum(m->asserted_for.ns, instant_until(m->now, until).ns);
	series_add(&m->series,
	           &(struct series_levels){ levels->depth, levels->running, m->asserted }, m->now,
	           until);
	m->now = until;
}

/* ---- what comes of it ---- */

/* The lists of a quantity that a tally is about; *count of them, to be freed. */
static struct samples **lists_of(const struct measure *m, const struct tally *t, enum quantity q,
                                 uint32_t *count)
{
	bool all = t == &m->all;
	size_t first = all ? 0 : (size_t)(t - m->kinds);
	struct samples **lists;

	*count = all ? m->kind_count : 1;
	lists = mem_zeroed(*count + 1, sizeof(struct samples *));
	for (uint32_t i = 0; i < *count; i++)
		lists[i] = &m->kinds[first + i].samples[q];
	return lists;
}

span measure_quantile(struct measure *m, const struct tally *t, enum quantity q, uint32_t part)
{
	uint32_t count;
	struct samples **lists = lists_of(m, t, q, &count);
	span d = samples_quantile(lists, count, part);

	free(lists);
	return d;
}

double measure_mean(const struct measure *m, const struct tally *t, enum quantity q)
{
	uint32_t count;
	struct samples **lists = lists_of(m, t, q, &count);
	double mean = samples_mean(lists, count);

	free(lists);
	return mean;
}

/* Jain, Chiu and Hawe, "A quantitative measure of fairness and discrimination for
 * resource allocation in shared computer systems", 1984. */
struct jain {
	uint32_t n;
	double sum, squares;
};

static void jain_add(struct jain *j, double x)
{
	j->n++;
	j->sum += x;
	j->squares += x * x;
}

static double jain_index(const struct jain *j)
{
	return j->squares > 0 ? j->sum * j->sum / (j->n * j->squares) : 1;
}

double measure_fairness(const struct measure *m)
{
	struct jain j = { 0 };

	for (uint32_t i = 0; i < m->shares.count; i++) {
		const struct share *s = table_at(&m->shares, i);
		if (s->arrived)
			jain_add(&j, (double)s->dispatched / (double)s->arrived);
	}
	return jain_index(&j);
}

double measure_wait_fairness(const struct measure *m)
{
	struct jain j = { 0 };

	for (uint32_t i = 0; i < m->shares.count; i++) {
		const struct share *s = table_at(&m->shares, i);
		if (s->waits)
			jain_add(&j, s->waited / (double)s->waits);
	}
	return jain_index(&j);
}

static uint64_t ended(const struct tally *t)
{
	return t->dispatched + t->failed + t->gated + t->expired + t->unfinished;
}

bool measure_adds_up(const struct measure *m)
{
	uint64_t arrived = 0;

	for (uint32_t i = 0; i < m->kind_count; i++) {
		if (m->kinds[i].arrived != ended(&m->kinds[i]))
			return false;
		arrived += m->kinds[i].arrived;
	}
	return arrived == m->all.arrived && arrived == ended(&m->all);
}

bool measure_balanced(const struct measure *m)
{
	return m->depth_time == m->stay_time;
}
