/* presets.h - the files of share/presets, parsed when the programs were built. */
#ifndef MESHQ_PRESETS_H
#define MESHQ_PRESETS_H

#include "codec/config_yaml.h"

struct preset {
	const char *name;               /* NULL ends the list */
	const struct config_node *root; /* of its document */
};

extern const struct preset presets[];

#endif
