/* A spool that is cut off anywhere, as by a kill, says how everything stood when its last
 * whole line was written: random runs of the engine, and what is folded from their logs
 * against what the engine itself knew at that moment. */
#include "base/rng.h"
#include "codec/spool_fold.h"
#include "seed.h"

enum { RULES = 3, KEYS = 3, ACTIONS = 24, JOBS = 2 };

static char *a_key[] = { "k" };
static char names[RULES][8] = { "window", "rate", "hold" };
static const struct hash_seed seed = { 5, 6 };

/* How one action stood, and the gate. */
struct stand {
	bool live, running, waits, in_line;
	uint32_t attempts, defers;
	span ran;
	instant arrived, due;
};

struct moment {
	size_t end; /* of the log */
	instant now;
	struct stand actions[ACTIONS + 1];
	instant opens[RULES][KEYS];
};

struct run {
	struct rng rng;
	struct rule_policy rules[RULES];
	struct policy policy;
	struct gate *gate;
	struct engine *engine;
	struct record_reader *reader;
	struct record_keys *keys;
	struct identity who;
	struct buf log;
	instant now;
	struct action *running[JOBS];
	struct stand stands[ACTIONS + 1];
	struct moment *moments;
	size_t count;
	uint64_t fed;
	bool ended;
};

/* ---- the world ---- */

static void some_policy(struct run *r)
{
	static const enum rule_type types[RULES] = { RULE_WINDOW, RULE_RATE, RULE_HOLD };

	for (uint32_t i = 0; i < RULES; i++)
		r->rules[i] = (struct rule_policy){
			.name = names[i],
			.key = a_key,
			.key_count = i == 2 || rng_below(&r->rng, 2),
			.type = types[i],
			.window = span_ms((int64_t)rng_below(&r->rng, 40)),
			.rate = 1 + (uint32_t)rng_below(&r->rng, 4),
			.per = span_ms((int64_t)rng_below(&r->rng, 60)),
			.undo = rng_below(&r->rng, 3) ? UNDO_OWNER : UNDO_NONE,
			.on_hold = rng_below(&r->rng, 2) ? ON_HOLD_WAIT : ON_HOLD_DROP,
		};
	r->policy = (struct policy){
		.rules = r->rules,
		.rule_count = RULES,
		.backpressure = { .assert_at = 1000 },
		.executor = { .queue = 4,
		              .max_waiting = 100,
		              .max_defers = (uint32_t)rng_below(&r->rng, 8),
		              .queueing =
		                      rng_below(&r->rng, 3) ? QUEUEING_FAIR : QUEUEING_REFERENCE,
		              .retry_after = span_ms(5) },
	};
}

static struct key key_of(const struct run *r, uint32_t rule, uint64_t k)
{
	struct key none = { 0 };
	char text[JSON_SLACK + 8] = { (char)('0' + k) };

	return r->rules[rule].key_count ? json_fingerprint(seed, (slice){ text, 1 }) : none;
}

static instant opens(const struct run *r, struct gate *g, uint32_t rule, uint64_t k)
{
	return instant_later(gate_opens(g, rule, key_of(r, rule, k), r->now), r->now);
}

/* An entry has been written. */
static void note(struct run *r)
{
	struct moment *m;

	r->moments = realloc(r->moments, (r->count + 1) * sizeof *r->moments);
	if (!r->moments)
		abort();
	m = &r->moments[r->count++];
	m->end = r->log.n;
	m->now = r->now;
	memcpy(m->actions, r->stands, sizeof m->actions);
	for (uint32_t i = 0; i < RULES; i++)
		for (uint64_t k = 0; k < KEYS; k++)
			m->opens[i][k] = opens(r, r->gate, i, k);
}

static struct stand *stand_of(struct run *r, const struct action *a)
{
	struct stand *s = &r->stands[a->arrival];

	s->attempts = a->attempts;
	s->defers = a->defers;
	s->ran = a->ran;
	return s;
}

/* ---- what happens ---- */

static void arrive(struct run *r)
{
	struct buf text = { 0 }, line = { 0 };
	struct record record;
	struct json_error e;

	buf_addf(&text, "%s{\"kind\":\"x\",\"k\":%d , \"id\":%d}%s",
	         rng_below(&r->rng, 2) ? " " : "", (int)rng_below(&r->rng, KEYS), (int)r->fed++,
	         rng_below(&r->rng, 2) ? "\t" : "");
	slice whole = json_text(&line, buf_slice(&text));
	OK(record_read(r->reader, whole, &record, &e));
	struct action *a = engine_action_new(gate_class(r->gate, record.kind));
	a->turn->owner = record_owner(r->keys, &record);
	record_keys_of(r->keys, a->class, &record, a->turn->keys);
	if (rng_below(&r->rng, 8) == 0) { /* it was unfinished somewhere else */
		a->attempts = (uint32_t)rng_below(&r->rng, 2);
		a->turn->upstream = UPSTREAM_DEFERRED;
		a->turn->upstream_rule = UINT32_MAX;
		a->turn->upstream_until = instant_add(r->now, span_ms(7));
	}
	instant until = a->turn->upstream_until;
	bool waits = a->turn->upstream == UPSTREAM_DEFERRED;
	engine_feed(r->engine,
	            &(struct event){ .kind = EVENT_ARRIVED, .now = r->now, .action = a });
	spool_add_accept(a, buf_slice(&text), &r->log);
	*stand_of(r, a) = (struct stand){ .live = true,
		                          .waits = waits,
		                          .attempts = a->attempts,
		                          .due = until,
		                          .arrived = r->now };
	note(r);
	buf_free(&text);
	buf_free(&line);
}

static void hold(struct run *r)
{
	uint64_t k = rng_below(&r->rng, KEYS);
	struct gate_mark m = { .rule = 2,
		               .key = key_of(r, 2, k),
		               .at = instant_add(r->now,
		                                 span_ms((int64_t)rng_below(&r->rng, 30))) };

	if (rng_below(&r->rng, 10) == 0)
		m.at = rng_below(&r->rng, 2) ? (instant){ INT64_MIN } : INSTANT_NEVER;
	engine_feed(r->engine, &(struct event){ .kind = EVENT_HELD,
	                                        .now = r->now,
	                                        .rule = m.rule,
	                                        .key = m.key,
	                                        .until = m.at });
	spool_add_mark(&r->policy, &m, &r->log);
	note(r);
}

static void finish(struct run *r, int slot)
{
	struct action *a = r->running[slot];
	uint64_t how = rng_below(&r->rng, 5);

	r->running[slot] = NULL;
	engine_feed(r->engine, &(struct event){ .kind = EVENT_FINISHED,
	                                        .now = r->now,
	                                        .action = a,
	                                        .result = { .verdict = how < 2   ? RESULT_OK
	                                                               : how < 4 ? RESULT_RETRY
	                                                                         : RESULT_FAIL,
	                                                    .exit = 0 } });
}

static void perform(struct run *r, const struct effect *f)
{
	struct action *a = f->action;
	struct stand *s;

	switch (f->kind) {
	case EFFECT_DISPATCH:
		spool_add_start(a, r->now, &r->log);
		s = stand_of(r, a);
		s->running = true;
		s->waits = s->in_line = false;
		r->running[r->running[0] ? 1 : 0] = a;
		note(r);
		break;
	case EFFECT_STEP:
		spool_add_wait(f, &r->log);
		s = stand_of(r, a);
		s->running = false;
		s->waits = true;
		s->in_line = engine_in_line(a);
		s->due = f->until;
		note(r);
		break;
	case EFFECT_OUTCOME:
		/* As with --spool: what is unfinished stays, unless it ran as it stands. */
		if (f->outcome == OUTCOME_UNFINISHED && r->stands[a->arrival].running) {
			spool_add_wait(f, &r->log);
			s = stand_of(r, a);
			s->running = s->in_line = false;
			s->waits = true;
			s->due = f->until;
			note(r);
		} else if (f->outcome != OUTCOME_UNFINISHED) {
			spool_add_end(a->arrival, f->outcome, f->at, &r->log);
			r->stands[a->arrival].live = false;
			note(r);
		}
		engine_action_free(a);
		break;
	case EFFECT_TERMINATE:
	case EFFECT_KILL:
	case EFFECT_EDGE:
		break;
	}
}

static void something(struct run *r)
{
	uint64_t choice = rng_below(&r->rng, 10);
	int slot = (int)rng_below(&r->rng, JOBS);

	r->now = instant_add(r->now, span_ms((int64_t)rng_below(&r->rng, 6)));
	if (choice < 3 && r->fed < ACTIONS && engine_has_room(r->engine))
		arrive(r);
	else if (choice < 5)
		hold(r);
	else if (r->running[slot])
		finish(r, slot);
	else if (choice == 9 && r->fed == ACTIONS)
		engine_feed(r->engine, &(struct event){ .kind = EVENT_STOPPED, .now = r->now });
}

static bool over(const struct run *r)
{
	return engine_stopped(r->engine) && !r->running[0] && !r->running[1] &&
	       engine_depth(r->engine) == 0;
}

static void live_it(struct run *r)
{
	struct spool_header h = { .seed = seed };
	struct effect f;

	spool_add_header(&h, &r->log);
	note(r);
	for (int i = 0; i < 4000 && !over(r); i++) {
		something(r);
		while (engine_poll(r->engine, r->now, &f))
			perform(r, &f);
	}
	OK(over(r));
}

static void run_new(struct run *r, uint64_t number)
{
	*r = (struct run){ .rng = { number } };
	some_policy(r);
	r->gate = gate_new(&r->policy);
	r->engine = engine_new(&r->policy, r->gate, JOBS);
	r->reader = record_reader_new();
	r->keys = record_keys_new(&r->policy, r->reader, seed);
	r->who = identity_new(r->reader, NULL);
	live_it(r);
}

static void run_free(struct run *r)
{
	engine_free(r->engine);
	gate_free(r->gate);
	record_keys_free(r->keys);
	record_reader_free(r->reader);
	buf_free(&r->log);
	free(r->moments);
}

/* ---- what is found later ---- */

static struct spool_fold fold(const struct run *r, slice text, struct buf *copy)
{
	struct spool_fold f = { .policy = &r->policy,
		                .gate = gate_new(&r->policy),
		                .reader = r->reader,
		                .keys = r->keys,
		                .who = r->who };

	spool_fold(&f, json_text(copy, text));
	return f;
}

static bool same_action(const struct spool_live *l, const struct stand *s, bool counts)
{
	return l->number && l->arrived.ns == s->arrived.ns && l->started == s->running &&
	       (!counts ||
	        (l->waits == s->waits && l->attempts == s->attempts && l->defers == s->defers &&
	         l->ran.ns == s->ran.ns && l->in_line == s->in_line &&
	         (!l->waits || l->in_line || l->due.ns == s->due.ns)));
}

/* `numbered`: the numbers are still those of the run. */
static bool same(struct run *r, const struct spool_fold *f, const struct moment *m, bool numbered,
                 bool counts)
{
	size_t next = 0;

	for (uint64_t n = 1; n <= ACTIONS; n++) {
		if (!m->actions[n].live)
			continue;
		if (next == f->count || !same_action(&f->live[next], &m->actions[n], counts) ||
		    f->live[next].number != (numbered ? n : next + 1))
			return false;
		next++;
	}
	r->now = m->now;
	for (uint32_t i = 0; i < RULES; i++)
		for (uint64_t k = 0; k < KEYS; k++)
			if (opens(r, f->gate, i, k).ns != m->opens[i][k].ns)
				return false;
	return next == f->count && f->damage_count == 0;
}

static bool written_again(struct run *r, const struct spool_fold *f, const struct moment *m)
{
	struct buf shorter = { 0 }, copy = { 0 }, third = { 0 };

	spool_fold_write(f, seed, f->gate, m->now, true, &shorter);
	struct spool_fold again = fold(r, buf_slice(&shorter), &copy);
	bool good = same(r, &again, m, false, true) && again.exact && !again.torn &&
	            again.accepted == f->accepted;
	spool_fold_write(&again, seed, again.gate, m->now, true, &third);
	good &= third.n == shorter.n; /* it does not get any shorter */
	gate_free(again.gate);
	spool_fold_free(&again);
	buf_free(&shorter);
	buf_free(&copy);
	buf_free(&third);
	return good;
}

/* Written anew in the middle of a run, and the rest of the log behind it. */
static bool goes_on(struct run *r, const struct spool_fold *f, const struct moment *m)
{
	struct buf text = { 0 }, copy = { 0 };

	spool_fold_write(f, seed, f->gate, m->now, false, &text);
	buf_add(&text, r->log.p + m->end, r->log.n - m->end);
	struct spool_fold all = fold(r, buf_slice(&text), &copy);
	bool good = same(r, &all, &r->moments[r->count - 1], true, true);
	gate_free(all.gate);
	spool_fold_free(&all);
	buf_free(&text);
	buf_free(&copy);
	return good;
}

/* The log up to `end`, where `m` was the last moment. An accept that brings a wait along
 * is two lines; between them the wait is not known yet. */
static bool cut_at(struct run *r, size_t end, const struct moment *m, bool between)
{
	struct buf copy = { 0 };
	struct spool_fold f = fold(r, (slice){ r->log.p, end }, &copy);
	bool torn = r->log.p[end - 1] != '\n';
	bool good = same(r, &f, m, true, !between) && f.torn == torn;

	if (end == m->end)
		good = good && written_again(r, &f, m) && goes_on(r, &f, m);
	gate_free(f.gate);
	spool_fold_free(&f);
	buf_free(&copy);
	return good;
}

static bool every_entry(struct run *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (!cut_at(r, r->moments[i].end, &r->moments[i], false))
			return false;
	return true;
}

static bool accept_is_whole(const struct run *r, size_t begin, size_t end)
{
	const char *newline = memchr(r->log.p + begin, '\n', end - begin);

	return newline && (size_t)(newline - r->log.p) < end;
}

static bool every_byte(struct run *r)
{
	for (size_t i = 0, end = r->moments[0].end; end < r->log.n; end++) {
		while (i + 1 < r->count && r->moments[i + 1].end <= end)
			i++;
		/* Half of two lines: the accept counts, its wait comes later. */
		bool between = i + 1 < r->count && accept_is_whole(r, r->moments[i].end, end);
		const struct moment *m = &r->moments[between ? i + 1 : i];
		if (!cut_at(r, end, m, between))
			return false;
	}
	return true;
}

static void a_log_that_is_cut_off_says_how_it_stood(void)
{
	uint64_t first = t_seed(1), count = t_seeds(60);
	struct run r;

	for (uint64_t number = first; number < first + count; number++) {
		seed_begin(number);
		run_new(&r, number);
		bool good = every_entry(&r) && (number % 20 || every_byte(&r));
		run_free(&r);
		if (!OK(good)) {
			t_again(number);
			return;
		}
	}
}

int main(void)
{
	RUN(a_log_that_is_cut_off_says_how_it_stood);
	return t_done();
}
