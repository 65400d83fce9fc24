#include "cli/doubt.h"

static bool hangs(const struct handler_model *m)
{
	for (uint32_t i = 0; i < m->outage_count; i++)
		if (m->outages[i].fate == FATE_HANG)
			return true;
	return m->odds[FATE_HANG] > 0;
}

static bool is_limited(const struct executor_policy *p, const char *kind)
{
	const struct policy_entry *own = kind ? policy_find(&p->timeouts, slice_of(kind)) : NULL;

	return own ? own->time.ns > 0 : p->timeout.ns > 0;
}

static void doubt(const struct simulate *run, const struct handler_model *m, const char *name)
{
	const char *kind = m->kind ? m->kind : "default";
	const struct tally *came =
		m->kind ? measure_find(&run->measure, slice_of(kind)) : &run->measure.all;

	if (!came)
		cli_note(run->cli, "%s: handlers.%s: no action of that kind has come", name, kind);
	else if (came->unfinished && hangs(m) && !is_limited(&run->policy->executor, m->kind))
		cli_note(run->cli, "%s: handlers.%s hangs, and no executor.timeout ends it", name,
		         kind);
}

void doubt_handlers(const struct simulate *run, const char *name)
{
	for (uint32_t i = 0; i < run->scenario->handler_count; i++)
		doubt(run, &run->scenario->handlers[i], name);
}
