#include "cli/spool.h"

#include "base/mem.h"
#include "cli/spool_file.h"

#include <stdlib.h>

enum {
	MUCH = 256 * 1024, /* entries that are written without waiting for a reason */
	SYNC_MS = 100,
};

/* An outcome that is not written out yet. */
struct spool_out {
	uint64_t number;
	uint64_t records, passed; /* bytes of both ways out up to its end */
	instant at;
	enum outcome outcome;
};

struct held {
	struct key key;
	struct spool_out out;
};

/* struct action.mark: the last entry of the action says that it runs. */
enum { MARK_STARTED = 1 };

/* ---- writing ---- */

/* From here on nothing is accepted; ends are still written, in the spare room. */
static void fail(struct spool *s, const struct err *e)
{
	if (s->failed)
		return;
	cli_warn(s->cli, "%s", e->text);
	s->failed = true;
	s->status = STATUS_IO;
	buf_clear(&s->pending);
}

static void write_ends(struct spool *s)
{
	struct err e;

	if (s->ends.n && journal_write_last(&s->journal, buf_slice(&s->ends), &e))
		buf_clear(&s->ends);
}

/* Ends behind the rest: one is never earlier than what else is told of its action. */
static bool flush(struct spool *s, struct err *e)
{
	size_t before = s->pending.n;

	if (s->failed) {
		write_ends(s);
		return err_set(e, STATUS_IO, "%s: cannot be written", s->path);
	}
	if (s->pending.n + s->ends.n == 0)
		return true;
	buf_add_slice(&s->pending, buf_slice(&s->ends));
	if (!journal_write(&s->journal, buf_slice(&s->pending), e)) {
		s->pending.n = before;
		fail(s, e);
		write_ends(s);
		return false;
	}
	buf_clear(&s->pending);
	buf_clear(&s->ends);
	if (!s->sync)
		s->safe = s->last;
	return true;
}

/* All that is accepted is where it has to be. */
static bool settle(struct spool *s, struct err *e)
{
	if (!flush(s, e))
		return false;
	if (!s->sync || s->safe == s->last)
		return true;
	if (!journal_sync(&s->journal, e)) {
		fail(s, e);
		return false;
	}
	s->safe = s->last;
	return true;
}

static void flush_much(struct spool *s)
{
	struct err e;

	if (s->pending.n > MUCH)
		flush(s, &e);
}

/* ---- what comes ---- */

bool spool_has_next(const struct spool *s)
{
	return s->next < s->count;
}

struct action *spool_next(struct spool *s)
{
	return s->waiting[s->next++];
}

void spool_accept(struct spool *s, const struct action *a)
{
	if (!s->path || s->failed)
		return;
	if (s->sync && s->last == s->safe)
		s->sync_at = instant_add(clock_now(&s->clock), span_ms(SYNC_MS));
	spool_add_accept(a, intake_line(s->intake, a), &s->pending);
	s->last = a->arrival;
	flush_much(s);
}

void spool_hold(struct spool *s, const struct event *held)
{
	struct gate_mark m = { .rule = held->rule, .key = held->key, .at = held->until };

	if (!s->path || s->failed)
		return;
	spool_add_mark(&s->cli->policy, &m, &s->pending);
	flush_much(s);
}

/* ---- what becomes of it ---- */

bool spool_start(struct spool *s, struct action *a, bool later, struct err *e)
{
	if (!s->path)
		return true;
	if (s->failed)
		return err_set(e, STATUS_IO, "%s: cannot be written", s->path);
	spool_add_start(a, *s->now, &s->pending);
	a->mark = MARK_STARTED;
	/* Restored ones were safe from the first on. */
	if (a->arrival > s->safe)
		return settle(s, e);
	return later || flush(s, e);
}

void spool_commit(struct spool *s)
{
	struct err e;

	/* Should that fail, what is accepted is safe all the same. */
	if (s->path && s->pending.n)
		flush(s, &e);
}

void spool_step(struct spool *s, const struct effect *f)
{
	if (!s->path || s->failed)
		return;
	spool_add_wait(f, &s->pending);
	f->action->mark = 0;
	flush_much(s);
}

/* Whether the file has it: else it has to be told as ever. */
static bool has(struct spool *s, const struct action *a)
{
	struct err e;

	if (a->arrival > s->safe && !s->failed)
		settle(s, &e);
	return a->arrival <= s->safe;
}

bool spool_keeps(struct spool *s, const struct effect *f)
{
	struct action *a = f->action;

	if (!s->path || f->outcome != OUTCOME_UNFINISHED || !has(s, a))
		return false;
	/* What waits is there as it stands; what ran has to go on waiting. */
	if (a->mark == MARK_STARTED && !s->failed)
		spool_add_wait(f, &s->pending);
	a->mark = 0;
	s->kept++;
	return true;
}

/* ---- what is out ---- */

static void make_room(struct spool *s)
{
	size_t room = s->told_room ? s->told_room * 2 : 64;
	struct spool_out *told = mem_resize(NULL, room, sizeof *told);

	for (size_t i = 0; i < s->told_count; i++)
		told[i] = s->told[(s->told_first + i) % s->told_room];
	free(s->told);
	s->told = told;
	s->told_room = room;
	s->told_first = 0;
}

void spool_held_init(struct spool *s)
{
	table_init(&s->held, sizeof(struct held));
}

/* How much will have been written when all is that is in the buffer, or waits to get there. Of
 * what comes after a failure nothing is ever written. */
static uint64_t position(const struct out *out, const struct stock *waiting)
{
	if (!out)
		return 0;
	return out->failure ? UINT64_MAX : out->written + out->pending.n + stock_bytes(waiting);
}

/* All of it is on its way out now. */
static void goes_out(struct spool *s, struct spool_out t)
{
	if (s->told_count == s->told_room)
		make_room(s);
	t.records = position(s->outlet->records, &s->outlet->all.records);
	t.passed = position(s->outlet->passed, &s->outlet->all.passed);
	s->told[(s->told_first + s->told_count++) % s->told_room] = t;
}

static struct key key_of(uint64_t number)
{
	return (struct key){ .hi = number << 32, .lo = number };
}

/* With --keep-order they go in the order of their numbers. */
static void let_go(struct spool *s)
{
	while (s->held.count && outlet_has_let_go(s->outlet, s->gone + 1)) {
		struct held *h = table_find(&s->held, key_of(++s->gone));

		if (!h)
			continue;
		goes_out(s, h->out);
		table_remove(&s->held, h);
	}
}

void spool_told(struct spool *s, const struct effect *f)
{
	struct spool_out t = { .number = f->action->arrival, .at = f->at, .outcome = f->outcome };

	if (!s->path)
		return;
	if (outlet_has_let_go(s->outlet, t.number))
		goes_out(s, t);
	else
		((struct held *)table_put(&s->held, key_of(t.number)))->out = t;
}

static bool is_out(const struct out *out, uint64_t position)
{
	return !out || out->written >= position;
}

static void collect_ends(struct spool *s)
{
	let_go(s);
	while (s->told_count) {
		const struct spool_out *t = &s->told[s->told_first];

		if (!is_out(s->outlet->records, t->records) ||
		    !is_out(s->outlet->passed, t->passed))
			return;
		spool_add_end(t->number, t->outcome, t->at, &s->ends);
		s->told_first = (s->told_first + 1) % s->told_room;
		s->told_count--;
	}
}

/* ---- now and then ---- */

static void compact(struct spool *s)
{
	struct err e;

	if (s->failed || s->journal.end <= s->limit)
		return;
	if (spool_file_compact(s, &e))
		return;
	/* It goes on growing; the next try comes when it has doubled again. */
	cli_warn(s->cli, "%s (it is not compacted)", e.text);
	s->limit = s->journal.end * 2;
}

span spool_look(struct spool *s)
{
	struct err e;

	if (!s->path)
		return SPAN_MAX;
	collect_ends(s);
	if (!flush(s, &e))
		return SPAN_MAX;
	compact(s);
	if (!s->sync || s->safe == s->last)
		return SPAN_MAX;
	instant now = clock_now(&s->clock);
	if (instant_after(s->sync_at, now))
		return instant_until(now, s->sync_at);
	settle(s, &e);
	return SPAN_MAX;
}

/* A spool with nobody in it is one line, and what the gate remembers. */
static void shorten(struct spool *s)
{
	struct err e;

	if (!s->failed && s->kept == 0 && s->told_count == 0 && s->held.count == 0 &&
	    !spool_has_next(s) && s->last && !spool_file_compact(s, &e))
		s->status = cli_fail(s->cli, &e);
}

int spool_close(struct spool *s)
{
	struct err e;

	if (!s->path || !s->cli)
		return STATUS_OK;
	if (s->journal.path) {
		collect_ends(s);
		if (flush(s, &e) && s->sync && !journal_sync(&s->journal, &e))
			fail(s, &e);
		if (s->ends.n)
			cli_warn(s->cli, "%s: some of what is done will be run again", s->path);
		shorten(s);
		if (s->kept)
			cli_detail(s->cli, "%s: %ju actions are left in it", s->path,
			           (uintmax_t)s->kept);
	}
	spool_file_close(s);
	free(s->told);
	table_free(&s->held);
	return s->status;
}
