/* file.h - whole files: read, replace atomically, lock. */
#ifndef MESHQ_FILE_H
#define MESHQ_FILE_H

#include "base/buf.h"
#include "base/err.h"

/* Reads all of it. *found is false, and the result true, when there is none. */
bool file_read(const char *path, struct buf *out, bool *found, struct err *e);

/* Writes a file beside it, syncs it, renames it over, syncs the directory. */
bool file_replace(const char *path, slice contents, struct err *e);

/* Takes the exclusive lock of PATH.lock (made when absent), waiting for it.
 * Returns a descriptor that holds it until closed, or -1. */
int file_lock(const char *path, struct err *e);

#endif
