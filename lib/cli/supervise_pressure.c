#include "cli/supervise_pressure.h"

static void happened(void *user, uint32_t daemon, enum supervisor_event event)
{
	struct relay *r = &((struct supervise_pressure *)user)->relay.relay;

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
	pressure_work(&((struct supervise_pressure *)user)->relay);
}

static int patience(void *user)
{
	return pressure_patience(&((struct supervise_pressure *)user)->relay);
}

static bool take(void *user, enum relay_source source, const struct record *r, bool *ours,
                 const char **at, const char **what)
{
	return pressure_take(&((struct supervise_pressure *)user)->relay, source, r, ours, at,
	                     what);
}

static void over(void *user)
{
	pressure_over(&((struct supervise_pressure *)user)->relay);
}

bool supervise_pressure_attach(struct supervise_pressure *p, struct supervise *s)
{
	pressure_init(&p->relay, s->cli, s->input.reader);
	for (uint32_t i = 0; i < s->count; i++)
		pressure_add(&p->relay, s->daemons[i].name, s->daemons[i].policy,
		             &s->daemons[i].process);
	bool wanted = pressure_is_wanted(&p->relay);
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

int supervise_pressure_finish(struct supervise_pressure *p)
{
	return pressure_finish(&p->relay);
}
