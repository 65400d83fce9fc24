/* told.h - what a record tells of an action: an outcome in its member `outcome`, an
 * action-chain record in `disposition`, both in the same words. */
#ifndef MESHQ_TOLD_H
#define MESHQ_TOLD_H

#include "codec/record.h"

enum told_by {
	TOLD_BY_NOBODY,
	TOLD_BY_OUTCOME,
	TOLD_BY_CHAIN,
};

enum told_member {
	TOLD_STATUS,
	TOLD_ATTEMPTS,
	TOLD_DEFERS,
	TOLD_AT, /* a chain record has it beside `disposition` */
	TOLD_QUEUED,
	TOLD_RUN,
	TOLD_EXIT,
	TOLD_SIGNAL,
	TOLD_TIMED_OUT,
	TOLD_HALTS,
	TOLD_RULE,
	TOLD_UNTIL,
	TOLD_DUE,
	TOLD_RETRY_AFTER,
	TOLD_HINTED,
	TOLD_LOST,
	TOLD_DRAW,
	TOLD_REASON,
	TOLD_LAST_REASON,
	TOLD_JOINED,
};

enum { TOLD_MEMBERS = TOLD_JOINED + 1 };

/* The paths, as numbers of the reader. */
struct told_paths {
	uint32_t version;
	uint32_t epoch;
	uint32_t disposition;
	uint32_t members[TOLD_BY_CHAIN + 1][TOLD_MEMBERS];
};

struct told_paths told_paths(struct record_reader *r);

/* What is wrong with a record. */
struct told_bad {
	const char *at; /* in the line; NULL: at the end of the object something is missing */
	char what[120];
};

/* Fills it in and returns false. */
bool told_refuse(struct told_bad *bad, const char *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Who tells. A chain record is known by what only it has; of users' members nothing
 * is assumed. */
enum told_by told_by(const struct told_paths *p, const struct record *r);

/* The version of a chain or failure record is ours. */
bool told_version(const struct told_paths *p, const struct record *r, struct told_bad *bad);

/* The name of the run, empty when there is none; other writers may call theirs by
 * numbers. `scratch` may own it. */
bool told_epoch(const struct told_paths *p, const struct record *r, struct buf *scratch,
                slice *epoch, struct told_bad *bad);

/* A member's value as written; p is NULL when it is absent or null. */
slice told_value(const struct told_paths *p, const struct record *r, enum told_by by,
                 enum told_member m);

/* The member is there, and true. */
bool told_true(const struct told_paths *p, const struct record *r, enum told_by by,
               enum told_member m);

/* Its path, for messages: "outcome.status". */
const char *told_name(enum told_by by, enum told_member m);

/* A member of some type; when it is absent the value stays what it was. */
bool told_count(const struct told_paths *p, const struct record *r, enum told_by by,
                enum told_member m, uint64_t *value, struct told_bad *bad);
bool told_ms(const struct told_paths *p, const struct record *r, enum told_by by,
             enum told_member m, int64_t *ns, struct told_bad *bad);
bool told_string(const struct told_paths *p, const struct record *r, enum told_by by,
                 enum told_member m, struct buf *scratch, slice *value, struct told_bad *bad);

#endif
