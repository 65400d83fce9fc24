/* config_command.h - settings that are commands.
 *
 * A list is a program and its arguments. A text is one word, the program, or else a line for
 * the shell: [/bin/sh, -c, text] then, which is how it is printed, too. */
#ifndef MESHQ_CONFIG_COMMAND_H
#define MESHQ_CONFIG_COMMAND_H

#include "base/buf.h"
#include "codec/config_setting.h"
#include "codec/config_yaml.h"

bool config_command_read(const struct setting *s, void *base, const struct config_node *node,
                         const struct config_node **culprit, struct buf *why);

#endif
