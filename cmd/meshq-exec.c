/* meshq-exec - run a handler for each action: gate, dispatch, defer, retry,
 * account. See meshq-exec(1). */
#include "base/dur.h"
#include "base/mem.h"
#include "cli/hook.h"
#include "cli/launch.h"
#include "cli/metrics_file.h"
#include "cli/reply.h"
#include "cli/report.h"
#include "cli/simulate.h"
#include "sys/entropy.h"
#include "sys/epoch.h"
#include "sys/loop.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct exec {
	struct cli cli;
	struct clock clock;
	struct gate *gate;
	struct engine *engine;
	struct out out;
	struct input input;
	struct intake intake;
	struct report report;
	struct launch *launch;
	struct reply_reader *reply;
	struct hook hook;
	struct metrics_file metrics;
	struct loop loop;
	char epoch[EPOCH_TEXT];
	bool ended;   /* the input has */
	bool watched; /* somebody reads stderr */

	/* Options; those of the policy count when they are given. */
	uint64_t jobs;
	const char *handlers;
	const char *on_backpressure;
	bool stats;
	bool output;
	int on_eof;
	span timeout, kill_after, grace;
	bool has_jobs, has_on_eof, has_timeout, has_kill_after, has_grace;
	const char *simulate;
};

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

/* ---- the loop's questions ---- */

/* Somebody who watches wants to know why it goes on after the end of the input. */
static void tell_of_drain(struct exec *x)
{
	uint64_t left = engine_depth(x->engine);
	instant next = engine_deadline(x->engine);
	span wait = instant_until(x->loop.now, next);
	struct buf text = { 0 };

	if (!x->watched || !x->ended || next.ns == INT64_MAX || wait.ns < NS_PER_S)
		return;
	x->watched = false; /* told once */
	dur_format(&text, (span){ wait.ns - wait.ns % NS_PER_S });
	cli_note(&x->cli, "the input has ended; %llu left to do, the next wait is over in %s",
	         (unsigned long long)left, buf_text(&text));
	buf_free(&text);
}

static enum loop_input peek(void *user, instant *at)
{
	struct exec *x = user;

	if (intake_full(&x->intake))
		return LOOP_FULL;
	switch (intake_find(&x->intake, at)) {
	case INPUT_RECORD:
		return LOOP_RECORD;
	case INPUT_MORE:
		return LOOP_WAITING;
	case INPUT_END:
		break;
	}
	x->ended = true;
	tell_of_drain(x);
	return LOOP_ENDED;
}

static void take(void *user, instant now)
{
	struct exec *x = user;
	struct event e;

	while (intake_event(&x->intake, now, &e))
		engine_feed(x->engine, &e);
}

static void fill(void *user)
{
	input_fill(&((struct exec *)user)->input);
}

static int input_descriptor(void *user)
{
	return input_fd(&((struct exec *)user)->input);
}

/* The system has no room for another process now: worth another try. */
static bool may_pass(int code)
{
	return code == EAGAIN || code == ENOMEM || code == EMFILE || code == ENFILE ||
	       code == ETXTBSY;
}

static bool dispatch(void *user, struct action *a, struct result *result)
{
	struct exec *x = user;
	span timeout = engine_timeout(x->engine, a);
	instant deadline = timeout.ns > 0 ? instant_add(a->started, timeout) : INSTANT_NEVER;
	struct child_command child;
	struct err e;
	int code = 0;

	if (launch_prepare(x->launch, a, intake_line(a), deadline, &child, &e) &&
	    loop_start(&x->loop, a, &child, &code, &e))
		return true;
	result->verdict = may_pass(code) ? RESULT_RETRY : RESULT_FAIL;
	result->reason = mem_text(e.text, strlen(e.text));
	return false;
}

static void echo(const struct exec *x, slice err)
{
	slice line;

	while (x->cli.verbose && reply_line(&err, &line))
		cli_detail(&x->cli, "handler: %.*s", SLICE_ARG(line));
}

static void handler_ended(void *user, const struct handler *r, struct result *result)
{
	struct exec *x = user;
	const struct child *c = &r->child;
	struct reply_end end = {
		.status = r->status,
		.out = child_tail(&c->out_tail, c->capture),
		.err = child_tail(&c->err_tail, c->capture),
		.timed_out = r->overdue,
	};

	echo(x, end.err);
	reply_read(x->reply, &end, &x->cli.policy.executor, result);
	if (x->output) {
		result->output = mem_text(end.out.p, end.out.n);
		result->output_size = end.out.n;
	}
}

static void aside_ended(void *user, const struct handler *r)
{
	struct exec *x = user;

	hook_ended(&x->hook, &x->loop, r);
}

static void effect(void *user, const struct effect *f)
{
	struct exec *x = user;

	report_effect(&x->report, f);
	if (f->kind == EFFECT_OUTCOME)
		intake_drop(&x->intake, f->action);
	else if (f->kind == EFFECT_EDGE)
		hook_edge(&x->hook, &x->loop, f);
	tell_of_drain(x);
}

static void show_stats(void *user)
{
	struct exec *x = user;
	struct buf line = { 0 };

	report_stats(&x->report, &x->intake, x->input.rejected, x->engine, x->loop.now, &line);
	fwrite(line.p, 1, line.n, stderr);
	buf_free(&line);
}

static span look(void *user)
{
	return metrics_file_look(&((struct exec *)user)->metrics);
}

/* ---- from the command line to the end ---- */

static uint32_t processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof set, &set) == 0 ? (uint32_t)CPU_COUNT(&set) : 1;
}

static bool settle_policy(struct exec *x, struct err *e)
{
	struct executor_policy *p = &x->cli.policy.executor;

	if (!p->jobs)
		p->jobs = processors();
	uint64_t most = child_room(p->jobs, &x->loop.files);
	if (p->jobs > most)
		return err_set(e, STATUS_USAGE,
		               "%u jobs need more open files than 'ulimit -Hn' allows: at most %ju",
		               p->jobs, (uintmax_t)most);
	return true;
}

static bool settle_launch(struct exec *x, struct err *e)
{
	char **after = x->cli.operands + x->cli.before_dashes;

	if (x->handlers && *after)
		return err_set(e, STATUS_USAGE, "either --handlers or a command, not both");
	if (!x->handlers && !*after)
		return err_set(e, STATUS_USAGE, "expected --handlers DIR or -- COMMAND");
	x->launch = x->handlers ? launch_by_kind(x->handlers, e) : launch_command(after, e);
	return x->launch != NULL;
}

/* The input files are the operands before `--`. */
static bool open_intake(struct exec *x, struct err *e)
{
	struct hash_seed seed = { entropy_u64(), entropy_u64() };

	x->cli.operands[x->cli.before_dashes] = NULL;
	x->intake.policy = &x->cli.policy;
	x->intake.gate = x->gate;
	x->intake.out = &x->out;
	x->intake.input = &x->input;
	intake_open(&x->intake, seed);
	return input_start(&x->input, &x->cli, x->cli.operands, e);
}

static bool open_report(struct exec *x, struct err *e)
{
	epoch_make(x->epoch);
	if (!x->report.epoch)
		x->report.epoch = x->simulate ? "sim" : x->clock.record ? "replay" : x->epoch;
	if (strlen(x->report.epoch) > OUTCOME_EPOCH_MOST)
		return err_set(e, STATUS_USAGE, "--epoch: at most %d bytes", OUTCOME_EPOCH_MOST);
	x->report.cli = &x->cli;
	x->report.out = &x->out;
	return report_open(&x->report, e);
}

static bool open_metrics(struct exec *x, struct err *e)
{
	x->metrics.report = &x->report;
	x->metrics.intake = &x->intake;
	x->metrics.engine = x->engine;
	if (x->metrics.path)
		x->report.metrics = &x->metrics.metrics;
	return metrics_file_open(&x->metrics, e);
}

static bool open_loop(struct exec *x, struct err *e)
{
	static const struct loop_ops ops = {
		.peek = peek,
		.take = take,
		.fill = fill,
		.input_fd = input_descriptor,
		.dispatch = dispatch,
		.ended = handler_ended,
		.aside = aside_ended,
		.effect = effect,
		.report = show_stats,
		.look = look,
	};

	x->loop.engine = x->engine;
	x->loop.clock = &x->clock;
	x->loop.out = &x->out;
	x->loop.policy = &x->cli.policy.executor;
	x->loop.ops = &ops;
	x->loop.user = x;
	x->loop.seed = x->clock.record ? 0 : entropy_u64(); /* a replay repeats itself */
	return loop_open(&x->loop, e);
}

static bool open_all(struct exec *x, struct err *e)
{
	if (!settle_policy(x, e) || !settle_launch(x, e))
		return false;
	clock_start(&x->clock, x->cli.clock == CLI_CLOCK_RECORD);
	x->watched = !x->clock.record && (x->cli.verbose || isatty(STDERR_FILENO));
	x->gate = gate_new(&x->cli.policy);
	x->engine = engine_new(&x->cli.policy, x->gate, x->cli.policy.executor.jobs);
	x->reply = reply_reader_new();
	hook_open(&x->hook, &x->cli, x->on_backpressure);
	return open_intake(x, e) && open_report(x, e) && open_metrics(x, e) && open_loop(x, e);
}

static int close_all(struct exec *x)
{
	struct err e;
	int status = metrics_file_close(&x->metrics);

	status = cli_worse(status, cli_worse(input_finish(&x->input), report_close(&x->report)));
	intake_close(&x->intake);
	if (!out_close(&x->out, "standard output", &e) && x->loop.died_of != SIGPIPE)
		status = cli_worse(status, cli_fail(&x->cli, &e));
	loop_close(&x->loop);
	engine_free(x->engine);
	gate_free(x->gate);
	launch_free(x->launch);
	reply_reader_free(x->reply);
	hook_free(&x->hook);
	return status;
}

static int refuse(struct exec *x, const struct err *e)
{
	if (e->status == STATUS_USAGE)
		return cli_usage(&x->cli, "%s", e->text);
	return cli_fail(&x->cli, e);
}

/* What meshq-sim --handlers does, by its other name. */
static int simulate(struct exec *x, const struct scenario *scenario)
{
	struct simulate run = {
		.cli = &x->cli,
		.policy = &x->cli.policy,
		.scenario = scenario,
		.operands = x->cli.operands,
		.seed = scenario->seed,
		.until = scenario->until,
		.report = &x->report,
		.out = &x->out,
		.stats = x->stats,
	};
	struct err e;

	out_init(&x->out, STDOUT_FILENO);
	bool ran = open_report(x, &e) && simulate_run(&run, &e);
	int status = ran ? run.status : refuse(x, &e);
	status = cli_worse(status, report_close(&x->report));
	if (!out_close(&x->out, "standard output", &e))
		status = cli_worse(status, cli_fail(&x->cli, &e));
	simulate_free(&run);
	return status;
}

static int run(struct exec *x)
{
	struct err e;

	out_init(&x->out, STDOUT_FILENO);
	if (!open_all(x, &e)) {
		int status = refuse(x, &e);
		close_all(x);
		return status;
	}
	loop_run(&x->loop);
	if (x->stats) {
		report_stats(&x->report, &x->intake, x->input.rejected, x->engine, x->loop.now,
		             &x->out.pending);
		loop_run(&x->loop); /* writes it */
	}
	int status = close_all(x);
	if (x->loop.died_of)
		cli_die_of(x->loop.died_of);
	return status;
}

static int load_and_run(struct exec *x, const struct opt *options)
{
	int status;

	return cli_load(&x->cli, options, &status) ? cli_end(&x->cli, run(x)) : status;
}

/* What is about processes; NULL: nothing. */
static const char *in_vain(const struct exec *x)
{
	if (x->handlers || x->cli.operands[x->cli.before_dashes])
		return "handlers";
	if (x->on_backpressure)
		return "--on-backpressure";
	if (x->metrics.path)
		return "--metrics";
	return x->output ? "--output" : NULL;
}

static int load_and_simulate(struct exec *x, const struct opt *options)
{
	const char *vain = in_vain(x);
	struct scenario scenario = { 0 };
	struct buf text = { 0 };
	struct err e;
	int status;

	if (vain)
		status = cli_end(&x->cli,
		                 cli_usage(&x->cli, "%s: with --simulate no process is run", vain));
	else if (!simulate_read(&x->cli, x->simulate, &scenario, &text, &e))
		status = cli_end(&x->cli, refuse(x, &e));
	else if (cli_load(&x->cli, options, &status))
		status = cli_end(&x->cli, simulate(x, &scenario));
	scenario_free(&scenario);
	buf_free(&text);
	return status;
}

int main(int argc, char **argv)
{
	struct exec x = { 0 };
	static const char *const on_eof[] = { "drain", "unfinished", NULL };
	struct executor_policy *p = &x.cli.policy.executor;
	int status;
	const struct opt options[] = {
		{ OPT_NUMBER, 'j', "jobs", "N", .value = &x.jobs, .given = &x.has_jobs,
		  .setting = &p->jobs, .help = "handlers at once (number of processors)" },
		{ OPT_TEXT, 'H', "handlers", "DIR", .value = &x.handlers,
		  .help = "run DIR/KIND for each action, else DIR/default" },
		{ OPT_CHOICE, 0, "on-eof", .value = &x.on_eof, .choices = on_eof,
		  .given = &x.has_on_eof, .setting = &p->on_eof,
		  .help = "at the end of input finish what waits, or report it" },
		{ OPT_DURATION, 0, "timeout", "TIME", .value = &x.timeout, .given = &x.has_timeout,
		  .setting = &p->timeout, .help = "end a handler after TIME (0: never)" },
		{ OPT_DURATION, 0, "kill-after", "TIME", .value = &x.kill_after,
		  .given = &x.has_kill_after, .setting = &p->kill_after,
		  .help = "from TERM to KILL when a handler must end" },
		{ OPT_DURATION, 0, "grace", "TIME", .value = &x.grace, .given = &x.has_grace,
		  .setting = &p->grace, .help = "what running handlers get after the first TERM" },
		{ OPT_INPUT, 0, "simulate", "FILE", .value = &x.simulate,
		  .help = "run no process: virtual time, and the models in FILE" },
		{ OPT_TEXT, 0, "on-backpressure", "COMMAND", .value = &x.on_backpressure,
		  .help = "run COMMAND asserted|released LEVEL on each edge" },
		{ OPT_FILE, 0, "chain", "FILE", .value = &x.report.chain,
		  .help = "append a record of every step to FILE" },
		{ OPT_FILE, 0, "failures", "FILE", .value = &x.report.failures,
		  .help = "append a record of every failure to FILE" },
		{ OPT_FLAG, 0, "sync", .value = &x.report.sync,
		  .help = "fdatasync both files after every record" },
		{ OPT_TEXT, 0, "epoch", "TEXT", .value = &x.report.epoch,
		  .help = "name this run in both files (16 random digits)" },
		{ OPT_FLAG, 0, "stats", .value = &x.stats,
		  .help = "print the counters as the last record" },
		{ OPT_FILE, 0, "metrics", "FILE", .value = &x.metrics.path,
		  .help = "keep counters for Prometheus in FILE, written once a second" },
		{ OPT_FLAG, 0, "trace", .value = &x.report.trace,
		  .help = "print retrying and deferred steps too" },
		{ OPT_FLAG, 0, "output", .value = &x.output,
		  .help = "put the handler's stdout into the outcome" },
		{ .type = OPT_END },
	};

	if (!cli_parse(&x.cli, &command, options, argc, argv, &status))
		return status;
	return x.simulate ? load_and_simulate(&x, options) : load_and_run(&x, options);
}
