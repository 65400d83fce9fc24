#include "codec/config_map.h"

#include "base/mem.h"
#include "codec/config_table.h"
#include "codec/config_text.h"
#include "codec/config_value.h"

#include <stdlib.h>

static bool name_good(const struct setting *s, slice name, struct buf *why)
{
	const char *fault = s->fault ? s->fault(name) : NULL;

	if (fault) {
		config_text_quote(why, name);
		buf_addf(why, " %s", fault);
	}
	return !fault;
}

static struct policy_entry *entry_of(struct policy_map *map, slice name)
{
	for (uint32_t i = 0; i < map->count; i++)
		if (slice_is(name, map->entries[i].name))
			return &map->entries[i];
	map->entries = mem_resize(map->entries, map->count + 1, sizeof *map->entries);
	struct policy_entry *entry = &map->entries[map->count++];
	*entry = (struct policy_entry){ .name = mem_text(name.p, name.n) };
	return entry;
}

bool config_map_read(const struct setting *s, void *base, slice name,
                     const struct config_node *value, const struct config_node **culprit,
                     struct buf *why)
{
	struct policy_map *map = config_setting_at(s, base);
	const struct policy_entry *old = policy_find(map, name);
	struct policy_entry draft = { 0 };

	*culprit = value;
	if (old)
		config_value_copy(s->entry, &draft, old);
	else if (s->entry->type == SETTING_TABLE)
		config_table_copy(s->entry->table, config_setting_at(s->entry, &draft),
		                  s->entry->table->usual);
	if (!name_good(s, name, why) || !config_value_read(s->entry, &draft, value, culprit, why)) {
		config_value_free(s->entry, &draft);
		return false;
	}
	struct policy_entry *entry = entry_of(map, name);
	config_value_free(s->entry, entry);
	draft.name = entry->name;
	*entry = draft;
	return true;
}

/* Numbers are names too, and read better without quotes. */
static void print_name(const char *name, struct buf *out)
{
	if (*name && name[strspn(name, "0123456789")] == '\0')
		buf_add_text(out, name);
	else
		config_text_add(name, out);
}

void config_map_print_entry(const struct setting *s, const struct policy_entry *entry,
                            struct buf *out)
{
	print_name(entry->name, out);
	buf_add_text(out, ": ");
	config_value_print(s->entry, entry, out);
}

void config_map_print(const struct setting *s, const void *base, struct buf *out)
{
	const struct policy_map *map = config_setting_look(s, base);

	buf_add_char(out, '{');
	for (uint32_t i = 0; i < map->count; i++) {
		buf_add_text(out, i ? ", " : " ");
		config_map_print_entry(s, &map->entries[i], out);
	}
	buf_add_text(out, map->count ? " }" : "}");
}

void config_map_free(const struct setting *s, void *base)
{
	struct policy_map *map = config_setting_at(s, base);

	for (uint32_t i = 0; i < map->count; i++) {
		config_value_free(s->entry, &map->entries[i]);
		free(map->entries[i].name);
	}
	free(map->entries);
	*map = (struct policy_map){ 0 };
}
