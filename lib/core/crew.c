#include "core/crew.h"

#include "base/mem.h"

#include <stdlib.h>

void crew_free(struct crew *c)
{
	for (uint32_t i = 0; i < c->count; i++)
		backoff_free(&c->members[i].backoff);
	free(c->members);
	c->members = NULL;
	c->count = 0;
}

void crew_set_jobs(struct crew *c, uint32_t jobs)
{
	if (c->replay && c->count)
		return;
	if (jobs > c->count)
		c->members = mem_resize(c->members, jobs, sizeof *c->members);
	for (; c->count < jobs; c->count++) {
		c->members[c->count] = (struct crew_member){ .state = CREW_OFF };
		backoff_init(&c->members[c->count].backoff, c->ladder);
	}
	for (uint32_t i = 0; i < c->count; i++)
		c->members[i].surplus = i >= jobs;
}

static bool takes_work(const struct crew *c, const struct crew_member *m, instant now)
{
	if (c->replay)
		return true;
	if (m->surplus || m->state == CREW_LEAVING)
		return false;
	return m->state == CREW_UP || backoff_admissible(&m->backoff, now);
}

uint32_t crew_slots(const struct crew *c, instant now)
{
	uint64_t slots = 0;

	for (uint32_t i = 0; i < c->count; i++)
		slots += takes_work(c, &c->members[i], now) ? c->window : c->members[i].load;
	return slots < UINT32_MAX ? (uint32_t)slots : UINT32_MAX;
}

static bool is_better(const struct crew *c, const struct crew_member *m,
                      const struct crew_member *than)
{
	if (m->load != than->load)
		return m->load < than->load;
	return !c->replay && m->state == CREW_UP && than->state != CREW_UP;
}

int64_t crew_choose(const struct crew *c, instant now)
{
	int64_t best = CREW_NOBODY;

	for (uint32_t i = 0; i < c->count; i++) {
		const struct crew_member *m = &c->members[i];

		if (m->load < c->window && takes_work(c, m, now) &&
		    (best == CREW_NOBODY || is_better(c, m, &c->members[best])))
			best = i;
	}
	return best;
}

void crew_started(struct crew *c, uint32_t i, instant now)
{
	c->members[i].state = CREW_UP;
	backoff_start(&c->members[i].backoff, c->ladder, now);
}

bool crew_ended(struct crew *c, uint32_t i, bool crashed, instant now, uint64_t draw)
{
	struct crew_member *m = &c->members[i];

	m->state = CREW_OFF;
	m->crashes += crashed;
	if (c->replay)
		return false;
	if (!crashed) {
		backoff_exit(&m->backoff, c->ladder, now);
		return false;
	}
	backoff_crash(&m->backoff, c->ladder, now, draw);
	return m->backoff.state == BACKOFF_CRASH_LOOPING;
}

instant crew_wakes(const struct crew *c, instant now)
{
	instant first = INSTANT_NEVER;

	for (uint32_t i = 0; !c->replay && i < c->count; i++) {
		const struct crew_member *m = &c->members[i];

		if (m->state == CREW_OFF && !m->surplus && !backoff_admissible(&m->backoff, now))
			first = instant_earlier(first, m->backoff.until);
	}
	return first;
}
