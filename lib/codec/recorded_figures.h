/* recorded_figures.h - the run that was recorded, measured as a simulated one is, so
 * that its figures can be put beside those of a replay. */
#ifndef MESHQ_RECORDED_FIGURES_H
#define MESHQ_RECORDED_FIGURES_H

#include "codec/recorded.h"
#include "sim/measure.h"

/* Initialises the measure and fills it; the caller frees it. How many jobs there might
 * have been is not known, so what depends on that is 0. Actions are compared by kind.
 * max_depth counts what came and went at one instant as well; the order of that is
 * not always told, so it may be off by some of those. */
void recorded_figures(const struct recorded *s, struct measure *m);

#endif
