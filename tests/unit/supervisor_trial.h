/* supervisor_trial.h - random daemons under a supervisor, with random commands, and another process
 * that tells their trackers: what supervisor_property_test.c and the fuzzer hold it against.
 *
 * A daemon runs for a while, or not at all, ends somehow, becomes ready or not, and may not care
 * about the stop signal. Times are of a few lengths, so that things often fall together. */
#ifndef MESHQ_SUPERVISOR_TRIAL_H
#define MESHQ_SUPERVISOR_TRIAL_H

#include "base/mem.h"
#include "chance.h"
#include "supervisor_check.h"

/* A process as it really is. */
struct trial_process {
	instant answer; /* to START: when it is known whether it runs */
	bool unstartable;
	bool alive;
	bool stubborn;
	instant dies;
	struct supervised_end end;
	instant ready;
};

struct trial {
	struct chance chance;
	struct backoff_policy ladder;
	struct daemon_policy daemons[MODEL_DAEMONS];
	struct trial_process processes[MODEL_DAEMONS];
	struct backoff_set *set;
	struct supervisor s;
	struct model m;
	instant now;
	uint64_t effects[SUPERVISOR_HOLD + 1];
	uint64_t events[SUPERVISOR_GIVEN_UP + 1];
	uint64_t kills, released, tripped;
	uint64_t trace; /* a checksum of every effect */
};

/* ---- making one ---- */

static inline span some_span(struct chance *c)
{
	static const int64_t ms[] = { 0, 1, 100, 500, 1000, 4000, 10000, 60000, 300000 };
	int64_t ns = ms[choose(c, sizeof ms / sizeof ms[0])] * NS_PER_MS;

	return (span){ ns + rarely(c, 8) };
}

static inline bool coin(struct chance *c)
{
	return choose(c, 2);
}

static inline struct backoff_policy some_ladder(struct chance *c)
{
	static const float factors[] = { 2, 1, 0.5F, 3, 0 };
	static const float jitters[] = { 0, 0.5F, 1 };

	return (struct backoff_policy){
		.initial = some_span(c),
		.factor = factors[choose(c, 5)],
		.max = some_span(c),
		.jitter = jitters[choose(c, 3)],
		.threshold = choose(c, 6),
		.crash_window = some_span(c),
		.cooldown = some_span(c),
		.stable_run = some_span(c),
		.stable_from_start_to_exit = coin(c),
		.never_shorten = coin(c),
		.clear_on_release = coin(c),
	};
}

static inline struct daemon_policy some_daemon(struct chance *c)
{
	struct daemon_policy p = {
		.restart = (enum restart)choose(c, 3),
		.give_up = choose(c, 3),
		.grace = rarely(c, 8) ? SPAN_MAX : some_span(c),
		.stop_signal = rarely(c, 8) ? SIGKILL : SIGTERM,
		.ready_fd = choose(c, 2) * 3,
	};
	if (coin(c))
		p.ready_timeout = some_span(c);
	return p;
}

static inline struct key trial_key(uint32_t i)
{
	return (struct key){ i + 1, 7 };
}

static inline struct backoff_daemon *trial_tracker(struct trial *t, uint32_t i)
{
	return backoff_set_get(t->set, trial_key(i), SLICE("x"), t->m.now);
}

static inline struct trial *trial_new(struct chance chance)
{
	struct trial *t = mem_zeroed(1, sizeof *t);

	t->chance = chance;
	t->ladder = some_ladder(&t->chance);
	t->set = mem_zeroed(1, sizeof *t->set);
	backoff_set_init(t->set, &t->ladder, 5);
	supervisor_init(&t->s, t->set);
	t->m = (struct model){ .ladder = &t->ladder, .rng = t->set->rng };
	t->m.count = 1 + choose(&t->chance, MODEL_DAEMONS);
	for (uint32_t i = 0; i < t->m.count; i++) {
		t->daemons[i] = some_daemon(&t->chance);
		t->processes[i].answer = INSTANT_NEVER;
		t->m.daemons[i].policy = &t->daemons[i];
		backoff_init(&t->m.daemons[i].tracker, &t->ladder);
		supervisor_add(&t->s, &t->daemons[i], trial_key(i), SLICE("x"));
	}
	return t;
}

static inline void trial_free(struct trial *t)
{
	for (uint32_t i = 0; i < t->m.count; i++)
		backoff_free(&t->m.daemons[i].tracker);
	supervisor_free(&t->s);
	backoff_set_free(t->set);
	free(t->set);
	free(t);
}

/* ---- processes ---- */

static inline void launch(struct trial *t, struct trial_process *p)
{
	p->unstartable = rarely(&t->chance, 8);
	p->answer = rarely(&t->chance, 6) ? instant_add(t->now, some_span(&t->chance)) : t->now;
}

static inline void run_process(struct trial *t, struct trial_process *p)
{
	struct chance *c = &t->chance;
	bool faulty = choose(c, 3) < 2;

	*p = (struct trial_process){ .answer = INSTANT_NEVER, .alive = true };
	p->stubborn = rarely(c, 4);
	p->dies = rarely(c, 5) ? INSTANT_NEVER : instant_add(t->now, some_span(c));
	p->end = (struct supervised_end){ faulty, 0 };
	if (faulty && coin(c))
		p->end = (struct supervised_end){ -1, SIGSEGV };
	p->ready = rarely(c, 5) ? INSTANT_NEVER : instant_add(t->now, some_span(c));
}

static inline void hear_signal(struct trial *t, struct trial_process *p, int number)
{
	instant end = instant_add(t->now, some_span(&t->chance));

	if (number != SIGKILL && p->stubborn)
		return;
	if (number == SIGKILL && coin(&t->chance))
		end = t->now;
	if (!instant_after(p->dies, end))
		return;
	p->dies = end;
	p->end = coin(&t->chance) ? (struct supervised_end){ 0, 0 }
	                          : (struct supervised_end){ -1, number };
}

static inline void answer(struct trial *t, uint32_t i, instant now)
{
	struct trial_process *p = &t->processes[i];

	p->answer = INSTANT_NEVER;
	if (p->unstartable) {
		supervisor_unstarted(&t->s, i, now);
		model_unstarted(&t->m, i, now);
		return;
	}
	supervisor_started(&t->s, i, now);
	model_started(&t->m, i, now);
	run_process(t, p);
}

/* Tells what has come to pass with one of them by now. */
static inline void report(struct trial *t, uint32_t i, instant now)
{
	struct trial_process *p = &t->processes[i];

	if (p->answer.ns <= t->now.ns)
		answer(t, i, now);
	if (!p->alive)
		return;
	if (p->ready.ns <= t->now.ns) {
		p->ready = INSTANT_NEVER;
		supervisor_ready(&t->s, i, now);
		model_ready(&t->m, i, now);
	}
	if (p->dies.ns > t->now.ns)
		return;
	p->alive = false;
	if (rarely(&t->chance, 16)) {
		supervisor_unstarted(&t->s, i, now);
		model_unstarted(&t->m, i, now);
	} else {
		supervisor_ended(&t->s, i, p->end, now);
		model_ended(&t->m, i, p->end, now);
	}
}

static inline void report_all(struct trial *t)
{
	for (uint32_t i = 0; i < t->m.count; i++)
		report(t, i, t->now);
}

/* When something happens to a process or is due, but not before now; NEVER. */
static inline instant trial_next(const struct trial *t)
{
	instant next = supervisor_deadline(&t->s);

	for (uint32_t i = 0; i < t->m.count; i++) {
		const struct trial_process *p = &t->processes[i];

		next = instant_earlier(next, p->answer);
		if (p->alive)
			next = instant_earlier(next, instant_earlier(p->dies, p->ready));
	}
	return instant_later(next, t->now);
}

/* ---- effects ---- */

static inline void perform(struct trial *t, const struct supervisor_effect *e)
{
	struct trial_process *p = &t->processes[e->daemon];

	t->effects[e->kind]++;
	t->trace = (t->trace ^ (uint64_t)e->at.ns ^ (uint64_t)e->kind << 32 ^
	            (uint64_t)e->event << 40 ^ (uint64_t)e->daemon << 48) *
	           UINT64_C(0x100000001b3);
	if (t->m.verbose)
		printf("# %" PRId64 ": daemon %u: effect %d, event %d, signal %d\n", e->at.ns,
		       e->daemon, (int)e->kind, (int)e->event, e->signal);
	switch (e->kind) {
	case SUPERVISOR_START:
		must(&t->m, !p->alive, "a daemon never has two processes");
		launch(t, p);
		if (p->answer.ns == t->now.ns)
			answer(t, e->daemon, t->now);
		break;
	case SUPERVISOR_SIGNAL:
		must(&t->m, p->alive, "who gets a signal runs");
		t->kills += e->signal == SIGKILL;
		hear_signal(t, p, e->signal);
		break;
	case SUPERVISOR_EVENT:
		t->events[e->event]++;
		break;
	case SUPERVISOR_HOLD:
		t->released += e->released;
		t->tripped += e->tripped;
		break;
	}
}

/* So many effects at most. */
static inline void poll_some(struct trial *t, uint32_t most)
{
	struct supervisor_effect e;

	while (most-- > 0) {
		if (!supervisor_poll(&t->s, t->now, &e)) {
			model_drained(&t->m, t->now, &t->s);
			return;
		}
		model_take(&t->m, t->now, &e);
		perform(t, &e);
	}
}

static inline void poll_all(struct trial *t)
{
	poll_some(t, MODEL_EFFECTS);
}

/* ---- what happens from outside ---- */

static inline void command(struct trial *t, instant now)
{
	uint32_t i = choose(&t->chance, t->m.count), what = choose(&t->chance, 8);

	if (what == 7 && rarely(&t->chance, 4)) {
		supervisor_stop(&t->s, now);
		model_stop(&t->m, now);
	} else if (what >= 5) {
		supervisor_restart(&t->s, i, now);
		model_restart(&t->m, i, now);
	} else {
		supervisor_want(&t->s, i, what < 3, now);
		model_want(&t->m, i, what < 3, now);
	}
}

static inline void elsewhere(struct trial *t)
{
	uint32_t i = choose(&t->chance, t->m.count);
	enum backoff_event event = (enum backoff_event)choose(&t->chance, 4);

	backoff_set_apply(t->set, trial_tracker(t, i), event, t->m.now);
	model_elsewhere(&t->m, i, event);
}

/* The trackers are read again from a file: nothing is where it was. */
static inline void reload(struct trial *t)
{
	struct backoff_set *fresh = mem_zeroed(1, sizeof *fresh);

	backoff_set_init(fresh, &t->ladder, 0);
	fresh->rng = t->set->rng;
	for (uint32_t i = backoff_set_count(t->set); i-- > 0;) {
		struct backoff_daemon *from = backoff_set_at(t->set, i);
		struct backoff_daemon *to = backoff_set_get(fresh, from->key, SLICE("x"), t->m.now);
		struct backoff *b = &to->tracker;

		*b = from->tracker;
		b->crashes = NULL;
		b->crash_first = b->crash_count = b->crash_room = 0;
		for (uint32_t k = 0; k < from->tracker.crash_count; k++)
			backoff_remember(b, backoff_crash_at(&from->tracker, k));
		backoff_set_touch(fresh, to);
	}
	backoff_set_free(t->set);
	free(t->set);
	t->set = t->s.trackers = fresh;
}

/* What cannot be is told. */
static inline void tell_nonsense(struct trial *t, uint32_t i)
{
	const struct trial_process *p = &t->processes[i];

	if (p->alive || p->answer.ns != INT64_MAX)
		return;
	supervisor_ended(&t->s, i, (struct supervised_end){ 1, 0 }, t->now);
	model_ended(&t->m, i, (struct supervised_end){ 1, 0 }, t->now);
	supervisor_started(&t->s, i, t->now);
	model_started(&t->m, i, t->now);
	supervisor_ready(&t->s, i, t->now);
	model_ready(&t->m, i, t->now);
}

static inline instant earlier(struct trial *t)
{
	return instant_sub(t->now, some_span(&t->chance));
}

static inline void disturb(struct trial *t)
{
	uint32_t i = choose(&t->chance, t->m.count);

	switch (choose(&t->chance, 5)) {
	case 0:
		elsewhere(t);
		break;
	case 1:
		reload(t);
		break;
	case 2:
		report(t, i, earlier(t));
		break;
	case 3:
		command(t, earlier(t));
		break;
	case 4:
		tell_nonsense(t, i);
		break;
	}
}

/* ---- a run ---- */

/* On to the next thing, and now and then far beyond. */
static inline void pass_time(struct trial *t)
{
	t->now = trial_next(t);
	if (t->now.ns == INT64_MAX)
		t->now = t->m.now;
	if (rarely(&t->chance, 16))
		t->now = instant_add(t->now, some_span(&t->chance));
	report_all(t);
}

/* Two stops, and everything ends. */
static inline void wind_up(struct trial *t)
{
	for (int i = 0; i < 8; i++) {
		if (i % 4 == 0) {
			supervisor_stop(&t->s, t->now);
			model_stop(&t->m, t->now);
		}
		poll_all(t);
		pass_time(t);
	}
	for (int i = 0; i < 100 && !supervisor_idle(&t->s) && !t->m.broken; i++) {
		poll_all(t);
		pass_time(t);
	}
	must(&t->m, supervisor_idle(&t->s), "a supervisor that was stopped comes to its end");
	for (uint32_t i = 0; i < t->m.count; i++)
		must(&t->m, !t->processes[i].alive, "no process is left");
}

static inline void trial_run(struct trial *t)
{
	enum { STEPS = 150 };

	if (rarely(&t->chance, 4)) /* an earlier run has left this */
		elsewhere(t);
	for (uint32_t i = 0; i < t->m.count; i++) {
		supervisor_want(&t->s, i, true, t->now);
		model_want(&t->m, i, true, t->now);
	}
	for (int step = 0; step < STEPS && !t->m.broken; step++) {
		poll_some(t, rarely(&t->chance, 8) ? choose(&t->chance, 3) : MODEL_EFFECTS);
		if (rarely(&t->chance, 8))
			command(t, t->now);
		else if (rarely(&t->chance, 12))
			disturb(t);
		else
			pass_time(t);
	}
	if (!t->m.broken)
		wind_up(t);
}

#endif
