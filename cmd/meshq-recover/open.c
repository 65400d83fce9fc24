/* open.c - which handlers there are, and where their state is. */
#include "tool.h"

#include <stdlib.h>

/* Those of a configuration have no place of their own for it. */
static bool settle_state(struct tool *t, enum task task, struct err *e)
{
	struct buf path = { 0 };

	t->recover.state = t->state;
	if (t->state)
		return true;
	if (t->handlers) {
		buf_addf(&path, "%s/.meshq-recover.state", t->handlers);
		buf_text(&path);
		t->recover.state = t->default_state = path.p;
		return true;
	}
	return (task == TASK_PASS && t->has_every) ||
	       err_set(e, STATUS_USAGE,
	               "handlers of a configuration need --state FILE, or --every TIME");
}

/* A pass reads the directory itself, each time. */
static bool find_handlers(struct tool *t, enum task task, struct err *e)
{
	const struct policy_map *map = &t->cli.policy.recovery.handlers;
	struct recover_list *l = &t->recover.list;

	t->recover.directory = t->handlers;
	if (t->handlers && map->count)
		return err_set(e, STATUS_USAGE, "either --handlers or recovery.handlers, not both");
	if (t->handlers)
		return task == TASK_PASS || recover_list_read(l, &t->cli, t->handlers, e);
	if (map->count) {
		recover_list_take(l, map);
		return true;
	}
	return err_set(e, STATUS_USAGE,
	               "expected --handlers DIR, or recovery.handlers in a configuration");
}

bool tool_open(struct tool *t, enum task task, struct err *e)
{
	t->recover.cli = &t->cli;
	t->recover.policy = &t->cli.policy.recovery;
	return task == TASK_PLAN || (find_handlers(t, task, e) && settle_state(t, task, e));
}

void tool_close(struct tool *t)
{
	recover_list_free(&t->recover.list);
	free(t->default_state);
}
