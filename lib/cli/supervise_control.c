#include "cli/supervise_control.h"

#include "base/mem.h"
#include "codec/daemon_status.h"

#include <stdlib.h>

enum { BAD_MOST = 10 }; /* bad records in a row that are warned of */

/* ---- commands ---- */

static bool on_command(void *user, enum control_command command, slice name)
{
	struct supervise_control *c = user;
	uint32_t i;

	if (!supervise_find(c->supervise, name, &i))
		return false;
	c->commands[i]++;
	c->bad = 0;
	switch (command) {
	case CONTROL_RESTART:
		supervise_restart(c->supervise, i);
		break;
	case CONTROL_STOP:
		supervise_want(c->supervise, i, false);
		break;
	case CONTROL_START:
		supervise_want(c->supervise, i, true);
		break;
	}
	return true;
}

/* ---- records ---- */

/* As for what is no command (control_dir.c), garbage without end shall not fill the log. */
static void warn_of(struct supervise_control *c, const char *from, uint64_t number, size_t at,
                    const char *what)
{
	if (c->bad++ >= BAD_MOST)
		return;
	cli_warn(c->supervise->cli, "%s:%ju: byte %zu: %s%s", from, (uintmax_t)number, at + 1, what,
	         c->bad == BAD_MOST ? "; more of them are not told" : "");
}

/* The reader is that of the input, for it knows the paths. A record of the input that waits to be
 * taken is read once more afterwards. */
static void on_record(void *user, slice line, const char *from, uint64_t number)
{
	struct supervise_control *c = user;
	struct supervise_input *in = &c->supervise->input;
	struct json_error bad;
	struct record r;
	const char *at = NULL, *what = NULL;
	bool ours = false;

	if (!record_read(in->reader, line, &r, &bad))
		warn_of(c, from, number, bad.at, bad.what);
	else if (!supervise_take(c->supervise, RELAY_CONTROL, &r, &ours, &at, &what))
		warn_of(c, from, number, (size_t)((at ? at : record_end(line)) - line.p), what);
	else if (!ours)
		cli_note(c->supervise->cli, "%s:%ju: no daemon asks for %.*s", from,
		         (uintmax_t)number, SLICE_ARG(r.kind));
	else
		c->bad = 0;
	if (in->has)
		record_read(in->reader, in->record.line, &in->record, &bad);
}

/* ---- the part ---- */

static uint32_t watched(void *user)
{
	(void)user;
	return 1;
}

static void watch(void *user, struct pollfd *fds)
{
	const struct supervise_control *c = user;

	*fds = (struct pollfd){ .fd = control_dir_fd(&c->dir), .events = POLLIN };
}

static void serve(void *user, const struct pollfd *fds)
{
	struct supervise_control *c = user;

	if (fds->revents)
		control_dir_serve(&c->dir);
}

static void publish(void *user)
{
	struct supervise_control *c = user;
	const struct supervise *s = c->supervise;

	buf_clear(&c->text);
	for (uint32_t i = 0; i < s->count; i++) {
		struct daemon_status status =
			daemon_status_of(&s->supervisor.daemons[i], supervise_tracker(s, i));

		status.pid = s->daemons[i].process.pid;
		status.commands = c->commands[i];
		daemon_status_add(&status, &c->text);
	}
	control_dir_publish(&c->dir, buf_slice(&c->text));
}

bool supervise_control_open(struct supervise_control *c, struct supervise *s, const char *path,
                            struct err *e)
{
	*c = (struct supervise_control){
		.supervise = s,
		.calls = { .command = on_command, .record = on_record, .user = c },
		.commands = mem_zeroed(s->count + 1, sizeof *c->commands),
	};
	if (!control_dir_open(&c->dir, s->cli, path, &c->calls, e)) {
		supervise_control_close(c);
		return false;
	}
	const struct supervise_part part = {
		.user = c,
		.watched = watched,
		.watch = watch,
		.serve = serve,
		.rest = publish,
	};
	supervise_attach(s, &part);
	return true;
}

void supervise_control_close(struct supervise_control *c)
{
	if (!c->supervise)
		return;
	control_dir_close(&c->dir);
	free(c->commands);
	buf_free(&c->text);
	*c = (struct supervise_control){ 0 };
}
