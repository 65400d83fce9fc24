#include "cli/resume.h"

#include "codec/outcome.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* What is told of one sort, before it is only counted. */
enum { TOLD_MOST = 3 };

/* Members that keys name lie in a record of the chain beside what it says itself. */
enum { LINE_MORE = 4 << 20 };

/* One chain, being read. */
struct reading {
	struct resume *resume;
	const char *name;
	struct lines lines;
	struct record_reader *reader;
	struct told_paths told;
	uint32_t content; /* path */
	struct buf text;
	uint64_t records; /* of a chain */
	uint64_t bare;    /* of these: without a content */
	uint64_t bad;     /* lines */
	bool foreign;     /* there was a record of something else */
};

/* ---- reading ---- */

static void complain(struct reading *in, size_t at, const char *what)
{
	if (in->bad++ < TOLD_MOST)
		cli_warn(in->resume->cli, "%s:%ju: byte %zu: %s (left out)", in->name,
		         (uintmax_t)in->lines.number, at + 1, what);
}

static void refuse(struct reading *in, const struct record *r, const struct told_bad *bad)
{
	const char *at = bad->at ? bad->at : record_end(r->line);

	complain(in, (size_t)(at - r->line.p), bad->what);
}

/* How it ended, if that was its end. A failure that names its retry was none. */
static bool read_end(struct reading *in, const struct record *r, bool *dispatched, bool *ended,
                     struct told_bad *bad)
{
	slice status = { 0 };

	if (!told_string(&in->told, r, TOLD_BY_CHAIN, TOLD_STATUS, &in->text, &status, bad))
		return false;
	if (!status.p)
		return told_refuse(bad, NULL, "expected a string as 'disposition.status'");
	bool again = told_value(&in->told, r, TOLD_BY_CHAIN, TOLD_RETRY_AFTER).p != NULL;
	*dispatched = slice_is(status, outcome_name(OUTCOME_DISPATCHED));
	*ended = *dispatched || (slice_is(status, outcome_name(OUTCOME_FAILED)) && !again) ||
	         slice_is(status, outcome_name(OUTCOME_GATED)) ||
	         slice_is(status, outcome_name(OUTCOME_EXPIRED)) ||
	         slice_is(status, outcome_name(OUTCOME_UNFINISHED));
	return true;
}

static bool take(struct reading *in, const struct record *r, struct told_bad *bad)
{
	slice content = r->found[in->content].text;
	bool dispatched = false, ended = false;
	struct key what;

	if (told_by(&in->told, r) != TOLD_BY_CHAIN) {
		in->foreign = true;
		return told_refuse(bad, NULL, "not a record of a chain");
	}
	if (!told_version(&in->told, r, bad) || !read_end(in, r, &dispatched, &ended, bad))
		return false;
	if (r->id_type == RECORD_ID_NONE)
		return told_refuse(bad, NULL, "expected a member 'id'");
	if (content.p && !identity_read(content, &what))
		return told_refuse(bad, content.p, "expected 32 hexadecimal digits as 'content'");
	in->records++;
	in->bare += !content.p;
	if (ended && content.p)
		done_set(&in->resume->done, identity_key(r), what, dispatched);
	return true;
}

static void take_line(struct reading *in, slice line)
{
	struct json_error e;
	struct told_bad bad;
	struct record r;

	if (line.n == 0)
		return;
	if (!record_read(in->reader, line, &r, &e))
		complain(in, e.at, e.what);
	else if (!take(in, &r, &bad))
		refuse(in, &r, &bad);
}

/* lines_next passes over the rest of a line that is too long. */
static bool read_lines(struct reading *in, struct err *e)
{
	slice line;

	for (;;)
		switch (lines_next(&in->lines, &line)) {
		case LINES_LINE:
			take_line(in, line);
			break;
		case LINES_TOO_LONG:
			complain(in, line.n, "line too long");
			break;
		case LINES_MORE:
			if (!lines_fill(&in->lines, e))
				return false;
			break;
		case LINES_END:
			return true;
		}
}

/* ---- the chains ---- */

static void tell_of_lines(const struct reading *in)
{
	const struct cli *c = in->resume->cli;

	if (in->bad > TOLD_MOST)
		cli_warn(c, "%s: %ju lines in all were left out", in->name, (uintmax_t)in->bad);
	if (in->bare)
		cli_note(c,
		         "%s: %ju records without 'content' say nothing of what was done: they are "
		         "of a simulation, or of another program",
		         in->name, (uintmax_t)in->bare);
	cli_detail(c, "%s: %ju records", in->name, (uintmax_t)in->records);
}

static bool read_file(struct reading *in, int fd, struct err *e)
{
	struct err why;

	lines_init(&in->lines, fd, in->resume->cli->max_line + LINE_MORE);
	bool good = read_lines(in, &why);
	lines_free(&in->lines);
	if (!good)
		return err_set(e, STATUS_NO_INPUT, "--resume: %s: %s", in->name, why.text);
	if (in->foreign && !in->records)
		return err_set(e, STATUS_DATA,
		               "--resume: %s: expected the chain of an earlier run, as --chain "
		               "writes it",
		               in->name);
	tell_of_lines(in);
	return true;
}

/* Where this run begins its chain, nothing was done yet. */
static bool may_be_absent(const struct resume *r, const char *name)
{
	return errno == ENOENT && r->begun && strcmp(r->begun, name) == 0;
}

static bool read_chain(struct resume *r, const char *name, struct err *e)
{
	struct reading in = { .resume = r, .name = name };

	if (!*name)
		return err_set(e, STATUS_USAGE, "--resume: expected the name of a file");
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return may_be_absent(r, name) ||
		       err_system(e, STATUS_NO_INPUT, "--resume: %s", name);
	in.reader = record_reader_new();
	record_reader_accept_kindless(in.reader);
	in.told = told_paths(in.reader);
	in.content = record_reader_add(in.reader, "content");
	bool good = read_file(&in, fd, e);
	record_reader_free(in.reader);
	buf_free(&in.text);
	close(fd);
	return good;
}

bool resume_open(struct resume *r, struct cli *cli, struct err *e)
{
	r->cli = cli;
	for (uint32_t i = 0; i < r->files.count; i++)
		if (!read_chain(r, r->files.items[i], e))
			return false;
	return true;
}

/* ---- what comes ---- */

static void add_who(const struct record *r, struct buf *out)
{
	if (r->id_member.text.p) {
		buf_add_text(out, "id ");
		buf_add_slice(out, r->id_member.text);
	} else {
		buf_add_text(out, "action ");
		buf_add_u64(out, r->id);
		buf_add_text(out, ", which has no id");
	}
}

static void tell_of_other(struct resume *r, const struct record *record, const struct input *in)
{
	struct buf who = { 0 };

	if (r->others++ >= TOLD_MOST)
		return;
	if (in)
		buf_addf(&who, "%s:%ju: ", in->name, (uintmax_t)in->lines.number);
	add_who(record, &who);
	cli_note(r->cli, "%s: it is run, since what was done under that %s was something else",
	         buf_text(&who), record->id_member.text.p ? "id" : "number");
	buf_free(&who);
}

static void tell_of_skipped(const struct resume *r, const struct record *record)
{
	struct buf who = { 0 };

	if (r->cli->verbose) {
		add_who(record, &who);
		cli_detail(r->cli, "%s: skipped, it is done or taken in", buf_text(&who));
	}
	buf_free(&who);
}

void resume_knows(struct resume *r, const struct identity *who, const struct record *record)
{
	done_set(&r->done, identity_key(record), identity_content(who, record), true);
}

bool resume_skips(struct resume *r, const struct identity *who, const struct record *record,
                  const struct input *in)
{
	r->asked++;
	switch (done_ask(&r->done, identity_key(record), identity_content(who, record))) {
	case DONE_YES:
		r->skipped++;
		tell_of_skipped(r, record);
		return true;
	case DONE_OTHER:
		tell_of_other(r, record, in);
		break;
	case DONE_NOT:
		break;
	}
	return false;
}

/* A chain that goes on from run to run may well meet nothing but new actions. */
static void tell_of_nothing(const struct resume *r)
{
	bool nothing = r->asked && !r->skipped && r->done.count;

	for (uint32_t i = 0; nothing && r->begun && i < r->files.count; i++)
		nothing = strcmp(r->files.items[i], r->begun) != 0;
	if (nothing)
		cli_note(r->cli,
		         "nothing was skipped, though %ju actions are done: is that the chain of "
		         "this input, and --id the same?",
		         (uintmax_t)r->done.count);
}

void resume_close(struct resume *r)
{
	if (r->others > TOLD_MOST)
		cli_note(r->cli,
		         "%ju actions in all were run, since something else was done under "
		         "their ids; has the input changed?",
		         (uintmax_t)r->others);
	tell_of_nothing(r);
	done_free(&r->done);
	opt_list_free(&r->files);
}
