/* report.h - from the engine's effects to records: outcomes and back-pressure on
 * the output, the action chain and the failures in files of their own.
 *
 * It knows nothing of processes: the simulator reports with it too. */
#ifndef MESHQ_REPORT_H
#define MESHQ_REPORT_H

#include "cli/intake.h"
#include "cli/outlet.h"
#include "codec/identity.h"
#include "codec/members.h"
#include "codec/metrics.h"
#include "codec/outcome.h"
#include "sys/log.h"

struct report {
	/* Set by the caller. */
	struct cli *cli;
	struct intake *intake;   /* keeps the actions' lines */
	struct outlet outlet;    /* where records go; without, only the files are wanted */
	const char *chain;       /* path, or NULL */
	const char *failures;    /* path, or NULL */
	bool sync;               /* fdatasync after every record of both */
	bool trace;              /* steps on the output too */
	bool complains;          /* without an outlet for records, on stderr */
	const char *epoch;       /* names this run in both files */
	const char *identity;    /* path of the member that says who an action is; NULL: `id` */
	bool content;            /* the chain says what actions are: they are run for real */
	struct metrics *metrics; /* counts outcomes by kind; NULL: nobody asks */

	struct log chain_log;
	struct log failures_log;
	struct record_reader *reader;
	struct identity who;
	struct members *members; /* what the chain keeps of an action; NULL: no chain */
	struct buf kept;         /* the same of one action */
	struct buf content_text;
	struct buf line;
	uint64_t restored;   /* actions that were in the spool at the start */
	uint64_t spooled;    /* of the unfinished: left in the spool, and not told */
	uint64_t seq;        /* of the last failure */
	uint64_t complaints; /* actions that fell short, with `complains` */
	uint64_t chain_append_failures;
	uint64_t failures_append_failures;
	bool shortfall; /* something did not go through */
	int status;     /* STATUS_IO after a failed append */
};

/* Opens the files. */
bool report_open(struct report *r, struct err *e);

/* EFFECT_STEP, EFFECT_OUTCOME and EFFECT_EDGE; an append that fails is counted
 * and stops nothing. The action stays the caller's. */
void report_effect(struct report *r, const struct effect *f);

/* Appends a meshq.stats record. Every line is counted once:
 *	lines = received + passed + controls + rejected + skipped
 *	received = dispatched + failed + gated + expired + unfinished + pending */
void report_stats(const struct report *r, const struct intake *in, uint64_t rejected,
                  const struct engine *e, instant now, struct buf *out);

/* Closes the files; the status that all of it deserves. */
int report_close(struct report *r);

#endif
