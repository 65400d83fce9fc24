#include "core/table.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* An index slot is the upper half of the key's hash, as a tag that saves most
 * looks at the entries, over the number of the entry plus one. */
static uint64_t slot_of(struct key k, uint32_t entry)
{
	return (k.hi & 0xffffffff00000000U) | (entry + 1);
}

static uint32_t slot_entry(uint64_t slot)
{
	return (uint32_t)slot - 1;
}

static struct key *entry_key(const struct table *t, uint32_t entry)
{
	return table_at(t, entry);
}

static bool key_equal(struct key a, struct key b)
{
	return a.lo == b.lo && a.hi == b.hi;
}

static uint32_t home(const struct table *t, struct key k)
{
	return (uint32_t)k.lo & (t->slots - 1);
}

void table_init(struct table *t, size_t stride)
{
	*t = (struct table){ .stride = stride };
}

void table_free(struct table *t)
{
	free(t->entries);
	free(t->index);
	*t = (struct table){ .stride = t->stride };
}

/* The index slot of `k`, or the free slot where it would go. */
static uint32_t find_slot(const struct table *t, struct key k)
{
	uint32_t i = home(t, k);

	for (; t->index[i]; i = (i + 1) & (t->slots - 1))
		if ((t->index[i] ^ k.hi) >> 32 == 0 &&
		    key_equal(*entry_key(t, slot_entry(t->index[i])), k))
			break;
	return i;
}

void *table_find(const struct table *t, struct key k)
{
	if (t->count == 0)
		return NULL;
	uint64_t slot = t->index[find_slot(t, k)];
	return slot ? table_at(t, slot_entry(slot)) : NULL;
}

static void index_rebuild(struct table *t)
{
	free(t->index);
	t->index = mem_zeroed(t->slots, sizeof *t->index);
	for (uint32_t i = 0; i < t->count; i++) {
		struct key k = *entry_key(t, i);
		t->index[find_slot(t, k)] = slot_of(k, i);
	}
}

/* Entries grow by half, so that little of the array lies idle; the index
 * doubles and stays at most three quarters full. */
static void grow(struct table *t)
{
	uint32_t room = t->room < 8 ? 8 : t->room + t->room / 2;

	if (room < t->room)
		mem_exhausted();
	t->entries = mem_resize(t->entries, room, t->stride);
	t->room = room;
	if (room / 3 >= t->slots / 4) {
		uint32_t slots = t->slots ? t->slots : 8;
		while (slots / 4 <= room / 3)
			slots *= 2;
		t->slots = slots;
		index_rebuild(t);
	}
}

static void *put_new(struct table *t, struct key k)
{
	uint32_t entry = t->count++;

	memset(table_at(t, entry), 0, t->stride);
	*entry_key(t, entry) = k;
	t->index[find_slot(t, k)] = slot_of(k, entry);
	return table_at(t, entry);
}

void *table_put(struct table *t, struct key k)
{
	void *entry = table_find(t, k);

	if (entry)
		return entry;
	if (t->count == t->room)
		grow(t);
	return put_new(t, k);
}

void *table_put_sweeping(struct table *t, struct key k,
                         bool (*stale)(void *entry, const void *context), const void *context)
{
	void *entry = table_find(t, k);

	if (entry)
		return entry;
	if (t->count == t->room) {
		for (uint32_t i = t->count; i-- > 0;)
			if (stale(table_at(t, i), context))
				table_remove(t, table_at(t, i));
		if (t->count >= t->room - t->room / 3)
			grow(t);
	}
	return put_new(t, k);
}

/* Closes the gap at slot `i`: later slots of the same run move up, so that no
 * search stops short (Knuth, TAOCP 6.4, Algorithm R). */
static void index_remove(struct table *t, uint32_t i)
{
	uint32_t mask = t->slots - 1;
	uint32_t gap = i;

	for (i = (i + 1) & mask; t->index[i]; i = (i + 1) & mask) {
		uint32_t h = home(t, *entry_key(t, slot_entry(t->index[i])));
		if (((i - h) & mask) >= ((i - gap) & mask)) {
			t->index[gap] = t->index[i];
			gap = i;
		}
	}
	t->index[gap] = 0;
}

void table_remove(struct table *t, void *entry)
{
	struct key k = *(struct key *)entry;
	uint32_t hole = (uint32_t)((size_t)((char *)entry - t->entries) / t->stride);
	uint32_t last = t->count - 1;

	index_remove(t, find_slot(t, k));
	if (hole != last) {
		struct key moved = *entry_key(t, last);
		t->index[find_slot(t, moved)] = slot_of(moved, hole);
		memcpy(entry, table_at(t, last), t->stride);
	}
	t->count--;
}
