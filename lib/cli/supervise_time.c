/* What time it is, and when it moves. */
#include "cli/supervise_state.h"

void supervise_read_clock(struct supervise *s)
{
	instant before = s->now;

	if (!s->clock->record)
		s->now = clock_now(s->clock);
	else if (!s->stopping)
		s->now = instant_later(s->now, clock_now(s->clock));
	else
		s->now = instant_add(s->stopped,
		                     instant_until(s->since.latest, clock_now(&s->since)));
	if (s->now.ns != before.ns)
		s->stood = clock_monotonic();
}

bool supervise_replays(const struct supervise *s)
{
	return s->clock->record && !s->stopping;
}

bool supervise_runs(const struct supervise *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (s->daemons[i].process.pid)
			return true;
	return false;
}

instant supervise_deadline(const struct supervise *s)
{
	instant next =
		instant_earlier(supervisor_deadline(&s->supervisor), trackers_due(s->trackers));

	return s->stopping ? next : instant_earlier(next, s->end);
}

instant supervise_process_deadline(const struct supervise *s)
{
	instant next = INSTANT_NEVER;

	for (uint32_t i = 0; i < s->count; i++) {
		const struct supervised *d = &s->supervisor.daemons[i];

		if (d->state == SUPERVISED_STARTING || d->state == SUPERVISED_STOPPING)
			next = instant_earlier(next, d->deadline);
	}
	return next;
}

void supervise_show_patience(struct supervise *s)
{
	span stood = { clock_monotonic() - s->stood };
	instant next = supervise_process_deadline(s);

	if (next.ns != INT64_MAX && !instant_after(next, instant_add(s->now, stood))) {
		clock_show(s->clock, next);
		supervise_read_clock(s);
	}
}

bool supervise_jump(struct supervise *s)
{
	instant next = supervise_deadline(s);

	if (!supervise_replays(s))
		return false;
	if (s->input.has)
		next = instant_earlier(next, s->input.record.at);
	else if (s->input.open || supervise_runs(s))
		return false;
	if (next.ns == INT64_MAX || !instant_after(next, s->now))
		return false;
	clock_show(s->clock, next);
	supervise_read_clock(s);
	return true;
}
