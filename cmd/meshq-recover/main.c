/* meshq-recover - run each recovery handler once a pass. See meshq-recover(1). */
#include "tool.h"

static const struct opt_command command = {
	.name = "meshq-recover",
	.summary = "run each recovery handler of a directory once a pass",
	.usage = "[OPTION]... -H DIR\n"
		 "[OPTION]... -c FILE\n"
		 "list [OPTION]... -H DIR [NAME]...\n"
		 "readmit [OPTION]... -H DIR NAME...\n"
		 "plan [OPTION]... [FILE]...",
	.examples = "meshq-recover -H recover.d\n"
		    "meshq-recover --preset robust --every 500ms -H recover.d | jq -c .recovered\n"
		    "meshq-recover list -H recover.d\n"
		    "meshq-recover readmit -H recover.d ingest\n"
		    "meshq-recover plan cluster.ndjson | meshq-exec -H handlers",
};

/* One a process, so that the table of options can be a table. */
static struct tool t;

static const struct opt options[] = {
	{ OPT_GROUP, .help = "Handlers" },
	{ OPT_FILE, 'H', "handlers", "DIR", .value = &t.handlers,
	  .help = "run each program in DIR, with the argument 'recover'" },
	{ OPT_FILE, 0, "state", "FILE", .value = &t.state,
	  .help = "keep strikes and evictions in FILE (DIR/.meshq-recover.state); "
	          "plan: terms and turns" },
	{ OPT_DURATION, 0, "timeout", "TIME", .value = &t.timeout, .given = &t.has_timeout,
	  .setting = &t.cli.policy.recovery.timeout,
	  .help = "end a handler after TIME (0: never)" },
	{ OPT_DURATION, 0, "kill-after", "TIME", .value = &t.kill_after, .given = &t.has_kill_after,
	  .setting = &t.cli.policy.recovery.kill_after,
	  .help = "from TERM to KILL when a handler must end (5s)" },
	{ OPT_NUMBER, 0, "cap", "N", .value = &t.cap, .given = &t.has_cap,
	  .setting = &t.cli.policy.recovery.cap,
	  .help = "end a pass after N recoveries (0: any number)" },
	{ OPT_GROUP, .help = "Passes" },
	{ OPT_FLAG, 0, "once", .value = &t.once, .help = "one pass, then end (the default)" },
	{ OPT_DURATION, 0, "every", "TIME", .value = &t.every, .given = &t.has_every,
	  .help = "a pass each TIME; a late one is delayed, not made up for" },
	{ OPT_NUMBER, 0, "passes", "N", .value = &t.passes, .given = &t.has_passes,
	  .help = "with --every: end after N passes" },
	{ OPT_GROUP, .help = "What comes out" },
	{ OPT_FLAG, 0, "trace", .value = &t.trace,
	  .help = "tell of handlers that come and go, too" },
	{ OPT_FLAG, 0, "stats", .value = &t.stats,
	  .help = "print the counters as the last record" },
	{ OPT_FLAG, 0, "json", .value = &t.json, .help = "list: NDJSON also on a terminal" },
	{ OPT_FLAG, 0, "table", .value = &t.table, .help = "list: a table also off a terminal" },
	{ .type = OPT_END },
};

static int make_passes(void)
{
	struct recover *r = &t.recover;

	r->every = t.every;
	r->again = t.has_every;
	r->passes = t.passes;
	r->trace = t.trace;
	r->stats = t.stats;
	return recover_all(r);
}

static int perform(void)
{
	int status = STATUS_INTERNAL;
	enum task task;
	struct err e;

	if (!tool_task(&t, &task, &e))
		return cli_usage(&t.cli, "%s", e.text);
	if (!tool_open(&t, task, &e))
		return e.status == STATUS_USAGE ? cli_usage(&t.cli, "%s", e.text)
		                                : cli_fail(&t.cli, &e);
	switch (task) {
	case TASK_PASS:
		status = make_passes();
		break;
	case TASK_LIST:
		status = tool_list(&t, t.cli.operands + 1);
		break;
	case TASK_READMIT:
		status = tool_readmit(&t, t.cli.operands + 1);
		break;
	case TASK_PLAN:
		status = tool_plan(&t, t.cli.operands + 1);
		break;
	}
	tool_close(&t);
	return status;
}

int main(int argc, char **argv)
{
	int status;

	if (!cli_start(&t.cli, &command, options, argc, argv, &status))
		return status;
	return cli_end(&t.cli, perform());
}
