/* html.h - what a run has come to, as one page for a browser.
 *
 * It stands by itself: no script, no font, nothing from a network. It has a light and a
 * dark side, fits a phone, and can be printed. It is well-formed XML, too. */
#ifndef MESHQ_HTML_H
#define MESHQ_HTML_H

#include "base/buf.h"
#include "sim/expect.h"

struct html_page {
	const char *tool; /* "meshq-sim 0.1.0" */
	const char *name; /* of the scenario */
	uint64_t seed;
	struct measure *measure;
	const struct expect_result *results;
	uint32_t result_count;
	slice wide, narrow; /* the same pictures as SVG elements, for screens and for phones */
	const char *excuse; /* why there are none; NULL: there are */
	slice scenario;     /* as it was read; empty: there is none */
	slice config;       /* as --print-config says it */
};

void html_page(const struct html_page *p, struct buf *out);

/* The tables of the figures, for html.c: html_figures.c. */
void html_figures(struct measure *m, struct buf *out);
void html_kinds(struct measure *m, struct buf *out);

#endif
