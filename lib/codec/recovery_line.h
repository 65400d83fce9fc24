/* recovery_line.h - what a recovery handler writes: a line for each slot that it has recovered.
 *
 * A line is the number of a slot, 0 to 255; or an object whose member `recovered` is such a number
 * or an object, say {"group":"ingest","slot":3}; or a record of another kind, which is passed on
 * and counts for nothing. */
#ifndef MESHQ_RECOVERY_LINE_H
#define MESHQ_RECOVERY_LINE_H

#include "codec/record.h"

struct recovery_line {
	bool counts;          /* as a recovery */
	bool control;         /* a record that steers the tools: passed on as it is */
	bool plain;           /* a number, and no record ... */
	uint64_t slot;        /* ... this one */
	struct record record; /* else; valid until the next line is read */
	bool named;           /* it says itself which handler it is from */
};

struct recovery_line_reader;

struct recovery_line_reader *recovery_line_reader_new(void);
void recovery_line_reader_free(struct recovery_line_reader *r);

/* Nothing but white space, which says nothing. */
bool recovery_line_is_blank(slice line);

/* One that is not blank, with JSON_SLACK readable bytes behind it. False: e->at is the offset of
 * the bad byte. */
bool recovery_line_read(struct recovery_line_reader *r, slice line, struct recovery_line *out,
                        struct json_error *e);

/* Appends it as a record with its newline: its own bytes, and behind them the kind, the handler
 * and the time, as far as it lacks them. */
void recovery_line_add(const struct recovery_line *l, slice handler, instant at, struct buf *out);

#endif
