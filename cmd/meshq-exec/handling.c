/* handling.c - options that say how handlers run: they change executor.run.default. */
#include "codec/config_run.h"
#include "exec.h"

static bool settle_window(struct exec *x, struct run_policy *run, struct err *e)
{
	if (!x->has_window)
		return true;
	if (run->as != RUN_COPROCESS)
		return err_set(e, STATUS_USAGE, "--window: it is for --coprocess");
	if (x->window < 1 || x->window > RUN_WINDOW_MOST)
		return err_set(e, STATUS_USAGE, "--window: expected 1 to %d", RUN_WINDOW_MOST);
	run->window = (uint32_t)x->window;
	return true;
}

bool exec_settle_handling(struct exec *x, struct err *e)
{
	if (!x->coprocess && !x->has_window)
		return true;
	struct run_policy *run = config_run_default(&x->cli.policy.executor);

	if (x->coprocess)
		run->as = RUN_COPROCESS;
	return settle_window(x, run, e);
}
