/* picture.h - pictures of a run, drawn by gnuplot. */
#ifndef MESHQ_PICTURE_H
#define MESHQ_PICTURE_H

#include "base/err.h"
#include "codec/plot.h"

/* Finds gnuplot. False: e says what to install, with status 127. */
bool picture_find(struct buf *gnuplot, struct err *e);

/* Appends the picture: a file's contents, or an element for a page when it is `bare`. */
bool picture_draw(const char *gnuplot, const struct plot *p, struct buf *out, struct err *e);

/* Draws it into a file, which is whole or as it was before. */
bool picture_write(const char *gnuplot, const struct plot *p, const char *path, struct err *e);

#endif
