#include "core/placement_state.h"

#include "base/mem.h"

#include <stdlib.h>

struct placement *placement_new(const struct recovery_policy *policy, struct hash_seed seed)
{
	struct placement *p = mem_zeroed(1, sizeof *p);

	p->policy = policy;
	p->seed = seed;
	table_init(&p->slots, sizeof(struct placement_slot));
	return p;
}

void placement_free(struct placement *p)
{
	if (!p)
		return;
	for (uint32_t i = 0; i < p->group_names.count; i++)
		free(p->groups[i].slots);
	free(p->groups);
	free(p->nodes);
	free(p->known);
	names_free(&p->group_names);
	names_free(&p->node_names);
	names_free(&p->zone_names);
	table_free(&p->slots);
	free(p);
}

/* ---- things by name ---- */

static uint32_t zone_of(struct placement *p, slice name)
{
	return name.n ? names_add(&p->zone_names, name) + 1 : 0;
}

/* Numbers are given out one by one, so a new one is the end of the array. */
static void *room_for(void *array, uint32_t number, uint32_t *room, size_t size)
{
	if (number < *room)
		return array;
	*room = *room ? *room * 2 : 16;
	return mem_resize(array, *room, size);
}

static uint32_t node_of(struct placement *p, slice name)
{
	if (!name.n)
		return PLACEMENT_NOWHERE;
	uint32_t before = p->node_names.count, number = names_add(&p->node_names, name);
	if (number < before)
		return number;
	p->nodes = room_for(p->nodes, number, &p->node_room, sizeof *p->nodes);
	p->nodes[number] = (struct placement_node){ 0 };
	return number;
}

static uint32_t group_of(struct placement *p, slice name)
{
	uint32_t before = p->group_names.count, number = names_add(&p->group_names, name);

	if (number < before)
		return number;
	p->groups = room_for(p->groups, number, &p->group_room, sizeof *p->groups);
	p->groups[number] = (struct placement_group){ .sorted = true };
	return number;
}

/* Members mostly come in the order of their numbers; a pass sorts those that did not. */
static void join(struct placement *p, struct placement_group *g, uint32_t slot)
{
	const struct placement_slot *new = table_at(&p->slots, slot), *last = NULL;

	if (g->count)
		last = table_at(&p->slots, g->slots[g->count - 1]);
	if (last && last->number > new->number)
		g->sorted = false;
	g->slots = room_for(g->slots, g->count, &g->room, sizeof *g->slots);
	g->slots[g->count++] = slot;
}

static struct placement_slot *slot_of(struct placement *p, uint32_t group, uint64_t number)
{
	uint64_t name[] = { group, number };
	uint32_t before = p->slots.count;
	struct placement_slot *s = table_put(&p->slots, hash_bytes(p->seed, name, sizeof name));

	if (p->slots.count > before) {
		s->number = number;
		join(p, &p->groups[group], before);
	}
	return s;
}

/* ---- news ---- */

void placement_node(struct placement *p, const struct node_news *news)
{
	uint32_t number = node_of(p, news->node);
	struct placement_node *n = &p->nodes[number];

	if (!n->known) {
		p->known = room_for(p->known, p->known_count, &p->known_room, sizeof *p->known);
		n->order = p->known_count;
		p->known[p->known_count++] = number;
	}
	n->known = true;
	n->healthy = news->healthy;
	n->zone = zone_of(p, news->zone);
}

static void tell_term(struct placement_group *g, uint64_t term)
{
	if (g->term < term)
		g->term = term;
}

void placement_slot(struct placement *p, const struct slot_news *news)
{
	uint32_t group = group_of(p, news->group);
	struct placement_slot *s = slot_of(p, group, news->slot);

	s->node = node_of(p, news->node);
	s->zone = zone_of(p, news->zone);
	s->healthy = news->healthy;
	s->role = (uint8_t)news->role;
	tell_term(&p->groups[group], news->term);
}

void placement_group(struct placement *p, slice group, uint64_t term)
{
	uint32_t number = group_of(p, group);

	tell_term(&p->groups[number], term);
}

/* ---- what outlives us ---- */

bool placement_mark(const struct placement *p, uint32_t n, struct placement_mark *mark)
{
	if (n >= p->group_names.count)
		return false;
	const struct placement_group *g = &p->groups[n];
	*mark = (struct placement_mark){ p->group_names.list[n], g->term, g->next };
	return true;
}

void placement_resume(struct placement *p, const struct placement_mark *mark)
{
	uint32_t number = group_of(p, mark->group);

	tell_term(&p->groups[number], mark->term);
	p->groups[number].next = mark->next;
}
