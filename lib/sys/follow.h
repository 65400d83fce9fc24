/* follow.h - waiting for more of a file that others append to, rotate and cut.
 *
 * The reader keeps its descriptor and reads only what follow_look promises, so
 * it sees an end of file no sooner than the file is over. */
#ifndef MESHQ_FOLLOW_H
#define MESHQ_FOLLOW_H

#include <poll.h>
#include <stdbool.h>

struct follow {
	const char *path; /* borrowed */
	int watch;        /* inotify on the directory, or -1: looking every second then */
	bool moved;       /* the path has been seen to name another file */
};

enum follow_state {
	FOLLOW_GROWN,  /* there is something to read */
	FOLLOW_SHRUNK, /* it was cut below what has been read: read it from the start */
	FOLLOW_OVER,   /* the path names another file, and this one has been read to its end */
	FOLLOW_SAME,   /* nothing new: follow_wait */
	FOLLOW_ABSENT, /* fd is negative and there is no file at the path */
	FOLLOW_STREAM, /* not a file: poll it */
};

void follow_start(struct follow *f, const char *path);
void follow_end(struct follow *f);

/* `fd` is the file being read, or -1 to ask whether there is one to open. */
enum follow_state follow_look(struct follow *f, int fd);

/* Waits until looking again may help or `other` (may be NULL) is ready. */
void follow_wait(struct follow *f, struct pollfd *other);

#endif
