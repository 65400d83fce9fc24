/* The scanner against a slow recursive parser that follows the grammar word by
 * word, over random and then damaged records. */
#include "base/buf.h"
#include "base/rng.h"
#include "codec/json.h"
#include "t.h"

enum { RECORDS = 60000, MEMBERS = 400 };

/* ---- the slow parser ---- */

struct member {
	char path[200]; /* decoded names, joined by \1; empty: too long to be wanted */
	slice value;
	const char *name;
};

struct slow {
	const char *p, *end;
	int depth;
	struct member members[MEMBERS];
	int count;
};

static int peek(const struct slow *s)
{
	return s->p < s->end ? (unsigned char)*s->p : -1;
}

static bool take(struct slow *s, int c)
{
	if (peek(s) != c)
		return false;
	s->p++;
	return true;
}

static void space(struct slow *s)
{
	while (take(s, ' ') || take(s, '\t') || take(s, '\n') || take(s, '\r'))
		;
}

/* A code point from UTF-8, decoded first and judged afterwards; -1: malformed. */
static int32_t decoded(struct slow *s)
{
	static const int32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	int c = peek(s), n = c < 0x80       ? 1
	                     : c >> 5 == 6  ? 2
	                     : c >> 4 == 14 ? 3
	                     : c >> 3 == 30 ? 4
	                                    : 0;
	int32_t code = n == 1 ? c : n == 2 ? c & 31 : n == 3 ? c & 15 : c & 7;

	if (n == 0)
		return -1;
	s->p++;
	for (int i = 1; i < n; i++) {
		if (peek(s) < 0 || peek(s) >> 6 != 2)
			return -1;
		code = code << 6 | (*s->p++ & 63);
	}
	return code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? -1 : code;
}

static int32_t unit(struct slow *s)
{
	char digits[5] = { 0 };

	if (!take(s, 'u') || s->end - s->p < 4)
		return -1;
	memcpy(digits, s->p, 4);
	if (strspn(digits, "0123456789abcdefABCDEF") != 4)
		return -1;
	s->p += 4;
	return (int32_t)strtol(digits, NULL, 16);
}

static int32_t character(struct slow *s)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	int32_t high, low;

	if (!take(s, '\\'))
		return peek(s) < 0x20 ? -1 : decoded(s);
	for (int i = 0; from[i]; i++)
		if (take(s, from[i]))
			return to[i];
	high = unit(s);
	if (high < 0xd800 || high > 0xdfff)
		return high;
	if (high >= 0xdc00 || !take(s, '\\'))
		return -1;
	low = unit(s);
	return low < 0xdc00 || low > 0xdfff ? -1 : 0x10000 + (high - 0xd800) * 0x400 + low - 0xdc00;
}

/* Appends the characters to `out`; those beyond ASCII as one byte each, which is
 * enough to tell them from the names that the test looks for. */
static bool string(struct slow *s, struct buf *out)
{
	if (!take(s, '"'))
		return false;
	while (!take(s, '"')) {
		int32_t c = character(s);
		if (c < 0)
			return false;
		buf_add_char(out, c < 0x80 ? (char)c : '\x7f');
	}
	return true;
}

static bool some_digits(struct slow *s)
{
	const char *start = s->p;
	while (peek(s) >= '0' && peek(s) <= '9')
		s->p++;
	return s->p > start;
}

static bool number(struct slow *s)
{
	take(s, '-');
	if (!take(s, '0') && !some_digits(s))
		return false;
	if (take(s, '.') && !some_digits(s))
		return false;
	if (take(s, 'e') || take(s, 'E')) {
		if (!take(s, '+'))
			take(s, '-');
		return some_digits(s);
	}
	return true;
}

static bool word(struct slow *s, const char *w)
{
	while (*w)
		if (!take(s, *w++))
			return false;
	return true;
}

static bool value(struct slow *s, const char *path);

static bool member(struct slow *s, const char *path)
{
	struct member *m = s->count < MEMBERS ? &s->members[s->count++] : NULL;
	struct buf name = { 0 };
	const char *at = s->p;
	bool good = string(s, &name);
	char below[200] = "";

	if (good && path && strlen(path) + name.n + 2 < sizeof below &&
	    !memchr(buf_text(&name), '\0', name.n))
		snprintf(below, sizeof below, "%s\1%s", path, buf_text(&name));
	buf_free(&name);
	if (!good)
		return false;
	space(s);
	if (!take(s, ':'))
		return false;
	space(s);
	const char *start = s->p;
	if (!value(s, *below ? below : NULL))
		return false;
	if (m) {
		memcpy(m->path, below, sizeof below);
		m->value = (slice){ start, (size_t)(s->p - start) };
		m->name = at;
	}
	return true;
}

static bool items(struct slow *s, const char *path, bool object)
{
	int closer = object ? '}' : ']';

	if (++s->depth > JSON_MAX_DEPTH)
		return false;
	space(s);
	if (!take(s, closer)) {
		do {
			space(s);
			if (!(object ? member(s, path) : value(s, NULL)))
				return false;
			space(s);
		} while (take(s, ','));
		if (!take(s, closer))
			return false;
	}
	s->depth--;
	return true;
}

static bool value(struct slow *s, const char *path)
{
	struct buf ignored = { 0 };
	bool good;

	switch (peek(s)) {
	case '{':
	case '[':
		return items(s, path, *s->p++ == '{');
	case '"':
		good = string(s, &ignored);
		buf_free(&ignored);
		return good;
	case 't':
		return word(s, "true");
	case 'f':
		return word(s, "false");
	case 'n':
		return word(s, "null");
	default:
		return number(s);
	}
}

static bool slow_check(struct slow *s, slice text, bool object)
{
	s->p = text.p;
	s->end = text.p + text.n;
	s->depth = s->count = 0;
	space(s);
	if (object && peek(s) != '{')
		return false;
	if (!value(s, ""))
		return false;
	space(s);
	return s->p == s->end;
}

/* ---- random records ---- */

static void add_one_of(struct rng *r, struct buf *b, const char *const *words, size_t n)
{
	buf_add_text(b, words[rng_below(r, n)]);
}

#define ONE_OF(r, b, ...)                                                                          \
	do {                                                                                       \
		static const char *const words[] = { __VA_ARGS__ };                                \
		add_one_of(r, b, words, sizeof words / sizeof words[0]);                           \
	} while (0)

static void random_space(struct rng *r, struct buf *b)
{
	while (rng_below(r, 8) == 0)
		ONE_OF(r, b, " ", "  ", "\t", "\r", "\n");
}

static void random_string(struct rng *r, struct buf *b)
{
	buf_add_char(b, '"');
	for (uint64_t n = rng_below(r, 12); n; n--)
		ONE_OF(r, b, "a", "bc", "some words", "\\\"", "\\\\", "\\/", "\\n", "\\u0041",
		       "\\ud83d\\ude00", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "{", "]",
		       ",", "0123456789abcdef");
	buf_add_char(b, '"');
}

static void random_value(struct rng *r, struct buf *b, int depth);

static void random_items(struct rng *r, struct buf *b, int depth, bool object)
{
	buf_add_char(b, object ? '{' : '[');
	random_space(r, b);
	for (uint64_t n = rng_below(r, 6), i = 0; i < n; i++) {
		if (i)
			buf_add_char(b, ',');
		random_space(r, b);
		if (object) {
			ONE_OF(r, b, "\"kind\"", "\"id\"", "\"at_ms\"", "\"meta\"", "\"zone\"",
			       "\"a_rather_long_name\"", "\"a_rather_long_game\"", "\"k\\u0069nd\"",
			       "\"\"", "\"zon\"", "\"zones\"", "\"\\u007aone\"", "\"\xc3\xa9\"");
			random_space(r, b);
			buf_add_char(b, ':');
			random_space(r, b);
		}
		random_value(r, b, depth + 1);
		random_space(r, b);
	}
	buf_add_char(b, object ? '}' : ']');
}

static void random_value(struct rng *r, struct buf *b, int depth)
{
	switch (rng_below(r, depth > 4 ? 4 : 6)) {
	case 0:
		ONE_OF(r, b, "null", "true", "false");
		break;
	case 1:
	case 2:
		ONE_OF(r, b, "0", "-0", "7", "1700000000000", "-12.50", "1e9", "0.1E-3", "1E+2",
		       "12345678901234567890123456789");
		break;
	case 3:
		random_string(r, b);
		break;
	case 4:
		random_items(r, b, depth, true);
		break;
	default:
		random_items(r, b, depth, false);
	}
}

/* Changes a few bytes so that it is nearly the same. */
static void damage(struct rng *r, struct buf *b)
{
	static const char bytes[] =
		"{}[]:,\"\\u0123dDeE+-. \t\n\x01\x1f\x7f\x80\xbf\xc0\xc3\xe0\xed"
		"\xf0\xf4\xff/tfn";

	for (uint64_t n = rng_below(r, 3); n && b->n; n--) {
		size_t at = rng_below(r, b->n);
		char c =
			rng_below(r, 4) ? bytes[rng_below(r, sizeof bytes - 1)] : (char)rng_next(r);
		switch (rng_below(r, 5)) {
		case 0: /* replace */
			b->p[at] = c;
			break;
		case 1: /* insert */
			buf_reserve(b, 1);
			memmove(b->p + at + 1, b->p + at, b->n - at);
			b->p[at] = c;
			b->n++;
			break;
		case 2: /* remove */
			memmove(b->p + at, b->p + at + 1, b->n - at - 1);
			b->n--;
			break;
		case 3: /* cut the end off */
			if (rng_below(r, 4) == 0)
				b->n = at;
			break;
		default: /* swap with its neighbour */
			if (at + 1 < b->n) {
				c = b->p[at];
				b->p[at] = b->p[at + 1];
				b->p[at + 1] = c;
			}
		}
	}
}

/* ---- the properties ---- */

static const char *const paths[] = {
	"kind", "id", "meta.zone", "meta.meta.kind", "a_rather_long_name", "", "at_ms"
};
static const char *const joined[] = {
	"\1kind", "\1id",    "\1meta\1zone", "\1meta\1meta\1kind", "\1a_rather_long_name",
	"\1",     "\1at_ms", "\1meta",       "\1meta\1meta"
};
enum { PATHS = sizeof paths / sizeof paths[0], NODES = sizeof joined / sizeof joined[0] };

/* What the slow parser found of one path; false when it occurs twice. */
static bool slow_find(const struct slow *s, const char *path, struct json_found *f)
{
	*f = (struct json_found){ 0 };
	for (int i = 0; i < s->count; i++) {
		if (strcmp(s->members[i].path, path) != 0)
			continue;
		if (f->name)
			return false;
		*f = (struct json_found){ s->members[i].value, s->members[i].name };
	}
	return true;
}

struct plan {
	struct json_plan *json;
	uint32_t number[PATHS];
};

static bool agrees(const struct plan *plan, struct slow *s, slice text)
{
	struct json_found found[NODES], want[PATHS];
	struct json_error e = { .at = SIZE_MAX };
	bool unique = true, good = slow_check(s, text, true);

	for (int i = 0; good && i < NODES; i++) {
		struct json_found f;
		unique &= slow_find(s, joined[i], &f);
		if (i < PATHS)
			want[i] = f;
	}
	bool got = json_scan(plan->json, text, found, &e);
	if (!OK(got == (good && unique)))
		return false;
	if (!got)
		return OK(e.at <= text.n) && OK(*e.what);
	for (uint32_t i = 0; i < PATHS; i++) {
		const struct json_found *f = &found[plan->number[i]];
		if (!OK(f->text.p == want[i].text.p && f->text.n == want[i].text.n &&
		        f->name == want[i].name))
			return false;
	}
	return true;
}

static struct plan plan_of_paths(void)
{
	struct plan plan = { .json = json_plan_new() };

	for (int i = 0; i < PATHS; i++)
		plan.number[i] = json_plan_add(plan.json, paths[i]);
	EQ(json_plan_size(plan.json), NODES);
	return plan;
}

static void the_scanner_finds_what_a_slow_parser_finds(void)
{
	static struct slow s;
	struct plan plan = plan_of_paths();
	uint64_t seed = t_seed(1), count = t_seeds(RECORDS), accepted = 0;
	struct buf b = { 0 }, copy = { 0 };

	for (uint64_t i = 0; i < count; i++) {
		struct rng r = { seed + i };
		struct json_error e;
		buf_clear(&b);
		random_space(&r, &b);
		random_items(&r, &b, 0, rng_below(&r, 16) != 0);
		random_space(&r, &b);
		damage(&r, &b);
		slice text = json_text(&copy, buf_slice(&b));
		/* What stands behind the text must not matter. */
		memcpy(copy.p + copy.n, "\"}],1}]}\"}", 10);
		accepted += slow_check(&s, text, false);
		if (!agrees(&plan, &s, text) ||
		    !OK(json_check(text, &e) == slow_check(&s, text, false))) {
			printf("# %.*s\n", SLICE_ARG(text));
			t_again(seed + i);
			break;
		}
	}
	/* Otherwise the property says nothing. */
	OK(count < 100 || (accepted > count / 4 && accepted < count * 3 / 4));
	buf_free(&copy);
	buf_free(&b);
	json_plan_free(plan.json);
}

static void no_prefix_of_a_record_is_a_record(void)
{
	struct plan plan = plan_of_paths();
	struct buf b = { 0 }, copy = { 0 };
	struct json_found found[NODES];
	uint64_t seed = t_seed(7), count = t_seeds(300);

	for (uint64_t i = 0; i < count; i++) {
		struct rng r = { seed + i };
		struct json_error e;
		buf_clear(&b);
		random_items(&r, &b, 0, true);
		for (size_t n = 0; n < b.n; n++) {
			slice text = json_text(&copy, (slice){ b.p, n });
			/* The rest follows in memory, as it would in a block of input. */
			size_t rest = b.n - n < JSON_SLACK ? b.n - n : JSON_SLACK;
			memcpy(copy.p + n, b.p + n, rest);
			if (!OK(!json_scan(plan.json, text, found, &e)) || !OK(e.at <= n)) {
				printf("# %.*s\n", SLICE_ARG(text));
				t_again(seed + i);
				i = count;
				break;
			}
		}
	}
	buf_free(&copy);
	buf_free(&b);
	json_plan_free(plan.json);
}

int main(void)
{
	RUN(the_scanner_finds_what_a_slow_parser_finds);
	RUN(no_prefix_of_a_record_is_a_record);
	return t_done();
}
