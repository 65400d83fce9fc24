/* supervise_control.h - a supervisor that others look at and operate, by a folder (control_dir.h).
 *
 * restart is an operator's override: the hold and the history of the daemon are forgotten. Records
 * go to the other parts, as those of standard input do. */
#ifndef MESHQ_SUPERVISE_CONTROL_H
#define MESHQ_SUPERVISE_CONTROL_H

#include "cli/control_dir.h"
#include "cli/supervise.h"

struct supervise_control {
	struct supervise *supervise;
	struct control_dir dir;
	struct control_dir_calls calls;
	uint64_t *commands; /* taken so far, for each daemon */
	uint32_t bad;       /* records in a row that were none */
	struct buf text;
};

/* After all daemons were added and before supervise_run: nothing runs when another supervisor has
 * the folder. Becomes a part of the supervisor, and stays where it is. */
bool supervise_control_open(struct supervise_control *c, struct supervise *s, const char *path,
                            struct err *e);

/* Nothing when it is not open. */
void supervise_control_close(struct supervise_control *c);

#endif
