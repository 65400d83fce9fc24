/* daemon_option.h - the options of one daemon, whose command stands behind `--`. */
#ifndef MESHQ_DAEMON_OPTION_H
#define MESHQ_DAEMON_OPTION_H

#include "base/err.h"
#include "cli/opt.h"
#include "core/policy.h"

struct daemon_option {
	const char *name;
	int restart;
	uint64_t give_up;
	span grace;
	int stop_signal;
	uint64_t ready_fd;
	span ready_timeout;
	const char *pressure_file;
	uint64_t pressure_fd;
	int pressure_signals[2];
	bool has_name, has_restart, has_give_up, has_grace, has_stop_signal, has_ready_fd,
		has_ready_timeout, has_pressure_fd, has_pressure_signals;
};

/* --restart, --stop-signal, --backpressure-signals. */
extern const char *const daemon_option_restarts[];
extern const struct opt_form daemon_option_signal;
extern const struct opt_form daemon_option_signals;

/* The first of them that was given, with its dashes; NULL: none. */
const char *daemon_option_given(const struct daemon_option *o);

/* The policy and the name of the daemon with this command; both borrow from it and from the
 * options. */
bool daemon_option_settle(const struct daemon_option *o, char **command,
                          struct daemon_policy *policy, const char **name, struct err *e);

#endif
