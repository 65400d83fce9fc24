/* hook.h - the user's command for back-pressure edges.
 *
 * It runs beside the work, one at a time, with "asserted" or "released" and the
 * level as its arguments and the meshq.backpressure record on stdin. An edge that
 * comes while it runs waits for its end, in place of the one that waited before, and
 * is dropped when it only brings back what the command has been told: so at most one
 * waits and the command always ends up knowing the latest state. */
#ifndef MESHQ_HOOK_H
#define MESHQ_HOOK_H

#include "cli/cli.h"
#include "sys/loop.h"

struct hook {
	const struct cli *cli;
	const char *command; /* a program, or else text for the shell; NULL: none */
	struct buf path;     /* of what is executed */
	bool shell;
	bool running;
	bool waiting;       /* an edge waits in `next` */
	struct effect told; /* to the last one that was started */
	struct effect next;
};

void hook_open(struct hook *h, const struct cli *cli, const char *command);
void hook_free(struct hook *h);

/* An EFFECT_EDGE. */
void hook_edge(struct hook *h, struct loop *l, const struct effect *f);

/* Its child has ended. */
void hook_ended(struct hook *h, struct loop *l, const struct handler *r);

#endif
