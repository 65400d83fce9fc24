/* failure_report.h - what is printed of a ledger: the failures that are wanted,
 * one by one or counted, as records, as a table or as the actions they were. */
#ifndef MESHQ_FAILURE_REPORT_H
#define MESHQ_FAILURE_REPORT_H

#include "cli/cli.h"
#include "cli/failure_filter.h"
#include "cli/failure_groups.h"
#include "cli/failure_table.h"
#include "sys/out.h"

enum failure_form {
	FORM_JSON,
	FORM_TABLE,
	FORM_ACTIONS,
};

struct failure_report {
	const struct cli *cli;
	struct out out;
	enum failure_form form;
	struct failure_filter filter;
	struct failure_groups groups;
	struct failure_table table;
	uint64_t wanted;     /* failures that the filter let through, printed or not */
	uint64_t actionless; /* wanted, but their action is not known */
	uint64_t evicted;    /* have left the ledger, and been seen before */
};

/* Prints to stdout. The filter has its options already; false: they are wrong. */
bool failure_report_start(struct failure_report *r, const struct cli *cli, enum failure_form form,
                          enum failure_by by, struct err *e);
void failure_report_free(struct failure_report *r);

/* Everything that the ledger has. */
void failure_report_all(struct failure_report *r, struct ledger *l, instant now);

/* One that has just come, and the gap before it. */
void failure_report_one(struct failure_report *r, const struct ledger *l,
                        const struct ledger_news *news, const struct failure *f, instant now);

/* One that has left the ledger before it was printed. */
void failure_report_evicted(struct failure_report *r, const struct ledger *l,
                            const struct failure *f, instant now);

/* The counts, if they are what is printed. */
void failure_report_end(struct failure_report *r);

#endif
