#include "core/batches.h"

#include "base/mem.h"

#include <stdlib.h>

struct batches_place {
	void *item;
	instant joined;
};

static struct batches_place *place(const struct batches *b, uint32_t i)
{
	return &b->places[(b->first + i) & (b->room - 1)];
}

void batches_free(struct batches *b)
{
	free(b->places);
	b->places = NULL;
	b->room = b->first = b->count = 0;
}

/* The room is a power of two, so that `place` is cheap. */
static void grow(struct batches *b)
{
	uint32_t room = b->room ? b->room * 2 : 16;
	struct batches_place *places = mem_new(room * sizeof *places);

	for (uint32_t i = 0; i < b->count; i++)
		places[i] = *place(b, i);
	free(b->places);
	b->places = places;
	b->room = room;
	b->first = 0;
}

void batches_join(struct batches *b, void *item, instant now)
{
	if (b->count == b->room)
		grow(b);
	*place(b, b->count++) = (struct batches_place){ item, now };
}

void *batches_at(const struct batches *b, uint32_t i)
{
	return place(b, i)->item;
}

uint32_t batches_slots(const struct batches *b)
{
	uint64_t slots = (uint64_t)b->processes * b->most;

	return slots < UINT32_MAX ? (uint32_t)slots : UINT32_MAX;
}

static bool process_free(const struct batches *b)
{
	return b->count && b->running < b->processes;
}

static instant waited(const struct batches *b)
{
	return instant_add(place(b, 0)->joined, b->wait);
}

uint32_t batches_due(const struct batches *b, instant now, bool complete)
{
	if (!process_free(b))
		return 0;
	if (b->count >= b->most)
		return b->most;
	return complete || !instant_after(waited(b), now) ? b->count : 0;
}

instant batches_deadline(const struct batches *b)
{
	return process_free(b) ? waited(b) : INSTANT_NEVER;
}

void batches_drop(struct batches *b, uint32_t n)
{
	b->first = b->room ? (b->first + n) & (b->room - 1) : 0;
	b->count -= n;
}

void batches_start(struct batches *b, uint32_t n)
{
	batches_drop(b, n);
	b->running++;
}

void batches_ended(struct batches *b)
{
	b->running--;
}
