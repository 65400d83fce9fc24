/* recover_results.h - the way out of what recovery handlers write: records to standard output, bad
 * lines to --rejects, and what they complain of to people. */
#ifndef MESHQ_RECOVER_RESULTS_H
#define MESHQ_RECOVER_RESULTS_H

#include "cli/cli.h"
#include "cli/recover_run.h"
#include "codec/recovery_line.h"
#include "sys/out.h"

struct recover_results {
	const struct cli *cli;
	struct recovery_line_reader *reader;
	struct out out; /* callers add records of their own to out.pending */
	struct out rejects;
	bool keeps_rejects;
	bool given_up; /* on a reader that does not read: the last line may be cut, so none follows
	                */
	uint64_t bad;  /* lines */
	int status;
};

/* Opens --rejects. */
bool recover_results_open(struct recover_results *r, const struct cli *cli, struct err *e);

/* The lines of a handler; returns how many recoveries they tell. Nothing is written yet. */
uint64_t recover_results_take(struct recover_results *r, const char *handler, slice text,
                              instant now);

/* What it has written to standard error, line by line behind its name. */
void recover_results_say(const struct recover_results *r, const char *handler,
                         const struct recover_end *end);

/* Writes all. False: the output has failed, or nobody reads it and we were told to stop twice. */
bool recover_results_flush(struct recover_results *r, struct recover_run *run);

/* Closes all; returns the status. *closed: our reader has gone, which is no error. */
int recover_results_close(struct recover_results *r, bool *closed);

#endif
