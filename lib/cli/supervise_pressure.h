/* supervise_pressure.h - back-pressure as a part of a supervisor. */
#ifndef MESHQ_SUPERVISE_PRESSURE_H
#define MESHQ_SUPERVISE_PRESSURE_H

#include "cli/pressure.h"
#include "cli/supervise.h"

/* Makes *p a part of the supervisor, after the last daemon was added and before supervise_open. The
 * caller begins with pressure_work before supervise_run, and ends with pressure_finish after it.
 * True: some daemon asks for it. */
bool supervise_pressure_attach(struct pressure_relay *p, struct supervise *s);

#endif
