/* status_line.h - the work in one line, for people who watch it.
 *
 * Pure: whoever draws it says what time it is and how wide the line may be. */
#ifndef MESHQ_STATUS_LINE_H
#define MESHQ_STATUS_LINE_H

#include "base/buf.h"
#include "base/tick.h"

struct status_line {
	uint64_t done;
	uint64_t failed; /* everything that is over and not done */
	uint64_t waiting;
	uint64_t running;
	bool has_rate;
	double rate; /* a second */
	bool has_left;
	span left;     /* until all is over */
	bool asserted; /* back-pressure */
	double level;  /* of it, 0 to 1 */
};

struct status_style {
	uint32_t width; /* characters at most */
	bool utf8;
	bool color;
};

/* Appends it, without an end of line; what has no room is left out, the least important
 * first, so it may be nothing. */
void status_line(const struct status_line *s, const struct status_style *style, struct buf *out);

/* How long the rest takes: so many have come, which were `read` of `size` bytes, so many of
 * them are over, and so many are over in a second. False: nobody can say. */
bool status_left(uint64_t came, uint64_t over, uint64_t read, uint64_t size, double rate,
                 span *left);

#endif
