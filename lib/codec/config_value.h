/* config_value.h - the value of one setting: from YAML, to YAML, copied, freed.
 *
 * `base` is the struct policy or struct rule_policy that the setting lives in. */
#ifndef MESHQ_CONFIG_VALUE_H
#define MESHQ_CONFIG_VALUE_H

#include "base/buf.h"
#include "codec/config_setting.h"
#include "codec/config_yaml.h"

/* Not for a MAP, which is read name by name (config_map.h).
 *
 * Reads the node into the struct, freeing what was there. False: the struct is
 * as it was, *culprit is the node at fault (an item of a list, or the node
 * itself), and what is wrong is in `why`: "'fast' is not a duration". */
bool config_value_read(const struct setting *s, void *base, const struct config_node *node,
                       const struct config_node **culprit, struct buf *why);

/* Appends the value as YAML that fits on the line. */
void config_value_print(const struct setting *s, const void *base, struct buf *out);

void config_value_free(const struct setting *s, void *base);

/* Not for a MAP. Frees what is at `base` and gives it a copy of the value in `from`. */
void config_value_copy(const struct setting *s, void *base, const void *from);

/* "a duration", "a whole number", ... */
const char *config_value_noun(const struct setting *s);

#endif
