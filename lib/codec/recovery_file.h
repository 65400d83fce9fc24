/* recovery_file.h - the registry of recovery passes as text, to be kept between runs.
 *
 * NDJSON, version 1: a header, and then a line for each handler in their order:
 *
 *	{"meshq":"recovery-state","v":1,"pass":N,"next":NAME|null,"handlers":N}
 *	{"handler":NAME,"state":"ready"|"waiting"|"evicted","until_ms":N|null,"strikes":N,
 *	 "window_ms":N,"runs":N,"recovered":N,"reason":TEXT|null,"last_ms":N|null,
 *	 "pass":N|null,"nested":true|false}
 *
 * Times keep six decimals, so nothing is lost. A change of the form raises the version; a reader
 * refuses versions that it does not know, and whatever it does not understand, as a whole. */
#ifndef MESHQ_RECOVERY_FILE_H
#define MESHQ_RECOVERY_FILE_H

#include "base/buf.h"
#include "base/err.h"
#include "core/recovery.h"

enum { RECOVERY_FILE_VERSION = 1 };

/* A name or a reason that is not UTF-8 is not kept byte by byte. */
void recovery_file_write(const struct recovery *r, struct buf *out);

/* Adds the handlers to an empty registry. `text` has JSON_SLACK readable bytes behind it; an empty
 * one has none. `path` is for messages. False: e tells the line, and the registry is to be freed.
 */
bool recovery_file_read(struct recovery *r, const char *path, slice text, struct err *e);

#endif
