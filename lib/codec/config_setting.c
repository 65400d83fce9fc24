#include "codec/config_setting.h"

#include "codec/config_daemon.h"
#include "codec/config_run.h"
#include "codec/config_signal.h"
#include "codec/json.h"

#include <assert.h>
#include <float.h>
#include <stddef.h>

#define AT(member) offsetof(struct policy, member)
#define ENTRY(member) offsetof(struct policy_entry, member)

static const char *const no_yes[] = { "false", "true", NULL };
static const char *const queueings[] = { "fair", "reference", NULL };
static const char *const on_eofs[] = { "drain", "unfinished", NULL };
static const char *const on_timeouts[] = { "fail", "retry", NULL };
static const char *const on_exits[] = { "ok", "fail", "retry", "halt", NULL };
static const char *const on_fulls[] = { "block", "fail", NULL };
static const char *const stabilities[] = { "starts", "runs", NULL };
static const char *const held_crashes[] = { "replace", "extend", NULL };
static const char *const off_on[] = { "off", "on", NULL };
static const char *const exit_strikes[] = { "ignore", "strike", NULL };
static const char *const after_holds[] = { "remember", "forget", NULL };

/* 0 is success and stays it. */
static const char *exit_fault(slice text)
{
	uint64_t status;

	if (slice_u64(text, &status) && status >= 1 && status <= 255 && text.p[0] != '0')
		return NULL;
	if (config_signal_find(text))
		return NULL;
	return "is neither an exit status from 1 to 255 nor a signal such as SEGV";
}

static const struct setting timeout_entry = {
	.type = SETTING_DURATION,
	.offset = ENTRY(time),
	.least = 1,
	.word = "none",
	.word_means = "a handler may take any time",
};

static const struct setting retry_entry = {
	.type = SETTING_RETRY,
	.offset = ENTRY(retry),
};

static const struct setting on_exit_entry = {
	.type = SETTING_CHOICE,
	.offset = ENTRY(on_exit),
	.words = on_exits,
};

static const struct setting run_entry = {
	.type = SETTING_TABLE,
	.offset = ENTRY(run),
	.table = &config_run_table,
};

static const struct setting daemon_entry = {
	.type = SETTING_TABLE,
	.offset = ENTRY(daemon),
	.table = &config_daemon_table,
};

static const struct setting handler_entry = {
	.type = SETTING_COMMAND,
	.offset = ENTRY(command.words),
	.count = ENTRY(command.count),
};

const struct setting config_settings[CONFIG_SETTINGS] = {
	{ .path = "rules",
	  .type = SETTING_RULES,
	  .help = "tried in order: the first that is closed decides, and only when all are open is "
	          "the action admitted" },

	{ .path = "backpressure",
	  .type = SETTING_SECTION,
	  .help = "the queue is too deep, or well again; both marks are inclusive" },
	{ .path = "backpressure.assert_at",
	  .type = SETTING_U64,
	  .offset = AT(backpressure.assert_at),
	  .least = 1,
	  .most = INT64_MAX,
	  .help = "asserted from this depth on" },
	{ .path = "backpressure.release_at",
	  .type = SETTING_U64,
	  .offset = AT(backpressure.release_at),
	  .most = INT64_MAX,
	  .help = "released at this depth and below" },
	{ .path = "backpressure.ceiling",
	  .type = SETTING_U64,
	  .offset = AT(backpressure.ceiling),
	  .least = 1,
	  .most = INT64_MAX,
	  .word = "auto",
	  .word_means = "it is twice assert_at",
	  .help = "depth at which the level is 1; auto: twice assert_at" },
	{ .path = "backpressure.step",
	  .type = SETTING_FLOAT,
	  .offset = AT(backpressure.step),
	  .most_real = 1,
	  .help = "while asserted, tell when the level has moved by so much; 0: never" },
	{ .path = "backpressure.force",
	  .type = SETTING_SWITCH,
	  .offset = AT(backpressure.force),
	  .words = no_yes,
	  .help = "accept a release_at that is not below assert_at, which flaps" },

	{ .path = "executor",
	  .type = SETTING_SECTION,
	  .help = "how meshq-exec runs handlers, waits and gives up" },
	{ .path = "executor.jobs",
	  .type = SETTING_U32,
	  .offset = AT(executor.jobs),
	  .least = 1,
	  .most = 10000,
	  .word = "auto",
	  .word_means = "there is one for each processor",
	  .help = "handlers at once; auto: one for each processor" },
	{ .path = "executor.queue",
	  .type = SETTING_U32,
	  .offset = AT(executor.queue),
	  .least = 1,
	  .most = 1000000,
	  .help = "actions read ahead" },
	{ .path = "executor.max_waiting",
	  .type = SETTING_U32,
	  .offset = AT(executor.max_waiting),
	  .least = 1,
	  .most = 100000000,
	  .help = "deferred actions kept; at this many on_full counts" },
	{ .path = "executor.on_full",
	  .type = SETTING_CHOICE,
	  .offset = AT(executor.on_full),
	  .words = on_fulls,
	  .help = "block: then the reader stops; fail: an action that would have to wait fails" },
	{ .path = "executor.max_defers",
	  .type = SETTING_U32,
	  .offset = AT(executor.max_defers),
	  .most = UINT32_MAX - 1,
	  .word = "unlimited",
	  .word_value = UINT32_MAX,
	  .word_means = "no action is given up for its defers and retries",
	  .help = "defers and retries together that an action may have; with one more it fails" },
	{ .path = "executor.queueing",
	  .type = SETTING_CHOICE,
	  .offset = AT(executor.queueing),
	  .words = queueings,
	  .help = "fair: refused actions wait in line; reference: they race again after the hint" },
	{ .path = "executor.on_eof",
	  .type = SETTING_CHOICE,
	  .offset = AT(executor.on_eof),
	  .words = on_eofs,
	  .help = "drain: finish what waits when the input ends; unfinished: report it and end" },
	{ .path = "executor.serialize",
	  .type = SETTING_TEXTS,
	  .offset = AT(executor.serialize),
	  .count = AT(executor.serialize_count),
	  .fault = config_setting_path_fault,
	  .help = "actions with the same value of these members go one by one, in order; []: "
	          "none" },
	{ .path = "executor.dedupe",
	  .type = SETTING_SECTION,
	  .help = "of actions that ask for the same thing only one is run" },
	{ .path = "executor.dedupe.for",
	  .type = SETTING_DURATION,
	  .offset = AT(executor.dedupe.keep),
	  .least = 1,
	  .word = "none",
	  .word_means = "each action is run",
	  .help = "this long after it was done, and while it is not yet; none: each is run" },
	{ .path = "executor.dedupe.key",
	  .type = SETTING_TEXTS,
	  .offset = AT(executor.dedupe.key),
	  .count = AT(executor.dedupe.key_count),
	  .fault = config_setting_path_fault,
	  .help = "the same: of one kind, with the same value of these members; []: of all" },
	{ .path = "executor.retry_after",
	  .type = SETTING_DURATION,
	  .offset = AT(executor.retry_after),
	  .help = "wait of a handler that asks to be retried and names no time" },
	{ .path = "executor.retries",
	  .type = SETTING_MAP,
	  .offset = AT(executor.retries),
	  .entry = &retry_entry,
	  .help = "the same for single kinds, or default: { kind: [1s, 5s], default: { most: 5 } "
	          "}" },
	{ .path = "executor.retry_budget",
	  .type = SETTING_SECTION,
	  .help = "retries of all actions together, so that an outage does not become a storm" },
	{ .path = "executor.retry_budget.ratio",
	  .type = SETTING_FLOAT,
	  .offset = AT(executor.retry_budget.ratio),
	  .most_real = 10,
	  .help = "retries that a first attempt brings ..." },
	{ .path = "executor.retry_budget.floor",
	  .type = SETTING_U32,
	  .offset = AT(executor.retry_budget.floor),
	  .least = 1,
	  .most = 10000000,
	  .word = "none",
	  .word_means = "there is no budget",
	  .help = "... and so many more ...; none: there is no budget" },
	{ .path = "executor.retry_budget.per",
	  .type = SETTING_DURATION,
	  .offset = AT(executor.retry_budget.per),
	  .least = 1,
	  .help = "... in this time; 10 s of it can be saved up, at least 10 retries" },
	{ .path = "executor.max_wait",
	  .type = SETTING_DURATION,
	  .offset = AT(executor.max_wait),
	  .least = 1,
	  .word = "none",
	  .word_means = "an action may wait any time",
	  .help = "an action that waits longer from its arrival on is expired; none: no limit" },
	{ .path = "executor.timeout",
	  .type = SETTING_DURATION,
	  .offset = AT(executor.timeout),
	  .least = 1,
	  .word = "none",
	  .word_means = "a handler may take any time",
	  .help = "time of one handler; then TERM to its process group; none: no limit" },
	{ .path = "executor.timeouts",
	  .type = SETTING_MAP,
	  .offset = AT(executor.timeouts),
	  .entry = &timeout_entry,
	  .help = "the same for single kinds: { kind: 10m }" },
	{ .path = "executor.run",
	  .type = SETTING_MAP,
	  .offset = AT(executor.run),
	  .entry = &run_entry,
	  .help = "how the handlers of a kind, or default, run: { kind: { as: coprocess, jobs: 2 } "
	          "}" },
	{ .path = "executor.kill_after",
	  .type = SETTING_DURATION,
	  .offset = AT(executor.kill_after),
	  .help = "time from TERM to KILL" },
	{ .path = "executor.on_timeout",
	  .type = SETTING_CHOICE,
	  .offset = AT(executor.on_timeout),
	  .words = on_timeouts,
	  .help = "fail: a timeout is final; retry: it is retried like exit 75" },
	{ .path = "executor.on_exit",
	  .type = SETTING_MAP,
	  .offset = AT(executor.on_exit),
	  .fault = exit_fault,
	  .entry = &on_exit_entry,
	  .help = "exit statuses and signals that mean ok, fail, retry or halt: { 100: fail, SEGV: "
	          "retry }" },
	{ .path = "executor.halt",
	  .type = SETTING_HALT,
	  .offset = AT(executor.halt),
	  .help = "stop when so many have failed: soon,fail=3 or now,fail=10%; never" },
	{ .path = "executor.grace",
	  .type = SETTING_DURATION,
	  .offset = AT(executor.grace),
	  .help = "time that running handlers get after the first TERM" },
	{ .path = "executor.capture",
	  .type = SETTING_SIZE,
	  .offset = AT(executor.capture),
	  .most = UINT64_C(1) << 30,
	  .help = "bytes kept of a handler's output, and as many of its errors; the rest is "
	          "drained" },

	{ .path = "backoff",
	  .type = SETTING_SECTION,
	  .help = "how long a daemon that crashed stays down" },
	{ .path = "backoff.initial",
	  .type = SETTING_DURATION,
	  .offset = AT(backoff.initial),
	  .help = "hold after the first crash" },
	{ .path = "backoff.factor",
	  .type = SETTING_FLOAT,
	  .offset = AT(backoff.factor),
	  .most_real = FLT_MAX,
	  .help = "each further hold is this many times longer" },
	{ .path = "backoff.max",
	  .type = SETTING_DURATION,
	  .offset = AT(backoff.max),
	  .help = "no hold after the first is longer" },
	{ .path = "backoff.jitter",
	  .type = SETTING_FLOAT,
	  .offset = AT(backoff.jitter),
	  .most_real = 1,
	  .help = "part of a hold that chance may take off: 0 none, 1 all of it" },
	{ .path = "backoff.crash_loop",
	  .type = SETTING_SECTION,
	  .help = "crashes that come too fast close the gate for longer" },
	{ .path = "backoff.crash_loop.threshold",
	  .type = SETTING_U32,
	  .offset = AT(backoff.threshold),
	  .most = 1000000,
	  .help = "this many crashes ..." },
	{ .path = "backoff.crash_loop.window",
	  .type = SETTING_DURATION,
	  .offset = AT(backoff.crash_window),
	  .help = "... within this time are a crash loop ..." },
	{ .path = "backoff.crash_loop.cooldown",
	  .type = SETTING_DURATION,
	  .offset = AT(backoff.cooldown),
	  .help = "... and hold the daemon this long" },
	{ .path = "backoff.stable_run",
	  .type = SETTING_DURATION,
	  .offset = AT(backoff.stable_run),
	  .help = "a run this long forgives everything" },
	{ .path = "backoff.stability",
	  .type = SETTING_SWITCH,
	  .offset = AT(backoff.stable_from_start_to_exit),
	  .words = stabilities,
	  .help = "runs: stable_run is measured from start to exit; starts: from start to start" },
	{ .path = "backoff.crash_in_hold",
	  .type = SETTING_SWITCH,
	  .offset = AT(backoff.never_shorten),
	  .words = held_crashes,
	  .help = "extend: a crash never moves the end of a hold earlier; replace: it may" },
	{ .path = "backoff.after_hold",
	  .type = SETTING_SWITCH,
	  .offset = AT(backoff.clear_on_release),
	  .words = after_holds,
	  .help = "forget: crashes are counted afresh when a hold ends; remember: they still "
	          "count" },

	{ .path = "daemons",
	  .type = SETTING_MAP,
	  .offset = AT(daemons),
	  .fault = config_daemon_name_fault,
	  .entry = &daemon_entry,
	  .help = "what meshq-backoff run keeps running: { telemetry: { command: [telemetryd, -f] "
	          "} "
	          "}" },

	{ .path = "recovery",
	  .type = SETTING_SECTION,
	  .help = "how meshq-recover calls handlers, and what becomes of those that fail" },
	{ .path = "recovery.handlers",
	  .type = SETTING_MAP,
	  .offset = AT(recovery.handlers),
	  .fault = config_setting_name_fault,
	  .entry = &handler_entry,
	  .help = "in place of a directory: { name: [program, argument] }" },
	{ .path = "recovery.probe",
	  .type = SETTING_SWITCH,
	  .offset = AT(recovery.probe),
	  .words = off_on,
	  .help = "on: a handler is first asked whether there is something to do" },
	{ .path = "recovery.timeout",
	  .type = SETTING_DURATION,
	  .offset = AT(recovery.timeout),
	  .least = 1,
	  .word = "none",
	  .word_means = "a handler may take any time",
	  .help = "time of one handler; then TERM to its process group; none: no limit" },
	{ .path = "recovery.kill_after",
	  .type = SETTING_DURATION,
	  .offset = AT(recovery.kill_after),
	  .help = "time from TERM to KILL" },
	{ .path = "recovery.on_exit",
	  .type = SETTING_SWITCH,
	  .offset = AT(recovery.exit_strikes),
	  .words = exit_strikes,
	  .help = "strike: an exit status other than 0 is a fault like a crash; ignore: it is "
	          "none" },
	{ .path = "recovery.strikes",
	  .type = SETTING_U32,
	  .offset = AT(recovery.strikes),
	  .least = 1,
	  .most = 1000000,
	  .word = "none",
	  .word_means = "no handler is evicted",
	  .help = "faults in a row that evict a handler; none: it is tried for ever" },
	{ .path = "recovery.backoff",
	  .type = SETTING_SECTION,
	  .help = "how long a handler is passed over after a fault that does not evict it" },
	{ .path = "recovery.backoff.initial",
	  .type = SETTING_DURATION,
	  .offset = AT(recovery.backoff.initial),
	  .least = 1,
	  .word = "none",
	  .word_means = "the next pass runs it again",
	  .help = "after the first; none: the next pass runs it again" },
	{ .path = "recovery.backoff.factor",
	  .type = SETTING_FLOAT,
	  .offset = AT(recovery.backoff.factor),
	  .most_real = FLT_MAX,
	  .help = "each further wait is this many times longer" },
	{ .path = "recovery.backoff.max",
	  .type = SETTING_DURATION,
	  .offset = AT(recovery.backoff.max),
	  .help = "no wait after the first is longer" },
	{ .path = "recovery.backoff.jitter",
	  .type = SETTING_FLOAT,
	  .offset = AT(recovery.backoff.jitter),
	  .most_real = 1,
	  .help = "part of a wait that chance may take off: 0 none, 1 all of it" },
	{ .path = "recovery.cap",
	  .type = SETTING_U32,
	  .offset = AT(recovery.cap),
	  .least = 1,
	  .most = RECOVERY_CAP_MOST,
	  .word = "none",
	  .word_means = "a pass runs all handlers",
	  .help = "recoveries of a pass; then it ends; none: all handlers have their turn" },
	{ .path = "recovery.rotate",
	  .type = SETTING_SWITCH,
	  .offset = AT(recovery.rotate),
	  .words = off_on,
	  .help = "on: where a pass ended early the next one goes on; off: it begins anew" },
	{ .path = "recovery.slots",
	  .type = SETTING_U32,
	  .offset = AT(recovery.slots),
	  .least = 1,
	  .most = 1000000,
	  .help = "slots of a group that a plan looks at in a pass" },

	{ .path = "failures", .type = SETTING_SECTION, .help = "what meshq-failures keeps" },
	{ .path = "failures.ring",
	  .type = SETTING_U32,
	  .offset = AT(failures.ring),
	  .least = 1,
	  .most = 100000000,
	  .help = "failures kept; the oldest leaves" },
};

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

const char *config_setting_name_fault(slice text)
{
	if (text.n == 0)
		return "is not a name";
	for (size_t i = 0; i < text.n; i++)
		if (!is_name_char(text.p[i]))
			return "is not a name of letters, digits, '_' and '-'";
	return NULL;
}

/* An empty name between the dots is legal JSON, but nobody means it. */
const char *config_setting_path_fault(slice text)
{
	const char *path = text.p;
	struct buf name = { 0 };
	bool good = true;

	for (bool more = true; good && more; path++) {
		json_path_take(&path, &name);
		good = name.n > 0;
		more = *path == '.';
	}
	buf_free(&name);
	return good ? NULL : "is not a path of member names with dots between";
}

bool config_setting_in(const struct setting *s, const char *path, const char **name)
{
	size_t n = strlen(path);
	const char *rest = s->path;

	if (n > 0) {
		if (strncmp(rest, path, n) != 0 || rest[n] != '.')
			return false;
		rest += n + 1;
	}
	*name = rest;
	return strchr(rest, '.') == NULL;
}

int config_setting_find(const char *path, slice name)
{
	for (int i = 0; i < CONFIG_SETTINGS; i++) {
		const char *last;
		if (config_setting_in(&config_settings[i], path, &last) && slice_is(name, last))
			return i;
	}
	return -1;
}
