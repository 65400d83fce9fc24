/* failure_table.h - failures for people: columns that fit the terminal. */
#ifndef MESHQ_FAILURE_TABLE_H
#define MESHQ_FAILURE_TABLE_H

#include "codec/ledger.h"

struct failure_table {
	uint32_t width; /* of the terminal; 0: rows are not cut */
	bool color;
	/* Widths of the columns that depend on what is in them. */
	uint32_t seq;
	uint32_t id;
	uint32_t kind;
	uint32_t status;
};

/* No wider than the head needs. */
void failure_table_begin(struct failure_table *t);

/* Makes the columns wide enough for the failure; before the head is printed. */
void failure_table_fit(struct failure_table *t, const struct failure *f);

void failure_table_head(const struct failure_table *t, struct buf *out);
void failure_table_row(const struct failure_table *t, const struct failure *f, instant now,
                       struct buf *out);
void failure_table_gap(const struct failure_table *t, const struct gap *g, struct buf *out);

/* How long ago, in four characters at most, and a gap behind it: "59m". */
void failure_table_age(struct buf *out, span age);

/* The text as it is safe on a terminal: control characters become blanks. */
void failure_table_text(struct buf *out, slice text);

#endif
