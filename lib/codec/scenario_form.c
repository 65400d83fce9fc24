/* Mappings along their tables, and lists. */
#include "codec/scenario_part.h"

#include <stdio.h>

/* No file of SCENARIO_LONGEST bytes costs so much by itself. */
enum { MOST_COST = 1 << 20 };

bool scenario_spend(struct scenario_reader *r, const struct config_node *at, uint64_t cost)
{
	r->cost += cost;
	if (r->cost <= MOST_COST)
		return true;
	return config_walk_refuse_text(&r->walk, at, "aliases make too much of this");
}

static int find_member(const struct scenario_form *form, slice name)
{
	for (int i = 0; form->members[i].setting.path; i++)
		if (slice_is(name, form->members[i].setting.path))
			return i;
	return -1;
}

static bool refuse_unknown(struct scenario_reader *r, const struct scenario_form *form,
                           const struct config_node *key)
{
	struct config_names known = { 0 };
	char what[80];

	for (int i = 0; form->members[i].setting.path; i++)
		config_name_add(&known, form->members[i].setting.path);
	snprintf(what, sizeof what, "is not a setting of %s", form->what);
	return config_walk_refuse_unknown(&r->walk, key, what, &known);
}

/* ---- one of several ---- */

/* "even, poisson, burst and record" */
static void add_alternatives(const struct scenario_form *form, struct buf *out)
{
	for (int i = form->first; i <= form->last; i++)
		buf_addf(out, "%s%s",
		         i == form->first  ? ""
		         : i == form->last ? " and "
		                           : ", ",
		         form->members[i].setting.path);
}

static bool refuse_none(struct scenario_reader *r, const struct scenario_form *form,
                        const struct config_node *at)
{
	struct buf why = { 0 };

	buf_addf(&why, "%s needs one of ", form->what);
	add_alternatives(form, &why);
	return config_walk_refuse(&r->walk, at, &why);
}

static bool refuse_second(struct scenario_reader *r, const struct scenario_form *form, int first,
                          const struct config_node *second)
{
	struct buf why = { 0 };

	config_walk_push(&r->walk, second->text);
	buf_addf(&why, "%s has one of ", form->what);
	add_alternatives(form, &why);
	buf_addf(&why, ", and this one has %s already", form->members[first].setting.path);
	return config_walk_refuse(&r->walk, second, &why);
}

static bool find_members(struct scenario_reader *r, const struct scenario_form *form,
                         const struct config_node *map, struct scenario_given *given,
                         const struct config_node *values[SCENARIO_MEMBERS])
{
	for (uint32_t i = 0; i < map->count; i += 2) {
		const struct config_node *key = map->items[i];
		if (!config_walk_check_key(&r->walk, map, i))
			return false;
		int m = find_member(form, key->text);
		if (m < 0)
			return refuse_unknown(r, form, key);
		if (form->members[m].section && config_walk_is_blank(map->items[i + 1]))
			continue;
		if (m >= form->first && m <= form->last && form->last > 0) {
			if (given->chosen >= 0)
				return refuse_second(r, form, given->chosen, key);
			given->chosen = m;
		}
		given->key[m] = key;
		values[m] = map->items[i + 1];
	}
	return true;
}

static bool check_with(struct scenario_reader *r, const struct scenario_form *form,
                       const struct scenario_given *given)
{
	struct buf why = { 0 };

	for (int i = 0; form->members[i].setting.path; i++) {
		const struct scenario_member *m = &form->members[i];
		if (!given->key[i] || !m->with || m->with & (1U << given->chosen))
			continue;
		config_walk_push(&r->walk, given->key[i]->text);
		buf_addf(&why, "%s with %s has no such setting", form->what,
		         form->members[given->chosen].setting.path);
		return config_walk_refuse(&r->walk, given->key[i], &why);
	}
	return true;
}

static bool check_required(struct scenario_reader *r, const struct scenario_form *form,
                           const struct config_node *at, const struct scenario_given *given)
{
	struct buf why = { 0 };

	for (int i = 0; form->members[i].setting.path; i++) {
		if (given->key[i] || !form->members[i].required)
			continue;
		buf_addf(&why, "%s needs '%s'", form->what, form->members[i].setting.path);
		return config_walk_refuse(&r->walk, at, &why);
	}
	return true;
}

/* ---- mappings ---- */

static bool read_member(struct scenario_reader *r, const struct scenario_member *m, void *base,
                        const struct config_node *key, const struct config_node *value)
{
	size_t before = config_walk_push(&r->walk, key->text);
	void *at = config_setting_at(&m->setting, base);

	if (!(m->read ? m->read(r, m, at, key, value)
	              : config_walk_read(&r->walk, &m->setting, base, key, value)))
		return false;
	r->walk.path.n = before;
	return true;
}

static bool expect_form(struct scenario_reader *r, const struct scenario_form *form,
                        const struct config_node *at, const struct config_node *map)
{
	char what[80];

	snprintf(what, sizeof what, "a mapping with the settings of %s", form->what);
	return config_walk_expect(&r->walk, at, map, CONFIG_MAP, what);
}

bool scenario_read_form(struct scenario_reader *r, const struct scenario_form *form, void *base,
                        const struct config_node *at, const struct config_node *map,
                        struct scenario_given *given)
{
	const struct config_node *values[SCENARIO_MEMBERS] = { 0 };

	*given = (struct scenario_given){ .chosen = -1 };
	if (!expect_form(r, form, at, map) || !scenario_spend(r, at, map->count) ||
	    !find_members(r, form, map, given, values))
		return false;
	if (form->last > 0 && given->chosen < 0)
		return refuse_none(r, form, at);
	if (!check_with(r, form, given) || !check_required(r, form, at, given))
		return false;
	for (int i = 0; form->members[i].setting.path; i++)
		if (given->key[i] &&
		    !read_member(r, &form->members[i], base, given->key[i], values[i]))
			return false;
	return true;
}

/* ---- lists ---- */

bool scenario_expect_list(struct scenario_reader *r, const struct config_node *key,
                          const struct config_node *list, uint32_t most, const char *what)
{
	struct buf why = { 0 };

	if (!config_walk_expect(&r->walk, key, list, CONFIG_LIST, what) ||
	    !scenario_spend(r, key, list->count))
		return false;
	if (list->count <= most)
		return true;
	buf_addf(&why, "the list has more than %u items", most);
	return config_walk_refuse(&r->walk, key, &why);
}

bool scenario_each(struct scenario_reader *r, const struct config_node *list, scenario_item *read,
                   void *base)
{
	for (uint32_t i = 0; i < list->count; i++) {
		size_t before = config_walk_push_index(&r->walk, i);
		if (!read(r, base, list->items[i]))
			return false;
		r->walk.path.n = before;
	}
	return true;
}
