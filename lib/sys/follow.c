#include "sys/follow.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	IDLE_MS = 1000, /* inotify sees neither network file systems nor links */
	MOVED_MS = 100, /* for a writer that looked just before the file was moved */
};

/* The directory is watched, not the file: the watch must outlive the file. */
void follow_start(struct follow *f, const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int n = slash == path ? 1 : (int)(slash ? slash - path : 0);

	*f = (struct follow){ .path = path, .watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC) };
	snprintf(folder, sizeof folder, "%.*s", n ? n : 1, n ? path : ".");
	if (f->watch >= 0 && inotify_add_watch(f->watch, folder,
	                                       IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM |
	                                               IN_DELETE | IN_ONLYDIR) < 0) {
		close(f->watch);
		f->watch = -1;
	}
}

void follow_end(struct follow *f)
{
	if (f->path && f->watch >= 0)
		close(f->watch);
	*f = (struct follow){ .watch = -1 };
}

/* A file that was moved gets one more wait before it is given up: a writer may
 * have looked at the path just before and be about to write. */
static enum follow_state look_at_path(struct follow *f, const struct stat *open_file)
{
	struct stat st;

	if (stat(f->path, &st) != 0 ||
	    (st.st_dev == open_file->st_dev && st.st_ino == open_file->st_ino)) {
		f->moved = false;
		return FOLLOW_SAME;
	}
	if (!f->moved) {
		f->moved = true;
		return FOLLOW_SAME;
	}
	f->moved = false;
	return FOLLOW_OVER;
}

enum follow_state follow_look(struct follow *f, int fd)
{
	struct stat st;

	if (fd < 0)
		return access(f->path, F_OK) == 0 ? FOLLOW_GROWN : FOLLOW_ABSENT;
	off_t at = lseek(fd, 0, SEEK_CUR);
	if (at < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return FOLLOW_STREAM;
	if (st.st_size > at)
		return FOLLOW_GROWN;
	if (st.st_size < at)
		return FOLLOW_SHRUNK;
	return look_at_path(f, &st);
}

void follow_wait(struct follow *f, struct pollfd *other)
{
	struct pollfd p[2] = { { .fd = f->watch, .events = POLLIN }, { .fd = -1 } };
	char events[4096];

	if (other)
		p[1] = *other;
	poll(p, 2, f->moved ? MOVED_MS : IDLE_MS);
	if (other)
		other->revents = p[1].revents;
	while (f->watch >= 0 && read(f->watch, events, sizeof events) > 0)
		;
}
