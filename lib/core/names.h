/* names.h - numbers for names: 0, 1, 2 ... in the order of their first appearance.
 *
 * Names are compared by their fingerprints (see base/hash.h). A zeroed struct is empty
 * and valid. */
#ifndef MESHQ_NAMES_H
#define MESHQ_NAMES_H

#include "base/slice.h"
#include "core/table.h"

struct names {
	struct table numbers;
	slice *list; /* owned */
	uint32_t count, room;
};

/* The number of a name, which is added when it is new. */
uint32_t names_add(struct names *n, slice name);

/* False: it is not there. */
bool names_find(const struct names *n, slice name, uint32_t *number);

void names_free(struct names *n);

#endif
