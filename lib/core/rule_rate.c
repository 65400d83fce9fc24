/* rule_rate.c - at most `rate` admits in any trailing `per`: a sliding log.
 *
 * The log of a key is a ring of its admits, oldest first, never longer than
 * `rate`. An admit exactly `per` ago has left the window. */
#include "base/mem.h"
#include "core/rule.h"

#include <stdlib.h>

struct admit {
	instant at;
	uint64_t owner;
};

struct log {
	struct key key;
	struct admit *admits;
	uint32_t room; /* a power of two, or 0 */
	uint32_t first;
	uint32_t count;
};

static struct admit *admit_at(const struct log *l, uint32_t i)
{
	return &l->admits[(l->first + i) & (l->room - 1)];
}

static void forget_until(struct log *l, instant cutoff)
{
	while (l->count && admit_at(l, 0)->at.ns <= cutoff.ns) {
		l->first = (l->first + 1) & (l->room - 1);
		l->count--;
	}
}

static instant rate_opens(struct rule *r, struct key k, instant now)
{
	struct log *l = table_find(&r->keys, k);

	if (r->policy->rate == 0)
		return INSTANT_NEVER;
	if (!l)
		return now;
	forget_until(l, instant_sub(now, r->policy->per));
	if (l->count < r->policy->rate)
		return now;
	/* Open when so many have left that one more fits. */
	return instant_add(admit_at(l, l->count - r->policy->rate)->at, r->policy->per);
}

static void make_room(struct log *l)
{
	uint32_t room = l->room ? l->room * 2 : 4;
	struct admit *admits = mem_resize(NULL, room, sizeof *admits);

	for (uint32_t i = 0; i < l->count; i++)
		admits[i] = *admit_at(l, i);
	free(l->admits);
	l->admits = admits;
	l->room = room;
	l->first = 0;
}

static bool log_empty(void *entry, const void *cutoff)
{
	struct log *l = entry;

	forget_until(l, *(const instant *)cutoff);
	if (l->count)
		return false;
	free(l->admits);
	return true;
}

static void rate_take(struct rule *r, struct key k, uint64_t owner, instant now)
{
	instant cutoff = instant_sub(now, r->policy->per);
	struct log *l = table_put_sweeping(&r->keys, k, log_empty, &cutoff);

	forget_until(l, cutoff);
	if (l->count == l->room)
		make_room(l);
	*admit_at(l, l->count++) = (struct admit){ now, owner };
}

/* Looks from the newest backwards: what is undone was admitted lately, so the
 * cost is the number of admits since, not the length of the log (D-10). */
static void rate_undo(struct rule *r, struct key k, uint64_t owner)
{
	struct log *l = table_find(&r->keys, k);

	if (!l)
		return;
	for (uint32_t i = l->count; i-- > 0;) {
		if (admit_at(l, i)->owner != owner)
			continue;
		for (; i + 1 < l->count; i++)
			*admit_at(l, i) = *admit_at(l, i + 1);
		l->count--;
		return;
	}
}

static void rate_clear(struct rule *r)
{
	for (uint32_t i = 0; i < r->keys.count; i++)
		free(((struct log *)table_at(&r->keys, i))->admits);
}

static uint32_t rate_marks(const void *entry)
{
	return ((const struct log *)entry)->count;
}

static void rate_mark(const struct rule *r, const void *entry, uint32_t i, struct gate_mark *m)
{
	const struct log *l = entry;

	m->key = l->key;
	m->at = admit_at(l, i)->at;
	m->over = instant_add(m->at, r->policy->per);
	m->owner = admit_at(l, i)->owner;
}

const struct rule_ops rule_rate = {
	.entry = sizeof(struct log),
	.opens = rate_opens,
	.take = rate_take,
	.undo = rate_undo,
	.marks = rate_marks,
	.mark = rate_mark,
	.clear = rate_clear,
};
