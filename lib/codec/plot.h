/* plot.h - a run as a picture: the script that makes gnuplot draw it.
 *
 * Panels one above the other share the time: depth with its watermarks, handlers that
 * run, rates, and failures if there are any. Where back-pressure is asserted, they are
 * shaded. The same series gives the same bytes. */
#ifndef MESHQ_PLOT_H
#define MESHQ_PLOT_H

#include "base/buf.h"
#include "core/policy.h"
#include "sim/series.h"

enum plot_format {
	PLOT_SVG,
	PLOT_PNG,
	PLOT_TXT, /* 80 columns of plain text */
};

struct plot {
	const struct series *series;
	instant end;
	const struct backpressure_policy *watermark;
	const char *title; /* any text; NULL: none */
	enum plot_format format;
	bool narrow; /* SVG: for the width of a phone */
	bool bare;   /* SVG: without a background, for a page that has one */
};

/* The format by the extension of a file name; false: there is none for it. */
bool plot_format_of(const char *path, enum plot_format *format);

/* Appends the script. gnuplot is to write to its standard output. */
void plot_script(const struct plot *p, struct buf *out);

/* Appends what gnuplot has drawn with letters, without blanks at the ends of lines without
 * more than one empty line between them; `out` is empty before. */
void plot_trim(slice drawn, struct buf *out);

/* What a picture is coloured with: `light` stands in the script, as 0xRRGGBB; a page
 * with a dark side exchanges it for `dark`. Fit for people who see colours otherwise
 * (after Okabe and Ito), and nothing is told by colour alone. */
enum plot_color {
	PLOT_INK,
	PLOT_FAINT, /* marks and their text */
	PLOT_GRID,
	PLOT_PAPER,
	PLOT_WAITING,
	PLOT_RUNNING,
	PLOT_PEAK,
	PLOT_ASSERTED,
	PLOT_FAILED,
};

enum { PLOT_COLORS = PLOT_FAILED + 1 };

struct plot_paint {
	const char *name;
	uint32_t light, dark;
};

extern const struct plot_paint plot_paints[PLOT_COLORS];

#endif
