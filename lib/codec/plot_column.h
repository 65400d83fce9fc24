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
	double arrived, started, failed; /* a second, over the full width of a column */
};

/* Spreads the bins over `count` columns, at least 1, that end where the run ends. As many
 * as there are bins are the bins, of which the last one may be shorter. */
void plot_columns(const struct series *s, instant end, uint32_t count, struct plot_column *columns);

#endif
