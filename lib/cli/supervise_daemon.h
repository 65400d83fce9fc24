/* supervise_daemon.h - one daemon of a supervisor: its command, its words, its process. */
#ifndef MESHQ_SUPERVISE_DAEMON_H
#define MESHQ_SUPERVISE_DAEMON_H

#include "core/policy.h"
#include "sys/daemon.h"

struct supervise_daemon {
	const char *name;                   /* borrowed */
	struct buf json;                    /* the same as JSON, as trackers know it */
	const struct daemon_policy *policy; /* borrowed */
	struct daemon process;
	int64_t pid;       /* of the last process */
	instant tried;     /* when it was started last, or should have been; NEVER */
	struct err failed; /* why the last start has failed, or no text */
	span ran;          /* of the last run, when it crashed */
	bool late;         /* the process was not ready in time */

	/* Its own. */
	struct buf path;
	char **argv;
	char **environment; /* the first OWN of them are owned */
	uint32_t own;
};

void supervise_daemon_init(struct supervise_daemon *d, const char *name,
                           const struct daemon_policy *policy);
void supervise_daemon_free(struct supervise_daemon *d);

/* Finds the command, and puts the environment together. False: STATUS_NOT_FOUND or
 * STATUS_NOT_EXECUTABLE. */
bool supervise_daemon_find(struct supervise_daemon *d, struct err *e);

struct supervise_streams {
	int in; /* -1: /dev/null */
	int out;
	int err;
};

/* `files` is its limit of open files; zeroed: ours. False: d->failed says why. */
bool supervise_daemon_start(struct supervise_daemon *d, struct supervise_streams streams,
                            const sigset_t *ignored, struct rlimit files);

#endif
