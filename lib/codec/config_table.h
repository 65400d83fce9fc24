/* config_table.h - settings that are small structs of their own: a mapping with a table of
 * settings behind it, in one place of a configuration or for each of some names. */
#ifndef MESHQ_CONFIG_TABLE_H
#define MESHQ_CONFIG_TABLE_H

#include "base/buf.h"
#include "codec/config_setting.h"
#include "codec/config_yaml.h"

/* Changes the settings that the mapping names in the struct at `at`. False: what is wrong is
 * appended to `why`, *culprit is the node at fault, and the struct may be half changed. */
bool config_table_read(const struct setting_table *t, void *at, const struct config_node *map,
                       const struct config_node **culprit, struct buf *why);

/* Frees what is at `at`; a copy of the struct at `from` takes its place. */
void config_table_copy(const struct setting_table *t, void *at, const void *from);
void config_table_free(const struct setting_table *t, void *at);

/* Appends "{ name: value, ... }". */
void config_table_print(const struct setting_table *t, const void *at, struct buf *out);

/* The same two for a setting of the type SETTING_TABLE; when it cannot be read, nothing has
 * changed. */
bool config_table_read_value(const struct setting *s, void *base, const struct config_node *node,
                             const struct config_node **culprit, struct buf *why);
void config_table_print_value(const struct setting *s, const void *base, struct buf *out);

#endif
