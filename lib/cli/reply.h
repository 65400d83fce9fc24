/* reply.h - what a handler's end means: its status, and what it said.
 *
 * Exit 0 is success, 75 asks for a retry, everything else is a failure for good.
 * A last line of stdout that is an object with "meshq" refines it:
 *	{"meshq":{"retry_after_ms":50,"reason":"peer busy"}}
 *	{"meshq":{"fail":"bad chain"}}
 * A handler that was killed has not answered, whatever it wrote. */
#ifndef MESHQ_REPLY_H
#define MESHQ_REPLY_H

#include "codec/json.h"
#include "core/engine.h"

struct reply_reader;
struct reply_reader *reply_reader_new(void);
void reply_reader_free(struct reply_reader *r);

/* How a handler ended. */
struct reply_end {
	int status;     /* wait(2)'s */
	slice out;      /* the end of its stdout */
	slice err;      /* the end of its stderr */
	bool timed_out; /* it was told to end for its time; with exit 0 it has made it */
};

/* Fills *result; its strings are the caller's. */
void reply_read(struct reply_reader *r, const struct reply_end *end,
                const struct executor_policy *policy, struct result *result);

/* Cuts the next line off *text, without LF or CRLF; false when nothing is left. */
bool reply_line(slice *text, slice *line);

#endif
