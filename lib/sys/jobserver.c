#include "sys/jobserver.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- tokens ---- */

bool jobserver_take(struct jobserver *j)
{
	ssize_t n;

	if (j->held == JOBSERVER_MOST)
		return false;
	do
		n = read(j->in, &j->tokens[j->held], 1);
	while (n < 0 && errno == EINTR);
	j->held += n == 1;
	return n == 1;
}

/* A signal may come at any time: what is written is no longer ours before that. */
void jobserver_keep(struct jobserver *j, uint32_t keep)
{
	while (j->held > keep) {
		const char *token = &j->tokens[--j->held];

		while (write(j->out, token, 1) < 0 && errno == EINTR)
			;
	}
}

/* ---- the way out ---- */

static struct jobserver *the_one;
static pid_t whose;

static void put_back(void)
{
	if (the_one && getpid() == whose)
		jobserver_keep(the_one, 0);
}

/* A child that has not executed its file yet runs in our memory, but its death is not
 * ours. */
static void die_of(int number)
{
	put_back();
	raise(number); /* by default now, once this returns */
}

/* Signals that would kill us. Those that the loop waits for end it in order. */
static const int deadly[] = { SIGQUIT, SIGILL,  SIGABRT, SIGBUS,  SIGFPE,  SIGSEGV,
	                      SIGSYS,  SIGTRAP, SIGXCPU, SIGALRM, SIGUSR2, SIGVTALRM };

/* What is ignored or watched by somebody else stays so. */
static void watch_signals(void)
{
	struct sigaction ours = { .sa_handler = die_of, .sa_flags = (int)SA_RESETHAND };
	struct sigaction now;

	sigemptyset(&ours.sa_mask);
	for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++)
		if (sigaction(deadly[i], NULL, &now) == 0 && now.sa_handler == SIG_DFL)
			sigaction(deadly[i], &ours, NULL);
}

static void watch(struct jobserver *j)
{
	static bool watched;

	the_one = j;
	whose = getpid();
	if (!watched && atexit(put_back) == 0)
		watch_signals();
	watched = true;
}

/* ---- opening ---- */

static bool is_pipe(int fd)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
}

/* Another open file of the same pipe. */
static int reopen(int fd, int mode)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, mode | O_NONBLOCK | O_CLOEXEC);
}

/* Takes over the descriptors; one that is negative is the err's. */
static bool begin(struct jobserver *j, int in, int out, const char *what, struct err *e)
{
	if (in >= 0 && out >= 0) {
		j->in = in;
		j->out = out;
		j->held = 0;
		j->open = true;
		watch(j);
		return true;
	}
	err_system(e, STATUS_OS, "%s", what);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return false;
}

bool jobserver_open(struct jobserver *j, int in, int out, struct err *e)
{
	if (!is_pipe(in) || !is_pipe(out))
		return err_set(e, STATUS_OS,
		               "its pipe is not open: is there a '+' before the line "
		               "in the Makefile?");
	int ours = reopen(in, O_RDONLY);

	return begin(j, ours, reopen(out, O_WRONLY), "its pipe", e);
}

/* Read and write, so that it never is at its end. */
bool jobserver_open_fifo(struct jobserver *j, const char *path, struct err *e)
{
	int in = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (in >= 0 && !is_pipe(in)) {
		close(in);
		return err_set(e, STATUS_OS, "%s is no fifo", path);
	}
	return begin(j, in, in < 0 ? -1 : fcntl(in, F_DUPFD_CLOEXEC, 3), path, e);
}

void jobserver_close(struct jobserver *j)
{
	if (!j->open)
		return;
	jobserver_keep(j, 0);
	the_one = NULL;
	close(j->in);
	close(j->out);
	j->open = false;
}
