/* config_number.h - settings that are numbers: durations, counts, sizes, floats. */
#ifndef MESHQ_CONFIG_NUMBER_H
#define MESHQ_CONFIG_NUMBER_H

#include "base/buf.h"
#include "codec/config_setting.h"

/* Reads the text into the struct at `base`. False: nothing has changed there,
 * and what is wrong is appended to `why`. */
bool config_number_read_whole(const struct setting *s, void *base, slice text, struct buf *why);
bool config_number_read_float(const struct setting *s, void *base, slice text, struct buf *why);

void config_number_print_whole(const struct setting *s, const void *base, struct buf *out);
void config_number_print_float(const struct setting *s, const void *base, struct buf *out);

/* It has digits and, at most, signs, points and exponents besides. */
bool config_number_is_decimal(slice text);

#endif
