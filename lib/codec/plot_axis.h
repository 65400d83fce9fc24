/* plot_axis.h - where an axis has its marks, and what they say. */
#ifndef MESHQ_PLOT_AXIS_H
#define MESHQ_PLOT_AXIS_H

#include "base/buf.h"

/* Appends "'0' 0, '10' 10, ..." as gnuplot takes it, at most `most` marks above 0, and
 * returns the last of them. `whole`: of things that are not divided. */
double plot_axis_levels(double peak, bool whole, uint32_t most, struct buf *out);

/* The same for a time in seconds, whose marks say milliseconds, seconds, minutes, hours or
 * days; they say nothing unless they are `told`. */
void plot_axis_time(double seconds, uint32_t most, bool told, struct buf *out);

/* A rate is told in the unit in which its peak is at least 1. */
struct plot_unit {
	const char *name; /* "second" */
	double seconds;
};
struct plot_unit plot_axis_rate(double peak_per_s);

#endif
