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

static bool settle_batch(struct exec *x, struct run_policy *run, struct err *e)
{
	if (x->has_batch_wait && run->as != RUN_BATCH)
		return err_set(e, STATUS_USAGE, "--batch-wait: it is for --batch");
	if (x->has_batch && (x->batch < 1 || x->batch > RUN_BATCH_MOST))
		return err_set(e, STATUS_USAGE, "--batch: expected 1 to %d", RUN_BATCH_MOST);
	if (x->has_batch)
		run->batch = (uint32_t)x->batch;
	if (x->has_batch_wait)
		run->batch_wait = x->batch_wait;
	return true;
}

bool exec_settle_handling(struct exec *x, struct err *e)
{
	if (!x->coprocess && !x->has_window && !x->has_batch && !x->has_batch_wait)
		return true;
	if (x->coprocess && x->has_batch)
		return err_set(e, STATUS_USAGE, "either --coprocess or --batch, not both");
	struct run_policy *run = config_run_default(&x->cli.policy.executor);

	if (x->coprocess)
		run->as = RUN_COPROCESS;
	else if (x->has_batch)
		run->as = RUN_BATCH;
	return settle_window(x, run, e) && settle_batch(x, run, e);
}
