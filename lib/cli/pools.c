#include "cli/pools.h"

#include "base/mem.h"
#include "cli/batcher.h"
#include "codec/config_run.h"
#include "codec/control.h"
#include "sys/workers.h"

#include <stdlib.h>

enum { KNOWN_MOST = 1000 };

/* Long enough for most first answers, and short enough for somebody who wonders. */
static const span mute = { 10 * NS_PER_S };

/* What the actions of a pool have in common. */
struct pool {
	const struct run_policy *run; /* by identity: it is that of one entry */
	struct launch_program *program;
	struct runner *runner;
};

/* Kinds whose handler has been looked up. */
struct known {
	char *kind;
	uint32_t pool;
};

struct pools {
	const struct cli *cli;
	const struct executor_policy *policy;
	struct launch *launch;
	struct loop *loop;
	uint32_t jobs;                  /* for those that have none of their own */
	const struct run_policy *usual; /* of kinds without an entry */
	struct pool *list;
	uint32_t count;
	struct known *known;
	uint32_t known_count;
};

static const struct run_policy *run_of(const struct pools *p, slice kind)
{
	const struct policy_entry *entry = policy_find(&p->policy->run, kind);

	return entry ? &entry->run : p->usual;
}

bool pools_stay(const struct executor_policy *policy)
{
	const struct policy_entry *usual = policy_find(&policy->run, SLICE("default"));

	for (uint32_t i = 0; i < policy->run.count; i++)
		if (policy->run.entries[i].run.as == RUN_SPAWN)
			return false;
	return usual != NULL;
}

struct pools *pools_new(const struct cli *cli, struct launch *launch, struct loop *loop)
{
	struct pools *p = mem_zeroed(1, sizeof *p);
	const struct executor_policy *policy = &cli->policy.executor;
	const struct policy_entry *usual = policy_find(&policy->run, SLICE("default"));

	p->cli = cli;
	p->policy = policy;
	p->jobs = policy->jobs;
	p->launch = launch;
	p->loop = loop;
	p->usual = usual ? &usual->run : config_run_table.usual;
	p->list = mem_zeroed(1, sizeof *p->list);
	p->count = 1;
	return p;
}

void pools_free(struct pools *p)
{
	if (!p)
		return;
	for (uint32_t i = 0; i < p->count; i++) {
		if (p->list[i].runner)
			p->list[i].runner->ops->free(p->list[i].runner);
		launch_program_free(p->list[i].program);
	}
	for (uint32_t i = 0; i < p->known_count; i++)
		free(p->known[i].kind);
	free(p->known);
	free(p->list);
	free(p);
}

/* ---- the pool of a kind ---- */

static struct runner *coprocesses(struct pools *p, uint32_t pool, uint32_t jobs)
{
	const struct pool *own = &p->list[pool];
	struct run_policy run = *own->run;
	struct child_command command;

	run.jobs = jobs;
	launch_program_command(own->program, &command);
	return workers_new(
		p->loop, pool,
		&(struct workers_program){ command.path, command.argv, command.environment, mute },
		&run, &p->cli->policy.backoff);
}

static uint32_t add(struct pools *p, const struct run_policy *run, struct launch_program *program)
{
	uint32_t pool = p->count++, jobs = run->jobs ? run->jobs : p->jobs;

	p->list = mem_resize(p->list, p->count, sizeof *p->list);
	p->list[pool] = (struct pool){ .run = run, .program = program };
	switch (run->as) {
	case RUN_SPAWN:
		loop_slots(p->loop, pool, jobs, 0, false);
		break;
	case RUN_BATCH:
		p->list[pool].runner = batcher_new(&(struct batcher_setting){ .cli = p->cli,
		                                                              .loop = p->loop,
		                                                              .run = run,
		                                                              .program = program,
		                                                              .pool = pool,
		                                                              .jobs = jobs });
		break;
	case RUN_COPROCESS:
		p->list[pool].runner = coprocesses(p, pool, jobs);
		break;
	}
	if (p->list[pool].runner)
		loop_add(p->loop, p->list[pool].runner);
	return pool;
}

/* Without a program it is left to launch_prepare to say so. */
static uint32_t find(struct pools *p, const struct run_policy *run, slice kind)
{
	struct launch_program *program = NULL;
	struct err e;

	if (run->as != RUN_SPAWN && !(program = launch_program(p->launch, kind, &e)))
		return 0;
	for (uint32_t i = 1; i < p->count; i++)
		if (p->list[i].run == run &&
		    (!program || launch_program_same(p->list[i].program, program))) {
			launch_program_free(program);
			return i;
		}
	return add(p, run, program);
}

uint32_t pools_of(struct pools *p, slice kind)
{
	const struct run_policy *run = run_of(p, kind);

	if (run_is_shared(run))
		return 0;
	for (uint32_t i = 0; i < p->known_count; i++)
		if (slice_is(kind, p->known[i].kind))
			return p->known[i].pool;
	uint32_t pool = find(p, run, kind);
	if (pool == 0 || p->known_count == KNOWN_MOST)
		return pool;
	p->known = mem_resize(p->known, p->known_count + 1, sizeof *p->known);
	p->known[p->known_count++] = (struct known){ mem_text(kind.p, kind.n), pool };
	return pool;
}

struct runner *pools_runner(const struct pools *p, uint32_t pool)
{
	return p->list[pool].runner;
}

void pools_set_jobs(struct pools *p, uint32_t jobs)
{
	p->jobs = jobs;
	for (uint32_t i = 1; i < p->count; i++) {
		struct runner *r = p->list[i].runner;

		if (r && r->ops->jobs && p->list[i].run->jobs == 0)
			r->ops->jobs(r, jobs);
	}
}

uint64_t pools_processes(const struct executor_policy *policy)
{
	uint64_t n = policy->jobs;

	for (uint32_t i = 0; i < policy->run.count; i++) {
		const struct run_policy *run = &policy->run.entries[i].run;

		if (!run_is_shared(run))
			n += run->jobs ? run->jobs : policy->jobs;
	}
	return n;
}

void pools_edge(const struct pools *p, const struct effect *f)
{
	struct buf line = { 0 };

	control_add_handler_edge(f->edge, f->level, &line);
	for (uint32_t i = 1; i < p->count; i++)
		if (p->list[i].runner && p->list[i].run->backpressure &&
		    p->list[i].runner->ops->control)
			p->list[i].runner->ops->control(p->list[i].runner, buf_slice(&line));
	buf_free(&line);
}
