#include "cli/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void complain(struct input *in, enum status status, const char *what)
{
	cli_warn(in->cli, "%s: %s", in->name, what);
	in->status = cli_worse(in->status, (int)status);
}

/* ---- the lines that cannot be used ---- */

static bool open_rejects(struct input *in, struct err *e)
{
	const char *path = in->cli->rejects;

	if (!path)
		return true;
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_system(e, STATUS_NO_CREATE, "%s", path);
	out_init(&in->rejects, fd);
	cli_writes(in->cli, fd);
	in->keeps_rejects = true;
	return true;
}

static void close_rejects(struct input *in)
{
	struct err e;

	if (!in->keeps_rejects)
		return;
	in->keeps_rejects = false;
	if (!out_close(&in->rejects, in->cli->rejects, &e))
		in->status = cli_worse(in->status, cli_fail(in->cli, &e));
}

static void keep(struct input *in, slice bytes)
{
	if (!in->keeps_rejects)
		return;
	buf_add_slice(&in->rejects.pending, bytes);
	if (!out_commit(&in->rejects))
		close_rejects(in); /* says what is wrong, once */
}

/* Written at once: a bad line is rare, and it must be there when we are killed. */
static void end_reject(struct input *in)
{
	keep(in, SLICE("\n"));
	if (in->keeps_rejects && !out_flush(&in->rejects))
		close_rejects(in);
	if (in->cli->strict)
		in->finished = true;
}

static void complain_of_line(struct input *in, size_t at, const char *what)
{
	cli_warn(in->cli, "%s:%ju: byte %zu: %s", in->name, (uintmax_t)in->lines.number, at + 1,
	         what);
	in->rejected++;
	in->status = cli_worse(in->status, STATUS_DATA);
}

static void reject(struct input *in, slice line, size_t at, const char *what)
{
	complain_of_line(in, at, what);
	if (line.p[line.n] == '\r') /* the slack behind a line is readable */
		line.n++;
	keep(in, line);
	end_reject(in);
}

static void begin_long_reject(struct input *in, slice beginning)
{
	char what[64];

	snprintf(what, sizeof what, "line longer than %ju bytes", (uintmax_t)in->cli->max_line);
	complain_of_line(in, beginning.n, what);
	keep(in, beginning);
}

/* The rest of a line that is too long goes by in pieces, so memory stays bounded.
 * False: more has to be read first. */
static bool pass_long_line(struct input *in)
{
	slice piece;

	for (;;)
		switch (lines_rest(&in->lines, &piece)) {
		case LINES_LINE:
		case LINES_TOO_LONG:
			keep(in, piece);
			break;
		case LINES_MORE:
			return false;
		case LINES_END:
			end_reject(in);
			return true;
		}
}

void input_reject(struct input *in, const struct record *record, const char *at, const char *format,
                  ...)
{
	char what[sizeof((struct err *)0)->text];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	in->records--;
	reject(in, record->line, (size_t)((at ? at : record_end(record->line)) - record->line.p),
	       what);
}

/* ---- the files ---- */

uint64_t input_bytes(const struct input *in)
{
	return in->closed + (in->open ? lines_bytes(&in->lines) : 0);
}

static void close_file(struct input *in)
{
	in->closed = input_bytes(in);
	if (in->open && in->lines.fd != STDIN_FILENO)
		close(in->lines.fd);
	if (in->open)
		lines_free(&in->lines);
	in->open = false;
}

/* Opening a named pipe the usual way waits for its writer, and no signal that is
 * taken from a descriptor would be seen. So that wait is left to poll. */
static int open_file(struct input *in)
{
	struct stat info;
	int fd = open(in->name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	in->pipe = fd >= 0 && fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode);
	if (fd >= 0 && !in->pipe)
		fcntl(fd, F_SETFL, O_RDONLY);
	return fd;
}

static void wait_readable(const struct input *in)
{
	struct pollfd p = { .fd = in->lines.fd, .events = POLLIN };

	poll(&p, 1, -1);
}

/* What is appended to a file while it is read is read again, without end. */
static bool is_own_output(const struct cli *c, int fd, const struct stat *info)
{
	return cli_is_written(c, info) && lseek(fd, 0, SEEK_CUR) < info->st_size;
}

static void refuse_file(struct input *in, const char *what)
{
	complain(in, STATUS_NO_INPUT, what);
	close_file(in);
}

static void open_next(struct input *in)
{
	struct stat info;

	if (!*in->files) {
		in->finished = true;
		return;
	}
	in->name = *in->files++;
	in->pipe = false;
	int fd = strcmp(in->name, "-") == 0 ? STDIN_FILENO : open_file(in);
	if (fd < 0) {
		complain(in, STATUS_NO_INPUT, strerror(errno));
		return;
	}
	lines_init(&in->lines, fd, in->cli->max_line);
	in->open = true;
	if (fstat(fd, &info) != 0)
		return;
	if (S_ISDIR(info.st_mode))
		refuse_file(in, strerror(EISDIR));
	else if (is_own_output(in->cli, fd, &info))
		refuse_file(in, "the input is the output as well");
}

bool input_start(struct input *in, struct cli *cli, char **files, struct err *e)
{
	static char standard[] = "-";

	*in = (struct input){ .cli = cli, .files = files, .standard = { standard, NULL } };
	if (!*files)
		in->files = in->standard;
	cli_writes(cli, STDOUT_FILENO);
	return open_rejects(in, e);
}

/* ---- reading ---- */

static bool is_blank(slice line)
{
	size_t i = 0;

	while (i < line.n && (line.p[i] == ' ' || line.p[i] == '\t' || line.p[i] == '\r'))
		i++;
	return i == line.n;
}

/* What became of one step: a record, nothing to say, or more bytes needed. */
enum step {
	STEP_RECORD,
	STEP_ON,
	STEP_MORE,
};

static enum step read_step(struct input *in, struct record_reader *reader, struct record *record)
{
	struct json_error bad;
	slice line;

	if (in->lines.skipping)
		return pass_long_line(in) ? STEP_ON : STEP_MORE;
	switch (lines_next(&in->lines, &line)) {
	case LINES_LINE:
		if (is_blank(line))
			break;
		if (record_read(reader, line, record, &bad)) {
			in->records++;
			return STEP_RECORD;
		}
		reject(in, line, bad.at, bad.what);
		break;
	case LINES_TOO_LONG:
		begin_long_reject(in, line);
		break;
	case LINES_MORE:
		return STEP_MORE;
	case LINES_END:
		close_file(in);
		break;
	}
	return STEP_ON;
}

enum input_state input_next(struct input *in, struct record_reader *reader, struct record *record)
{
	while (!in->finished) {
		if (!in->open) {
			open_next(in);
			continue;
		}
		switch (read_step(in, reader, record)) {
		case STEP_RECORD:
			return INPUT_RECORD;
		case STEP_MORE:
			return INPUT_MORE;
		case STEP_ON:
			break;
		}
	}
	return INPUT_END;
}

void input_fill(struct input *in)
{
	struct err e;

	if (!in->open)
		return;
	if (in->pipe) /* without a writer, reading would find the end */
		wait_readable(in);
	errno = 0;
	if (!lines_fill(&in->lines, &e)) {
		complain(in, STATUS_IO, e.text);
		in->lines.ended = true; /* what was read before is still good */
	} else if (errno == EAGAIN) {
		wait_readable(in);
	}
}

int input_fd(const struct input *in)
{
	return in->open ? in->lines.fd : -1;
}

void input_again(struct input *in, char **files)
{
	in->files = files;
	in->finished = false;
}

int input_finish(struct input *in)
{
	close_file(in);
	close_rejects(in);
	in->finished = true;
	return in->status;
}
