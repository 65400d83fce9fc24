/* variant.h - runs of one scenario that differ in some settings and in their seed. */
#ifndef MESHQ_VARIANT_H
#define MESHQ_VARIANT_H

#include "cli/simulate.h"

struct variants {
	const struct cli *cli;
	struct simulate base; /* what all runs have in common; its report is not used */
	const char *option;   /* that the settings come from, for messages: "--sweep" */
	uint64_t runs;        /* with as many seeds, from base.seed on; at least 1 */

	struct policy policy; /* of the run at hand */
};

/* Takes the settings (PATH=VALUE) after those of the command line into v->policy, which the
 * caller frees. False: e names the one that is refused. */
bool variant_settle(struct variants *v, const char *const *sets, uint32_t set_count, struct err *e);

/* Simulates with the settings (PATH=VALUE) after those of the command line, and with the
 * nth seed from 0. The caller frees *run. False: e names the setting that is refused. */
bool variant_run(struct variants *v, const char *const *sets, uint32_t set_count, uint64_t nth,
                 struct simulate *run, struct err *e);

#endif
