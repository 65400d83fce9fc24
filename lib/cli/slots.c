#include "cli/slots.h"

#include "core/batches.h"

static const struct policy_entry *entry_of(const struct slots *s, slice kind)
{
	const struct policy_entry *own = policy_find(&s->policy->run, kind);

	return own ? own : policy_find(&s->policy->run, SLICE("default"));
}

static uint32_t jobs_of(const struct slots *s, const struct run_policy *run)
{
	uint32_t jobs = run->jobs ? run->jobs : s->jobs;

	if (run->as != RUN_BATCH)
		return jobs;
	return batches_slots(&(struct batches){ .most = run->batch, .processes = jobs });
}

static void feed(struct engine *e, instant now, uint32_t pool, uint32_t jobs)
{
	engine_feed(e,
	            &(struct event){ .kind = EVENT_JOBS, .now = now, .pool = pool, .jobs = jobs });
}

/* The slots of each pool of a chain. What the configuration says of the kind of somebody
 * in it outweighs the chain. */
static void open_recorded(struct slots *s, const struct recorded *r, struct engine *e, instant now)
{
	uint32_t count;
	const struct recorded_action *list = recorded_actions(r, &count);

	s->recorded = recorded_counts(r).pools;
	for (uint32_t p = 1; p <= s->recorded; p++) {
		uint32_t told = recorded_pool_jobs(r, p);
		feed(e, now, p, told ? told : s->jobs);
	}
	for (uint32_t i = 0; i < count; i++) {
		slice kind = recorded_kind(r, list[i].kind);
		const struct policy_entry *own = policy_find(&s->policy->run, kind);

		if (list[i].pool && own && own->run.jobs)
			feed(e, now, list[i].pool, jobs_of(s, &own->run));
	}
}

/* Slots that nobody can take would count as idle. */
static bool is_of_use(const struct slots *s, uint32_t pool, const struct recorded *r)
{
	uint32_t count;
	const struct recorded_action *list = r ? recorded_actions(r, &count) : NULL;

	if (!list)
		return pool || slots_of(s, SLICE(""), NULL) == 0;
	for (uint32_t i = 0; i < count; i++)
		if (slots_of(s, recorded_kind(r, list[i].kind), &list[i]) == pool)
			return true;
	return false;
}

void slots_open(struct slots *s, const struct recorded *recorded, struct engine *e, instant start)
{
	bool shared = false;

	if (recorded)
		open_recorded(s, recorded, e, start);
	for (uint32_t i = 0; i < s->policy->run.count; i++) {
		const struct run_policy *run = &s->policy->run.entries[i].run;
		uint32_t pool = s->recorded + 1 + i;

		shared |= run_is_shared(run);
		if (!run_is_shared(run) && is_of_use(s, pool, recorded))
			feed(e, start, pool, jobs_of(s, run));
	}
	if (!shared && !is_of_use(s, 0, recorded))
		feed(e, start, 0, 0);
}

uint32_t slots_of(const struct slots *s, slice kind, const struct recorded_action *again)
{
	const struct policy_entry *entry;

	if (again && again->pool)
		return again->pool;
	entry = entry_of(s, kind);
	if (!entry || run_is_shared(&entry->run))
		return 0;
	return s->recorded + 1 + (uint32_t)(entry - s->policy->run.entries);
}
