#include "backoff_tool.h"
#include "cli/supervise_control.h"
#include "cli/supervise_pressure.h"

#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- which daemons ---- */

/* Behind `--`; an empty list when there is none. */
static char **command_of(const struct backoff_tool *t)
{
	return t->cli.operands + t->cli.before_dashes;
}

static bool refuse_name(const struct backoff_tool *t, const char *name, struct err *e)
{
	const struct policy_map *all = &t->cli.policy.daemons;
	struct buf known = { 0 };

	if (!all->count)
		return err_set(e, STATUS_USAGE,
		               "there are no daemons in the configuration; a command stands "
		               "behind --: run [OPTION]... -- %s",
		               name);
	for (uint32_t i = 0; i < all->count; i++)
		buf_addf(&known, "%s%s", i ? ", " : "", all->entries[i].name);
	err_set(e, STATUS_USAGE, "no daemon '%s' in the configuration; known are %s", name,
	        buf_text(&known));
	buf_free(&known);
	return false;
}

static bool add_named(struct backoff_tool *t, struct supervise *s, struct err *e)
{
	const struct policy_map *all = &t->cli.policy.daemons;
	uint32_t number;

	for (char **name = t->cli.operands + 1; *name; name++) {
		const struct policy_entry *entry = policy_find(all, slice_of(*name));

		if (!entry)
			return refuse_name(t, *name, e);
		if (!supervise_find(s, slice_of(*name), &number))
			supervise_add(s, entry->name, &entry->daemon);
	}
	if (s->count)
		return true;
	for (uint32_t i = 0; i < all->count; i++)
		supervise_add(s, all->entries[i].name, &all->entries[i].daemon);
	return true;
}

static bool add_configured(struct backoff_tool *t, struct supervise *s, struct err *e)
{
	const char *given = daemon_option_given(&t->daemon);

	if (!t->cli.operands[1] && !t->cli.policy.daemons.count)
		return err_set(e, STATUS_USAGE,
		               "run what? a command behind --, or the daemons of a configuration");
	if (given)
		return err_set(e, STATUS_USAGE,
		               "%s is for a command behind --; for a daemon of the configuration "
		               "there is --set daemons.NAME.SETTING=VALUE",
		               given);
	return add_named(t, s, e);
}

static bool add_command(struct backoff_tool *t, struct supervise *s, struct daemon_policy *policy,
                        struct err *e)
{
	const char *name;

	if (t->cli.before_dashes > 1)
		return err_set(e, STATUS_USAGE,
		               "'%s': names of daemons, or a command behind --, not both",
		               t->cli.operands[1]);
	if (!daemon_option_settle(&t->daemon, command_of(t), policy, &name, e))
		return false;
	supervise_add(s, name, policy);
	return true;
}

static bool asks(const struct daemon_policy *d)
{
	return d->pressure_file || d->pressure_fd >= 0 || d->pressure_signal[0];
}

/* With --once there is one, and it is not restarted. */
static bool fit_once(struct backoff_tool *t, const struct supervise *s,
                     struct daemon_policy *policy, struct err *e)
{
	if (t->no_wait && !t->once)
		return err_set(e, STATUS_USAGE, "--no-wait needs --once");
	if (!t->once)
		return true;
	if (s->count > 1)
		return err_set(e, STATUS_USAGE, "--once is for one daemon, and there are %u",
		               s->count);
	if (t->daemon.has_restart || t->daemon.has_give_up)
		return err_set(e, STATUS_USAGE, "%s is not for --once, which restarts nothing",
		               t->daemon.has_restart ? "--restart" : "--give-up");
	*policy = *s->daemons[0].policy;
	if (asks(policy) && policy->pressure_fd != 0 && !t->control)
		return err_set(e, STATUS_USAGE,
		               "--once leaves standard input to the daemon, so nobody can tell of "
		               "back-pressure; there are --backpressure-fd=0 and --control");
	policy->restart = RESTART_NEVER;
	s->daemons[0].policy = policy;
	return true;
}

/* ---- running ---- */

/* Somebody takes records of standard input, which with --once is the daemon's, unless it has its
 * lines of back-pressure there. */
static bool is_wanted(const struct supervise *s, bool pressed)
{
	if (s->once)
		return s->daemons[0].policy->pressure_fd == 0;
	return pressed || (s->events && strcmp(s->events, "-") == 0);
}

/* The hold as --check shows it, when there is one. */
static bool is_held(struct backoff_tool *t, const struct supervise *s, int *status)
{
	const struct supervise_daemon *d = &s->daemons[0];
	const struct backoff *tracker = supervise_tracker(s, 0);
	instant now = clock_now(&t->clock);
	struct out out;
	struct err e;

	if (!tracker || backoff_admissible(tracker, now))
		return false;
	out_init(&out, STDOUT_FILENO);
	t->trackers.told = &out.pending;
	trackers_tell(&t->trackers, buf_slice(&d->json), tracker, HOLD_RESTORED, false, now);
	*status = STATUS_DEFERRED;
	if (!out_close(&out, "standard output", &e))
		*status = cli_fail(&t->cli, &e);
	return true;
}

static int supervise(struct backoff_tool *t, struct supervise *s, struct pressure_relay *p)
{
	struct err e;
	int status;

	if (!supervise_open(s, &e))
		return e.status == STATUS_USAGE ? cli_usage(&t->cli, "%s", e.text)
		                                : cli_fail(&t->cli, &e);
	/* A file that cannot be used is known before anything runs. */
	if (!trackers_begin(&t->trackers))
		return t->trackers.status;
	if (t->no_wait && is_held(t, s, &status))
		return status;
	struct supervise_control control = { 0 };
	if (t->control && !supervise_control_open(&control, s, t->control, &e))
		return cli_fail(&t->cli, &e);
	pressure_work(p); /* a file is right before anybody looks */
	status = supervise_run(s);
	supervise_control_close(&control);
	return status;
}

/* A core of the daemon is there already; one of ours would take its place. */
static _Noreturn void die_of(int signal)
{
	const struct rlimit none = { 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	cli_die_of(signal);
}

int backoff_run(struct backoff_tool *t)
{
	struct daemon_policy policy, once;
	struct supervise s = {
		.cli = &t->cli,
		.clock = &t->clock,
		.trackers = &t->trackers,
		.key = t->key,
		.events = t->events,
		.once = t->once,
		.limited = t->limited,
		.limit = t->limit,
		.input.reader = record_reader_new(),
	};
	struct pressure_relay pressure;
	struct err e;
	int status;

	bool good = *command_of(t) ? add_command(t, &s, &policy, &e) : add_configured(t, &s, &e);
	if (good && fit_once(t, &s, &once, &e)) {
		s.label = t->label || s.count > 1;
		s.input.wanted = is_wanted(&s, supervise_pressure_attach(&pressure, &s));
		status = supervise(t, &s, &pressure);
		status = cli_worse(status, pressure_finish(&pressure));
	} else {
		status = cli_usage(&t->cli, "%s", e.text);
	}
	int signal = s.died_of;
	record_reader_free(s.input.reader);
	supervise_close(&s);
	if (signal)
		die_of(signal);
	return status;
}
