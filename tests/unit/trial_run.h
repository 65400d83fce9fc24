/* trial_run.h - the dumb driver: a list of running handlers, searched. */
#ifndef MESHQ_TRIAL_RUN_H
#define MESHQ_TRIAL_RUN_H

#include "trial_check.h"

static inline void feed(struct trial *t, struct event e)
{
	e.now = t->now;
	engine_feed(t->engine, &e);
	if (t->verbose)
		printf("# %4" PRId64 " event %d\n", t->now.ns, (int)e.kind);
}

static inline void feed_stop(struct trial *t, enum event_kind kind)
{
	if (!t->stopped)
		t->stopped_at = t->now;
	t->stopped = true;
	t->killed |= kind == EVENT_KILLED;
	feed(t, (struct event){ .kind = kind });
}

/* The end of a handler: what it says, or how it died. */
static inline void feed_end(struct trial *t, struct subject *s)
{
	struct chance *c = &t->chance;
	struct event e = { .kind = EVENT_FINISHED, .action = s->action };
	bool told = s->terminated.ns != INT64_MAX || s->killed;

	if (told && s->verdict != RESULT_OK)
		s->verdict = RESULT_FAIL;
	if (s->killed)
		s->verdict = RESULT_FAIL;
	e.result.verdict = s->verdict == RESULT_OK      ? RESULT_OK
	                   : s->verdict == RESULT_RETRY ? RESULT_RETRY
	                                                : RESULT_FAIL;
	e.result.has_hint = choose(c, 2);
	e.result.hint = some_span(c, 60);
	if (rarely(c, 50))
		e.result.hint = SPAN_MAX;
	if (s->verdict != RESULT_OK && s->reserved)
		model_undo(&t->model, s->class, s->keys, s->owner);
	/* What it comes to: a timeout is what the policy makes of it. */
	s->cut_short = t->killed || (s->terminated.ns != INT64_MAX && !s->timed_out);
	if (s->verdict != RESULT_OK && s->timed_out)
		s->verdict = t->policy.executor.on_timeout == ON_TIMEOUT_RETRY ? RESULT_RETRY
		                                                               : RESULT_FAIL;
	s->phase = PHASE_ENDED;
	feed(t, e);
}

static inline void feed_script(struct trial *t)
{
	struct event *e = &t->events[t->event_next++];
	struct subject *s = e->kind == EVENT_ARRIVED ? e->action->user : NULL;

	switch (e->kind) {
	case EVENT_ARRIVED:
		s->phase = PHASE_QUEUED;
		s->arrival = ++t->seen.received;
		feed(t, *e);
		break;
	case EVENT_HELD:
		if (t->rules[e->rule].type == RULE_HOLD)
			mark_add(&t->model, (struct mark){ e->rule, e->key, e->until, 0 });
		feed(t, *e);
		break;
	case EVENT_UNDONE:
		model_undo(&t->model, e->action->class, e->action->keys, e->action->owner);
		feed(t, *e);
		break;
	default:
		feed_stop(t, e->kind);
	}
}

/* The end of a handler, the next line of the script, or its end. */
static inline instant next_end(const struct trial *t, struct subject **which)
{
	instant least = INSTANT_NEVER;

	*which = NULL;
	for (uint32_t i = 0; i < t->subject_count; i++) {
		struct subject *s = (struct subject *)&t->subjects[i];

		if (s->phase == PHASE_RUNNING && s->ends.ns < least.ns) {
			least = s->ends;
			*which = s;
		}
	}
	return least;
}

static inline instant next_line(struct trial *t)
{
	while (t->stopped && t->event_next < t->event_count &&
	       t->events[t->event_next].kind == EVENT_ARRIVED)
		t->event_next++;
	if (t->event_next == t->event_count)
		return t->ended ? INSTANT_NEVER : t->now;
	if (t->events[t->event_next].kind == EVENT_ARRIVED && !engine_has_room(t->engine))
		return INSTANT_NEVER;
	return instant_later(t->now, t->events[t->event_next].now);
}

/* Feeds one thing that has come; false when there is none. */
static inline bool feed_one(struct trial *t)
{
	struct subject *s;
	bool end = next_end(t, &s).ns <= t->now.ns;
	bool line = next_line(t).ns <= t->now.ns;

	if (end && (!line || choose(&t->chance, 2) == 0)) {
		feed_end(t, s);
	} else if (line && t->event_next < t->event_count) {
		feed_script(t);
	} else if (line) {
		t->ended = true;
		feed(t, (struct event){ .kind = EVENT_ENDED });
	} else {
		return false;
	}
	return true;
}

static inline void wait_and_feed(struct trial *t)
{
	struct chance *c = &t->chance;
	struct subject *s;
	instant next = instant_earlier(engine_deadline(t->engine),
	                               instant_earlier(next_end(t, &s), next_line(t)));
	instant before = t->now;

	if (next.ns == INT64_MAX) {
		must(t, count_in(t, PHASE_RUNNING) > 0 && !t->killed, "the engine does not hang");
		feed_stop(t, EVENT_KILLED);
		return;
	}
	if (rarely(c, 8)) {
		/* Woken for nothing, or late. */
		t->now.ns += choose(c, 30);
		if (t->now.ns > next.ns && choose(c, 2))
			t->now = instant_later(before, next);
	} else {
		t->now = instant_later(t->now, next);
	}
	if (t->now.ns != before.ns)
		t->polls_now = 0;
	if (feed_one(t))
		while (rarely(c, 3) && feed_one(t))
			;
}

static inline void trial_run(struct trial *t)
{
	struct effect f;

	while (!t->broken) {
		while (!t->broken && engine_poll(t->engine, t->now, &f)) {
			check_effect(t, &f);
			must(t, ++t->polls_now < 10000, "an instant comes to an end");
		}
		if (!t->broken)
			check_quiet(t);
		if (engine_idle(t->engine))
			break;
		wait_and_feed(t);
	}
	if (t->broken)
		return;
	for (uint32_t i = 0; i < t->subject_count; i++)
		must(t, !in_engine(&t->subjects[i]), "every action has an outcome");
	must(t, !t->asserted, "the last edge is a release");
}

#endif
