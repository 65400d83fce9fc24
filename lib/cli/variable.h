/* variable.h - a setting and the values that it is tried with: "executor.jobs=1..8". */
#ifndef MESHQ_VARIABLE_H
#define MESHQ_VARIABLE_H

#include "sim/range.h"

struct variable {
	char *path;
	struct range range;
};

/* False: e says what was expected. */
bool variable_read(const char *text, struct variable *v, struct err *e);
void variable_free(struct variable *v);

/* Writes "PATH=VALUE" for the ith value. */
void variable_set(const struct variable *v, uint64_t i, struct buf *set);

/* Appends the ith value as JSON. */
void variable_json(const struct variable *v, uint64_t i, struct buf *out);

#endif
