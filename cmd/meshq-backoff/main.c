/* meshq-backoff - decide when a daemon that crashed may be started again. See meshq-backoff(1). */
#include "backoff_tool.h"
#include "sys/entropy.h"

#include <string.h>

static const struct opt_command command = {
	.name = "meshq-backoff",
	.summary = "decide when a daemon that crashed may be started again",
	.usage = "[OPTION]... [FILE]...\n"
		 "--check DAEMON --state FILE [OPTION]...\n"
		 "schedule [OPTION]... [DAEMON]...",
	.examples = "events | meshq-backoff | meshq-admit\n"
		    "meshq-backoff --state daemons.state < new-events.ndjson\n"
		    "meshq-backoff --check telemetry --state daemons.state && start telemetry\n"
		    "meshq-backoff schedule --preset robust -n 8",
};

static bool is_schedule(const struct backoff_tool *t)
{
	return t->cli.operands[0] && strcmp(t->cli.operands[0], "schedule") == 0;
}

/* Options that the command at hand would ignore are mistakes. */
static bool options_fit(const struct backoff_tool *t, struct err *e)
{
	bool schedule = is_schedule(t);

	if (t->json && t->table)
		return err_set(e, STATUS_USAGE, "--json or --table, not both");
	if (!schedule && (t->counted || t->every_given || t->json || t->table))
		return err_set(e, STATUS_USAGE,
		               "--count, --every, --json and --table belong to schedule");
	if (t->check && t->cli.operands[0])
		return err_set(e, STATUS_USAGE, "--check takes no operands");
	if (t->check && !t->state)
		return err_set(e, STATUS_USAGE, "--check needs --state FILE");
	return true;
}

static int run(struct backoff_tool *t)
{
	bool replay = t->cli.clock == CLI_CLOCK_RECORD;
	struct err e;

	if (!options_fit(t, &e))
		return cli_usage(&t->cli, "%s", e.text);
	if (is_schedule(t))
		return backoff_schedule(t);
	if (!t->seeded && !replay)
		t->jitter_seed = entropy_u64();
	clock_start(&t->clock, replay);
	const struct trackers_config config = {
		.state = t->state,
		.key = t->key,
		.jitter_seed = t->jitter_seed,
		.forget = t->forget,
	};
	if (!trackers_init(&t->trackers, &t->cli, &t->clock, &config, &e))
		return cli_usage(&t->cli, "%s", e.text);
	int status = t->check ? backoff_check(t) : backoff_filter(t);
	trackers_free(&t->trackers);
	return status;
}

int main(int argc, char **argv)
{
	struct backoff_tool t = { .key = "daemon", .crashes = 10 };
	const struct opt own[] = {
		{ OPT_TEXT, 0, "key", "PATH", "the member that names the daemon (daemon)",
		  .value = &t.key },
		{ OPT_FILE, 0, "state", "FILE", "keep the trackers in FILE between runs",
		  .value = &t.state, .env = "MESHQ_BACKOFF_STATE" },
		{ OPT_TEXT, 0, "check", "DAEMON",
		  "answer by the exit status: 0 may be started, 75 not yet", .value = &t.check },
		{ OPT_DURATION, 0, "forget", "DURATION",
		  "drop daemons that were silent for so long (never)", .value = &t.forget },
		{ OPT_NUMBER, 0, "seed", "N", "of the jitter (from the system)",
		  .value = &t.jitter_seed, .given = &t.seeded },
		{ OPT_NUMBER, 'n', "count", "COUNT", "schedule: crashes to show (10)",
		  .value = &t.crashes, .given = &t.counted },
		{ OPT_DURATION, 0, "every", "DURATION", "schedule: from a start to the crash (0)",
		  .value = &t.every, .given = &t.every_given },
		{ OPT_FLAG, 0, "json", NULL, "schedule: NDJSON also on a terminal",
		  .value = &t.json },
		{ OPT_FLAG, 0, "table", NULL, "schedule: a table also off a terminal",
		  .value = &t.table },
		{ .type = OPT_END },
	};
	int status;

	if (!cli_start(&t.cli, &command, own, argc, argv, &status))
		return status;
	status = run(&t);
	return cli_end(&t.cli, status);
}
