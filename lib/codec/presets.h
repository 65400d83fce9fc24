/* presets.h - the policies that are part of the programs: share/presets. */
#ifndef MESHQ_PRESETS_H
#define MESHQ_PRESETS_H

#include "base/slice.h"

struct preset {
	const char *name; /* NULL ends the list */
	const char *start;
	const char *end;
};

extern const struct preset presets[];

#endif
