#include "sys/out.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PIPE_SIZE = 1024 * 1024 };

void out_init(struct out *o, int fd)
{
	struct stat info;

	*o = (struct out){ .fd = fd };
	o->regular = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
	if (!o->regular)
		(void)fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE); /* refused for what is not a pipe */
}

static bool fail(struct out *o, int code)
{
	o->failure = code;
	buf_free(&o->pending);
	return false;
}

/* Drops the first n bytes, which are written. */
static void consume(struct out *o, size_t n)
{
	o->written += n;
	o->pending.n -= n;
	if (o->pending.n)
		memmove(o->pending.p, o->pending.p + n, o->pending.n);
}

static bool wait_writable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

bool out_flush(struct out *o)
{
	size_t done = 0;

	while (!o->failure && done < o->pending.n) {
		ssize_t n = write(o->fd, o->pending.p + done, o->pending.n - done);
		if (n > 0)
			done += (size_t)n, o->written += (uint64_t)n;
		else if (n == 0)
			return fail(o, EIO);
		else if (errno == EAGAIN ? !wait_writable(o->fd) : errno != EINTR)
			return fail(o, errno);
	}
	buf_clear(&o->pending);
	return !o->failure;
}

bool out_commit(struct out *o)
{
	if (o->pending.n < OUT_BLOCK && !o->failure)
		return true;
	return out_flush(o);
}

static bool writable_now(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, 0) > 0;
}

/* Writes what goes without blocking; EAGAIN when nothing does. A descriptor that polls
 * writable takes PIPE_BUF bytes, and nothing is promised beyond that; where the system
 * can be told not to block (pipes since Linux 6.4) it is one call for all. */
static ssize_t write_now(struct out *o, const char *p, size_t n)
{
	const struct iovec bytes = { .iov_base = (void *)(uintptr_t)p, .iov_len = n };

	if (!o->polls) {
		ssize_t written = pwritev2(o->fd, &bytes, 1, -1, RWF_NOWAIT);

		if (written >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL))
			return written;
		o->polls = true;
	}
	if (!writable_now(o->fd)) {
		errno = EAGAIN;
		return -1;
	}
	return write(o->fd, p, n < PIPE_BUF ? n : PIPE_BUF);
}

/* A regular file never blocks. */
bool out_push(struct out *o)
{
	size_t done = 0;

	if (o->regular || o->failure)
		return out_flush(o);
	while (done < o->pending.n) {
		ssize_t n = write_now(o, o->pending.p + done, o->pending.n - done);

		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0 && errno != EINTR) {
			o->written += done;
			return fail(o, errno);
		}
		if (n > 0)
			done += (size_t)n;
	}
	consume(o, done);
	return true;
}

bool out_close(struct out *o, const char *name, struct err *e)
{
	out_flush(o);
	/* A network file system may report a lost write only here. */
	if (o->fd >= 0 && close(o->fd) != 0 && errno != EINTR && !o->failure && o->regular)
		o->failure = errno;
	int failure = o->failure;
	buf_free(&o->pending);
	*o = (struct out){ .fd = -1 };
	if (!failure)
		return true;
	errno = failure;
	return err_system(e, STATUS_IO, "write %s", name);
}
