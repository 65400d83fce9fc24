/* near.h - which name was meant: the one that is spelt almost like it.
 *
 *	struct near n = { .text = text };
 *	for each name: near_try(&n, name);
 *	n.best is the nearest, or NULL when none is near */
#ifndef MESHQ_NEAR_H
#define MESHQ_NEAR_H

#include "base/slice.h"

struct near {
	slice text;
	const char *best; /* borrowed; the first of those that are equally near */
	unsigned least;
};

/* Near means: a third of the letters at most is wrong. Names of more than 32
 * letters are never near. */
void near_try(struct near *n, const char *name);

#endif
