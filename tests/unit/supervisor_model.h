/* supervisor_model.h - what a supervisor must do, told by plain facts instead of states: does it
 * run, was it asked to end, when was it told so. Whatever is called on the supervisor is called
 * here, too, and what it must tell then is expected; supervisor_check.h compares.
 *
 * Trackers are those of backoff.h, which has a model of its own; but that no crash loop is started
 * again before its time is counted here once more, without them. */
#ifndef MESHQ_SUPERVISOR_MODEL_H
#define MESHQ_SUPERVISOR_MODEL_H

#include "core/supervisor.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODEL_DAEMONS = 4, MODEL_EFFECTS = 256, MODEL_CRASHES = 8 };

struct model_daemon {
	const struct daemon_policy *policy;
	struct backoff tracker;
	bool wanted, launched, runs, ready;
	bool asked; /* somebody wants it to end */
	bool late;  /* it was not ready in time */
	bool told;  /* it got its stop signal, or KILL */
	bool killed;
	instant started, told_at;
	uint64_t starts, crashes;
	uint32_t loops;
	enum supervised_rest rest;
	struct supervised_end last;
	/* Crashes since the last time that anything could have been forgiven, the newest first. */
	instant recent[MODEL_CRASHES];
	uint32_t recent_count;
	bool once; /* it has been started before */
};

struct model {
	const struct backoff_policy *ladder;
	struct rng rng; /* as the set has it */
	struct model_daemon daemons[MODEL_DAEMONS];
	uint32_t count;
	bool stopping, killing;
	instant now, last; /* of the last effect */
	struct supervisor_effect expected[MODEL_EFFECTS];
	uint32_t first, end;
	bool verbose;
	const char *broken; /* the first thing that did not hold */
};

static inline void must(struct model *m, bool holds, const char *what)
{
	if (!holds && !m->broken) {
		m->broken = what;
		if (m->verbose)
			printf("# %" PRId64 ": not so: %s\n", m->now.ns, what);
	}
}

/* ---- what must come ---- */

static inline struct supervisor_effect *expect(struct model *m, uint32_t i, instant at)
{
	if (m->first == m->end)
		m->first = m->end = 0;
	if (m->end == MODEL_EFFECTS) {
		must(m, false, "the supervisor is polled often enough");
		m->first = m->end = 0;
	}
	m->expected[m->end] = (struct supervisor_effect){ .daemon = i, .at = at };
	return &m->expected[m->end++];
}

static inline struct supervisor_effect *expect_event(struct model *m, uint32_t i,
                                                     enum supervisor_event event)
{
	struct supervisor_effect *e = expect(m, i, m->now);

	e->kind = SUPERVISOR_EVENT;
	e->event = event;
	return e;
}

static inline struct supervisor_effect *expect_hold(struct model *m, uint32_t i, instant at)
{
	struct supervisor_effect *e = expect(m, i, at);

	e->kind = SUPERVISOR_HOLD;
	e->tracker = m->daemons[i].tracker;
	return e;
}

static inline bool is_held(const struct model_daemon *d)
{
	return d->tracker.state != BACKOFF_IDLE;
}

static inline void forgive_all(struct model_daemon *d)
{
	d->recent_count = 0;
}

/* Time passes; holds end on the way, the earliest first. */
static inline void model_begin(struct model *m, instant now)
{
	if (now.ns > m->now.ns)
		m->now = now;
	for (;;) {
		struct model_daemon *next = NULL;

		for (uint32_t i = 0; i < m->count; i++) {
			struct model_daemon *d = &m->daemons[i];
			if (is_held(d) && d->tracker.until.ns <= m->now.ns &&
			    (!next || d->tracker.until.ns < next->tracker.until.ns))
				next = d;
		}
		if (!next || next->tracker.until.ns == INT64_MAX)
			return;
		instant at = next->tracker.until;
		backoff_release(&next->tracker, m->ladder, m->now);
		expect_hold(m, (uint32_t)(next - m->daemons), at)->released = true;
	}
}

static inline void model_tracker(struct model *m, uint32_t i, enum backoff_event event)
{
	struct backoff *b = &m->daemons[i].tracker;

	switch (event) {
	case BACKOFF_STARTED:
		backoff_start(b, m->ladder, m->now);
		break;
	case BACKOFF_EXITED:
		backoff_exit(b, m->ladder, m->now);
		break;
	case BACKOFF_CRASHED:
		backoff_crash(b, m->ladder, m->now, rng_next(&m->rng));
		break;
	case BACKOFF_FORCED:
		backoff_force(b, m->ladder);
		break;
	}
}

/* Its tracker hears of it, and so does whoever asks for effects. True: it crash-loops now. */
static inline bool model_apply(struct model *m, uint32_t i, enum backoff_event event)
{
	const struct backoff *b = &m->daemons[i].tracker, was = *b;

	model_tracker(m, i, event);
	struct supervisor_effect *e = expect_hold(m, i, m->now);
	e->cause = event;
	if (event != BACKOFF_CRASHED)
		e->was_held = was.state != BACKOFF_IDLE;
	else if (b->state == BACKOFF_CRASH_LOOPING)
		e->tripped = was.state != BACKOFF_CRASH_LOOPING || was.until.ns != b->until.ns;
	return e->tripped;
}

/* Another process tells the same tracker. */
static inline void model_elsewhere(struct model *m, uint32_t i, enum backoff_event event)
{
	model_tracker(m, i, event);
	forgive_all(&m->daemons[i]);
}

/* ---- what is wanted ---- */

static inline void model_ask(struct model *m, uint32_t i)
{
	struct model_daemon *d = &m->daemons[i];

	if (!d->runs || d->asked)
		return;
	d->asked = true;
	expect_event(m, i, SUPERVISOR_STOPPING);
}

static inline void model_down(struct model *m, uint32_t i)
{
	struct model_daemon *d = &m->daemons[i];

	if (d->wanted && !d->runs && !d->launched)
		d->rest = REST_STOPPED;
	d->wanted = false;
	if (!d->late)
		model_ask(m, i);
}

static inline void model_up(struct model_daemon *d)
{
	if (!d->wanted && !d->runs && !d->launched)
		d->loops = 0;
	d->wanted = true;
}

static inline void model_want(struct model *m, uint32_t i, bool up, instant now)
{
	model_begin(m, now);
	if (!up)
		model_down(m, i);
	else if (!m->stopping)
		model_up(&m->daemons[i]);
	if (!up && (m->daemons[i].rest == REST_FAILED || m->daemons[i].rest == REST_GIVEN_UP))
		m->daemons[i].rest = REST_STOPPED;
}

static inline void model_restart(struct model *m, uint32_t i, instant now)
{
	struct model_daemon *d = &m->daemons[i];

	model_begin(m, now);
	if (m->stopping)
		return;
	model_apply(m, i, BACKOFF_FORCED);
	forgive_all(d);
	d->late = false;
	model_ask(m, i);
	model_up(d);
	d->loops = 0;
}

static inline void model_stop(struct model *m, instant now)
{
	model_begin(m, now);
	m->killing = m->stopping;
	m->stopping = true;
	for (uint32_t i = 0; i < m->count; i++)
		model_down(m, i);
}

/* ---- what happens ---- */

static inline void model_started(struct model *m, uint32_t i, instant now)
{
	struct model_daemon *d = &m->daemons[i];

	model_begin(m, now);
	if (!d->launched)
		return;
	d->launched = false;
	d->runs = true;
	d->ready = d->policy->ready_fd == 0;
	d->asked = d->late = d->told = d->killed = false;
	if (d->once && m->now.ns - d->started.ns >= m->ladder->stable_run.ns)
		forgive_all(d);
	d->once = true;
	d->started = m->now;
	d->starts++;
	expect_event(m, i, SUPERVISOR_STARTED);
	model_apply(m, i, BACKOFF_STARTED);
	if (!d->wanted)
		model_ask(m, i);
}

static inline void model_crash(struct model *m, uint32_t i)
{
	struct model_daemon *d = &m->daemons[i];

	d->crashes++;
	if (d->once && m->now.ns - d->started.ns >= m->ladder->stable_run.ns)
		forgive_all(d);
	memmove(d->recent + 1, d->recent, sizeof d->recent - sizeof d->recent[0]);
	d->recent[0] = m->now;
	d->recent_count += d->recent_count < MODEL_CRASHES;
	d->loops += model_apply(m, i, BACKOFF_CRASHED);
	if (!d->wanted) {
		d->rest = REST_STOPPED;
	} else if (d->policy->restart == RESTART_NEVER) {
		d->rest = REST_FAILED;
		d->wanted = false;
	} else if (d->policy->give_up != 0 && d->loops >= d->policy->give_up) {
		d->rest = REST_GIVEN_UP;
		d->wanted = false;
		expect_event(m, i, SUPERVISOR_GIVEN_UP);
	}
}

static inline void model_unstarted(struct model *m, uint32_t i, instant now)
{
	struct model_daemon *d = &m->daemons[i];

	model_begin(m, now);
	if (!d->launched && !d->runs)
		return;
	d->launched = d->runs = false;
	expect_event(m, i, SUPERVISOR_UNSTARTED);
	model_crash(m, i);
}

static inline void model_ready(struct model *m, uint32_t i, instant now)
{
	struct model_daemon *d = &m->daemons[i];

	model_begin(m, now);
	if (!d->runs || d->ready || d->asked || d->late)
		return;
	d->ready = true;
	expect_event(m, i, SUPERVISOR_READY);
}

static inline enum supervisor_event model_judge(const struct model *m, const struct model_daemon *d,
                                                struct supervised_end end, int64_t ran)
{
	bool good = end.signal == 0 && end.exit == 0;
	bool enough = d->policy->restart != RESTART_ALWAYS ||
	              (ran > 0 && ran >= m->ladder->stable_run.ns);

	if (d->late)
		return SUPERVISOR_CRASHED;
	if (d->asked)
		return SUPERVISOR_STOPPED;
	return good && enough ? SUPERVISOR_EXITED : SUPERVISOR_CRASHED;
}

static inline void model_ended(struct model *m, uint32_t i, struct supervised_end end, instant now)
{
	struct model_daemon *d = &m->daemons[i];

	model_begin(m, now);
	if (!d->runs)
		return;
	int64_t ran = m->now.ns - d->started.ns;
	enum supervisor_event event = model_judge(m, d, end, ran);
	struct supervisor_effect *e = expect_event(m, i, event);

	e->end = d->last = end;
	e->ran = (span){ ran };
	d->runs = false;
	if (ran >= m->ladder->stable_run.ns) {
		d->loops = 0;
		forgive_all(d);
	}
	if (event == SUPERVISOR_CRASHED) {
		model_crash(m, i);
		return;
	}
	model_apply(m, i, BACKOFF_EXITED);
	if (event == SUPERVISOR_EXITED && d->policy->restart != RESTART_ALWAYS) {
		d->wanted = false;
		d->rest = REST_DONE;
	} else if (!d->wanted) {
		d->rest = REST_STOPPED;
	}
}

#endif
