#include "codec/members.h"

#include "base/mem.h"

#include <stdlib.h>

/* One member by its names from the outermost on, decoded, with a zero byte between two.
 * Zero is the lowest byte, so that in order what lies inside of a member comes right
 * behind it. */
struct place {
	char *names;
	size_t size;
	slice value;     /* nesting */
	char *flat;      /* writing: "path": as JSON */
	uint32_t number; /* writing: of the reader */
};

struct places {
	struct place *list;
	size_t count, room;
};

struct members {
	struct places places;
};

static void places_free(struct places *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->list[i].names);
		free(p->list[i].flat);
	}
	free(p->list);
}

/* Records have these themselves. */
static bool is_interpreted(const char *name)
{
	static const char *const known[] = {
		"kind", "id", "at_ms", "expires_ms", "admission", "outcome",
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(name, known[i]) == 0)
			return true;
	return false;
}

/* Adds the place of a path, without a value. NULL: there is no need to keep it. */
static struct place *places_add(struct places *p, const char *path)
{
	struct buf name = { 0 }, names = { 0 };

	json_path_take(&path, &name);
	buf_add_slice(&names, buf_slice(&name));
	while (*path) {
		path++;
		json_path_take(&path, &name);
		buf_add_char(&names, '\0');
		buf_add_slice(&names, buf_slice(&name));
	}
	buf_free(&name);
	if (is_interpreted(buf_text(&names))) {
		buf_free(&names);
		return NULL;
	}
	if (p->count == p->room) {
		p->room = p->room ? p->room * 2 : 8;
		p->list = mem_resize(p->list, p->room, sizeof *p->list);
	}
	p->list[p->count] = (struct place){ .names = names.p, .size = names.n };
	return &p->list[p->count++];
}

static int compare(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	size_t n = x->size < y->size ? x->size : y->size;
	int order = n ? memcmp(x->names, y->names, n) : 0;

	if (order)
		return order;
	return (x->size > y->size) - (x->size < y->size);
}

/* `outer` itself, or a member around `inner`. */
static bool covers(const struct place *outer, const struct place *inner)
{
	return outer->size <= inner->size &&
	       (outer->size == 0 || memcmp(outer->names, inner->names, outer->size) == 0) &&
	       (outer->size == inner->size || inner->names[outer->size] == '\0');
}

/* Puts them in order, and drops those that another one brings along. */
static void places_settle(struct places *p)
{
	size_t kept = 0;

	if (p->count)
		qsort(p->list, p->count, sizeof *p->list, compare);
	for (size_t i = 0; i < p->count; i++) {
		if (kept && covers(&p->list[kept - 1], &p->list[i])) {
			free(p->list[i].names);
			free(p->list[i].flat);
		} else {
			p->list[kept++] = p->list[i];
		}
	}
	p->count = kept;
}

/* ---- writing ---- */

static void add_paths(struct members *m, struct record_reader *r, char **paths, uint32_t count)
{
	struct buf flat = { 0 };

	for (uint32_t i = 0; i < count; i++) {
		struct place *place = places_add(&m->places, paths[i]);
		if (!place)
			continue;
		buf_clear(&flat);
		json_add_string(&flat, slice_of(paths[i]));
		buf_add_char(&flat, ':');
		place->flat = mem_text(flat.p, flat.n);
		place->number = record_reader_add(r, paths[i]);
	}
	buf_free(&flat);
}

struct members *members_new(const struct policy *policy, struct record_reader *r)
{
	const struct executor_policy *executor = &policy->executor;
	struct members *m = mem_zeroed(1, sizeof *m);

	for (uint32_t i = 0; i < policy->rule_count; i++)
		add_paths(m, r, policy->rules[i].key, policy->rules[i].key_count);
	add_paths(m, r, executor->serialize, executor->serialize_count);
	add_paths(m, r, executor->dedupe.key, executor->dedupe.key_count);
	places_settle(&m->places);
	return m;
}

void members_free(struct members *m)
{
	if (!m)
		return;
	places_free(&m->places);
	free(m);
}

void members_add(const struct members *m, const struct record *r, struct buf *out)
{
	char before = '{';

	for (size_t i = 0; i < m->places.count; i++) {
		const struct place *place = &m->places.list[i];
		slice value = r->found[place->number].text;

		if (!value.p)
			continue;
		buf_add_char(out, before);
		buf_add_text(out, place->flat);
		buf_add_slice(out, value);
		before = ',';
	}
	if (before == ',')
		buf_add_char(out, '}');
}

/* ---- nesting ---- */

static void take_all(struct places *p, slice object)
{
	struct buf scratch = { 0 }, path = { 0 };
	const char *at = NULL;
	slice name, value;

	while (json_next_member(object, &at, &name, &value)) {
		slice text = json_string(name, &scratch);
		if (memchr(text.p, '\0', text.n) || text.n + json_depth(value) >= JSON_MAX_DEPTH)
			continue; /* a path has at most as many names as characters, and one */
		buf_clear(&path);
		buf_add_slice(&path, text);
		struct place *place = places_add(p, buf_text(&path));
		if (place)
			place->value = value;
	}
	buf_free(&scratch);
	buf_free(&path);
}

/* How many bytes of names, up to a boundary between two, both have. */
static size_t shared(const struct place *a, const struct place *b)
{
	size_t boundary = 0;

	for (size_t i = 0; i < a->size && i < b->size && a->names[i] == b->names[i]; i++)
		if (a->names[i] == '\0')
			boundary = i + 1;
	return boundary;
}

/* Closes the objects that were opened behind the first `from` bytes of the names. */
static void close_objects(const struct place *p, size_t from, struct buf *out)
{
	for (size_t i = from; i < p->size; i++)
		if (p->names[i] == '\0')
			buf_add_char(out, '}');
}

/* Opens the objects behind the first `from` bytes and appends the value. */
static void open_objects(const struct place *p, size_t from, struct buf *out)
{
	for (;;) {
		slice name = slice_of(p->names + from); /* the last one has an end, too */
		json_add_string(out, name);
		buf_add_char(out, ':');
		from += name.n + 1;
		if (from > p->size)
			break;
		buf_add_char(out, '{');
	}
	buf_add_slice(out, p->value);
}

void members_nest(slice object, struct buf *out)
{
	struct places p = { 0 };

	take_all(&p, object);
	places_settle(&p);
	for (size_t i = 0; i < p.count; i++) {
		size_t from = i ? shared(&p.list[i - 1], &p.list[i]) : 0;

		if (i)
			close_objects(&p.list[i - 1], from, out);
		buf_add_char(out, ',');
		open_objects(&p.list[i], from, out);
	}
	if (p.count)
		close_objects(&p.list[p.count - 1], 0, out);
	places_free(&p);
}
