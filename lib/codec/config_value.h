/* config_value.h - the value of one setting: from YAML, to YAML, copied, freed.
 *
 * `base` is the struct policy or struct rule_policy that the setting lives in. */
#ifndef MESHQ_CONFIG_VALUE_H
#define MESHQ_CONFIG_VALUE_H

#include "base/buf.h"
#include "codec/config_setting.h"
#include "codec/config_yaml.h"

enum { CONFIG_MAX_ITEMS = 1000 }; /* in one list */

/* What is wrong with a value. */
struct config_fault {
	const struct config_node *node;
	struct buf text; /* "'fast' is not a duration" */
};

/* Reads the node into the struct, freeing what was there. False: the struct is
 * as it was and the fault says why; the caller frees its text. */
bool config_value_read(const struct setting *s, void *base, const struct config_node *node,
                       struct config_fault *fault);

/* Appends the value as YAML that fits on the line. */
void config_value_print(const struct setting *s, const void *base, struct buf *out);

void config_value_free(const struct setting *s, void *base);

/* Frees what is at `base` and gives it a copy of the value in `from`. */
void config_value_copy(const struct setting *s, void *base, const void *from);

/* Appends 'text' in quotes for a message: control characters as \xNN, and the
 * end cut off when it is long. */
void config_value_quote(struct buf *out, slice text);

#endif
