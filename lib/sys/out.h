/* out.h - buffered output whose failures are never missed.
 *
 * The first failed write is remembered; later ones do nothing; out_close tells.
 * EPIPE is an error like any other here: SIGPIPE, left at its default, ends a
 * plain filter quietly before that. */
#ifndef MESHQ_OUT_H
#define MESHQ_OUT_H

#include "base/buf.h"
#include "base/err.h"

enum { OUT_BLOCK = 64 * 1024 };

struct out {
	int fd;
	struct buf pending;
	int failure;      /* errno of the first failed write, or 0 */
	bool regular;     /* a file: writing never waits for a reader */
	bool polls;       /* it cannot be told not to block */
	uint64_t written; /* bytes that write(2) has taken so far */
};

void out_init(struct out *o, int fd);

/* Writers append to &o->pending and then call this: it writes when OUT_BLOCK bytes
 * have come together. Returns false once the output has failed. */
bool out_commit(struct out *o);

/* Writes everything, waiting as long as it takes. */
bool out_flush(struct out *o);

/* Writes what the descriptor takes without waiting, for use with poll. False once the
 * output has failed. */
bool out_push(struct out *o);

/* Flushes, closes the descriptor and frees. False with e when anything was lost. */
bool out_close(struct out *o, const char *name, struct err *e);

#endif
