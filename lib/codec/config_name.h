/* config_name.h - which name was meant. */
#ifndef MESHQ_CONFIG_NAME_H
#define MESHQ_CONFIG_NAME_H

#include "base/buf.h"

/* Names that a message lists; more than there is room for are left out. */
struct config_names {
	const char *names[40];
	uint32_t count;
	uint32_t left_out;
};

void config_name_add(struct config_names *known, const char *name);

/* Appends "; did you mean 'window'? Known are: name, kinds, ..." without the
 * question when no name is near. */
void config_name_suggest(struct buf *out, slice text, const struct config_names *known);

#endif
