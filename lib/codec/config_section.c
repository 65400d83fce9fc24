#include "codec/config_section.h"

#include "codec/config_setting.h"

const char *const config_section_scenario[CONFIG_SCENARIO_SECTIONS] = {
	"preset", "seed", "until", "by", "arrivals", "handlers", "events", "expect",
};

bool config_section_is_scenario(slice name)
{
	for (int i = 0; i < CONFIG_SCENARIO_SECTIONS; i++)
		if (slice_is(name, config_section_scenario[i]))
			return true;
	return false;
}

void config_section_names(const char *path, struct config_names *known)
{
	const char *name;

	for (int i = 0; i < CONFIG_SETTINGS; i++)
		if (config_setting_in(&config_settings[i], path, &name))
			config_name_add(known, name);
}

void config_section_scenario_names(struct config_names *known)
{
	for (int i = 0; i < CONFIG_SCENARIO_SECTIONS; i++)
		config_name_add(known, config_section_scenario[i]);
}
