/* failure_filter.h - which failures the user asks for. */
#ifndef MESHQ_FAILURE_FILTER_H
#define MESHQ_FAILURE_FILTER_H

#include "cli/opt.h"
#include "codec/ledger.h"

#include <regex.h>

enum failure_since {
	SINCE_EVER,
	SINCE_SEQ, /* numbers above `seq`, of `epoch` and of later runs, or of any */
	SINCE_AGE, /* at most as old as `age` */
};

struct failure_filter {
	/* Options; an empty list is no condition, several values are alternatives. */
	struct opt_list kinds;
	struct opt_list statuses;
	struct opt_list sources; /* all of it, or what stands before a colon of it */
	const char *reason;      /* POSIX extended expression for reason or last_reason */
	const char *since_text;  /* SEQ, EPOCH:SEQ or a duration */

	/* What they mean. */
	enum failure_since since;
	uint64_t seq;
	slice epoch;
	span age;
	bool has_pattern;
	regex_t pattern;
};

/* Reads the options; false: a usage error. */
bool failure_filter_start(struct failure_filter *f, struct err *e);
void failure_filter_free(struct failure_filter *f);

bool failure_filter_wants(const struct failure_filter *f, const struct ledger *l,
                          const struct failure *failure, instant now);

/* A gap matters when what is lost might have been wanted. */
bool failure_filter_wants_gap(const struct failure_filter *f, const struct ledger *l,
                              const struct gap *g, instant now);

#endif
