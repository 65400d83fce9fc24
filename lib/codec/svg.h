/* svg.h - the SVG that gnuplot writes, made fit to be shown.
 *
 * Dropped are its symbols, of which our pictures have none, and titles, which a browser
 * shows as "gnuplot_plot_1a" wherever the mouse is. */
#ifndef MESHQ_SVG_H
#define MESHQ_SVG_H

#include "base/buf.h"

/* As a file of its own. `title` is for people who do not see it. False: it is not SVG. */
bool svg_file(slice svg, const char *title, struct buf *out);

/* As an element of an HTML page: without ids, which would be there twice, and with the
 * colours of plot_paints as variables, so that the page decides: var(--ink). */
bool svg_element(slice svg, const char *title, struct buf *out);

#endif
