/* variant.h - runs of one scenario that differ in some settings and in their seed. */
#ifndef MESHQ_VARIANT_H
#define MESHQ_VARIANT_H

#include "cli/simulate.h"
#include "sim/range.h"

struct variants {
	const struct cli *cli;
	struct simulate base; /* what all runs have in common; its report is not used */
	uint64_t runs;        /* with as many seeds, from base.seed on; at least 1 */
};

/* Simulates with the settings (PATH=VALUE) after those of the command line, and with the
 * nth seed from 0. The caller frees *run. False: e names the setting that is refused. */
bool variant_run(const struct variants *v, const char *const *sets, uint32_t set_count,
                 uint64_t nth, struct simulate *run, struct err *e);

/* A setting and the values to try: "PATH=RANGE". */
struct variable {
	char *path;
	struct range range;
};

bool variable_read(const char *text, struct variable *v, struct err *e);
void variable_free(struct variable *v);

/* Writes "PATH=VALUE" for the ith value. */
void variable_set(const struct variable *v, uint64_t i, struct buf *set);

/* Appends the ith value as JSON. */
void variable_json(const struct variable *v, uint64_t i, struct buf *out);

#endif
