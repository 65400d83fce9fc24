/* scenario_load.h - scenarios for tests, from text. */
#ifndef MESHQ_SCENARIO_LOAD_H
#define MESHQ_SCENARIO_LOAD_H

#include "codec/scenario.h"
#include "t.h"

/* For scenarios that must be read; ends the program when one is not. */
static inline struct scenario scene(const char *yaml)
{
	struct scenario s;
	struct err e;

	if (!scenario_read(&s, "dir/x.yaml", slice_of(yaml), &e)) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	return s;
}

#endif
