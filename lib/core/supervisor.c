/* What is wanted, what has happened, and what follows from it. What is due is in supervisor_poll.c.
 */
#include "base/mem.h"
#include "core/supervisor_state.h"

#include <signal.h>
#include <stdlib.h>

void supervisor_init(struct supervisor *s, struct backoff_set *trackers)
{
	*s = (struct supervisor){ .trackers = trackers, .latest = { INT64_MIN } };
}

void supervisor_free(struct supervisor *s)
{
	free(s->daemons);
	free(s->effects);
	*s = (struct supervisor){ 0 };
}

uint32_t supervisor_add(struct supervisor *s, const struct daemon_policy *policy, struct key key,
                        slice name)
{
	s->daemons = mem_resize(s->daemons, s->count + 1, sizeof *s->daemons);
	s->daemons[s->count] = (struct supervised){
		.policy = policy, .key = key, .name = name, .deadline = INSTANT_NEVER
	};
	return s->count++;
}

/* ---- effects ---- */

struct supervisor_effect *supervisor_add_effect(struct supervisor *s, uint32_t i, instant at)
{
	if (s->effect_count == 0)
		s->first = 0;
	if (s->first + s->effect_count == s->effect_room) {
		s->effect_room = s->effect_room ? 2 * s->effect_room : 16;
		s->effects = mem_resize(s->effects, s->effect_room, sizeof *s->effects);
	}
	struct supervisor_effect *e = &s->effects[s->first + s->effect_count++];
	*e = (struct supervisor_effect){ .daemon = i, .at = at };
	return e;
}

static struct supervisor_effect *tell(struct supervisor *s, uint32_t i, enum supervisor_event event,
                                      instant now)
{
	struct supervisor_effect *e = supervisor_add_effect(s, i, now);

	e->kind = SUPERVISOR_EVENT;
	e->event = event;
	return e;
}

static struct supervisor_effect *tell_hold(struct supervisor *s, uint32_t i,
                                           const struct backoff *tracker, instant at)
{
	struct supervisor_effect *e = supervisor_add_effect(s, i, at);

	e->kind = SUPERVISOR_HOLD;
	e->tracker = *tracker;
	e->tracker.crashes = NULL; /* it may have gone by the time that this is polled */
	e->tracker.crash_first = e->tracker.crash_count = e->tracker.crash_room = 0;
	return e;
}

/* ---- trackers ---- */

instant supervisor_hold_end(const struct supervisor *s, const struct supervised *d)
{
	const struct backoff_daemon *t = backoff_set_find(s->trackers, d->key);
	return t && t->tracker.state != BACKOFF_IDLE ? t->tracker.until : INSTANT_NEVER;
}

/* Ends the holds that are over at `now`, in the order in which they have ended. */
static void release_until(struct supervisor *s, instant now)
{
	while (!instant_after(backoff_set_due(s->trackers), now)) {
		uint32_t next = 0;

		for (uint32_t i = 1; i < s->count; i++)
			if (instant_after(supervisor_hold_end(s, &s->daemons[next]),
			                  supervisor_hold_end(s, &s->daemons[i])))
				next = i;
		instant earliest =
			s->count ? supervisor_hold_end(s, &s->daemons[next]) : INSTANT_NEVER;
		if (instant_after(earliest, now) || earliest.ns == INT64_MAX)
			return;
		struct backoff_daemon *t = backoff_set_find(s->trackers, s->daemons[next].key);
		backoff_release(&t->tracker, s->trackers->policy, now);
		backoff_set_touch(s->trackers, t);
		tell_hold(s, next, &t->tracker, earliest)->released = true;
	}
}

instant supervisor_begin(struct supervisor *s, instant now)
{
	s->latest = instant_later(s->latest, now);
	release_until(s, s->latest);
	return s->latest;
}

/* Whether that was a crash with which it crash-loops. */
static bool apply(struct supervisor *s, uint32_t i, enum backoff_event event, instant now)
{
	const struct supervised *d = &s->daemons[i];
	struct backoff_daemon *t = backoff_set_get(s->trackers, d->key, d->name, now);
	bool looped = t->tracker.state == BACKOFF_CRASH_LOOPING;
	instant until = t->tracker.until;
	bool held = backoff_set_apply(s->trackers, t, event, now);
	struct supervisor_effect *e = tell_hold(s, i, &t->tracker, now);

	e->cause = event;
	e->was_held = held && event != BACKOFF_CRASHED;
	e->tripped = event == BACKOFF_CRASHED && t->tracker.state == BACKOFF_CRASH_LOOPING &&
	             !(looped && held && t->tracker.until.ns == until.ns);
	return e->tripped;
}

/* ---- states ---- */

static bool runs(const struct supervised *d)
{
	return d->state == SUPERVISED_STARTING || d->state == SUPERVISED_UP ||
	       d->state == SUPERVISED_STOPPING;
}

static void enter(struct supervised *d, enum supervised_state state, instant now)
{
	d->state = state;
	d->since = now;
	d->launched = d->blamed = d->killed = false;
	d->signal = 0;
	d->deadline = INSTANT_NEVER;
}

static void rest(struct supervised *d, enum supervised_rest why, instant now)
{
	enter(d, SUPERVISED_DOWN, now);
	d->rest = why;
	d->wanted = false;
}

void supervisor_tell_to_end(struct supervisor *s, uint32_t i, enum supervisor_event why,
                            instant now)
{
	struct supervised *d = &s->daemons[i];

	enter(d, SUPERVISED_STOPPING, now);
	d->signal = s->killing ? SIGKILL : d->policy->stop_signal;
	d->blamed = why == SUPERVISOR_NOT_READY;
	tell(s, i, why, now);
}

/* ---- what is wanted ---- */

static void want_up(struct supervisor *s, uint32_t i, instant now)
{
	struct supervised *d = &s->daemons[i];

	d->wanted = true;
	if (d->state != SUPERVISED_DOWN)
		return;
	d->loops = 0;
	enter(d, SUPERVISED_WAITING, now);
}

static void want_down(struct supervisor *s, uint32_t i, instant now)
{
	struct supervised *d = &s->daemons[i];

	d->wanted = false;
	if (d->state == SUPERVISED_WAITING && !d->launched)
		rest(d, REST_STOPPED, now);
	else if (d->state == SUPERVISED_STARTING || d->state == SUPERVISED_UP)
		supervisor_tell_to_end(s, i, SUPERVISOR_STOPPING, now);
}

/* That it is down is what somebody wants now, and no fault any more. */
static void leave_be(struct supervised *d)
{
	if (d->state == SUPERVISED_DOWN && (d->rest == REST_FAILED || d->rest == REST_GIVEN_UP))
		d->rest = REST_STOPPED;
}

void supervisor_want(struct supervisor *s, uint32_t i, bool up, instant now)
{
	now = supervisor_begin(s, now);
	if (!up) {
		want_down(s, i, now);
		leave_be(&s->daemons[i]);
	} else if (!s->stopping) {
		want_up(s, i, now);
	}
}

void supervisor_restart(struct supervisor *s, uint32_t i, instant now)
{
	struct supervised *d = &s->daemons[i];

	now = supervisor_begin(s, now);
	if (s->stopping)
		return;
	apply(s, i, BACKOFF_FORCED, now);
	d->loops = 0;
	/* The fault for which it was told to end is forgotten, too. */
	if (d->state == SUPERVISED_STOPPING && d->blamed) {
		d->blamed = false;
		tell(s, i, SUPERVISOR_STOPPING, now);
	}
	if (d->state == SUPERVISED_STARTING || d->state == SUPERVISED_UP)
		supervisor_tell_to_end(s, i, SUPERVISOR_STOPPING, now);
	want_up(s, i, now);
}

void supervisor_stop(struct supervisor *s, instant now)
{
	now = supervisor_begin(s, now);
	s->killing = s->stopping;
	s->stopping = true;
	for (uint32_t i = 0; i < s->count; i++) {
		struct supervised *d = &s->daemons[i];

		want_down(s, i, now);
		if (s->killing && d->state == SUPERVISED_STOPPING && !d->killed)
			d->signal = SIGKILL;
	}
}

/* ---- what has happened ---- */

void supervisor_started(struct supervisor *s, uint32_t i, instant now)
{
	struct supervised *d = &s->daemons[i];

	now = supervisor_begin(s, now);
	if (!d->launched)
		return;
	enter(d, d->policy->ready_fd ? SUPERVISED_STARTING : SUPERVISED_UP, now);
	if (d->policy->ready_fd && d->policy->ready_timeout.ns > 0)
		d->deadline = instant_add(now, d->policy->ready_timeout);
	d->started = now;
	d->starts++;
	tell(s, i, SUPERVISOR_STARTED, now);
	apply(s, i, BACKOFF_STARTED, now);
	if (!d->wanted)
		supervisor_tell_to_end(s, i, SUPERVISOR_STOPPING, now);
}

/* The event is told; now its tracker hears of it, and then what becomes of the daemon. */
static void crash(struct supervisor *s, uint32_t i, instant now)
{
	struct supervised *d = &s->daemons[i];
	uint32_t give_up = d->policy->give_up;

	d->crashes++;
	d->loops += apply(s, i, BACKOFF_CRASHED, now);
	if (!d->wanted) {
		rest(d, REST_STOPPED, now);
	} else if (d->policy->restart == RESTART_NEVER) {
		rest(d, REST_FAILED, now);
	} else if (give_up && d->loops >= give_up) {
		rest(d, REST_GIVEN_UP, now);
		tell(s, i, SUPERVISOR_GIVEN_UP, now);
	} else {
		enter(d, SUPERVISED_WAITING, now);
	}
}

void supervisor_unstarted(struct supervisor *s, uint32_t i, instant now)
{
	now = supervisor_begin(s, now);
	if (!s->daemons[i].launched && !runs(&s->daemons[i]))
		return;
	tell(s, i, SUPERVISOR_UNSTARTED, now);
	crash(s, i, now);
}

void supervisor_ready(struct supervisor *s, uint32_t i, instant now)
{
	now = supervisor_begin(s, now);
	if (s->daemons[i].state != SUPERVISED_STARTING)
		return;
	enter(&s->daemons[i], SUPERVISED_UP, now);
	tell(s, i, SUPERVISOR_READY, now);
}

/* What an end is: STOPPED, EXITED or CRASHED. One that is not meant to end has to have run for a
 * while first, or a daemon that does nothing would be started over and over. */
static enum supervisor_event judge(const struct supervised *d, struct supervised_end end,
                                   bool stable, span ran)
{
	if (d->state == SUPERVISED_STOPPING)
		return d->blamed ? SUPERVISOR_CRASHED : SUPERVISOR_STOPPED;
	if (end.signal || end.exit != 0)
		return SUPERVISOR_CRASHED;
	if (d->policy->restart == RESTART_ALWAYS && !(stable && ran.ns > 0))
		return SUPERVISOR_CRASHED;
	return SUPERVISOR_EXITED;
}

void supervisor_ended(struct supervisor *s, uint32_t i, struct supervised_end end, instant now)
{
	struct supervised *d = &s->daemons[i];

	now = supervisor_begin(s, now);
	if (!runs(d))
		return;
	span ran = instant_until(d->started, now);
	bool stable = ran.ns >= s->trackers->policy->stable_run.ns;
	enum supervisor_event event = judge(d, end, stable, ran);
	struct supervisor_effect *e = tell(s, i, event, now);

	e->end = d->last = end;
	e->ran = ran;
	d->ended = true;
	if (stable)
		d->loops = 0;
	if (event == SUPERVISOR_CRASHED) {
		crash(s, i, now);
		return;
	}
	apply(s, i, BACKOFF_EXITED, now);
	if (event == SUPERVISOR_STOPPED ? d->wanted : d->policy->restart == RESTART_ALWAYS)
		enter(d, SUPERVISED_WAITING, now);
	else
		rest(d, event == SUPERVISOR_STOPPED ? REST_STOPPED : REST_DONE, now);
}
