/* plot_column.h - a series over as many columns of equal width as a picture has. */
#ifndef MESHQ_PLOT_COLUMN_H
#define MESHQ_PLOT_COLUMN_H

#include "sim/series.h"

/* From `from` to `to`, in seconds from the start of the run. */
struct plot_column {
	double from, to;
	double depth, running; /* means */
	double peak_depth, peak_running;
	double asserted;                 /* the part of the time, 0 .. 1 */
	double arrived, started, failed; /* a second */
};

/* As many columns as there are bins, or half as many, or a third ..., at most `most`. The
 * last one ends where the run ends. Returns how many, at least 1. */
uint32_t plot_columns(const struct series *s, instant end, uint32_t most,
                      struct plot_column *columns);

/* Just `count` columns, as wide as each other; a bin may be divided between two. */
void plot_columns_even(const struct series *s, instant end, uint32_t count,
                       struct plot_column *columns);

#endif
