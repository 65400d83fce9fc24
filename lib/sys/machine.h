/* machine.h - what the kernel tells of the machine: load, memory, pressure. */
#ifndef MESHQ_MACHINE_H
#define MESHQ_MACHINE_H

#include "base/err.h"

#include <stdint.h>

/* Where it tells. */
struct machine {
	const char *proc;    /* "/proc" */
	const char *cgroups; /* "/sys/fs/cgroup": the root of cgroup v2 */
};

extern const struct machine machine_here;

/* The load average of the last minute. */
bool machine_load(const struct machine *m, double *load, struct err *e);

/* Memory that could be had without swapping, in bytes and as a part of all there is. Where
 * this process is in groups (cgroup v2) with limits, the tightest of all counts, for each
 * of the two by itself. */
bool machine_memory(const struct machine *m, uint64_t *free, double *share, struct err *e);

/* The percentage of the last ten seconds in which something waited for the resource: "cpu",
 * "memory" or "io". */
bool machine_pressure(const struct machine *m, const char *resource, double *percent,
                      struct err *e);

#endif
