#include "sim/figure_table.h"

#include <stdlib.h>

/* ---- what counts and levels give ---- */

static double ratio(double a, double b)
{
	return b > 0 ? a / b : 0;
}

static double duration(const struct measure *m, const struct tally *t)
{
	(void)t;
	return (double)instant_until(m->start, m->now).ns;
}

static double per_second(const struct measure *m, uint64_t n)
{
	return ratio((double)n, duration(m, NULL) / (double)NS_PER_S);
}

static double throughput(const struct measure *m, const struct tally *t)
{
	return per_second(m, t->dispatched);
}

static double arrival_rate(const struct measure *m, const struct tally *t)
{
	return per_second(m, t->arrived);
}

static double dispatched_part(const struct measure *m, const struct tally *t)
{
	(void)m;
	return ratio((double)t->dispatched, (double)t->arrived);
}

static double mean_depth(const struct measure *m, const struct tally *t)
{
	return ratio((double)m->depth_time, duration(m, t));
}

static double mean_running(const struct measure *m, const struct tally *t)
{
	return ratio((double)m->running_time, duration(m, t));
}

static double mean_waiting(const struct measure *m, const struct tally *t)
{
	return ratio((double)(m->depth_time - m->running_time), duration(m, t));
}

static double utilization(const struct measure *m, const struct tally *t)
{
	(void)t;
	return ratio((double)m->running_time, (double)m->jobs_time);
}

static double max_depth(const struct measure *m, const struct tally *t)
{
	(void)t;
	return (double)m->max_depth;
}

static double max_waiting(const struct measure *m, const struct tally *t)
{
	(void)t;
	return (double)m->max_waiting;
}

static double max_running(const struct measure *m, const struct tally *t)
{
	(void)t;
	return (double)m->max_running;
}

static double max_blocked(const struct measure *m, const struct tally *t)
{
	(void)t;
	return (double)m->max_blocked.ns;
}

static double asserts(const struct measure *m, const struct tally *t)
{
	(void)t;
	return (double)m->asserts;
}

static double releases(const struct measure *m, const struct tally *t)
{
	(void)t;
	return (double)m->releases;
}

static double asserted_time(const struct measure *m, const struct tally *t)
{
	(void)t;
	return (double)m->asserted_for.ns;
}

static double asserted_part(const struct measure *m, const struct tally *t)
{
	return ratio((double)m->asserted_for.ns, duration(m, t));
}

static double fairness(const struct measure *m, const struct tally *t)
{
	(void)t;
	return measure_fairness(m);
}

static double wait_fairness(const struct measure *m, const struct tally *t)
{
	(void)t;
	return measure_wait_fairness(m);
}

/* ---- the table ---- */

#define COUNTER(name, member)                                                                      \
	{                                                                                          \
		name, FIGURE_COUNT, true, offsetof(struct tally, member), NULL                     \
	}
#define OF_KINDS(name, unit)                                                                       \
	{                                                                                          \
#name, unit, true, 0, name                                                         \
	}
#define OF_ALL(name, unit)                                                                         \
	{                                                                                          \
#name, unit, false, 0, name                                                        \
	}

static const struct figure_entry entries[] = {
	COUNTER("received", arrived),       COUNTER("dispatched", dispatched),
	COUNTER("failed", failed),          COUNTER("gated", gated),
	COUNTER("expired", expired),        COUNTER("unfinished", unfinished),
	COUNTER("deferred", deferred),      COUNTER("retries", retries),
	COUNTER("attempts", attempts),      OF_KINDS(dispatched_part, FIGURE_PART),
	OF_KINDS(throughput, FIGURE_PER_S), OF_KINDS(arrival_rate, FIGURE_PER_S),
	OF_ALL(asserts, FIGURE_COUNT),      OF_ALL(releases, FIGURE_COUNT),
	OF_ALL(asserted_time, FIGURE_TIME), OF_ALL(asserted_part, FIGURE_PART),
	OF_ALL(max_depth, FIGURE_COUNT),    OF_ALL(max_waiting, FIGURE_COUNT),
	OF_ALL(max_running, FIGURE_COUNT),  OF_ALL(mean_depth, FIGURE_LEVEL),
	OF_ALL(mean_waiting, FIGURE_LEVEL), OF_ALL(mean_running, FIGURE_LEVEL),
	OF_ALL(utilization, FIGURE_PART),   OF_ALL(max_blocked, FIGURE_TIME),
	OF_ALL(fairness, FIGURE_PART),      OF_ALL(wait_fairness, FIGURE_PART),
	OF_ALL(duration, FIGURE_TIME),
};
enum { ENTRIES = sizeof entries / sizeof entries[0] };

static const char *const quantities[] = {
	[QUANTITY_WAIT] = "wait",
	[QUANTITY_RUN] = "run",
	[QUANTITY_LATENCY] = "latency",
};

/* The usual ones; of quantiles any may be asked for. */
static const struct {
	enum statistic statistic;
	uint32_t part;
} statistics[] = {
	{ STATISTIC_MIN, 0 },          { STATISTIC_MEAN, 0 },         { STATISTIC_QUANTILE, 50000 },
	{ STATISTIC_QUANTILE, 90000 }, { STATISTIC_QUANTILE, 95000 }, { STATISTIC_QUANTILE, 99000 },
	{ STATISTIC_QUANTILE, 99900 }, { STATISTIC_MAX, 0 },
};
enum { STATISTICS = sizeof statistics / sizeof statistics[0] };

const struct figure_entry *figure_entry(uint32_t i)
{
	return i < ENTRIES ? &entries[i] : NULL;
}

const char *figure_quantity(uint32_t i)
{
	return i < QUANTITIES ? quantities[i] : NULL;
}

const char *figure_known(uint32_t i)
{
	return i < ENTRIES ? entries[i].name : NULL;
}

bool figure_nth(uint32_t i, struct figure *f)
{
	uint32_t rest = i - ENTRIES;

	if (i < ENTRIES) {
		*f = (struct figure){ .number = i, .unit = entries[i].unit };
		return true;
	}
	if (rest >= QUANTITIES * STATISTICS)
		return false;
	*f = (struct figure){ .number = rest / STATISTICS,
		              .statistic = statistics[rest % STATISTICS].statistic,
		              .part = statistics[rest % STATISTICS].part,
		              .unit = FIGURE_TIME };
	return true;
}

bool figure_has_kinds(const struct figure *f)
{
	return f->statistic || entries[f->number].has_kinds;
}

/* ---- values ---- */

static double statistic_value(const struct figure *f, struct measure *m, const struct tally *t)
{
	enum quantity q = (enum quantity)f->number;
	uint32_t part = f->statistic == STATISTIC_MIN   ? 0
	                : f->statistic == STATISTIC_MAX ? SAMPLES_WHOLE
	                                                : f->part;

	if (f->statistic == STATISTIC_MEAN)
		return measure_mean(m, t, q);
	return (double)measure_quantile(m, t, q, part).ns;
}

double figure_value(const struct figure *f, struct measure *m)
{
	const struct tally *t = f->kind ? measure_find(m, slice_of(f->kind)) : &m->all;

	if (!t)
		return 0;
	if (f->statistic)
		return statistic_value(f, m, t);
	const struct figure_entry *entry = &entries[f->number];
	if (entry->value)
		return entry->value(m, t);
	return (double)*(const uint64_t *)(const void *)((const char *)t + entry->counter);
}

void figure_free(struct figure *f)
{
	free(f->kind);
	f->kind = NULL;
}
