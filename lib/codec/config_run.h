/* config_run.h - the settings of executor.run. */
#ifndef MESHQ_CONFIG_RUN_H
#define MESHQ_CONFIG_RUN_H

#include "codec/config_setting.h"

/* Of a struct run_policy; `usual` is one. */
extern const struct setting_table config_run_table;

/* What is set for `default`; made when there is none. Valid until the map changes. */
struct run_policy *config_run_default(struct executor_policy *p);

#endif
