#include "codec/json.h"
#include "codec/json_bytes.h"
#include "codec/json_plan.h"

#include <stdarg.h>
#include <stdio.h>

/* An object or array that is open. */
struct frame {
	const struct json_node *node; /* the members to look for; NULL: none */
	struct json_found *found;     /* where its own end is noted; NULL: nobody asked */
	char closer;
};

/* Functions that advance take the place they start at and return the place
 * behind what they read, or NULL when they have noted an error. */
struct scan {
	const struct json_plan *plan;
	struct json_found *found; /* by path number */
	const char *begin;
	const char *end;
	struct json_error *e;
	struct frame *top;
	struct frame frames[JSON_MAX_DEPTH + 1]; /* frames[0] stands for the text itself */
};

static const char *fail(struct scan *s, const char *at, const char *format, ...)
	__attribute__((cold, format(printf, 3, 4)));

static const char *fail(struct scan *s, const char *at, const char *format, ...)
{
	struct json_error *e = s->e;
	va_list args;

	e->at = (size_t)(at - s->begin);
	va_start(args, format);
	vsnprintf(e->what, sizeof e->what, format, args);
	va_end(args);
	return NULL;
}

/* The grammar allows only `what` here. */
static const char *expected(struct scan *s, const char *at, const char *what)
{
	return fail(s, at, at < s->end ? "expected %s" : "expected %s, found the end", what);
}

/* The same, or the end of what was opened just before. */
static const char *expected_item(struct scan *s, const char *at, const char *what)
{
	const char *before = at;
	char both[40];

	while (before > s->begin && strchr(" \t\r\n", before[-1]))
		before--;
	char opener = before > s->begin ? before[-1] : 0;
	if (opener != '{' && opener != '[')
		return expected(s, at, what);
	snprintf(both, sizeof both, "%s or '%c'", what, opener == '{' ? '}' : ']');
	return expected(s, at, both);
}

static inline const char *skip_space(const struct scan *s, const char *p)
{
	if ((unsigned char)*p > ' ')
		return p;
	return json_skip_space(p, s->end);
}

/* ---- strings ---- */

/* Four hexadecimal digits at p; -1 with an error noted. */
static int32_t hex4(struct scan *s, const char *p)
{
	int32_t value = 0;

	for (int i = 0; i < 4; i++, p++) {
		char c = p < s->end ? *p : 0;
		int digit;
		if (json_is_digit(c))
			digit = c - '0';
		else if (c >= 'a' && c <= 'f')
			digit = c - 'a' + 10;
		else if (c >= 'A' && c <= 'F')
			digit = c - 'A' + 10;
		else {
			expected(s, p, "a hexadecimal digit");
			return -1;
		}
		value = value * 16 + digit;
	}
	return value;
}

/* The escape whose backslash is at p. */
static const char *escape(struct scan *s, const char *p)
{
	char c = p + 1 < s->end ? p[1] : 0;

	if (c != 'u') {
		if (c && strchr("\"\\/bfnrt", c))
			return p + 2;
		return expected(s, p + 1, "one of \"\\/bfnrtu after a backslash");
	}
	int32_t unit = hex4(s, p + 2);
	if (unit < 0)
		return NULL;
	if (unit < 0xd800 || unit > 0xdfff)
		return p + 6;
	if (unit > 0xdbff)
		return fail(s, p, "low surrogate without a high one before it");
	if (s->end - p < 8 || p[6] != '\\' || p[7] != 'u')
		return fail(s, p, "high surrogate without a low one behind it");
	int32_t low = hex4(s, p + 8);
	if (low < 0)
		return NULL;
	if (low < 0xdc00 || low > 0xdfff)
		return fail(s, p, "high surrogate without a low one behind it");
	return p + 12;
}

/* The closing quote of a string in which something special stands at p. */
static const char *odd_string_end(struct scan *s, const char *p, bool *escaped)
{
	size_t n, bad;

	for (;; p = json_skip_plain(p, s->end)) {
		if (p == s->end)
			return fail(s, p, "unterminated string");
		if (*p == '"')
			return p;
		if (*p == '\\') {
			*escaped = true;
			p = escape(s, p);
			if (!p)
				return NULL;
		} else if ((unsigned char)*p < 0x20) {
			return fail(s, p, "control character 0x%02x in a string", (unsigned)*p);
		} else {
			n = json_utf8(p, s->end, &bad);
			if (n == 0)
				return fail(s, p, "invalid UTF-8");
			p += n;
		}
	}
}

/* The closing quote of the string whose first character is at p. */
static inline const char *string_end(struct scan *s, const char *p, bool *escaped)
{
	p = json_skip_plain(p, s->end);
	return p < s->end && *p == '"' ? p : odd_string_end(s, p, escaped);
}

/* The same for a name. */
static inline const char *name_end(struct scan *s, const char *p, bool *escaped)
{
	const char *quote = json_short_end(p);
	return quote && quote < s->end ? quote : string_end(s, p, escaped);
}

/* ---- numbers and words ---- */

static inline const char *digits(struct scan *s, const char *p, const char *what)
{
	const char *end = json_skip_digits(p, s->end);
	return end > p ? end : expected(s, p, what);
}

static inline const char *number(struct scan *s, const char *p)
{
	if (*p == '-')
		p++;
	if (p < s->end && *p == '0') {
		p++;
		if (p < s->end && json_is_digit(*p))
			return fail(s, p, "a number must not begin with 0");
	} else {
		p = digits(s, p, "a digit after '-'");
	}
	if (p && p < s->end && *p == '.')
		p = digits(s, p + 1, "a digit after '.'");
	if (p && p < s->end && (*p | 0x20) == 'e') {
		p++;
		if (p < s->end && (*p == '+' || *p == '-'))
			p++;
		p = digits(s, p, "a digit in the exponent");
	}
	return p;
}

static const char *spelled(struct scan *s, const char *p, const char *name)
{
	for (const char *c = name; *c; c++, p++) {
		if (p >= s->end || *p != *c) {
			char what[16];
			snprintf(what, sizeof what, "'%s'", name);
			return expected(s, p, what);
		}
	}
	return p;
}

static const char *word(struct scan *s, const char *p)
{
	switch (p < s->end ? *p : 0) {
	case 't':
		return spelled(s, p, "true");
	case 'f':
		return spelled(s, p, "false");
	case 'n':
		return spelled(s, p, "null");
	default:
		return expected_item(s, p, "a value");
	}
}

static inline const char *scalar(struct scan *s, const char *p)
{
	bool escaped;

	if (p < s->end && *p == '"') {
		p = string_end(s, p + 1, &escaped);
		return p ? p + 1 : NULL;
	}
	if (p < s->end && (json_is_digit(*p) || *p == '-'))
		return number(s, p);
	return word(s, p);
}

/* ---- members ---- */

/* What the plan has for a value: both NULL when nobody asked. */
struct wanted {
	const struct json_node *node;
	struct json_found *found;
};

/* Does the escaped name, decoded, spell that of the node? */
static bool spells(const char *p, const char *quote, const struct json_node *node)
{
	const char *want = node->name, *end = want + node->length;

	while (p < quote) {
		char bytes[4];
		size_t n = 1;
		if (*p == '\\')
			p = json_unescape(p, bytes, &n);
		else
			bytes[0] = *p++;
		if ((size_t)(end - want) < n || memcmp(want, bytes, n) != 0)
			return false;
		want += n;
	}
	return want == end;
}

static const struct json_node *escaped_child(const struct json_plan *plan,
                                             const struct json_node *parent, const char *name,
                                             const char *quote)
{
	for (uint32_t b = 0; b < JSON_PLAN_BUCKETS; b++)
		for (uint32_t i = parent->bucket[b]; i; i = plan->nodes[i].sibling)
			if (spells(name, quote, &plan->nodes[i]))
				return &plan->nodes[i];
	return NULL;
}

/* Reads a name and its colon, up to the value. */
static inline const char *member(struct scan *s, const char *p, struct wanted *w)
{
	const struct json_node *parent = s->top->node;
	const char *open = p;
	bool escaped = false;

	if (p >= s->end || *p != '"')
		return expected_item(s, p, "a member name");
	const char *quote = name_end(s, p + 1, &escaped);
	if (!quote)
		return NULL;
	p = skip_space(s, quote + 1);
	if (p >= s->end || *p != ':')
		return expected(s, p, "':' after member name");
	p = skip_space(s, p + 1);
	if (!parent)
		return p;
	w->node = escaped ? escaped_child(s->plan, parent, open + 1, quote)
	                  : json_plan_child(s->plan, parent, open + 1, (size_t)(quote - open - 1));
	if (w->node) {
		w->found = &s->found[w->node->number];
		if (w->found->name)
			return fail(s, open, "duplicate member '%s'", w->node->name);
		w->found->name = open;
		w->found->text.p = p;
	}
	return p;
}

/* ---- values ---- */

/* From behind a value to the next value or member, leaving what ends on the
 * way; when everything is left, to behind the last. */
static inline const char *next(struct scan *s, const char *p)
{
	while (s->top > s->frames) {
		p = skip_space(s, p);
		char c = p < s->end ? *p : 0;
		if (c == ',')
			return skip_space(s, p + 1);
		if (c != s->top->closer)
			return expected(s, p, s->top->closer == '}' ? "',' or '}'" : "',' or ']'");
		p++;
		if (s->top->found)
			s->top->found->text.n = (size_t)(p - s->top->found->text.p);
		s->top--;
	}
	return p;
}

/* Enters the object or array at p, up to what is first in it. */
static inline const char *enter(struct scan *s, const char *p, const struct wanted *w)
{
	if (s->top == s->frames + JSON_MAX_DEPTH)
		return fail(s, p, "nesting deeper than %d", JSON_MAX_DEPTH);
	s->top++;
	s->top->closer = *p == '{' ? '}' : ']';
	s->top->node = w->node && w->node->has_children ? w->node : NULL;
	s->top->found = w->found;
	p = skip_space(s, p + 1);
	return p < s->end && *p == s->top->closer ? next(s, p) : p;
}

/* Reads the value at p and all inside it. `root` has the members to look for. */
static const char *value(struct scan *s, const char *p, const struct json_node *root)
{
	struct wanted w = { .node = root };

	for (;;) {
		if (p < s->end && (*p == '{' || *p == '[')) {
			p = enter(s, p, &w);
		} else {
			p = scalar(s, p);
			if (!p)
				return NULL;
			if (w.found)
				w.found->text.n = (size_t)(p - w.found->text.p);
			p = next(s, p);
		}
		if (!p || s->top == s->frames)
			return p;
		w = (struct wanted){ 0 };
		if (s->top->closer == '}') {
			p = member(s, p, &w);
			if (!p)
				return NULL;
		}
	}
}

/* The value and the white space around it are all of the text. */
static bool whole(struct scan *s, const char *first, const struct json_node *root)
{
	const char *p = value(s, first, root);
	if (!p)
		return false;
	p = json_skip_space(p, s->end);
	if (p < s->end)
		return expected(s, p, "nothing more on the line");
	return true;
}

/* Where the text begins, past white space. */
static const char *start(struct scan *s, slice text, struct json_error *e)
{
	s->begin = text.p;
	s->end = text.p + text.n;
	s->e = e;
	s->top = s->frames;
	s->top->closer = 0;
	if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
		return fail(s, text.p, "a byte-order mark is not allowed");
	return json_skip_space(text.p, s->end);
}

bool json_scan(const struct json_plan *plan, slice text, struct json_found *found,
               struct json_error *e)
{
	struct scan s;
	const char *p = start(&s, text, e);

	memset(found, 0, json_plan_size(plan) * sizeof *found);
	if (!p)
		return false;
	if (p >= s.end || *p != '{')
		return expected(&s, p, "'{'");
	s.plan = plan;
	s.found = found;
	return whole(&s, p, &plan->nodes[0]);
}

bool json_check(slice text, struct json_error *e)
{
	struct scan s;
	const char *p = start(&s, text, e);

	return p && whole(&s, p, NULL);
}
