/* cut.h - lines out of a stream that comes in pieces, in bounded memory.
 *
 *	while (cut_next(&c, &piece, &line))
 *		... line ...;
 *	...
 *	if (cut_rest(&c, &line))   at the end of the stream
 *		... the line without an end ...;
 */
#ifndef MESHQ_CUT_H
#define MESHQ_CUT_H

#include "base/buf.h"

/* Zeroed but for `most` it is valid. */
struct cut {
	size_t most; /* bytes of a line that are kept, at least 1 */

	struct buf part; /* the begin of a line whose end has not come */
	bool handed;     /* `part` is a line that was handed out */
	bool dropping;   /* more of it has come than is kept */
	bool cut;        /* the line that was handed out last is the begin of a longer one */
};

/* Takes the next line off *piece, without LF or CRLF; valid until the next call, like
 * the piece. False: the piece is used up. */
bool cut_next(struct cut *c, slice *piece, slice *line);

/* The line that has not ended; false when there is none. */
bool cut_rest(struct cut *c, slice *line);

void cut_free(struct cut *c);

#endif
