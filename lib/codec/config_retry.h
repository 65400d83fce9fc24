/* config_retry.h - settings that say when an action is retried: a list of waits, or a
 * ladder of them (struct retry_policy). */
#ifndef MESHQ_CONFIG_RETRY_H
#define MESHQ_CONFIG_RETRY_H

#include "base/buf.h"
#include "codec/config_setting.h"
#include "codec/config_yaml.h"

/* A ladder changes the one that is there, else the usual one. False: nothing has
 * changed, and what is wrong is appended to `why`; *culprit is the node at fault. */
bool config_retry_read(const struct setting *s, void *base, const struct config_node *node,
                       const struct config_node **culprit, struct buf *why);

void config_retry_print(const struct setting *s, const void *base, struct buf *out);

#endif
