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

/* ON,OFF */
static bool read_signals(const char *text, void *value)
{
	int *both = value;
	const char *comma = strchr(text, ',');
	struct buf on = { 0 };

	if (!comma)
		return false;
	buf_add(&on, text, (size_t)(comma - text));
	bool good = read_signal(buf_text(&on), &both[0]) && read_signal(comma + 1, &both[1]);
	buf_free(&on);
	return good;
}

const struct opt_form daemon_option_signals = {
	.noun = "two signals (like USR1,USR2)",
	.read = read_signals,
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
		{ o->pressure_file != NULL, "--backpressure-file" },
		{ o->has_pressure_fd, "--backpressure-fd" },
		{ o->has_pressure_signals, "--backpressure-signals" },
	};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (all[i].given)
			return all[i].name;
	return NULL;
}

/* ---- its name ---- */

static bool find_name(const struct daemon_option *o, char *const *command, const char **name,
                      struct err *e)
{
	const char *slash = strrchr(command[0], '/');

	*name = o->has_name ? o->name : slash ? slash + 1 : command[0];
	const char *fault = config_daemon_name_fault(slice_of(*name));
	if (!fault)
		return true;
	if (o->has_name)
		return err_set(e, STATUS_USAGE, "--name: '%s' %s", *name, fault);
	if (!command[1] && !slash)
		return err_set(e, STATUS_USAGE,
		               "'%s' is not a program; a line for the shell is run by: sh -c '%s'",
		               *name, *name);
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
	       (!o->has_ready_fd || in_range("--ready-fd", o->ready_fd, 3, 1023, e)) &&
	       (!o->has_pressure_fd || o->pressure_fd == 0 ||
	        in_range("--backpressure-fd", o->pressure_fd, 3, 1023, e));
}

/* How it learns of back-pressure. */
static bool settle_pressure(const struct daemon_option *o, struct daemon_policy *policy,
                            struct err *e)
{
	if (o->pressure_file && !*o->pressure_file)
		return err_set(e, STATUS_USAGE, "--backpressure-file: '' is not a file");
	policy->pressure_file = (char *)(uintptr_t)o->pressure_file;
	if (o->has_pressure_fd)
		policy->pressure_fd = (int32_t)o->pressure_fd;
	for (int i = 0; i < 2; i++)
		policy->pressure_signal[i] = o->pressure_signals[i];
	return true;
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
	if (!find_name(o, command, name, e) || !ranges_fit(o, e) || !settle_pressure(o, policy, e))
		return false;
	if (o->has_ready_timeout && !o->has_ready_fd)
		return err_set(e, STATUS_USAGE, "--ready-timeout needs --ready-fd");
	bool good = config_daemon_check(policy, &why);
	if (!good)
		err_set(e, STATUS_USAGE, "%s", buf_text(&why));
	buf_free(&why);
	return good;
}
