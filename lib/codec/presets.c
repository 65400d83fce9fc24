#include "codec/presets.h"

#include "codec/config_name.h"
#include "codec/config_text.h"

/* Written by scripts/presets.c. */
#include "codec/presets.inc"

const struct preset *preset_find(slice name, struct buf *why)
{
	struct config_names known = { 0 };

	for (const struct preset *p = presets; p->name; p++) {
		if (slice_is(name, p->name))
			return p;
		config_name_add(&known, p->name);
	}
	config_text_quote(why, name);
	buf_add_text(why, " is not a preset");
	config_name_suggest(why, name, &known);
	return NULL;
}
