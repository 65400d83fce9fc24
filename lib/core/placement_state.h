/* placement_state.h - what a placement consists of, for placement*.c alone. */
#ifndef MESHQ_PLACEMENT_STATE_H
#define MESHQ_PLACEMENT_STATE_H

#include "core/names.h"
#include "core/placement.h"

/* No node. */
#define PLACEMENT_NOWHERE UINT32_MAX

struct placement_slot {
	struct key key; /* of group and number */
	uint64_t number;
	uint32_t node; /* PLACEMENT_NOWHERE */
	uint32_t zone; /* its number and one; 0: none */
	bool healthy;
	uint8_t role;
};

struct placement_node {
	bool known; /* by a record of its own */
	bool healthy;
	uint32_t order; /* KNOWN: of its first record among all */
	uint32_t zone;  /* as a slot's */

	/* Of a pass. */
	uint32_t load; /* slots that are on it */
	uint32_t leaf; /* its place among the candidates; PLACEMENT_NOWHERE: it is none */
};

struct placement_group {
	uint32_t *slots; /* numbers in the table */
	uint32_t count, room;
	bool sorted; /* by their numbers in the group */
	uint64_t term;
	uint64_t next;
};

struct placement {
	const struct recovery_policy *policy;
	struct hash_seed seed;
	struct names group_names, node_names, zone_names;
	struct placement_group *groups; /* as their names are numbered */
	uint32_t group_room;
	struct placement_node *nodes;
	uint32_t node_room;
	uint32_t *known; /* the known nodes, by `order` */
	uint32_t known_count, known_room;
	struct table slots;
};

#endif
