/* makeflags.h - the words in MAKEFLAGS that are about make's jobserver. */
#ifndef MESHQ_MAKEFLAGS_H
#define MESHQ_MAKEFLAGS_H

#include "base/buf.h"

/* Of several jobservers the last counts. */
struct makeflags {
	slice fifo;    /* --jobserver-auth=fifo:PATH; p is NULL: there is none */
	bool pipe;     /* --jobserver-auth=R,W, or -fds of makes before 4.2: these descriptors */
	int in, out;   /* negative: make has closed them */
	uint32_t jobs; /* -jN; 0: it is not told */
};

/* False: no jobserver. Borrows the text. */
bool makeflags_read(slice text, struct makeflags *out);

/* Appends the text without these words and -jN. */
void makeflags_strip(slice text, struct buf *out);

#endif
