/* json_plan.h - the members to look for, as a tree. For json_*.c only. */
#ifndef MESHQ_JSON_PLAN_H
#define MESHQ_JSON_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
	JSON_PLAN_BITS = 6,
	JSON_PLAN_BUCKETS = 1 << JSON_PLAN_BITS,
};

/* Children are kept in buckets by the first bytes and the length of their
 * names, so a name nobody looks for is usually dismissed without comparing. */
struct json_node {
	char *name; /* NULL for the root */
	size_t length;
	uint32_t number;  /* of the path that ends here */
	uint64_t head;    /* json_plan_head of the name */
	uint32_t sibling; /* the next in the same bucket; 0 ends */
	bool has_children;
	uint32_t bucket[JSON_PLAN_BUCKETS]; /* node numbers; 0 is empty */
};

/* Node 0 is the root, node i + 1 is where path i ends. */
struct json_plan {
	struct json_node *nodes;
	uint32_t count;
	uint32_t room;
};

/* The first eight bytes of a name as a number, those behind its end as zero.
 * Reads eight bytes whatever n is. */
static inline uint64_t json_plan_head(const char *name, size_t n)
{
	uint64_t word;

	memcpy(&word, name, sizeof word);
	if (n >= sizeof word)
		return word;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return word & ((UINT64_C(1) << (8 * n)) - 1);
#else
	return word & ~(UINT64_MAX >> (8 * n));
#endif
}

static inline uint32_t json_plan_bucket(uint64_t head, size_t n)
{
	return (uint32_t)((head + n) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - JSON_PLAN_BITS));
}

/* The child of `parent` with that name, or NULL. Reads eight bytes of the name
 * whatever n is. */
static inline const struct json_node *json_plan_child(const struct json_plan *plan,
                                                      const struct json_node *parent,
                                                      const char *name, size_t n)
{
	uint64_t head = json_plan_head(name, n);
	uint32_t i = parent->bucket[json_plan_bucket(head, n)];

	for (; i; i = plan->nodes[i].sibling) {
		const struct json_node *node = &plan->nodes[i];
		if (node->head == head && node->length == n &&
		    (n <= sizeof head || memcmp(node->name, name, n) == 0))
			return node;
	}
	return NULL;
}

#endif
