/* label.h - the output of several daemons in one stream, each line with the name of its daemon.
 *
 *	telemetry: listening on :4317
 *	store: 3 segments open
 *
 * Each daemon has a pipe for its stdout and one for its stderr, which stay when it is started
 * again. Lines go to our stdout or stderr whole, unchanged behind the label: a line of more than
 * LABEL_LINE bytes in pieces, each with the label; the rest of a line at the end of a run gets a
 * newline. Nothing here waits: while much waits for the reader of one of ours, the pipes that lead
 * there are not read, and the daemons feel it. When that reader has gone, they are closed to
 * the daemons, as they would be if they wrote there themselves. What cannot be written for another
 * reason, such as a full disk, is lost, and the next line is tried anew. */
#ifndef MESHQ_LABEL_H
#define MESHQ_LABEL_H

#include "sys/out.h"

#include <poll.h>

enum { LABEL_LINE = 64 * 1024 };

/* Of ours, and of a daemon. */
enum label_stream { LABEL_OUT, LABEL_ERR, LABEL_STREAMS };

struct label_pipe;

struct label {
	/* Its own. */
	struct out to[LABEL_STREAMS]; /* stdout and stderr; see label_out */
	bool same;                    /* those two are one file: all goes to the first */
	bool colored[LABEL_STREAMS];
	struct label_pipe *pipes; /* LABEL_STREAMS a daemon */
	uint32_t count;
	uint32_t turn;            /* the pipe that is read first */
	int lost;                 /* errno for which lines were lost last, or 0 */
	bool torn[LABEL_STREAMS]; /* a line may have been cut off there */
};

/* `colored`: whether names have a colour on our stdout and on our stderr (cli_colored). */
void label_open(struct label *l, bool out_colored, bool err_colored);

/* Where the lines for one of ours wait. Others may append whole lines to its `pending`, too: they
 * are written here, and never into the middle of a line. */
struct out *label_out(struct label *l, enum label_stream stream);

/* Makes the pipes of a daemon, which take four descriptors; its stdout goes to the given one of
 * ours. Daemons are numbered from 0. The name is copied. */
bool label_add(struct label *l, const char *name, enum label_stream out, struct err *e);

/* What its process gets as stdout or stderr: for struct daemon_command. Stays ours. */
int label_fd(const struct label *l, uint32_t daemon, enum label_stream stream);

/* The process has ended, and so has the line that it was about to write: what comes behind what is
 * in the pipe now is of its next run. */
void label_ended(struct label *l, uint32_t daemon);

/* How many descriptors label_watch fills in. */
uint32_t label_watched(const struct label *l);
void label_watch(const struct label *l, struct pollfd *fds);

/* After poll, with the same fds, nothing added since: reads and writes what can be. */
void label_serve(struct label *l, const struct pollfd *fds);

/* All that daemons have written is read and written: true too for what has nowhere to go. */
bool label_is_written(const struct label *l);

/* EPIPE when a reader of ours has gone, else why lines were lost (ENOSPC ...), or 0. */
int label_failure(const struct label *l);

/* What is still waiting is lost, but for what goes without waiting. Not closed: stdout and stderr.
 */
void label_close(struct label *l);

#endif
