#include "cli/control_client.h"

#include "base/mem.h"
#include "codec/json.h"
#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

void control_client_init(struct control_client *c, const char *path)
{
	*c = (struct control_client){
		.path = path,
		.status = control_dir_file(path, "status"),
		.fifo = control_dir_file(path, "control"),
		.to = -1,
		.reader = daemon_status_reader_new(),
	};
	follow_start(&c->follow, c->status);
}

void control_client_free(struct control_client *c)
{
	if (c->status)
		follow_end(&c->follow);
	if (c->to >= 0)
		close(c->to);
	free(c->status);
	free(c->fifo);
	daemon_status_reader_free(c->reader);
	buf_free(&c->text);
	buf_free(&c->names);
	free(c->list);
	*c = (struct control_client){ .to = -1 };
}

/* ---- looking ---- */

static bool is_there(struct control_client *c, struct err *e)
{
	int64_t pid;
	bool used = control_dir_is_used(c->path, &pid);

	if (c->pid && pid != c->pid)
		return err_set(e, STATUS_SHORTFALL, "%s: the supervisor has ended", c->path);
	if (!used && access(c->path, F_OK) != 0)
		return err_system(e, STATUS_SHORTFALL, "%s: no supervisor is there", c->path);
	if (!used)
		return err_set(e, STATUS_SHORTFALL, "%s: no supervisor is there", c->path);
	c->pid = pid;
	return true;
}

/* Lines keep what follows them as slack; behind the last there is some, too. */
static bool parse(struct control_client *c, struct err *e)
{
	size_t size = c->text.n;
	char *p = buf_reserve(&c->text, JSON_SLACK) - size;

	memset(p + size, 0, JSON_SLACK);
	c->count = 0;
	for (size_t begin = 0; begin < size;) {
		char *end = memchr(p + begin, '\n', size - begin);
		size_t n = (end ? (size_t)(end - p) : size) - begin;

		c->list = mem_resize(c->list, c->count + 1, sizeof *c->list);
		if (!daemon_status_read(c->reader, (slice){ p + begin, n }, &c->list[c->count], e))
			return err_prefix(e, "%s:%u", c->status, c->count + 1);
		c->count++;
		begin += n + 1;
	}
	return true;
}

/* What was read was written by the one that is there: it was before and is afterwards. */
static bool read_status(struct control_client *c, bool *good, struct err *e)
{
	bool found;

	*good = false;
	if (!is_there(c, e))
		return false;
	buf_clear(&c->text);
	if (!file_read(c->status, &c->text, &found, e) || !is_there(c, e))
		return false;
	*good = found && c->pid;
	return true;
}

bool control_client_look(struct control_client *c, struct err *e)
{
	bool known = c->pid, good;

	for (;;) {
		if (!read_status(c, &good, e)) {
			if (known || !c->pid || e->status != STATUS_SHORTFALL)
				return false;
			c->pid = 0; /* it has just been succeeded by another */
			continue;
		}
		if (good)
			return parse(c, e);
		/* One that begins has not written its status yet. */
		follow_wait(&c->follow, NULL);
	}
}

void control_client_wait(struct control_client *c)
{
	follow_wait(&c->follow, NULL);
}

slice control_client_name(struct control_client *c, uint32_t i)
{
	slice name = c->list[i].name;

	return *name.p == '"' ? json_string(name, &c->names) : name;
}

int64_t control_client_find(struct control_client *c, slice name)
{
	for (uint32_t i = 0; i < c->count; i++)
		if (slice_equal(control_client_name(c, i), name))
			return i;
	return -1;
}

/* ---- telling ---- */

static bool open_fifo(struct control_client *c, struct err *e)
{
	if (c->to < 0)
		c->to = open(c->fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (c->to >= 0)
		return true;
	if (errno == ENXIO || errno == ENOENT)
		return err_set(e, STATUS_SHORTFALL, "%s: no supervisor is there", c->path);
	return err_system(e, STATUS_IO, "%s", c->fifo);
}

bool control_client_tell(struct control_client *c, enum control_command command, slice name,
                         struct err *e)
{
	struct buf line = { 0 };
	struct pollfd p = { .events = POLLOUT };
	bool good = open_fifo(c, e);

	/* The newline in front ends what somebody else has left without one. */
	buf_addf(&line, "\n%s %.*s\n", control_command_name(command), SLICE_ARG(name));
	if (good && line.n > PIPE_BUF) /* or it could come in pieces */
		good = err_set(e, STATUS_USAGE, "the name is too long");
	p.fd = c->to;
	while (good && write(c->to, line.p, line.n) < 0)
		if (errno == EAGAIN)
			poll(&p, 1, -1);
		else if (errno != EINTR)
			good = err_system(e, STATUS_SHORTFALL, "%s", c->fifo);
	buf_free(&line);
	return good;
}
