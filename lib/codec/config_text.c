#include "codec/config_text.h"

#include "base/mem.h"

#include <stdlib.h>

static char **text_at(const struct setting *s, void *base)
{
	return config_setting_at(s, base);
}

static const char *text_look(const struct setting *s, const void *base)
{
	return *(char *const *)config_setting_look(s, base);
}

/* ---- one text ---- */

static bool text_good(const struct setting *s, slice text, struct buf *why)
{
	const char *fault = s->fault ? s->fault(text) : NULL;

	if (!fault)
		return true;
	config_text_quote(why, text);
	buf_addf(why, " %s", fault);
	return false;
}

bool config_text_read(const struct setting *s, void *base, slice text, struct buf *why)
{
	bool none = s->word && slice_is(text, s->word);

	if (!none && !text_good(s, text, why))
		return false;
	config_text_free(s, base);
	*text_at(s, base) = none ? NULL : mem_text(text.p, text.n);
	return true;
}

void config_text_copy(const struct setting *s, void *base, const void *from)
{
	const char *text = text_look(s, from);

	config_text_free(s, base);
	*text_at(s, base) = text ? mem_text(text, strlen(text)) : NULL;
}

void config_text_free(const struct setting *s, void *base)
{
	free(*text_at(s, base));
	*text_at(s, base) = NULL;
}

/* ---- a list of texts ---- */

static char ***list_at(const struct setting *s, void *base)
{
	return config_setting_at(s, base);
}

static char *const *list_look(const struct setting *s, const void *base)
{
	return *(char **const *)config_setting_look(s, base);
}

static uint32_t *count_at(const struct setting *s, void *base)
{
	return (uint32_t *)(void *)((char *)base + s->count);
}

static uint32_t count_look(const struct setting *s, const void *base)
{
	return *(const uint32_t *)(const void *)((const char *)base + s->count);
}

static bool item_good(const struct setting *s, const struct config_node *const *items, uint32_t i,
                      struct buf *why)
{
	if (items[i]->kind != CONFIG_TEXT) {
		buf_add_text(why, "a text is expected in the list");
		return false;
	}
	if (i == CONFIG_TEXT_MOST) {
		buf_addf(why, "the list has more than %d texts", CONFIG_TEXT_MOST);
		return false;
	}
	for (uint32_t k = 0; s->type == SETTING_TEXTS && k < i; k++)
		if (slice_equal(items[k]->text, items[i]->text)) {
			config_text_quote(why, items[i]->text);
			buf_add_text(why, " is listed twice");
			return false;
		}
	return text_good(s, items[i]->text, why);
}

bool config_text_read_list(const struct setting *s, void *base,
                           const struct config_node *const *items, uint32_t count,
                           const struct config_node **culprit, struct buf *why)
{
	for (uint32_t i = 0; i < count; i++) {
		*culprit = items[i];
		if (!item_good(s, items, i, why))
			return false;
	}
	char **list = count ? mem_zeroed(count, sizeof *list) : NULL;
	for (uint32_t i = 0; i < count; i++)
		list[i] = mem_text(items[i]->text.p, items[i]->text.n);
	config_text_free_list(s, base);
	*list_at(s, base) = list;
	*count_at(s, base) = count;
	return true;
}

void config_text_copy_list(const struct setting *s, void *base, const void *from)
{
	uint32_t count = count_look(s, from);
	char *const *old = list_look(s, from);
	char **list = count ? mem_zeroed(count, sizeof *list) : NULL;

	for (uint32_t i = 0; i < count; i++)
		list[i] = mem_text(old[i], strlen(old[i]));
	config_text_free_list(s, base);
	*list_at(s, base) = list;
	*count_at(s, base) = count;
}

void config_text_free_list(const struct setting *s, void *base)
{
	char **list = *list_at(s, base);

	for (uint32_t i = 0; i < *count_at(s, base); i++)
		free(list[i]);
	free(list);
	*list_at(s, base) = NULL;
	*count_at(s, base) = 0;
}

/* ---- printing ---- */

/* Other readers of YAML would take these for something else than a text. */
static bool is_taken(const char *text)
{
	static const char *const taken[] = { "true", "false", "yes", "no",  "on", "off",
		                             "null", "y",     "n",   "nan", "inf" };

	for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
		if (strcasecmp(text, taken[i]) == 0)
			return true;
	return false;
}

static bool is_plain(const char *text)
{
	for (const char *c = text; *c; c++) {
		bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '_';
		bool inside = (*c >= '0' && *c <= '9') || *c == '-' || *c == '.' || *c == '/';
		if (!letter && (c == text || !inside))
			return false;
	}
	return *text && !is_taken(text);
}

/* Inside quotes YAML allows all but controls, the line breaks beyond ASCII, the
 * byte-order mark and what is no character. */
static bool is_printable(uint32_t c)
{
	return c >= 0x20 && (c < 0x7f || c >= 0xa0) && c != 0x2028 && c != 0x2029 && c != 0xfeff &&
	       c != 0xfffe && c != 0xffff;
}

/* Texts come from libyaml, which has checked that they are UTF-8. */
static size_t print_character(const unsigned char *p, struct buf *out)
{
	size_t n = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
	uint32_t c = n == 1 ? *p : *p & (0x7fU >> n);

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3fU);
	if (!is_printable(c)) {
		buf_addf(out, "\\U%08x", c);
		return n;
	}
	if (c == '"' || c == '\\')
		buf_add_char(out, '\\');
	buf_add(out, (const char *)p, n);
	return n;
}

void config_text_add(const char *text, struct buf *out)
{
	if (is_plain(text)) {
		buf_add_text(out, text);
		return;
	}
	buf_add_char(out, '"');
	for (const unsigned char *p = (const unsigned char *)text; *p;)
		p += print_character(p, out);
	buf_add_char(out, '"');
}

void config_text_print(const struct setting *s, const void *base, struct buf *out)
{
	const char *text = text_look(s, base);

	config_text_add(text ? text : s->word, out);
}

void config_text_print_list(const struct setting *s, const void *base, struct buf *out)
{
	char *const *list = list_look(s, base);

	buf_add_char(out, '[');
	for (uint32_t i = 0; i < count_look(s, base); i++) {
		if (i)
			buf_add_text(out, ", ");
		config_text_add(list[i], out);
	}
	buf_add_char(out, ']');
}

void config_text_show(struct buf *out, slice text)
{
	enum { LONGEST = 60 };
	size_t n = text.n > LONGEST ? LONGEST : text.n;

	/* Not in the middle of a character. */
	while (n < text.n && n > 0 && (text.p[n] & 0xc0) == 0x80)
		n--;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (c < 0x20 || c == 0x7f)
			buf_addf(out, "\\x%02x", c);
		else
			buf_add_char(out, text.p[i]);
	}
	if (n < text.n)
		buf_add_text(out, "...");
}

void config_text_quote(struct buf *out, slice text)
{
	buf_add_char(out, '\'');
	config_text_show(out, text);
	buf_add_char(out, '\'');
}
