/* throttle.c - see throttle.h. */
#include "core/throttle.h"

#include <math.h>

enum {
	AVERAGE = 60,             /* seconds, as the load average that we compare with */
	FORGOTTEN = 20 * AVERAGE, /* after so long nothing is left of what was */
};

bool throttle_is_limit(const struct throttle_policy *p)
{
	bool limit = p->max_load > 0 || p->min_free > 0 || p->min_free_share > 0;

	for (int i = 0; i < THROTTLE_RESOURCES; i++)
		limit |= p->max_pressure[i] > 0;
	return limit;
}

/* A second of an exponential average at a time; the rest counts when it is whole. */
void throttle_count(struct throttle *t, uint32_t running, instant now)
{
	if (!t->begun) {
		t->begun = true;
		t->counted = now;
	}
	int64_t seconds = instant_until(t->counted, now).ns / NS_PER_S;

	if (seconds <= 0)
		return;
	t->counted = instant_add(t->counted, (span){ seconds * NS_PER_S });
	if (seconds > FORGOTTEN)
		t->ours = running;
	for (; seconds > 0 && seconds <= FORGOTTEN; seconds--)
		t->ours += ((double)running - t->ours) / AVERAGE;
}

/* ---- load ---- */

/* Rounded, because both averages are some seconds late; but one may run while nothing is
 * exceeded. */
static uint32_t load_limit(struct throttle *t, const struct throttle_policy *p,
                           const struct throttle_sample *s, uint32_t running)
{
	double load = s->load + (double)running - t->ours;

	if (p->max_load <= 0)
		return UINT32_MAX;
	if (load < 0)
		load = 0;
	if (load >= p->max_load) {
		t->cause = THROTTLE_LOAD;
		t->measured = load;
		return 0;
	}
	double limit = running + floor(p->max_load - load + 0.5);
	if (limit < 1)
		return 1;
	return limit < UINT32_MAX ? (uint32_t)limit : UINT32_MAX;
}

/* ---- memory and pressure ---- */

static bool exceeded(struct throttle *t, unsigned cause, double measured)
{
	t->cause = cause;
	t->measured = measured;
	return true;
}

static bool any_exceeded(struct throttle *t, const struct throttle_policy *p,
                         const struct throttle_sample *s)
{
	if (p->min_free && s->free < p->min_free)
		return exceeded(t, THROTTLE_FREE, (double)s->free);
	if (p->min_free_share > 0 && s->free_share < p->min_free_share)
		return exceeded(t, THROTTLE_FREE_SHARE, s->free_share);
	for (unsigned i = 0; i < THROTTLE_RESOURCES; i++)
		if (p->max_pressure[i] > 0 && s->pressure[i] > p->max_pressure[i])
			return exceeded(t, THROTTLE_PRESSURE + i, s->pressure[i]);
	return false;
}

/* Only a window that is used up has shown anything. */
static void widen(struct throttle *t, uint32_t running)
{
	if (running < t->window && t->window > 0)
		return;
	if (t->careful || t->window == 0)
		t->window += t->window < UINT32_MAX;
	else
		t->window = t->window < UINT32_MAX / 2 ? t->window * 2 : UINT32_MAX;
}

static bool feels_its_way(const struct throttle_policy *p)
{
	struct throttle_policy others = *p;

	others.max_load = 0;
	return throttle_is_limit(&others);
}

static uint32_t window_limit(struct throttle *t, const struct throttle_policy *p,
                             const struct throttle_sample *s, uint32_t running)
{
	bool was_closed = t->cause >= THROTTLE_FREE;

	if (!feels_its_way(p))
		return UINT32_MAX;
	t->cause = THROTTLE_NOT;
	if (any_exceeded(t, p, s)) {
		if (!was_closed)
			t->window = running > 2 ? running / 2 : 1;
		t->careful = true;
		return 0;
	}
	if (!was_closed)
		widen(t, running);
	return t->window;
}

uint32_t throttle_limit(struct throttle *t, const struct throttle_policy *p,
                        const struct throttle_sample *s, uint32_t running)
{
	uint32_t window = window_limit(t, p, s, running);

	if (window == 0)
		return 0;
	t->cause = THROTTLE_NOT;
	uint32_t load = load_limit(t, p, s, running);
	return load < window ? load : window;
}
