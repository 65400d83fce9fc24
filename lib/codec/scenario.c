#include "codec/scenario.h"

#include "base/mem.h"
#include "codec/config_section.h"
#include "codec/presets.h"
#include "codec/scenario_part.h"
#include "sim/expect.h"

#include <assert.h>
#include <stddef.h>

#define SCENARIO(member) offsetof(struct scenario, member)

enum { MOST_EXPECTATIONS = 1000 };

static bool read_preset(struct scenario_reader *r, const struct scenario_member *m, void *at,
                        const struct config_node *key, const struct config_node *value)
{
	struct buf why = { 0 };

	if (!config_walk_read(&r->walk, &m->setting, (char *)at - m->setting.offset, key, value))
		return false;
	return preset_find(value->text, &why) || config_walk_refuse(&r->walk, key, &why);
}

static bool read_expectation(struct scenario_reader *r, void *base, const struct config_node *item)
{
	struct scenario *out = base;
	struct expect x;
	struct err e;

	if (!config_walk_expect(&r->walk, item, item, CONFIG_TEXT,
	                        "an expectation, such as p99_wait < 2s,") ||
	    !scenario_spend(r, item, item->text.n))
		return false;
	if (!expect_read(item->text, &x, &e))
		return config_walk_refuse_text(&r->walk, item, e.text);
	expect_free(&x);
	out->expect[out->expect_count++] = mem_text(item->text.p, item->text.n);
	return true;
}

static bool read_expectations(struct scenario_reader *r, const struct scenario_member *m, void *at,
                              const struct config_node *key, const struct config_node *list)
{
	struct scenario *out = at;

	(void)m;
	if (list->kind != CONFIG_TEXT &&
	    !scenario_expect_list(r, key, list, MOST_EXPECTATIONS, "a list of expectations"))
		return false;
	out->expect = mem_zeroed(list->count + 1, sizeof *out->expect);
	return list->kind == CONFIG_TEXT ? read_expectation(r, out, list)
	                                 : scenario_each(r, list, read_expectation, out);
}

/* `until` before the sections that depend on it. */
static const struct scenario_member members[] = {
	{ .setting = { .path = "preset", .type = SETTING_TEXT, .offset = SCENARIO(preset) },
	  .read = read_preset,
	  .section = true },
	{ .setting = { .path = "seed", .offset = SCENARIO(seed) },
	  .read = scenario_read_seed,
	  .section = true },
	{ .setting = { .path = "until",
	               .type = SETTING_DURATION,
	               .offset = SCENARIO(until),
	               .least = 1 },
	  .section = true },
	{ .setting = { .path = "by",
	               .type = SETTING_TEXT,
	               .offset = SCENARIO(by),
	               .fault = config_setting_path_fault },
	  .section = true },
	{ .setting = { .path = "arrivals" }, .read = scenario_read_arrivals, .section = true },
	{ .setting = { .path = "handlers" }, .read = scenario_read_handlers, .section = true },
	{ .setting = { .path = "events" }, .read = scenario_read_events, .section = true },
	{ .setting = { .path = "expect" }, .read = read_expectations, .section = true },
	{ .setting = { 0 } },
};

static_assert(sizeof members / sizeof *members == CONFIG_SCENARIO_SECTIONS + 1,
              "config_section.c lists what a scenario has");

/* The sections of the simulator; the settings are for config_load. */
struct sections {
	struct config_node map;
	const struct config_node *items[2 * CONFIG_SCENARIO_SECTIONS];
};

static bool refuse_unknown(struct scenario_reader *r, const struct config_node *key)
{
	struct config_names known = { 0 };

	config_section_names("", &known);
	config_section_scenario_names(&known);
	return config_walk_refuse_unknown(&r->walk, key, "is not a setting", &known);
}

static bool find_sections(struct scenario_reader *r, const struct config_node *root,
                          struct sections *s)
{
	s->map = *root;
	s->map.items = s->items;
	s->map.count = 0;
	for (uint32_t i = 0; i < root->count; i += 2) {
		const struct config_node *key = root->items[i];
		if (!config_walk_check_key(&r->walk, root, i))
			return false;
		if (config_setting_find("", key->text) >= 0)
			continue;
		if (!config_section_is_scenario(key->text))
			return refuse_unknown(r, key);
		s->items[s->map.count++] = key;
		s->items[s->map.count++] = root->items[i + 1];
	}
	return true;
}

static bool read_root(struct scenario_reader *r, const struct config_node *root)
{
	static const struct scenario_form form = { "a scenario", members, 0, 0 };
	struct scenario_given given;
	struct sections s;

	if (!root || config_walk_is_blank(root))
		return true;
	return config_walk_expect(&r->walk, root, root, CONFIG_MAP,
	                          "a mapping with the sections of a scenario") &&
	       find_sections(r, root, &s) &&
	       scenario_read_form(r, &form, r->out, &s.map, &s.map, &given);
}

static slice folder_of(const char *name)
{
	const char *slash = strrchr(name, '/');
	return (slice){ name, slash ? (size_t)(slash + 1 - name) : 0 };
}

bool scenario_read(struct scenario *out, const char *name, slice text, struct err *e)
{
	struct scenario draft = { .until = SPAN_MAX };
	struct scenario_reader r = {
		.walk = { .source = name, .e = e },
		.out = &draft,
		.folder = folder_of(name),
	};
	struct config_doc doc;

	if (text.n > SCENARIO_LONGEST)
		return err_set(e, STATUS_CONFIG, "%s: too long for a scenario (over 256 KiB)",
		               name);
	if (!config_yaml_parse(&doc, text, name, true, e))
		return false;
	bool good = read_root(&r, doc.root);
	config_yaml_free(&doc);
	buf_free(&r.walk.path);
	if (good)
		*out = draft;
	else
		scenario_free(&draft);
	return good;
}
