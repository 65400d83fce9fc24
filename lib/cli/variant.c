#include "cli/variant.h"

#include "codec/config.h"

bool variant_settle(struct variants *v, const char *const *sets, uint32_t set_count, struct err *e)
{
	return cli_policy(v->cli, sets, set_count, v->option, &v->policy, e);
}

bool variant_run(struct variants *v, const char *const *sets, uint32_t set_count, uint64_t nth,
                 struct simulate *run, struct err *e)
{
	*run = v->base;
	run->report = NULL;
	run->out = NULL;
	run->seed = v->base.seed + nth;
	run->policy = &v->policy;
	if (!variant_settle(v, sets, set_count, e))
		return false;
	bool good = simulate_run(run, e);
	config_free(&v->policy);
	return good;
}
