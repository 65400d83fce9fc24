/* config_walk.h - on the way through a document: where one is, what is expected
 * there, and how it is refused.
 *
 * A message names the source, the line and column if there are any, the path of the
 * value at hand, and what is wrong: "x.yaml:7:5: rules[1].window: 'fast' is not a
 * duration". What refuses returns false. */
#ifndef MESHQ_CONFIG_WALK_H
#define MESHQ_CONFIG_WALK_H

#include "base/buf.h"
#include "codec/config_name.h"
#include "codec/config_setting.h"
#include "codec/config_yaml.h"

struct config_walk {
	const char *source; /* for messages; borrowed */
	struct buf path;    /* of the value at hand: "rules[1].window"; owned */
	struct err *e;
};

/* Goes to a member, or to an item of a list. Returns what to set path.n to when it is
 * done with. */
size_t config_walk_push(struct config_walk *w, slice name);
size_t config_walk_push_index(struct config_walk *w, uint32_t i);

bool config_walk_refuse_text(struct config_walk *w, const struct config_node *at, const char *text);

/* Takes the buffer. */
bool config_walk_refuse(struct config_walk *w, const struct config_node *at, struct buf *why);

/* "'widnow' WHAT; did you mean 'window'? Known are: ..." */
bool config_walk_refuse_unknown(struct config_walk *w, const struct config_node *key,
                                const char *what, const struct config_names *known);

/* Nothing after the colon: a section whose settings are all commented out. */
bool config_walk_is_blank(const struct config_node *n);

/* "WHAT is expected, not a list", unless the node is of that kind. */
bool config_walk_expect(struct config_walk *w, const struct config_node *at,
                        const struct config_node *node, enum config_kind kind, const char *what);

/* The key map->items[i] is a name that has not come before in its mapping. */
bool config_walk_check_key(struct config_walk *w, const struct config_node *map, uint32_t i);

/* Reads the value of a setting, whose name is at `key`, into the struct at `base`. */
bool config_walk_read(struct config_walk *w, const struct setting *s, void *base,
                      const struct config_node *key, const struct config_node *value);

#endif
