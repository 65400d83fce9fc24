#include "cli/pressure.h"

#include "base/mem.h"
#include "sys/file.h"
#include "sys/heed.h"

#include <stdlib.h>

enum { SHORTEST = 5, LONGEST = 250 }; /* looks, ms */

void pressure_init(struct pressure_relay *p, const struct cli *cli, struct record_reader *reader)
{
	*p = (struct pressure_relay){ .cli = cli, .paths = control_pressure_paths(reader) };
}

uint32_t pressure_add(struct pressure_relay *p, const char *name,
                      const struct daemon_policy *policy, struct daemon *process)
{
	uint32_t i = relay_add(&p->relay, policy);

	p->daemons = mem_resize(p->daemons, p->relay.room, sizeof *p->daemons);
	p->daemons[i] = (struct pressure_daemon){ name, policy, process, .failed = false };
	return i;
}

bool pressure_is_wanted(const struct pressure_relay *p)
{
	for (uint32_t i = 0; i < p->relay.count; i++) {
		const struct daemon_policy *d = p->daemons[i].policy;

		if (d->pressure_file || d->pressure_fd >= 0 || d->pressure_signal[0])
			return true;
	}
	return false;
}

/* ---- news ---- */

bool pressure_take(struct pressure_relay *p, enum relay_source source, const struct record *r,
                   bool *ours, const char **at, const char **what)
{
	struct pressure now;

	*ours = slice_is(r->kind, "meshq.backpressure");
	if (!*ours)
		return true;
	if (!control_read_pressure(&p->paths, r, &now, at, what))
		return false;
	relay_show(&p->relay, source, now);
	pressure_work(p); /* or an edge would be lost when the next comes with it */
	return true;
}

void pressure_over(struct pressure_relay *p)
{
	relay_over(&p->relay, RELAY_INPUT);
	pressure_work(p);
}

/* ---- the ways ---- */

static void tell_file(struct pressure_relay *p, struct pressure_daemon *d, struct pressure now)
{
	struct buf level = { 0 };
	struct err e;

	control_add_level(now, &level);
	if (!file_publish(d->policy->pressure_file, buf_slice(&level), &e)) {
		if (!d->failed)
			cli_warn(p->cli, "%s: back-pressure cannot be told: %s", d->name, e.text);
		d->failed = true;
		p->status = STATUS_IO;
	}
	buf_free(&level);
}

static void tell_line(struct pressure_daemon *d, struct pressure now)
{
	struct buf line = { 0 };

	control_add_handler_edge(now.asserted ? EDGE_ASSERTED : EDGE_RELEASED, now.level, &line);
	daemon_press(d->process, buf_slice(&line));
	buf_free(&line);
}

/* False: not yet. */
static bool tell_signal(struct pressure_daemon *d, struct pressure now)
{
	const int *signals = d->policy->pressure_signal;
	int signal = signals[!now.asserted], other = signals[now.asserted];
	pid_t pid = d->process->pid;

	if (!heed_catches(pid, signal) || !heed_has_had(pid, other))
		return false;
	daemon_notify(d->process, signal);
	return true;
}

static bool tell(struct pressure_relay *p, const struct relay_effect *e)
{
	struct pressure_daemon *d = &p->daemons[e->daemon];

	switch (e->way) {
	case RELAY_FILE:
		tell_file(p, d, e->pressure);
		return true;
	case RELAY_LINE:
		tell_line(d, e->pressure);
		return true;
	case RELAY_SIGNAL:
		return tell_signal(d, e->pressure);
	case RELAY_WAYS:
		break;
	}
	return true;
}

static int longer(int patience)
{
	return !patience ? SHORTEST : 2 * patience < LONGEST ? 2 * patience : LONGEST;
}

void pressure_work(struct pressure_relay *p)
{
	struct relay_effect e;

	p->began = true;
	relay_retry(&p->relay);
	while (relay_poll(&p->relay, &e))
		if (tell(p, &e))
			relay_told(&p->relay, &e);
		else
			relay_wait(&p->relay, &e);
	p->patience = relay_waits(&p->relay) ? longer(p->patience) : 0;
}

int pressure_patience(const struct pressure_relay *p)
{
	return p->patience ? p->patience : -1;
}

int pressure_finish(struct pressure_relay *p)
{
	if (p->began) { /* else the files may be another supervisor's */
		relay_show(&p->relay, RELAY_CONTROL, (struct pressure){ .asserted = false });
		pressure_work(p);
	}
	relay_free(&p->relay);
	free(p->daemons);
	p->daemons = NULL;
	return p->status;
}
