/* failure.h - one failure, whichever record told of it (D-21).
 *
 * An action with an `outcome`, an action-chain record and a failure record of
 * the same failure read as the same struct failure, and failure_write writes
 * the line that meshq-exec --failures has written for it. Events of daemons and of
 * recovery handlers that tell of a fault read as failures too. */
#ifndef MESHQ_FAILURE_H
#define MESHQ_FAILURE_H

#include "codec/told.h"

/* What counts and numbers may be at most. */
#define FAILURE_SEQ_MAX (UINT64_MAX - 1)

struct failure {
	slice epoch;       /* the run it is from; empty: not told (decoded) */
	uint64_t seq;      /* its number in that run; 0: not told */
	slice source;      /* "action-id:7:pull_replica" */
	slice id;          /* JSON; empty when the source has none */
	slice kind;        /* decoded; empty when the source has none */
	slice status;      /* "failed", "gated", "expired", "unfinished" */
	slice reason;      /* "" when none was told */
	slice last_reason; /* the handler's last error when a budget ended it, else empty */
	instant at;
	slice action; /* the original action's line, where it is known, else empty */
	char text[];  /* what the slices are in, with JSON_SLACK behind */
};

/* Numbers of a run that are not there. `epoch` is borrowed. */
struct gap {
	slice epoch; /* empty: of runs that are forgotten altogether */
	uint64_t from;
	uint64_t to;
	uint64_t count; /* how many of from .. to */
	bool evicted;   /* they were here; else they never came */
	instant at;     /* EVICTED: the newest one's; else of the failure behind the gap */
};

/* The paths that failures need, as numbers of the reader. */
struct failure_reader;

/* Adds the paths and lets the reader accept records without a kind. */
struct failure_reader *failure_reader_new(struct record_reader *r);
void failure_reader_free(struct failure_reader *f);

enum failure_kind {
	FAILURE_NONE, /* an action, another control record, a step, a success: no failure */
	FAILURE_ONE,
	FAILURE_GAP, /* a meshq.gap record; its epoch holds as long as the record */
	FAILURE_BAD,
};

struct failure_found {
	enum failure_kind kind;
	struct failure *failure; /* FAILURE_ONE: the caller's, released with free(3) */
	struct gap gap;
	struct told_bad bad; /* FAILURE_BAD */
};

/* `now` is for outcomes that tell no time. `keep_action`: copy the action. */
void failure_read(struct failure_reader *f, const struct record *r, instant now, bool keep_action,
                  struct failure_found *out);

/* Appends the failure record with its newline; `with_action`: also a member
 * `action`, for a ring that must be able to give it back. */
void failure_write(const struct failure *f, bool with_action, struct buf *out);

/* Appends the meshq.gap record with its newline. */
void failure_write_gap(const struct gap *g, struct buf *out);

#endif
