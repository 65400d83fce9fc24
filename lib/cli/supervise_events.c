#include "cli/supervise_events.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WAITING_MOST = 1024 * 1024 }; /* bytes, for a reader that does not read */

static void complain(struct supervise_events *v, const struct err *e)
{
	if (!v->failed)
		cli_fail(v->cli, e);
	v->failed = true;
	v->status = cli_worse(v->status, (int)e->status);
}

/* ---- opening ---- */

static bool is_file(const char *path)
{
	struct stat info;

	return stat(path, &info) != 0 || S_ISREG(info.st_mode) || S_ISDIR(info.st_mode);
}

static bool open_pipe(struct supervise_events *v, const char *path, struct err *e)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return err_system(e, STATUS_NO_CREATE, "open %s", path);
	out_init(&v->pipe, fd);
	v->piped = true;
	return true;
}

bool supervise_events_open(struct supervise_events *v, struct cli *cli, const char *where,
                           struct out *out, struct err *e)
{
	*v = (struct supervise_events){ .cli = cli, .where = where, .log.fd = -1, .pipe.fd = -1 };
	if (!where)
		return true;
	if (strcmp(where, "-") == 0) {
		v->out = out;
		return true;
	}
	if (!is_file(where))
		return open_pipe(v, where, e);
	if (!log_open(&v->log, where, false, e))
		return false;
	cli_writes(cli, v->log.fd);
	return true;
}

/* ---- writing ---- */

static void append(struct supervise_events *v, slice records)
{
	struct err e;

	while (records.n) {
		const char *end = memchr(records.p, '\n', records.n);
		size_t n = end ? (size_t)(end - records.p) + 1 : records.n;

		if (!log_append(&v->log, (slice){ records.p, n }, &e))
			complain(v, &e);
		records.p += n;
		records.n -= n;
	}
}

static void push(struct supervise_events *v)
{
	struct err e;

	if (out_push(&v->pipe) || v->failed)
		return;
	errno = v->pipe.failure;
	err_system(&e, STATUS_IO, "write %s", v->where);
	complain(v, &e);
}

static void pass(struct supervise_events *v, slice records)
{
	struct err e;

	if (v->pipe.failure)
		return;
	if (v->pipe.pending.n > WAITING_MOST) {
		err_set(&e, STATUS_IO, "write %s: it is not read, and records are lost", v->where);
		complain(v, &e);
		return;
	}
	buf_add_slice(&v->pipe.pending, records);
	push(v);
}

void supervise_events_write(struct supervise_events *v, struct buf *told)
{
	if (!told->n)
		return;
	if (v->out && !v->out->failure)
		buf_add_slice(&v->out->pending, buf_slice(told));
	else if (v->piped)
		pass(v, buf_slice(told));
	else if (v->log.path)
		append(v, buf_slice(told));
	buf_clear(told);
}

bool supervise_events_are_written(const struct supervise_events *v)
{
	return !v->piped || v->pipe.failure || !v->pipe.pending.n;
}

struct pollfd supervise_events_watch(const struct supervise_events *v)
{
	return (struct pollfd){ .fd = supervise_events_are_written(v) ? -1 : v->pipe.fd,
		                .events = POLLOUT };
}

void supervise_events_serve(struct supervise_events *v, const struct pollfd *fd)
{
	if (fd->revents)
		push(v);
}

void supervise_events_close(struct supervise_events *v)
{
	struct err e;

	if (v->log.path && !log_close(&v->log, &e))
		complain(v, &e);
	v->log.path = NULL;
	if (v->piped) {
		close(v->pipe.fd);
		buf_free(&v->pipe.pending);
	}
	v->piped = false;
}
