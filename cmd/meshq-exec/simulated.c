/* simulated.c - meshq-exec --simulate: no process is run. */
#include "cli/simulate.h"
#include "exec.h"

#include <unistd.h>

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
		.stats = x->stats,
	};
	struct err e;

	out_init(&x->out, STDOUT_FILENO);
	bool ran = exec_settle_handling(x, &e) && exec_settle_together(x, &e) &&
	           exec_open_ways(x, &e) && exec_open_report(x, &e) && exec_begin_ways(x, &e);
	run.out = x->records;
	ran = ran && simulate_run(&run, &e);
	int status = ran ? run.status : exec_refuse(x, &e);
	status = cli_worse(status, report_close(&x->report));
	status = cli_worse(status, exec_close_ways(x));
	simulate_free(&run);
	return status;
}

/* What is about processes; NULL: nothing. */
static const char *in_vain(const struct exec *x)
{
	if (x->handlers || x->cli.operands[x->cli.before_dashes])
		return x->handlers ? "--handlers" : "COMMAND";
	if (x->on_backpressure)
		return "--on-backpressure";
	if (x->metrics.path)
		return "--metrics";
	if (x->resume.files.count)
		return "--resume";
	if (x->spool.path)
		return "--spool";
	if (x->id)
		return "--id";
	if (x->pass)
		return "--pass";
	return x->output ? "--output" : governor_option_bound(&x->governor_option);
}

int exec_simulate(struct exec *x, const struct opt *options)
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
		status = cli_end(&x->cli, exec_refuse(x, &e));
	else if (cli_load(&x->cli, options, &status))
		status = cli_end(&x->cli, simulate(x, &scenario));
	scenario_free(&scenario);
	buf_free(&text);
	return status;
}
