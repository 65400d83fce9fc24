#include "codec/config_value.h"

#include "base/dur.h"
#include "base/mem.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static_assert(sizeof(enum queueing) == sizeof(unsigned) &&
                      sizeof(enum undo_scope) == sizeof(unsigned),
              "a CHOICE is stored as an unsigned");

static void *place(const struct setting *s, void *base)
{
	return (char *)base + s->offset;
}

static const void *const_place(const struct setting *s, const void *base)
{
	return (const char *)base + s->offset;
}

static uint32_t text_count(const struct setting *s, const void *base)
{
	uint32_t n;
	memcpy(&n, (const char *)base + s->count, sizeof n);
	return n;
}

static char **texts(const struct setting *s, const void *base)
{
	char **list;
	memcpy(&list, const_place(s, base), sizeof list);
	return list;
}

static size_t value_size(enum setting_type type)
{
	switch (type) {
	case SETTING_DURATION:
		return sizeof(span);
	case SETTING_U32:
		return sizeof(uint32_t);
	case SETTING_U64:
	case SETTING_SIZE:
		return sizeof(uint64_t);
	case SETTING_FLOAT:
		return sizeof(float);
	case SETTING_CHOICE:
		return sizeof(unsigned);
	case SETTING_SWITCH:
		return sizeof(bool);
	case SETTING_TEXT:
		return sizeof(char *);
	case SETTING_TEXTS:
		return sizeof(char **);
	case SETTING_RULES:
	case SETTING_SECTION:
		break;
	}
	return 0;
}

/* ---- numbers, all of them as 64 bits with a sign ---- */

static bool is_whole(enum setting_type type)
{
	return type == SETTING_DURATION || type == SETTING_U32 || type == SETTING_U64 ||
	       type == SETTING_SIZE;
}

static int64_t whole_get(const struct setting *s, const void *base)
{
	uint32_t small;
	int64_t large;

	if (s->type == SETTING_U32) {
		memcpy(&small, const_place(s, base), sizeof small);
		return small;
	}
	static_assert(sizeof(span) == sizeof large, "a span is its nanoseconds");
	memcpy(&large, const_place(s, base), sizeof large);
	return large;
}

static void whole_set(const struct setting *s, void *base, int64_t value)
{
	uint32_t small = (uint32_t)value;

	if (s->type == SETTING_U32)
		memcpy(place(s, base), &small, sizeof small);
	else
		memcpy(place(s, base), &value, sizeof value);
}

static void whole_print(const struct setting *s, int64_t value, struct buf *out)
{
	static const struct {
		const char *suffix;
		int64_t factor;
	} units[] = { { "G", 1 << 30 }, { "M", 1 << 20 }, { "K", 1 << 10 } };

	if (s->type == SETTING_DURATION) {
		dur_format(out, (span){ value });
		return;
	}
	for (size_t i = 0; s->type == SETTING_SIZE && i < sizeof units / sizeof units[0]; i++)
		if (value > 0 && value % units[i].factor == 0) {
			buf_addf(out, "%lld%s", (long long)(value / units[i].factor),
			         units[i].suffix);
			return;
		}
	buf_add_i64(out, value);
}

/* The settings without an upper end take what their type can hold. */
static uint64_t whole_most(const struct setting *s)
{
	if (s->most)
		return s->most;
	return s->type == SETTING_U32 ? UINT32_MAX : INT64_MAX;
}

/* A count that is too long for 64 bits is still a number, only too large. */
static bool count_parse(slice text, uint64_t *value)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	if (text.n > 0 && !slice_u64(text, value))
		*value = UINT64_MAX;
	return text.n > 0;
}

static bool whole_parse(const struct setting *s, slice text, uint64_t *value)
{
	span d;

	if (s->type == SETTING_SIZE)
		return dur_parse_size(text, value);
	if (s->type != SETTING_DURATION)
		return count_parse(text, value);
	if (!dur_parse(text, &d))
		return false;
	*value = (uint64_t)d.ns;
	return true;
}

static const char *whole_noun(enum setting_type type)
{
	return type == SETTING_DURATION ? "a duration"
	       : type == SETTING_SIZE   ? "a size"
	                                : "a whole number";
}

static void add_word(const struct setting *s, struct buf *why)
{
	if (s->word)
		buf_addf(why, "; '%s' says that %s", s->word, s->word_means);
}

static bool whole_read(const struct setting *s, void *base, slice text, struct buf *why)
{
	uint64_t value;

	if (s->word && slice_is(text, s->word)) {
		whole_set(s, base, s->word_value);
		return true;
	}
	config_value_quote(why, text);
	bool negative = text.n > 1 && text.p[0] == '-';
	if (negative)
		text = (slice){ text.p + 1, text.n - 1 };
	if (!whole_parse(s, text, &value)) {
		buf_addf(why, " is not %s", whole_noun(s->type));
		add_word(s, why);
		return false;
	}
	if (negative || value < s->least || value > whole_most(s)) {
		bool below = negative || value < s->least;
		buf_add_text(why, below ? " is below " : " is above ");
		whole_print(s, (int64_t)(below ? s->least : whole_most(s)), why);
		add_word(s, why);
		return false;
	}
	whole_set(s, base, (int64_t)value);
	return true;
}

/* ---- fractions ---- */

/* strtof knows hexadecimal, infinities and white space; a setting does not. */
static bool is_decimal(slice text)
{
	bool digit = false;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		digit |= c >= '0' && c <= '9';
		if (!(c >= '0' && c <= '9') && c != '.' && c != 'e' && c != 'E' && c != '+' &&
		    c != '-')
			return false;
	}
	return digit;
}

static bool float_read(const struct setting *s, void *base, slice text, struct buf *why)
{
	char *end;
	float value = is_decimal(text) ? strtof(text.p, &end) : 0;

	config_value_quote(why, text);
	if (!is_decimal(text) || end != text.p + text.n) {
		buf_add_text(why, " is not a number");
		return false;
	}
	if (!isfinite(value) || (double)value > s->most_real) {
		buf_addf(why, " is above %g", s->most_real);
		return false;
	}
	if (value < 0 || (double)value < s->least_real || (value == 0 && text.p[0] == '-')) {
		buf_addf(why, " is below %g", s->least_real);
		return false;
	}
	memcpy(place(s, base), &value, sizeof value);
	return true;
}

/* The shortest decimal that reads back to the same float. */
static void float_print(const struct setting *s, const void *base, struct buf *out)
{
	char text[32];
	float value;

	memcpy(&value, const_place(s, base), sizeof value);
	for (int digits = 1; digits <= 9; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, (double)value);
		if (strtof(text, NULL) == value)
			break;
	}
	buf_add_text(out, text);
}

/* ---- words ---- */

static bool word_find(const struct setting *s, slice text, unsigned *index, struct buf *why)
{
	for (*index = 0; s->words[*index]; ++*index)
		if (slice_is(text, s->words[*index]))
			return true;
	config_value_quote(why, text);
	buf_add_text(why, " is not");
	for (unsigned i = 0; s->words[i]; i++)
		buf_addf(why, "%s %s", i ? " or" : "", s->words[i]);
	return false;
}

static bool word_read(const struct setting *s, void *base, slice text, struct buf *why)
{
	unsigned index;

	if (!word_find(s, text, &index, why))
		return false;
	bool on = index != 0;
	if (s->type == SETTING_SWITCH)
		memcpy(place(s, base), &on, sizeof on);
	else
		memcpy(place(s, base), &index, sizeof index);
	return true;
}

static void word_print(const struct setting *s, const void *base, struct buf *out)
{
	unsigned index;
	bool on;

	if (s->type == SETTING_SWITCH) {
		memcpy(&on, const_place(s, base), sizeof on);
		index = on;
	} else {
		memcpy(&index, const_place(s, base), sizeof index);
	}
	buf_add_text(out, s->words[index]);
}

/* ---- texts ---- */

static bool text_good(const struct setting *s, slice text, struct buf *why)
{
	const char *fault = s->fault ? s->fault(text) : NULL;

	if (!fault)
		return true;
	config_value_quote(why, text);
	buf_addf(why, " %s", fault);
	return false;
}

static bool text_read(const struct setting *s, void *base, slice text, struct buf *why)
{
	if (!text_good(s, text, why))
		return false;
	char *copy = mem_text(text.p, text.n);
	config_value_free(s, base);
	memcpy(place(s, base), &copy, sizeof(char *));
	return true;
}

static bool items_good(const struct setting *s, const struct config_node *const *items,
                       uint32_t count, struct config_fault *fault)
{
	for (uint32_t i = 0; i < count; i++) {
		fault->node = items[i];
		if (items[i]->kind != CONFIG_TEXT) {
			buf_add_text(&fault->text, "a text is expected in the list");
			return false;
		}
		if (i == CONFIG_MAX_ITEMS) {
			buf_addf(&fault->text, "the list has more than %d texts", CONFIG_MAX_ITEMS);
			return false;
		}
		if (!text_good(s, items[i]->text, &fault->text))
			return false;
		for (uint32_t j = 0; j < i; j++)
			if (slice_equal(items[i]->text, items[j]->text)) {
				config_value_quote(&fault->text, items[i]->text);
				buf_add_text(&fault->text, " is listed twice");
				return false;
			}
	}
	return true;
}

static void texts_set(const struct setting *s, void *base, char **list, uint32_t count)
{
	config_value_free(s, base);
	memcpy(place(s, base), &list, sizeof list);
	memcpy((char *)base + s->count, &count, sizeof count);
}

static bool texts_read(const struct setting *s, void *base, const struct config_node *node,
                       struct config_fault *fault)
{
	bool many = node->kind == CONFIG_LIST;
	const struct config_node *const *items = many ? node->items : &node;
	uint32_t count = many ? node->count : 1;

	if (!items_good(s, items, count, fault))
		return false;
	char **list = count ? mem_zeroed(count, sizeof *list) : NULL;
	for (uint32_t i = 0; i < count; i++)
		list[i] = mem_text(items[i]->text.p, items[i]->text.n);
	texts_set(s, base, list, count);
	return true;
}

/* Other readers of YAML would take these for something else than a text. */
static bool is_plain(slice text)
{
	static const char *const taken[] = { "true", "false", "yes", "no",  "on", "off",
		                             "null", "y",     "n",   "nan", "inf" };

	if (text.n == 0)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
		bool inside = (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '/';
		if (!letter && (i == 0 || !inside))
			return false;
	}
	for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
		if (strcasecmp(text.p, taken[i]) == 0)
			return false;
	return true;
}

/* YAML allows most characters inside quotes, but not controls, the line breaks
 * beyond ASCII, and the byte-order mark; all texts here are valid UTF-8. */
static size_t print_character(const unsigned char *p, struct buf *out)
{
	size_t n = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
	uint32_t c = *p & (0xffU >> (n == 1 ? 0 : n + 1));

	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 1; /* not UTF-8 after all: left out */
		c = c << 6 | (p[i] & 0x3fU);
	}
	if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff ||
	    c == 0xfffe || c == 0xffff) {
		buf_addf(out, "\\U%08x", c);
	} else {
		if (c == '"' || c == '\\')
			buf_add_char(out, '\\');
		buf_add(out, (const char *)p, n);
	}
	return n;
}

static void text_print(const char *text, struct buf *out)
{
	if (is_plain(slice_of(text))) {
		buf_add_text(out, text);
		return;
	}
	buf_add_char(out, '"');
	for (const unsigned char *p = (const unsigned char *)text; *p;)
		p += print_character(p, out);
	buf_add_char(out, '"');
}

static void texts_print(const struct setting *s, const void *base, struct buf *out)
{
	char **list = texts(s, base);
	uint32_t count = text_count(s, base);

	buf_add_char(out, '[');
	for (uint32_t i = 0; i < count; i++) {
		if (i)
			buf_add_text(out, ", ");
		text_print(list[i], out);
	}
	buf_add_char(out, ']');
}

/* ---- any ---- */

static const char *kind_name(enum config_kind kind)
{
	return kind == CONFIG_LIST ? "a list" : kind == CONFIG_MAP ? "a mapping" : "a single value";
}

static const char *type_name(enum setting_type type)
{
	switch (type) {
	case SETTING_DURATION:
		return "a duration";
	case SETTING_U32:
	case SETTING_U64:
		return "a whole number";
	case SETTING_SIZE:
		return "a size";
	case SETTING_FLOAT:
		return "a number";
	case SETTING_CHOICE:
	case SETTING_SWITCH:
		return "a word";
	case SETTING_TEXT:
		return "a text";
	case SETTING_TEXTS:
		return "a text or a list of texts";
	case SETTING_RULES:
	case SETTING_SECTION:
		break;
	}
	return "nothing";
}

bool config_value_read(const struct setting *s, void *base, const struct config_node *node,
                       struct config_fault *fault)
{
	fault->node = node;
	if (node->kind != CONFIG_TEXT && (node->kind == CONFIG_MAP || s->type != SETTING_TEXTS)) {
		buf_addf(&fault->text, "%s is expected, not %s", type_name(s->type),
		         kind_name(node->kind));
		return false;
	}
	size_t before = fault->text.n;
	bool good;
	if (s->type == SETTING_TEXTS)
		good = texts_read(s, base, node, fault);
	else if (s->type == SETTING_TEXT)
		good = text_read(s, base, node->text, &fault->text);
	else if (s->type == SETTING_FLOAT)
		good = float_read(s, base, node->text, &fault->text);
	else if (s->words)
		good = word_read(s, base, node->text, &fault->text);
	else
		good = whole_read(s, base, node->text, &fault->text);
	if (good)
		fault->text.n = before;
	return good;
}

void config_value_print(const struct setting *s, const void *base, struct buf *out)
{
	if (s->type == SETTING_TEXTS) {
		texts_print(s, base, out);
	} else if (s->type == SETTING_TEXT) {
		const char *text;
		memcpy(&text, const_place(s, base), sizeof(char *));
		text_print(text, out);
	} else if (s->type == SETTING_FLOAT) {
		float_print(s, base, out);
	} else if (s->words) {
		word_print(s, base, out);
	} else if (is_whole(s->type)) {
		int64_t value = whole_get(s, base);
		if (s->word && value == s->word_value)
			buf_add_text(out, s->word);
		else
			whole_print(s, value, out);
	}
}

void config_value_free(const struct setting *s, void *base)
{
	if (s->type == SETTING_TEXT) {
		char *text;
		memcpy(&text, place(s, base), sizeof text);
		free(text);
		memset(place(s, base), 0, sizeof text);
	} else if (s->type == SETTING_TEXTS) {
		char **list = texts(s, base);
		uint32_t count = text_count(s, base);
		for (uint32_t i = 0; i < count; i++)
			free(list[i]);
		free(list);
		memset(place(s, base), 0, sizeof list);
		memset((char *)base + s->count, 0, sizeof count);
	}
}

void config_value_copy(const struct setting *s, void *base, const void *from)
{
	if (s->type == SETTING_TEXT) {
		const char *text;
		memcpy(&text, const_place(s, from), sizeof text);
		char *copy = text ? mem_text(text, strlen(text)) : NULL;
		config_value_free(s, base);
		memcpy(place(s, base), &copy, sizeof copy);
	} else if (s->type == SETTING_TEXTS) {
		uint32_t count = text_count(s, from);
		char **list = count ? mem_zeroed(count, sizeof *list) : NULL;
		for (uint32_t i = 0; i < count; i++)
			list[i] = mem_text(texts(s, from)[i], strlen(texts(s, from)[i]));
		texts_set(s, base, list, count);
	} else {
		memcpy(place(s, base), const_place(s, from), value_size(s->type));
	}
}

void config_value_quote(struct buf *out, slice text)
{
	enum { LONGEST = 60 };
	size_t n = text.n > LONGEST ? LONGEST : text.n;

	/* Not in the middle of a character. */
	while (n < text.n && n > 0 && (text.p[n] & 0xc0) == 0x80)
		n--;
	buf_add_char(out, '\'');
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (c < 0x20 || c == 0x7f)
			buf_addf(out, "\\x%02x", c);
		else
			buf_add_char(out, text.p[i]);
	}
	buf_add_text(out, n < text.n ? "...'" : "'");
}
