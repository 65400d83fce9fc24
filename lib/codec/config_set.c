/* --set path=value: the value is YAML, and the path becomes the mappings around
 * it, so that one reader serves files and settings alike. */
#include "codec/config_draft.h"
#include "codec/config_text.h"
#include "codec/json_bytes.h"

#include "base/mem.h"

#include <stdlib.h>

/* One part of a path and the mapping { part: value } that it becomes. */
struct part {
	struct config_node key;
	struct config_node map;
	const struct config_node *items[2];
};

struct parts {
	struct part *p;
	uint32_t count;
};

static void parts_add(struct parts *parts, slice text)
{
	parts->p[parts->count++].key = (struct config_node){ .kind = CONFIG_TEXT, .text = text };
}

/* "rules[0].window" has the parts rules, [0], window. */
static void parts_split(struct parts *parts, slice path)
{
	size_t start = 0;

	parts->p = mem_zeroed(path.n + 1, sizeof *parts->p);
	for (size_t i = 0; i <= path.n; i++) {
		bool bracket = i < path.n && path.p[i] == '[' && i > start;
		if (i < path.n && path.p[i] != '.' && !bracket)
			continue;
		parts_add(parts, (slice){ path.p + start, i - start });
		start = bracket ? i : i + 1;
	}
}

static const struct config_node *parts_wrap(struct parts *parts, const struct config_node *value)
{
	for (uint32_t i = parts->count; i-- > 0;) {
		struct part *p = &parts->p[i];
		p->items[0] = &p->key;
		p->items[1] = value;
		p->map = (struct config_node){ .kind = CONFIG_MAP, .count = 2, .items = p->items };
		value = &p->map;
	}
	return value;
}

static bool refuse(slice text, const char *what, const char *name, struct err *e)
{
	struct buf why = { 0 };

	config_text_quote(&why, text);
	err_set(e, STATUS_CONFIG, "%s: %s %s", name, buf_text(&why), what);
	buf_free(&why);
	return false;
}

/* What a file has was checked when it was parsed; a path may become a name in the same way. */
static bool is_utf8(slice text)
{
	const char *p = text.p, *end = text.p + text.n;
	size_t bad;

	for (size_t n; p < end; p += n)
		if ((n = json_utf8(p, end, &bad)) == 0)
			return false;
	return true;
}

bool config_read_set(struct config_draft *d, const char *set, const char *name, struct err *e)
{
	static const struct config_node nothing = { .kind = CONFIG_TEXT, .text = { "", 0 } };
	const struct config_source source = { name, CONFIG_SET };
	const char *equals = strchr(set, '=');
	struct parts parts = { 0 };
	struct config_doc doc;

	if (!equals || equals == set)
		return refuse(slice_of(set), "is not of the form path=value", name, e);
	slice path = { set, (size_t)(equals - set) };
	if (!is_utf8(path))
		return refuse(path, "is not UTF-8", name, e);
	if (!config_yaml_parse(&doc, slice_of(equals + 1), name, false, e))
		return false;
	parts_split(&parts, path);
	bool good = config_read(d, &source, parts_wrap(&parts, doc.root ? doc.root : &nothing), e);
	free(parts.p);
	config_yaml_free(&doc);
	return good;
}
