#include "codec/json_plan.h"

#include "base/mem.h"
#include "codec/json.h"

#include <stdlib.h>

static uint32_t add_node(struct json_plan *plan)
{
	if (plan->count == plan->room) {
		plan->room = plan->room ? plan->room * 2 : 16;
		plan->nodes = mem_resize(plan->nodes, plan->room, sizeof *plan->nodes);
	}
	plan->nodes[plan->count] = (struct json_node){ 0 };
	return plan->count++;
}

struct json_plan *json_plan_new(void)
{
	struct json_plan *plan = mem_zeroed(1, sizeof *plan);

	add_node(plan);
	return plan;
}

void json_plan_free(struct json_plan *plan)
{
	if (!plan)
		return;
	for (uint32_t i = 0; i < plan->count; i++)
		free(plan->nodes[i].name);
	free(plan->nodes);
	free(plan);
}

/* The child of `parent` called `name`, made when there is none. `name` has eight
 * readable bytes behind it. */
static uint32_t descend(struct json_plan *plan, uint32_t parent, slice name)
{
	const struct json_node *known = json_plan_child(plan, &plan->nodes[parent], name.p, name.n);
	if (known)
		return known->number + 1;

	uint32_t child = add_node(plan);
	struct json_node *node = &plan->nodes[child];
	node->name = mem_text(name.p, name.n);
	node->length = name.n;
	node->number = child - 1;
	node->head = json_plan_head(name.p, name.n);

	struct json_node *p = &plan->nodes[parent];
	uint32_t *bucket = &p->bucket[json_plan_bucket(node->head, name.n)];
	node->sibling = *bucket;
	*bucket = child;
	p->has_children = true;
	return child;
}

void json_path_take(const char **path, struct buf *name)
{
	const char *p = *path;

	buf_clear(name);
	for (; *p && *p != '.'; p++) {
		if (*p == '\\' && (p[1] == '.' || p[1] == '\\'))
			p++;
		buf_add_char(name, *p);
	}
	memset(buf_reserve(name, sizeof(uint64_t)), 0, sizeof(uint64_t));
	*path = p;
}

uint32_t json_plan_add(struct json_plan *plan, const char *path)
{
	struct buf name = { 0 };
	uint32_t at = 0;

	for (;;) {
		json_path_take(&path, &name);
		at = descend(plan, at, buf_slice(&name));
		if (!*path)
			break;
		path++;
	}
	buf_free(&name);
	return at - 1;
}

uint32_t json_plan_size(const struct json_plan *plan)
{
	return plan->count - 1;
}
