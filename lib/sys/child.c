#include "sys/child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	READ_BLOCK = 1 << 16,
	READS_A_TURN = 4,     /* one flooding handler must not starve the loop */
	DRAIN_MOST = 1 << 20, /* a pipe cannot hold more when its writer is gone */
	CHILD_FILES = 5,      /* of ours at most, while one runs */
	OTHER_FILES = 32,     /* all the others, with some to spare */
};

/* ---- tails ---- */

static void tail_add(struct tail *t, slice s, size_t capture)
{
	t->seen += s.n;
	if (t->watcher)
		t->watcher->see(t->watcher->user, s);
	if (s.n >= capture) {
		buf_clear(&t->kept);
		buf_add(&t->kept, s.p + (s.n - capture), capture);
		return;
	}
	if (t->kept.n + s.n > 2 * capture) {
		size_t stay = capture - s.n;

		memmove(t->kept.p, t->kept.p + (t->kept.n - stay), stay);
		t->kept.n = stay;
	}
	buf_add_slice(&t->kept, s);
}

slice child_tail(const struct tail *t, size_t capture)
{
	slice kept = buf_slice(&t->kept);

	if (kept.n > capture)
		kept = (slice){ kept.p + (kept.n - capture), capture };
	return kept;
}

/* Without waiting, whether the descriptor blocks or not. */
static bool has_bytes(int fd)
{
	int n = 0;

	return ioctl(fd, FIONREAD, &n) == 0 && n > 0;
}

/* Reads at most `most` bytes, when there are some or it is the end. A short read has
 * emptied the pipe. Returns false at the end of the stream. */
static bool tail_read(struct tail *t, int fd, size_t capture, size_t most)
{
	char block[READ_BLOCK];

	for (size_t total = 0; total < most;) {
		ssize_t n = read(fd, block, sizeof block);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 && errno == EAGAIN;
		tail_add(t, (slice){ block, (size_t)n }, capture);
		if ((size_t)n < sizeof block || !has_bytes(fd))
			break;
		total += (size_t)n;
	}
	return true;
}

/* ---- starting ---- */

/* A file without a name that holds the input, at position 0; without input, nothing. */
static int input_file(slice input)
{
	int fd = input.p ? memfd_create("record", MFD_CLOEXEC)
	                 : open("/dev/null", O_RDONLY | O_CLOEXEC);

	for (size_t done = 0; fd >= 0 && done < input.n;) {
		ssize_t n = pwrite(fd, input.p + done, input.n - done, (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int code = errno;

			close(fd);
			errno = code;
			return -1;
		}
		done += (size_t)n;
	}
	return fd;
}

/* Our end does not block, unless it is read only when there is something. */
static bool open_pipe(int ends[2], bool until_end)
{
	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	if (!until_end)
		fcntl(ends[0], F_SETFL, O_NONBLOCK);
	return true;
}

static void close_pair(const int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}

/* The descriptors of a child; the ends that are ours, and those that are its. */
struct streams {
	int in;
	int feed;
	int out[2];
	int err[2];
};

static bool open_input(struct streams *s, const struct child_command *command)
{
	int ends[2];

	s->feed = -1;
	if (!command->feed) {
		s->in = input_file(command->input);
		return s->in >= 0;
	}
	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	s->in = ends[0];
	s->feed = ends[1];
	fcntl(s->feed, F_SETFL, O_NONBLOCK);
	return true;
}

static bool open_streams(struct streams *s, const struct child_command *command)
{
	if (!open_pipe(s->out, command->until_end))
		return false;
	if (open_pipe(s->err, command->until_end)) {
		if (open_input(s, command))
			return true;
		int code = errno;
		close_pair(s->err);
		errno = code;
	}
	int code = errno;
	close_pair(s->out);
	errno = code;
	return false;
}

static void keep_ends(struct child *c, bool keep, int out, int err)
{
	c->ends[0] = keep ? out : -1;
	c->ends[1] = keep ? err : -1;
	if (!keep) {
		close(out);
		close(err);
	}
}

bool child_start(struct child *c, const struct child_command *command, size_t capture, int *code,
                 struct err *e)
{
	struct streams s;

	*c = (struct child){ .capture = capture, .in = -1, .out_tail.watcher = command->watcher };
	if (!open_streams(&s, command)) {
		*code = errno;
		return err_system(e, STATUS_OS, "cannot prepare %s", command->path);
	}
	struct spawn spawn = {
		.path = command->path,
		.argv = command->argv,
		.environment = command->environment,
		.fresh = command->fresh,
		.in = s.in,
		.out = s.out[1],
		.err = s.err[1],
		.ignored = command->ignored,
		.files = command->files,
		.death_signal = command->death_signal,
	};
	bool started = command->early ? spawn_early(&spawn, &c->early) : spawn_wait(&spawn);
	close(s.in);
	if (started) {
		c->pid = spawn.pid;
		c->pidfd = spawn.pidfd;
		c->in = s.feed;
		c->out = s.out[0];
		c->err = s.err[0];
		keep_ends(c, command->until_end, s.out[1], s.err[1]);
		return true;
	}
	if (s.feed >= 0)
		close(s.feed);
	close_pair(s.out);
	close_pair(s.err);
	*code = spawn.code;
	return spawn_refused(&spawn, e);
}

bool child_failed(const struct child *c, int *code, struct err *e)
{
	const struct spawn *s = c->early ? spawn_was(c->early) : NULL;

	if (!s || !s->code)
		return false;
	*code = s->code;
	return !spawn_refused(s, e);
}

bool child_may_start(int code)
{
	return code == EAGAIN || code == ENOMEM || code == EMFILE || code == ENFILE ||
	       code == ETXTBSY;
}

void child_close_in(struct child *c)
{
	if (c->in >= 0)
		close(c->in);
	c->in = -1;
}

void child_prepare(sigset_t *ignored)
{
	static const long standard[8]; /* all zero is SIG_DFL */

	signal(SIGCHLD, SIG_DFL);
	/* glibc keeps these two to itself and refuses to touch them, but a parent may have
	 * left them ignored (make does). Nobody sends them to us. */
	for (int s = 32; s <= 33; s++)
		syscall(SYS_rt_sigaction, s, standard, NULL, (size_t)(NSIG - 1) / 8);
	sigemptyset(ignored);
	for (int s = 1; s < NSIG; s++) {
		struct sigaction now;

		if (sigaction(s, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
			sigaddset(ignored, s);
	}
}

static uint64_t room_within(rlim_t files)
{
	return files < OTHER_FILES + CHILD_FILES ? 1 : (files - OTHER_FILES) / CHILD_FILES;
}

uint64_t child_room(uint64_t children, struct rlimit *before)
{
	struct rlimit now;

	if (getrlimit(RLIMIT_NOFILE, before) != 0) {
		*before = (struct rlimit){ 0 };
		return children;
	}
	now = *before;
	if (children > room_within(now.rlim_cur)) {
		now.rlim_cur = children < room_within(now.rlim_max)
		                       ? children * CHILD_FILES + OTHER_FILES
		                       : now.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &now) != 0)
			now = *before;
	}
	uint64_t room = room_within(now.rlim_cur);
	if (now.rlim_cur == before->rlim_cur)
		*before = (struct rlimit){ 0 };
	return room;
}

/* ---- watching ---- */

static void read_stream(struct tail *t, int *fd, size_t capture, size_t most)
{
	if (*fd >= 0 && !tail_read(t, *fd, capture, most)) {
		close(*fd);
		*fd = -1;
	}
}

bool child_is_heard(const struct child *c)
{
	const struct child_watcher *w = c->out_tail.watcher;

	return !w || !w->ready || w->ready(w->user);
}

static bool is_unwanted(const struct child *c)
{
	const struct child_watcher *w = c->out_tail.watcher;

	return w && w->gone && w->gone(w->user);
}

void child_read(struct child *c, int fd)
{
	if (fd == c->out && is_unwanted(c)) {
		close(c->out);
		c->out = -1;
	} else if (fd == c->out)
		read_stream(&c->out_tail, &c->out, c->capture, READ_BLOCK * READS_A_TURN);
	else if (fd == c->err)
		read_stream(&c->err_tail, &c->err, c->capture, READ_BLOCK * READS_A_TURN);
}

static void finish_stream(struct tail *t, int *fd, size_t capture, bool drained)
{
	if (*fd >= 0 && !drained && has_bytes(*fd))
		read_stream(t, fd, capture, DRAIN_MOST);
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void child_reap(struct child *c, int *status)
{
	child_close_in(c);
	finish_stream(&c->out_tail, &c->out, c->capture, c->drained);
	finish_stream(&c->err_tail, &c->err, c->capture, c->drained);
	if (c->ends[0] >= 0)
		close_pair(c->ends);
	*status = 0;
	while (waitpid(c->pid, status, 0) < 0 && errno == EINTR)
		;
	close(c->pidfd);
	c->pid = 0;
}

void child_signal(const struct child *c, int signal)
{
	if (c->pid <= 0)
		return;
	kill(-c->pid, signal);
	if (getpgid(c->pid) != c->pid) /* it has moved to another group */
		kill(c->pid, signal);
}

void child_free(struct child *c)
{
	buf_free(&c->out_tail.kept);
	buf_free(&c->err_tail.kept);
	free(c->early);
	c->early = NULL;
}

/* ---- finding ---- */

/* 0: it can be executed; else the errno that execve would give. */
static int executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno;
	if (!S_ISREG(st.st_mode) || access(path, X_OK) < 0)
		return EACCES;
	return 0;
}

bool child_find(const char *name, struct buf *path, int *code)
{
	const char *list = getenv("PATH");
	bool forbidden = false;

	buf_clear(path);
	if (strchr(name, '/')) {
		buf_add_text(path, name);
		*code = executable(buf_text(path));
		return *code == 0;
	}
	if (!list)
		list = "/bin:/usr/bin";
	for (; *name; list++) {
		size_t n = strcspn(list, ":");

		buf_clear(path);
		buf_add(path, n ? list : ".", n ? n : 1);
		buf_add_char(path, '/');
		buf_add_text(path, name);
		*code = executable(buf_text(path));
		if (*code == 0)
			return true;
		forbidden |= *code == EACCES;
		list += n;
		if (!*list)
			break;
	}
	*code = forbidden ? EACCES : ENOENT;
	return false;
}
