#include "core/least.h"
#include "core/placement_state.h"

#include "base/mem.h"

#include <stdlib.h>

/* The candidates of a pass are a row, zone by zone, in each in the order of their records. A
 * number in it is the load of a node over its place in that order, so the least is the one to
 * take; one that a group must not have is taken out of the row until the group is done. */
struct pass {
	struct placement *p;
	struct least row;
	uint32_t *zones; /* where each begins; one more than there are */
	void (*told)(void *user, const struct placed *slot);
	void *user;
	struct placement_sum sum;
};

static struct placement_slot *slot_at(const struct pass *pass, uint32_t slot)
{
	return table_at(&pass->p->slots, slot);
}

/* ---- the row ---- */

static bool is_candidate(const struct placement_node *n)
{
	return n->leaf != PLACEMENT_NOWHERE;
}

static void enter(struct pass *pass, const struct placement_node *n)
{
	if (is_candidate(n))
		least_set(&pass->row, n->leaf, (uint64_t)n->load << 32 | n->order);
}

static void take_out(struct pass *pass, const struct placement_node *n)
{
	if (is_candidate(n))
		least_set(&pass->row, n->leaf, LEAST_NONE);
}

/* The load of a node without one slot, or with it again. */
static void weigh(struct pass *pass, uint32_t node, int slots)
{
	if (node == PLACEMENT_NOWHERE)
		return;
	struct placement_node *n = &pass->p->nodes[node];
	n->load += (uint32_t)slots;
	if (is_candidate(n) && least_at(&pass->row, n->leaf) != LEAST_NONE)
		enter(pass, n);
}

static void count_loads(struct placement *p)
{
	for (uint32_t i = 0; i < p->node_names.count; i++) {
		p->nodes[i].load = 0;
		p->nodes[i].leaf = PLACEMENT_NOWHERE;
	}
	for (uint32_t i = 0; i < p->slots.count; i++) {
		const struct placement_slot *s = table_at(&p->slots, i);
		if (s->node != PLACEMENT_NOWHERE)
			p->nodes[s->node].load++;
	}
}

static void begin(struct pass *pass)
{
	struct placement *p = pass->p;
	uint32_t zones = p->zone_names.count + 1, count = 0;
	uint32_t *ends = mem_zeroed((size_t)zones + 1, sizeof *ends);

	count_loads(p);
	for (uint32_t i = 0; i < p->known_count; i++) {
		const struct placement_node *n = &p->nodes[p->known[i]];
		ends[n->zone + 1] += n->healthy;
		count += n->healthy;
	}
	for (uint32_t z = 1; z <= zones; z++)
		ends[z] += ends[z - 1];
	/* ends[z] is the beginning of zone z now, and grows to its end. */
	least_init(&pass->row, count);
	for (uint32_t i = 0; i < p->known_count; i++) {
		struct placement_node *n = &p->nodes[p->known[i]];
		if (!n->healthy)
			continue;
		n->leaf = ends[n->zone]++;
		enter(pass, n);
	}
	pass->zones = ends;
}

/* Where a zone begins and ends in the row; zone 0 is all of it. */
static void stretch(const struct pass *pass, uint32_t zone, uint32_t *from, uint32_t *to)
{
	*from = zone ? pass->zones[zone - 1] : 0;
	*to = zone ? pass->zones[zone] : pass->row.count;
}

/* ---- one slot ---- */

static uint32_t choose(const struct pass *pass, uint32_t zone)
{
	uint32_t from, to;

	stretch(pass, zone, &from, &to);
	uint64_t least = least_of(&pass->row, from, to);
	return least == LEAST_NONE ? PLACEMENT_NOWHERE : pass->p->known[(uint32_t)least];
}

static slice node_name(const struct placement *p, uint32_t node)
{
	if (node == PLACEMENT_NOWHERE)
		return (slice){ 0 };
	return p->node_names.list[node];
}

static slice zone_name(const struct placement *p, uint32_t zone)
{
	if (zone == 0)
		return (slice){ 0 };
	return p->zone_names.list[zone - 1];
}

static void tell(struct pass *pass, uint32_t group, const struct placement_slot *s, uint32_t to,
                 uint64_t term)
{
	const struct placement *p = pass->p;
	uint32_t begin, end;

	stretch(pass, s->zone, &begin, &end);
	struct placed placed = {
		.group = p->group_names.list[group],
		.slot = s->number,
		.role = (enum slot_role)s->role,
		.zone = zone_name(p, s->zone),
		.from = node_name(p, s->node),
		.node = node_name(p, to),
		.crowded = to == PLACEMENT_NOWHERE && begin < end,
		.term = term,
	};
	pass->told(pass->user, &placed);
}

static bool place(struct pass *pass, uint32_t group, struct placement_slot *s, uint64_t term)
{
	weigh(pass, s->node, -1);
	uint32_t to = choose(pass, s->zone);
	bool found = to != PLACEMENT_NOWHERE;
	tell(pass, group, s, to, found ? term : 0);
	weigh(pass, found ? to : s->node, 1);
	if (found) {
		take_out(pass, &pass->p->nodes[to]);
		s->node = to;
		s->healthy = true;
		pass->sum.placed++;
	} else {
		pass->sum.unplaced++;
	}
	return found;
}

/* ---- one group ---- */

/* An active slot that is not healthy needs a promotion, not a place. */
static bool needs_place(const struct placement_slot *s)
{
	return !s->healthy && s->role != SLOT_ACTIVE;
}

static bool has_work(const struct pass *pass, const struct placement_group *g)
{
	for (uint32_t i = 0; i < g->count; i++)
		if (needs_place(slot_at(pass, g->slots[i])))
			return true;
	return false;
}

/* What has a healthy member is out of the row, or back in it. */
static void mark_members(struct pass *pass, const struct placement_group *g, bool out)
{
	for (uint32_t i = 0; i < g->count; i++) {
		const struct placement_slot *s = slot_at(pass, g->slots[i]);
		if (!s->healthy || s->node == PLACEMENT_NOWHERE)
			continue;
		if (out)
			take_out(pass, &pass->p->nodes[s->node]);
		else
			enter(pass, &pass->p->nodes[s->node]);
	}
}

/* Two sorted stretches of `from`, up to `middle` and up to `end`, become one of `to`. */
static void merge(const struct pass *pass, const uint32_t *from, uint32_t *to, uint64_t at,
                  uint64_t middle, uint64_t end)
{
	uint64_t a = at, b = middle;

	for (; at < end; at++) {
		bool second = a == middle || (b < end && slot_at(pass, from[b])->number <
		                                                 slot_at(pass, from[a])->number);
		to[at] = second ? from[b++] : from[a++];
	}
}

static void sort_members(const struct pass *pass, struct placement_group *g)
{
	uint64_t n = g->count;

	if (g->sorted)
		return;
	uint32_t *other = mem_resize(NULL, g->room, sizeof *other);
	for (uint64_t width = 1; width < n; width *= 2) {
		for (uint64_t at = 0; at < n; at += 2 * width)
			merge(pass, g->slots, other, at, at + width < n ? at + width : n,
			      at + 2 * width < n ? at + 2 * width : n);
		uint32_t *merged = other;
		other = g->slots;
		g->slots = merged;
	}
	free(other);
	g->sorted = true;
}

/* The first member whose number is `next` or more. */
static uint32_t first_member(const struct pass *pass, const struct placement_group *g,
                             uint64_t next)
{
	uint32_t from = 0, to = g->count;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;
		if (slot_at(pass, g->slots[middle])->number < next)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* With rotation the next pass begins with the first slot that this one did not place, but not with
 * the one that it began with. So the turn never passes over a slot that was not first itself, and
 * within as many passes as there are slots, each is first once. */
struct turn {
	bool begun, stopped;
	uint64_t next;
};

static void turn_on(struct turn *t, uint64_t slot, bool found)
{
	if (!t->stopped)
		t->next = found || !t->begun ? slot + 1 : slot; /* behind the last is the first */
	t->stopped |= t->begun && !found;
	t->begun = true;
}

static void run_members(struct pass *pass, uint32_t group)
{
	struct placement_group *g = &pass->p->groups[group];
	const struct recovery_policy *policy = pass->p->policy;
	uint32_t start = policy->rotate ? first_member(pass, g, g->next) : 0, used = 0;
	uint64_t before = pass->sum.placed, term = g->term + (g->term < UINT64_MAX);
	struct turn turn = { 0 };

	for (uint32_t i = 0; i < g->count; i++) {
		uint32_t at = start + i < g->count ? start + i : start + i - g->count;
		struct placement_slot *s = slot_at(pass, g->slots[at]);
		bool found = false;
		if (!needs_place(s))
			continue;
		if (used >= policy->slots) {
			pass->sum.left++;
		} else {
			found = place(pass, group, s, term);
			used += found || !policy->rotate;
		}
		turn_on(&turn, s->number, found);
	}
	if (pass->sum.placed > before)
		g->term = term;
	if (policy->rotate)
		g->next = turn.next;
}

struct placement_sum placement_pass(struct placement *p,
                                    void (*told)(void *user, const struct placed *slot), void *user)
{
	struct pass pass = { .p = p, .told = told, .user = user };

	begin(&pass);
	for (uint32_t i = 0; i < p->group_names.count; i++) {
		struct placement_group *g = &p->groups[i];
		if (!has_work(&pass, g))
			continue;
		sort_members(&pass, g);
		mark_members(&pass, g, true);
		run_members(&pass, i);
		mark_members(&pass, g, false);
	}
	least_free(&pass.row);
	free(pass.zones);
	return pass.sum;
}
