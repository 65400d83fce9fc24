#include "sys/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static const char *folder(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir ? dir : "/tmp";
}

/* Not every file system has files without a name from the start. */
static int make(const char *dir)
{
	struct buf path = { 0 };
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);

	if (fd >= 0)
		return fd;
	buf_addf(&path, "%s/meshq-XXXXXX", dir);
	buf_text(&path);
	fd = mkostemp(path.p, O_CLOEXEC);
	int code = errno;
	if (fd >= 0)
		unlink(path.p);
	buf_free(&path);
	errno = code;
	return fd;
}

static bool complain(struct err *e)
{
	return err_system(e, STATUS_IO, "a temporary file in %s", folder());
}

static bool ready(struct spill *s, struct err *e)
{
	if (s->open)
		return true;
	s->fd = make(folder());
	s->open = s->fd >= 0;
	return s->open || complain(e);
}

bool spill_put(struct spill *s, slice bytes, uint64_t *at, struct err *e)
{
	size_t done = 0;

	if (!ready(s, e))
		return false;
	while (done < bytes.n) {
		ssize_t n = pwrite(s->fd, bytes.p + done, bytes.n - done, (off_t)(s->end + done));

		if (n < 0 && errno != EINTR)
			return complain(e);
		if (n > 0)
			done += (size_t)n;
	}
	*at = s->end;
	s->end += bytes.n;
	s->live += bytes.n;
	return true;
}

bool spill_get(const struct spill *s, uint64_t at, size_t n, struct buf *to, struct err *e)
{
	char *room = buf_reserve(to, n);
	size_t done = 0;

	while (done < n) {
		ssize_t some = pread(s->fd, room + done, n - done, (off_t)(at + done));

		if (some == 0)
			errno = EIO;
		if (some == 0 || (some < 0 && errno != EINTR))
			return complain(e);
		if (some > 0)
			done += (size_t)some;
	}
	to->n += n;
	return true;
}

/* A hole that cannot be made is only room on the disk, and not for long. */
void spill_drop(struct spill *s, uint64_t at, uint64_t n)
{
	s->live -= n;
	if (s->live == 0) {
		if (ftruncate(s->fd, 0) == 0)
			s->end = 0;
		return;
	}
	(void)fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at, (off_t)n);
}

void spill_free(struct spill *s)
{
	if (s->open)
		close(s->fd);
	*s = (struct spill){ 0 };
}
