/* config_text.h - settings that are texts or lists of texts, and text in
 * messages and in YAML. */
#ifndef MESHQ_CONFIG_TEXT_H
#define MESHQ_CONFIG_TEXT_H

#include "base/buf.h"
#include "codec/config_setting.h"
#include "codec/config_yaml.h"

enum { CONFIG_TEXT_MOST = 1000 }; /* in one list */

/* Reads one text, or the texts of `count` items. False: nothing has changed
 * and what is wrong is appended to `why`; *culprit is the item at fault. */
bool config_text_read(const struct setting *s, void *base, slice text, struct buf *why);
bool config_text_read_list(const struct setting *s, void *base,
                           const struct config_node *const *items, uint32_t count,
                           const struct config_node **culprit, struct buf *why);

void config_text_print(const struct setting *s, const void *base, struct buf *out);
void config_text_print_list(const struct setting *s, const void *base, struct buf *out);

/* Frees what is at `base`; a copy of the value in `from` takes its place. */
void config_text_copy(const struct setting *s, void *base, const void *from);
void config_text_copy_list(const struct setting *s, void *base, const void *from);
void config_text_free(const struct setting *s, void *base);
void config_text_free_list(const struct setting *s, void *base);

/* Appends the text as YAML, in quotes where it needs them. */
void config_text_add(const char *text, struct buf *out);

/* Appends the text for a message: control characters as \xNN, and the end cut off when it is
 * long. config_text_quote puts it between quotes. */
void config_text_show(struct buf *out, slice text);
void config_text_quote(struct buf *out, slice text);

#endif
