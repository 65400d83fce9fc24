/* journal.h - a file that one process appends to, a batch of lines at a time.
 *
 * A batch is in the file as a whole or, when it does not fit, not at all: the file is cut
 * back to where it was. A little room is kept free behind the end (where the file system
 * can do that), so that on a full disk the last words can still be written. */
#ifndef MESHQ_JOURNAL_H
#define MESHQ_JOURNAL_H

#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <sys/types.h>

/* Bytes that journal_write leaves free for journal_write_last. */
enum { JOURNAL_SPARE = 64 * 1024 };

struct journal {
	const char *path; /* borrowed; NULL: not open */
	int fd;
	off_t end;     /* of what is in the file */
	off_t room;    /* of what it may grow to without asking the file system */
	bool cannot;   /* the file system has no room to give in advance */
	bool unsynced; /* something was written since the last journal_sync */
};

/* The file is there, and regular. False: it is not open, and journal_close is harmless. */
bool journal_open(struct journal *j, const char *path, struct err *e);

/* Whole lines. False: nothing of them is in the file. */
bool journal_write(struct journal *j, slice lines, struct err *e);

/* The same for lines that may use up the spare room. */
bool journal_write_last(struct journal *j, slice lines, struct err *e);

/* Waits for the disk, if there is anything to wait for. */
bool journal_sync(struct journal *j, struct err *e);

/* Gives the spare room back. */
void journal_close(struct journal *j);

#endif
