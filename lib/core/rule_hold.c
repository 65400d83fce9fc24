/* rule_hold.c - closed by hold records, until the time they name. */
#include "core/rule.h"

struct hold {
	struct key key;
	instant until;
};

static instant hold_opens(struct rule *r, struct key k, instant now)
{
	const struct hold *h = table_find(&r->keys, k);
	return h ? h->until : now;
}

static bool hold_over(void *entry, const void *now)
{
	return ((const struct hold *)entry)->until.ns <= ((const instant *)now)->ns;
}

void rule_hold_set(struct rule *r, struct key k, instant until, instant now)
{
	struct hold *h;

	if (until.ns > now.ns) {
		h = table_put_sweeping(&r->keys, k, hold_over, &now);
		h->until = until;
	} else if ((h = table_find(&r->keys, k))) {
		table_remove(&r->keys, h);
	}
}

static void hold_mark(const struct rule *r, const void *entry, uint32_t i, struct gate_mark *m)
{
	const struct hold *h = entry;

	(void)r;
	(void)i;
	m->key = h->key;
	m->at = m->over = h->until;
}

const struct rule_ops rule_hold = {
	.entry = sizeof(struct hold),
	.opens = hold_opens,
	.mark = hold_mark,
};
