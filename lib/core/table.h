/* table.h - a map from struct key to entries of one fixed size.
 *
 * Entries lie side by side in one array, so walking them is a loop and the map
 * costs the entry plus 9 to 18 bytes a key. Every entry begins with its struct
 * key. Pointers to entries hold until the next put or remove.
 *
 * Entries that go stale by themselves (a window that is over) are put with
 * table_put_sweeping: it removes them only when the array is full, and then
 * leaves a third of it free, so a sweep is paid for by the puts since the last
 * one: O(1) amortised, no scan per action (D-10). */
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

/* As table_put; but when a new key finds the array full, the entries for which
 * `stale` answers true are removed first. `stale` frees what its entry owns. */
void *table_put_sweeping(struct table *t, struct key k,
                         bool (*stale)(void *entry, const void *context), const void *context);

/* `entry` is one of the table's; the last entry takes its place. */
void table_remove(struct table *t, void *entry);

static inline void *table_at(const struct table *t, uint32_t i)
{
	return t->entries + (size_t)i * t->stride;
}

#endif
