/* The members that the actions of a stream have. */
#include "codec/scenario_part.h"

#include "base/mem.h"
#include "codec/config_text.h"

#include <stddef.h>

#define FIELD(member) offsetof(struct field, member)

enum { MOST_FIELDS = 200, MOST_CHOICES = 100000 };

/* In the order of the table below. */
enum { CONSTANT, SEQUENCE, UNIFORM, ZIPF, CHOICE };

static bool read_constant(struct scenario_reader *r, const struct scenario_member *m, void *at,
                          const struct config_node *key, const struct config_node *value)
{
	struct field *f = at;
	struct buf text = { 0 };

	(void)m;
	(void)key;
	bool good = scenario_add_json(r, value, &text);
	if (good)
		f->text = mem_text(text.p, text.n);
	buf_free(&text);
	return good;
}

static bool read_range(struct scenario_reader *r, struct field *f, const struct config_node *key,
                       const struct config_node *value)
{
	if (!scenario_read_whole(r, &f->least, key, value->items[0]) ||
	    !scenario_read_whole(r, &f->most, key, value->items[1]))
		return false;
	return f->least <= f->most ||
	       config_walk_refuse_text(&r->walk, key, "the second number is below the first");
}

static bool read_sequence(struct scenario_reader *r, const struct scenario_member *m, void *at,
                          const struct config_node *key, const struct config_node *value)
{
	struct field *f = at;

	(void)m;
	f->most = INT64_MAX;
	if (value->kind == CONFIG_TEXT)
		return scenario_read_whole(r, &f->least, key, value);
	return scenario_expect_pair(r, key, value,
	                            "a whole number or a list of two is expected: 1 or [1, 50]") &&
	       read_range(r, f, key, value);
}

static bool read_uniform(struct scenario_reader *r, const struct scenario_member *m, void *at,
                         const struct config_node *key, const struct config_node *value)
{
	(void)m;
	return scenario_expect_pair(r, key, value,
	                            "a list of two whole numbers is expected: [1, 40]") &&
	       read_range(r, at, key, value);
}

static bool read_choice(struct scenario_reader *r, void *base, const struct config_node *item)
{
	struct field *f = base;
	struct buf text = { 0 };
	bool good = scenario_add_json(r, item, &text);

	if (good)
		f->choices[f->choice_count++] = mem_text(text.p, text.n);
	buf_free(&text);
	return good;
}

static bool read_choices(struct scenario_reader *r, const struct scenario_member *m, void *at,
                         const struct config_node *key, const struct config_node *value)
{
	struct field *f = at;

	(void)m;
	if (!scenario_expect_list(r, key, value, MOST_CHOICES, "a list of values"))
		return false;
	if (value->count == 0)
		return config_walk_refuse_text(&r->walk, key,
		                               "the list is empty, so there is none to take");
	f->choices = mem_zeroed(value->count, sizeof *f->choices);
	return scenario_each(r, value, read_choice, f);
}

static const struct scenario_member members[] = {
	[CONSTANT] = { .setting = { .path = "constant" }, .read = read_constant },
	[SEQUENCE] = { .setting = { .path = "sequence" }, .read = read_sequence },
	[UNIFORM] = { .setting = { .path = "uniform" }, .read = read_uniform },
	[ZIPF] = { .setting = { .path = "zipf",
	                        .type = SETTING_U64,
	                        .offset = FIELD(most),
	                        .least = 1,
	                        .most = FIELD_ZIPF_MOST } },
	[CHOICE] = { .setting = { .path = "choice" }, .read = read_choices },
	{ .setting = { .path = "step",
	               .type = SETTING_U64,
	               .offset = FIELD(step),
	               .least = 1,
	               .most = (UINT64_C(1) << 53) - 1 },
	  .with = 1U << SEQUENCE },
	{ .setting = { .path = "exponent", .offset = FIELD(exponent), .most_real = 100 },
	  .read = scenario_read_positive,
	  .with = 1U << ZIPF },
	{ .setting = { .path = "prefix", .type = SETTING_TEXT, .offset = FIELD(prefix) },
	  .with = 1U << SEQUENCE | 1U << UNIFORM | 1U << ZIPF },
	{ .setting = { 0 } },
};

static const struct scenario_form form = { "a field", members, CONSTANT, CHOICE };

/* Each key takes a share of the memory. */
static bool prepare_zipf(struct scenario_reader *r, struct field *f, const struct config_node *key)
{
	r->keys += (uint64_t)f->most;
	if (r->keys > FIELD_ZIPF_MOST)
		return config_walk_refuse_text(
			&r->walk, key, "the zipf fields have more than 10000000 keys together");
	field_prepare(f);
	return true;
}

static bool read_value(struct scenario_reader *r, struct field *f, const struct config_node *key,
                       const struct config_node *value)
{
	static const enum field_type types[] = { FIELD_CONSTANT, FIELD_SEQUENCE, FIELD_UNIFORM,
		                                 FIELD_ZIPF, FIELD_CHOICE };
	struct scenario_given given;

	f->step = 1;
	f->exponent = 1;
	if (value->kind == CONFIG_TEXT)
		return read_constant(r, NULL, f, key, value);
	if (value->kind == CONFIG_LIST)
		return config_walk_refuse_text(&r->walk, key,
		                               "a list is written as { constant: [...] }, and one "
		                               "to choose from as { choice: [...] }");
	if (!scenario_read_form(r, &form, f, key, value, &given))
		return false;
	f->type = types[given.chosen];
	return f->type != FIELD_ZIPF || prepare_zipf(r, f, key);
}

/* What the stream or a tool writes. */
static bool check_name(struct scenario_reader *r, const struct config_node *key)
{
	static const char *const ours[] = { "kind", "at_ms", "expires_ms", "admission", "outcome" };

	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		if (slice_is(key->text, ours[i])) {
			struct buf why = { 0 };
			config_text_quote(&why, key->text);
			buf_add_text(&why, " is a member of ours, not a field");
			return config_walk_refuse(&r->walk, key, &why);
		}
	return true;
}

static bool read_field(struct scenario_reader *r, struct field *f, const struct config_node *key,
                       const struct config_node *value)
{
	if (!check_name(r, key))
		return false;
	size_t before = config_walk_push(&r->walk, key->text);
	f->name = mem_text(key->text.p, key->text.n);
	if (!read_value(r, f, key, value))
		return false;
	r->walk.path.n = before;
	return true;
}

bool scenario_read_fields(struct scenario_reader *r, const struct scenario_member *m, void *at,
                          const struct config_node *key, const struct config_node *map)
{
	struct stream *s = at;

	(void)m;
	if (!config_walk_expect(&r->walk, key, map, CONFIG_MAP, "a mapping of fields") ||
	    !scenario_spend(r, key, map->count))
		return false;
	if (map->count / 2 > MOST_FIELDS)
		return config_walk_refuse_text(&r->walk, key, "there are more than 200 fields");
	s->fields = mem_zeroed(map->count / 2 + 1, sizeof *s->fields);
	for (uint32_t i = 0; i < map->count; i += 2)
		if (!config_walk_check_key(&r->walk, map, i) ||
		    !read_field(r, &s->fields[s->field_count++], map->items[i], map->items[i + 1]))
			return false;
	return true;
}
