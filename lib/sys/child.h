/* child.h - one handler process: started, fed, watched, captured, reaped.
 *
 * The handler gets its record on stdin (an anonymous file, so a handler that
 * never reads it cannot block us; one that is fed has a pipe there), stdout and stderr on pipes, a
 * process group of its own, default signal dispositions, an empty mask and no other descriptors.
 * The last `capture` bytes of each stream are kept; the rest is read and dropped. It is over when
 * the process is, even if a grandchild still holds the pipes. Started vfork-style: the cost does
 * not grow with our memory. */
#ifndef MESHQ_CHILD_H
#define MESHQ_CHILD_H

#include "base/buf.h"
#include "base/err.h"

#include "sys/spawn.h"

/* The last bytes of a stream. */
struct tail {
	struct buf kept; /* at most twice the limit */
	uint64_t seen;   /* bytes in all */
	const struct child_watcher *watcher;
};

/* Sees all bytes of a stream as they are read, in child_read and child_reap. */
struct child_watcher {
	void (*see)(void *user, slice bytes);
	/* False: no more can be seen for now, so the handler waits. NULL: always. */
	bool (*ready)(void *user);
	/* Nobody wants more of it: the stream is closed to the handler. NULL: never. */
	bool (*gone)(void *user);
	void *user;
};

struct child {
	pid_t pid;      /* 0: not running */
	int pidfd;      /* readable when it has ended */
	int in;         /* its stdin, nonblocking, when it is fed; else, and when closed, -1 */
	int out;        /* its stdout, nonblocking; -1 when closed */
	int err;        /* its stderr likewise */
	size_t capture; /* bytes kept of each */
	struct tail out_tail;
	struct tail err_tail;
	int ends[2];  /* until_end: the child's ends of both, kept open here; else -1 */
	bool drained; /* it has ended, and both are known to be empty */
	struct spawn_early *early;
};

/* With until_end nobody is told when the child closes its streams: its end says that
 * early enough, and a poll that neither wakes saves time for every child. */
struct child_command {
	const char *path; /* executable; no search */
	char *const *argv;
	char *const *environment;
	slice input;                         /* its stdin, copied; p NULL: /dev/null */
	bool feed;                           /* no input: it comes through child.in */
	sigset_t ignored;                    /* reset in the child, as child_prepare found them */
	struct rlimit files;                 /* the child's, as child_room found it; zeroed: ours */
	uint32_t fresh;                      /* see spawn.h */
	bool early;                          /* do not wait for the execution: child_failed */
	bool until_end;                      /* see above */
	int death_signal;                    /* that it gets when we die; 0: none */
	const struct child_watcher *watcher; /* of its stdout, borrowed; NULL: nobody */
};

/* Once, before the first child; descriptors 0 to 2 must be taken. Sees to it that
 * SIGCHLD is not ignored, or statuses would be lost, and fills in the signals
 * that are, which a child would inherit. */
void child_prepare(sigset_t *ignored);

/* Raises our limit of open files, when it has to be and may be, so that so many
 * children can run at once. Returns how many can, and the limit as it was, or zeroes
 * when it still is. */
uint64_t child_room(uint64_t children, struct rlimit *before);

/* False: the process could not be made or the file not executed; errno is kept
 * in *code (ENOENT, EACCES, ENOEXEC ... from execve). */
bool child_start(struct child *c, const struct child_command *command, size_t capture, int *code,
                 struct err *e);

/* After child_reap, of one that was started early: true when it could not be executed after
 * all, and then as child_start says it. */
bool child_failed(const struct child *c, int *code, struct err *e);

/* The system may have room for another process soon: what child_start said is not for good. */
bool child_may_start(int code);

/* Closes the stdin of one that is fed. */
void child_close_in(struct child *c);
/* Whether its stdout should be read now. */
bool child_is_heard(const struct child *c);

/* Reads what the descriptor (c->out or c->err) has, without waiting; closes it at
 * its end. */
void child_read(struct child *c, int fd);

/* pidfd is readable: drains the pipes, reaps, closes. *status is wait(2)'s. */
void child_reap(struct child *c, int *status);

/* Sends a signal to its process group, and to itself when it has left that. */
void child_signal(const struct child *c, int signal);

/* What was kept: the last `capture` bytes. */
slice child_tail(const struct tail *t, size_t capture);

/* Releases what was kept of a child that is not running. */
void child_free(struct child *c);

/* Searches PATH as execvp(3) does. False with *code ENOENT or EACCES. */
bool child_find(const char *name, struct buf *path, int *code);

#endif
