/* supervisor_check.h - holds what a supervisor does against the model: starts and signals that may
 * come, and, when it has nothing more to say, that nothing is missing. */
#ifndef MESHQ_SUPERVISOR_CHECK_H
#define MESHQ_SUPERVISOR_CHECK_H

#include "supervisor_model.h"

static inline bool may_start(const struct model *m, const struct model_daemon *d)
{
	return d->wanted && !d->runs && !d->launched && !m->stopping && !is_held(d);
}

/* When the next thing is to be done about it that nobody tells us; NEVER. */
static inline instant model_due(const struct model *m, const struct model_daemon *d)
{
	if (may_start(m, d) || (d->runs && (d->asked || d->late) && !d->told) ||
	    (d->runs && m->killing && !d->killed))
		return m->now;
	if (d->runs && d->told && !d->killed)
		return instant_add(d->told_at, d->policy->grace);
	if (d->runs && !d->ready && !d->told && d->policy->ready_timeout.ns > 0)
		return instant_add(d->started, d->policy->ready_timeout);
	return INSTANT_NEVER;
}

/* So many crashes in so little time: then the cooldown has passed, less what chance may take. */
static inline bool has_cooled_down(const struct model *m, const struct model_daemon *d)
{
	uint32_t loop = m->ladder->threshold ? m->ladder->threshold : 1;

	if (d->recent_count < loop ||
	    d->recent[0].ns - d->recent[loop - 1].ns > m->ladder->crash_window.ns)
		return true;
	double least = (double)m->ladder->cooldown.ns * (1 - (double)m->ladder->jitter);
	return (double)(m->now.ns - d->recent[0].ns) >= least - 1;
}

static inline void take_start(struct model *m, struct model_daemon *d)
{
	must(m, may_start(m, d),
	     "only one that is wanted, does not run and is not held is started");
	must(m, has_cooled_down(m, d), "a crash loop has its cooldown before the next start");
	if (m->ladder->clear_on_release)
		forgive_all(d);
	d->launched = true;
}

static inline void take_signal(struct model *m, struct model_daemon *d, int number)
{
	must(m, d->runs && (d->asked || d->late), "only one that is to end gets a signal");
	must(m, !d->killed, "KILL is the last signal");
	if (m->killing)
		must(m, number == SIGKILL, "the second stop is KILL");
	else if (!d->told)
		must(m, number == d->policy->stop_signal, "the first signal is the stop signal");
	else
		must(m,
		     number == SIGKILL && m->now.ns >= instant_add(d->told_at, d->policy->grace).ns,
		     "KILL comes after the grace");
	d->killed = number == SIGKILL;
	d->told = true;
	d->told_at = m->now;
}

static inline void take_late(struct model *m, struct model_daemon *d)
{
	must(m,
	     d->runs && !d->ready && !d->asked && !d->late && d->policy->ready_timeout.ns > 0 &&
	             m->now.ns >= instant_add(d->started, d->policy->ready_timeout).ns,
	     "only one that could have been ready by now is late");
	d->late = true;
}

static inline bool same_effect(const struct supervisor_effect *a, const struct supervisor_effect *b)
{
	return a->kind == b->kind && a->daemon == b->daemon && a->at.ns == b->at.ns &&
	       a->event == b->event && a->end.exit == b->end.exit &&
	       a->end.signal == b->end.signal && a->ran.ns == b->ran.ns && a->cause == b->cause &&
	       a->released == b->released && a->was_held == b->was_held &&
	       a->tripped == b->tripped && a->tracker.state == b->tracker.state &&
	       a->tracker.until.ns == b->tracker.until.ns &&
	       a->tracker.window.ns == b->tracker.window.ns;
}

/* The supervisor was polled at `now` and gave this effect. */
static inline void model_take(struct model *m, instant now, const struct supervisor_effect *e)
{
	struct model_daemon *d = &m->daemons[e->daemon];

	model_begin(m, now);
	must(m, e->at.ns >= m->last.ns && e->at.ns <= m->now.ns, "effects come in order of time");
	m->last = e->at;
	if (m->first < m->end) {
		must(m, same_effect(e, &m->expected[m->first++]), "what has happened is told");
		return;
	}
	must(m, e->at.ns == m->now.ns, "what is done is done now");
	if (e->kind == SUPERVISOR_START)
		take_start(m, d);
	else if (e->kind == SUPERVISOR_SIGNAL)
		take_signal(m, d, e->signal);
	else if (e->kind == SUPERVISOR_EVENT && e->event == SUPERVISOR_NOT_READY)
		take_late(m, d);
	else
		must(m, false, "nothing is told that has not happened");
}

static inline enum supervised_state model_state(const struct model_daemon *d)
{
	if (!d->runs)
		return d->wanted || d->launched ? SUPERVISED_WAITING : SUPERVISED_DOWN;
	if (d->asked || d->late)
		return SUPERVISED_STOPPING;
	return d->ready ? SUPERVISED_UP : SUPERVISED_STARTING;
}

/* The supervisor was polled at `now` and had nothing more. */
static inline void model_drained(struct model *m, instant now, const struct supervisor *s)
{
	instant due = INSTANT_NEVER;
	bool idle = true;

	model_begin(m, now);
	must(m, m->first == m->end, "everything that has happened is told");
	for (uint32_t i = 0; i < m->count; i++) {
		const struct model_daemon *d = &m->daemons[i];
		const struct supervised *real = &s->daemons[i];

		due = instant_earlier(due, model_due(m, d));
		if (is_held(d))
			due = instant_earlier(due, d->tracker.until);
		idle = idle && model_state(d) == SUPERVISED_DOWN;
		must(m, real->state == model_state(d), "the state is what the facts say");
		must(m,
		     real->state != SUPERVISED_DOWN || real->rest == d->rest ||
		             real->starts + real->crashes == 0,
		     "why it is down is known");
		must(m, real->wanted == d->wanted, "whether it is wanted is known");
		must(m, real->loops == d->loops, "crash loops are counted");
		must(m, real->starts == d->starts && real->crashes == d->crashes,
		     "starts and crashes are counted");
		must(m, real->last.exit == d->last.exit && real->last.signal == d->last.signal,
		     "the last end is known");
	}
	must(m, due.ns > m->now.ns, "what is due is done");
	must(m, supervisor_deadline(s).ns == due.ns, "the deadline is when something is due");
	must(m, supervisor_idle(s) == idle, "it is idle when all are down");
}

#endif
