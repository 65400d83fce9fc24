/* backoff_tool.h - meshq-backoff from the inside: what its files share. */
#ifndef MESHQ_BACKOFF_TOOL_H
#define MESHQ_BACKOFF_TOOL_H

#include "cli/cli.h"
#include "cli/trackers.h"
#include "daemon_option.h"
#include "sys/clock.h"

struct backoff_tool {
	struct cli cli;
	struct clock clock;
	struct trackers trackers;

	/* Options of all. */
	const char *key;
	const char *state;
	uint64_t jitter_seed;
	bool seeded;
	span forget;
	/* --check */
	const char *check;
	/* schedule */
	uint64_t crashes;
	bool counted;
	span every;
	bool every_given;
	bool json, table;
	/* run */
	struct daemon_option daemon;
	bool once, no_wait;
	const char *events;
	bool label;
	span limit;
	bool limited;
	/* status, restart, stop, start; and run */
	const char *control;
	bool wait;
};

/* What the tool can do; each returns the status of main. */

/* filter.c: events in, holds out. */
int backoff_filter(struct backoff_tool *t);

/* check.c: whether one daemon may be started, as the exit status. */
int backoff_check(struct backoff_tool *t);

/* schedule.c: what the ladder looks like. */
int backoff_schedule(struct backoff_tool *t);

/* run.c: daemons are run, and run again when they may be. Does not return when a signal ended
 * us. */
int backoff_run(struct backoff_tool *t);

/* operate.c: looks at a supervisor, or tells it what to do. */
int backoff_operate(struct backoff_tool *t);

/* The word is one of those for backoff_operate. */
bool backoff_operates(const char *word);

#endif
