/* trial_run.h - the dumb driver: a list of running handlers, searched. */
#ifndef MESHQ_TRIAL_RUN_H
#define MESHQ_TRIAL_RUN_H

#include "trial_check.h"

#include <signal.h>

static inline void feed(struct trial *t, struct event e)
{
	e.now = t->now;
	engine_feed(t->engine, &e);
	if (t->verbose)
		printf("# %4" PRId64 " event %d\n", t->now.ns, (int)e.kind);
}

static inline void feed_script(struct trial *t, struct event e)
{
	check_script(t, &e);
	feed(t, e);
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
	e.result.verdict = s->verdict;
	if (told && s->verdict == RESULT_FAIL && rarely(c, 3)) {
		/* What the policy makes of a signal that was ours: nothing. */
		e.result.verdict = RESULT_OK;
		e.result.signal = SIGTERM;
	}
	e.result.has_hint = choose(c, 2);
	e.result.hint = some_span(c, 60);
	if (rarely(c, 50))
		e.result.hint = SPAN_MAX;
	e.draw = (uint64_t)choose(c, 256) << 56 | choose(c, 256);
	handler_over(t, s, &e.result);
	feed(t, e);
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

/* What arrives after a stop was read before it, or is never fed. */
static inline instant next_line(struct trial *t)
{
	while (t->stopped && t->event_next < t->event_count &&
	       t->events[t->event_next].kind == EVENT_ARRIVED) {
		if (choose(&t->chance, 2))
			return t->now;
		t->event_next++;
	}
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
		feed_script(t, t->events[t->event_next++]);
	} else if (line) {
		t->ended = true;
		feed(t, (struct event){ .kind = EVENT_ENDED });
	} else {
		return false;
	}
	return true;
}

/* A handler that was given several at once turns to one of them. */
static inline void feed_began(struct trial *t)
{
	for (uint32_t i = 0; i < t->subject_count; i++) {
		struct subject *s = &t->subjects[i];

		if (s->phase != PHASE_RUNNING || !rarely(&t->chance, 2))
			continue;
		feed(t, (struct event){ .kind = EVENT_BEGAN, .action = s->action });
		s->started = t->now;
		s->turned_to = true;
		return;
	}
}

static inline uint32_t count_starving(const struct trial *t)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->subject_count; i++)
		n += at_rest(&t->subjects[i]) && starves(t, &t->subjects[i]);
	return n;
}

static inline void wait_and_feed(struct trial *t)
{
	struct chance *c = &t->chance;
	struct subject *s;
	instant next = instant_earlier(engine_deadline(t->engine),
	                               instant_earlier(next_end(t, &s), next_line(t)));
	instant before = t->now;

	if (next.ns == INT64_MAX) {
		must(t, (count_in(t, PHASE_RUNNING) > 0 && !t->killed) || count_starving(t) > 0,
		     "the engine does not hang");
		feed_script(t, (struct event){ .kind = EVENT_KILLED });
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
	if (rarely(c, 8))
		feed_began(t);
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
			if (f.kind == EFFECT_DISPATCH)
				some_handler(t, f.action->user);
			must(t, ++t->polls_now < 10000, "an instant comes to an end");
		}
		if (!t->broken)
			check_quiet(t);
		if (engine_idle(t->engine))
			break;
		wait_and_feed(t);
	}
	if (!t->broken)
		check_end(t);
}

#endif
