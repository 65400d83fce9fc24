#include "codec/config_walk.h"

#include "codec/config_text.h"
#include "codec/config_value.h"

#include <stdio.h>

size_t config_walk_push(struct config_walk *w, slice name)
{
	size_t before = w->path.n;

	if (before > 0 && !slice_starts(name, "["))
		buf_add_char(&w->path, '.');
	config_text_show(&w->path, name);
	return before;
}

size_t config_walk_push_index(struct config_walk *w, uint32_t i)
{
	char index[16];

	snprintf(index, sizeof index, "[%u]", i);
	return config_walk_push(w, slice_of(index));
}

bool config_walk_refuse_text(struct config_walk *w, const struct config_node *at, const char *text)
{
	err_set(w->e, STATUS_CONFIG, "%s%s%s", w->path.n ? buf_text(&w->path) : "",
	        w->path.n ? ": " : "", text);
	if (at->line)
		return err_prefix(w->e, "%s:%u:%u", w->source, at->line, at->column);
	return err_prefix(w->e, "%s", w->source);
}

bool config_walk_refuse(struct config_walk *w, const struct config_node *at, struct buf *why)
{
	config_walk_refuse_text(w, at, buf_text(why));
	buf_free(why);
	return false;
}

bool config_walk_refuse_unknown(struct config_walk *w, const struct config_node *key,
                                const char *what, const struct config_names *known)
{
	struct buf why = { 0 };

	config_text_quote(&why, key->text);
	buf_addf(&why, " %s", what);
	config_name_suggest(&why, key->text, known);
	return config_walk_refuse(w, key, &why);
}

static const char *noun(const struct config_node *n)
{
	return n->kind == CONFIG_LIST ? "a list" : n->kind == CONFIG_MAP ? "a mapping" : "a value";
}

bool config_walk_is_blank(const struct config_node *n)
{
	return n->kind == CONFIG_TEXT && !n->quoted &&
	       (n->text.n == 0 || slice_is(n->text, "~") || slice_is(n->text, "null"));
}

bool config_walk_expect(struct config_walk *w, const struct config_node *at,
                        const struct config_node *node, enum config_kind kind, const char *what)
{
	struct buf why = { 0 };

	if (node->kind == kind)
		return true;
	buf_addf(&why, "%s is expected, not %s", what, noun(node));
	return config_walk_refuse(w, at, &why);
}

bool config_walk_check_key(struct config_walk *w, const struct config_node *map, uint32_t i)
{
	const struct config_node *key = map->items[i];
	struct buf why = { 0 };

	if (key->kind != CONFIG_TEXT)
		return config_walk_refuse_text(w, key, "the name of a setting is expected");
	for (uint32_t k = 0; k < i; k += 2) {
		const struct config_node *other = map->items[k];
		if (!slice_equal(other->text, key->text))
			continue;
		config_text_quote(&why, key->text);
		buf_add_text(&why, " is given twice");
		if (other->line)
			buf_addf(&why, ", first on line %u", other->line);
		return config_walk_refuse(w, key, &why);
	}
	return true;
}

bool config_walk_read(struct config_walk *w, const struct setting *s, void *base,
                      const struct config_node *key, const struct config_node *value)
{
	const struct config_node *culprit;
	struct buf why = { 0 };

	if (config_value_read(s, base, value, &culprit, &why))
		return true;
	/* An item of a list has a place of its own; else the key is it. */
	return config_walk_refuse(w, culprit == value ? key : culprit, &why);
}
