/* config_daemon.h - the settings of `daemons`. */
#ifndef MESHQ_CONFIG_DAEMON_H
#define MESHQ_CONFIG_DAEMON_H

#include "base/buf.h"
#include "codec/config_setting.h"

/* Of a struct daemon_policy; `usual` is one, without a command. */
extern const struct setting_table config_daemon_table;

/* NULL when a daemon may be called that, else what is wrong: the end of "'a b' ...". */
const char *config_daemon_name_fault(slice name);

/* What no single setting of it can be blamed for. False: what is wrong is appended to `why`. */
bool config_daemon_check(const struct daemon_policy *p, struct buf *why);

#endif
