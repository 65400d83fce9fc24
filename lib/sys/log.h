/* log.h - a file that records are appended to, one write each.
 *
 * Many processes may append to one file (O_APPEND). When the path names another
 * file than the one that is open (rotation), the new one is opened before the
 * next record. A last line that was cut short, by a crash or a full disk, by us
 * or by another writer, is ended with a newline before the next record, so one
 * record is damaged at most. */
#ifndef MESHQ_LOG_H
#define MESHQ_LOG_H

#include "base/err.h"
#include "base/slice.h"

#include <sys/types.h>

struct log {
	const char *path; /* borrowed; NULL: not open */
	int fd;
	dev_t device;
	ino_t inode;
	off_t end;    /* of the file after our last write; another end is another writer's work */
	bool regular; /* a file, not a pipe or a device */
	bool sync;    /* fdatasync after every record */
	bool ragged;  /* the file ends inside a line */
};

/* Makes the file when there is none. False: it is not open, and log_close is harmless. */
bool log_open(struct log *l, const char *path, bool sync, struct err *e);

/* `record` ends with a newline. False: the record is not (wholly, or not safely)
 * in the file; the log stays open and the next record is tried anew. */
bool log_append(struct log *l, slice record, struct err *e);

/* False: what was written may not have arrived. */
bool log_close(struct log *l, struct err *e);

#endif
