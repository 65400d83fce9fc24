/* done.h - which of millions of things are done: pairs of fingerprints, of who somebody is
 * and of what he is, in 16 bytes a pair and room to grow.
 *
 * The lower halves of both fingerprints are kept. That two pairs are taken for one needs
 * both halves to be equal by chance: 127 bits. */
#ifndef MESHQ_DONE_H
#define MESHQ_DONE_H

#include "base/hash.h"

#include <stdbool.h>

struct done {
	uint64_t count; /* pairs that are known, done or not any more */
	uint64_t slots;
	struct done_pair *pairs; /* by who, as nearly in order as collisions allow */
};

enum done_answer {
	DONE_NOT,
	DONE_YES,
	DONE_OTHER, /* something that bears the same name is done, and it is not this */
};

/* A zeroed struct knows nothing. */
void done_free(struct done *d);

/* From now on it is done, or not any more: the last word counts. */
void done_set(struct done *d, struct key who, struct key what, bool is);

enum done_answer done_ask(const struct done *d, struct key who, struct key what);

#endif
