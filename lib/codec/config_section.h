/* config_section.h - the names at the top of a file.
 *
 * A scenario is a configuration with sections for the simulator beside the settings.
 * Each of its two readers passes over what is for the other, and both know all names. */
#ifndef MESHQ_CONFIG_SECTION_H
#define MESHQ_CONFIG_SECTION_H

#include "codec/config_name.h"

enum { CONFIG_SCENARIO_SECTIONS = 8 };

/* What only a scenario has. */
extern const char *const config_section_scenario[CONFIG_SCENARIO_SECTIONS];

bool config_section_is_scenario(slice name);

/* Adds the names of the settings in the section `path` ("" for the top). */
void config_section_names(const char *path, struct config_names *known);
void config_section_scenario_names(struct config_names *known);

#endif
