#include "cli/hook.h"

#include "codec/control.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

void hook_open(struct hook *h, const struct cli *cli, const char *command)
{
	int code;

	*h = (struct hook){ .cli = cli, .command = command };
	if (!command || child_find(command, &h->path, &code))
		return;
	h->shell = true;
	buf_clear(&h->path);
	buf_add_text(&h->path, "/bin/sh");
}

void hook_free(struct hook *h)
{
	buf_free(&h->path);
}

static void run(struct hook *h, struct loop *l, const struct effect *f)
{
	struct buf record = { 0 };
	struct err e;
	char level[32];
	const char *state = control_state(f->edge);
	const char *direct[] = { h->command, state, level, NULL };
	const char *shell[] = { "sh", "-c", h->command, "on-backpressure", state, level, NULL };

	snprintf(level, sizeof level, "%.4g", f->level);
	control_add_edge(f->edge, f->depth, f->level, f->at, &record);
	struct child_command command = {
		.path = buf_text(&h->path),
		.argv = (char *const *)(uintptr_t)(h->shell ? shell : direct),
		.environment = environ,
		.input = buf_slice(&record),
	};
	h->told = *f;
	h->running = loop_start_aside(l, h, &command, &e);
	if (!h->running)
		cli_warn(h->cli, "--on-backpressure: %s", e.text);
	buf_free(&record);
}

void hook_edge(struct hook *h, struct loop *l, const struct effect *f)
{
	if (!h->command)
		return;
	if (!h->running) {
		run(h, l, f);
		return;
	}
	h->waiting = (f->edge == EDGE_RELEASED) != (h->told.edge == EDGE_RELEASED) ||
	             f->level != h->told.level;
	h->next = *f;
}

static void complain(const struct hook *h, const struct handler *r)
{
	slice said = child_tail(&r->child.err_tail, r->child.capture);

	while (said.n && said.p[said.n - 1] == '\n')
		said.n--;
	if (said.n > 200)
		said = (slice){ said.p + said.n - 200, 200 };
	if (r->overdue)
		cli_warn(h->cli, "--on-backpressure: ended after the grace");
	else if (WIFSIGNALED(r->status))
		cli_warn(h->cli, "--on-backpressure: killed by signal %d", WTERMSIG(r->status));
	else if (WEXITSTATUS(r->status))
		cli_warn(h->cli, "--on-backpressure: exit status %d: %.*s", WEXITSTATUS(r->status),
		         SLICE_ARG(said));
}

void hook_ended(struct hook *h, struct loop *l, const struct handler *r)
{
	h->running = false;
	if (r->status || r->overdue)
		complain(h, r);
	if (h->waiting) {
		h->waiting = false;
		run(h, l, &h->next);
	}
}
