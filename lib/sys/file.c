#include "sys/file.h"

#include "base/mem.h"
#include "sys/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LOCK_PAUSE = 2000000 }; /* ns from one try to the next */

enum { BLOCK = 64 * 1024 };

/* Some devices have no end. */
static bool is_device(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode));
}

bool file_read(const char *path, struct buf *out, bool *found, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n;

	*found = fd >= 0;
	if (fd < 0)
		return errno == ENOENT || err_system(e, STATUS_NO_INPUT, "%s", path);
	if (is_device(fd)) {
		close(fd);
		return err_set(e, STATUS_NO_INPUT, "%s is a device, not a file", path);
	}
	while ((n = read(fd, buf_reserve(out, BLOCK), BLOCK)) != 0) {
		if (n > 0)
			out->n += (size_t)n;
		else if (errno != EINTR)
			break;
	}
	if (n < 0)
		err_system(e, errno == EISDIR ? STATUS_NO_INPUT : STATUS_IO, "read %s", path);
	close(fd);
	return n == 0;
}

bool file_write(int fd, slice bytes)
{
	while (bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n == 0 ? ENOSPC : errno;
			return false;
		}
		bytes.p += n;
		bytes.n -= (size_t)n;
	}
	return true;
}

/* Some file systems cannot sync a directory, and say so; there is no better. */
static bool sync_directory_of(const char *path)
{
	char *copy = mem_text(path, strlen(path));
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL || errno == EROFS);

	free(copy);
	if (fd >= 0)
		close(fd);
	return good || fd < 0;
}

struct replacement {
	const char *path, *draft;
	slice contents;
	bool sync;
};

/* Makes the draft hold the contents; safe on the disk, if it is to be. */
static bool write_draft(const struct replacement *r, mode_t mode, struct err *e)
{
	int fd = open(r->draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
	bool good;

	if (fd < 0)
		return err_system(e, STATUS_NO_CREATE, "create %s", r->draft);
	good = (!mode || fchmod(fd, mode) == 0) && file_write(fd, r->contents) &&
	       (!r->sync || fsync(fd) == 0);
	if (!good)
		err_system(e, STATUS_IO, "write %s", r->draft);
	if (close(fd) != 0 && good && errno != EINTR)
		good = err_system(e, STATUS_IO, "close %s", r->draft);
	return good;
}

static bool replace(const struct replacement *r, struct err *e)
{
	struct stat old = { 0 };

	if (stat(r->path, &old) == 0 && !S_ISREG(old.st_mode))
		return err_set(e, STATUS_NO_CREATE, "%s is not a regular file", r->path);
	bool good = write_draft(r, old.st_mode & 07777, e);
	if (good && rename(r->draft, r->path) != 0)
		good = err_system(e, STATUS_IO, "rename %s to %s", r->draft, r->path);
	if (!good) {
		unlink(r->draft);
		return false;
	}
	return !r->sync || sync_directory_of(r->path) ||
	       err_system(e, STATUS_IO, "sync directory of %s", r->path);
}

static bool replace_target(const char *path, slice contents, bool sync, struct err *e)
{
	struct buf draft = { 0 };
	char *target = realpath(path, NULL); /* NULL: there is none yet */
	struct replacement r = { target ? target : path, NULL, contents, sync };

	buf_addf(&draft, "%s.new", r.path);
	r.draft = buf_text(&draft);
	bool good = replace(&r, e);
	buf_free(&draft);
	free(target);
	return good;
}

bool file_replace(const char *path, slice contents, struct err *e)
{
	return replace_target(path, contents, true, e);
}

bool file_publish(const char *path, slice contents, struct err *e)
{
	return replace_target(path, contents, false, e);
}

static bool is_special(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static bool write_special(const char *path, slice contents, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return err_system(e, STATUS_NO_CREATE, "open %s", path);
	bool good = file_write(fd, contents) || err_system(e, STATUS_IO, "write %s", path);
	if (close(fd) != 0 && good && errno != EINTR)
		good = err_system(e, STATUS_IO, "close %s", path);
	return good;
}

bool file_put(const char *path, slice contents, struct err *e)
{
	return is_special(path) ? write_special(path, contents, e)
	                        : file_replace(path, contents, e);
}

bool file_can_put(const char *path, struct err *e)
{
	struct stat st;
	bool there = stat(path, &st) == 0;

	if (there && S_ISDIR(st.st_mode))
		return err_set(e, STATUS_NO_CREATE, "%s is not a regular file", path);
	if (there && access(path, W_OK) != 0)
		return err_system(e, STATUS_NO_CREATE, "open %s", path);
	if (there && !S_ISREG(st.st_mode))
		return true;
	char *target = realpath(path, NULL);
	char *copy = target ? target : mem_text(path, strlen(path));
	bool good = access(dirname(copy), W_OK | X_OK) == 0 ||
	            err_system(e, STATUS_NO_CREATE, "create %s", path);
	free(copy);
	return good;
}

/* Of the file itself, by whatever name it is reached. */
static struct buf lock_name(const char *path)
{
	struct buf name = { 0 };
	char *target = realpath(path, NULL);

	buf_addf(&name, "%s.lock", target ? target : path);
	free(target);
	return name;
}

static int open_lock(const char *path, struct err *e)
{
	struct buf name = lock_name(path);
	int fd = open(buf_text(&name), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
	if (fd < 0)
		err_system(e, STATUS_NO_CREATE, "create %s", buf_text(&name));
	buf_free(&name);
	return fd;
}

/* A lock of the open file, not of the process: it goes with the descriptor. `how` waits
 * for it or does not. */
static int take_lock(const char *path, int how, struct err *e)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open_lock(path, e);

	while (fd >= 0 && fcntl(fd, how, &whole) != 0) {
		if (errno == EINTR)
			continue;
		if (errno == EAGAIN || errno == EACCES)
			err_set(e, STATUS_DEFERRED, "%s: another process is using it", path);
		else
			err_system(e, STATUS_OS, "lock %s.lock", path);
		close(fd);
		fd = -1;
	}
	return fd;
}

int file_lock(const char *path, struct err *e)
{
	return take_lock(path, F_OFD_SETLKW, e);
}

int file_lock_now(const char *path, struct err *e)
{
	return take_lock(path, F_OFD_SETLK, e);
}

/* There is no lock that waits for a while only, and a timer would be a signal. */
int file_lock_within(const char *path, span patience, struct err *e)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE };
	int64_t deadline = tick_sum(clock_monotonic(), patience.ns);

	for (;;) {
		bool last = clock_monotonic() >= deadline;
		int fd = file_lock_now(path, e);

		if (fd >= 0 || e->status != STATUS_DEFERRED || last)
			return fd;
		nanosleep(&pause, NULL);
	}
}

bool file_is_locked(const char *path)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct buf name = lock_name(path);
	int fd = open(buf_text(&name), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	buf_free(&name);
	if (fd < 0)
		return false;
	bool locked = fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
	close(fd);
	return locked;
}
