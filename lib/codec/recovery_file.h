/* recovery_file.h - the registry of recovery passes, and where plans go on, as text to be kept
 * between runs.
 *
 * NDJSON, version 1: a header, a line for each handler in their order, a line for each group:
 *
 *	{"meshq":"recovery-state","v":1,"pass":N,"next":NAME|null,"handlers":N,"groups":N}
 *	{"handler":NAME,"state":"ready"|"waiting"|"evicted","until_ms":N|null,"strikes":N,
 *	 "window_ms":N,"runs":N,"recovered":N,"reason":TEXT|null,"last_ms":N|null,
 *	 "pass":N|null,"nested":true|false}
 *	{"group":TEXT,"slot":N}
 *
 * Times keep six decimals, so nothing is lost. A change of the form raises the version; a reader
 * refuses versions that it does not know, and whatever it does not understand, as a whole. */
#ifndef MESHQ_RECOVERY_FILE_H
#define MESHQ_RECOVERY_FILE_H

#include "base/buf.h"
#include "base/err.h"
#include "core/recovery.h"

enum { RECOVERY_FILE_VERSION = 1 };

/* The slot of a group that the next plan begins with. */
struct recovery_cursor {
	char *group; /* any bytes, owned */
	size_t size; /* of it */
	uint64_t slot;
};

/* A zeroed one is empty. */
struct recovery_cursors {
	struct recovery_cursor *list;
	uint32_t count;
};

void recovery_cursors_free(struct recovery_cursors *c);

/* In place of what was known of the group. */
void recovery_cursors_set(struct recovery_cursors *c, slice group, uint64_t slot);

/* The state of r and c. A name or a reason that is not UTF-8 is not kept byte by byte. */
void recovery_file_write(const struct recovery *r, const struct recovery_cursors *c,
                         struct buf *out);

/* Adds what is in the text to an empty registry and to no cursors. `text` has JSON_SLACK readable
 * bytes behind it; an empty one has nothing. `path` is for messages. False: e tells the line, and
 * both are to be freed. */
bool recovery_file_read(struct recovery *r, struct recovery_cursors *c, const char *path,
                        slice text, struct err *e);

#endif
