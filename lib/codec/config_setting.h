/* config_setting.h - one table says everything about every setting.
 *
 * A setting is declared once, in config_setting.c or, of a rule, config_rule.c: where it lives in a
 * struct policy or rule_policy, its type and range, the words it knows, and its help. Reading files
 * and --set, --print-config and the messages all follow the table. */
#ifndef MESHQ_CONFIG_SETTING_H
#define MESHQ_CONFIG_SETTING_H

#include "base/slice.h"
#include "core/policy.h"

enum setting_type {
	SETTING_RULES,    /* the list of rules; its table is config_rule_settings */
	SETTING_SECTION,  /* a mapping; its settings have its path and a dot in front */
	SETTING_DURATION, /* span */
	SETTING_U32,      /* uint32_t */
	SETTING_U64,      /* uint64_t */
	SETTING_SIZE,     /* uint64_t, written with K, M, G */
	SETTING_FLOAT,    /* float */
	SETTING_CHOICE,   /* an enum: the index into words */
	SETTING_SWITCH,   /* bool: words[0] is false, words[1] is true */
	SETTING_TEXT,     /* char *, owned; NULL: `word`, if it has one */
	SETTING_TEXTS,    /* char **, owned, with its uint32_t count; one text is a list of one */
	SETTING_COMMAND,  /* like TEXTS, but a text is a program, or a line for the shell */
	SETTING_SIGNAL,   /* int: TERM */
	SETTING_SIGNALS,  /* int[2]: two signals, or none */
	SETTING_RETRY,    /* struct retry_policy: a list of waits, or a ladder */
	SETTING_HALT,     /* struct halt_policy: soon,fail=3 */
	SETTING_TABLE,    /* a struct of numbers and words: a mapping by `table` */
	SETTING_MAP,      /* struct policy_map, owned: `entry` for each of some names */
};

/* The rule types that a rule setting is for, as flags. */
enum {
	FOR_WINDOW = 1U << RULE_WINDOW,
	FOR_RATE = 1U << RULE_RATE,
	FOR_HOLD = 1U << RULE_HOLD,
	FOR_ALL = FOR_WINDOW | FOR_RATE | FOR_HOLD,
};

struct setting;

/* What a struct is made of, at most 32 settings; their offsets are in it. */
struct setting_table {
	const struct setting *settings;
	uint32_t count;
	size_t size;       /* of the struct, which fits into a policy_entry */
	const void *usual; /* what it is where nothing is said */
};

struct setting {
	const char *path; /* "executor.jobs"; in a rule just "window" */
	enum setting_type type;
	size_t offset; /* in struct policy, or in struct rule_policy */
	size_t count;  /* TEXTS, COMMAND: the offset of the count */

	/* The range of numbers, both ends included; a duration's in nanoseconds. */
	uint64_t least;
	uint64_t most;
	double least_real; /* FLOAT */
	double most_real;

	/* A word for a value that has no good number, or none in the range. */
	const char *word;
	int64_t word_value;
	const char *word_means; /* the end of "'none' says that ..." */

	const char *const *words; /* CHOICE, SWITCH; ended by NULL */

	/* NULL when the text will do, else what is wrong with it: the end of
	 * "'a b' ...". The text is terminated. TEXT, TEXTS, whole numbers, and the names of a
	 * MAP. */
	const char *(*fault)(slice text);

	const struct setting_table *table; /* TABLE */
	const struct setting *entry;       /* MAP: what a name is given, in a struct policy_entry */

	unsigned rules; /* rule settings: FOR_ flags */
	bool decides;   /* having it makes a rule one of its type */

	const char *help; /* a line for --print-config */
};

enum {
	CONFIG_SETTINGS = 66,
	CONFIG_RULE_SETTINGS = 11,
};

extern const struct setting config_settings[CONFIG_SETTINGS];
extern const struct setting config_rule_settings[CONFIG_RULE_SETTINGS];

/* Where the value is. What s->type names is what the pointer points to. */
static inline void *config_setting_at(const struct setting *s, void *base)
{
	return (char *)base + s->offset;
}

static inline const void *config_setting_look(const struct setting *s, const void *base)
{
	return (const char *)base + s->offset;
}

/* What a rule has that says nothing else and has no namesake in the preset. */
struct rule_policy config_rule_default(void);

/* The number of the setting `name` in the section `path` ("" for the top), or -1. */
int config_setting_find(const char *path, slice name);
int config_rule_setting_find(slice name);

/* The `fault` of a name of letters, digits, '_' and '-'. */
const char *config_setting_name_fault(slice text);

/* The `fault` of a path of members; the text is terminated. */
const char *config_setting_path_fault(slice text);

/* The setting is directly in the section `path`; *name is its last part. */
bool config_setting_in(const struct setting *s, const char *path, const char **name);

#endif
