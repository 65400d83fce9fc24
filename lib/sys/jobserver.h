/* jobserver.h - a client of GNU make's jobserver: a pipe or a fifo with one byte in it
 * for each job that may be started beside those that run.
 *
 * Whoever takes a byte has to put the same one back when his job has ended. Nothing here
 * waits: both ends are opened anew, so that not waiting is a property of ours alone and
 * not of the make that we share them with. */
#ifndef MESHQ_JOBSERVER_H
#define MESHQ_JOBSERVER_H

#include "base/err.h"

#include <stdint.h>

enum { JOBSERVER_MOST = 4096 }; /* tokens that we take */

struct jobserver {
	bool open;
	int in; /* readable when there may be a token */
	int out;
	uint32_t held;
	char tokens[JOBSERVER_MOST]; /* the first `held` are ours now */
};

/* The descriptors of the pipe, or the path of the fifo. False: there is no jobserver there.
 * One at a time in a process. */
bool jobserver_open(struct jobserver *j, int in, int out, struct err *e);
bool jobserver_open_fifo(struct jobserver *j, const char *path, struct err *e);

/* Takes one token if there is one. */
bool jobserver_take(struct jobserver *j);

/* Puts back all but `keep`. */
void jobserver_keep(struct jobserver *j, uint32_t keep);

/* Puts back all. What is open when the process exits or dies of a signal that can be
 * caught is put back, too. */
void jobserver_close(struct jobserver *j);

#endif
