#include "codec/config_table.h"

#include "codec/config_name.h"
#include "codec/config_text.h"
#include "codec/config_value.h"

static const struct setting *find(const struct setting_table *t, const struct config_node *key,
                                  struct buf *why)
{
	struct config_names known = { 0 };

	for (uint32_t i = 0; key->kind == CONFIG_TEXT && i < t->count; i++)
		if (slice_is(key->text, t->settings[i].path))
			return &t->settings[i];
	if (key->kind != CONFIG_TEXT) {
		buf_add_text(why, "the name of a setting is expected");
		return NULL;
	}
	for (uint32_t i = 0; i < t->count; i++)
		config_name_add(&known, t->settings[i].path);
	config_text_quote(why, key->text);
	buf_add_text(why, " is not a setting");
	config_name_suggest(why, key->text, &known);
	return NULL;
}

bool config_table_read(const struct setting_table *t, void *at, const struct config_node *map,
                       const struct config_node **culprit, struct buf *why)
{
	const struct config_node *value;
	unsigned given = 0;

	for (uint32_t i = 0; i < map->count; i += 2) {
		*culprit = map->items[i];
		const struct setting *s = find(t, *culprit, why);
		if (!s)
			return false;
		unsigned flag = 1U << (s - t->settings);
		if (given & flag) {
			buf_addf(why, "'%s' is given twice", s->path);
			return false;
		}
		given |= flag;
		struct buf what = { 0 };
		if (config_value_read(s, at, map->items[i + 1], &value, &what))
			continue;
		buf_addf(why, "%s: %s", s->path, buf_text(&what));
		buf_free(&what);
		return false;
	}
	return true;
}

void config_table_print(const struct setting_table *t, const void *at, struct buf *out)
{
	buf_add_char(out, '{');
	for (uint32_t i = 0; i < t->count; i++) {
		buf_addf(out, "%s %s: ", i ? "," : "", t->settings[i].path);
		config_value_print(&t->settings[i], at, out);
	}
	buf_add_text(out, " }");
}

void config_table_copy(const struct setting_table *t, void *at, const void *from)
{
	for (uint32_t i = 0; i < t->count; i++)
		config_value_copy(&t->settings[i], at, from);
}

void config_table_free(const struct setting_table *t, void *at)
{
	for (uint32_t i = 0; i < t->count; i++)
		config_value_free(&t->settings[i], at);
}

bool config_table_read_value(const struct setting *s, void *base, const struct config_node *node,
                             const struct config_node **culprit, struct buf *why)
{
	struct policy_entry draft = { 0 }; /* large enough for whatever a table makes */
	void *at = config_setting_at(s, base);

	*culprit = node;
	if (node->kind != CONFIG_MAP) {
		buf_addf(why, "%s is expected, not a %s", config_value_noun(s),
		         node->kind == CONFIG_LIST ? "list" : "value");
		return false;
	}
	config_table_copy(s->table, &draft, at);
	if (!config_table_read(s->table, &draft, node, culprit, why)) {
		config_table_free(s->table, &draft);
		return false;
	}
	config_table_free(s->table, at);
	memcpy(at, &draft, s->table->size);
	return true;
}

void config_table_print_value(const struct setting *s, const void *base, struct buf *out)
{
	config_table_print(s->table, config_setting_look(s, base), out);
}
