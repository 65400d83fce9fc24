/* make.h - a tool that was started by GNU make, and shares its jobs. */
#ifndef MESHQ_MAKE_H
#define MESHQ_MAKE_H

#include "cli/cli.h"
#include "sys/jobserver.h"

/* Joins the jobserver that MAKEFLAGS offers, if it can be used; why not, is told with -v.
 * *jobs, when it is 0, is then as many as make was told to run. */
bool make_join(const struct cli *c, struct jobserver *j, uint32_t *jobs);

/* Takes out of our environment what no child of ours could use: the words about a
 * jobserver that is a pipe, for children get no descriptors. A fifo they can open. */
void make_tidy_environment(void);

#endif
