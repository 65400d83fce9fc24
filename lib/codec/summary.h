/* summary.h - what a run has come to: as text for people, as one record, as rows of a
 * table. Pure functions of what was measured; figures are those of sim/figure.h.
 *
 * For programs a time is in milliseconds and its name says so: p99_wait_ms, and for one
 * kind p99_wait_ms{kind="x"}. */
#ifndef MESHQ_SUMMARY_H
#define MESHQ_SUMMARY_H

#include "base/buf.h"
#include "sim/expect.h"

struct summary_options {
	uint64_t seed;
	uint32_t columns; /* to fit in; 0: 80 */
	uint32_t kinds;   /* to list at most, the busiest; 0: 20 */
};

/* Appends some lines for a person at a glance. Columns without any count are left out. */
void summary_text(struct measure *m, const struct summary_options *options, struct buf *out);

/* Appends a line for each expectation: whether it is met, and the value. */
void summary_results(const struct expect_result *results, uint32_t count, struct buf *out);

/* Appends one record of kind meshq.figures, with all figures, and with those that each
 * kind has in the object of its name in `kinds`. */
void summary_record(struct measure *m, uint64_t seed, struct buf *out);

/* Append the name of a figure, and its value, as records have them. */
void summary_name(const struct figure *f, struct buf *out);
void summary_value(const struct figure *f, struct measure *m, struct buf *out);

/* Appends `,"failed":3,"p99_wait_ms":12.5` for the chosen figures. */
void summary_members(const struct figure *figures, uint32_t count, struct measure *m,
                     struct buf *out);

/* Append the names and the values of the chosen figures as cells of CSV (RFC 4180) with
 * commas between them, without the end of the line: the caller may have columns of
 * its own. */
void summary_csv_names(const struct figure *figures, uint32_t count, struct buf *out);
void summary_csv_values(const struct figure *figures, uint32_t count, struct measure *m,
                        struct buf *out);

/* Appends one cell of CSV, in quotes where it needs them. */
void summary_csv_cell(slice text, struct buf *out);

#endif
