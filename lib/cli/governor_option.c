#include "cli/governor_option.h"

#include "codec/limits.h"
#include "sys/processors.h"

/* ---- jobs ---- */

/* None at all, which a file may say, would be no work for ever. */
static bool read_jobs(const char *text, void *value)
{
	struct jobs j;

	*(const char **)value = text;
	return *text && (!jobs_parse(slice_of(text), &j) || !jobs_is_none(j));
}

static void settle_jobs(const void *value, void *setting)
{
	struct jobs j;

	if (jobs_parse(slice_of(*(const char *const *)value), &j))
		*(uint32_t *)setting = jobs_count(j, processors_count());
}

const struct opt_form governor_option_jobs = {
	.noun = "a number of jobs from 1 on (or like 50%, +1 or -1), nor the name of a file",
	.read = read_jobs,
	.settle = settle_jobs,
};

bool governor_option_settle(const struct governor_option *o, struct jobs_file *from, bool *file,
                            uint32_t *jobs, struct err *e)
{
	struct jobs j;

	*file = o->jobs && !jobs_parse(slice_of(o->jobs), &j);
	if (!*file)
		return true;
	if (!jobs_file_open(from, o->jobs, processors_count(), e))
		return err_prefix(e, "--jobs: neither a number nor a file with one");
	*jobs = from->jobs;
	return true;
}

/* ---- limits ---- */

static bool read_load(const char *text, void *value)
{
	return limits_read_load(text, processors_count(), value);
}

static bool read_free(const char *text, void *value)
{
	return limits_read_free(text, value);
}

static bool read_pressure(const char *text, void *value)
{
	return limits_read_pressure(text, value);
}

const struct opt_form governor_option_load = {
	.noun = "a load above 0 (like 4 or 80% of the processors)",
	.read = read_load,
};

const struct opt_form governor_option_free = {
	.noun = "a size above 0 (like 512M or 10% of the memory)",
	.read = read_free,
};

const struct opt_form governor_option_pressure = {
	.noun = "a list of percentages for cpu, memory and io (like cpu=40%,io=10%)",
	.read = read_pressure,
};

const char *governor_option_bound(const struct governor_option *o)
{
	const struct throttle_policy *p = &o->limits;
	struct jobs j;

	if (p->max_load > 0)
		return "--max-load";
	if (p->min_free > 0 || p->min_free_share > 0)
		return "--min-free";
	if (throttle_is_limit(p))
		return "--max-pressure";
	if (o->jobs && !jobs_parse(slice_of(o->jobs), &j))
		return "--jobs=FILE";
	return NULL;
}
