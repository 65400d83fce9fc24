#include "core/relay.h"

#include "base/mem.h"

#include <stdlib.h>

static const struct pressure released = { .asserted = false };

void relay_free(struct relay *r)
{
	free(r->daemons);
	*r = (struct relay){ 0 };
}

uint32_t relay_add(struct relay *r, const struct daemon_policy *policy)
{
	if (r->count == r->room) {
		r->room = r->room ? 2 * r->room : 4;
		r->daemons = mem_resize(r->daemons, r->room, sizeof *r->daemons);
	}
	r->daemons[r->count] = (struct relay_daemon){ .policy = policy };
	return r->count++;
}

/* ---- what has happened ---- */

void relay_show(struct relay *r, enum relay_source source, struct pressure now)
{
	r->now = now.asserted ? now : released;
	r->source = source;
}

void relay_over(struct relay *r, enum relay_source source)
{
	if (r->source == source)
		r->now = released;
}

/* A new process has heard nothing. The file outlives processes. */
void relay_started(struct relay *r, uint32_t i)
{
	struct relay_daemon *d = &r->daemons[i];

	d->runs = true;
	d->up = d->policy->ready_fd == 0;
	d->channels[RELAY_LINE] = d->channels[RELAY_SIGNAL] = (struct relay_channel){ 0 };
}

void relay_ready(struct relay *r, uint32_t i)
{
	r->daemons[i].up = r->daemons[i].runs;
}

void relay_ending(struct relay *r, uint32_t i)
{
	r->daemons[i].up = false;
}

void relay_ended(struct relay *r, uint32_t i)
{
	r->daemons[i].runs = r->daemons[i].up = false;
}

/* ---- what to do ---- */

static bool reaches(const struct relay_daemon *d, enum relay_way way)
{
	switch (way) {
	case RELAY_FILE:
		return d->policy->pressure_file;
	case RELAY_LINE:
		return d->policy->pressure_fd >= 0 && d->runs;
	case RELAY_SIGNAL:
		return d->policy->pressure_signal[0] && d->up;
	case RELAY_WAYS:
		break;
	}
	return false;
}

static bool is_news(const struct relay *r, const struct relay_daemon *d, enum relay_way way)
{
	const struct relay_channel *c = &d->channels[way];

	if (!reaches(d, way))
		return false;
	if (way == RELAY_FILE && !c->known)
		return true;
	return r->now.asserted != c->told.asserted ||
	       (way != RELAY_SIGNAL && r->now.level != c->told.level);
}

/* The first that is to be told, of those that wait or of the others. */
static bool first(const struct relay *r, bool waits, struct relay_effect *effect)
{
	for (uint32_t i = 0; i < r->count; i++)
		for (enum relay_way way = 0; way < RELAY_WAYS; way++) {
			const struct relay_daemon *d = &r->daemons[i];

			if (d->channels[way].waits != waits || !is_news(r, d, way))
				continue;
			*effect = (struct relay_effect){ i, way, r->now };
			return true;
		}
	return false;
}

bool relay_poll(const struct relay *r, struct relay_effect *effect)
{
	return first(r, false, effect);
}

bool relay_waits(const struct relay *r)
{
	struct relay_effect effect;

	return first(r, true, &effect);
}

static struct relay_channel *channel(struct relay *r, const struct relay_effect *effect)
{
	return &r->daemons[effect->daemon].channels[effect->way];
}

void relay_told(struct relay *r, const struct relay_effect *effect)
{
	*channel(r, effect) = (struct relay_channel){ .known = true, .told = effect->pressure };
}

void relay_wait(struct relay *r, const struct relay_effect *effect)
{
	channel(r, effect)->waits = true;
}

void relay_retry(struct relay *r)
{
	for (uint32_t i = 0; i < r->count; i++)
		for (enum relay_way way = 0; way < RELAY_WAYS; way++)
			r->daemons[i].channels[way].waits = false;
}
