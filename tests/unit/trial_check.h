/* trial_check.h - what must hold for every effect of the engine, and whenever
 * it has nothing to do. All by naive scans over the subjects of the trial. */
#ifndef MESHQ_TRIAL_CHECK_H
#define MESHQ_TRIAL_CHECK_H

#include "trial.h"

static inline uint32_t count_in(const struct trial *t, enum phase phase)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->subject_count; i++)
		n += t->subjects[i].phase == phase;
	return n;
}

static inline uint32_t running_in(const struct trial *t, uint32_t pool)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->subject_count; i++)
		n += t->subjects[i].phase == PHASE_RUNNING && t->subjects[i].pool == pool;
	return n;
}

/* There is a slot for it. */
static inline bool has_slot(const struct trial *t, const struct subject *s)
{
	return !t->stopped && count_in(t, PHASE_RUNNING) < t->limit &&
	       running_in(t, s->pool) < t->jobs[s->pool];
}

/* It gets no slot before somebody gives more. */
static inline bool starves(const struct trial *t, const struct subject *s)
{
	return !t->stopped && (t->limit == 0 || t->jobs[s->pool] == 0);
}

static inline bool in_engine(const struct subject *s)
{
	return s->phase != PHASE_UNFED && s->phase != PHASE_DONE;
}

/* It waits for its turn or for a time, and no handler of its is about. */
static inline bool at_rest(const struct subject *s)
{
	return s->phase == PHASE_QUEUED || s->phase == PHASE_WAITING;
}

static inline bool fair(const struct trial *t)
{
	return t->policy.executor.queueing == QUEUEING_FAIR;
}

/* It may wait though nothing has been heard of it: a wait that is taken up
 * again was told in the earlier run. */
static inline bool silent(const struct subject *s)
{
	return s->phase == PHASE_QUEUED && s->upstream == UPSTREAM_DEFERRED && s->carried;
}

static inline uint32_t count_silent(const struct trial *t)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->subject_count; i++)
		n += silent(&t->subjects[i]);
	return n;
}

/* One who takes the place of a twin in another lane comes when it comes. In a lane without
 * such it is clear who is the first. */
static inline bool is_plain(const struct trial *t, uint32_t lane)
{
	for (uint32_t i = 0; !t->tied && i < t->subject_count; i++)
		if (t->subjects[i].lane == lane && t->subjects[i].twin)
			return false;
	return true;
}

/* It must not go on before one that has its lane or has come earlier. */
static inline bool is_lane_free(const struct trial *t, const struct subject *s)
{
	for (uint32_t i = 0; s->lane && i < t->subject_count; i++) {
		const struct subject *o = &t->subjects[i];

		if (o != s && in_engine(o) && o->lane == s->lane &&
		    (o->begun || (is_plain(t, s->lane) && !s->begun && o->arrival < s->arrival)))
			return false;
	}
	return true;
}

/* Another may have its lane. */
static inline bool may_follow(const struct trial *t, const struct subject *s)
{
	if (is_plain(t, s->lane))
		return !is_lane_free(t, s);
	for (uint32_t i = 0; s->lane && i < t->subject_count; i++)
		if (&t->subjects[i] != s && in_engine(&t->subjects[i]) &&
		    t->subjects[i].lane == s->lane)
			return true;
	return false;
}

/* The first of those that ask for the same thing leads. */
static inline bool leads(const struct trial *t, const struct subject *s)
{
	for (uint32_t i = 0; s->twin && i < t->subject_count; i++) {
		const struct subject *o = &t->subjects[i];

		if (o != s && in_engine(o) && o->twin == s->twin && o->arrival < s->arrival &&
		    o->upstream != UPSTREAM_GATED)
			return false;
	}
	return true;
}

/* What it asks for was done so lately that it need not run. */
static inline bool was_done(const struct trial *t, const struct subject *s)
{
	return s->twin && t->done_at[s->twin].ns != INT64_MIN &&
	       t->now.ns < instant_add(t->done_at[s->twin], t->policy.executor.dedupe.keep).ns;
}

/* Those who wait for their lane or for a twin, or may have; some are still in the queue. */
static inline uint32_t count_behind(const struct trial *t)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->subject_count; i++)
		n += t->subjects[i].phase == PHASE_QUEUED &&
		     (t->subjects[i].lane || t->subjects[i].twin);
	return n;
}

/* Those who may be waiting. */
static inline uint32_t count_waiting(const struct trial *t)
{
	return count_in(t, PHASE_WAITING) + count_silent(t) + count_behind(t);
}

/* As many wait as may; or so many more that even those who would fail are not taken in. */
static inline bool is_full(const struct trial *t)
{
	return count_waiting(t) >= t->policy.executor.max_waiting;
}

static inline bool is_crammed(const struct trial *t)
{
	return count_waiting(t) >= 2 * t->policy.executor.max_waiting;
}

/* Nobody has taken it in before. */
static inline bool is_new(const struct subject *s)
{
	return s->carried == 0 && s->charged == 0 && s->attempts == 0;
}

/* The queue is not worked off for want of room to wait. Who comes first in it is known
 * when there is one pool, and no lanes or twins. */
static inline bool is_blocked(const struct trial *t)
{
	const struct subject *first = NULL;
	bool old = false;

	for (uint32_t i = 0; i < t->subject_count; i++) {
		const struct subject *s = &t->subjects[i];

		if (s->phase != PHASE_QUEUED)
			continue;
		old |= !is_new(s);
		if (!first || s->arrival < first->arrival)
			first = s;
	}
	return is_full(t) && (t->policy.executor.on_full == ON_FULL_BLOCK || is_crammed(t) ||
	                      (t->pools > 1 || t->policy.executor.serialize_count ||
	                                       t->policy.executor.dedupe.keep.ns
	                               ? old
	                               : first && !is_new(first)));
}

/* When the last of the rules opens for it, if nothing else happens. */
static inline instant all_open(const struct trial *t, const struct subject *s)
{
	instant open = t->now;

	for (uint32_t i = 0; i < s->class.count; i++)
		open = instant_later(open,
		                     model_opens(&t->model, s->class.rules[i], s->keys[i], t->now));
	return open;
}

static inline bool budget_left(const struct trial *t, const struct subject *s)
{
	return s->carried + s->charged < t->policy.executor.max_defers;
}

/* When it could run, for a slot, if nothing else happens. */
static inline instant ready_at(const struct trial *t, const struct subject *s)
{
	return instant_later(s->not_before, fair(t) || s->held ? all_open(t, s) : t->now);
}

/* The order of work: whoever comes from the queue is not before one who waited and
 * may run now. */
static inline bool jumps_the_queue(const struct trial *t, const struct subject *s)
{
	if (s->phase != PHASE_QUEUED || s->upstream == UPSTREAM_DEFERRED)
		return false;
	if (t->pools > 1 || s->lane || s->twin) /* its turn may have come before */
		return false;
	for (uint32_t i = 0; i < t->subject_count; i++)
		if (t->subjects[i].phase == PHASE_WAITING &&
		    ready_at(t, &t->subjects[i]).ns <= t->now.ns)
			return true;
	return false;
}

/* Whatever keeps `a` back keeps `b` back too. */
static inline bool covers(const struct subject *b, const struct subject *a)
{
	for (uint32_t i = 0; i < a->class.count; i++) {
		bool found = false;

		for (uint32_t k = 0; k < b->class.count; k++)
			found |= b->class.rules[k] == a->class.rules[i] &&
			         b->keys[k].lo == a->keys[i].lo;
		if (!found)
			return false;
	}
	return true;
}

/* The promise of the lines: whoever is refused by a rule is not overtaken by a
 * later arrival that needs the same rules and keys (and perhaps more). Someone
 * who needs less may pass, or a throttled key would block the others. */
static inline bool overtakes(const struct trial *t, const struct subject *s)
{
	for (uint32_t i = 0; i < t->subject_count; i++) {
		const struct subject *a = &t->subjects[i];
		bool stands = (a->phase == PHASE_QUEUED && !a->lane && !a->twin) ||
		              (a->phase == PHASE_WAITING && a->in_line);

		/* Else it waits for the slot, and in no line. */
		stands &= has_slot(t, a);
		if (stands && a->arrival < s->arrival && a->upstream == UPSTREAM_NONE &&
		    covers(s, a) && a->class.count)
			return true;
	}
	return false;
}

/* ---- effects ---- */

/* What the handler of a dispatch at this instant is going to do. */
static inline void some_handler(struct trial *t, struct subject *s)
{
	struct chance *c = &t->chance;

	s->ends = instant_add(t->now, (span){ choose(c, 2) ? choose(c, 50) : 0 });
	if (rarely(c, 20))
		s->ends = INSTANT_NEVER;
	s->stubborn = rarely(c, 3);
	s->verdict = rarely(c, 2) ? choose(c, 3) : RESULT_OK;
	if (rarely(c, 100))
		s->verdict = RESULT_HALT;
	/* Or the budget of all would hardly ever be used up. */
	if (t->policy.executor.retry_budget.floor && choose(c, 2))
		s->verdict = RESULT_RETRY;
}

/* The window of a ladder before its nth retry, by multiplication. */
static inline span window_before(const struct ladder *l, uint32_t n)
{
	int64_t window = l->initial.ns;

	for (uint32_t i = 1; i < n; i++)
		window *= (int64_t)l->factor;
	return (span){ n > 1 && window > l->max.ns ? l->max.ns : window };
}

/* How long it may wait for a retry, and how long it must. */
static inline void wait_of(const struct trial *t, struct subject *s, const struct result *r)
{
	const struct retry_policy *p = s->class.retry;

	s->delay = r->has_hint ? r->hint : t->policy.executor.retry_after;
	s->sooner = s->delay;
	if (!p || r->has_hint)
		return;
	if (p->listed && s->attempts <= p->count)
		s->delay = s->sooner = p->delays[s->attempts - 1];
	if (p->listed || s->attempts > p->most)
		return;
	s->delay = window_before(&p->ladder, s->attempts);
	s->sooner.ns = s->delay.ns - (int64_t)((float)s->delay.ns * p->ladder.jitter + 0.5F);
}

static inline bool retries_left(const struct subject *s)
{
	return !s->class.retry || s->attempts <= (s->class.retry->listed ? s->class.retry->count
	                                                                 : s->class.retry->most);
}

/* Its end has been fed: what it comes to. A timeout is what the policy makes of it. */
static inline void handler_over(struct trial *t, struct subject *s, const struct result *r)
{
	wait_of(t, s, r);
	if (s->verdict != RESULT_OK && s->reserved)
		model_undo(&t->model, &s->class, s->keys, s->owner);
	s->cut_short = t->killed || (s->terminated.ns != INT64_MAX && !s->timed_out);
	if (s->verdict != RESULT_OK && s->timed_out)
		s->verdict = t->policy.executor.on_timeout == ON_TIMEOUT_RETRY ? RESULT_RETRY
		                                                               : RESULT_FAIL;
	s->phase = PHASE_ENDED;
}

/* The budget of all: with so long a `per`, time brings next to nothing, and ten can be
 * saved up. */
static inline int64_t tokens_now(struct trial *t)
{
	const struct retry_budget_policy *p = &t->policy.executor.retry_budget;
	int64_t most = 100 * p->per.ns;

	if (t->now.ns > t->tokens_at.ns)
		t->tokens += 10 * (t->now.ns - t->tokens_at.ns) * (int64_t)p->floor;
	t->tokens_at = t->now;
	return t->tokens = t->tokens < most ? t->tokens : most;
}

static inline bool token_left(struct trial *t)
{
	const struct retry_budget_policy *p = &t->policy.executor.retry_budget;
	return p->floor == 0 || tokens_now(t) >= 10 * p->per.ns;
}

static inline void token_part(struct trial *t)
{
	const struct retry_budget_policy *p = &t->policy.executor.retry_budget;

	if (p->floor == 0)
		return;
	t->tokens = tokens_now(t) + (int64_t)(p->ratio * 10 + 0.5F) * p->per.ns;
}

static inline void check_dispatch(struct trial *t, struct subject *s)
{
	must(t, at_rest(s), "what is dispatched was at rest");
	must(t, !t->stopped, "nothing is dispatched after a stop");
	must(t, has_slot(t, s), "no more run than there are jobs");
	must(t, is_lane_free(t, s), "in a lane one goes after the other");
	must(t, leads(t, s) && (s->begun || !was_done(t, s)),
	     "D-28: no twin runs with another, or soon after it");
	s->begun = true;
	must(t, s->latest.ns >= t->now.ns, "nothing runs after its expiry");
	must(t, s->not_before.ns <= t->now.ns, "nothing runs before its time");
	must(t, !jumps_the_queue(t, s), "who has waited goes before who is new");
	if (s->upstream != UPSTREAM_ADMITTED) {
		must(t, all_open(t, s).ns <= t->now.ns, "nothing runs before its rules allow");
		must(t, !fair(t) || !overtakes(t, s), "nobody is overtaken in line");
		model_take(&t->model, &s->class, s->keys, s->owner, t->now);
	}
	s->reserved = s->upstream != UPSTREAM_ADMITTED;
	s->upstream = UPSTREAM_NONE;
	s->in_line = s->told = false;
	s->phase = PHASE_RUNNING;
	if (s->attempts++ == 0)
		token_part(t);
	s->dispatch = ++t->dispatches;
	s->started = t->now;
	s->turned_to = !t->late[s->pool];
	s->terminated = INSTANT_NEVER;
	s->killed = s->timed_out = s->cut_short = false;
}

static inline bool overdue(const struct trial *t, const struct subject *s)
{
	span timeout = t->policy.executor.timeout;
	return timeout.ns > 0 && s->turned_to && instant_add(s->started, timeout).ns <= t->now.ns;
}

static inline void check_signal(struct trial *t, struct subject *s, enum effect_kind kind)
{
	const struct executor_policy *p = &t->policy.executor;
	bool told = s->terminated.ns != INT64_MAX;

	must(t, s->phase == PHASE_RUNNING, "only what runs is told to end");
	if (kind == EFFECT_TERMINATE) {
		bool over = t->told && instant_add(t->stopped_at, p->grace).ns <= t->now.ns;
		must(t, !told, "TERM comes once");
		must(t, overdue(t, s) || over || t->halted == HALT_NOW,
		     "TERM comes at a timeout, after the grace or for a halt");
		s->terminated = t->now;
		s->timed_out = overdue(t, s);
	} else {
		must(t,
		     t->killed ||
		             (told && instant_add(s->terminated, p->kill_after).ns <= t->now.ns),
		     "KILL comes some time after TERM");
		must(t, t->killed || !s->killed,
		     "KILL comes once, but for an operator who insists");
		s->killed = true;
	}
	if (s->killed || !s->stubborn)
		s->ends = instant_earlier(s->ends, t->now);
}

static inline void check_step(struct trial *t, struct subject *s, const struct effect *f)
{
	bool fresh = is_new(s);

	s->charged++;
	must(t, s->carried + s->charged <= t->policy.executor.max_defers, "the budget holds");
	if (f->outcome == OUTCOME_RETRYING) {
		must(t, s->phase == PHASE_ENDED && s->verdict == RESULT_RETRY, "asked for a retry");
		must(t, !t->stopped, "no retry after a stop");
		must(t, retries_left(s), "no more retries than there are");
		must(t, token_left(t), "no retry without a token");
		t->tokens -= 10 * t->policy.executor.retry_budget.per.ns;
		must(t,
		     f->until.ns <= instant_add(t->now, s->delay).ns &&
		             f->until.ns >= instant_add(t->now, s->sooner).ns,
		     "a retry comes when it was asked for");
		s->not_before = f->until;
		s->held = false;
		t->seen.dispatch_retries++;
	} else {
		must(t, at_rest(s), "what is deferred was at rest");
		must(t, is_lane_free(t, s), "only the first in a lane waits for a rule");
		must(t, leads(t, s) && (s->begun || !was_done(t, s)), "nor do twins");
		s->begun = true;
		must(t,
		     !fresh || t->pools > 1 || s->lane || s->twin ||
		             count_in(t, PHASE_WAITING) < t->policy.executor.max_waiting,
		     "nobody new waits without room");
		must(t, !(fair(t) && s->in_line), "a wait in line is told once");
		must(t, f->rule == UINT32_MAX || all_open(t, s).ns > t->now.ns || fair(t),
		     "what is deferred is refused by a rule");
		s->held = f->rule < t->policy.rule_count && t->rules[f->rule].type == RULE_HOLD;
		if (f->rule == UINT32_MAX || !(fair(t) || s->held)) {
			must(t, f->until.ns > t->now.ns,
			     "who waits for a time waits for the future");
			s->not_before = f->until;
		}
		s->in_line = fair(t) && f->rule != UINT32_MAX;
		s->told = true;
		s->upstream = UPSTREAM_NONE;
		t->seen.deferred++;
	}
	s->phase = PHASE_WAITING;
}

static inline void check_gated(struct trial *t, const struct subject *s, const struct effect *f)
{
	bool found = s->upstream == UPSTREAM_GATED;

	for (uint32_t i = 0; !found && i < s->class.count; i++) {
		const struct rule_policy *p = &t->rules[s->class.rules[i]];
		instant open = model_opens(&t->model, s->class.rules[i], s->keys[i], t->now);

		found = s->class.rules[i] == f->rule && p->type == RULE_HOLD &&
		        p->on_hold == ON_HOLD_DROP && open.ns > t->now.ns && open.ns == f->until.ns;
	}
	must(t, at_rest(s) && found, "what is gated is held");
}

static inline void check_unfinished(struct trial *t, const struct subject *s,
                                    const struct effect *f)
{
	bool ended = t->ended && t->policy.executor.on_eof == ON_EOF_UNFINISHED;

	must(t,
	     at_rest(s) || (s->phase == PHASE_ENDED && s->verdict != RESULT_OK &&
	                    (s->cut_short || s->verdict == RESULT_RETRY)),
	     "what is unfinished waits or was cut short");
	must(t, is_lane_free(t, s), "a lane is left in its order");
	if (f->cause == CAUSE_STOPPED)
		must(t, t->told && !t->halted, "unfinished by a stop");
	else if (f->cause == CAUSE_HALTED)
		must(t, t->halted && f->failures == t->halted_with, "unfinished after a halt");
	else if (f->cause == CAUSE_END)
		must(t, ended, "unfinished at the end of input");
	else
		must(t,
		     f->cause == CAUSE_STUCK && count_in(t, PHASE_RUNNING) == 0 &&
		             (s->not_before.ns == INT64_MAX || all_open(t, s).ns == INT64_MAX ||
		              !fair(t)),
		     "unfinished because it can never run");
}

static inline void halt(struct trial *t, enum halt how, uint64_t failures)
{
	if (t->told || how <= t->halted)
		return;
	if (!t->halted)
		t->halted_with = failures;
	t->halted = how;
	t->stopped = true;
}

/* Enough has failed. */
static inline void consider_halt(struct trial *t)
{
	const struct halt_policy *p = &t->policy.executor.halt;
	uint64_t failed = t->seen.failed, ended = failed + t->seen.dispatched;

	if (p->percent ? ended >= 10 && failed * 100 >= ended * p->fail : failed >= p->fail)
		halt(t, p->when, failed);
}

static inline void check_failed(struct trial *t, const struct subject *s, const struct effect *f)
{
	bool handled = s->phase == PHASE_ENDED && !s->cut_short;

	if (f->cause == CAUSE_HANDLER)
		must(t, handled && (s->verdict == RESULT_FAIL || s->verdict == RESULT_HALT),
		     "failed: its handler says so");
	else if (f->cause == CAUSE_STREAM_BUDGET)
		must(t, handled && s->verdict == RESULT_RETRY && !token_left(t),
		     "failed: no token");
	else if (f->cause == CAUSE_RETRIES)
		must(t, handled && s->verdict == RESULT_RETRY && !retries_left(s),
		     "failed: no more retries");
	else if (f->cause == CAUSE_RETRY_BUDGET)
		must(t,
		     handled && s->verdict == RESULT_RETRY && !budget_left(t, s) && retries_left(s),
		     "failed: no budget for a retry");
	else if (f->cause == CAUSE_FULL)
		must(t,
		     t->policy.executor.on_full == ON_FULL_FAIL && s->phase == PHASE_QUEUED &&
		             is_new(s) && is_full(t),
		     "failed: no room to wait");
	else
		must(t, f->cause == CAUSE_DEFER_BUDGET && at_rest(s) && !budget_left(t, s),
		     "failed: no budget for a wait");
}

static inline void check_dispatched(struct trial *t, const struct subject *s,
                                    const struct effect *f)
{
	if (f->cause != CAUSE_TWIN) {
		must(t, s->phase == PHASE_ENDED && s->verdict == RESULT_OK,
		     "dispatched: its handler says so");
		t->done_at[s->twin] = t->now;
		t->done_by[s->twin] = s->arrival;
		return;
	}
	must(t, s->phase == PHASE_QUEUED && !s->begun && was_done(t, s),
	     "D-28: who joins a twin has not run, and the twin was done");
	must(t, f->twin && strtoull(f->twin, NULL, 10) == t->done_by[s->twin],
	     "it says whom it joins");
	t->seen.coalesced++;
}

static inline void check_outcome(struct trial *t, struct subject *s, const struct effect *f)
{
	switch (f->outcome) {
	case OUTCOME_DISPATCHED:
		check_dispatched(t, s, f);
		t->seen.dispatched++;
		break;
	case OUTCOME_FAILED:
		check_failed(t, s, f);
		t->seen.failed++;
		break;
	case OUTCOME_GATED:
		check_gated(t, s, f);
		t->seen.gated++;
		break;
	case OUTCOME_EXPIRED:
		must(t, at_rest(s) && s->latest.ns < t->now.ns, "expired: its time is over");
		must(t, (f->cause == CAUSE_WAITED) == (s->latest.ns < s->expires.ns),
		     "expired: the earlier of two limits is the cause");
		t->seen.expired++;
		break;
	case OUTCOME_UNFINISHED:
		check_unfinished(t, s, f);
		t->seen.unfinished++;
		break;
	default:
		must(t, false, "an outcome is final");
	}
	if (f->outcome == OUTCOME_DISPATCHED || f->outcome == OUTCOME_FAILED)
		consider_halt(t);
	if (f->cause == CAUSE_HANDLER && s->verdict == RESULT_HALT)
		halt(t, HALT_SOON, 0);
	s->phase = PHASE_DONE;
	engine_action_free(s->action);
	s->action = NULL;
}

static inline void check_edge(struct trial *t, const struct effect *f)
{
	const struct backpressure_policy *p = &t->policy.backpressure;

	if (f->edge == EDGE_LEVEL) {
		must(t, t->asserted && p->step > 0, "a level is told only while asserted");
		must(t, f->level != t->level, "a level that is told has moved");
		t->level = f->level;
		return;
	}
	t->level = f->level;
	must(t, f->edge == (t->asserted ? EDGE_RELEASED : EDGE_ASSERTED), "edges alternate");
	t->asserted = !t->asserted;
	must(t, t->asserted ? f->depth >= p->assert_at : f->depth <= p->release_at,
	     "an edge is on the right side of its mark");
	if (t->asserted)
		t->seen.asserts++;
	else
		t->seen.releases++;
}

static inline void trace_add(struct trial *t, uint64_t x)
{
	struct rng mix = { t->trace ^ x };
	t->trace = rng_next(&mix);
}

static inline void check_effect(struct trial *t, const struct effect *f)
{
	struct subject *s = f->action ? f->action->user : NULL;

	trace_add(t, (uint64_t)f->at.ns);
	trace_add(t, f->kind * 64 + f->outcome * 8 + f->cause);
	trace_add(t, s ? s->arrival : f->depth);
	trace_add(t, (uint64_t)f->until.ns);
	must(t, f->at.ns == t->now.ns, "an effect has the time of its poll");
	must(t, f->jobs == (s ? t->jobs[s->pool] : sum_of_jobs(t)),
	     "an effect says how many slots there are");
	if (t->verbose)
		printf("# %4" PRId64 " effect %d of %" PRIu64 " outcome %d cause %d until %" PRId64
		       "\n",
		       f->at.ns, (int)f->kind, s ? s->arrival : f->depth, (int)f->outcome,
		       (int)f->cause, f->until.ns);
	if (f->kind == EFFECT_DISPATCH)
		check_dispatch(t, s);
	else if (f->kind == EFFECT_TERMINATE || f->kind == EFFECT_KILL)
		check_signal(t, s, f->kind);
	else if (f->kind == EFFECT_STEP)
		check_step(t, s, f);
	else if (f->kind == EFFECT_OUTCOME)
		check_outcome(t, s, f);
	else
		check_edge(t, f);
}

/* ---- events ---- */

/* A line of the script has been fed, or is about to be. */
static inline void check_script(struct trial *t, const struct event *e)
{
	struct subject *s = e->kind == EVENT_ARRIVED ? e->action->user : NULL;

	switch (e->kind) {
	case EVENT_ARRIVED:
		must(t, s->phase == PHASE_UNFED, "an action arrives once");
		s->latest = s->expires;
		if (t->policy.executor.max_wait.ns > 0)
			s->latest = instant_earlier(
				s->expires, instant_add(t->now, t->policy.executor.max_wait));
		s->phase = PHASE_QUEUED;
		s->arrival = ++t->seen.received;
		break;
	case EVENT_HELD:
		if (t->rules[e->rule].type == RULE_HOLD)
			mark_add(&t->model, (struct mark){ e->rule, e->key, e->until, 0 });
		break;
	case EVENT_UNDONE:
		model_undo(&t->model, e->action->class, e->action->turn->keys,
		           e->action->turn->owner);
		break;
	case EVENT_JOBS:
		t->jobs[e->pool] = e->jobs;
		if (sum_of_jobs(t) > t->most_jobs)
			t->most_jobs = sum_of_jobs(t);
		break;
	case EVENT_LIMIT:
		t->limit = e->jobs;
		break;
	case EVENT_TICK:
		break;
	default:
		if (!t->told)
			t->stopped_at = t->now;
		t->stopped = t->told = true;
		t->killed |= e->kind == EVENT_KILLED;
	}
}

/* ---- nothing to do ---- */

/* Nobody who could run is left waiting, and the engine will not oversleep. */
static inline void check_waiting(struct trial *t, const struct subject *s)
{
	instant deadline = engine_deadline(t->engine), open = ready_at(t, s);
	bool slot = has_slot(t, s);

	must(t, s->latest.ns >= t->now.ns, "what has expired is told at once");
	must(t, s->latest.ns >= deadline.ns - 1, "the engine wakes up for an expiry");
	must(t, !t->stopped || may_follow(t, s) || !leads(t, s), "nobody waits after a stop");
	if (s->phase == PHASE_QUEUED) {
		must(t,
		     !slot || (silent(s) && s->not_before.ns > t->now.ns) || is_blocked(t) ||
		             may_follow(t, s) || !leads(t, s),
		     "nobody is queued while there is a slot");
		return;
	}
	must(t, !slot || s->not_before.ns > t->now.ns || s->told, "every wait is told");
	must(t, !slot || open.ns > t->now.ns, "nobody waits who could run");
	must(t, !slot || deadline.ns <= open.ns, "the engine wakes up when a rule opens");
	must(t, open.ns > t->now.ns || engine_wants_slot(t->engine, t->now),
	     "who lacks nothing but a slot is known");
	must(t, engine_wants_slot_at(t->engine).ns <= open.ns, "and when that will be");
	must(t,
	     running_in(t, s->pool) >= t->jobs[s->pool] ||
	             engine_wants_limit_at(t->engine).ns <= open.ns,
	     "whom only the limit keeps back is known");
}

/* When a running handler is told to end next, or again; NEVER: it is not. */
static inline instant limit_of(const struct trial *t, const struct subject *s)
{
	const struct executor_policy *p = &t->policy.executor;
	instant limit = INSTANT_NEVER;

	if (s->killed)
		return limit;
	if (s->terminated.ns != INT64_MAX)
		return instant_add(s->terminated, p->kill_after);
	if (p->timeout.ns > 0 && s->turned_to)
		limit = instant_add(s->started, p->timeout);
	return t->told ? instant_earlier(limit, instant_add(t->stopped_at, p->grace)) : limit;
}

static inline void check_running(struct trial *t, const struct subject *s)
{
	instant limit = limit_of(t, s);

	must(t, limit.ns > t->now.ns, "TERM and KILL are not missed");
	must(t, limit.ns >= engine_deadline(t->engine).ns, "the engine wakes up for them");
	must(t, s->killed || !t->killed, "after a second stop nothing runs on");
	must(t, s->terminated.ns != INT64_MAX || s->killed || t->halted != HALT_NOW,
	     "who runs is told of a halt");
}

static inline void check_marks(struct trial *t)
{
	const struct backpressure_policy *p = &t->policy.backpressure;
	uint64_t depth = engine_depth(t->engine);

	must(t, t->asserted ? depth > p->release_at : depth < p->assert_at, "no edge is missed");
	if (t->asserted && p->step > 0) {
		const struct watermark w = { .policy = *p };
		double far = watermark_level(&w, depth) - t->level;
		must(t, (far < 0 ? -far : far) < (double)p->step, "the level is known to a step");
	}
}

static inline void check_counters(struct trial *t)
{
	const struct engine_stats *s = engine_stats(t->engine), *n = &t->seen;
	uint64_t in = 0;

	for (uint32_t i = 0; i < t->subject_count; i++)
		in += in_engine(&t->subjects[i]);
	must(t, engine_depth(t->engine) == in, "the depth is what is in the engine");
	must(t, engine_running(t->engine) == count_in(t, PHASE_RUNNING), "running is counted");
	must(t,
	     s->received == n->received && s->dispatched == n->dispatched &&
	             s->failed == n->failed && s->gated == n->gated && s->expired == n->expired &&
	             s->unfinished == n->unfinished && s->coalesced == n->coalesced &&
	             s->deferred == n->deferred && s->dispatch_retries == n->dispatch_retries &&
	             s->asserts == n->asserts && s->releases == n->releases,
	     "the counters say what was seen");
	must(t,
	     s->received == s->dispatched + s->failed + s->gated + s->expired + s->unfinished + in,
	     "the counters add up");
}

static inline void check_quiet(struct trial *t)
{
	const struct executor_policy *p = &t->policy.executor;

	must(t, engine_deadline(t->engine).ns > t->now.ns, "the deadline lies ahead");
	must(t,
	     engine_wants_limit_at(t->engine).ns > t->now.ns ||
	             count_in(t, PHASE_RUNNING) >= t->limit,
	     "nobody is said to be kept back by a limit that is not reached");
	must(t, count_in(t, PHASE_ENDED) == 0, "results are worked off");
	must(t, count_in(t, PHASE_QUEUED) <= p->queue + count_silent(t) + count_behind(t),
	     "the queue is bounded");
	must(t, t->stopped || count_behind(t) <= p->queue + 2 * p->max_waiting,
	     "those behind others are bounded");
	uint32_t most = p->max_waiting * (p->on_full == ON_FULL_FAIL ? 2 : 1) + t->most_jobs;
	must(t, count_in(t, PHASE_WAITING) <= most + (t->pools > 1 ? p->queue : 0),
	     "waiting is bounded");
	must(t,
	     p->on_full == ON_FULL_BLOCK || is_crammed(t) || t->pools > 1 || t->ended ||
	             t->stopped || count_in(t, PHASE_QUEUED) || engine_has_room(t->engine),
	     "the reader goes on though many wait");
	for (uint32_t i = 0; i < t->subject_count; i++) {
		const struct subject *s = &t->subjects[i];

		if (at_rest(s))
			check_waiting(t, s);
		else if (s->phase == PHASE_RUNNING)
			check_running(t, s);
	}
	check_marks(t);
	check_counters(t);
}

/* ---- the end ---- */

/* Looks at the admits that were never given back, without asking when a rule opens:
 * in no period are there more than the rate, and no window has two. */
static inline void check_history(struct trial *t)
{
	const struct model *m = &t->model;

	for (uint32_t i = 0; i < m->count; i++) {
		const struct mark *a = &m->marks[i];
		const struct rule_policy *p = &t->rules[a->rule];
		bool window = p->type == RULE_WINDOW;
		span length = window ? p->window : p->per;
		uint32_t most = window ? 1 : p->rate, n = 0;

		if (p->type == RULE_HOLD)
			continue;
		for (uint32_t k = i; k < m->count; k++)
			n += is_for(&m->marks[k], a->rule, a->key) &&
			     m->marks[k].at.ns < instant_add(a->at, length).ns;
		must(t, length.ns == 0 || n <= most, "no window has more admits than it may");
	}
}

static inline void check_end(struct trial *t)
{
	for (uint32_t i = 0; i < t->subject_count; i++)
		must(t, !in_engine(&t->subjects[i]), "every action has an outcome");
	must(t, !t->asserted, "the last edge is a release");
	check_history(t);
}

#endif
