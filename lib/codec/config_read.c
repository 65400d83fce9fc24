/* Walks a document along the tables of settings and changes the draft. */
#include "codec/config_draft.h"
#include "codec/config_map.h"
#include "codec/config_section.h"
#include "codec/config_text.h"
#include "codec/config_value.h"
#include "codec/config_walk.h"

#include "base/mem.h"

#include <stdlib.h>

enum { MAX_RULES = 1000 };

struct reader {
	struct config_draft *draft;
	const struct config_source *source;
	struct config_walk at;
};

static struct config_place place_of(const struct reader *r, const struct config_node *at)
{
	return (struct config_place){ r->source->rank, r->source->name, at->line, at->column };
}

/* ---- rules ---- */

static int find_rule(const struct config_rule *rules, uint32_t count, slice name)
{
	for (uint32_t i = 0; i < count; i++)
		if (slice_is(name, rules[i].policy.name))
			return (int)i;
	return -1;
}

/* A rule that becomes one of another type keeps its kinds and its key; what
 * earlier sources said about the old type is gone. */
static void change_type(struct config_rule *rule, enum rule_type type, enum config_rank rank)
{
	struct rule_policy fresh = config_rule_default();

	for (int i = 0; rule->typed && rule->policy.type != type && i < CONFIG_RULE_SETTINGS; i++) {
		const struct setting *s = &config_rule_settings[i];
		if (rule->places[i].rank >= rank)
			continue;
		if (s->type != SETTING_TEXT && s->type != SETTING_TEXTS)
			config_value_copy(s, &rule->policy, &fresh);
		rule->places[i] = (struct config_place){ 0 };
	}
	rule->typed = true;
	rule->policy.type = type;
}

static enum rule_type type_of(const struct setting *s)
{
	return s->rules == FOR_WINDOW ? RULE_WINDOW : s->rules == FOR_RATE ? RULE_RATE : RULE_HOLD;
}

static bool read_rule_setting(struct reader *r, struct config_rule *rule,
                              const struct config_node *key, const struct config_node *value,
                              const char **decided)
{
	int i = config_rule_setting_find(key->text);
	struct config_names known = { 0 };

	if (i < 0) {
		for (int k = 0; k < CONFIG_RULE_SETTINGS; k++)
			config_name_add(&known, config_rule_settings[k].path);
		return config_walk_refuse_unknown(&r->at, key, "is not a setting of a rule",
		                                  &known);
	}
	const struct setting *s = &config_rule_settings[i];
	size_t before = config_walk_push(&r->at, key->text);
	if (s->decides && *decided) {
		struct buf why = { 0 };
		buf_addf(&why,
		         "a rule has one of window, rate and hold, and this one has %s already",
		         *decided);
		return config_walk_refuse(&r->at, key, &why);
	}
	if (!config_walk_read(&r->at, s, &rule->policy, key, value))
		return false;
	rule->places[i] = place_of(r, key);
	if (s->decides) {
		*decided = s->path;
		change_type(rule, type_of(s), r->source->rank);
	}
	r->at.path.n = before;
	return true;
}

static bool read_rule(struct reader *r, struct config_rule *rule, const struct config_node *map)
{
	const char *decided = NULL;

	for (uint32_t i = 0; i < map->count; i += 2)
		if (!config_walk_check_key(&r->at, map, i) ||
		    !read_rule_setting(r, rule, map->items[i], map->items[i + 1], &decided))
			return false;
	return true;
}

static void rule_copy(struct config_rule *to, const struct config_rule *from)
{
	*to = *from;
	to->policy.name = NULL;
	to->policy.kinds = to->policy.key = NULL;
	to->policy.kind_count = to->policy.key_count = 0;
	for (int i = 0; i < CONFIG_RULE_SETTINGS; i++)
		if (config_rule_settings[i].type == SETTING_TEXT ||
		    config_rule_settings[i].type == SETTING_TEXTS)
			config_value_copy(&config_rule_settings[i], &to->policy, &from->policy);
}

/* Finds the name first, because a namesake in an earlier source says what the
 * rule starts from. */
static bool rule_name(struct reader *r, const struct config_node *map, slice *name)
{
	for (uint32_t i = 0; i < map->count; i += 2)
		if (map->items[i]->kind == CONFIG_TEXT && slice_is(map->items[i]->text, "name") &&
		    map->items[i + 1]->kind == CONFIG_TEXT) {
			*name = map->items[i + 1]->text;
			return true;
		}
	return config_walk_refuse_text(&r->at, map, "a rule needs a name");
}

static bool read_listed_rule(struct reader *r, struct config_draft *next,
                             const struct config_node *map)
{
	struct config_rule *rule = &next->rules[next->rule_count];
	struct buf why = { 0 };
	slice name;

	if (!config_walk_expect(&r->at, map, map, CONFIG_MAP, "a mapping of a rule's settings") ||
	    !rule_name(r, map, &name))
		return false;
	int same = find_rule(next->rules, next->rule_count, name);
	if (same >= 0) {
		config_text_quote(&why, name);
		buf_addf(&why, " is the name of rules[%d] too", same);
		return config_walk_refuse(&r->at, map, &why);
	}
	int old = find_rule(r->draft->rules, r->draft->rule_count, name);
	if (old >= 0)
		rule_copy(rule, &r->draft->rules[old]);
	else
		*rule = (struct config_rule){ .policy = config_rule_default() };
	next->rule_count++;
	rule->by_name = false;
	rule->place = place_of(r, map);
	return read_rule(r, rule, map);
}

/* A list of rules replaces the one before. */
static bool read_rule_list(struct reader *r, const struct config_node *list)
{
	struct config_draft next = { 0 };
	bool good = true;

	next.rules = mem_zeroed(list->count + 1, sizeof *next.rules);
	for (uint32_t i = 0; good && i < list->count; i++) {
		size_t before = config_walk_push_index(&r->at, i);
		good = read_listed_rule(r, &next, list->items[i]);
		if (good)
			r->at.path.n = before;
	}
	if (good) {
		struct config_rule *rules = next.rules;
		uint32_t count = next.rule_count;
		next.rules = r->draft->rules;
		next.rule_count = r->draft->rule_count;
		r->draft->rules = rules;
		r->draft->rule_count = count;
	}
	config_draft_free(&next);
	return good;
}

/* "[2]" stands for the third rule, as messages call it. */
static int rule_index(const struct config_draft *d, slice text)
{
	uint64_t i;

	if (text.n < 3 || text.p[0] != '[' || text.p[text.n - 1] != ']')
		return find_rule(d->rules, d->rule_count, text);
	return slice_u64((slice){ text.p + 1, text.n - 2 }, &i) && i < d->rule_count ? (int)i : -1;
}

static bool read_named_rule(struct reader *r, const struct config_node *key,
                            const struct config_node *map)
{
	int i = rule_index(r->draft, key->text);
	struct config_names known = { 0 };

	if (i < 0) {
		for (uint32_t k = 0; k < r->draft->rule_count; k++)
			config_name_add(&known, r->draft->rules[k].policy.name);
		return config_walk_refuse_unknown(&r->at, key, "is not the name of a rule", &known);
	}
	struct config_rule *rule = &r->draft->rules[i];
	size_t before = config_walk_push(&r->at, key->text);
	rule->by_name = true;
	if (!config_walk_expect(&r->at, key, map, CONFIG_MAP, "a mapping of the rule's settings"))
		return false;
	for (uint32_t k = 0; k < map->count; k += 2)
		if (map->items[k]->kind == CONFIG_TEXT && slice_is(map->items[k]->text, "name"))
			return config_walk_refuse_text(&r->at, map->items[k],
			                               "a rule cannot be renamed");
	if (!read_rule(r, rule, map))
		return false;
	r->at.path.n = before;
	return true;
}

/* A list replaces the rules; a mapping changes some of them by their names. */
static bool read_rules(struct reader *r, const struct config_node *key,
                       const struct config_node *value)
{
	if (value->kind == CONFIG_TEXT)
		return config_walk_refuse_text(&r->at, key,
		                               "a list of rules is expected; [] is none");
	if (value->kind == CONFIG_LIST && value->count > MAX_RULES)
		return config_walk_refuse_text(&r->at, key, "there are more than 1000 rules");
	if (value->kind == CONFIG_LIST)
		return read_rule_list(r, value);
	for (uint32_t i = 0; i < value->count; i += 2)
		if (!config_walk_check_key(&r->at, value, i) ||
		    !read_named_rule(r, value->items[i], value->items[i + 1]))
			return false;
	return true;
}

/* ---- settings for each of some names ---- */

/* Remembers where the name was, which the map has now. */
static void place_entry(struct reader *r, const struct setting *s, const struct config_node *name)
{
	const struct policy_map *map = config_setting_look(s, &r->draft->policy);
	struct config_place **places = &r->draft->entries[s - config_settings];

	*places = mem_resize(*places, map->count, sizeof **places);
	(*places)[policy_find(map, name->text) - map->entries] = place_of(r, name);
}

static bool read_map(struct reader *r, const struct setting *s, const struct config_node *map)
{
	if (map->count / 2 > CONFIG_MAP_MOST)
		return config_walk_refuse_text(&r->at, map, "there are more than 1000 names");
	for (uint32_t i = 0; i < map->count; i += 2) {
		const struct config_node *name = map->items[i];
		const struct config_node *value = map->items[i + 1], *culprit;
		struct buf why = { 0 };

		if (!config_walk_check_key(&r->at, map, i))
			return false;
		size_t before = config_walk_push(&r->at, name->text);
		if (!config_map_read(s, &r->draft->policy, name->text, value, &culprit, &why))
			return config_walk_refuse(&r->at, culprit == value ? name : culprit, &why);
		place_entry(r, s, name);
		r->at.path.n = before;
	}
	return true;
}

/* ---- sections ---- */

static bool read_section(struct reader *r, const char *path, const struct config_node *map);

/* The sections of the simulator are passed over where they may be. */
static bool read_unknown(struct reader *r, const char *path, const struct config_node *key)
{
	bool scenario = r->source->rank == CONFIG_SCENARIO;
	struct config_names known = { 0 };
	struct buf why = { 0 };

	if (!*path && config_section_is_scenario(key->text)) {
		if (scenario)
			return true;
		config_text_quote(&why, key->text);
		buf_add_text(&why, " is not a setting; it belongs into a scenario for meshq-sim");
		return config_walk_refuse(&r->at, key, &why);
	}
	config_section_names(path, &known);
	if (!*path && scenario)
		config_section_scenario_names(&known);
	return config_walk_refuse_unknown(&r->at, key, "is not a setting", &known);
}

static bool read_setting(struct reader *r, const char *path, const struct config_node *key,
                         const struct config_node *value)
{
	int i = config_setting_find(path, key->text);

	if (i < 0)
		return read_unknown(r, path, key);
	const struct setting *s = &config_settings[i];
	size_t before = config_walk_push(&r->at, key->text);
	bool good;
	if (s->type == SETTING_RULES)
		good = read_rules(r, key, value);
	else if (s->type == SETTING_SECTION)
		good = config_walk_is_blank(value) ||
		       (config_walk_expect(&r->at, key, value, CONFIG_MAP,
		                           "a mapping of settings") &&
		        read_section(r, s->path, value));
	else if (s->type == SETTING_MAP)
		good = config_walk_is_blank(value) ||
		       (config_walk_expect(&r->at, key, value, CONFIG_MAP, "a mapping") &&
		        read_map(r, s, value));
	else
		good = config_walk_read(&r->at, s, &r->draft->policy, key, value);
	if (!good)
		return false;
	r->draft->places[i] = place_of(r, key);
	r->at.path.n = before;
	return true;
}

static bool read_section(struct reader *r, const char *path, const struct config_node *map)
{
	for (uint32_t i = 0; i < map->count; i += 2)
		if (!config_walk_check_key(&r->at, map, i) ||
		    !read_setting(r, path, map->items[i], map->items[i + 1]))
			return false;
	return true;
}

bool config_read(struct config_draft *d, const struct config_source *source,
                 const struct config_node *root, struct err *e)
{
	struct reader r = {
		.draft = d,
		.source = source,
		.at = { .source = source->name, .e = e },
	};

	if (!root || config_walk_is_blank(root))
		return true;
	bool good = config_walk_expect(&r.at, root, root, CONFIG_MAP, "a mapping of settings") &&
	            read_section(&r, "", root);
	buf_free(&r.at.path);
	return good;
}
