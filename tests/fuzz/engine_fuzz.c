/* Any bytes as configuration, events, handlers and timing of the engine: the
 * trial of engine_property_test.c with the fuzzer as its chance. */
#include "../unit/trial_run.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* An empty slice of bytes would leave the choice to a generator. */
	static const uint8_t none[1];
	struct trial *t = trial_new((struct chance){ .bytes = size ? data : none, .left = size });

	trial_run(t);
	if (t->broken)
		fprintf(stderr, "not so: %s\n", t->broken);
	MUST(!t->broken);
	trial_free(t);
	return 0;
}
