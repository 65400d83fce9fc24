#include "codec/config_draft.h"

#include "codec/config_value.h"

#include <stdlib.h>

void config_draft_free(struct config_draft *d)
{
	for (uint32_t i = 0; i < d->rule_count; i++)
		for (int k = 0; k < CONFIG_RULE_SETTINGS; k++)
			config_value_free(&config_rule_settings[k], &d->rules[i].policy);
	free(d->rules);
	for (int i = 0; i < CONFIG_SETTINGS; i++) {
		config_value_free(&config_settings[i], &d->policy);
		free(d->entries[i]);
	}
	*d = (struct config_draft){ 0 };
}
