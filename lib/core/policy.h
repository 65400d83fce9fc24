/* policy.h - what the configuration decides, as plain values.
 *
 * codec/config.c fills a struct policy from the presets, a file and --set;
 * everything in core only reads it. Strings are terminated and owned by the
 * policy; config_free releases them. */
#ifndef MESHQ_POLICY_H
#define MESHQ_POLICY_H

#include "base/slice.h"
#include "base/tick.h"
#include "core/ladder.h"

#include <stdbool.h>
#include <stdint.h>

enum rule_type {
	RULE_WINDOW, /* closed for a time after an admit */
	RULE_RATE,   /* at most n admits in any trailing period */
	RULE_HOLD,   /* closed by meshq.hold records */
};

/* Which reservation a failed or retried action gives back (D-6). */
enum undo_scope {
	UNDO_OWNER, /* only its own */
	UNDO_ANY,   /* a keyed window opens whoever closed it: the reference; not for rates */
	UNDO_NONE,  /* none: what was attempted counts, whatever came of it */
};

/* How long a refusal says to wait (D-16). */
enum hint_scope {
	HINT_LONGEST, /* until every rule that is closed now has opened */
	HINT_FIRST,   /* until the deciding rule opens: the reference */
};

enum on_hold {
	ON_HOLD_DROP, /* the action ends as gated: the reference (D-2) */
	ON_HOLD_WAIT, /* the executor keeps it until the hold opens */
};

struct rule_policy {
	char *name;
	char **kinds; /* the kinds it applies to; none: every kind */
	uint32_t kind_count;
	char **key; /* member paths that make the key together; none: one key for all */
	uint32_t key_count;
	enum rule_type type;
	span window;      /* RULE_WINDOW */
	uint32_t rate;    /* RULE_RATE: admits a period; 0 admits nothing */
	span per;         /* RULE_RATE */
	span retry_after; /* RULE_RATE: fixed hint; 0 or less: the exact time */
	enum undo_scope undo;
	enum hint_scope hint;
	enum on_hold on_hold; /* RULE_HOLD */
};

struct backpressure_policy {
	uint64_t assert_at;  /* asserted from this depth on (inclusive) */
	uint64_t release_at; /* released at this depth and below */
	uint64_t ceiling;    /* the depth at which the level is 1; 0: twice assert_at */
	float step;          /* tell the level again when it moved by so much; 0: never */
	bool force;          /* accept release_at >= assert_at, which flaps (D-15) */
};

enum queueing {
	QUEUEING_FAIR,      /* refused actions wait in line, first come first served */
	QUEUEING_REFERENCE, /* refused actions come back after the hint and race again */
};

enum on_eof {
	ON_EOF_DRAIN,      /* finish what waits */
	ON_EOF_UNFINISHED, /* report what waits as unfinished and end */
};

enum on_timeout {
	ON_TIMEOUT_FAIL,
	ON_TIMEOUT_RETRY,
};

/* What an exit status or a signal means. */
enum on_exit {
	ON_EXIT_OK,
	ON_EXIT_FAIL,
	ON_EXIT_RETRY,
	ON_EXIT_HALT, /* the action fails, and nothing more is started */
};

/* What becomes of an action that would have to wait while max_waiting wait already. */
enum on_full {
	ON_FULL_BLOCK, /* it is not taken in: the reader stops */
	ON_FULL_FAIL,
};

/* How a run is halted. */
enum halt {
	HALT_NEVER,
	HALT_SOON, /* nothing is started any more, what runs goes on */
	HALT_NOW,  /* what runs is told to end, too */
};

struct halt_policy {
	enum halt when;
	bool percent;  /* `fail` is a part of those that have ended, in percent */
	uint32_t fail; /* so many failures are enough; at least 1 */
};

enum { RETRY_DELAYS = 32, RETRY_MOST = 10000 };

/* The waits between the attempts of an action whose handler names none. */
struct retry_policy {
	bool listed;   /* by `delays`, else by the ladder */
	uint32_t most; /* retries that the ladder has; up to RETRY_MOST */
	struct ladder ladder;
	uint32_t count;
	span delays[RETRY_DELAYS];
};

/* The retries that all actions have together; see retry_budget.h. */
struct retry_budget_policy {
	float ratio;    /* retries that a first attempt brings */
	uint32_t floor; /* retries that a time brings; 0: there is no budget */
	span per;       /* that time, more than 0 */
};

enum run_as {
	RUN_SPAWN,     /* a process for each action */
	RUN_COPROCESS, /* workers that stay, one line in, one line out */
	RUN_BATCH,     /* a process for some actions at once */
};

enum { RUN_WINDOW_MOST = 65536, RUN_BATCH_MOST = 65536 };

/* How the handlers of a kind are run. */
struct run_policy {
	enum run_as as;
	uint32_t jobs;     /* processes at once; 0: executor.jobs */
	uint32_t window;   /* COPROCESS: actions that a worker has at once */
	uint32_t batch;    /* BATCH: actions that a process gets */
	span batch_wait;   /* BATCH: how long the first of them may wait for the others */
	bool backpressure; /* COPROCESS: workers are told of its edges */
};

/* Its processes are among the executor.jobs of all: it has no slots of its own. */
static inline bool run_is_shared(const struct run_policy *run)
{
	return run->as == RUN_SPAWN && run->jobs == 0;
}

/* What becomes of a daemon that has ended. */
enum restart {
	RESTART_ON_CRASH, /* an end without a fault is the end */
	RESTART_ALWAYS,   /* it is not meant to end: doing so before stable_run is a crash */
	RESTART_NEVER,
};

/* A daemon to be kept running; see supervisor.h. */
struct daemon_policy {
	char **command; /* with its arguments */
	uint32_t command_count;
	char *directory; /* where it runs; NULL: where we do */
	enum restart restart;
	uint32_t give_up;   /* crash loops without a stable run between; 0: never */
	span grace;         /* from the stop signal to KILL */
	int stop_signal;    /* such as SIGTERM */
	uint32_t ready_fd;  /* it writes a line to this descriptor when it is ready; 0: none */
	span ready_timeout; /* from the start; 0: any time */
	/* How it learns of back-pressure; any of them may be set. */
	char *pressure_file;    /* that has the level; NULL: none */
	int32_t pressure_fd;    /* that gets lines; -1: none */
	int pressure_signal[2]; /* asserted, released; 0: none */
};

/* A program and its arguments. */
struct command_policy {
	char **words;
	uint32_t count;
};

/* What is set for each of some names; which member counts, the map says. */
struct policy_entry {
	char *name;
	union {
		span time;
		enum on_exit on_exit;
		struct retry_policy retry;
		struct run_policy run;
		struct daemon_policy daemon;
		struct command_policy command;
	};
};

struct policy_map {
	struct policy_entry *entries;
	uint32_t count;
};

/* NULL: the name has no entry. */
static inline const struct policy_entry *policy_find(const struct policy_map *m, slice name)
{
	for (uint32_t i = 0; i < m->count; i++)
		if (slice_is(name, m->entries[i].name))
			return &m->entries[i];
	return NULL;
}

/* Actions of one kind with the same values of some members: one is enough. */
struct dedupe_policy {
	span keep;  /* how long what was done counts; 0: each is run */
	char **key; /* member paths; none: all members that say what is to be done */
	uint32_t key_count;
};

struct executor_policy {
	uint32_t jobs;        /* handlers at once; 0: one for each processor */
	uint32_t queue;       /* actions read ahead, at least 1 */
	uint32_t max_waiting; /* deferred actions kept, at least 1 */
	uint32_t max_defers;  /* defers and retries together before giving up */
	enum queueing queueing;
	enum on_eof on_eof;
	char **serialize; /* member paths: actions with the same values go one by one */
	uint32_t serialize_count;
	struct dedupe_policy dedupe;
	span retry_after;          /* hint of a handler that asks to be retried and names no time */
	struct policy_map retries; /* by kind, or `default`: retry, instead of retry_after */
	struct retry_budget_policy retry_budget;
	span max_wait;              /* an action may wait so long after its arrival; 0: no limit */
	span timeout;               /* a handler's time; 0: no limit */
	struct policy_map timeouts; /* the same for single kinds: time */
	struct policy_map run;      /* by kind, or `default`: run, instead of RUN_SPAWN */
	span kill_after;            /* from TERM to KILL */
	enum on_timeout on_timeout;
	struct policy_map on_exit; /* by exit status in decimal or name of a signal; others as
	                            * the contract says */
	struct halt_policy halt;
	enum on_full on_full;
	span grace;       /* what running handlers get after the first TERM */
	uint64_t capture; /* bytes kept of a handler's stdout and of its stderr */
};

struct backoff_policy {
	span initial; /* the first window */
	float factor; /* single precision, as the reference has it */
	span max;     /* no window after the first is longer */
	float jitter; /* 0 none .. 1 full: the part of a window that chance may take off (D-33) */
	uint32_t threshold; /* crashes within crash_window that make a crash loop */
	span crash_window;
	span cooldown;                  /* the hold of a crash loop */
	span stable_run;                /* a run this long forgives everything */
	bool stable_from_start_to_exit; /* measure runs, not starts (D-26) */
	bool never_shorten;             /* a hold's end never moves earlier (D-25) */
	bool clear_on_release;          /* counting starts afresh when a hold ends (D-25) */
};

enum { RECOVERY_CAP_MOST = 1000000 };

/* Recovery passes; see recovery.h and placement.h. */
struct recovery_policy {
	struct policy_map handlers; /* in place of those of a directory, by name: command */
	span timeout;               /* of a handler; 0: any time */
	span kill_after;            /* from TERM to KILL */
	bool exit_strikes;          /* an exit status other than 0 is a strike */
	bool probe;                 /* ask `NAME probe` first */
	uint32_t strikes;           /* in a row that evict a handler; 0: none do */
	struct ladder backoff;      /* waits after strikes; initial 0: none */
	uint32_t cap;               /* recoveries of a pass; 0: any number */
	uint32_t slots;             /* of a group that a plan places in a pass, at least 1 */
	bool rotate;                /* where the last pass stopped the next one begins (D-27) */
};

struct failures_policy {
	uint32_t ring; /* failures kept, at least 1 */
};

struct policy {
	struct rule_policy *rules;
	uint32_t rule_count;
	struct backpressure_policy backpressure;
	struct executor_policy executor;
	struct backoff_policy backoff;
	struct policy_map daemons; /* by name: daemon */
	struct recovery_policy recovery;
	struct failures_policy failures;
};

#endif
