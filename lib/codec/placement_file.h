/* placement_file.h - the terms of groups, and where their next passes begin, as text to be kept
 * between runs.
 *
 * NDJSON, version 1: a header {"meshq":"placement-state","v":1,"groups":N} and then N lines, one
 * a group:
 *
 *	{"group":VALUE,"term":N,"next":N}
 *
 * A change of the form raises the version; a reader refuses versions that it does not know, and
 * whatever it does not understand, as a whole. */
#ifndef MESHQ_PLACEMENT_FILE_H
#define MESHQ_PLACEMENT_FILE_H

#include "base/buf.h"
#include "base/err.h"
#include "core/placement.h"

enum { PLACEMENT_FILE_VERSION = 1 };

void placement_file_write(const struct placement *p, struct buf *out);

/* Resumes each group; with p NULL only checks. `text` has JSON_SLACK readable bytes behind it; an
 * empty one has no groups. `path` is for messages. False: e tells the line; those before it were
 * resumed. */
bool placement_file_read(struct placement *p, const char *path, slice text, struct err *e);

#endif
