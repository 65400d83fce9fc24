/* Whole runs of the virtual driver against the stories in tests/sim: every
 * X.script is run, and what happens must be what X.trace says.
 *
 *	UPDATE=1 build/unit/sim_trace_test     writes the traces anew
 *
 * A script has one thing on a line; # starts a comment. First what the engine
 * is made of, then handlers and events in any order; actions are numbered as
 * they are written and have to be written in the order of their times.
 *
 *	preset robust
 *	set executor.max_defers=3
 *	jobs 2
 *	handler 3 takes 50ms                 what the handler of action 3 does ...
 *	handler * retries 2 after 1s fails   ... and those of all others
 *	handler 4 hangs saying "no answer"
 *	handler 5 hangs ignores TERM
 *	handler * fails saying "down" from 10s until 20s
 *	at 0 pull_replica c1                 action 1 arrives; its key is c1
 *	at 250ms drop_replica c1 expires 30s
 *	at 0 mark_avoid p times 100 every 10ms
 *	at 1s hold d until 9s
 *	at 1s jobs 2                         from now on two at once
 *	at 1s jobs 2 pool 1                  the same of another pool
 *	at 1s limit 3                        of all pools together
 *	at 0 mark_avoid p pool 1             its handler takes a slot of that pool
 *	handler 6 fails halts                and asks for a halt
 *	at 0 mark_avoid p lane x             goes after those in the same lane; with
 *	                                     set executor.serialize=lane
 *	at 0 mark_avoid p twin y             asks for the same thing as others with that
 *	                                     word; with set executor.dedupe.for=1m
 *	at 2s stop                           also: kill */
#include "base/buf.h"
#include "base/dur.h"
#include "world.h"

#include <glob.h>

enum { SETS = 8, ACTIONS = 400, WORDS = 16 };

struct story {
	struct world w;
	const char *path;
	int line;
	char *rest;         /* of the line being read */
	char *words[WORDS]; /* kept: presets, settings and reasons are borrowed */
	struct buf trace;

	const char *preset, *sets[SETS];
	uint32_t set_count, jobs;
	bool started;
	char kinds[ACTIONS][32];
	int64_t actions;
};

static _Noreturn void bail(const struct story *s, const char *what)
{
	printf("Bail out! %s:%d: %s\n", s->path, s->line, what);
	exit(1);
}

/* ---- words ---- */

/* The next word, or "..." as one; NULL at the end of the line. */
static char *word(struct story *s)
{
	char *w = s->rest + strspn(s->rest, " \t");
	bool quoted = *w == '"';

	if (!*w)
		return NULL;
	w += quoted;
	char *end = w + strcspn(w, quoted ? "\"" : " \t");
	s->rest = *end ? end + 1 : end;
	*end = '\0';
	return w;
}

static char *need(struct story *s)
{
	char *w = word(s);

	if (!w)
		bail(s, "a word is missing");
	return w;
}

static span need_span(struct story *s)
{
	span d;

	if (!dur_parse(slice_of(need(s)), &d))
		bail(s, "expected a duration");
	return d;
}

static int64_t need_ms(struct story *s)
{
	return need_span(s).ns / NS_PER_MS;
}

static uint32_t need_number(struct story *s)
{
	uint64_t n;

	if (!slice_u64(slice_of(need(s)), &n) || n > UINT32_MAX)
		bail(s, "expected a number");
	return (uint32_t)n;
}

/* A word that outlives the line. */
static const char *keep(struct story *s, const char *text)
{
	for (size_t i = 0; i < WORDS; i++)
		if (!s->words[i])
			return s->words[i] = mem_text(text, strlen(text));
	bail(s, "too many words to keep");
}

/* ---- lines ---- */

static void begin(struct story *s)
{
	if (s->started)
		return;
	s->started = true;
	world_open_set(&s->w, s->preset, s->sets, s->set_count);
	world_start(&s->w, s->jobs);
}

static void read_handler(struct story *s)
{
	struct behaviour b = { .verdict = RESULT_OK };
	const char *who = need(s);
	uint64_t id = 0;

	if (strcmp(who, "*") != 0 && !slice_u64(slice_of(who), &id))
		bail(s, "expected the number of an action, or *");
	for (const char *w = word(s); w; w = word(s)) {
		if (strcmp(w, "takes") == 0)
			b.duration = need_span(s);
		else if (strcmp(w, "hangs") == 0)
			b.duration = SPAN_MAX;
		else if (strcmp(w, "retries") == 0)
			b.retries = need_number(s);
		else if (strcmp(w, "after") == 0)
			b.hint = need_span(s);
		else if (strcmp(w, "fails") == 0)
			b.verdict = RESULT_FAIL;
		else if (strcmp(w, "halts") == 0)
			b.verdict = RESULT_HALT;
		else if (strcmp(w, "saying") == 0)
			b.reason = keep(s, need(s));
		else if (strcmp(w, "ignores") == 0 && strcmp(need(s), "TERM") == 0)
			b.ignores_term = true;
		else if (strcmp(w, "from") == 0)
			b.from = instant_ms(need_ms(s));
		else if (strcmp(w, "until") == 0)
			b.until = instant_ms(need_ms(s));
		else
			bail(s, "handlers do nothing of that kind");
	}
	behave(&s->w, (int64_t)id, b);
}

static uint64_t key_number(const char *word)
{
	return hash_bytes((struct hash_seed){ 5, 6 }, word, strlen(word)).lo;
}

static void put_in_lane(const struct story *s, struct action *a, const char *lane)
{
	if (!s->w.policy.executor.serialize_count)
		bail(s, "there are no lanes without executor.serialize");
	a->lane = LANE_WANTED;
	a->turn->keys[gate_lane_key(a->class)] = world_key(key_number(lane));
}

static void make_twin(const struct story *s, struct action *a, const char *twin)
{
	if (s->w.policy.executor.dedupe.keep.ns == 0)
		bail(s, "there are no twins without executor.dedupe.for");
	a->twin = TWIN_WANTED;
	a->turn->keys[gate_twin_key(a->class)] = world_key(key_number(twin));
}

static void read_actions(struct story *s, int64_t at_ms, const char *kind)
{
	const char *key = word(s);
	uint32_t times = 1;
	int64_t every_ms = 0;
	instant expires = INSTANT_NEVER;
	uint32_t pool = 0;
	const char *lane = NULL, *twin = NULL;

	for (const char *w = word(s); w; w = word(s)) {
		if (strcmp(w, "expires") == 0)
			expires = instant_ms(need_ms(s));
		else if (strcmp(w, "times") == 0)
			times = need_number(s);
		else if (strcmp(w, "every") == 0)
			every_ms = need_ms(s);
		else if (strcmp(w, "pool") == 0)
			pool = need_number(s);
		else if (strcmp(w, "lane") == 0)
			lane = need(s);
		else if (strcmp(w, "twin") == 0)
			twin = need(s);
		else
			bail(s, "actions have nothing of that kind");
	}
	for (uint32_t i = 1; i <= times; i++) {
		char name[80];

		if (s->actions == ACTIONS)
			bail(s, "too many actions");
		snprintf(name, sizeof name, times > 1 ? "%.40s-%u" : "%.40s", key ? key : "", i);
		snprintf(s->kinds[s->actions++], sizeof s->kinds[0], "%s", kind);
		struct action *a =
			add(&s->w, at_ms + (i - 1) * every_ms, kind, key_number(name), s->actions);
		a->turn->expires = expires;
		a->pool = pool;
		if (lane)
			put_in_lane(s, a, lane);
		if (twin)
			make_twin(s, a, twin);
	}
}

static void read_jobs(struct story *s, int64_t at_ms)
{
	struct event e = { .kind = EVENT_JOBS, .jobs = need_number(s) };
	const char *more = word(s);

	if (more && strcmp(more, "pool") != 0)
		bail(s, "expected pool");
	if (more)
		e.pool = need_number(s);
	world_event(&s->w, at_ms, e);
}

static void read_event(struct story *s)
{
	int64_t at_ms = need_ms(s);
	const char *what = need(s);

	if (strcmp(what, "stop") == 0) {
		tell(&s->w, at_ms, EVENT_STOPPED);
	} else if (strcmp(what, "kill") == 0) {
		tell(&s->w, at_ms, EVENT_KILLED);
	} else if (strcmp(what, "jobs") == 0) {
		read_jobs(s, at_ms);
	} else if (strcmp(what, "limit") == 0) {
		world_event(&s->w, at_ms,
		            (struct event){ .kind = EVENT_LIMIT, .jobs = need_number(s) });
	} else if (strcmp(what, "hold") == 0) {
		uint64_t key = key_number(need(s));
		if (strcmp(need(s), "until") != 0)
			bail(s, "expected until");
		hold(&s->w, at_ms, key, need_ms(s));
	} else {
		read_actions(s, at_ms, what);
	}
}

static void read_line(struct story *s, char *line)
{
	line[strcspn(line, "#\n")] = '\0';
	s->rest = line;
	const char *verb = word(s);

	if (!verb)
		return;
	if (strcmp(verb, "preset") == 0 && !s->started)
		s->preset = keep(s, need(s));
	else if (strcmp(verb, "set") == 0 && !s->started && s->set_count < SETS)
		s->sets[s->set_count++] = keep(s, need(s));
	else if (strcmp(verb, "jobs") == 0 && !s->started)
		s->jobs = need_number(s);
	else if (strcmp(verb, "handler") == 0)
		begin(s), read_handler(s);
	else if (strcmp(verb, "at") == 0)
		begin(s), read_event(s);
	else
		bail(s, "no such line here");
}

static void read_script(struct story *s)
{
	char line[200];
	FILE *f = fopen(s->path, "r");

	if (!f)
		bail(s, "cannot be read");
	while (fgets(line, sizeof line, f)) {
		s->line++;
		read_line(s, line);
	}
	fclose(f);
	begin(s);
}

/* ---- telling ---- */

static const char *rule_name(const struct story *s, uint32_t rule)
{
	return rule < s->w.policy.rule_count ? s->w.policy.rules[rule].name : "?";
}

static void tell_until(struct buf *out, const char *word_before, int64_t until_ms)
{
	if (until_ms < INT64_MAX / NS_PER_MS)
		buf_addf(out, " %s %" PRId64, word_before, until_ms);
}

static void tell_failure(struct buf *out, const struct note *n)
{
	static const char *const causes[] = {
		[CAUSE_HANDLER] = "fails",
		[CAUSE_DEFER_BUDGET] = "fails, has waited too often",
		[CAUSE_RETRY_BUDGET] = "fails, has been retried too often",
		[CAUSE_STREAM_BUDGET] = "fails, nobody may be retried",
		[CAUSE_RETRIES] = "fails, has no more retries",
		[CAUSE_FULL] = "fails, has no room to wait",
	};
	buf_addf(out, " %s", causes[n->cause]);
	if (n->timed_out)
		buf_add_text(out, ", timed out");
	if (n->reason[0])
		buf_addf(out, ": %s", n->reason);
}

static void tell_outcome(const struct story *s, struct buf *out, const struct note *n)
{
	switch (n->outcome) {
	case OUTCOME_DISPATCHED:
		buf_add_text(out, n->cause == CAUSE_TWIN ? " was done as its twin" : " is done");
		break;
	case OUTCOME_FAILED:
		tell_failure(out, n);
		break;
	case OUTCOME_GATED:
		buf_addf(out, " is gated by %s", rule_name(s, n->rule));
		tell_until(out, "until", n->until_ms);
		break;
	case OUTCOME_EXPIRED:
		buf_add_text(out, " has expired");
		break;
	case OUTCOME_UNFINISHED:
		buf_addf(out, " is unfinished%s",
		         n->cause == CAUSE_STUCK    ? " for good"
		         : n->cause == CAUSE_HALTED ? " after a halt"
		                                    : "");
		tell_until(out, "and would be due at", n->until_ms);
		break;
	case OUTCOME_RETRYING:
		buf_addf(out, " is to be retried at %" PRId64, n->until_ms);
		if (n->reason[0])
			buf_addf(out, ": %s", n->reason);
		break;
	case OUTCOME_DEFERRED:
		buf_addf(out, " waits for %s", rule_name(s, n->rule));
		tell_until(out, "until", n->until_ms);
		break;
	}
}

static void tell_note(struct story *s, const struct note *n)
{
	struct buf *out = &s->trace;

	buf_addf(out, "[%6" PRId64 "]", n->at_ms);
	if (n->kind == EFFECT_EDGE) {
		buf_addf(out, " back-pressure %s at depth %" PRIu64 "\n",
		         n->edge == EDGE_ASSERTED ? "asserted" : "released", n->depth);
		return;
	}
	buf_addf(out, " %" PRId64 " %s", n->id, s->kinds[n->id - 1]);
	if (n->kind == EFFECT_DISPATCH)
		buf_addf(out, " dispatched (attempt %u)", n->attempts);
	else if (n->kind == EFFECT_TERMINATE)
		buf_add_text(out, " is told to end");
	else if (n->kind == EFFECT_KILL)
		buf_add_text(out, " is killed");
	else
		tell_outcome(s, out, n);
	buf_add_char(out, '\n');
}

static void tell_story(struct story *s)
{
	const struct engine_stats *n = world_run(&s->w);

	for (size_t i = 0; i < s->w.note_count; i++)
		tell_note(s, &s->w.notes[i]);
	buf_addf(&s->trace,
	         "[%6" PRId64 "] the end: %" PRIu64 " received, %" PRIu64 " dispatched, %" PRIu64
	         " failed, %" PRIu64 " gated, %" PRIu64 " expired, %" PRIu64 " unfinished\n",
	         s->w.end_ms, n->received, n->dispatched, n->failed, n->gated, n->expired,
	         n->unfinished);
}

/* ---- comparing ---- */

static void read_file(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "r");

	for (int c; f && (c = getc(f)) != EOF;)
		buf_add_char(out, (char)c);
	if (f)
		fclose(f);
}

static void write_file(const char *path, slice text)
{
	FILE *f = fopen(path, "w");

	OK(f && fwrite(text.p, 1, text.n, f) == text.n);
	OK(f && fclose(f) == 0);
}

/* Says where the story begins to be another. */
static bool compare(const char *path, slice got, slice want)
{
	size_t i = 0, line = 1, start = 0;

	if (slice_equal(got, want))
		return true;
	for (; i < got.n && i < want.n && got.p[i] == want.p[i]; i++)
		if (got.p[i] == '\n') {
			line++;
			start = i + 1;
		}
	printf("# %s:%zu\n# got  %.*s\n# want %.*s\n", path, line,
	       (int)strcspn(got.p + start, "\n"), got.p + start, (int)strcspn(want.p + start, "\n"),
	       want.p + start);
	return false;
}

static void run_story(const char *path)
{
	struct story *s = mem_zeroed(1, sizeof *s);
	struct buf want = { 0 };
	char trace[200];

	s->path = path;
	s->preset = "meshos";
	s->jobs = 1;
	read_script(s);
	tell_story(s);
	snprintf(trace, sizeof trace, "%.*s.trace", (int)(strlen(path) - strlen(".script")), path);
	if (getenv("UPDATE"))
		write_file(trace, buf_slice(&s->trace));
	read_file(trace, &want);
	buf_text(&want);
	buf_text(&s->trace);
	OK(want.p && compare(trace, buf_slice(&s->trace), buf_slice(&want)));
	buf_free(&want);
	buf_free(&s->trace);
	world_close(&s->w);
	for (size_t i = 0; i < WORDS; i++)
		free(s->words[i]);
	free(s);
}

int main(void)
{
	glob_t scripts;

	if (glob("tests/sim/*.script", 0, NULL, &scripts) != 0) {
		printf("Bail out! no tests/sim/*.script: run from the top of the repository\n");
		return 1;
	}
	for (size_t i = 0; i < scripts.gl_pathc; i++) {
		t_good = true;
		run_story(scripts.gl_pathv[i]);
		t_count++;
		t_failed += !t_good;
		printf("%s %d - %s\n", t_good ? "ok" : "not ok", t_count, scripts.gl_pathv[i]);
	}
	globfree(&scripts);
	return t_done();
}
