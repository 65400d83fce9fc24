/* The whole policy as YAML, along the tables of settings. */
#include "codec/config.h"

#include "codec/config_map.h"
#include "codec/config_setting.h"
#include "codec/config_value.h"

/* Where the comments begin, unless the value reaches further. */
enum { COMMENT_COLUMN = 40 };

static void indent(struct buf *out, size_t columns)
{
	while (columns-- > 0)
		buf_add_char(out, ' ');
}

/* Ends the line that began at `start` with a comment, unless help is NULL. */
static void comment(struct buf *out, size_t start, const char *help)
{
	size_t n = out->n - start;

	if (!help) {
		buf_add_char(out, '\n');
		return;
	}
	indent(out, n + 1 < COMMENT_COLUMN ? COMMENT_COLUMN - n : 1);
	buf_addf(out, "# %s\n", help);
}

static void print_setting(const struct setting *s, const char *name, const void *base, size_t start,
                          const char *help, struct buf *out)
{
	buf_addf(out, "%s: ", name);
	config_value_print(s, base, out);
	comment(out, start, help);
}

/* Rules repeat themselves: only the first that has a setting explains it. */
static void print_rule(const struct rule_policy *rule, unsigned *explained, struct buf *out)
{
	for (int i = 0; i < CONFIG_RULE_SETTINGS; i++) {
		const struct setting *s = &config_rule_settings[i];
		size_t start = out->n;
		if (!(s->rules & (1U << rule->type)))
			continue;
		buf_add_text(out, i == 0 ? "  - " : "    ");
		print_setting(s, s->path, rule, start, *explained & (1U << i) ? NULL : s->help,
		              out);
		*explained |= 1U << i;
	}
}

static void print_rules(const struct policy *p, const struct setting *s, struct buf *out)
{
	unsigned explained = 0;

	buf_addf(out, "# %s\n", s->help);
	buf_addf(out, "rules:%s\n", p->rule_count ? "" : " []");
	for (uint32_t i = 0; i < p->rule_count; i++)
		print_rule(&p->rules[i], &explained, out);
}

/* A section's settings follow it in the table. */
static void print_section(const struct setting *s, size_t depth, const char *name, struct buf *out)
{
	size_t start = out->n;

	if (depth == 0) {
		buf_addf(out, "\n# %s\n%s:\n", s->help, name);
		return;
	}
	indent(out, 2 * depth);
	buf_addf(out, "%s:", name);
	comment(out, start, s->help);
}

/* One at the top is a section of names. */
static void print_map(const struct policy *p, const struct setting *s, struct buf *out)
{
	const struct policy_map *map = config_setting_look(s, p);

	buf_addf(out, "\n# %s\n%s:%s\n", s->help, s->path, map->count ? "" : " {}");
	for (uint32_t i = 0; i < map->count; i++) {
		indent(out, 2);
		config_map_print_entry(s, &map->entries[i], out);
		buf_add_char(out, '\n');
	}
}

void config_print(const struct policy *p, struct buf *out)
{
	buf_add_text(out, "# Durations are written 250ms, 1.5s, 2m, 1h30m; a bare number is "
	                  "seconds.\n\n");
	for (int i = 0; i < CONFIG_SETTINGS; i++) {
		const struct setting *s = &config_settings[i];
		size_t start = out->n;
		size_t depth = 0;
		const char *name = s->path;

		for (const char *dot; (dot = strchr(name, '.')); name = dot + 1)
			depth++;
		if (s->type == SETTING_RULES) {
			print_rules(p, s, out);
		} else if (s->type == SETTING_SECTION) {
			print_section(s, depth, name, out);
		} else if (s->type == SETTING_MAP && depth == 0) {
			print_map(p, s, out);
		} else {
			indent(out, 2 * depth);
			print_setting(s, name, p, start, s->help, out);
		}
	}
}
