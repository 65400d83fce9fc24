/* What is due, and when something will be. */
#include "core/supervisor_state.h"

#include <signal.h>

/* When it may be started: those whose holds have ended first are the first. NEVER while it is held:
 * the end of its hold comes before. */
static instant opens(const struct supervisor *s, const struct supervised *d)
{
	const struct backoff_daemon *t = backoff_set_find(s->trackers, d->key);

	if (!t)
		return d->since;
	if (t->tracker.state != BACKOFF_IDLE)
		return INSTANT_NEVER;
	return instant_later(d->since, instant_earlier(t->tracker.until, s->latest));
}

/* When something is to be done about it though nothing happens; NEVER. */
static instant due_of(const struct supervisor *s, const struct supervised *d)
{
	switch (d->state) {
	case SUPERVISED_WAITING:
		return d->launched ? INSTANT_NEVER : opens(s, d);
	case SUPERVISED_STARTING:
		return d->deadline;
	case SUPERVISED_STOPPING:
		return d->signal ? d->since : d->deadline;
	case SUPERVISED_DOWN:
	case SUPERVISED_UP:
		break;
	}
	return INSTANT_NEVER;
}

/* The grace is over, or there is a signal to be sent. */
static void send_signal(struct supervisor *s, uint32_t i, instant now)
{
	struct supervised *d = &s->daemons[i];
	struct supervisor_effect *e = supervisor_add_effect(s, i, now);

	e->kind = SUPERVISOR_SIGNAL;
	e->signal = d->signal ? d->signal : SIGKILL;
	d->signal = 0;
	d->killed = e->signal == SIGKILL;
	d->deadline = d->killed ? INSTANT_NEVER : instant_add(now, d->policy->grace);
}

/* Does what is due first. False: nothing is. */
static bool act(struct supervisor *s, instant now)
{
	instant due = INSTANT_NEVER;
	uint32_t i = 0;

	for (uint32_t k = 0; k < s->count; k++) {
		instant its = due_of(s, &s->daemons[k]);
		if (instant_after(due, its)) {
			due = its;
			i = k;
		}
	}
	if (instant_after(due, now) || due.ns == INT64_MAX)
		return false;
	if (s->daemons[i].state == SUPERVISED_WAITING) {
		s->daemons[i].launched = true;
		supervisor_add_effect(s, i, now)->kind = SUPERVISOR_START;
	} else if (s->daemons[i].state == SUPERVISED_STARTING) {
		supervisor_tell_to_end(s, i, SUPERVISOR_NOT_READY, now);
	} else {
		send_signal(s, i, now);
	}
	return true;
}

bool supervisor_poll(struct supervisor *s, instant now, struct supervisor_effect *effect)
{
	now = supervisor_begin(s, now);
	if (s->effect_count == 0 && !act(s, now))
		return false;
	*effect = s->effects[s->first++];
	s->effect_count--;
	return true;
}

instant supervisor_deadline(const struct supervisor *s)
{
	instant first = s->effect_count ? s->effects[s->first].at : INSTANT_NEVER;

	for (uint32_t i = 0; i < s->count; i++) {
		first = instant_earlier(first, due_of(s, &s->daemons[i]));
		first = instant_earlier(first, supervisor_hold_end(s, &s->daemons[i]));
	}
	return first;
}

bool supervisor_idle(const struct supervisor *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (s->daemons[i].state != SUPERVISED_DOWN)
			return false;
	return s->effect_count == 0;
}
