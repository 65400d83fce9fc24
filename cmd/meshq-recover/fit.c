/* fit.c - which task it is, and which options and operands are for it. */
#include "tool.h"

#include <string.h>

static const char *const words[] = {
	[TASK_PASS] = "a pass",
	[TASK_LIST] = "list",
	[TASK_READMIT] = "readmit",
	[TASK_PLAN] = "plan",
};

static bool find_task(const struct tool *t, enum task *task, struct err *e)
{
	const char *word = t->cli.operands[0];

	*task = TASK_PASS;
	if (!word)
		return true;
	for (int i = TASK_LIST; i <= TASK_PLAN; i++)
		if (strcmp(word, words[i]) == 0) {
			*task = (enum task)i;
			return true;
		}
	return err_set(e, STATUS_USAGE, "unknown task '%s'; known are list, readmit and plan",
	               word);
}

enum {
	PASS = 1 << TASK_PASS,
	LIST = 1 << TASK_LIST,
	READMIT = 1 << TASK_READMIT,
	PLAN = 1 << TASK_PLAN,
};

/* An option that the task would ignore is a mistake. */
static bool options_fit(const struct tool *t, enum task task, struct err *e)
{
	const struct {
		const char *name;
		bool given;
		int tasks;
	} options[] = {
		{ "--handlers", t->handlers, PASS | LIST | READMIT },
		{ "--timeout", t->has_timeout, PASS },
		{ "--kill-after", t->has_kill_after, PASS },
		{ "--cap", t->has_cap, PASS },
		{ "--once", t->once, PASS },
		{ "--every", t->has_every, PASS },
		{ "--passes", t->has_passes, PASS },
		{ "--trace", t->trace, PASS },
		{ "--stats", t->stats, PASS },
		{ "--rejects", t->cli.rejects, PASS | PLAN },
		{ "--json", t->json, LIST },
		{ "--table", t->table, LIST },
	};

	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		if (options[i].given && !(options[i].tasks & (1 << task)))
			return err_set(e, STATUS_USAGE, "%s is not for %s", options[i].name,
			               words[task]);
	return true;
}

static bool together(const struct tool *t, struct err *e)
{
	if (t->json && t->table)
		return err_set(e, STATUS_USAGE, "--json or --table, not both");
	if (t->cap > RECOVERY_CAP_MOST)
		return err_set(e, STATUS_USAGE, "--cap is at most %d", RECOVERY_CAP_MOST);
	if (t->once && t->has_every)
		return err_set(e, STATUS_USAGE, "--once or --every, not both");
	if (t->has_passes && !t->has_every)
		return err_set(e, STATUS_USAGE, "--passes needs --every TIME");
	if (t->has_passes && !t->passes)
		return err_set(e, STATUS_USAGE, "--passes must be at least 1");
	return true;
}

bool tool_task(const struct tool *t, enum task *task, struct err *e)
{
	if (!find_task(t, task, e) || !options_fit(t, *task, e) || !together(t, e))
		return false;
	if (*task == TASK_READMIT && !t->cli.operands[1])
		return err_set(e, STATUS_USAGE, "readmit: expected the NAME of a handler");
	return true;
}
