/* file.h - whole files: read, replace atomically, lock. */
#ifndef MESHQ_FILE_H
#define MESHQ_FILE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/tick.h"

/* Appends all of it to `out`. *found is false, and the result true, when there
 * is none. A device is refused, for some have no end. */
bool file_read(const char *path, struct buf *out, bool *found, struct err *e);

/* Writes all of it to where the descriptor stands. False: errno says why; some of it may be
 * there. */
bool file_write(int fd, slice bytes);

/* Writes PATH.new beside it, syncs it, renames it over, syncs the directory: at
 * every moment, also after a power cut, the file is the old one or the new one.
 * Keeps the mode of the old one, and follows a symbolic link. On false the file
 * is the old one. One writer at a time: hold the lock when there may be more. */
bool file_replace(const char *path, slice contents, struct err *e);

/* The same without syncing: whoever opens the file sees the old one or the new one, but
 * after a power cut it may be empty. For what is soon written again. */
bool file_publish(const char *path, slice contents, struct err *e);

/* The same as file_replace, but what is there and is no regular file, such as a device or a pipe,
 * is written to as it is. */
bool file_put(const char *path, slice contents, struct err *e);

/* Whether file_put can work, as far as that can be known now: an error at the end of a
 * long run comes too late. */
bool file_can_put(const char *path, struct err *e);

/* Takes the exclusive lock of PATH.lock (made when absent, and left there),
 * waiting for it. A symbolic link has the lock of the file it names. Returns a descriptor that
 * holds it until closed, or -1. */
int file_lock(const char *path, struct err *e);

/* The same without waiting: STATUS_DEFERRED when another process has it. */
int file_lock_now(const char *path, struct err *e);

/* The same after waiting for so long at most. */
int file_lock_within(const char *path, span patience, struct err *e);

/* Whether somebody else has it, without taking it even for a moment. */
bool file_is_locked(const char *path);

#endif
