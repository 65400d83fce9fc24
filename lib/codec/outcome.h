/* outcome.h - the words for what happened: outcome members, chain records and
 * failure records. One formatter for all of them, so that live and replayed
 * failures read the same (D-21); meshq-record(5) describes what it writes.
 *
 * All times of one effect are those of its one `at` (D-30), and durations keep
 * their nanoseconds (D-31). */
#ifndef MESHQ_OUTCOME_H
#define MESHQ_OUTCOME_H

#include "codec/record.h"
#include "core/engine.h"

/* The member "v" of chain and failure records. A change that a reader of this
 * version would misread takes the next number; new members do not. */
enum { OUTCOME_VERSION = 1 };

/* The longest name of a run, in bytes: readers keep names when their failures are
 * gone, so they are short. */
enum { OUTCOME_EPOCH_MOST = 300 };

const char *outcome_name(enum outcome o);

/* Appends the reason in words; nothing for a success. */
void outcome_reason(const struct effect *f, const struct policy *policy, struct buf *out);

/* Appends why a run was halted, in words, from what engine_halted says. */
void outcome_halted(uint64_t failures, struct buf *out);

/* Appends the value of the `outcome` member: {"status":...}. */
void outcome_member(const struct effect *f, const struct policy *policy, struct buf *out);

/* Who an effect is about, for records that do not carry the action itself. */
struct outcome_subject {
	slice epoch;     /* names this run */
	slice id;        /* as JSON: 7 or "a" */
	slice kind;      /* decoded */
	instant emitted; /* the action's at_ms, else its arrival */
	instant expires; /* INSTANT_NEVER: it does not */
	slice members;   /* what members_add has of it; may be empty */
	slice content;   /* what identity_write says of it; empty: it is not to be told */
};

/* Appends one action-chain record with its newline. */
void outcome_chain_record(const struct outcome_subject *s, const struct effect *f,
                          const struct policy *policy, struct buf *out);

/* A failure: FAILED, GATED, EXPIRED and UNFINISHED outcomes. Steps on the way,
 * a failed attempt that is retried among them, are none. */
bool outcome_is_failure(enum outcome o);

/* Appends one failure record with its newline. */
void outcome_failure_record(const struct outcome_subject *s, uint64_t seq, const struct effect *f,
                            const struct policy *policy, struct buf *out);

/* Appends "action-id:7:pull_replica". The id is JSON; a string is decoded. */
void outcome_source(slice id, slice kind, struct buf *out);

#endif
