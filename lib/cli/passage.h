/* passage.h - from what a handler writes to whole lines that are passed on.
 *
 * The last line, when it is a reply (reply.h), is not for the reader; a last line without
 * its newline gets one. A long line waits for its end in the outlet's spill. */
#ifndef MESHQ_PASSAGE_H
#define MESHQ_PASSAGE_H

#include "cli/outlet.h"
#include "cli/reply.h"
#include "sys/child.h"

struct passage {
	/* Set by the caller. */
	struct outlet *outlet;
	struct reply_reader *reply;
	size_t capture; /* a longer line is no reply */
	uint64_t arrival;

	struct child_watcher watcher; /* for the handler's child_command */
	struct stock line;            /* what has come of a line */
	bool ended; /* all of it has, and it may be the reply: nothing is behind it yet */
};

/* The fields above must be set. It must stay where it is. */
void passage_open(struct passage *p);

/* The handler has ended: the last line goes, or is the reply. */
void passage_end(struct passage *p);

#endif
