/* tool.h - meshq-recover from the inside: what its files share. */
#ifndef MESHQ_RECOVER_TOOL_H
#define MESHQ_RECOVER_TOOL_H

#include "cli/recover.h"

struct tool {
	struct cli cli;
	struct recover recover;
	char *default_state;

	/* Options. */
	const char *handlers; /* -H */
	const char *state;
	uint64_t cap;
	span timeout, kill_after;
	span every;
	uint64_t passes;
	bool once, trace, stats, json, table;
	bool has_cap, has_timeout, has_kill_after, has_every, has_passes;
};

/* What the tool can do. */
enum task {
	TASK_PASS,
	TASK_LIST,
	TASK_READMIT,
	TASK_PLAN,
};

/* fit.c: which task it is, and whether the options and operands are for it. */
bool tool_task(const struct tool *t, enum task *task, struct err *e);

/* open.c: the handlers and the state file, as the options have them. */
bool tool_open(struct tool *t, enum task task, struct err *e);
void tool_close(struct tool *t);

/* list.c; both return the status of main. `names` are operands. */
int tool_list(struct tool *t, char **names);
int tool_readmit(struct tool *t, char **names);

/* plan.c: from records of a cluster to actions that place slots anew. The status of main. */
int tool_plan(struct tool *t, char **files);

#endif
