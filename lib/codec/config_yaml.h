/* config_yaml.h - a YAML document as a tree of plain nodes.
 *
 * config_yaml.c is the only file that knows libyaml. Every scalar is text here:
 * what it means is for the setting to say that it is given to. */
#ifndef MESHQ_CONFIG_YAML_H
#define MESHQ_CONFIG_YAML_H

#include "base/err.h"
#include "base/slice.h"

enum config_kind {
	CONFIG_TEXT,
	CONFIG_LIST,
	CONFIG_MAP,
};

struct config_node {
	enum config_kind kind;
	bool quoted;     /* TEXT: written in quotes or as a block */
	uint32_t line;   /* from 1; 0: not from a file */
	uint32_t column; /* from 1, in characters */
	slice text;      /* TEXT: terminated */
	uint32_t count;  /* of items */
	const struct config_node *const
		*items; /* LIST: the items. MAP: key, value, key, value ... */
};

/* Owns the nodes, their text and their items. */
struct config_doc {
	const struct config_node *root; /* NULL: the document is empty */
	struct config_node *nodes;
	uint32_t count; /* of nodes; the root is the first */
	const struct config_node **links;
	char *text;
};

/* Reads one document. An alias is the node it names, so nodes may be shared or
 * even contain themselves. On false e begins with "NAME:line:column: ", or with
 * "NAME: " when `lines` is false, and doc is empty. */
bool config_yaml_parse(struct config_doc *doc, slice bytes, const char *name, bool lines,
                       struct err *e);
void config_yaml_free(struct config_doc *doc);

#endif
