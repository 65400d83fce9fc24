/* backoff_file.h - the trackers of a backoff_set as text, to be kept between runs.
 *
 * NDJSON, version 1: a header {"meshq":"backoff-state","v":1,"daemons":N} and
 * then N lines, one a daemon:
 *
 *	{"daemon":VALUE,"state":S,"until_ms":N|null,"window_ms":N,
 *	 "last_start_ms":N|null,"latest_ms":N|null,"crashes_ms":[N,...]}
 *
 * Times keep six decimals, so nothing is lost. The jitter's generator is not
 * kept. A change of the form raises the version; a reader refuses versions that
 * it does not know, and whatever it does not understand, as a whole. */
#ifndef MESHQ_BACKOFF_FILE_H
#define MESHQ_BACKOFF_FILE_H

#include "base/buf.h"
#include "base/err.h"
#include "core/backoff_set.h"

enum { BACKOFF_FILE_VERSION = 1 };

void backoff_file_write(const struct backoff_set *s, struct buf *out);

/* Adds the daemons to an empty set. `text` has JSON_SLACK readable bytes behind
 * it; an empty one has no daemons. `path` is for messages. False: e tells the line,
 * and the set is to be freed. */
bool backoff_file_read(struct backoff_set *s, struct hash_seed seed, const char *path, slice text,
                       struct err *e);

#endif
