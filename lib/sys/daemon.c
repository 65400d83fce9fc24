#include "sys/daemon.h"

#include "sys/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	READ_BLOCK = 4096,
	READS_A_TURN = 16, /* a pipe's fill; one that floods it must not starve the loop */
	PRESSURE_PIPE = 4096,
};

/* ---- starting ---- */

/* The descriptors of a daemon, and our ends; -1: none. */
struct ends {
	int in, out, err;
	int ready[2];    /* ours, its */
	int pressure[2]; /* ours, its */
};

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_its(struct ends *s)
{
	close_end(&s->in);
	close_end(&s->out);
	close_end(&s->err);
	close_end(&s->ready[1]);
	close_end(&s->pressure[1]);
}

/* A copy above 2 that has none of the numbers that are wanted there, so that no copy in the new
 * process can overwrite another. */
static int copy_of(int fd, const struct daemon_command *c)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	while (copy >= 0 && (copy == c->ready_fd || copy == c->pressure_fd)) {
		int next = fcntl(fd, F_DUPFD_CLOEXEC, copy + 1), code = errno;

		close(copy);
		errno = code;
		copy = next;
	}
	return copy;
}

/* As copy_of, in the place of the descriptor. */
static int moved(int fd, const struct daemon_command *c)
{
	if (fd < 0)
		return fd;
	int copy = copy_of(fd, c), code = errno;

	close(fd);
	errno = code;
	return copy;
}

/* It writes: to us; else we do. Our end does not block. */
static bool open_pipe(int pair[2], bool it_writes, const struct daemon_command *c)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	pair[0] = ends[!it_writes];
	pair[1] = moved(ends[it_writes], c);
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	return pair[1] >= 0;
}

static bool open_pressure(struct ends *s, const struct daemon_command *c)
{
	if (!open_pipe(s->pressure, false, c))
		return false;
	/* One that does not read should not find a heap of old lines when it does. */
	(void)fcntl(s->pressure[0], F_SETPIPE_SZ, PRESSURE_PIPE);
	return true;
}

static int open_input(const struct ends *s, const struct daemon_command *c)
{
	if (c->pressure_fd == 0)
		return copy_of(s->pressure[1], c);
	if (c->in >= 0)
		return copy_of(c->in, c);
	return moved(open("/dev/null", O_RDONLY | O_CLOEXEC), c);
}

static bool open_ends(struct ends *s, const struct daemon_command *c)
{
	*s = (struct ends){ -1, -1, -1, { -1, -1 }, { -1, -1 } };
	return (c->ready_fd == 0 || open_pipe(s->ready, true, c)) &&
	       (c->pressure_fd < 0 || open_pressure(s, c)) && (s->in = open_input(s, c)) >= 0 &&
	       (s->out = copy_of(c->out, c)) >= 0 && (s->err = copy_of(c->err, c)) >= 0;
}

/* The system would say EBADF, which tells nobody anything. */
static bool has_numbers(const struct daemon_command *c, struct err *e)
{
	int highest = c->ready_fd > c->pressure_fd ? c->ready_fd : c->pressure_fd;
	struct rlimit limit = c->files;

	if (highest < 0 || (!limit.rlim_max && getrlimit(RLIMIT_NOFILE, &limit) != 0) ||
	    (rlim_t)highest < limit.rlim_cur)
		return true;
	return err_set(e, STATUS_OS, "cannot execute %s with descriptor %d: %ju is the limit",
	               c->path, highest, (uintmax_t)limit.rlim_cur);
}

static void pass(struct spawn *s, int fd, int number)
{
	if (fd >= 0 && number > 0)
		s->passed[s->passed_count++] = (struct spawn_passed){ fd, number };
}

static bool start(struct daemon *d, const struct daemon_command *command, const struct ends *s,
                  int *code, struct err *e)
{
	struct spawn spawn = {
		.path = command->path,
		.argv = command->argv,
		.environment = command->environment,
		.in = s->in,
		.out = s->out,
		.err = s->err,
		.directory = command->directory,
		.death_signal = SIGTERM,
		.our_group = command->in >= 0 && isatty(command->in),
		.ignored = command->ignored,
		.files = command->files,
	};

	pass(&spawn, s->ready[1], command->ready_fd);
	pass(&spawn, s->pressure[1], command->pressure_fd);
	bool started = spawn_wait(&spawn);
	*code = spawn.code;
	if (!started)
		return spawn_refused(&spawn, e);
	d->pid = spawn.pid;
	d->pidfd = spawn.pidfd;
	d->our_group = spawn.our_group;
	return true;
}

bool daemon_start(struct daemon *d, const struct daemon_command *command, int *code, struct err *e)
{
	struct ends s;
	bool started = false;

	d->pid = 0;
	buf_clear(&d->waiting);
	*code = EBADF;
	if (!has_numbers(command, e))
		return false;
	if (open_ends(&s, command)) {
		started = start(d, command, &s, code, e);
	} else {
		*code = errno;
		err_system(e, STATUS_OS, "cannot prepare %s", command->path);
	}
	close_its(&s);
	if (!started) {
		close_end(&s.ready[0]);
		close_end(&s.pressure[0]);
	}
	d->ready = s.ready[0];
	d->pressure = s.pressure[0];
	return started;
}

/* ---- signals ---- */

void daemon_signal(const struct daemon *d, int signal)
{
	if (!d->pid)
		return;
	if (!d->our_group)
		kill(-d->pid, signal);
	if (getpgid(d->pid) != d->pid) /* it has moved to another group */
		kill(d->pid, signal);
}

void daemon_stop(const struct daemon *d, int signal)
{
	daemon_signal(d, signal);
	daemon_signal(d, SIGCONT);
}

void daemon_notify(const struct daemon *d, int signal)
{
	if (d->pid)
		kill(d->pid, signal);
}

/* ---- back-pressure ---- */

/* A line goes whole or not at all, as it is not longer than PIPE_BUF. */
static void write_line(struct daemon *d)
{
	ssize_t n = 0;

	if (d->pressure < 0 || !d->waiting.n)
		return;
	do
		n = write(d->pressure, d->waiting.p, d->waiting.n);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return;
	buf_clear(&d->waiting);
	if (n < 0)
		close_end(&d->pressure);
}

void daemon_press(struct daemon *d, slice line)
{
	if (!d->pid || d->pressure < 0)
		return;
	buf_clear(&d->waiting);
	buf_add_slice(&d->waiting, line);
	write_line(d);
}

/* ---- readiness ---- */

/* True: a line has ended. Then, and when no more can come, the descriptor is closed. */
static bool read_ready(struct daemon *d)
{
	char block[READ_BLOCK];
	bool ready = false;

	for (int reads = 0; d->ready >= 0 && reads < READS_A_TURN; reads++) {
		ssize_t n = read(d->ready, block, sizeof block);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		ready = n > 0 && memchr(block, '\n', (size_t)n);
		if (n <= 0 || ready)
			close_end(&d->ready);
	}
	return ready;
}

/* ---- watching ---- */

void daemon_watch(const struct daemon *d, struct pollfd *fds)
{
	bool waits = d->pid && d->waiting.n && d->pressure >= 0;

	fds[0] = (struct pollfd){ .fd = d->pid ? d->pidfd : -1, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = d->pid ? d->ready : -1, .events = POLLIN };
	fds[2] = (struct pollfd){ .fd = waits ? d->pressure : -1, .events = POLLOUT };
}

/* Until it is reaped the process keeps its group's number from being reused. */
static int reap(struct daemon *d)
{
	int status = 0;

	if (!d->our_group)
		kill(-d->pid, SIGKILL);
	while (waitpid(d->pid, &status, 0) < 0 && errno == EINTR)
		;
	close(d->pidfd);
	close_end(&d->ready);
	close_end(&d->pressure);
	buf_clear(&d->waiting);
	d->pid = 0;
	return status;
}

struct daemon_news daemon_serve(struct daemon *d, const struct pollfd *fds)
{
	struct daemon_news news = { 0 };

	if (!d->pid)
		return news;
	if (fds[0].revents || fds[1].revents)
		news.ready = read_ready(d);
	if (fds[2].revents)
		write_line(d);
	news.ended = fds[0].revents != 0;
	if (news.ended)
		news.status = reap(d);
	return news;
}

void daemon_free(struct daemon *d)
{
	if (d->pid) {
		daemon_signal(d, SIGKILL);
		reap(d);
	}
	buf_free(&d->waiting);
	*d = (struct daemon){ 0 };
}
