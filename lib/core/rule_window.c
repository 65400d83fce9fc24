/* rule_window.c - a cooldown: after an admit the key is closed for a time. */
#include "core/rule.h"

struct window {
	struct key key;
	instant end;
	uint64_t owner;
};

static instant window_opens(struct rule *r, struct key k, instant now)
{
	const struct window *w = table_find(&r->keys, k);
	return w ? w->end : now;
}

/* Only what is over leaves, so sweeping decides nothing; it bounds the memory. */
static bool window_over(void *entry, const void *now)
{
	return ((const struct window *)entry)->end.ns <= ((const instant *)now)->ns;
}

static void window_take(struct rule *r, struct key k, uint64_t owner, instant now)
{
	struct window *w = table_put_sweeping(&r->keys, k, window_over, &now);

	w->end = instant_add(now, r->policy->window);
	w->owner = owner;
}

/* The end that this one replaced was over when it was taken, so giving back is
 * removing: there is nothing earlier to restore (D-6). */
static void window_undo(struct rule *r, struct key k, uint64_t owner)
{
	struct window *w = table_find(&r->keys, k);
	bool any = r->policy->undo == UNDO_ANY && r->policy->key_count > 0;

	if (w && (any || w->owner == owner))
		table_remove(&r->keys, w);
}

/* An end beyond all time has no beginning: any will do that gives this end again. */
static void window_mark(const struct rule *r, const void *entry, uint32_t i, struct gate_mark *m)
{
	const struct window *w = entry;

	(void)i;
	m->key = w->key;
	m->at = instant_sub(w->end, r->policy->window);
	m->over = w->end;
	m->owner = w->owner;
}

const struct rule_ops rule_window = {
	.entry = sizeof(struct window),
	.opens = window_opens,
	.take = window_take,
	.undo = window_undo,
	.mark = window_mark,
};
