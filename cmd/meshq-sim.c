/* meshq-sim - the engine of meshq-exec under a virtual clock, with scripted arrivals and
 * handlers. See meshq-sim(1). */
#include "cli/doubt.h"
#include "cli/find.h"
#include "cli/replay.h"
#include "cli/show.h"
#include "cli/sweep.h"
#include "codec/summary.h"
#include "sys/file.h"

#include <stdio.h>
#include <unistd.h>

struct tool {
	struct cli cli;
	struct scenario scenario;
	struct buf text; /* of the scenario */
	struct expectations expectations;
	struct out out;
	struct report report;
	struct simulate run;
	struct show show;
	struct replay replay;

	/* Options. */
	const char *handlers;
	struct opt_list expect;
	struct opt_list sweep;
	const char *find;
	const char *figures;
	const char *junit;
	uint64_t runs;
	uint64_t seed;
	span until;
	bool has_seed, has_until, has_runs;
	bool outcomes, json, csv, stats, diff;
	bool replays; /* the first operand says so */
};

static const struct opt_command command = {
	.name = "meshq-sim",
	.summary = "run the executor under a virtual clock, with scripted arrivals and handlers",
	.usage = "[OPTION]... SCENARIO\n"
		 "[OPTION]... --handlers FILE [FILE]...\n"
		 "[OPTION]... replay [CHAIN]...",
	.examples = "meshq-sim storm.yaml --expect 'p99_wait<2m' --expect 'failed==0'\n"
		    "meshq-sim --handlers model.yaml < day.ndjson | meshq-failures\n"
		    "meshq-sim storm.yaml --find 'min executor.jobs such that p99_wait<2s'\n"
		    "meshq-sim storm.yaml --junit storm.xml --report storm.html\n"
		    "meshq-sim replay chain.ndjson --set rules.pull-cooldown.window=100ms --diff",
};

static int refuse(const struct tool *t, const struct err *e)
{
	if (e->status == STATUS_USAGE)
		return cli_usage(&t->cli, "%s", e->text);
	return cli_fail(&t->cli, e);
}

/* ---- what to simulate ---- */

/* The scenario's file is the model, or else the one operand. */
static bool check_operands(const struct tool *t, struct err *e)
{
	char **operands = t->cli.operands;

	if (t->handlers && strcmp(t->handlers, "-") == 0 && !operands[0])
		return err_set(e, STATUS_USAGE, "--handlers -: the records come from there");
	if (t->handlers || (operands[0] && !operands[1]))
		return true;
	if (!operands[0])
		return err_set(e, STATUS_USAGE, "expected a scenario, or --handlers FILE");
	return err_set(e, STATUS_USAGE,
	               "'%s': one scenario at a time; records come with --handlers", operands[1]);
}

static const char *scenario_name(const struct tool *t)
{
	if (t->replays)
		return t->cli.operands[0] ? t->cli.operands[0] : "-";
	return t->handlers ? t->handlers : t->cli.operands[0];
}

/* The first operand may say what is wanted, instead of naming a scenario. */
static void read_command(struct tool *t)
{
	const char *first = t->cli.operands[0];

	t->replays = !t->handlers && first && strcmp(first, "replay") == 0;
	if (!t->replays)
		return;
	t->cli.operands++;
	t->scenario.until = SPAN_MAX;
}

static bool read_scenario(struct tool *t, struct err *e)
{
	if (t->cli.print_config && !scenario_name(t))
		return true;
	if (!t->replays && (!check_operands(t, e) ||
	                    !simulate_read(&t->cli, scenario_name(t), &t->scenario, &t->text, e)))
		return false;
	for (uint32_t i = 0; i < t->scenario.expect_count; i++)
		if (!expectations_add(&t->expectations, t->scenario.expect[i], e))
			return false;
	for (uint32_t i = 0; i < t->expect.count; i++)
		if (!expectations_add(&t->expectations, t->expect.items[i], e))
			return err_prefix(e, "--expect");
	return true;
}

/* ---- one run ---- */

/* Records go to the standard output: the filter's way, and --outcomes. */
static bool tells_outcomes(const struct tool *t)
{
	return t->handlers || t->outcomes;
}

static bool open_report(struct tool *t, struct err *e)
{
	t->report.cli = &t->cli;
	t->report.outlet.records = tells_outcomes(t) ? &t->out : NULL;
	if (!t->report.epoch)
		t->report.epoch = "sim";
	return report_open(&t->report, e);
}

/* What every run has in common. */
static struct simulate blank_run(struct tool *t)
{
	struct simulate run = {
		.cli = &t->cli,
		.policy = &t->cli.policy,
		.scenario = &t->scenario,
		.operands = t->handlers ? t->cli.operands : NULL,
		.seed = t->has_seed ? t->seed : t->scenario.seed,
		.until = t->has_until ? t->until : t->scenario.until,
	};

	if (t->replays)
		replay_prepare(&t->replay, &run);
	return run;
}

static bool run_once(struct tool *t, struct err *e)
{
	bool records = tells_outcomes(t);

	t->run = blank_run(t);
	t->run.report = records || t->report.chain || t->report.failures ? &t->report : NULL;
	t->run.out = records ? &t->out : NULL;
	t->run.stats = t->stats;
	return simulate_run(&t->run, e);
}

/* ---- what is told of it ---- */

/* Beside records they are for people only. */
static void tell_expectations(struct tool *t, bool records)
{
	struct buf text = { 0 };

	expectations_print(&t->expectations, records ? &text : &t->out.pending);
	if (text.n)
		fwrite(text.p, 1, text.n, stderr);
	buf_free(&text);
}

static bool tell_summary(struct tool *t, struct err *e)
{
	const struct summary_options options = { .seed = t->run.seed };
	const struct simulate base = blank_run(t);

	if (t->diff)
		return replay_diff(&t->replay, &base, &t->run, t->json, &t->out.pending, e);
	if (t->json)
		summary_record(&t->run.measure, t->run.seed, &t->out.pending);
	else
		summary_text(&t->run.measure, &options, &t->out.pending);
	return true;
}

static bool write_junit(struct tool *t, struct err *e)
{
	const struct summary_options options = { .seed = t->run.seed };
	struct buf text = { 0 };

	if (!t->junit)
		return true;
	summary_text(&t->run.measure, &options, &text);
	bool good = expectations_junit(&t->expectations, t->junit, scenario_name(t), &t->run,
	                               buf_slice(&text), e);
	buf_free(&text);
	return good;
}

/* Recorded actions bring what kinds they have, and their models may know more. */
static void tell_doubts(struct tool *t, bool records)
{
	const char *name = scenario_name(t);

	if (t->run.measure.all.arrived) {
		expectations_doubt(&t->expectations, &t->cli, &t->run.measure);
		if (!t->handlers && !t->replays)
			doubt_handlers(&t->run, name);
	} else if (!records) {
		cli_note(&t->cli, "%s: no action has come%s", name,
		         t->scenario.stream_count || t->scenario.recording_count
		                 ? ""
		                 : ": it has no arrivals; records come with --handlers");
	}
}

static int tell(struct tool *t)
{
	bool records = tells_outcomes(t);
	bool met = expectations_check(&t->expectations, &t->run.measure);
	struct err e;

	if ((!records || t->json) && !tell_summary(t, &e))
		return cli_fail(&t->cli, &e);
	tell_expectations(t, records || t->json);
	tell_doubts(t, records);
	if (!write_junit(t, &e))
		return cli_fail(&t->cli, &e);
	if (t->expectations.count)
		return met ? STATUS_OK : STATUS_SHORTFALL;
	return records && t->report.shortfall ? STATUS_SHORTFALL : STATUS_OK;
}

static int tell_all(struct tool *t)
{
	int status = cli_worse(t->run.status, tell(t));

	return cli_worse(status, show_write(&t->show, scenario_name(t), buf_slice(&t->text),
	                                    &t->run, &t->expectations));
}

static int simulate(struct tool *t)
{
	struct err e;
	bool ran = (!t->junit || file_can_put(t->junit, &e)) && show_open(&t->show, &e) &&
	           open_report(t, &e) && run_once(t, &e);
	int status = ran ? tell_all(t) : refuse(t, &e);

	report_close(&t->report);
	simulate_free(&t->run);
	return cli_worse(status, t->report.status);
}

/* ---- many runs ---- */

static struct variants variants(struct tool *t, const char *option)
{
	return (struct variants){
		.cli = &t->cli,
		.base = blank_run(t),
		.runs = t->has_runs ? t->runs : 1,
		.option = option,
	};
}

static int sweep(struct tool *t)
{
	struct sweep s = {
		.variants = variants(t, "--sweep"),
		.grid = &t->sweep,
		.figures = t->figures,
		.expected = &t->expectations,
		.form = t->csv    ? SWEEP_CSV
		        : t->json ? SWEEP_RECORDS
		                  : SWEEP_TABLE,
		.out = &t->out,
	};
	struct err e;
	int status = sweep_run(&s, &e) ? cli_worse(s.status, s.met ? STATUS_OK : STATUS_SHORTFALL)
	                               : refuse(t, &e);

	sweep_free(&s);
	return status;
}

static int find(struct tool *t)
{
	struct find f = {
		.variants = variants(t, "--find"),
		.text = t->find,
		.json = t->json,
		.out = &t->out,
	};
	struct err e;
	int status = find_run(&f, &e) ? cli_worse(f.status, f.found ? STATUS_OK : STATUS_SHORTFALL)
	                              : refuse(t, &e);

	find_free(&f);
	return status;
}

/* ---- from the command line to the end ---- */

/* A table of figures is printed, if only of one run. */
static bool is_swept(const struct tool *t)
{
	return !t->find && (t->sweep.count || t->has_runs || t->figures || t->csv);
}

static bool check_options(const struct tool *t, struct err *e)
{
	bool many = t->find || is_swept(t);

	if (t->find && (t->sweep.count || t->figures || t->csv))
		return err_set(e, STATUS_USAGE,
		               "--find has its own form: no --sweep, --figures or --csv");
	if (t->find && t->expect.count)
		return err_set(e, STATUS_USAGE, "--find expects what is behind its 'such that'");
	if (t->has_runs && !t->runs)
		return err_set(e, STATUS_USAGE, "--runs: at least 1");
	if (t->has_until && t->until.ns == 0)
		return err_set(e, STATUS_USAGE, "--until: at least 1ns");
	if (t->csv && t->json)
		return err_set(e, STATUS_USAGE, "either --csv or --json, not both");
	if (!many && !tells_outcomes(t) && (t->stats || t->report.trace))
		return err_set(e, STATUS_USAGE, "--stats and --trace need --outcomes");
	if (many && t->junit)
		return err_set(e, STATUS_USAGE, "--junit is about one run");
	if (many && (t->outcomes || t->stats || t->report.chain || t->report.failures))
		return err_set(e, STATUS_USAGE, "a table and --find have no records of actions");
	if (many && (t->show.plot || t->show.report))
		return err_set(e, STATUS_USAGE, "--plot and --report show one run");
	if (many && t->handlers && !t->cli.operands[0])
		return err_set(e, STATUS_USAGE, "many runs need a FILE that can be read again");
	if (t->diff && !t->replays)
		return err_set(e, STATUS_USAGE, "--diff needs 'replay'");
	if (t->diff && (many || t->outcomes))
		return err_set(e, STATUS_USAGE,
		               "--diff compares one run; not with --sweep, --find or --outcomes");
	return true;
}

static int run(struct tool *t)
{
	struct err e;
	int status;

	out_init(&t->out, STDOUT_FILENO);
	if (!check_options(t, &e) ||
	    (t->replays && !replay_open(&t->replay, &t->cli, t->cli.operands, &e)))
		status = refuse(t, &e);
	else if (t->find)
		status = find(t);
	else if (is_swept(t))
		status = sweep(t);
	else
		status = simulate(t);
	status = cli_worse(status, t->replay.status);
	if (!out_close(&t->out, "standard output", &e))
		status = cli_worse(status, cli_fail(&t->cli, &e));
	return status;
}

static int free_all(struct tool *t, int status)
{
	scenario_free(&t->scenario);
	show_free(&t->show);
	replay_free(&t->replay);
	expectations_free(&t->expectations);
	opt_list_free(&t->expect);
	opt_list_free(&t->sweep);
	buf_free(&t->text);
	return status;
}

int main(int argc, char **argv)
{
	struct tool t = { .show.cli = &t.cli };
	struct err e;
	int status;
	const struct opt options[] = {
		{ OPT_INPUT, 0, "handlers", "FILE", .value = &t.handlers,
		  .help = "read records, and run them with the models in FILE" },
		{ OPT_NUMBER, 0, "seed", "N", .value = &t.seed, .given = &t.has_seed,
		  .help = "seed of all that is random (the scenario's, or 0)" },
		{ OPT_DURATION, 0, "until", "TIME", .value = &t.until, .given = &t.has_until,
		  .help = "end the run after TIME of virtual time" },
		{ OPT_LIST, 0, "expect", "EXPR", .value = &t.expect,
		  .help = "end with status 1 unless EXPR holds; meshq-sim(1) lists the figures" },
		{ OPT_FILE, 0, "junit", "FILE", .value = &t.junit,
		  .help = "put what the expectations came to into FILE, as JUnit XML" },
		{ OPT_FLAG, 0, "diff", .value = &t.diff,
		  .help = "replay: print recorded, as configured and changed, side by side" },
		{ OPT_LIST, 0, "sweep", "PATH=VALUES", .value = &t.sweep,
		  .help = "run all combinations of settings, such as executor.jobs=1..8" },
		{ OPT_TEXT, 0, "find", "QUESTION", .value = &t.find,
		  .help = "find the least or greatest value of a setting that will do" },
		{ OPT_NUMBER, 0, "runs", "N", .value = &t.runs, .given = &t.has_runs,
		  .help = "run with N seeds, and print means (1)" },
		{ OPT_TEXT, 0, "figures", "LIST", .value = &t.figures,
		  .help = "print a table of these, such as p99_wait,max_depth" },
		{ OPT_FLAG, 0, "json", .value = &t.json, .help = "print figures as records" },
		{ OPT_FLAG, 0, "csv", .value = &t.csv,
		  .help = "print the table as CSV, with a line for each run" },
		{ OPT_FLAG, 0, "outcomes", .value = &t.outcomes,
		  .help = "print the outcome of every action instead of a summary" },
		{ OPT_FILE, 0, "plot", "FILE", .value = &t.show.plot,
		  .help = "draw the run over time: FILE.svg, FILE.png or FILE.txt" },
		{ OPT_FILE, 0, "report", "FILE", .value = &t.show.report,
		  .help = "write what has come of it as a page for a browser" },
		{ OPT_FILE, 0, "chain", "FILE", .value = &t.report.chain,
		  .help = "append a record of every step to FILE" },
		{ OPT_FILE, 0, "failures", "FILE", .value = &t.report.failures,
		  .help = "append a record of every failure to FILE" },
		{ OPT_TEXT, 0, "epoch", "TEXT", .value = &t.report.epoch,
		  .help = "name this run in both files (sim)" },
		{ OPT_FLAG, 0, "stats", .value = &t.stats,
		  .help = "print the counters as the last record" },
		{ OPT_FLAG, 0, "trace", .value = &t.report.trace,
		  .help = "print retrying and deferred steps too" },
		{ .type = OPT_END },
	};

	if (!cli_parse(&t.cli, &command, options, argc, argv, &status))
		return free_all(&t, status);
	read_command(&t);
	if (!read_scenario(&t, &e))
		status = cli_end(&t.cli, refuse(&t, &e));
	else if (cli_load(&t.cli, options, &status))
		status = cli_end(&t.cli, run(&t));
	return free_all(&t, status);
}
