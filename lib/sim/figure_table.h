/* figure_table.h - what figure.c and figure_text.c share: the table of figures. */
#ifndef MESHQ_FIGURE_TABLE_H
#define MESHQ_FIGURE_TABLE_H

#include "sim/figure.h"

struct figure_entry {
	const char *name;
	enum figure_unit unit;
	bool has_kinds;
	size_t counter; /* of a counter: where it lies in struct tally */
	double (*value)(const struct measure *m, const struct tally *t); /* NULL: a counter */
};

/* NULL: there is no ith. */
const struct figure_entry *figure_entry(uint32_t i);

/* The name of a quantity; NULL: there is none. */
const char *figure_quantity(uint32_t i);

#endif
