#include "daemon_option.h"

#include "codec/config_daemon.h"
#include "codec/config_signal.h"

#include <string.h>

const char *const daemon_option_restarts[] = { "on-crash", "always", "never", NULL };

static bool read_signal(const char *text, void *value)
{
	slice name = slice_of(text);

	if (slice_starts(name, "SIG"))
		name = (slice){ name.p + 3, name.n - 3 };
	*(int *)value = config_signal_find(name);
	return *(int *)value != 0;
}

const struct opt_form daemon_option_signal = {
	.noun = "a signal (like TERM or INT)",
	.read = read_signal,
};

const char *daemon_option_given(const struct daemon_option *o)
{
	const struct {
		bool given;
		const char *name;
	} all[] = {
		{ o->has_name, "--name" },
		{ o->has_restart, "--restart" },
		{ o->has_give_up, "--give-up" },
		{ o->has_grace, "--grace" },
		{ o->has_stop_signal, "--stop-signal" },
		{ o->has_ready_fd, "--ready-fd" },
		{ o->has_ready_timeout, "--ready-timeout" },
	};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (all[i].given)
			return all[i].name;
	return NULL;
}

/* ---- its name ---- */

static bool find_name(const struct daemon_option *o, const char *command, const char **name,
                      struct err *e)
{
	const char *slash = strrchr(command, '/');

	*name = o->has_name ? o->name : slash ? slash + 1 : command;
	const char *fault = config_daemon_name_fault(slice_of(*name));
	if (!fault)
		return true;
	if (o->has_name)
		return err_set(e, STATUS_USAGE, "--name: '%s' %s", *name, fault);
	return err_set(e, STATUS_USAGE, "'%s' %s; give it one with --name", *name, fault);
}

/* ---- its policy ---- */

static bool in_range(const char *name, uint64_t value, uint64_t least, uint64_t most, struct err *e)
{
	if (value >= least && value <= most)
		return true;
	return err_set(e, STATUS_USAGE, "%s: %ju is not a number from %ju to %ju", name,
	               (uintmax_t)value, (uintmax_t)least, (uintmax_t)most);
}

static bool ranges_fit(const struct daemon_option *o, struct err *e)
{
	return (!o->has_give_up || in_range("--give-up", o->give_up, 1, 1000000, e)) &&
	       (!o->has_ready_fd || in_range("--ready-fd", o->ready_fd, 3, 1023, e));
}

bool daemon_option_settle(const struct daemon_option *o, char **command,
                          struct daemon_policy *policy, const char **name, struct err *e)
{
	struct buf why = { 0 };
	uint32_t n = 0;

	while (command[n])
		n++;
	*policy = *(const struct daemon_policy *)config_daemon_table.usual;
	policy->command = command;
	policy->command_count = n;
	policy->restart = (enum restart)o->restart;
	policy->give_up = (uint32_t)o->give_up;
	policy->ready_fd = (uint32_t)o->ready_fd;
	policy->ready_timeout = o->ready_timeout;
	if (o->has_grace)
		policy->grace = o->grace;
	if (o->has_stop_signal)
		policy->stop_signal = o->stop_signal;
	if (!*command[0])
		return err_set(e, STATUS_USAGE, "'' is not a program");
	if (!find_name(o, command[0], name, e) || !ranges_fit(o, e))
		return false;
	if (o->has_ready_timeout && !o->has_ready_fd)
		return err_set(e, STATUS_USAGE, "--ready-timeout needs --ready-fd");
	bool good = config_daemon_check(policy, &why);
	if (!good)
		err_set(e, STATUS_USAGE, "%s", buf_text(&why));
	buf_free(&why);
	return good;
}
