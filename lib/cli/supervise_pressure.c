#include "cli/supervise_pressure.h"

static void happened(void *user, uint32_t daemon, enum supervisor_event event)
{
	struct pressure_relay *p = user;
	struct relay *r = &p->relay;

	switch (event) {
	case SUPERVISOR_STARTED:
		relay_started(r, daemon);
		break;
	case SUPERVISOR_READY:
		relay_ready(r, daemon);
		break;
	case SUPERVISOR_STOPPING:
	case SUPERVISOR_NOT_READY:
		relay_ending(r, daemon);
		break;
	case SUPERVISOR_STOPPED:
	case SUPERVISOR_EXITED:
	case SUPERVISOR_CRASHED:
		relay_ended(r, daemon);
		break;
	case SUPERVISOR_UNSTARTED:
	case SUPERVISOR_GIVEN_UP:
		break;
	}
}

static void rest(void *user)
{
	pressure_work(user);
}

static int patience(void *user)
{
	return pressure_patience(user);
}

static bool take(void *user, enum relay_source source, const struct record *r, bool *ours,
                 const char **at, const char **what)
{
	return pressure_take(user, source, r, ours, at, what);
}

static void over(void *user)
{
	pressure_over(user);
}

bool supervise_pressure_attach(struct pressure_relay *p, struct supervise *s)
{
	pressure_init(p, s->cli, s->input.reader);
	for (uint32_t i = 0; i < s->count; i++)
		pressure_add(p, s->daemons[i].name, s->daemons[i].policy, &s->daemons[i].process);
	bool wanted = pressure_is_wanted(p);
	const struct supervise_part part = {
		.user = p,
		.happened = happened,
		.rest = rest,
		.patience = patience,
		.take = wanted ? take : NULL, /* else they are for somebody else */
		.over = over,
	};
	supervise_attach(s, &part);
	return wanted;
}
