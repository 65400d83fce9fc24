/* dur.h - durations and sizes as people write them.
 *
 * Durations: "250ms", "1.5s", "2m", "1h30m", "1d"; units ns us ms s m h d; a
 * bare number is seconds. Sizes: "64", "64K" (1024), "1KB" (1000), "1M", "1MB",
 * "1G", "1GB". Both are exact; what does not fit 63 bits is refused. */
#ifndef MESHQ_DUR_H
#define MESHQ_DUR_H

#include "base/slice.h"
#include "base/tick.h"

struct buf;

/* False when `text` is not a duration (empty, negative, unknown unit, too long). */
bool dur_parse(slice text, span *out);

/* Appends the shortest form that dur_parse reads back to the same span:
 * "250ms", "60s", "1500ms"; one unit, never a fraction. */
void dur_format(struct buf *b, span d);

bool dur_parse_size(slice text, uint64_t *out);

#endif
