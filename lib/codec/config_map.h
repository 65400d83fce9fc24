/* config_map.h - settings that say something for each of some names.
 *
 * The names are the user's, what each is given is a setting of its own,
 * s->entry, which lives in a struct policy_entry. */
#ifndef MESHQ_CONFIG_MAP_H
#define MESHQ_CONFIG_MAP_H

#include "base/buf.h"
#include "codec/config_setting.h"
#include "codec/config_yaml.h"

enum { CONFIG_MAP_MOST = 1000 }; /* names in one mapping */

/* Gives `name` the value of the node, in place of the one that it had; names
 * that are not mentioned keep theirs. False: nothing has changed, and what is
 * wrong is appended to `why`; *culprit is the node at fault. */
bool config_map_read(const struct setting *s, void *base, slice name,
                     const struct config_node *value, const struct config_node **culprit,
                     struct buf *why);

/* Appends "{ name: value, ... }", or one "name: value" of it. */
void config_map_print(const struct setting *s, const void *base, struct buf *out);
void config_map_print_entry(const struct setting *s, const struct policy_entry *entry,
                            struct buf *out);
void config_map_free(const struct setting *s, void *base);

#endif
