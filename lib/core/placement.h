/* placement.h - groups of slots on nodes: where slots that are not healthy are placed anew.
 * Reference section 10, slot recovery, with the repair of D-27 where the policy wants it.
 *
 * Pure. A pass looks of each group at the slots that are not healthy, in the order of their
 * numbers; looks for each for a healthy node, in the zone of the slot if it has one, that has no
 * healthy member of the group and was not used for the group in this pass; of these it takes the
 * one with the fewest slots of all groups, the one to be placed not counted, then the first. The
 * active slot of a group with roles is never touched. When anything was placed, the term of the
 * group is one more (saturating).
 *
 * Of each group so many are placed in a pass. As in the reference (`rotate` off), one that finds no
 * place uses up one of them, and every pass begins with the first: a few that never find a place
 * starve all others. With `rotate` it uses up none, and each pass begins with another slot: nor can
 * a few that fail again and again starve the others (D-27).
 *
 * A pass costs O(slots + nodes) and O(log nodes) for each member of a group in which there is
 * something to do. */
#ifndef MESHQ_PLACEMENT_H
#define MESHQ_PLACEMENT_H

#include "base/hash.h"
#include "core/policy.h"

enum slot_role {
	SLOT_MEMBER, /* of a group without roles */
	SLOT_ACTIVE,
	SLOT_STANDBY,
};

/* What a record says of a node. Names are any bytes, and are copied. */
struct node_news {
	slice node;
	bool healthy;
	slice zone; /* that it is in; empty: in none */
};

/* What a record says of a slot. */
struct slot_news {
	slice group;
	uint64_t slot;
	slice node; /* empty: it is nowhere */
	bool healthy;
	enum slot_role role;
	slice zone;    /* where it has to be; empty: anywhere */
	uint64_t term; /* of its group; the greatest that is told counts */
};

struct placement;

/* Borrows the policy. */
struct placement *placement_new(const struct recovery_policy *policy, struct hash_seed seed);
void placement_free(struct placement *p);

/* The latest word counts. A node that only slots name is no candidate. */
void placement_node(struct placement *p, const struct node_news *news);
void placement_slot(struct placement *p, const struct slot_news *news);
void placement_group(struct placement *p, slice group, uint64_t term);

/* A slot that a pass has looked at. The slices hold until the next record. */
struct placed {
	slice group;
	uint64_t slot;
	enum slot_role role;
	slice zone;
	slice from;    /* where it was; empty: nowhere */
	slice node;    /* where it goes; empty: it finds no place, and stays where it is */
	bool crowded;  /* no place: there are healthy nodes, and each has a member of the group */
	uint64_t term; /* of the group, the new one; no place: not told */
};

/* What a pass did with the slots that need a place. */
struct placement_sum {
	uint64_t placed;
	uint64_t unplaced;
	uint64_t left; /* not looked at: their turn comes in another pass */
};

/* A pass over all groups, in the order in which they came: calls `told` for each slot that it
 * looks at, and takes what it has placed for granted until a record says otherwise. */
struct placement_sum placement_pass(struct placement *p,
                                    void (*told)(void *user, const struct placed *slot),
                                    void *user);

/* What of a group has to outlive us. */
struct placement_mark {
	slice group;
	uint64_t term;
	uint64_t next; /* the slot that its next pass begins with, or the first one behind it */
};

/* The mark of the nth group, borrowed; false: there are fewer. */
bool placement_mark(const struct placement *p, uint32_t n, struct placement_mark *mark);
void placement_resume(struct placement *p, const struct placement_mark *mark);

#endif
