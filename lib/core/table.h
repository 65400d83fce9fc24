/* table.h - a map from struct key to entries of one fixed size.
 *
 * Entries lie side by side in one array, so walking them is a loop and the map
 * costs the entry plus 9 to 18 bytes a key. Every entry begins with its struct
 * key. Pointers to entries hold until the next put or remove.
 *
 * Nothing expires by itself. An owner whose entries go stale calls table_full
 * before a put and, when it says yes, walks the entries and removes the stale
 * ones: each sweep is paid for by the puts since the last one, so expiry costs
 * O(1) amortised and the map never exceeds twice what is live (D-10). */
#ifndef MESHQ_TABLE_H
#define MESHQ_TABLE_H

#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table {
	size_t stride;  /* bytes an entry, struct key included */
	uint32_t count; /* entries in use: table_at(t, 0 .. count - 1) */
	uint32_t room;  /* entries the array holds before it grows */
	uint32_t slots; /* a power of two, or 0 */
	char *entries;
	uint64_t *index; /* tag and entry number + 1; 0 is free */
};

/* A zeroed struct with `stride` set is an empty table. */
void table_init(struct table *t, size_t stride);
void table_free(struct table *t);

void *table_find(const struct table *t, struct key k);

/* The entry of `k`, made with zero bytes behind the key when it was not there. */
void *table_put(struct table *t, struct key k);

/* `entry` is one of the table's; the last entry takes its place. */
void table_remove(struct table *t, void *entry);

static inline void *table_at(const struct table *t, uint32_t i)
{
	return t->entries + (size_t)i * t->stride;
}

/* The next new key would make the array grow: a good time to sweep. */
static inline bool table_full(const struct table *t)
{
	return t->count == t->room;
}

#endif
