#include "codec/config_daemon.h"

#include <signal.h>
#include <stddef.h>

#define DAEMON(member) offsetof(struct daemon_policy, member)

static const char *const restarts[] = { "on-crash", "always", "never", NULL };

enum { NAME_MOST = 100, DESCRIPTOR_MOST = 1023 };

static const char *path_fault(slice text)
{
	return text.n > 0 ? NULL : "is not a path";
}

static const char *descriptor_fault(slice text)
{
	uint64_t n;

	if (slice_u64(text, &n) && (n == 1 || n == 2))
		return "is where its output goes";
	return NULL;
}

static const struct setting settings[] = {
	{ .path = "command",
	  .type = SETTING_COMMAND,
	  .offset = DAEMON(command),
	  .count = DAEMON(command_count) },
	{ .path = "directory",
	  .type = SETTING_TEXT,
	  .offset = DAEMON(directory),
	  .fault = path_fault,
	  .word = "none" },
	{ .path = "restart", .type = SETTING_CHOICE, .offset = DAEMON(restart), .words = restarts },
	{ .path = "give_up",
	  .type = SETTING_U32,
	  .offset = DAEMON(give_up),
	  .least = 1,
	  .most = 1000000,
	  .word = "never",
	  .word_means = "it is tried for ever" },
	{ .path = "grace", .type = SETTING_DURATION, .offset = DAEMON(grace) },
	{ .path = "stop_signal", .type = SETTING_SIGNAL, .offset = DAEMON(stop_signal) },
	{ .path = "ready_fd",
	  .type = SETTING_U32,
	  .offset = DAEMON(ready_fd),
	  .least = 3,
	  .most = DESCRIPTOR_MOST,
	  .word = "none",
	  .word_means = "it is ready when it has started" },
	{ .path = "ready_timeout",
	  .type = SETTING_DURATION,
	  .offset = DAEMON(ready_timeout),
	  .least = 1,
	  .word = "none",
	  .word_means = "it may take any time" },
	{ .path = "backpressure_file",
	  .type = SETTING_TEXT,
	  .offset = DAEMON(pressure_file),
	  .fault = path_fault,
	  .word = "none" },
	{ .path = "backpressure_fd",
	  .type = SETTING_U32,
	  .offset = DAEMON(pressure_fd),
	  .most = DESCRIPTOR_MOST,
	  .fault = descriptor_fault,
	  .word = "none",
	  .word_value = UINT32_MAX, /* -1 of the type that it has */
	  .word_means = "it gets no lines" },
	{ .path = "backpressure_signals",
	  .type = SETTING_SIGNALS,
	  .offset = DAEMON(pressure_signal) },
};

static const struct daemon_policy usual = {
	.grace = { 10 * NS_PER_S },
	.stop_signal = SIGTERM,
	.pressure_fd = -1,
};

const struct setting_table config_daemon_table = {
	.settings = settings,
	.count = sizeof settings / sizeof settings[0],
	.size = sizeof usual,
	.usual = &usual,
};

/* It is a word of a command line, a label, and a line for the control FIFO. */
const char *config_daemon_name_fault(slice name)
{
	if (name.n == 0)
		return "is not a name";
	if (name.n > NAME_MOST)
		return "is not a name: it has more than 100 bytes";
	if (name.p[0] == '-')
		return "is not a name: it begins with '-'";
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] <= ' ' || name.p[i] == 0x7f)
			return "is not a name: there are blanks or control characters in it";
	return NULL;
}

bool config_daemon_check(const struct daemon_policy *p, struct buf *why)
{
	const int *told = p->pressure_signal;

	if (p->command_count == 0)
		buf_add_text(why, "a daemon needs a command");
	else if (p->ready_fd != 0 && p->pressure_fd == (int32_t)p->ready_fd)
		buf_addf(why, "backpressure_fd: %u is ready_fd already", p->ready_fd);
	else if (p->ready_timeout.ns > 0 && p->ready_fd == 0)
		buf_add_text(why, "ready_timeout: there is no ready_fd by which it could be ready");
	else if (told[0] && (told[0] == p->stop_signal || told[1] == p->stop_signal))
		buf_addf(why, "backpressure_signals: %s is stop_signal already",
		         sigabbrev_np(p->stop_signal));
	else
		return true;
	return false;
}
