/* lines.h - a descriptor, cut into lines.
 *
 * Reads large blocks, hands out slices of them without copying, and never holds
 * more than one block and one line. Every line has LINES_SLACK readable bytes
 * behind it. */
#ifndef MESHQ_LINES_H
#define MESHQ_LINES_H

#include "base/err.h"
#include "base/slice.h"

enum { LINES_SLACK = 32 };

enum lines_state {
	LINES_LINE,     /* *line is the next one, without LF or CRLF */
	LINES_TOO_LONG, /* a line over the limit: *line is its first `limit` bytes; the rest
	                 * is handed out by lines_rest until its end */
	LINES_MORE,     /* no whole line in memory: lines_fill */
	LINES_END,
};

struct lines {
	int fd;
	size_t limit;    /* longest line accepted, bytes without its end */
	uint64_t number; /* of the line handed out last, from 1 */
	char *block;
	size_t room;
	size_t begin; /* what is not handed out yet: block[begin .. end) */
	size_t end;
	size_t searched; /* no newline before this offset */
	uint64_t read;   /* bytes from the descriptor so far */
	bool ended;      /* end of file was seen */
	bool skipping;   /* inside a line that is too long */
};

void lines_init(struct lines *l, int fd, size_t limit);
void lines_free(struct lines *l); /* does not close the descriptor */

/* The slice holds until the next call on l. A last line without a newline counts. */
enum lines_state lines_next(struct lines *l, slice *line);

/* After LINES_TOO_LONG: more raw bytes of that line, LINES_MORE when a read is
 * needed, LINES_END when the line is over. */
enum lines_state lines_rest(struct lines *l, slice *bytes);

/* One read(2). False on an error other than EINTR and EAGAIN; both leave the
 * state as it was and can be told by errno, which the caller clears before. */
bool lines_fill(struct lines *l, struct err *e);

/* How many bytes have been handed out so far. */
static inline uint64_t lines_bytes(const struct lines *l)
{
	return l->read - (l->end - l->begin);
}

#endif
