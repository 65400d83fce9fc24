/* meshq-exec - run a handler for each action: gate, dispatch, defer, retry,
 * account. See meshq-exec(1). */
#include "exec.h"

static const struct opt_command command = {
	.name = "meshq-exec",
	.summary = "run a handler for each action: gate, defer, retry, account",
	.usage = "[OPTION]... -H DIR [FILE]...\n"
		 "[OPTION]... [FILE]... -- COMMAND [ARG]...\n"
		 "[OPTION]... --simulate FILE [FILE]...",
	.examples = "producer | meshq-exec -j4 -H handlers.d | meshq-failures\n"
		    "meshq-exec --chain=chain.ndjson actions.ndjson -- ./pull {chain} {source}\n"
		    "meshq-exec --clock=record day.ndjson -- true | jq .outcome.at_ms",
};

static const char *const on_eof[] = { "drain", "unfinished", NULL };

/* One a process, so that the table of options can be a table. */
static struct exec x;

static const struct opt options[] = {
	{ OPT_GROUP, .help = "Handlers" },
	{ OPT_TEXT, 'H', "handlers", "DIR", .value = &x.handlers,
	  .help = "run DIR/KIND for each action, else DIR/default" },
	{ OPT_FLAG, 0, "coprocess", .value = &x.coprocess,
	  .help = "handlers stay: a line in and a reply line out for each action" },
	{ OPT_NUMBER, 0, "window", "N", .value = &x.window, .given = &x.has_window,
	  .help = "actions that a coprocess has at once (64)" },
	{ OPT_NUMBER, 0, "batch", "N", .value = &x.batch, .given = &x.has_batch,
	  .help = "up to N actions for one process: a line each, a reply by id" },
	{ OPT_DURATION, 0, "batch-wait", "TIME", .value = &x.batch_wait, .given = &x.has_batch_wait,
	  .help = "how long the first of a batch waits for others (50ms)" },
	{ OPT_INPUT, 0, "simulate", "FILE", .value = &x.simulate,
	  .help = "run no process: virtual time, and the models in FILE" },
	{ OPT_GROUP, .help = "How many at once" },
	{ OPT_READ, 'j', "jobs", "N|FILE", .value = &x.governor_option.jobs,
	  .form = &governor_option_jobs, .given = &x.has_jobs,
	  .setting = &x.cli.policy.executor.jobs,
	  .help = "handlers at once: N, N% of processors (100%), or read FILE" },
	{ OPT_READ, 0, "max-load", "LOAD", .value = &x.governor_option.limits,
	  .form = &governor_option_load,
	  .help = "start nothing at this load (4, 80% of processors)" },
	{ OPT_READ, 0, "min-free", "SIZE", .value = &x.governor_option.limits,
	  .form = &governor_option_free,
	  .help = "start nothing with less memory free (512M, 10%)" },
	{ OPT_READ, 0, "max-pressure", "LIST", .value = &x.governor_option.limits,
	  .form = &governor_option_pressure,
	  .help = "start nothing above these (cpu=40%,memory=10%,io=5%)" },
	{ OPT_GROUP, .help = "Time, and giving up" },
	{ OPT_DURATION, 0, "dedupe", "TIME", .value = &x.dedupe, .given = &x.has_dedupe,
	  .setting = &x.cli.policy.executor.dedupe.keep,
	  .help = "do not run again what was done within TIME (0: off)" },
	{ OPT_DURATION, 0, "timeout", "TIME", .value = &x.timeout, .given = &x.has_timeout,
	  .setting = &x.cli.policy.executor.timeout,
	  .help = "end a handler after TIME (0, the default: never)" },
	{ OPT_DURATION, 0, "kill-after", "TIME", .value = &x.kill_after, .given = &x.has_kill_after,
	  .setting = &x.cli.policy.executor.kill_after,
	  .help = "from TERM to KILL when a handler must end (5s)" },
	{ OPT_DURATION, 0, "grace", "TIME", .value = &x.grace, .given = &x.has_grace,
	  .setting = &x.cli.policy.executor.grace,
	  .help = "what running handlers get after the first TERM (10s)" },
	{ OPT_HALT, 0, "halt", "WHEN,fail=N[%]", .value = &x.halt, .given = &x.has_halt,
	  .setting = &x.cli.policy.executor.halt,
	  .help = "after N failures stop soon (what runs goes on) or now; never" },
	{ OPT_CHOICE, 0, "on-eof", .value = &x.on_eof, .choices = on_eof, .given = &x.has_on_eof,
	  .setting = &x.cli.policy.executor.on_eof,
	  .help = "at the end of input finish what waits (drain), or report it" },
	{ OPT_GROUP, .help = "What comes out" },
	{ OPT_FLAG, 'k', "keep-order", .value = &x.keep_order,
	  .help = "what comes out is in the order of the input" },
	{ OPT_FLAG, 0, "output", .value = &x.output,
	  .help = "put the handler's stdout into the outcome" },
	{ OPT_FLAG, 0, "pass", .value = &x.pass,
	  .help = "write what handlers write, line by line, and no outcomes" },
	{ OPT_FILE, 0, "outcomes", "FILE", .value = &x.outcomes,
	  .help = "write outcomes to FILE and not to standard output" },
	{ OPT_FLAG, 0, "trace", .value = &x.report.trace,
	  .help = "print retrying and deferred steps too" },
	{ OPT_FLAG, 0, "stats", .value = &x.stats,
	  .help = "print the counters as the last record" },
	{ OPT_GROUP, .help = "Files, and going on from them" },
	{ OPT_FILE, 0, "chain", "FILE", .value = &x.report.chain,
	  .help = "append a record of every step to FILE" },
	{ OPT_FILE, 0, "failures", "FILE", .value = &x.report.failures,
	  .help = "append a record of every failure to FILE" },
	{ OPT_TEXT, 0, "epoch", "TEXT", .value = &x.report.epoch,
	  .help = "name this run in both files (16 random digits)" },
	{ OPT_FILE, 0, "spool", "FILE", .value = &x.spool.path,
	  .help = "keep in FILE what is left to do, and take it up from there" },
	{ OPT_FLAG, 0, "sync", .value = &x.report.sync,
	  .help = "wait for the disk after each record of these files" },
	{ OPT_LIST, 0, "resume", "FILE", .value = &x.resume.files,
	  .help = "skip what the chain in FILE says was dispatched; may be repeated" },
	{ OPT_TEXT, 0, "id", "PATH", .value = &x.id,
	  .help = "the member that says who an action is (id)" },
	{ OPT_GROUP, .help = "For those who watch" },
	{ OPT_FILE, 0, "metrics", "FILE", .value = &x.metrics.path,
	  .help = "keep counters for Prometheus in FILE, written once a second" },
	{ OPT_TEXT, 0, "on-backpressure", "COMMAND", .value = &x.on_backpressure,
	  .help = "run COMMAND asserted|released LEVEL on each edge" },
	{ .type = OPT_END },
};

static int load_and_run(void)
{
	int status;

	return cli_load(&x.cli, options, &status) ? cli_end(&x.cli, exec_run(&x)) : status;
}

int main(int argc, char **argv)
{
	int status;

	if (!cli_parse(&x.cli, &command, options, argc, argv, &status))
		return status;
	return x.simulate ? exec_simulate(&x, options) : load_and_run();
}
