#include "cli/spool_file.h"

#include "base/mem.h"
#include "sys/entropy.h"
#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	LEAST = 4 * 1024 * 1024, /* a file that is shorter is not worth the trouble */
	DAMAGE_TOLD = 10,
};

/* ---- the file ---- */

/* What is in it is nobody else's business. */
static bool make(const char *path, struct err *e)
{
	struct stat st;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);

	if (fd < 0)
		return err_system(e, STATUS_NO_CREATE, "open %s", path);
	bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	close(fd);
	return regular || err_set(e, STATUS_NO_CREATE, "%s is not a regular file", path);
}

static bool read_text(const char *path, struct buf *text, struct err *e)
{
	bool found;

	buf_clear(text);
	if (!file_read(path, text, &found, e))
		return false;
	memset(buf_reserve(text, JSON_SLACK), 0, JSON_SLACK);
	return true;
}

/* Anything else is not touched: it may be the input, by a slip of the hand. */
static bool is_spool(struct spool *s, struct err *e)
{
	struct spool_header h;
	struct json_error bad;

	s->seed = (struct hash_seed){ entropy_u64(), entropy_u64() };
	if (s->text.n == 0)
		return true;
	if (!spool_fold_header(buf_slice(&s->text), &h, &bad))
		return err_set(e, STATUS_DATA,
		               "%s:1: byte %zu: %s (this is no spool of meshq-exec)", s->path,
		               bad.at + 1, bad.what);
	s->seed = h.seed;
	return true;
}

/* A process that is just being started has all that its parent had, for a moment: after a
 * kill the lock may still be there when the next run is. */
static bool lock(struct spool *s, struct err *e)
{
	const struct timespec moment = { .tv_nsec = 10 * NS_PER_MS };

	for (int tries = 20; tries--; nanosleep(&moment, NULL)) {
		s->lock = file_lock_now(s->path, e);
		if (s->lock >= 0 || e->status != STATUS_DEFERRED)
			break;
	}
	return s->lock >= 0;
}

bool spool_open(struct spool *s, struct err *e)
{
	s->lock = s->journal.fd = -1;
	spool_held_init(s);
	if (!s->path)
		return true;
	clock_start(&s->clock, false);
	return make(s->path, e) && lock(s, e) && read_text(s->path, &s->text, e) && is_spool(s, e);
}

static bool replace(const struct spool *s, slice text, struct err *e)
{
	return s->sync ? file_replace(s->path, text, e) : file_publish(s->path, text, e);
}

static bool open_journal(struct spool *s, struct err *e)
{
	if (!journal_open(&s->journal, s->path, e))
		return false;
	s->limit = s->journal.end * 2 + LEAST;
	return true;
}

bool spool_file_compact(struct spool *s, struct err *e)
{
	struct spool_fold f = { .policy = &s->cli->policy,
		                .reader = s->intake->second_reader,
		                .keys = s->intake->second_keys,
		                .who = s->intake->second_who };
	struct buf text = { 0 }, shorter = { 0 };
	bool good = read_text(s->path, &text, e);

	if (good) {
		spool_fold(&f, buf_slice(&text));
		spool_fold_write(&f, s->seed, s->gate, *s->now, false, &shorter);
		good = replace(s, buf_slice(&shorter), e);
	}
	if (good) {
		journal_close(&s->journal);
		good = open_journal(s, e);
		s->failed |= !good;
	}
	spool_fold_free(&f);
	buf_free(&text);
	buf_free(&shorter);
	return good;
}

void spool_file_close(struct spool *s)
{
	while (s->next < s->count)
		intake_drop(s->intake, s->waiting[s->next++]);
	free(s->waiting);
	journal_close(&s->journal);
	buf_free(&s->text);
	buf_free(&s->pending);
	buf_free(&s->ends);
	if (s->lock >= 0)
		close(s->lock);
	s->lock = -1;
}

/* ---- what is not as it should be ---- */

/* The bytes are kept, for the file is about to be written anew. */
static bool keep_damage(const struct spool *s, const struct spool_fold *f, struct err *e)
{
	struct buf name = { 0 }, lines = { 0 };
	struct journal j;

	buf_addf(&name, "%s.damaged", s->path);
	for (size_t i = 0; i < f->damage_count; i++) {
		buf_add_slice(&lines, f->damage[i].text);
		buf_add_char(&lines, '\n');
	}
	bool good = make(buf_text(&name), e) && journal_open(&j, buf_text(&name), e);
	if (good) {
		good = journal_write_last(&j, buf_slice(&lines), e) && journal_sync(&j, e);
		journal_close(&j);
	}
	buf_free(&name);
	buf_free(&lines);
	return good;
}

static bool tell_damage(struct spool *s, const struct spool_fold *f, struct err *e)
{
	for (size_t i = 0; i < f->damage_count && i < DAMAGE_TOLD; i++) {
		const struct spool_damage *d = &f->damage[i];
		cli_warn(s->cli, "%s:%ju: byte %zu: %s", s->path, (uintmax_t)d->line, d->at + 1,
		         d->what);
	}
	if (f->damage_count) {
		cli_warn(s->cli, "%s: %zu damaged lines are left out, and kept in %s.damaged",
		         s->path, f->damage_count, s->path);
		s->status = STATUS_DATA;
	}
	if (f->strange)
		cli_note(s->cli,
		         "%s: what rule '%s' had admitted or held is forgotten: there is no such "
		         "rule any more (%ju entries in all)",
		         s->path, f->strange_rule, (uintmax_t)f->strange);
	return f->damage_count == 0 || keep_damage(s, f, e);
}

/* ---- what was left ---- */

/* The line knows of an admission, which holds until something has been done about it. */
static void stand_as(struct action *a, const struct spool_live *l)
{
	struct turn *t = a->turn;

	t->restored = true;
	a->arrived = l->arrived;
	a->ran = l->ran;
	a->attempts = l->attempts;
	a->defers = l->defers;
	if (!l->waits && !l->started)
		return;
	t->upstream = UPSTREAM_NONE;
	a->waited = l->waits && l->in_line;
	if (l->waits && !l->in_line) {
		t->upstream = UPSTREAM_DEFERRED;
		t->upstream_until = l->due;
		t->upstream_rule = UINT32_MAX;
	}
}

/* NULL: --resume says that it is done. */
static struct action *action_of(struct spool *s, const struct spool_live *l)
{
	struct event event;

	if (!intake_show(s->intake, l->record) || !intake_event(s->intake, l->arrived, &event) ||
	    event.kind != EVENT_ARRIVED)
		return NULL;
	stand_as(event.action, l);
	return event.action;
}

/* Those who are done after all leave, and the numbers are not those of arrival. */
static void make_actions(struct spool *s, struct spool_fold *f)
{
	struct input *input = s->intake->input;
	uint64_t skipped = s->intake->skipped; /* lines of the input */
	size_t kept = 0;

	s->intake->input = NULL; /* nothing of it is from there */
	s->waiting = mem_resize(NULL, f->count, sizeof(struct action *));
	for (size_t i = 0; i < f->count; i++) {
		struct action *a = action_of(s, &f->live[i]);
		if (!a)
			continue;
		f->live[kept++] = f->live[i];
		s->waiting[s->count++] = a;
	}
	f->exact &= kept == f->count;
	f->count = kept;
	s->intake->input = input;
	s->intake->skipped = skipped;
	s->intake->actions = f->accepted;
	s->last = s->safe = s->count;
}

/* Unless the file says it as shortly, and with the same numbers. */
static bool write_anew(struct spool *s, const struct spool_fold *f, instant now, struct err *e)
{
	struct buf text = { 0 };
	bool good = true;

	spool_fold_write(f, s->seed, s->gate, now, true, &text);
	if (!f->exact || text.n < s->text.n || s->text.n == 0)
		good = replace(s, buf_slice(&text), e);
	buf_free(&text);
	return good;
}

bool spool_restore(struct spool *s, struct clock *clock, struct err *e)
{
	struct spool_fold f = { .policy = &s->cli->policy,
		                .gate = s->gate,
		                .reader = s->intake->second_reader,
		                .keys = s->intake->second_keys,
		                .who = s->intake->second_who };

	if (!s->path)
		return true;
	spool_fold(&f, buf_slice(&s->text));
	clock_show(clock, f.latest);
	bool good = tell_damage(s, &f, e);
	if (good) {
		make_actions(s, &f);
		good = write_anew(s, &f, clock_now(clock), e);
	}
	good = good && open_journal(s, e);
	if (good && s->sync)
		good = journal_sync(&s->journal, e);
	if (good)
		cli_writes(s->cli, s->journal.fd);
	spool_fold_free(&f);
	buf_free(&s->text);
	return good;
}
