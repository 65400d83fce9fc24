/* governor.c - how many handlers run at once, and what may change that. */
#include "cli/make.h"
#include "exec.h"
#include "sys/processors.h"

/* With these the same input would not give the same output each time. */
static bool refuse_replay(const struct exec *x, struct err *e)
{
	const char *bound = governor_option_bound(&x->governor_option);

	if (!bound || x->cli.clock != CLI_CLOCK_RECORD)
		return true;
	return err_set(e, STATUS_USAGE, "%s: with --clock=record no time passes", bound);
}

/* Somebody who says how many does not ask make. */
static struct jobserver *join_make(struct exec *x, uint32_t *jobs)
{
	bool may = !x->has_jobs && x->cli.clock != CLI_CLOCK_RECORD;
	bool joined = may && make_join(&x->cli, &x->jobserver, jobs);

	make_tidy_environment();
	return joined ? &x->jobserver : NULL;
}

bool exec_settle_jobs(struct exec *x, struct err *e)
{
	struct executor_policy *p = &x->cli.policy.executor;
	bool file;

	if (!refuse_replay(x, e) ||
	    !governor_option_settle(&x->governor_option, &x->jobs_file, &file, &p->jobs, e))
		return false;
	x->governor.file = file ? &x->jobs_file : NULL;
	if (file && !p->jobs)
		p->jobs = 1; /* for those that share it; the governor says that it is none */
	x->governor.jobserver = join_make(x, &p->jobs);
	if (!p->jobs)
		p->jobs = processors_count();
	return true;
}

bool exec_open_governor(struct exec *x, struct err *e)
{
	x->governor.cli = &x->cli;
	x->governor.engine = x->engine;
	x->governor.watched = x->watched;
	x->governor.files = &x->loop.files;
	x->governor.machine = &machine_here;
	x->governor.limits = &x->governor_option.limits;
	return governor_open(&x->governor, e);
}

void exec_close_governor(struct exec *x)
{
	jobs_file_free(&x->jobs_file);
	jobserver_close(&x->jobserver);
}
