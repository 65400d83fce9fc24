/* Any bytes as daemons, their processes, commands and timing of the supervisor: the trial of
 * supervisor_property_test.c with the fuzzer as its chance. */
#include "../unit/supervisor_trial.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* An empty slice of bytes would leave the choice to a generator. */
	static const uint8_t none[1];
	struct trial *t = trial_new((struct chance){ .bytes = size ? data : none, .left = size });

	trial_run(t);
	if (t->m.broken)
		fprintf(stderr, "not so: %s\n", t->m.broken);
	MUST(!t->m.broken);
	trial_free(t);
	return 0;
}
