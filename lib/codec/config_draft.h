/* config_draft.h - a policy in the making, and where each of its values is from.
 *
 * Sources are read into it one after the other; when the last is in, it is
 * checked as a whole, because settings may contradict each other across
 * sources, and becomes a struct policy. */
#ifndef MESHQ_CONFIG_DRAFT_H
#define MESHQ_CONFIG_DRAFT_H

#include "base/buf.h"
#include "codec/config_setting.h"
#include "codec/config_yaml.h"

/* A later source has a higher rank. */
enum config_rank {
	CONFIG_UNSET,
	CONFIG_PRESET,
	CONFIG_FILE,
	CONFIG_SCENARIO, /* a file that may have sections for the simulator */
	CONFIG_SET,
};

/* Where a value is from; all zero: nobody gave it. */
struct config_place {
	enum config_rank rank;
	const char *source; /* borrowed from the caller of config_load */
	uint32_t line;      /* 0: none */
	uint32_t column;
};

struct config_rule {
	struct rule_policy policy;
	bool typed;   /* it has one of window, rate and hold */
	bool by_name; /* messages call it rules.NAME instead of rules[i] */
	struct config_place place;
	struct config_place places[CONFIG_RULE_SETTINGS];
};

struct config_draft {
	struct policy policy; /* without rules */
	struct config_place places[CONFIG_SETTINGS];
	struct config_place *entries[CONFIG_SETTINGS]; /* MAP: of each name, as the map has them */
	struct config_rule *rules;
	uint32_t rule_count;
};

void config_draft_free(struct config_draft *d);

/* config_read.c: what the document says changes the draft. */
struct config_source {
	const char *name; /* for messages */
	enum config_rank rank;
};
bool config_read(struct config_draft *d, const struct config_source *source,
                 const struct config_node *root, struct err *e);

/* The same for one "path=value", whose value is YAML; `name` is for messages. */
bool config_read_set(struct config_draft *d, const char *set, const char *name, struct err *e);

/* config_check.c: what no single setting can be blamed for. */
bool config_check(const struct config_draft *d, struct err *e);

#endif
