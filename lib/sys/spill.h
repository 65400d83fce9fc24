/* spill.h - a file without a name for bytes that have no room in memory.
 *
 * It is made when it is first needed, in TMPDIR or else /tmp, and is gone with the process.
 * Room that is given back is free for the disk at once. */
#ifndef MESHQ_SPILL_H
#define MESHQ_SPILL_H

#include "base/buf.h"
#include "base/err.h"

/* Zeroed it is valid. */
struct spill {
	bool open;
	int fd;
	uint64_t end;  /* of what was ever put into it */
	uint64_t live; /* bytes that are still wanted */
};

/* *at is where the bytes are. False: they are not there, and e says why (STATUS_IO). */
bool spill_put(struct spill *s, slice bytes, uint64_t *at, struct err *e);

/* Appends n bytes from `at` on. */
bool spill_get(const struct spill *s, uint64_t at, size_t n, struct buf *to, struct err *e);

/* These are not wanted any more. */
void spill_drop(struct spill *s, uint64_t at, uint64_t n);

void spill_free(struct spill *s);

#endif
