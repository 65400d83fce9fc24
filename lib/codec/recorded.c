/* recorded.c - from records to actions. */
#include "codec/recorded_set.h"

#include "base/mem.h"
#include "codec/members.h"
#include "codec/outcome.h"

#include <signal.h>
#include <stdlib.h>

enum { EPOCH_NONE }; /* of outcomes, which name no run */

/* Of what was left unfinished: any run may take it up. */
#define EPOCH_ANY UINT32_MAX

/* An action of which there is more to come, or that was left unfinished. */
struct open_action {
	struct key key;
	uint32_t action;
	uint32_t attempts, defers; /* told of so far */
	span ran;                  /* in this run */
};

/* What one record tells. */
struct news {
	enum told_by by;
	uint32_t epoch;
	enum outcome outcome;
	uint64_t number; /* of its arrival */
	bool numbered;
	uint64_t attempts, defers, exit;
	instant at, emitted;
	span queued, ran;
	int64_t retry_after; /* these two: INT64_MIN when they are not told */
	int64_t until;
	uint32_t rule; /* UINT32_MAX: none of ours */
	uint16_t pool;
	int signal;
	uint64_t draw;
	bool has_exit, timed_out, halts, last_reason, joined, hinted, drawn, lost;
};

struct recorded *recorded_new(struct record_reader *r, const struct policy *policy)
{
	struct recorded *s = mem_zeroed(1, sizeof *s);

	s->policy = policy;
	s->told = told_paths(r);
	s->emitted = record_reader_add(r, "emitted_at_ms");
	s->members = record_reader_add(r, "members");
	s->arrival = record_reader_add(r, "arrival");
	s->jobs = record_reader_add(r, "jobs");
	s->pool = record_reader_add(r, "pool");
	s->state = record_reader_add(r, "state");
	record_reader_accept_kindless(r);
	table_init(&s->open, sizeof(struct open_action));
	names_add(&s->epochs, SLICE(""));
	return s;
}

void recorded_free(struct recorded *s)
{
	if (!s)
		return;
	names_free(&s->kinds);
	names_free(&s->epochs);
	table_free(&s->open);
	free(s->actions);
	free(s->tries);
	free(s->holds);
	free(s->times);
	free(s->times_from);
	buf_free(&s->lines);
	buf_free(&s->text);
	free(s);
}

/* ---- what a record tells ---- */

static bool find_outcome(slice status, enum outcome *o)
{
	for (int i = OUTCOME_DISPATCHED; i <= OUTCOME_DEFERRED; i++) {
		*o = (enum outcome)i;
		if (slice_is(status, outcome_name(*o)))
			return true;
	}
	return false;
}

static int find_signal(slice name)
{
	for (int i = 1; i < NSIG; i++) {
		const char *known = sigabbrev_np(i);
		if (known && slice_is(name, known))
			return i;
	}
	uint64_t number;
	return slice_u64(name, &number) && number < NSIG ? (int)number : SIGKILL;
}

static uint32_t find_rule(const struct recorded *s, slice name)
{
	for (uint32_t i = 0; s->policy && i < s->policy->rule_count; i++)
		if (slice_is(name, s->policy->rules[i].name))
			return i;
	return UINT32_MAX;
}

/* How the last handler ended. */
static bool read_end(struct recorded *s, const struct record *r, struct news *n,
                     struct told_bad *bad)
{
	slice name = { 0 };

	n->has_exit = told_value(&s->told, r, n->by, TOLD_EXIT).p != NULL;
	n->timed_out = told_true(&s->told, r, n->by, TOLD_TIMED_OUT);
	n->halts = told_true(&s->told, r, n->by, TOLD_HALTS);
	n->joined = told_value(&s->told, r, n->by, TOLD_JOINED).p != NULL;
	n->last_reason = told_value(&s->told, r, n->by, TOLD_LAST_REASON).p != NULL;
	if (!told_count(&s->told, r, n->by, TOLD_EXIT, &n->exit, bad) ||
	    !told_string(&s->told, r, n->by, TOLD_SIGNAL, &s->text, &name, bad))
		return false;
	n->signal = name.p ? find_signal(name) : 0;
	return true;
}

static bool read_rule(struct recorded *s, const struct record *r, struct news *n,
                      struct told_bad *bad)
{
	slice name = { 0 };

	n->until = n->retry_after = INT64_MIN;
	if (!told_string(&s->told, r, n->by, TOLD_RULE, &s->text, &name, bad))
		return false;
	n->rule = name.p ? find_rule(s, name) : UINT32_MAX;
	return told_ms(&s->told, r, n->by, TOLD_UNTIL, &n->until, bad) &&
	       told_ms(&s->told, r, n->by, TOLD_DUE, &n->until, bad) &&
	       told_ms(&s->told, r, n->by, TOLD_RETRY_AFTER, &n->retry_after, bad);
}

/* Who has named the wait before a retry. */
static bool read_choice(struct recorded *s, const struct record *r, struct news *n,
                        struct told_bad *bad)
{
	n->hinted = told_true(&s->told, r, n->by, TOLD_HINTED);
	n->lost = told_true(&s->told, r, n->by, TOLD_LOST);
	n->drawn = !n->hinted && told_value(&s->told, r, n->by, TOLD_DRAW).p;
	return told_count(&s->told, r, n->by, TOLD_DRAW, &n->draw, bad);
}

static bool read_times(struct recorded *s, const struct record *r, struct news *n,
                       struct told_bad *bad)
{
	slice emitted = r->found[s->emitted].text, arrival = r->found[s->arrival].text;

	n->at = r->at;
	if (!told_ms(&s->told, r, n->by, TOLD_QUEUED, &n->queued.ns, bad) ||
	    !told_ms(&s->told, r, n->by, TOLD_RUN, &n->ran.ns, bad))
		return false;
	if (n->by == TOLD_BY_OUTCOME) {
		if (!told_ms(&s->told, r, n->by, TOLD_AT, &n->at.ns, bad))
			return false;
		n->emitted = r->has_at ? r->at : instant_sub(instant_sub(n->at, n->queued), n->ran);
		return true;
	}
	n->emitted = r->at;
	n->numbered = arrival.p && json_u64(arrival, &n->number);
	return !emitted.p || json_ms(emitted, &n->emitted.ns) ||
	       told_refuse(bad, emitted.p, "expected a number of milliseconds as 'emitted_at_ms'");
}

/* How many might run at once. */
static bool read_jobs(struct recorded *s, const struct record *r, struct news *n,
                      struct told_bad *bad)
{
	slice text = r->found[s->jobs].text, pool = r->found[s->pool].text;
	uint64_t jobs, number = 0;

	if (n->by == TOLD_BY_OUTCOME)
		return true;
	if (pool.p && (!json_u64(pool, &number) || number > RECORDED_POOLS))
		return told_refuse(bad, pool.p, "expected a number up to %d as 'pool'",
		                   RECORDED_POOLS);
	n->pool = (uint16_t)number;
	if (n->pool > s->counts.pools)
		s->counts.pools = n->pool;
	if (!text.p || !json_u64(text, &jobs) || !jobs)
		return true;
	struct recorded_pool *p = &s->pools[number];
	uint32_t most = jobs < UINT32_MAX ? (uint32_t)jobs : UINT32_MAX;
	s->counts.changes += p->last && p->last != most && p->epoch == n->epoch;
	p->epoch = n->epoch;
	p->last = most;
	p->most = most > p->most ? most : p->most;
	s->counts.jobs = s->pools[0].most;
	return true;
}

static bool read_head(struct recorded *s, const struct record *r, struct news *n,
                      struct told_bad *bad)
{
	slice epoch;

	if (n->by == TOLD_BY_OUTCOME)
		return true;
	if (!told_version(&s->told, r, bad) || !told_epoch(&s->told, r, &s->text, &epoch, bad))
		return false;
	if (!r->kind.p)
		return told_refuse(bad, NULL, "expected a member 'kind'");
	if (!r->has_at)
		return told_refuse(bad, NULL, "expected a member 'at_ms'");
	n->epoch = names_add(&s->epochs, epoch);
	return true;
}

/* *known: the status is one of ours. */
static bool read_status(struct recorded *s, const struct record *r, struct news *n, bool *known,
                        struct told_bad *bad)
{
	slice status = { 0 };

	if (!told_string(&s->told, r, n->by, TOLD_STATUS, &s->text, &status, bad))
		return false;
	if (!status.p)
		return told_refuse(bad, n->by == TOLD_BY_OUTCOME ? r->outcome.text.p : NULL,
		                   "expected a string as '%s'", told_name(n->by, TOLD_STATUS));
	*known = find_outcome(status, &n->outcome);
	return told_count(&s->told, r, n->by, TOLD_ATTEMPTS, &n->attempts, bad) &&
	       told_count(&s->told, r, n->by, TOLD_DEFERS, &n->defers, bad);
}

static bool read_news(struct recorded *s, const struct record *r, struct news *n, bool *known,
                      struct told_bad *bad)
{
	if (!read_head(s, r, n, bad) || !read_status(s, r, n, known, bad) ||
	    !read_times(s, r, n, bad) || !read_jobs(s, r, n, bad) || !read_rule(s, r, n, bad) ||
	    !read_choice(s, r, n, bad) || !read_end(s, r, n, bad))
		return false;
	if (n->by == TOLD_BY_CHAIN && n->outcome == OUTCOME_FAILED && n->retry_after != INT64_MIN)
		n->outcome = OUTCOME_RETRYING;
	if (n->queued.ns < 0)
		n->queued.ns = 0;
	if (n->ran.ns < 0)
		n->ran.ns = 0;
	if (n->attempts > UINT32_MAX)
		n->attempts = UINT32_MAX;
	return true;
}

/* ---- actions ---- */

static void add_line(struct recorded *s, const struct record *r, const struct news *n)
{
	struct buf *out = &s->lines;

	if (n->by == TOLD_BY_OUTCOME) {
		record_open(r, RECORD_OUTCOME, out);
		if (!r->has_at) {
			buf_add_text(out, ",\"at_ms\":");
			buf_add_ms(out, n->emitted.ns);
		}
		record_close(r, out);
		out->n--; /* the newline */
		return;
	}
	slice members = r->found[s->members].text;
	buf_add_text(out, "{\"kind\":");
	json_add_string(out, r->kind);
	if (r->id_type != RECORD_ID_NONE) {
		buf_add_text(out, ",\"id\":");
		buf_add_slice(out, r->id_member.text);
	}
	if (members.p && json_type(members) == JSON_OBJECT)
		members_nest(members, out);
	buf_add_text(out, ",\"at_ms\":");
	buf_add_ms(out, n->emitted.ns);
	if (r->expires.ns != INT64_MAX) {
		buf_add_text(out, ",\"expires_ms\":");
		buf_add_ms(out, r->expires.ns);
	}
	buf_add_char(out, '}');
}

static uint32_t action_add(struct recorded *s, const struct record *r, const struct news *n)
{
	size_t line = s->lines.n;
	instant arrived = instant_sub(instant_sub(n->at, n->queued), n->ran);

	if (s->count == s->room) {
		s->room = s->room ? s->room * 2 : 256;
		s->actions = mem_resize(s->actions, s->room, sizeof *s->actions);
	}
	add_line(s, r, n);
	s->actions[s->count] = (struct recorded_action){
		.emitted = n->emitted,
		.arrived = arrived,
		.handled = { INT64_MAX },
		.ended = arrived,
		.number = n->numbered ? n->number : r->id,
		.line = line,
		.line_size = (uint32_t)(s->lines.n - line),
		.epoch = n->epoch,
		.kind = names_add(&s->kinds, r->kind),
		.order = s->count,
		.pool = n->pool,
		.status = OUTCOME_UNFINISHED,
		.numbered = n->numbered,
	};
	return s->count++;
}

static struct key key_of(struct recorded *s, const struct record *r, const struct news *n,
                         uint32_t epoch)
{
	const struct hash_seed seed = { 0, 0 };
	struct {
		struct key id;
		int64_t emitted;
		uint32_t kind, epoch;
	} all = { json_fingerprint(seed, r->id_member.text), n->emitted.ns,
		  names_add(&s->kinds, r->kind), epoch };

	return hash_bytes(seed, &all, sizeof all);
}

/* The action of a record; a new one when it is the first that tells of it. */
static struct open_action *action_of(struct recorded *s, const struct record *r,
                                     const struct news *n)
{
	struct key key = key_of(s, r, n, n->epoch);
	struct open_action *known = table_find(&s->open, key), *left;
	struct open_action found = { .action = UINT32_MAX };

	if (known)
		return known;
	left = table_find(&s->open, key_of(s, r, n, EPOCH_ANY));
	if (left) {
		found = *left;
		table_remove(&s->open, left);
	}
	known = table_put(&s->open, key);
	found.key = known->key;
	*known = found;
	if (found.action == UINT32_MAX)
		known->action = action_add(s, r, n);
	return known;
}

/* ---- attempts ---- */

static void try_add(struct recorded *s, struct recorded_action *a, struct recorded_try t)
{
	uint32_t *last = &a->tries;

	while (*last)
		last = &s->tries[*last - 1].next;
	if (s->try_count == s->try_room) {
		ptrdiff_t at = last == &a->tries ? -1 : (char *)last - (char *)s->tries;
		s->try_room = s->try_room ? s->try_room * 2 : 256;
		s->tries = mem_resize(s->tries, s->try_room, sizeof *s->tries);
		if (at >= 0)
			last = (uint32_t *)((char *)s->tries + at);
	}
	s->tries[s->try_count] = t;
	*last = ++s->try_count;
}

/* Given up because the next wait would have been one too many. */
static bool defers_used_up(const struct news *n)
{
	return n->outcome == OUTCOME_FAILED && !n->has_exit && !n->signal && !n->timed_out &&
	       (n->attempts == 0 || n->last_reason);
}

/* Of one that was left unfinished: an attempt ended then. Else it was waiting. */
static bool tells_end(const struct news *n)
{
	return n->has_exit || n->signal || n->timed_out || n->hinted || n->drawn;
}

/* Who has named the wait behind an attempt. */
static void choose(struct recorded_try *t, const struct news *n, int64_t wait)
{
	t->hinted = n->hinted && wait >= 0;
	t->drawn = n->drawn;
	if (t->hinted)
		t->hint = (span){ wait };
	else
		t->draw = n->draw;
}

/* How the attempt ended that was the last when this was told. */
static struct recorded_try last_try(const struct news *n)
{
	struct recorded_try t = { .ended = n->at, .exit = -1 };

	if (n->has_exit)
		t.exit = n->exit <= INT16_MAX ? (int16_t)n->exit : INT16_MAX;
	t.signal = (uint8_t)n->signal;
	t.timed_out = n->timed_out;
	t.verdict = RESULT_RETRY;
	t.step = true;
	switch (n->outcome) {
	case OUTCOME_DISPATCHED:
		t.verdict = RESULT_OK;
		t.step = false;
		break;
	case OUTCOME_FAILED: /* with a last_reason, of too many retries */
		t.verdict = n->last_reason ? RESULT_RETRY : n->halts ? RESULT_HALT : RESULT_FAIL;
		t.step = n->by == TOLD_BY_OUTCOME && defers_used_up(n);
		break;
	case OUTCOME_RETRYING:
		choose(&t, n, n->retry_after);
		break;
	case OUTCOME_UNFINISHED: /* with another time it was not running */
		t.cut = n->until == n->at.ns && (n->by == TOLD_BY_CHAIN || tells_end(n));
		t.step = n->by == TOLD_BY_OUTCOME && !t.cut && !tells_end(n);
		choose(&t, n, tick_difference(n->until, n->at.ns));
		break;
	case OUTCOME_DEFERRED:
	case OUTCOME_GATED:
	case OUTCOME_EXPIRED:
		break;
	}
	return t;
}

/* The attempts that are new, of which the record tells how long they took together and
 * how the last one ended. */
static void take_tries(struct recorded *s, struct recorded_action *a, const struct news *n,
                       uint32_t fresh, span took)
{
	struct recorded_try last = last_try(n);
	span each = { took.ns / fresh };

	if (fresh > 1) {
		try_add(s, a,
		        (struct recorded_try){ .took = each,
		                               .ended = instant_sub(n->at, each),
		                               .again = fresh - 2,
		                               .exit = -1,
		                               .verdict = RESULT_RETRY,
		                               .step = true });
		s->counts.guessed += fresh;
	}
	last.took = (span){ took.ns - each.ns * (fresh - 1) };
	s->counts.cut += last.cut;
	try_add(s, a, last);
}

/* ---- what it means for the action ---- */

static void hold_add(struct recorded *s, const struct recorded_action *a, const struct news *n)
{
	if (n->rule == UINT32_MAX || s->policy->rules[n->rule].type != RULE_HOLD ||
	    (n->outcome != OUTCOME_GATED && n->outcome != OUTCOME_DEFERRED))
		return;
	if (s->hold_count == s->hold_room) {
		s->hold_room = s->hold_room ? s->hold_room * 2 : 64;
		s->holds = mem_resize(s->holds, s->hold_room, sizeof *s->holds);
	}
	s->holds[s->hold_count++] = (struct recorded_hold){
		.at = n->at,
		.until = { n->until == INT64_MIN ? INT64_MAX : n->until },
		.rule = n->rule,
		.action = a->order,
	};
}

/* The waits that are new. The one that was too many is counted, but was none. */
static void take_defers(struct recorded_action *a, struct open_action *o, const struct news *n)
{
	uint32_t defers = n->defers < UINT32_MAX ? (uint32_t)n->defers : UINT32_MAX;

	if (defers > o->defers)
		a->defers += defers - o->defers - defers_used_up(n);
	o->defers = defers;
}

/* The first that is told of an action says when it was looked at. */
static void first_news(struct recorded_action *a, const struct news *n, uint32_t fresh)
{
	if (a->handled.ns != INT64_MAX)
		return;
	a->refused = fresh != 1 || n->defers;
	if (fresh == 0)
		a->handled = n->at;
	else
		a->handled = a->refused ? a->arrived : instant_sub(n->at, n->ran);
}

static void take_news(struct recorded *s, struct open_action *o, struct news *n)
{
	struct recorded_action *a = &s->actions[o->action];

	if (n->attempts < o->attempts) /* it was begun anew */
		o->attempts = 0;
	if (n->ran.ns < o->ran.ns)
		o->ran = (span){ 0 };
	uint32_t fresh = (uint32_t)n->attempts - o->attempts;
	if (n->outcome == OUTCOME_DISPATCHED && fresh == 0 && !n->joined)
		fresh = 1;
	first_news(a, n, fresh);
	if (n->lost && fresh) /* as if it had gone on waiting: nobody gets in its way again */
		n->attempts--;
	else if (fresh)
		take_tries(s, a, n, fresh, (span){ n->ran.ns - o->ran.ns });
	hold_add(s, a, n);
	o->attempts = (uint32_t)n->attempts;
	o->ran = n->ran;
	take_defers(a, o, n);
	a->ended = instant_later(a->ended, n->at);
}

/* Nothing more comes of it; of what was left unfinished something may. */
static void finish(struct recorded *s, struct open_action *o, const struct record *r,
                   const struct news *n)
{
	struct recorded_action *a = &s->actions[o->action];
	struct open_action left = *o;

	a->status = (uint8_t)n->outcome;
	a->complete = true;
	table_remove(&s->open, o);
	if (n->outcome != OUTCOME_UNFINISHED)
		return;
	o = table_put(&s->open, key_of(s, r, n, EPOCH_ANY));
	left.key = o->key;
	left.ran = (span){ 0 };
	*o = left;
}

static void take_control(struct recorded *s, const struct record *r)
{
	slice state = r->found[s->state].text;

	if (!slice_is(r->kind, "meshq.backpressure") || !state.p || json_type(state) != JSON_STRING)
		return;
	slice word = json_string(state, &s->text);
	if (slice_is(word, "released")) {
		s->counts.releases++;
		s->asserted = false;
	} else if (slice_is(word, "asserted")) {
		s->counts.asserts += !s->asserted; /* or only the level has moved */
		s->asserted = true;
	}
}

bool recorded_take(struct recorded *s, const struct record *r, struct told_bad *bad)
{
	struct news n = { .by = told_by(&s->told, r), .epoch = EPOCH_NONE };
	bool known = false;

	if (r->kind.p && slice_starts(r->kind, "meshq.")) {
		take_control(s, r);
		return true;
	}
	if (n.by != TOLD_BY_NOBODY && !read_news(s, r, &n, &known, bad))
		return false;
	if (!known) {
		s->counts.others++;
		return true;
	}
	struct open_action *o = action_of(s, r, &n);
	take_news(s, o, &n);
	if (n.outcome != OUTCOME_RETRYING && n.outcome != OUTCOME_DEFERRED)
		finish(s, o, r, &n);
	return true;
}
