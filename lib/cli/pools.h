/* pools.h - how the handler of each action runs: in the slots of which pool, by which runner.
 *
 * Pool 0 is for processes of their own, as many as executor.jobs says. What executor.run
 * says else of a kind makes pools when the first action of such a kind arrives: one for
 * each of its entries and each program. */
#ifndef MESHQ_POOLS_H
#define MESHQ_POOLS_H

#include "cli/cli.h"
#include "cli/launch.h"
#include "sys/loop.h"

struct pools;

/* Borrows all three; the policy of the first counts. */
struct pools *pools_new(const struct cli *cli, struct launch *launch, struct loop *loop);

/* No action has a process of its own. */
bool pools_stay(const struct executor_policy *policy);

/* Kills what runners still have. Before loop_close, after the last loop_run. */
void pools_free(struct pools *p);

/* The pool for actions of the kind. */
uint32_t pools_of(struct pools *p, slice kind);

/* Who runs the actions of the pool; NULL: a process of its own for each. */
struct runner *pools_runner(const struct pools *p, uint32_t pool);

/* executor.jobs is another now, for those that have none of their own. */
void pools_set_jobs(struct pools *p, uint32_t jobs);

/* The processes that there may be at once, as far as the policy tells. */
uint64_t pools_processes(const struct executor_policy *policy);

/* An edge of back-pressure, for those that want to know. */
void pools_edge(const struct pools *p, const struct effect *f);

#endif
