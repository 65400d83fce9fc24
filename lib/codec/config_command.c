#include "codec/config_command.h"

#include "codec/config_text.h"
#include "codec/config_value.h"

/* The shell would make nothing else of it. */
static bool is_word(slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;

		if (!letter && !(c >= '0' && c <= '9') && !strchr("_-./+:@%,", c))
			return false;
	}
	return true;
}

static bool refuse_empty(struct buf *why)
{
	buf_add_text(why, "'' is not a program");
	return false;
}

static bool read_line(const struct setting *s, void *base, const struct config_node *node,
                      const struct config_node **culprit, struct buf *why)
{
	static const struct config_node shell = { .kind = CONFIG_TEXT, .text = { "/bin/sh", 7 } };
	static const struct config_node option = { .kind = CONFIG_TEXT, .text = { "-c", 2 } };
	const struct config_node *const items[] = { &shell, &option, node };

	if (node->text.n == 0)
		return refuse_empty(why);
	if (is_word(node->text))
		return config_text_read_list(s, base, &node, 1, culprit, why);
	return config_text_read_list(s, base, items, 3, culprit, why);
}

bool config_command_read(const struct setting *s, void *base, const struct config_node *node,
                         const struct config_node **culprit, struct buf *why)
{
	*culprit = node;
	if (node->kind == CONFIG_TEXT)
		return read_line(s, base, node, culprit, why);
	if (node->kind == CONFIG_MAP) {
		buf_addf(why, "%s is expected, not a mapping", config_value_noun(s));
		return false;
	}
	if (node->count > 0 && node->items[0]->kind == CONFIG_TEXT && node->items[0]->text.n == 0) {
		*culprit = node->items[0];
		return refuse_empty(why);
	}
	return config_text_read_list(s, base, node->items, node->count, culprit, why);
}
