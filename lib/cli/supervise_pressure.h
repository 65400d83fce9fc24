/* supervise_pressure.h - back-pressure as a part of a supervisor. */
#ifndef MESHQ_SUPERVISE_PRESSURE_H
#define MESHQ_SUPERVISE_PRESSURE_H

#include "cli/pressure.h"
#include "cli/supervise.h"

struct supervise_pressure {
	struct pressure_relay relay;
};

/* After the last daemon was added, and before supervise_open. True: some daemon asks for it, so the
 * input is to be read. */
bool supervise_pressure_attach(struct supervise_pressure *p, struct supervise *s);

/* After supervise_run. Returns the status. */
int supervise_pressure_finish(struct supervise_pressure *p);

#endif
