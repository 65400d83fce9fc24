#include "codec/config_yaml.h"

#include "base/mem.h"

#include <stdlib.h>
#include <yaml.h>

/* Where messages point to. */
struct origin {
	const char *name;
	bool lines;
	slice bytes;
};

static bool refuse(const struct origin *o, yaml_mark_t at, struct err *e, const char *what,
                   const char *context)
{
	err_set(e, STATUS_CONFIG, "%s%s%s", what, context ? " " : "", context ? context : "");
	if (o->lines)
		return err_prefix(e, "%s:%zu:%zu", o->name, at.line + 1, at.column + 1);
	return err_prefix(e, "%s", o->name);
}

/* The reader complains about a byte offset instead of a mark. */
static yaml_mark_t mark_of(slice bytes, size_t offset)
{
	yaml_mark_t at = { .index = offset };

	for (size_t i = 0; i < offset && i < bytes.n; i++) {
		if (bytes.p[i] == '\n') {
			at.line++;
			at.column = 0;
		} else if ((bytes.p[i] & 0xc0) != 0x80) {
			at.column++;
		}
	}
	return at;
}

static bool refuse_problem(const struct origin *o, const yaml_parser_t *p, struct err *e)
{
	if (p->error == YAML_MEMORY_ERROR)
		mem_exhausted();
	if (p->error == YAML_READER_ERROR)
		return refuse(o, mark_of(o->bytes, p->problem_offset), e, "not YAML:", p->problem);
	if (p->problem_mark.index < o->bytes.n && o->bytes.p[p->problem_mark.index] == '\t')
		return refuse(o, p->problem_mark, e, "not YAML: a tab, where blanks are expected",
		              NULL);
	char what[200];
	snprintf(what, sizeof what, "not YAML: %s", p->problem ? p->problem : "it ends too early");
	return refuse(o, p->problem_mark, e, what, p->context);
}

/* ---- first pass: is it one document that is not absurd? ----
 *
 * libyaml takes quadratic time for deep nesting and composes a tree whatever it
 * costs, so the depth is watched event by event before that. Tags would give a
 * value a type of its own; the standard ones say nothing new. */

enum { MAX_DEPTH = 16 };

struct progress {
	int documents;
	int depth;
};

static const yaml_char_t *tag_of(const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_SCALAR_EVENT:
		return ev->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return ev->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT:
		return ev->data.mapping_start.tag;
	default:
		return NULL;
	}
}

static bool check_event(const struct origin *o, const yaml_event_t *ev, struct progress *at,
                        struct err *e)
{
	const char *tag = (const char *)tag_of(ev);

	if (tag && strcmp(tag, "!") != 0 && !slice_starts(slice_of(tag), "tag:yaml.org,2002:"))
		return refuse(o, ev->start_mark, e, "a tag has no meaning here", NULL);
	switch (ev->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++at->documents > 1)
			return refuse(o, ev->start_mark, e,
			              "a second document begins; one is enough", NULL);
		break;
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		if (++at->depth > MAX_DEPTH)
			return refuse(o, ev->start_mark, e, "the nesting is too deep", NULL);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		at->depth--;
		break;
	case YAML_SCALAR_EVENT:
		if (memchr(ev->data.scalar.value, '\0', ev->data.scalar.length))
			return refuse(o, ev->start_mark, e, "a text must not hold a zero byte",
			              NULL);
		break;
	default:
		break;
	}
	return true;
}

static void parser_start(yaml_parser_t *p, slice bytes)
{
	if (!yaml_parser_initialize(p))
		mem_exhausted();
	yaml_parser_set_encoding(p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(p, (const unsigned char *)(bytes.p ? bytes.p : ""), bytes.n);
}

static bool check(const struct origin *o, struct err *e)
{
	struct progress at = { 0 };
	yaml_parser_t p;
	bool good = true, end = false;

	parser_start(&p, o->bytes);
	while (good && !end) {
		yaml_event_t ev;
		if (!yaml_parser_parse(&p, &ev)) {
			good = refuse_problem(o, &p, e);
			break;
		}
		end = ev.type == YAML_STREAM_END_EVENT;
		good = check_event(o, &ev, &at, e);
		yaml_event_delete(&ev);
	}
	yaml_parser_delete(&p);
	return good;
}

/* ---- second pass: the tree ---- */

static const yaml_node_t *node_at(const yaml_document_t *d, size_t i)
{
	return &d->nodes.start[i];
}

struct sizes {
	size_t nodes, links, text;
};

static struct sizes measure(const yaml_document_t *d)
{
	struct sizes s = { .nodes = (size_t)(d->nodes.top - d->nodes.start) };

	for (size_t i = 0; i < s.nodes; i++) {
		const yaml_node_t *n = node_at(d, i);
		if (n->type == YAML_SCALAR_NODE)
			s.text += n->data.scalar.length + 1;
		else if (n->type == YAML_SEQUENCE_NODE)
			s.links +=
				(size_t)(n->data.sequence.items.top - n->data.sequence.items.start);
		else if (n->type == YAML_MAPPING_NODE)
			s.links += 2 * (size_t)(n->data.mapping.pairs.top -
			                        n->data.mapping.pairs.start);
	}
	return s;
}

/* Where the next text and the next items go while copying. */
struct cursor {
	char *text;
	const struct config_node **link;
};

static void copy_items(struct config_doc *doc, struct config_node *to, const yaml_node_t *from,
                       struct cursor *at)
{
	const struct config_node **first = at->link;

	to->items = first;
	if (from->type == YAML_SEQUENCE_NODE) {
		to->kind = CONFIG_LIST;
		for (const yaml_node_item_t *i = from->data.sequence.items.start;
		     i < from->data.sequence.items.top; i++)
			*at->link++ = &doc->nodes[*i - 1];
	} else {
		to->kind = CONFIG_MAP;
		for (const yaml_node_pair_t *i = from->data.mapping.pairs.start;
		     i < from->data.mapping.pairs.top; i++) {
			*at->link++ = &doc->nodes[i->key - 1];
			*at->link++ = &doc->nodes[i->value - 1];
		}
	}
	to->count = (uint32_t)(at->link - first);
}

/* yaml node numbers count from 1, so node i becomes doc->nodes[i - 1]. */
static void copy(struct config_doc *doc, const yaml_document_t *d, bool lines)
{
	struct sizes size = measure(d);

	if (size.nodes == 0)
		return;
	doc->nodes = mem_zeroed(size.nodes, sizeof *doc->nodes);
	doc->links = mem_zeroed(size.links + 1, sizeof(struct config_node *));
	doc->text = mem_new(size.text + 1);
	struct cursor at = { doc->text, doc->links };
	for (size_t i = 0; i < size.nodes; i++) {
		const yaml_node_t *from = node_at(d, i);
		struct config_node *to = &doc->nodes[i];
		if (lines) {
			to->line = (uint32_t)from->start_mark.line + 1;
			to->column = (uint32_t)from->start_mark.column + 1;
		}
		if (from->type != YAML_SCALAR_NODE) {
			copy_items(doc, to, from, &at);
			continue;
		}
		to->quoted = from->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
		to->text = (slice){ at.text, from->data.scalar.length };
		memcpy(at.text, from->data.scalar.value, from->data.scalar.length);
		at.text[to->text.n] = '\0';
		at.text += to->text.n + 1;
	}
	doc->root = &doc->nodes[0];
	doc->count = (uint32_t)size.nodes;
}

bool config_yaml_parse(struct config_doc *doc, slice bytes, const char *name, bool lines,
                       struct err *e)
{
	struct origin o = { name, lines, bytes };
	yaml_parser_t p;
	yaml_document_t d;

	*doc = (struct config_doc){ 0 };
	if (!check(&o, e))
		return false;
	parser_start(&p, bytes);
	bool good = yaml_parser_load(&p, &d);
	if (good) {
		copy(doc, &d, lines);
		yaml_document_delete(&d);
	} else {
		refuse_problem(&o, &p, e);
	}
	yaml_parser_delete(&p);
	return good;
}

void config_yaml_free(struct config_doc *doc)
{
	free(doc->nodes);
	free(doc->links);
	free(doc->text);
	*doc = (struct config_doc){ 0 };
}
