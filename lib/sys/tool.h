/* tool.h - another program that does a part of our work: input in, output out. */
#ifndef MESHQ_TOOL_H
#define MESHQ_TOOL_H

#include "base/buf.h"
#include "base/err.h"

/* Finds a program in PATH. False: e says that it is not there (127) or cannot be
 * executed (126). */
bool tool_find(const char *name, struct buf *path, struct err *e);

/* Runs it to its end with `input` on its stdin, and appends what it writes to stdout. False
 * when it does not end with status 0 (71), with the last line of what it complained. */
bool tool_run(const char *path, char *const argv[], slice input, struct buf *output, struct err *e);

#endif
