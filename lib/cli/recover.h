/* recover.h - recovery passes: one, or one after the other.
 *
 * A pass looks which handlers there are, runs each that has its turn, keeps what came of it, and
 * only then tells it: what a kill -9 can lose is lines, never a strike. */
#ifndef MESHQ_RECOVER_H
#define MESHQ_RECOVER_H

#include "base/rng.h"
#include "cli/recover_list.h"
#include "cli/recover_results.h"
#include "cli/recover_run.h"
#include "cli/recover_store.h"
#include "codec/recovery_event.h"
#include "sys/clock.h"

struct recover {
	/* Set by the caller. */
	struct cli *cli;
	const struct recovery_policy *policy;
	const char *directory;    /* of the handlers; NULL: those of the list */
	struct recover_list list; /* owned */
	const char *state;        /* the file; NULL: only memory */
	span every;               /* a pass each period ... */
	bool again;               /* ... if this is set; else one pass */
	uint64_t passes;          /* at most so many; 0: any number */
	bool trace;               /* tell of handlers that come and go */
	bool stats;

	/* Its own. */
	struct clock clock;
	struct rng rng; /* of the jitter of waits */
	struct recover_store store;
	struct recover_run run;
	struct recover_results results;
	struct recover_pass {
		struct recovery_pass turns;
		const struct recover_command *next; /* NULL: the pass is over */
		struct recover_told told;           /* to the next */
	} pass;
	struct recovery_event_stats counts;
	bool beside;     /* the last pass found another on its way; said once in a row */
	bool unsaved;    /* that the state cannot be written has been said */
	bool broken_off; /* the output has failed, or --strict has found something */
	int status;
};

/* Makes the passes; the status of main. Does not return when a signal has stopped us. */
int recover_all(struct recover *r);

/* The time of a replay goes on where the state ends. */
void recover_show_latest(struct recover *r);

/* Makes the handlers that are known those of the list: new ones are added, others are forgotten. */
void recover_sync(struct recover *r);

/* recover_pass.c: one of them. False: there will be no other. */
bool recover_pass(struct recover *r);

#endif
