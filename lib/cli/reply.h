/* reply.h - what the end of a dispatch means: the status of the handler, and what it said.
 *
 * Exit 0 is success, 75 asks for a retry, everything else is a failure for good.
 * A last line of stdout that is an object with "meshq" refines it:
 *	{"meshq":{"retry_after_ms":50,"reason":"peer busy"}}
 *	{"meshq":{"fail":"bad chain"}}
 * A handler that was killed has not answered, whatever it wrote. The reply line of one that
 * goes on means the same as such a last line; any other line is success. What statuses and
 * signals mean is as executor.on_exit says (judge.h). */
#ifndef MESHQ_REPLY_H
#define MESHQ_REPLY_H

#include "codec/json.h"
#include "sys/runner.h"

struct reply_reader;
struct reply_reader *reply_reader_new(void);
void reply_reader_free(struct reply_reader *r);

/* Fills *result; its strings are the caller's. */
void reply_read(struct reply_reader *r, const struct run_end *end,
                const struct executor_policy *policy, struct result *result);

/* What was read last was in a reply. */
bool reply_was_found(const struct reply_reader *r);

/* The line, without its end, would be a reply as the last one. */
bool reply_is(struct reply_reader *r, slice line);

/* Cuts the next line off *text, without LF or CRLF; false when nothing is left. */
bool reply_line(slice *text, slice *line);

#endif
