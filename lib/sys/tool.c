#include "sys/tool.h"

#include "sys/child.h"

#include <errno.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_MOST = 256 * 1024 * 1024 };

bool tool_find(const char *name, struct buf *path, struct err *e)
{
	int code;

	if (child_find(name, path, &code))
		return true;
	if (code == ENOENT)
		return err_set(e, STATUS_NOT_FOUND, "%s: not found", name);
	errno = code;
	return err_system(e, STATUS_NOT_EXECUTABLE, "%s", name);
}

/* Reads until it has ended; it may close its streams before. */
static bool wait_for(struct child *c, struct err *e)
{
	for (;;) {
		struct pollfd fds[] = { { c->pidfd, POLLIN, 0 },
			                { c->out, POLLIN, 0 },
			                { c->err, POLLIN, 0 } };

		if (poll(fds, 3, -1) < 0) {
			if (errno == EINTR)
				continue;
			return err_system(e, STATUS_OS, "poll");
		}
		if (fds[1].revents)
			child_read(c, c->out);
		if (fds[2].revents)
			child_read(c, c->err);
		if (fds[0].revents)
			return true;
	}
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static slice last_line(slice text)
{
	size_t begin;

	while (text.n && is_blank(text.p[text.n - 1]))
		text.n--;
	for (begin = text.n; begin && text.p[begin - 1] != '\n';)
		begin--;
	while (begin < text.n && is_blank(text.p[begin]))
		begin++;
	return (slice){ text.p + begin, text.n - begin };
}

static bool judge(const struct child *c, int status, const char *name, struct buf *output,
                  struct err *e)
{
	slice said = last_line(child_tail(&c->err_tail, c->capture));

	if (said.n > 300)
		said.n = 300;
	if (WIFSIGNALED(status))
		return err_set(e, STATUS_OS, "%s: killed by signal %d", name, WTERMSIG(status));
	if (WEXITSTATUS(status))
		return err_set(e, STATUS_OS, "%s: exit status %d%s%.*s", name, WEXITSTATUS(status),
		               said.n ? ": " : "", SLICE_ARG(said));
	if (c->out_tail.seen > OUTPUT_MOST)
		return err_set(e, STATUS_OS, "%s: more than 256 MiB of output", name);
	buf_add_slice(output, child_tail(&c->out_tail, c->capture));
	return true;
}

bool tool_run(const char *path, char *const argv[], slice input, struct buf *output, struct err *e)
{
	struct child_command command = {
		.path = path, .argv = argv, .environment = environ, .input = input
	};
	struct child c;
	int code, status;

	child_prepare(&command.ignored);
	if (!child_start(&c, &command, OUTPUT_MOST, &code, e))
		return false;
	bool good = wait_for(&c, e);
	if (!good)
		child_signal(&c, SIGKILL);
	child_reap(&c, &status);
	good = good && judge(&c, status, argv[0], output, e);
	child_free(&c);
	return good;
}
