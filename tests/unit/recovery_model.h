/* recovery_model.h - recovery passes done naively: a handler that went and came back is another
 * one, nothing is ever forgotten, and what is there is a list of numbers. */
#ifndef MESHQ_RECOVERY_MODEL_H
#define MESHQ_RECOVERY_MODEL_H

#include "core/recovery.h"

#include <string.h>

enum { NAMES = 8, OBJECTS = 2000, PASSES = 3 };

struct thing {
	char name;
	bool there, evicted;
	unsigned strikes;
	int64_t ended, wait;
	uint64_t runs, recovered;
	int owner; /* the pass, by its place among the passes; -1: none */
};

struct turn_list {
	int thing[NAMES];
	int count, done;
	uint64_t recovered;
};

struct model {
	const struct recovery_policy *policy;
	struct thing things[OBJECTS];
	int made;
	int list[NAMES];
	int count;
	int begin; /* a thing, or -1 */
	struct turn_list passes[PASSES];
};

static inline int model_find(const struct model *m, char name)
{
	for (int i = 0; i < m->count; i++)
		if (m->things[m->list[i]].name == name)
			return m->list[i];
	return -1;
}

static inline void model_sync(struct model *m, const char *names)
{
	int next = 0, begin = -1;
	bool behind = false;

	for (int i = 0; i < m->count; i++) {
		int t = m->list[i];

		m->things[t].there = strchr(names, m->things[t].name) != NULL;
		behind |= t == m->begin;
		if (behind && begin < 0 && m->things[t].there)
			begin = t;
	}
	m->begin = begin;
	for (int i = 0; i < m->count; i++)
		if (m->things[m->list[i]].there)
			m->list[next++] = m->list[i];
	m->count = next;
	for (const char *n = names; *n; n++)
		if (model_find(m, *n) < 0) {
			m->things[m->made] = (struct thing){
				.name = *n, .there = true, .ended = INT64_MIN, .owner = -1
			};
			m->list[m->count++] = m->made++;
		}
}

static inline void model_begin(struct model *m, int pass, int64_t now)
{
	struct turn_list *p = &m->passes[pass];
	int from = 0;

	*p = (struct turn_list){ 0 };
	for (int i = 0; i < m->count; i++)
		if (m->policy->rotate && pass == 0 && m->list[i] == m->begin)
			from = i;
	for (int i = 0; i < m->count; i++) {
		struct thing *t = &m->things[m->list[i]];

		if (t->ended > now && t->wait)
			t->ended = now;
		if (pass == 0 && t->owner == 0)
			t->owner = -1;
	}
	for (int i = 0; i < m->count; i++) {
		int n = m->list[(from + i) % m->count];

		if (m->things[n].owner < 0 && !m->things[n].evicted) {
			m->things[n].owner = pass;
			p->thing[p->count++] = n;
		}
	}
}

static inline bool model_over(const struct model *m, const struct turn_list *p)
{
	return p->done == p->count || (m->policy->cap && p->recovered >= m->policy->cap);
}

static inline int model_next(struct model *m, int pass, int64_t now)
{
	struct turn_list *p = &m->passes[pass];
	int found = -1;

	while (found < 0 && !model_over(m, p)) {
		const struct thing *t = &m->things[p->thing[p->done++]];

		if (t->there && !t->evicted && (t->wait == 0 || t->ended + t->wait <= now))
			found = p->thing[p->done - 1];
	}
	if (m->policy->rotate && pass == 0) {
		m->begin = -1;
		for (int i = p->count; i-- > p->done;)
			if (m->things[p->thing[i]].there)
				m->begin = p->thing[i];
	}
	return found;
}

/* The nth wait, by counting. */
static inline int64_t model_wait(const struct ladder *l, unsigned n)
{
	int64_t wait = l->initial.ns;

	for (unsigned i = 1; i < n && wait; i++)
		wait = wait > l->max.ns / 2 ? l->max.ns : wait * 2;
	return wait;
}

static inline enum recovery_verdict model_ended(struct model *m, int pass, int thing,
                                                enum recovery_end end, uint64_t recovered,
                                                int64_t now)
{
	const struct recovery_policy *policy = m->policy;
	struct thing *t = &m->things[thing];
	bool counts = end == RECOVERY_OK || end == RECOVERY_EXIT;
	bool fault = end == RECOVERY_CRASH || end == RECOVERY_TIMEOUT ||
	             (end == RECOVERY_EXIT && policy->exit_strikes);

	m->passes[pass].recovered += counts ? recovered : 0;
	if (!t->there)
		return RECOVERY_GONE;
	t->runs += end != RECOVERY_NOTHING;
	t->recovered += counts ? recovered : 0;
	t->ended = now;
	t->strikes = fault ? t->strikes + 1 : 0;
	t->evicted = fault && policy->strikes && t->strikes >= policy->strikes;
	t->wait = fault && !t->evicted ? model_wait(&policy->backoff, t->strikes) : 0;
	return !fault ? RECOVERY_FINE : t->evicted ? RECOVERY_OUT : RECOVERY_STRUCK;
}

static inline void model_finish(struct model *m, int pass)
{
	for (int i = 0; i < m->made; i++)
		if (m->things[i].owner == pass)
			m->things[i].owner = -1;
}

#endif
