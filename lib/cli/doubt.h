/* doubt.h - notes about a run that may not have been the one that was meant. */
#ifndef MESHQ_DOUBT_H
#define MESHQ_DOUBT_H

#include "cli/simulate.h"

/* A handler of a kind that never came, as one that is misspelt: the kind that was meant has
 * succeeded at once. And one that hangs and that nothing ends. `name` is that of the
 * scenario. */
void doubt_handlers(const struct simulate *run, const char *name);

#endif
