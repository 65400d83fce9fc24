#include "sys/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* Whether the first `end` bytes of the file stop inside a line. A file that may
 * be written but not read counts as such: a blank line does no harm. */
static bool cut_short(int fd, off_t end)
{
	char last;

	return end > 0 && (pread(fd, &last, 1, end - 1) != 1 || last != '\n');
}

/* Reading is for cut_short. A pipe is not opened for reading, because then we
 * would be its reader and never learn that the real one has gone. */
static int open_append(const char *path)
{
	enum { HOW = O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, MODE = 0666 };
	struct stat st;
	int fd;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return open(path, O_WRONLY | HOW, MODE);
	fd = open(path, O_RDWR | HOW, MODE);
	if (fd < 0 && errno == EACCES)
		fd = open(path, O_WRONLY | HOW, MODE);
	return fd;
}

/* Opens what the path names now; an open file is only given up for a new one. */
static bool attach(struct log *l, struct err *e)
{
	struct stat st;
	int fd = open_append(l->path);

	if (fd < 0)
		return err_system(e, STATUS_NO_CREATE, "open %s", l->path);
	if (fstat(fd, &st) != 0) {
		err_system(e, STATUS_IO, "stat %s", l->path);
		close(fd);
		return false;
	}
	if (l->fd >= 0)
		close(l->fd);
	l->fd = fd;
	l->device = st.st_dev;
	l->inode = st.st_ino;
	l->regular = S_ISREG(st.st_mode);
	l->end = l->regular ? st.st_size : 0;
	l->ragged = l->regular && cut_short(fd, l->end);
	return true;
}

bool log_open(struct log *l, const char *path, bool sync, struct err *e)
{
	*l = (struct log){ .path = path, .fd = -1, .sync = sync };
	if (attach(l, e))
		return true;
	*l = (struct log){ 0 };
	return false;
}

/* Follows the path to another file, and looks at the end of this one when
 * somebody else has written there. */
static bool look(struct log *l, struct err *e)
{
	struct stat st;

	if (stat(l->path, &st) != 0 || st.st_dev != l->device || st.st_ino != l->inode)
		return attach(l, e);
	if (l->regular && st.st_size != l->end) {
		l->end = st.st_size;
		l->ragged = cut_short(l->fd, l->end);
	}
	return true;
}

/* The number of bytes that went out, or -1. A pipe takes the rest later; a file
 * that takes only a part is full. */
static ssize_t put(const struct log *l, struct iovec *parts, int count)
{
	ssize_t sum = 0;

	while (count > 0) {
		ssize_t n = writev(l->fd, parts, count);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sum ? sum : -1;
		sum += n;
		if (l->regular)
			break;
		for (; count > 0 && (size_t)n >= parts->iov_len; parts++, count--)
			n -= (ssize_t)parts->iov_len;
		if (count > 0) {
			parts->iov_base = (char *)parts->iov_base + n;
			parts->iov_len -= (size_t)n;
		}
	}
	return sum;
}

bool log_append(struct log *l, slice record, struct err *e)
{
	static const char newline[] = "\n";
	struct iovec parts[] = {
		{ (char *)(uintptr_t)newline, 1 },
		{ (char *)(uintptr_t)record.p, record.n },
	};

	if (!look(l, e))
		return false;
	size_t whole = record.n + l->ragged;
	ssize_t n = put(l, l->ragged ? parts : parts + 1, l->ragged ? 2 : 1);

	if (n < 0)
		return err_system(e, STATUS_IO, "write %s", l->path);
	if (l->regular)
		l->end += n;
	if ((size_t)n < whole) {
		/* A newline alone mends what was broken before and breaks nothing. */
		l->ragged = (size_t)n > l->ragged;
		return err_set(e, STATUS_IO, "write %s: only %zd of %zu bytes fit", l->path, n,
		               whole);
	}
	l->ragged = false;
	if (l->sync && fdatasync(l->fd) != 0 && errno != EINVAL && errno != EROFS)
		return err_system(e, STATUS_IO, "sync %s", l->path);
	return true;
}

bool log_close(struct log *l, struct err *e)
{
	bool good = true;

	if (l->path && close(l->fd) != 0 && errno != EINTR)
		good = err_system(e, STATUS_IO, "close %s", l->path);
	*l = (struct log){ 0 };
	return good;
}
