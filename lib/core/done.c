#include "core/done.h"

#include "base/mem.h"

#include <stdlib.h>

/* `what` has its lowest bit taken by whether it is done. A pair of zeros is a free slot. */
struct done_pair {
	uint64_t who;
	uint64_t what;
};

__extension__ typedef unsigned __int128 wide;

enum { DONE = 1, FIRST_SLOTS = 1024 };

void done_free(struct done *d)
{
	free(d->pairs);
	*d = (struct done){ 0 };
}

static struct done_pair pair_of(struct key who, struct key what)
{
	return (struct done_pair){ who.lo ? who.lo : 1, what.lo & ~(uint64_t)DONE };
}

/* The slots follow the order of `who`, so a growing table is copied from front to back. */
static uint64_t home(const struct done *d, uint64_t who)
{
	return (uint64_t)((wide)who * d->slots >> 64);
}

static uint64_t behind(const struct done *d, uint64_t slot)
{
	return slot + 1 < d->slots ? slot + 1 : 0;
}

/* The slot of the pair, or a free one where it would go. */
static uint64_t find(const struct done *d, struct done_pair p)
{
	uint64_t i = home(d, p.who);

	while (d->pairs[i].who &&
	       (d->pairs[i].who != p.who || (d->pairs[i].what & ~(uint64_t)DONE) != p.what))
		i = behind(d, i);
	return i;
}

static void grow(struct done *d)
{
	struct done old = *d;

	d->slots = old.slots ? old.slots + old.slots / 2 : FIRST_SLOTS;
	d->pairs = mem_zeroed(d->slots, sizeof *d->pairs);
	for (uint64_t i = 0; i < old.slots; i++) {
		struct done_pair p = old.pairs[i];

		if (!p.who)
			continue;
		uint64_t to = home(d, p.who);
		while (d->pairs[to].who)
			to = behind(d, to);
		d->pairs[to] = p;
	}
	free(old.pairs);
}

void done_set(struct done *d, struct key who, struct key what, bool is)
{
	struct done_pair p = pair_of(who, what);

	if (d->count >= d->slots - d->slots / 8)
		grow(d);
	struct done_pair *slot = &d->pairs[find(d, p)];
	if (!slot->who && !is)
		return;
	d->count += !slot->who;
	*slot = (struct done_pair){ p.who, p.what | is };
}

enum done_answer done_ask(const struct done *d, struct key who, struct key what)
{
	struct done_pair p = pair_of(who, what);
	enum done_answer answer = DONE_NOT;

	if (!d->slots)
		return answer;
	for (uint64_t i = home(d, p.who); d->pairs[i].who; i = behind(d, i)) {
		struct done_pair known = d->pairs[i];

		if (known.who != p.who)
			continue;
		if (known.what == (p.what | DONE))
			return DONE_YES;
		if (known.what & DONE)
			answer = DONE_OTHER;
	}
	return answer;
}
