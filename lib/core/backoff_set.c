#include "core/backoff_set.h"

#include "base/mem.h"

#include <stdlib.h>

/* What the table keeps: daemons themselves must not move, for their timers. */
struct entry {
	struct key key;
	struct backoff_daemon *daemon;
};

void backoff_set_init(struct backoff_set *s, const struct backoff_policy *policy, uint64_t seed)
{
	*s = (struct backoff_set){ .policy = policy, .rng = { seed } };
	table_init(&s->daemons, sizeof(struct entry));
}

static void daemon_free(struct backoff_daemon *d)
{
	backoff_free(&d->tracker);
	free(d->name);
	free(d);
}

void backoff_set_free(struct backoff_set *s)
{
	for (uint32_t i = 0; i < backoff_set_count(s); i++)
		daemon_free(backoff_set_at(s, i));
	table_free(&s->daemons);
	heap_free(&s->releases);
	*s = (struct backoff_set){ 0 };
}

struct silence {
	span forget;
	instant now;
};

static bool is_forgotten(void *entry, const void *context)
{
	struct backoff_daemon *d = ((struct entry *)entry)->daemon;
	const struct silence *s = context;

	if (d->tracker.state != BACKOFF_IDLE ||
	    instant_after(instant_add(d->tracker.latest, s->forget), s->now))
		return false;
	daemon_free(d);
	return true;
}

struct backoff_daemon *backoff_set_get(struct backoff_set *s, struct key key, slice name,
                                       instant now)
{
	const struct silence silence = { s->forget, now };
	struct entry *e = s->forget.ns > 0
	                          ? table_put_sweeping(&s->daemons, key, is_forgotten, &silence)
	                          : table_put(&s->daemons, key);

	if (e->daemon)
		return e->daemon;
	e->daemon = mem_zeroed(1, sizeof *e->daemon);
	e->daemon->key = key;
	backoff_init(&e->daemon->tracker, s->policy);
	e->daemon->name = mem_text(name.p, name.n);
	e->daemon->name_size = name.n;
	return e->daemon;
}

struct backoff_daemon *backoff_set_find(const struct backoff_set *s, struct key key)
{
	const struct entry *e = table_find(&s->daemons, key);
	return e ? e->daemon : NULL;
}

struct backoff_daemon *backoff_set_at(const struct backoff_set *s, uint32_t i)
{
	const struct entry *e = table_at(&s->daemons, i);
	return e->daemon;
}

void backoff_set_touch(struct backoff_set *s, struct backoff_daemon *d)
{
	if (d->tracker.state == BACKOFF_IDLE)
		heap_remove(&s->releases, &d->release);
	else
		heap_set(&s->releases, &d->release, d->tracker.until, ++s->holds);
}

bool backoff_set_apply(struct backoff_set *s, struct backoff_daemon *d, enum backoff_event event,
                       instant now)
{
	struct backoff *b = &d->tracker;
	bool held = !backoff_admissible(b, now);

	switch (event) {
	case BACKOFF_STARTED:
		backoff_start(b, s->policy, now);
		break;
	case BACKOFF_EXITED:
		backoff_exit(b, s->policy, now);
		break;
	case BACKOFF_CRASHED:
		backoff_crash(b, s->policy, now, rng_next(&s->rng));
		break;
	case BACKOFF_FORCED:
		backoff_force(b, s->policy);
		break;
	}
	backoff_set_touch(s, d);
	return held;
}

static struct backoff_daemon *daemon_of(struct timer *t)
{
	return (struct backoff_daemon *)((char *)t - offsetof(struct backoff_daemon, release));
}

struct backoff_daemon *backoff_set_release(struct backoff_set *s, instant now)
{
	const struct heap_slot *top = heap_top(&s->releases);

	if (!top || instant_after(top->due, now))
		return NULL;
	struct backoff_daemon *d = daemon_of(top->timer);
	backoff_release(&d->tracker, s->policy, now);
	backoff_set_touch(s, d);
	return d;
}
