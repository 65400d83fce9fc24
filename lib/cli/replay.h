/* replay.h - recorded work, to be done again under another policy. */
#ifndef MESHQ_REPLAY_H
#define MESHQ_REPLAY_H

#include "cli/simulate.h"

struct replay {
	struct policy configured; /* without --set */
	bool loaded;
	struct recorded *work;
	struct measure told; /* what the recording itself says */
	int status;          /* that the files deserve */
};

/* Reads the files (none: the standard input). False: there is nothing to replay, e says
 * why. replay_free either way. */
bool replay_open(struct replay *r, struct cli *c, char **files, struct err *e);
void replay_free(struct replay *r);

/* Makes it the work of a run: the jobs are as many as were busy, unless the policy says. */
void replay_prepare(const struct replay *r, struct simulate *run);

/* Appends the figures of the recording, of a run as configured, and of one that is over,
 * side by side: a table, or records. `base` is what all runs have in common. */
bool replay_diff(struct replay *r, const struct simulate *base, struct simulate *run, bool records,
                 struct buf *out, struct err *e);

#endif
