/* config.h - the configuration: presets, a YAML file, and --set.
 *
 * Later sources change what earlier ones say: preset, file, scenario, then the
 * settings in order. A file's list of rules replaces the preset's, but a rule that bears the
 * name of one in the preset takes over the settings it does not mention
 * (ARCHITECTURE.md says why). A mapping in place of the list changes the rules
 * it names and leaves the rest; --set is the same on one line:
 * rules.pull-cooldown.window=100ms. */
#ifndef MESHQ_CONFIG_H
#define MESHQ_CONFIG_H

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "core/policy.h"

struct config_sources {
	const char *preset;      /* NULL: "meshos" */
	const char *file;        /* NULL: none */
	slice text;              /* what is in `file`, if that is known already; else p is NULL */
	const char *scenario;    /* NULL: none; else its name for messages */
	slice scenario_text;     /* its settings come after the file's; see config_section.h */
	const char *const *sets; /* "path=value" */
	uint32_t set_count;
	const char *sets_name; /* for messages; NULL: "--set" */
};

/* Reads and checks everything. On true *out owns its strings and config_free
 * releases it; on false *out is untouched and e names the source, line and
 * column, the path, and what is known or expected. The status is STATUS_CONFIG,
 * or STATUS_NO_INPUT when the file cannot be read. */
bool config_load(struct policy *out, const struct config_sources *sources, struct err *e);
void config_free(struct policy *p);

/* Appends what is in the file, for `text`; more than a configuration may have is refused. */
bool config_slurp(const char *path, struct buf *text, struct err *e);

/* Appends the whole policy as YAML that config_load reads back to the same. */
void config_print(const struct policy *p, struct buf *out);

#endif
