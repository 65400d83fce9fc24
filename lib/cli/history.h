/* history.h - files of recorded work: chains and outcomes of meshq-exec. */
#ifndef MESHQ_HISTORY_H
#define MESHQ_HISTORY_H

#include "cli/cli.h"
#include "codec/recorded.h"
#include "sim/scenario.h"

/* Reads the files (none: the standard input) to their end; for `policy` see
 * recorded_new. *status becomes worse when they deserve it: bad lines are reported and
 * left out. NULL: e says why it did not begin. */
struct recorded *history_read(struct cli *c, char **files, const struct policy *policy, int *status,
                              struct err *e);

/* Reads the run times that handlers of a scenario take from files; bad lines are
 * reported, left out and remembered in c->status. False: a file cannot be read or has
 * none of that kind, e says so. */
bool history_durations(struct cli *c, struct scenario *scenario, struct err *e);

#endif
