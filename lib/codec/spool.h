/* spool.h - the lines of a spool: what meshq-exec --spool keeps between runs.
 *
 * A spool is a log. Its first line is the header; every other line is an entry that
 * says what has become of one action, absolutely and not as a difference, so that an
 * entry that is lost is made good by the next of that action; or it is a mark of the
 * gate. Actions have numbers that rise through the file, in the order of arrival.
 * meshq-record(5) describes the members. */
#ifndef MESHQ_SPOOL_H
#define MESHQ_SPOOL_H

#include "codec/json.h"
#include "core/engine.h"

/* The member "v" of the header. A change that a reader of this version would misread
 * takes the next number. */
enum { SPOOL_VERSION = 1 };

struct spool_header {
	struct hash_seed seed; /* of the keys of rules, for the life of the spool */
	uint64_t accepted;     /* actions ever, those in the lines below up to `last` included */
	uint64_t last;         /* the greatest number when the header was written */
	instant at;            /* what time it was then */
};

enum spool_kind {
	SPOOL_ACCEPT, /* from here on it is ours: number, at, record */
	SPOOL_START,  /* its handler is about to start: number, at, counts, admitted, reserved */
	SPOOL_WAIT,   /* it waits: number, counts, due or in_line */
	SPOOL_END,    /* its outcome has been told: number, at, dispatched */
	SPOOL_MARK,   /* of the gate: rule, type, by, mark */
};

struct spool_entry {
	enum spool_kind kind;
	uint64_t number;
	instant at;
	uint32_t attempts, defers;
	span ran;
	instant due;           /* SPOOL_WAIT: INSTANT_NEVER when it is in_line, or has none */
	bool in_line;          /* SPOOL_WAIT: for a rule, not for a time */
	bool admitted;         /* SPOOL_START: the gate has made reservations now */
	bool reserved;         /* SPOOL_START: it has made them before, and marks tell of them */
	bool dispatched;       /* SPOOL_END: so its reservations stay */
	slice record;          /* SPOOL_ACCEPT: the line of the action, white space and all */
	slice rule;            /* SPOOL_MARK: the name, decoded */
	slice type;            /* SPOOL_MARK: of the rule, decoded */
	slice by;              /* SPOOL_MARK: the paths of its key, as JSON */
	struct gate_mark mark; /* but for the rule's number */
};

/* ---- writing: all append to `out` ---- */

void spool_add_header(const struct spool_header *h, struct buf *out);

/* `line` is that of the action, without newline; the number is its arrival. What an
 * action brings along from an earlier life is in further entry. */
void spool_add_accept(const struct action *a, slice line, struct buf *out);

/* EFFECT_DISPATCH at `at`. */
void spool_add_start(const struct action *a, instant at, struct buf *out);

/* EFFECT_STEP; or EFFECT_OUTCOME that is UNFINISHED, of an action that ran. */
void spool_add_wait(const struct effect *f, struct buf *out);

void spool_add_end(uint64_t number, enum outcome outcome, instant at, struct buf *out);

void spool_add_mark(const struct policy *policy, const struct gate_mark *m, struct buf *out);

/* Any entry but a mark. */
void spool_add(const struct spool_entry *x, struct buf *out);

/* The paths that make the key of a rule, as spool_entry.by has them; and its type. */
void spool_add_paths(const struct rule_policy *r, struct buf *out);
const char *spool_type_name(enum rule_type type);

/* ---- reading ---- */

struct spool_reader;
struct spool_reader *spool_reader_new(void);
void spool_reader_free(struct spool_reader *r);

/* The line has JSON_SLACK readable bytes behind it. False: e says where and what. The
 * record of an accept is not looked into. Slices hold until the next line. */
bool spool_read_header(struct spool_reader *r, slice line, struct spool_header *h,
                       struct json_error *e);
bool spool_read_entry(struct spool_reader *r, slice line, struct spool_entry *x,
                      struct json_error *e);

#endif
