/* presets.h - the files of share/presets, parsed when the programs were built. */
#ifndef MESHQ_PRESETS_H
#define MESHQ_PRESETS_H

#include "base/buf.h"
#include "codec/config_yaml.h"

struct preset {
	const char *name;               /* NULL ends the list */
	const struct config_node *root; /* of its document */
};

extern const struct preset presets[];

/* NULL: there is none of that name, and why is appended: "'rubost' is not a preset;
 * did you mean ...". */
const struct preset *preset_find(slice name, struct buf *why);

#endif
