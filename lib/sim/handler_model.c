#include "sim/handler_model.h"

#include <signal.h>
#include <stdlib.h>

enum { EXIT_RETRY = 75 }; /* EX_TEMPFAIL */

/* One source of chance for each question, so that how much one of them draws does
 * not change the answer to another. */
struct luck {
	struct rng duration, fate, hint, outage;
};

static struct luck luck_of(const struct attempt *a)
{
	/* ~: streams derive theirs from the seed itself. */
	struct rng all = { rng_derive(rng_derive(~a->seed, a->action), a->number) };

	struct rng duration = { rng_next(&all) };
	struct rng fate = { rng_next(&all) };
	struct rng hint = { rng_next(&all) };
	struct rng outage = { rng_next(&all) };
	return (struct luck){ duration, fate, hint, outage };
}

static enum fate usual_fate(const struct handler_model *m, struct rng *rng)
{
	double u = rng_unit(rng);
	int last = FATE_OK;

	for (int f = 0; f < FATES; f++) {
		if (m->odds[f] <= 0)
			continue;
		if (u < m->odds[f])
			return (enum fate)f;
		u -= m->odds[f];
		last = f;
	}
	return (enum fate)last; /* the sum is 1 but for rounding */
}

static const struct outage *outage_at(const struct handler_model *m, span at)
{
	for (uint32_t i = 0; i < m->outage_count; i++)
		if (m->outages[i].from.ns <= at.ns && at.ns < m->outages[i].until.ns)
			return &m->outages[i];
	return NULL;
}

static enum fate fate_of(const struct handler_model *m, span at, struct luck *luck)
{
	const struct outage *o = outage_at(m, at);

	if (o && rng_unit(&luck->outage) < o->error_rate)
		return o->fate;
	return usual_fate(m, &luck->fate);
}

static span slowed(const struct handler_model *m, uint32_t running, span d)
{
	if (m->capacity <= 0 || running <= m->capacity)
		return d;
	return dist_times(d, running / m->capacity);
}

static void retry(const struct handler_model *m, struct rng *rng, struct result *result)
{
	result->verdict = RESULT_RETRY;
	result->exit = EXIT_RETRY;
	result->has_hint = m->has_hint;
	if (m->has_hint)
		result->hint = dist_sample(&m->retry_after, rng);
}

span handler_model_run(const struct handler_model *m, const struct attempt *a,
                       struct result *result)
{
	struct luck luck = luck_of(a);
	span d = slowed(m, a->running, dist_sample(&m->duration, &luck.duration));

	*result = (struct result){ .verdict = RESULT_FAIL, .exit = -1 };
	switch (fate_of(m, a->at, &luck)) {
	case FATE_OK:
		result->verdict = RESULT_OK;
		result->exit = 0;
		return d;
	case FATE_RETRY:
		retry(m, &luck.hint, result);
		return d;
	case FATE_FAIL:
		result->exit = 1;
		return d;
	case FATE_CRASH:
		result->signal = SIGSEGV;
		return d;
	case FATE_HANG:
		result->signal = SIGTERM;
		return SPAN_MAX;
	}
	return d;
}

void handler_model_free(struct handler_model *m)
{
	free(m->kind);
	free(m->empirical);
	dist_free(&m->duration);
	dist_free(&m->retry_after);
	free(m->outages);
	*m = (struct handler_model){ 0 };
}
