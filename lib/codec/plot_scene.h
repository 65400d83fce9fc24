/* plot_scene.h - what plot.c has found out for those that write the script. */
#ifndef MESHQ_PLOT_SCENE_H
#define MESHQ_PLOT_SCENE_H

#include "codec/plot.h"
#include "codec/plot_axis.h"
#include "codec/plot_column.h"

enum {
	PLOT_LEVELS = SERIES_BINS,
	PLOT_LEVELS_NARROW = 240,
	PLOT_RATES = 120,
	PLOT_RATES_NARROW = 60,
	PLOT_LETTERS = 68, /* columns of a picture made of letters */
};

struct plot_scene {
	const struct plot *plot;
	struct plot_column levels[PLOT_LEVELS];
	struct plot_column rates[PLOT_RATES];
	uint32_t level_count, rate_count;
	double length;           /* of the run, in seconds; above 0 */
	struct plot_column peak; /* the largest of each */
	struct plot_unit rate_unit, failed_unit;
	bool asserted;  /* at any time */
	bool watermark; /* the depth came near enough to show it */
};

/* For SVG and PNG: plot_panel.c. */
void plot_panels(const struct plot_scene *s, struct buf *out);

/* For letters: plot_text.c. */
void plot_text(const struct plot_scene *s, struct buf *out);

/* Appends 'TEXT' as gnuplot takes it: quotes doubled, valid UTF-8, on one line. */
void plot_quote(const char *text, struct buf *out);

#endif
