/* open.c - everything is opened, run, and closed again. */
#include "codec/config_setting.h"
#include "exec.h"
#include "sys/entropy.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

static bool settle_policy(struct exec *x, struct err *e)
{
	struct executor_policy *p = &x->cli.policy.executor;

	if (!exec_settle_jobs(x, e) || !exec_settle_handling(x, e))
		return false;
	uint64_t processes = pools_processes(p), most = child_room(processes, &x->loop.files);
	if (processes > most)
		return err_set(
			e, STATUS_USAGE,
			"%ju jobs need more open files than 'ulimit -Hn' allows: at most %ju",
			(uintmax_t)processes, (uintmax_t)most);
	return true;
}

static bool settle_launch(struct exec *x, struct err *e)
{
	char **after = x->cli.operands + x->cli.before_dashes;

	if (x->handlers && *after)
		return err_set(e, STATUS_USAGE, "either --handlers or a command, not both");
	if (!x->handlers && !*after)
		return err_set(e, STATUS_USAGE, "expected --handlers DIR or -- COMMAND");
	x->launch = x->handlers ? launch_by_kind(x->handlers, e)
	                        : launch_command(after, pools_stay(&x->cli.policy.executor), e);
	return x->launch != NULL;
}

/* Everybody who reads a record has to know who it is. */
static bool settle_identity(struct exec *x, struct err *e)
{
	if (x->id && !*x->id)
		return err_set(e, STATUS_USAGE, "--id: expected the path of a member");
	if (x->id && config_setting_path_fault(slice_of(x->id)))
		return err_set(e, STATUS_USAGE, "--id: '%s' %s", x->id,
		               config_setting_path_fault(slice_of(x->id)));
	launch_identify(x->launch, x->id);
	x->intake.identity = x->id;
	x->report.identity = x->id;
	x->report.content = true;
	return true;
}

/* The input files are the operands before `--`. */
static bool open_intake(struct exec *x, struct err *e)
{
	struct hash_seed seed = { entropy_u64(), entropy_u64() };

	if (x->spool.path)
		seed = x->spool.seed; /* keys mean the same in every run */
	x->cli.operands[x->cli.before_dashes] = NULL;
	x->intake.policy = &x->cli.policy;
	x->intake.gate = x->gate;
	x->intake.out = x->keep_order && x->records ? &x->came_by : x->records;
	x->intake.input = &x->input;
	intake_open(&x->intake, seed);
	return input_start(&x->input, &x->cli, x->cli.operands, e);
}

/* Before the chain of this run is opened: it may be the same file. */
static bool open_resume(struct exec *x, struct err *e)
{
	if (!x->resume.files.count)
		return true;
	x->intake.resume = &x->resume;
	x->resume.begun = x->report.chain;
	return resume_open(&x->resume, &x->cli, e);
}

bool exec_open_report(struct exec *x, struct err *e)
{
	epoch_make(x->epoch);
	if (!x->report.epoch)
		x->report.epoch = x->simulate ? "sim" : x->clock.record ? "replay" : x->epoch;
	if (strlen(x->report.epoch) > OUTCOME_EPOCH_MOST)
		return err_set(e, STATUS_USAGE, "--epoch: at most %d bytes", OUTCOME_EPOCH_MOST);
	x->report.cli = &x->cli;
	x->report.intake = &x->intake;
	return report_open(&x->report, e);
}

/* What comes out on the same terminal would be mixed with it. */
static void open_progress(struct exec *x)
{
	x->progress.cli = &x->cli;
	x->progress.engine = x->engine;
	x->progress.input = &x->input;
	x->progress.told_elsewhere = (x->pass || !x->outcomes) && isatty(STDOUT_FILENO);
	progress_open(&x->progress, x->cli.operands);
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
	x->loop.engine = x->engine;
	x->loop.clock = &x->clock;
	x->loop.policy = &x->cli.policy.executor;
	x->loop.ops = &exec_ops;
	x->loop.user = x;
	x->loop.seed = x->clock.record ? 0 : entropy_u64(); /* a replay repeats itself */
	return loop_open(&x->loop, e);
}

static void open_pools(struct exec *x)
{
	x->pools = pools_new(&x->cli, x->launch, &x->loop);
	x->intake.pools = x->pools;
	x->governor.pools = x->pools;
	if (x->governor.file)
		pools_set_jobs(x->pools, x->governor.file->jobs);
}

static bool open_spool(struct exec *x, struct err *e)
{
	x->spool.sync = x->report.sync;
	x->spool.cli = &x->cli;
	x->spool.intake = &x->intake;
	x->spool.outlet = &x->report.outlet;
	x->spool.now = &x->loop.now;
	return spool_open(&x->spool, e);
}

/* The input is one that was read before, and may bring them again; without an id an action
 * goes by its place there. */
static void know_restored(struct exec *x)
{
	for (size_t i = 0; i < x->spool.count; i++)
		intake_knows(&x->intake, x->spool.waiting[i]);
	x->intake.actions = 0;
}

/* When all else is there: the actions get their pools, and what cannot be opened leaves
 * the file as it was. */
static bool restore(struct exec *x, struct err *e)
{
	x->spool.gate = x->gate;
	if (!spool_restore(&x->spool, &x->clock, e))
		return false;
	x->report.restored = x->spool.count;
	if (x->intake.resume)
		know_restored(x);
	return true;
}

static bool open_all(struct exec *x, struct err *e)
{
	if (!exec_settle_together(x, e) || !settle_policy(x, e) || !settle_launch(x, e) ||
	    !settle_identity(x, e) || !open_spool(x, e))
		return false;
	clock_start(&x->clock, x->cli.clock == CLI_CLOCK_RECORD);
	x->watched = !x->clock.record && (x->cli.verbose || isatty(STDERR_FILENO));
	x->gate = gate_new(&x->cli.policy);
	x->engine = engine_new(&x->cli.policy, x->gate, x->cli.policy.executor.jobs);
	engine_recall(x->engine, intake_recall, &x->intake);
	engine_name(x->engine, intake_name, &x->intake);
	x->reply = reply_reader_new();
	hook_open(&x->hook, &x->cli, x->on_backpressure);
	if (!exec_open_ways(x, e) || !open_intake(x, e) || !open_resume(x, e) ||
	    !exec_open_report(x, e) || !open_metrics(x, e) || !exec_open_governor(x, e) ||
	    !open_loop(x, e))
		return false;
	open_pools(x);
	return restore(x, e) && exec_begin_ways(x, e);
}

static int close_all(struct exec *x)
{
	int status = cli_worse(metrics_file_close(&x->metrics), spool_close(&x->spool));

	status = cli_worse(status, cli_worse(input_finish(&x->input), report_close(&x->report)));
	intake_close(&x->intake);
	resume_close(&x->resume);
	status = cli_worse(status, exec_close_ways(x));
	pools_free(x->pools);
	loop_close(&x->loop);
	exec_close_governor(x);
	engine_free(x->engine);
	gate_free(x->gate);
	launch_free(x->launch);
	reply_reader_free(x->reply);
	hook_free(&x->hook);
	return status;
}

int exec_refuse(struct exec *x, const struct err *e)
{
	if (e->status == STATUS_USAGE)
		return cli_usage(&x->cli, "%s", e->text);
	return cli_fail(&x->cli, e);
}

/* What is left says so too, but there may be nothing. */
static void tell_of_halt(const struct exec *x)
{
	struct buf why = { 0 };
	uint64_t failures;

	if (!engine_halted(x->engine, &failures))
		return;
	outcome_halted(failures, &why);
	cli_note(&x->cli, "%s", buf_text(&why));
	buf_free(&why);
}

int exec_run(struct exec *x)
{
	struct err e;

	out_init(&x->out, STDOUT_FILENO);
	if (!open_all(x, &e)) {
		int status = exec_refuse(x, &e);
		close_all(x);
		return status;
	}
	open_progress(x);
	loop_run(&x->loop);
	progress_close(&x->progress);
	tell_of_halt(x);
	if (x->stats && x->records) {
		exec_stats(x, &x->records->pending);
		loop_run(&x->loop); /* writes it */
	} else if (x->stats) {
		exec_ops.report(x);
	}
	int status = close_all(x);
	if (x->loop.died_of)
		cli_die_of(x->loop.died_of);
	return status;
}
