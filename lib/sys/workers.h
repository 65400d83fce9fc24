/* workers.h - the runner of coprocesses: up to so many workers of one program, each with a
 * window of actions that it has been given and has not answered.
 *
 * One line in, one line out, in order. A worker is started when there is work for it; the
 * action goes to the one with the fewest. What becomes of unanswered actions when a
 * worker ends: when it ended by itself, each has ended like that; when it was ended for the
 * time of one, that one has ended like that, and the others are lost (struct run_end). One
 * that does not keep to the protocol is ended; the action it was at has failed.
 *
 * A worker that crashes is not started again before the backoff ladder says so, and takes
 * its slots away so long. In a replay it keeps them and is started again at once: then what
 * an action shares with others follows from the order of dispatch alone. */
#ifndef MESHQ_WORKERS_H
#define MESHQ_WORKERS_H

#include "core/policy.h"
#include "sys/child.h"
#include "sys/runner.h"

struct workers_program {
	const char *path; /* these are borrowed until the runner is freed */
	char *const *argv;
	char *const *environment;
	span mute; /* one that has been given work and has written nothing for so long is told
	            * of, once: most likely it keeps its replies back. 0: never */
};

/* Borrows loop, backoff and what is in `program`. Takes jobs and window from `run`; with no
 * jobs it waits for some. */
struct runner *workers_new(struct loop *l, uint32_t pool, const struct workers_program *program,
                           const struct run_policy *run, const struct backoff_policy *backoff);

#endif
