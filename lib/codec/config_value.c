#include "codec/config_value.h"

#include "codec/config_command.h"
#include "codec/config_halt.h"
#include "codec/config_map.h"
#include "codec/config_number.h"
#include "codec/config_retry.h"
#include "codec/config_signal.h"
#include "codec/config_table.h"
#include "codec/config_text.h"

/* ---- words ---- */

static bool word_find(const struct setting *s, slice text, unsigned *index, struct buf *why)
{
	for (*index = 0; s->words[*index]; ++*index)
		if (slice_is(text, s->words[*index]))
			return true;
	config_text_quote(why, text);
	buf_add_text(why, " is not");
	for (unsigned i = 0; s->words[i]; i++)
		buf_addf(why, "%s %s", i ? " or" : "", s->words[i]);
	return false;
}

static bool choice_read(const struct setting *s, void *base, slice text, struct buf *why)
{
	unsigned index;

	if (!word_find(s, text, &index, why))
		return false;
	*(unsigned *)config_setting_at(s, base) = index;
	return true;
}

static void choice_print(const struct setting *s, const void *base, struct buf *out)
{
	buf_add_text(out, s->words[*(const unsigned *)config_setting_look(s, base)]);
}

static bool switch_read(const struct setting *s, void *base, slice text, struct buf *why)
{
	unsigned index;

	if (!word_find(s, text, &index, why))
		return false;
	*(bool *)config_setting_at(s, base) = index == 1;
	return true;
}

static void switch_print(const struct setting *s, const void *base, struct buf *out)
{
	buf_add_text(out, s->words[*(const bool *)config_setting_look(s, base)]);
}

/* ---- any type ---- */

/* What it takes to be a type of settings. Those without `read` are more than one text and read
 * by functions of their own. */
struct type {
	const char *noun;
	size_t size;
	bool (*read)(const struct setting *s, void *base, slice text, struct buf *why);
	void (*print)(const struct setting *s, const void *base, struct buf *out);
};

static const struct type types[] = {
	[SETTING_DURATION] = { "a duration", sizeof(span), config_number_read_whole,
	                       config_number_print_whole },
	[SETTING_U32] = { "a whole number", sizeof(uint32_t), config_number_read_whole,
	                  config_number_print_whole },
	[SETTING_U64] = { "a whole number", sizeof(uint64_t), config_number_read_whole,
	                  config_number_print_whole },
	[SETTING_SIZE] = { "a size", sizeof(uint64_t), config_number_read_whole,
	                   config_number_print_whole },
	[SETTING_FLOAT] = { "a number", sizeof(float), config_number_read_float,
	                    config_number_print_float },
	[SETTING_CHOICE] = { "a word", sizeof(unsigned), choice_read, choice_print },
	[SETTING_SWITCH] = { "a word", sizeof(bool), switch_read, switch_print },
	[SETTING_TEXT] = { "a text", 0, config_text_read, config_text_print },
	[SETTING_TEXTS] = { "a text or a list of texts", 0, NULL, config_text_print_list },
	[SETTING_COMMAND] = { "a command or a list of its words", 0, NULL, config_text_print_list },
	[SETTING_SIGNAL] = { "a signal", sizeof(int), config_signal_read, config_signal_print },
	[SETTING_SIGNALS] = { "a list of two signals", 2 * sizeof(int), NULL,
	                      config_signal_print_pair },
	[SETTING_RETRY] = { "a list of waits or a ladder", sizeof(struct retry_policy), NULL,
	                    config_retry_print },
	[SETTING_TABLE] = { "a mapping of settings", 0, NULL, config_table_print_value },
	[SETTING_HALT] = { "a condition", sizeof(struct halt_policy), config_halt_read,
	                   config_halt_print },
	[SETTING_MAP] = { "a mapping", 0, NULL, config_map_print },
};

const char *config_value_noun(const struct setting *s)
{
	return types[s->type].noun;
}

bool config_value_read(const struct setting *s, void *base, const struct config_node *node,
                       const struct config_node **culprit, struct buf *why)
{
	*culprit = node;
	if (s->type == SETTING_RETRY)
		return config_retry_read(s, base, node, culprit, why);
	if (s->type == SETTING_TABLE)
		return config_table_read_value(s, base, node, culprit, why);
	if (s->type == SETTING_COMMAND)
		return config_command_read(s, base, node, culprit, why);
	if (s->type == SETTING_SIGNALS)
		return config_signal_read_pair(s, base, node, culprit, why);
	if (s->type == SETTING_TEXTS && node->kind == CONFIG_LIST)
		return config_text_read_list(s, base, node->items, node->count, culprit, why);
	if (node->kind != CONFIG_TEXT) {
		buf_addf(why, "%s is expected, not a %s", types[s->type].noun,
		         node->kind == CONFIG_LIST ? "list" : "mapping");
		return false;
	}
	if (s->type == SETTING_TEXTS)
		return config_text_read_list(s, base, &node, 1, culprit, why);
	return types[s->type].read(s, base, node->text, why);
}

void config_value_print(const struct setting *s, const void *base, struct buf *out)
{
	types[s->type].print(s, base, out);
}

void config_value_free(const struct setting *s, void *base)
{
	if (s->type == SETTING_TEXT)
		config_text_free(s, base);
	else if (s->type == SETTING_TEXTS || s->type == SETTING_COMMAND)
		config_text_free_list(s, base);
	else if (s->type == SETTING_TABLE)
		config_table_free(s->table, config_setting_at(s, base));
	else if (s->type == SETTING_MAP)
		config_map_free(s, base);
}

void config_value_copy(const struct setting *s, void *base, const void *from)
{
	if (s->type == SETTING_TEXT)
		config_text_copy(s, base, from);
	else if (s->type == SETTING_TEXTS || s->type == SETTING_COMMAND)
		config_text_copy_list(s, base, from);
	else if (s->type == SETTING_TABLE)
		config_table_copy(s->table, config_setting_at(s, base),
		                  config_setting_look(s, from));
	else
		memcpy(config_setting_at(s, base), config_setting_look(s, from),
		       types[s->type].size);
}
