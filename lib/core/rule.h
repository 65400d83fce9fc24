/* rule.h - the one interface behind which every rule type lives.
 *
 * A rule type is one file (rule_window.c, rule_rate.c, rule_hold.c) that fills
 * a struct rule_ops. The gate knows nothing else of it. */
#ifndef MESHQ_RULE_H
#define MESHQ_RULE_H

#include "base/hash.h"
#include "core/gate.h"
#include "core/policy.h"
#include "core/table.h"

struct rule;

struct rule_ops {
	size_t entry; /* bytes of the type's table entry, struct key included */
	/* When the key opens: at or before now when it is open. */
	instant (*opens)(struct rule *r, struct key k, instant now);
	/* Makes a reservation for the owner. NULL: admits leave no mark. */
	void (*take)(struct rule *r, struct key k, uint64_t owner, instant now);
	/* Gives the owner's reservation back. NULL: there is none. */
	void (*undo)(struct rule *r, struct key k, uint64_t owner);
	/* How many marks an entry has. NULL: one. */
	uint32_t (*marks)(const void *entry);
	/* Fills in one of them, but for m->rule. */
	void (*mark)(const struct rule *r, const void *entry, uint32_t i, struct gate_mark *m);
	/* Releases what entries own. NULL: nothing. */
	void (*clear)(struct rule *r);
};

struct rule {
	const struct rule_policy *policy;
	const struct rule_ops *ops;
	struct table keys;
};

extern const struct rule_ops rule_window;
extern const struct rule_ops rule_rate;
extern const struct rule_ops rule_hold;

/* rule_hold's own verb. */
void rule_hold_set(struct rule *r, struct key k, instant until, instant now);

#endif
