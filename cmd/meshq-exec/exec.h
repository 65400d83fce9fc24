/* exec.h - meshq-exec from the inside: what its files share. */
#ifndef MESHQ_EXEC_H
#define MESHQ_EXEC_H

#include "cli/governor.h"
#include "cli/governor_option.h"
#include "cli/hook.h"
#include "cli/launch.h"
#include "cli/metrics_file.h"
#include "cli/pools.h"
#include "cli/progress.h"
#include "cli/reply.h"
#include "cli/report.h"
#include "cli/resume.h"
#include "cli/spool.h"
#include "sys/epoch.h"
#include "sys/loop.h"

struct exec {
	struct cli cli;
	struct clock clock;
	struct gate *gate;
	struct engine *engine;
	struct out out;          /* standard output */
	struct out outcomes_out; /* the file of --outcomes */
	struct out *records;     /* the one of the two that records go to, or NULL */
	struct out came_by;      /* records that are passed on, on their way to their place */
	struct input input;
	struct intake intake;
	struct report report;
	struct resume resume;
	struct spool spool;
	struct launch *launch;
	struct pools *pools;
	struct reply_reader *reply;
	struct hook hook;
	struct metrics_file metrics;
	struct progress progress;
	struct jobs_file jobs_file;
	struct jobserver jobserver;
	struct governor governor;
	struct loop loop;
	char epoch[EPOCH_TEXT];
	bool ended;   /* the input has */
	bool watched; /* somebody reads stderr */

	/* Options; those of the policy count when they are given. */
	struct governor_option governor_option;
	const char *handlers;
	const char *on_backpressure;
	bool stats;
	bool output;
	bool keep_order;
	bool pass;
	const char *outcomes;
	int on_eof;
	struct halt_policy halt;
	span dedupe;
	span timeout, kill_after, grace;
	bool has_jobs, has_on_eof, has_halt, has_dedupe, has_timeout, has_kill_after, has_grace;
	const char *simulate;

	/* How handlers run (handling.c). */
	bool coprocess;
	uint64_t window;
	bool has_window;
	uint64_t batch;
	span batch_wait;
	bool has_batch, has_batch_wait;
	const char *id;
};

/* work.c: what the loop asks. */
extern const struct loop_ops exec_ops;
void exec_stats(const struct exec *x, struct buf *out);

/* handling.c: what options say of how handlers run, into the policy. */
bool exec_settle_handling(struct exec *x, struct err *e);

/* together.c: which options do not go together. */
bool exec_settle_together(const struct exec *x, struct err *e);

/* governor.c: how many at once. Before the handlers' environment is made; once there is an
 * engine; and when nothing runs any more. */
bool exec_settle_jobs(struct exec *x, struct err *e);
bool exec_open_governor(struct exec *x, struct err *e);
void exec_close_governor(struct exec *x);

/* open.c: from the options to the end; both return the status of main. */
int exec_run(struct exec *x);
int exec_refuse(struct exec *x, const struct err *e);
bool exec_open_report(struct exec *x, struct err *e);

/* ways.c: the ways out are open; the work can begin; it is over, and the status. */
bool exec_open_ways(struct exec *x, struct err *e);
bool exec_begin_ways(struct exec *x, struct err *e);
int exec_close_ways(struct exec *x);

/* What the handler of the action will write is passed on; NULL: it is not. exec_passed for
 * its end, or with NULL when it was not started. */
const struct child_watcher *exec_pass(struct exec *x, struct action *a);
void exec_passed(struct exec *x, struct action *a, const struct run_end *end);

/* simulated.c: with --simulate. */
int exec_simulate(struct exec *x, const struct opt *options);

#endif
