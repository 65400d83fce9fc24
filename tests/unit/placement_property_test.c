/* Placements against a model that keeps lists and searches them, for random worlds; and what must
 * hold of any plan, whoever made it. */
#include "base/rng.h"
#include "core/placement.h"
#include "seed.h"

enum { NODES = 9, ZONES = 3, GROUPS = 3, SLOTS = 14, LINES = 64 };

/* ---- the model: everything by number, in the order in which it was first told ---- */

struct model_node {
	int name;
	bool healthy;
	int zone; /* 0: none */
};

struct model_slot {
	bool there, healthy;
	int node; /* its name; -1: nowhere */
	int zone; /* 0: any */
	enum slot_role role;
};

struct model_group {
	int name;
	struct model_slot slots[SLOTS];
	uint64_t term, next;
};

struct model {
	struct model_node nodes[NODES];
	int node_count;
	struct model_group groups[GROUPS];
	int group_count;
	uint32_t most;
	bool rotate;
};

/* What a pass tells of a slot, in numbers. */
struct line {
	int group, slot, from, to; /* by name; to -1: no place */
	bool crowded;
	uint64_t term;
};

struct plan {
	struct line lines[LINES];
	int count;
	uint64_t left;
};

static struct model_node *node_named(struct model *m, int name)
{
	for (int i = 0; i < m->node_count; i++)
		if (m->nodes[i].name == name)
			return &m->nodes[i];
	return NULL;
}

static struct model_group *group_named(struct model *m, int name)
{
	for (int i = 0; i < m->group_count; i++)
		if (m->groups[i].name == name)
			return &m->groups[i];
	m->groups[m->group_count] = (struct model_group){ .name = name };
	return &m->groups[m->group_count++];
}

static int load(const struct model *m, int node, const struct model_slot *except)
{
	int n = 0;

	for (int g = 0; g < m->group_count; g++)
		for (int s = 0; s < SLOTS; s++) {
			const struct model_slot *slot = &m->groups[g].slots[s];
			n += slot->there && slot != except && slot->node == node;
		}
	return n;
}

static bool has_healthy_member(const struct model_group *g, int node)
{
	for (int s = 0; s < SLOTS; s++)
		if (g->slots[s].there && g->slots[s].healthy && g->slots[s].node == node)
			return true;
	return false;
}

/* -1: none; -2: none, and there are healthy ones in the zone. */
static int best_node(const struct model *m, const struct model_group *g, const struct model_slot *s)
{
	int best = -1;
	bool any = false;

	for (int i = 0; i < m->node_count; i++) {
		const struct model_node *n = &m->nodes[i];
		if (!n->healthy || (s->zone && n->zone != s->zone))
			continue;
		any = true;
		if (!has_healthy_member(g, n->name) &&
		    (best < 0 || load(m, n->name, s) < load(m, best, s)))
			best = n->name;
	}
	return best < 0 && any ? -2 : best;
}

/* The slots that need a place, as their turns come. */
static int turns_of(const struct model *m, const struct model_group *g, int turns[SLOTS])
{
	int n = 0;

	for (int round = 0; round < 2; round++)
		for (int s = 0; s < SLOTS; s++) {
			const struct model_slot *slot = &g->slots[s];
			bool behind = m->rotate && (uint64_t)s < g->next;
			if (behind == (round == 1) && slot->there && !slot->healthy &&
			    slot->role != SLOT_ACTIVE)
				turns[n++] = s;
		}
	return n;
}

static void model_group_pass(struct model *m, struct model_group *g, struct plan *plan)
{
	int turns[SLOTS], count = turns_of(m, g, turns), next = -1;
	uint32_t placed = 0, tried = 0;

	for (int i = 0; i < count; i++) {
		struct model_slot *s = &g->slots[turns[i]];
		int to = -1;
		if ((m->rotate ? placed : tried) < m->most) {
			to = best_node(m, g, s);
			plan->lines[plan->count++] = (struct line){
				g->name,          turns[i], s->node,
				to < 0 ? -1 : to, to == -2, to < 0 ? 0 : g->term + 1
			};
			tried++;
		} else {
			plan->left++;
		}
		if (to >= 0) {
			s->node = to;
			s->healthy = true;
			placed++;
		} else if (i > 0 && next < 0) {
			next = turns[i];
		}
	}
	if (m->rotate && count)
		g->next = (uint64_t)(next >= 0 ? next : turns[count - 1] + 1);
	g->term += placed > 0;
}

static void model_pass(struct model *m, struct plan *plan)
{
	*plan = (struct plan){ 0 };
	for (int i = 0; i < m->group_count; i++)
		model_group_pass(m, &m->groups[i], plan);
}

/* ---- the same for both ---- */

struct trial {
	struct model model;
	struct recovery_policy policy;
	struct placement *placement;
	struct rng rng;
};

/* Names are a letter and a letter for the number: "na", "ga", "za". */
static slice name(char what, int number, char text[2])
{
	text[0] = what;
	text[1] = (char)('a' + number);
	return (slice){ text, number < 0 ? 0 : 2 };
}

static int number(slice name)
{
	return name.n ? name.p[1] - 'a' : -1;
}

static void some_node(struct trial *t)
{
	struct model *m = &t->model;
	struct rng *r = &t->rng;
	struct model_node news = { (int)rng_below(r, NODES), rng_below(r, 4) != 0,
		                   (int)rng_below(r, ZONES + 1) };
	struct model_node *n = node_named(m, news.name);
	char text[2], zone[2];

	if (!n)
		n = &m->nodes[m->node_count++];
	*n = news;
	placement_node(t->placement, &(struct node_news){ name('n', news.name, text), news.healthy,
	                                                  name('z', news.zone - 1, zone) });
}

static void tell_slot(struct trial *t, int group, int slot, struct model_slot news, uint64_t term)
{
	struct model_group *g = group_named(&t->model, group);
	char text[3][2];

	g->slots[slot] = news;
	g->term = g->term > term ? g->term : term;
	placement_slot(t->placement, &(struct slot_news){
					     .group = name('g', group, text[0]),
					     .slot = (uint64_t)slot,
					     .node = name('n', news.node, text[1]),
					     .healthy = news.healthy,
					     .role = news.role,
					     .zone = name('z', news.zone - 1, text[2]),
					     .term = term,
				     });
}

static void some_slot(struct trial *t)
{
	struct rng *r = &t->rng;
	struct model_slot news = {
		.there = true,
		.node = (int)rng_below(r, NODES + 1) - 1,
		.zone = rng_below(r, 3) ? 0 : (int)rng_below(r, ZONES + 1),
		.role = (enum slot_role)(rng_below(r, 2) * rng_below(r, 3)),
	};

	news.healthy = news.node >= 0 && rng_below(r, 2);
	tell_slot(t, (int)rng_below(r, GROUPS), (int)rng_below(r, SLOTS), news, rng_below(r, 20));
}

static void some_term(struct trial *t)
{
	struct model_group *g = group_named(&t->model, (int)rng_below(&t->rng, GROUPS));
	uint64_t term = rng_below(&t->rng, 40);
	char text[2];

	g->term = g->term > term ? g->term : term;
	placement_group(t->placement, name('g', g->name, text), term);
}

static void hear(void *user, const struct placed *s)
{
	struct plan *plan = user;

	plan->lines[plan->count++] = (struct line){ number(s->group), (int)s->slot, number(s->from),
		                                    number(s->node),  s->crowded,   s->term };
}

static bool same_line(struct line a, struct line b)
{
	return a.group == b.group && a.slot == b.slot && a.from == b.from && a.to == b.to &&
	       a.crowded == b.crowded && a.term == b.term;
}

/* ---- what must hold ---- */

/* `m` is the world before the plan, which is carried out in it bit by bit. */
static bool is_lawful(struct model *m, const struct plan *plan)
{
	uint64_t terms[GROUPS];
	int placed[GROUPS] = { 0 };

	for (int g = 0; g < m->group_count; g++)
		terms[m->groups[g].name] = m->groups[g].term;
	for (int i = 0; i < plan->count; i++) {
		const struct line *l = &plan->lines[i];
		struct model_group *g = group_named(m, l->group);
		struct model_slot *s = &g->slots[l->slot];
		if (!s->there || s->healthy || s->role == SLOT_ACTIVE || s->node != l->from)
			return false;
		if (l->to < 0)
			continue;
		const struct model_node *n = node_named(m, l->to);
		if (!n || !n->healthy || (s->zone && s->zone != n->zone) ||
		    has_healthy_member(g, l->to) || l->term != terms[l->group] + 1 ||
		    ++placed[l->group] > (int)m->most)
			return false;
		s->node = l->to;
		s->healthy = true;
	}
	return true;
}

static bool terms_moved_by_one(const struct trial *t, const struct model *before,
                               const struct plan *plan)
{
	struct placement_mark mark;

	for (uint32_t i = 0; placement_mark(t->placement, i, &mark); i++) {
		bool placed = false;
		for (int l = 0; l < plan->count; l++)
			placed |= plan->lines[l].group == number(mark.group) &&
			          plan->lines[l].to >= 0;
		if (mark.term != before->groups[i].term + placed)
			return false;
	}
	return true;
}

static bool one_pass(struct trial *t, struct plan *plan)
{
	struct model before = t->model, copy = t->model;
	struct plan want;
	*plan = (struct plan){ 0 };
	struct placement_sum sum = placement_pass(t->placement, hear, plan);
	bool same;

	model_pass(&t->model, &want);
	same = want.count == plan->count && want.left == sum.left &&
	       sum.placed + sum.unplaced == (uint64_t)plan->count;
	for (int i = 0; same && i < want.count; i++)
		same = same_line(want.lines[i], plan->lines[i]);
	plan->left = sum.left;
	return same && is_lawful(&copy, plan) && terms_moved_by_one(t, &before, plan);
}

/* All marks go into a new one that is told the same again, in the same order. */
static void move(struct trial *t)
{
	struct placement *old = t->placement;
	struct placement_mark mark;
	char text[2], zone[2];

	t->placement = placement_new(&t->policy, (struct hash_seed){ rng_next(&t->rng), 0 });
	for (uint32_t i = 0; placement_mark(old, i, &mark); i++)
		placement_resume(t->placement, &mark);
	for (int i = 0; i < t->model.node_count; i++) {
		const struct model_node *n = &t->model.nodes[i];
		placement_node(t->placement,
		               &(struct node_news){ name('n', n->name, text), n->healthy,
		                                    name('z', n->zone - 1, zone) });
	}
	for (int g = 0; g < t->model.group_count; g++)
		for (int s = SLOTS; s-- > 0;)
			if (t->model.groups[g].slots[s].there)
				tell_slot(t, t->model.groups[g].name, s,
				          t->model.groups[g].slots[s], 0);
	placement_free(old);
}

/* In a world that does not change, nothing is placed twice, and with rotation as many passes as
 * there are slots leave none that could be placed. */
static bool comes_to_rest(struct trial *t)
{
	bool done[GROUPS][SLOTS] = { 0 };
	struct plan plan = { .left = 1 };
	int passes = 0;

	while (passes++ < SLOTS + 1) {
		if (!one_pass(t, &plan))
			return false;
		for (int i = 0; i < plan.count; i++) {
			const struct line *l = &plan.lines[i];
			if (done[l->group][l->slot])
				return false;
			done[l->group][l->slot] = l->to >= 0;
		}
	}
	for (int i = 0; i < plan.count; i++)
		if (plan.lines[i].to >= 0)
			return false;
	return !t->policy.rotate || plan.left == 0;
}

/* What is placed fails again before the next pass. With rotation each slot for which there is a
 * node that none but those slots use has its turn within as many passes as there are slots. */
static bool none_starves(struct trial *t)
{
	bool done[GROUPS][SLOTS] = { 0 }, due[GROUPS][SLOTS] = { 0 };
	struct plan plan;

	for (int g = 0; g < t->model.group_count; g++) {
		const struct model_group *group = &t->model.groups[g];
		for (int s = 0; s < SLOTS; s++) {
			const struct model_slot *slot = &group->slots[s];
			due[group->name][s] = slot->there && !slot->healthy &&
			                      slot->role != SLOT_ACTIVE &&
			                      best_node(&t->model, group, slot) >= 0;
		}
	}
	for (int pass = 0; pass < SLOTS; pass++) {
		if (!one_pass(t, &plan))
			return false;
		for (int i = 0; i < plan.count; i++) {
			const struct line *l = &plan.lines[i];
			if (l->to < 0)
				continue;
			done[l->group][l->slot] = true;
			struct model_slot again = group_named(&t->model, l->group)->slots[l->slot];
			again.healthy = false;
			tell_slot(t, l->group, l->slot, again, 0);
		}
	}
	for (int g = 0; g < GROUPS; g++)
		for (int s = 0; s < SLOTS; s++)
			if (due[g][s] && !done[g][s])
				return false;
	return true;
}

static bool steps(struct trial *t)
{
	struct plan plan;

	for (int i = 0; i < 60; i++)
		switch (rng_below(&t->rng, 12)) {
		case 0:
			move(t);
			break;
		case 1:
			some_term(t);
			break;
		case 2:
			if (!one_pass(t, &plan))
				return false;
			break;
		case 3:
		case 4:
		case 5:
			some_node(t);
			break;
		default:
			some_slot(t);
		}
	return true;
}

static bool one_seed(uint64_t seed)
{
	struct trial t = { .rng = { seed } };

	t.model.rotate = rng_below(&t.rng, 2);
	t.model.most = 1 + (uint32_t)rng_below(&t.rng, 5);
	t.policy = (struct recovery_policy){ .slots = t.model.most, .rotate = t.model.rotate };
	t.placement = placement_new(&t.policy, (struct hash_seed){ seed, 1 });
	bool good = steps(&t) && (!t.policy.rotate || rng_below(&t.rng, 2) || none_starves(&t)) &&
	            comes_to_rest(&t);
	placement_free(t.placement);
	return good;
}

static void plans_are_those_of_the_model_and_lawful(void)
{
	uint64_t first = t_seed(1), count = t_seeds(2000);

	for (uint64_t seed = first; seed < first + count; seed++) {
		seed_begin(seed);
		if (!OK(one_seed(seed))) {
			t_again(seed);
			return;
		}
	}
	printf("# seeds %" PRIu64 " .. %" PRIu64 "\n", first, first + count - 1);
}

int main(void)
{
	RUN(plans_are_those_of_the_model_and_lawful);
	return t_done();
}
