/* markup.h - text from anywhere as text of HTML, XML and SVG. */
#ifndef MESHQ_MARKUP_H
#define MESHQ_MARKUP_H

#include "base/buf.h"

/* Appends the text with & < > and quotes as entities, so that it is text between tags and
 * within a quoted attribute. What is not UTF-8, and characters that XML cannot have,
 * become U+FFFD. */
void markup_escape(slice text, struct buf *out);

/* The same without the entities, for what writes markup itself. */
void markup_clean(slice text, struct buf *out);

#endif
