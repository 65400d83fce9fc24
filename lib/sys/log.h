/* log.h - a file that records are appended to, one write each.
 *
 * Many processes may append to one file (O_APPEND). When the path names another
 * file than the one that is open (rotation), the new one is opened before the
 * next record. A last line that was cut short by a crash or a full disk is ended
 * with a newline before the next record, so one record is damaged at most. */
#ifndef MESHQ_LOG_H
#define MESHQ_LOG_H

#include "base/err.h"
#include "base/slice.h"

#include <sys/types.h>

struct log {
	const char *path; /* borrowed */
	int fd;
	dev_t device;
	ino_t inode;
	bool sync;   /* fdatasync after every record */
	bool ragged; /* the file ends inside a line */
};

bool log_open(struct log *l, const char *path, bool sync, struct err *e);

/* `record` ends with a newline. False: the record is not (wholly) in the file. */
bool log_append(struct log *l, slice record, struct err *e);
bool log_close(struct log *l, struct err *e);

#endif
