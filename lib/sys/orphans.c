#include "sys/orphans.h"

#include "base/mem.h"
#include "sys/clock.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static const char CHILDREN[] = "/proc/thread-self/children";

enum { LOOK_AGAIN_MS = 50 };

/* ---- who is below us ---- */

struct pids {
	pid_t *list;
	uint32_t count;
	uint32_t room;
};

static void add(struct pids *p, pid_t pid)
{
	if (p->count == p->room) {
		p->room = p->room ? p->room * 2 : 16;
		p->list = mem_resize(p->list, p->room, sizeof *p->list);
	}
	p->list[p->count++] = pid;
}

/* True: /proc has a list of them. */
static bool read_children(struct pids *p)
{
	FILE *f = fopen(CHILDREN, "re");
	int pid;

	if (!f)
		return false;
	while (fscanf(f, "%d", &pid) == 1)
		add(p, pid);
	fclose(f);
	return true;
}

/* The parent of a process, or 0. Its name may have anything in it, parentheses too. */
static pid_t parent_of(const char *name)
{
	char path[300], line[512];
	int parent = 0;

	snprintf(path, sizeof path, "/proc/%s/stat", name);
	FILE *f = fopen(path, "re");
	if (!f)
		return 0;
	line[fread(line, 1, sizeof line - 1, f)] = '\0';
	fclose(f);
	const char *end = strrchr(line, ')');
	if (!end || sscanf(end, ") %*c %d", &parent) != 1)
		return 0;
	return parent;
}

/* For kernels that were built without such lists. */
static void scan_children(struct pids *p)
{
	DIR *dir = opendir("/proc");
	pid_t us = getpid();

	for (struct dirent *d; dir && (d = readdir(dir));)
		if (d->d_name[0] >= '1' && d->d_name[0] <= '9' && parent_of(d->d_name) == us)
			add(p, (pid_t)strtol(d->d_name, NULL, 10));
	if (dir)
		closedir(dir);
}

/* Those that have ended are among them until they are reaped. */
static struct pids children_of_ours(const struct orphans *o)
{
	struct pids p = { 0 };

	if (o->scans || !read_children(&p))
		scan_children(&p);
	return p;
}

/* ---- before ---- */

static bool was_there(const struct orphans *o, pid_t pid)
{
	for (uint32_t i = 0; i < o->before_count; i++)
		if (o->before[i] == pid)
			return true;
	return false;
}

/* Its number may be that of another child now. */
static void forget(struct orphans *o, pid_t pid)
{
	for (uint32_t i = 0; i < o->before_count; i++)
		if (o->before[i] == pid)
			o->before[i--] = o->before[--o->before_count];
}

bool orphans_open(struct orphans *o, struct err *e)
{
	sigset_t child;

	o->children = -1;
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
		return err_system(e, STATUS_OS, "cannot adopt the children of daemons");
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	o->children = signalfd(-1, &child, SFD_NONBLOCK | SFD_CLOEXEC);
	if (o->children < 0)
		return err_system(e, STATUS_OS, "signalfd");
	struct pids before = children_of_ours(o);
	o->before = before.list;
	o->before_count = before.count;
	return true;
}

void orphans_close(struct orphans *o)
{
	sigset_t child;

	if (o->children > 0)
		close(o->children);
	o->children = -1;
	free(o->before);
	o->before = NULL;
	o->before_count = 0;
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_UNBLOCK, &child, NULL);
}

/* ---- reaping ---- */

struct pollfd orphans_watch(const struct orphans *o)
{
	return (struct pollfd){ .fd = o->children, .events = POLLIN };
}

/* One that is ours stays in front of the others until its owner has reaped it. */
static bool reap_one(struct orphans *o)
{
	siginfo_t info = { 0 };

	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
		return false;
	if (o->is_ours && o->is_ours(o->user, info.si_pid))
		return false;
	forget(o, info.si_pid);
	return waitpid(info.si_pid, NULL, WNOHANG) == info.si_pid;
}

void orphans_serve(struct orphans *o)
{
	struct signalfd_siginfo info;

	/* Read first: who ends after that wakes us again. */
	while (read(o->children, &info, sizeof info) == (ssize_t)sizeof info)
		;
	while (reap_one(o))
		;
}

/* ---- the end ---- */

/* Only our own children are killed: nobody but us can reap those, so no number is that of
 * somebody else by now. Theirs become ours when they die, and it is their turn then. Returns how
 * many there were. */
static uint32_t kill_children(const struct orphans *o)
{
	struct pids p = children_of_ours(o);
	uint32_t count = 0;

	for (uint32_t i = 0; i < p.count; i++) {
		if (was_there(o, p.list[i]))
			continue;
		kill(p.list[i], SIGKILL);
		count++;
	}
	free(p.list);
	return count;
}

bool orphans_end(struct orphans *o, span patience)
{
	int64_t deadline = tick_sum(clock_monotonic(), patience.ns);

	for (;;) {
		orphans_serve(o);
		if (kill_children(o) == 0)
			return true;
		if (clock_monotonic() >= deadline)
			return false;
		struct pollfd ended = orphans_watch(o);
		poll(&ended, 1, LOOK_AGAIN_MS);
	}
}
