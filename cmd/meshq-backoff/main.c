/* meshq-backoff - decide when a daemon that crashed may be started again. See meshq-backoff(1). */
#include "backoff_tool.h"
#include "sys/entropy.h"

#include <stdlib.h>
#include <string.h>

static const struct opt_command command = {
	.name = "meshq-backoff",
	.summary = "decide when a crashed daemon may be started again, and run it",
	.usage = "[OPTION]... [FILE]...\n"
		 "--check DAEMON --state FILE [OPTION]...\n"
		 "schedule [OPTION]... [DAEMON]...\n"
		 "run [OPTION]... -- COMMAND [ARG]...\n"
		 "run [OPTION]... -c FILE [NAME]...\n"
		 "status --control DIR [OPTION]... [NAME]...\n"
		 "restart --control DIR [OPTION]... [NAME]...\n"
		 "stop --control DIR [OPTION]... [NAME]...\n"
		 "start --control DIR [OPTION]... [NAME]...",
	.examples = "events | meshq-backoff | meshq-admit\n"
		    "meshq-backoff --check telemetry --state daemons.state && start telemetry\n"
		    "meshq-backoff schedule --preset robust -n 8\n"
		    "meshq-backoff run --events=events.ndjson -- telemetryd --foreground\n"
		    "meshq-backoff run -c daemons.yaml | tee daemons.log",
};

static bool is(const struct backoff_tool *t, const char *word)
{
	return t->cli.operands[0] && strcmp(t->cli.operands[0], word) == 0 &&
	       t->cli.before_dashes > 0;
}

/* One of those who come to a supervisor. */
static bool operates(const struct backoff_tool *t)
{
	return t->cli.operands[0] && t->cli.before_dashes > 0 &&
	       backoff_operates(t->cli.operands[0]);
}

static const char *run_given(const struct backoff_tool *t)
{
	const struct {
		bool given;
		const char *name;
	} all[] = {
		{ t->once, "--once" },
		{ t->no_wait, "--no-wait" },
		{ t->events != NULL, "--events" },
		{ t->label, "--label" },
		{ t->limited, "--for" },
	};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (all[i].given)
			return all[i].name;
	return daemon_option_given(&t->daemon);
}

static bool control_fits(const struct backoff_tool *t, struct err *e)
{
	if (!operates(t) && t->wait)
		return err_set(e, STATUS_USAGE,
		               "--wait belongs to status, restart, stop and start");
	/* Who has it in the environment may do other things, too. */
	if (!operates(t) && !is(t, "run") && t->control && t->control != getenv("MESHQ_CONTROL"))
		return err_set(e, STATUS_USAGE,
		               "--control belongs to run, status, restart, stop and start");
	return true;
}

/* Options that the command at hand would ignore are mistakes. */
static bool options_fit(const struct backoff_tool *t, struct err *e)
{
	const char *run = run_given(t);

	if (t->json && t->table)
		return err_set(e, STATUS_USAGE, "--json or --table, not both");
	if (!is(t, "schedule") && (t->counted || t->every_given))
		return err_set(e, STATUS_USAGE, "--count and --every belong to schedule");
	if (!is(t, "schedule") && !is(t, "status") && (t->json || t->table))
		return err_set(e, STATUS_USAGE, "--json and --table belong to schedule and status");
	if (!is(t, "run") && run)
		return err_set(e, STATUS_USAGE, "%s belongs to run", run);
	if (t->check && t->cli.operands[0])
		return err_set(e, STATUS_USAGE, "--check takes no operands");
	if (t->check && !t->state)
		return err_set(e, STATUS_USAGE, "--check needs --state FILE");
	return control_fits(t, e);
}

static int run(struct backoff_tool *t)
{
	bool replay = t->cli.clock == CLI_CLOCK_RECORD;
	struct err e;

	if (!options_fit(t, &e))
		return cli_usage(&t->cli, "%s", e.text);
	if (is(t, "schedule"))
		return backoff_schedule(t);
	if (operates(t))
		return backoff_operate(t);
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
	int status = t->check       ? backoff_check(t)
	             : is(t, "run") ? backoff_run(t)
	                            : backoff_filter(t);
	trackers_free(&t->trackers);
	return status;
}

/* One a process, so that the table of options can be a table. */
static struct backoff_tool t = { .key = "daemon", .crashes = 10 };

static const struct opt options[] = {
	{ OPT_GROUP, .help = "Events and holds" },
	{ OPT_TEXT, 0, "key", "PATH", "the member that names the daemon (daemon)",
	  .value = &t.key },
	{ OPT_FILE, 0, "state", "FILE", "keep the trackers in FILE between runs", .value = &t.state,
	  .env = "MESHQ_BACKOFF_STATE" },
	{ OPT_TEXT, 0, "check", "DAEMON", "answer by the exit status: 0 may be started, 75 not yet",
	  .value = &t.check },
	{ OPT_DURATION, 0, "forget", "DURATION",
	  "drop daemons that were silent for so long (never)", .value = &t.forget },
	{ OPT_NUMBER, 0, "seed", "N", "of the jitter (from the system)", .value = &t.jitter_seed,
	  .given = &t.seeded },
	{ OPT_GROUP, .help = "schedule, status" },
	{ OPT_NUMBER, 'n', "count", "COUNT", "schedule: crashes to show (10)", .value = &t.crashes,
	  .given = &t.counted },
	{ OPT_DURATION, 0, "every", "DURATION", "schedule: from a start to the crash (0)",
	  .value = &t.every, .given = &t.every_given },
	{ OPT_FLAG, 0, "json", NULL, "NDJSON also on a terminal", .value = &t.json },
	{ OPT_FLAG, 0, "table", NULL, "a table also off a terminal", .value = &t.table },
	{ OPT_GROUP, .help = "run" },
	{ OPT_FLAG, 0, "once", NULL, "run it one time, and end as it ends", .value = &t.once },
	{ OPT_FLAG, 0, "no-wait", NULL, "with --once: 75 at once when it is held",
	  .value = &t.no_wait },
	{ OPT_INPUT, 0, "events", "FILE", "append what happens to FILE as NDJSON; - is stdout",
	  .value = &t.events },
	{ OPT_FLAG, 0, "label", NULL, "begin each line of output with the name of its daemon",
	  .value = &t.label },
	{ OPT_DURATION, 0, "for", "DURATION", "stop after so long", .value = &t.limit,
	  .given = &t.limited },
	{ OPT_GROUP, .help = "run, status, restart, stop, start" },
	{ OPT_FILE, 0, "control", "DIR", "the folder by which a supervisor is operated",
	  .value = &t.control, .env = "MESHQ_CONTROL" },
	{ OPT_FLAG, 0, "wait", NULL, "(not run) until it is as it was told to be",
	  .value = &t.wait },
	{ OPT_GROUP, .help = "run, of a command behind --" },
	{ OPT_TEXT, 0, "name", "NAME", "what the daemon is called (as its program)",
	  .value = &t.daemon.name, .given = &t.daemon.has_name },
	{ OPT_CHOICE, 0, "restart", .choices = daemon_option_restarts, .value = &t.daemon.restart,
	  .given = &t.daemon.has_restart, .help = "when it has ended (on-crash)" },
	{ OPT_NUMBER, 0, "give-up", "N", "leave it down after N crash loops (never)",
	  .value = &t.daemon.give_up, .given = &t.daemon.has_give_up },
	{ OPT_DURATION, 0, "grace", "DURATION", "from the stop signal to KILL (10s)",
	  .value = &t.daemon.grace, .given = &t.daemon.has_grace },
	{ OPT_READ, 0, "stop-signal", "NAME", "what tells it to stop (TERM)",
	  .value = &t.daemon.stop_signal, .form = &daemon_option_signal,
	  .given = &t.daemon.has_stop_signal },
	{ OPT_NUMBER, 0, "ready-fd", "N", "it writes a line to descriptor N when it is ready",
	  .value = &t.daemon.ready_fd, .given = &t.daemon.has_ready_fd },
	{ OPT_DURATION, 0, "ready-timeout", "DURATION", "if it is not by then, it has crashed",
	  .value = &t.daemon.ready_timeout, .given = &t.daemon.has_ready_timeout },
	{ OPT_FILE, 0, "backpressure-file", "FILE",
	  "keep the level of back-pressure in FILE, 0 to 1", .value = &t.daemon.pressure_file },
	{ OPT_NUMBER, 0, "backpressure-fd", "N",
	  "tell it of back-pressure by lines on descriptor N; 0: its stdin",
	  .value = &t.daemon.pressure_fd, .given = &t.daemon.has_pressure_fd },
	{ OPT_READ, 0, "backpressure-signals", "ON,OFF", "send it these signals, such as USR1,USR2",
	  .value = &t.daemon.pressure_signals, .form = &daemon_option_signals,
	  .given = &t.daemon.has_pressure_signals },
	{ .type = OPT_END },
};

int main(int argc, char **argv)
{
	int status;

	if (!cli_start(&t.cli, &command, options, argc, argv, &status))
		return status;
	status = run(&t);
	return cli_end(&t.cli, status);
}
