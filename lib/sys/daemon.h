/* daemon.h - one supervised process: started, told things, reaped with all of its group.
 *
 * It has a process group of its own, default signal dispositions, an empty mask, and no other
 * descriptors than those it is given. One whose stdin is a terminal stays in our group, as others
 * may not read from it. It gets SIGTERM when we die. It may tell us that it is
 * ready, by a line on a descriptor, and be told of back-pressure, by lines on another; neither
 * ever blocks us. The driver polls the descriptors of daemon_watch and then calls daemon_serve. */
#ifndef MESHQ_DAEMON_H
#define MESHQ_DAEMON_H

#include "base/buf.h"
#include "base/err.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>

enum { DAEMON_WATCHED = 3 }; /* descriptors */

struct daemon {
	pid_t pid;          /* 0: not running */
	bool our_group;     /* it has none of its own */
	int pidfd;          /* readable when it has ended */
	int ready;          /* our end of its ready descriptor, until it is; or -1 */
	int pressure;       /* our end of its back-pressure descriptor, until it is closed; or -1 */
	struct buf waiting; /* the line that the pipe of `pressure` had no room for */
};

/* A zeroed `pressure_fd` is the daemon's stdin: say -1 when there is none. */
struct daemon_command {
	const char *path; /* executable; no search; relative to `directory` */
	char *const *argv;
	char *const *environment;
	const char *directory; /* NULL: ours */
	int in;                /* descriptor of ours that becomes its stdin; -1: /dev/null */
	int out, err;          /* likewise: 1 and 2, or label_fd */
	int ready_fd;          /* the number that it writes its line to, 0: none */
	int pressure_fd;     /* that it reads lines from: 0 is its stdin, then no `in`; -1: none */
	sigset_t ignored;    /* reset in it, as child_prepare (child.h) found them */
	struct rlimit files; /* its limit of open files; zeroed: ours */
};

/* False: the process could not be made or the file not executed; errno is kept in *code, as
 * child_start does it. Stands still until the file is executed. */
bool daemon_start(struct daemon *d, const struct daemon_command *command, int *code, struct err *e);

/* Sends a signal to its process group, and to itself when it has left that. Nothing happens
 * when it does not run, here and below. */
void daemon_signal(const struct daemon *d, int signal);

/* As daemon_signal, for a signal that asks it to end: one that is stopped is woken. */
void daemon_stop(const struct daemon *d, int signal);

/* Sends a signal to the process itself only: its children may not know what it means. */
void daemon_notify(const struct daemon *d, int signal);

/* Gives it a line of back-pressure, with the newline, at most PIPE_BUF bytes. What it has no
 * room for now waits, and is replaced by the next. Nothing happens when it has no such
 * descriptor, or has closed it. */
void daemon_press(struct daemon *d, slice line);

/* Fills in DAEMON_WATCHED; -1 for those that have nothing to say. */
void daemon_watch(const struct daemon *d, struct pollfd *fds);

struct daemon_news {
	bool ready; /* it has said so just now; told before the end when both happen at once */
	bool ended;
	int status; /* wait(2)'s, once ended */
};

/* After poll, with the same fds, nothing started since. When it has ended, what is left of its
 * process group is killed and it is reaped: d->pid is 0 then. */
struct daemon_news daemon_serve(struct daemon *d, const struct pollfd *fds);

/* Frees the memory; kills one that still runs, and its group. */
void daemon_free(struct daemon *d);

#endif
