/* spawn.h - a process that executes a file, made without copying our memory.
 *
 * Until it executes the file the new process runs in our memory, on a stack of its own. It
 * has a process group of its own, default signal dispositions, an empty mask, the three
 * streams, and no other descriptors than those that are passed. */
#ifndef MESHQ_SPAWN_H
#define MESHQ_SPAWN_H

#include "base/err.h"

#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/* A descriptor of ours, and its number there. */
struct spawn_passed {
	int fd, number;
};

enum { SPAWN_PASSED = 2 };

struct spawn {
	const char *path; /* relative to `directory` */
	char *const *argv;
	char *const *environment;
	uint32_t fresh;   /* entries of the environment, the first ones, that will not stay */
	int in, out, err; /* its streams; all above 2 */
	/* More of them. No fd, those of the streams included, may be a number there. */
	struct spawn_passed passed[SPAWN_PASSED];
	uint32_t passed_count;
	const char *directory; /* that it works in; NULL: ours */
	int death_signal;      /* that it gets when we die; 0: none */
	bool our_group;        /* it stays in our process group */
	sigset_t ignored;      /* signals to reset */
	struct rlimit files;   /* its limit of open files; zeroed: ours */

	pid_t parent; /* we */
	pid_t pid;
	int pidfd;
	int code;  /* the errno for which it, or the execution, has failed; 0 */
	bool lost; /* it is because of the directory */
};

/* We stand still until it has executed the file, or s->code says why it could not and the
 * process is gone again: false. */
bool spawn_wait(struct spawn *s);

/* We go on at once, which is worth much with many short processes. False with s->code when
 * the process could not be made. That the file cannot be executed ends the process, and
 * then the code of spawn_was says why. Nothing of *s but the environment behind `fresh` is needed
 * any more. *early is freed with free(3) when the process has been reaped. */
struct spawn_early;
bool spawn_early(struct spawn *s, struct spawn_early **early);
const struct spawn *spawn_was(const struct spawn_early *early);

/* Says what s->code means, and returns false. */
bool spawn_refused(const struct spawn *s, struct err *e);

#endif
