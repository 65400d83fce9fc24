/* placement.h - groups of slots on nodes: where slots that are not healthy are placed anew.
 * Reference section 10, slot recovery, with the repair of D-27 where the policy wants it.
 *
 * Pure. A pass takes of each group the first few slots that are not healthy, in the order of
 * their numbers; looks for each for a healthy node that has no healthy member of the group and was
 * not used for the group in this pass; of these the one with the fewest slots, then the first. In a
 * group with roles the active slot is never touched. When anything was placed, the term of the
 * group is one more (saturating). */
#ifndef MESHQ_PLACEMENT_H
#define MESHQ_PLACEMENT_H

#include "core/policy.h"
#include "core/table.h"

enum slot_role {
	SLOT_MEMBER, /* of a group without roles */
	SLOT_ACTIVE,
	SLOT_STANDBY,
};

/* What a record says of a slot. Names are copied. */
struct slot_news {
	slice group;
	uint64_t slot;
	slice node; /* empty: it is nowhere */
	bool healthy;
	enum slot_role role;
	uint64_t term; /* of its group; the greatest that is told counts */
};

struct placement;

struct placement *placement_new(const struct recovery_policy *policy, struct hash_seed seed);
void placement_free(struct placement *p);

/* The latest word counts. */
void placement_node(struct placement *p, slice node, bool healthy);
void placement_slot(struct placement *p, const struct slot_news *news);

/* A slot of a pass. */
struct placed {
	slice group; /* borrowed until the next record */
	uint64_t slot;
	slice from; /* where it was; empty: nowhere */
	slice node; /* where it goes; empty: nowhere, it finds no place */
	enum slot_role role;
	uint64_t term; /* the new one */
	bool reset;    /* a standby: its position is that of a new one */
};

/* A pass over all groups, in the order in which they came: calls `told` for each slot that it
 * looks at, and takes what it has placed for granted until a record says otherwise. Returns
 * how many were placed. */
uint64_t placement_pass(struct placement *p, void (*told)(void *user, const struct placed *slot),
                        void *user);

/* Where the next pass of a group begins: for a state that outlives us. */
bool placement_cursor(const struct placement *p, uint32_t i, slice *group, uint64_t *slot);
void placement_resume(struct placement *p, slice group, uint64_t slot);

#endif
