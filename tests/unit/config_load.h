/* config_load.h - configurations for tests, from text. */
#ifndef MESHQ_CONFIG_LOAD_H
#define MESHQ_CONFIG_LOAD_H

#include "codec/config.h"
#include "t.h"

static inline bool load(struct policy *p, const char *preset, const char *yaml, struct err *e)
{
	struct config_sources s = { .preset = preset, .file = "x.yaml", .text = slice_of(yaml) };
	return config_load(p, &s, e);
}

static inline bool load_sets(struct policy *p, const char *yaml, const char *const *sets,
                             uint32_t count, struct err *e)
{
	struct config_sources s = {
		.file = "x.yaml", .text = slice_of(yaml), .sets = sets, .set_count = count
	};
	return config_load(p, &s, e);
}

/* For configurations that must load; ends the program when one does not. */
static inline struct policy good(const char *preset, const char *yaml)
{
	struct policy p;
	struct err e;

	if (!load(&p, preset, yaml, &e)) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	return p;
}

#endif
