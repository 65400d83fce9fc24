/* codec/scenario.h - a scenario from YAML. See meshq-scenario(5).
 *
 * The file is a configuration as well: settings are for config_load, which takes the same
 * text (struct config_sources), and are passed over here. */
#ifndef MESHQ_CODEC_SCENARIO_H
#define MESHQ_CODEC_SCENARIO_H

#include "base/err.h"
#include "base/slice.h"
#include "sim/scenario.h"

enum { SCENARIO_LONGEST = 256 << 10 }; /* bytes, as a configuration */

/* Reads and checks everything but the settings. `name` is the file's, for messages; files
 * that the scenario names come back as paths that are relative to its folder, or absolute.
 * On true scenario_free releases *out; on false *out is untouched and e names line,
 * column, path, and what is known or expected, with STATUS_CONFIG. */
bool scenario_read(struct scenario *out, const char *name, slice text, struct err *e);

#endif
