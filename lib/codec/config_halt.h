/* config_halt.h - when a run is halted: "soon,fail=3", "now,fail=10%", "never". */
#ifndef MESHQ_CONFIG_HALT_H
#define MESHQ_CONFIG_HALT_H

#include "base/buf.h"
#include "codec/config_setting.h"

/* What a text that is none should have looked like. */
#define CONFIG_HALT_FORM "soon or now with a number of failures (like soon,fail=3 or now,fail=10%)"

/* False: *p is as it was. */
bool config_halt_parse(slice text, struct halt_policy *p);

/* As other types of settings have them (config_value.c). */
bool config_halt_read(const struct setting *s, void *base, slice text, struct buf *why);
void config_halt_print(const struct setting *s, const void *base, struct buf *out);

#endif
