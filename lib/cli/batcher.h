/* batcher.h - the runner that gives one process many actions at once.
 *
 * What is dispatched is gathered (core/batches.h) and goes to a process with all its lines
 * on stdin. A process that has replied to all of them gets kill_after to end, then TERM,
 * then KILL. */
#ifndef MESHQ_BATCHER_H
#define MESHQ_BATCHER_H

#include "cli/cli.h"
#include "cli/launch.h"
#include "sys/loop.h"

struct batcher_setting {
	const struct cli *cli; /* tells of bad replies; its policy counts */
	struct loop *loop;
	const struct run_policy *run;
	const struct launch_program *program;
	uint32_t pool;
	uint32_t jobs;
};

/* Borrows all of it, and gives the pool its slots. Freed by its ops. */
struct runner *batcher_new(const struct batcher_setting *s);

#endif
