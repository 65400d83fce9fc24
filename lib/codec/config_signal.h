/* config_signal.h - settings that are signals, by name. */
#ifndef MESHQ_CONFIG_SIGNAL_H
#define MESHQ_CONFIG_SIGNAL_H

#include "base/buf.h"
#include "codec/config_setting.h"
#include "codec/config_yaml.h"

/* The number of the signal that is called TERM; 0: there is none of the name. */
int config_signal_find(slice name);

/* The same of a setting, where SIGTERM will do, too. */
bool config_signal_read(const struct setting *s, void *base, slice text, struct buf *why);
void config_signal_print(const struct setting *s, const void *base, struct buf *out);

/* Two of them in a list, or [], which is 0 and 0. */
bool config_signal_read_pair(const struct setting *s, void *base, const struct config_node *node,
                             const struct config_node **culprit, struct buf *why);
void config_signal_print_pair(const struct setting *s, const void *base, struct buf *out);

#endif
