/* Fingerprints stand for values, whatever their spelling. */
#include "base/buf.h"
#include "base/rng.h"
#include "codec/json.h"
#include "t.h"

static const struct hash_seed seed = { 1, 2 };

static struct key fingerprint(const char *value)
{
	struct json_error e;
	struct buf b = { 0 };
	slice v = json_text(&b, slice_of(value));

	if (!OK(json_check(v, &e)))
		printf("# %s: %zu: %s\n", value, e.at, e.what);
	/* A value that a scan finds has no white space around it. */
	while (v.n && strchr(" \t\r\n", *v.p))
		v = (slice){ v.p + 1, v.n - 1 };
	while (v.n && strchr(" \t\r\n", v.p[v.n - 1]))
		v.n--;
	struct key k = json_fingerprint(seed, v);
	buf_free(&b);
	return k;
}

static bool same(struct key a, struct key b)
{
	return a.hi == b.hi && a.lo == b.lo;
}

/* Each row spells one value; no two rows the same. */
static const char *const values[][6] = {
	{ "null" },
	{ "true" },
	{ "false" },
	{ "\"\"" },
	{ "\"a\"", "\"\\u0061\"" },
	{ "\"1\"", "\"\\u0031\"" },
	{ "\"null\"" },
	{ "\"[\"" },
	{ "\"\\u00e9\"", "\"\xc3\xa9\"", "\"\\u00E9\"" },
	{ "\"e\\u0301\"" },
	{ "\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"" },
	{ "\"/\"", "\"\\/\"" },
	{ "\"\\\\\"", "\"\\u005c\"" },
	{ "\"\\\\u0061\"" },
	{ "0", "-0", "0.0", "0e9", "-0.000E-99999999999999999999999", "0e99999999999999999999999" },
	{ "1", "1.0", "10e-1", "0.1e1", "1e0", "0.00001E+0005" },
	{ "-1", "-1.0", "-10e-1" },
	{ "10", "1e1", "10.0", "100e-1" },
	{ "100", "1e2", "1.00e2" },
	{ "0.1", "1e-1", "10E-2", "0.10" },
	{ "12", "1.2e1", "120e-1" },
	{ "21" },
	{ "9007199254740993", "9007199254740993.0", "9.007199254740993e15" },
	{ "9007199254740992" },
	{ "18446744073709551616", "184467440737095516160e-1" },
	{ "1e400", "10e399", "0.1e401" },
	{ "1e-400", "0.1e-399" },
	{ "1e999999999999999999", "10e999999999999999998", "0.1e1000000000000000000" },
	{ "1e1000000000000000000", "10e999999999999999999", "0.01e1000000000000000002" },
	{ "1e-1000000000000000000", "10e-1000000000000000001", "0.1e-999999999999999999" },
	{ "1e99999999999999999999999999", "0.001e100000000000000000000000002",
	  "1000e99999999999999999999999996", "1e+00099999999999999999999999999" },
	{ "1e-99999999999999999999999999", "0.001e-99999999999999999999999996",
	  "1000e-100000000000000000000000002" },
	{ "10e9999999999999999999", "1e10000000000000000000" },
	{ "1e9999999999999999999", "10e9999999999999999998" },
	{ "1e-8446744073709551617" }, /* what wrapping 64 bits would make of it */
	{ "[]", " [ ] " },
	{ "{}", "{ }" },
	{ "[[]]" },
	{ "[{}]" },
	{ "[0]", "[-0.0]" },
	{ "[[],[]]" },
	{ "[[[]]]" },
	{ "[1,2]", "[ 1.0 ,\t2e0 ]" },
	{ "[2,1]" },
	{ "[[1],2]" },
	{ "[[1,2]]" },
	{ "[1,[2]]" },
	{ "[12]" },
	{ "[1,2,3]" },
	{ "[\"1,2\"]" },
	{ "{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", "{ \"\\u0062\" : 2.0, \"a\" : 1 }" },
	{ "{\"a\":2,\"b\":1}" },
	{ "{\"a\":1}" },
	{ "{\"a\":1,\"a\":1}" },
	{ "{\"a\":{\"b\":1}}" },
	{ "{\"a\":{\"b\":1},\"c\":2}", "{\"c\":2,\"a\":{\"b\":1}}" },
	{ "{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"c\":2,\"b\":1}}" },
	{ "{\"a\":[{\"x\":1,\"y\":2}]}", "{\"a\":[{\"y\":2,\"x\":1}]}" },
	{ "[\"a\",1]" },
	{ "{\"]\":\"}\"}", "{\"\\u005d\":\"\\u007d\"}" },
};
enum { VALUES = sizeof values / sizeof values[0] };

static void all_spellings_of_a_value_have_one_fingerprint(void)
{
	for (size_t i = 0; i < VALUES; i++)
		for (size_t k = 1; k < 6 && values[i][k]; k++)
			if (!OK(same(fingerprint(values[i][0]), fingerprint(values[i][k]))))
				printf("# %s and %s\n", values[i][0], values[i][k]);
}

static void different_values_have_different_fingerprints(void)
{
	struct key absent = json_fingerprint(seed, (slice){ 0 });

	for (size_t i = 0; i < VALUES; i++) {
		OK(!same(absent, fingerprint(values[i][0])));
		for (size_t k = 0; k < i; k++)
			if (!OK(!same(fingerprint(values[i][0]), fingerprint(values[k][0]))))
				printf("# %s and %s\n", values[i][0], values[k][0]);
	}
}

/* Of an object, without the members at these paths. */
static struct key without(const char *object, const char *first, const char *second)
{
	struct json_plan *plan = json_plan_new();
	const char *const paths[] = { first, second };
	struct json_found found[8], members[2];
	struct json_error e;
	struct buf b = { 0 };
	uint32_t numbers[2];

	for (int i = 0; i < 2; i++)
		numbers[i] = json_plan_add(plan, paths[i]);
	slice text = json_text(&b, slice_of(object));
	OK(json_scan(plan, text, found, &e));
	for (int i = 0; i < 2; i++)
		members[i] = found[numbers[i]];
	struct key k = json_fingerprint_without(seed, text, members, 2);
	buf_free(&b);
	json_plan_free(plan);
	return k;
}

static void members_can_be_left_out(void)
{
	struct key rest = fingerprint("{\"a\":1,\"b\":{\"c\":2}}");

	OK(same(rest, without("{\"a\":1,\"b\":{\"c\":2}}", "x", "y")));
	OK(same(rest, without("{\"x\":[{}],\"a\":1,\"b\":{\"c\":2},\"y\":{\"x\":1}}", "x", "y")));
	OK(same(rest,
	        without("{ \"b\" : { \"c\" : 2 } , \"\\u0078\" : 0 , \"a\" : 1.0 }", "x", "y")));
	OK(same(rest, without("{\"a\":1,\"b\":{\"d\":\"}\",\"c\":2}}", "b.d", "y")));
	OK(same(rest, without("{\"a\":1,\"b\":{\"c\":2,\"d\":[1,2]}}", "b.d", "b.d")));
	OK(!same(rest, without("{\"a\":1,\"b\":{\"c\":2},\"d\":0}", "b.d", "y")));
	OK(same(fingerprint("{}"), without("{\"x\":1,\"y\":2}", "x", "y")));
	OK(same(fingerprint("{\"b\":{}}"), without("{\"b\":{\"d\":1}}", "b.d", "y")));
}

static void another_seed_gives_another_fingerprint(void)
{
	struct hash_seed other = { 1, 3 };

	for (size_t i = 0; i < VALUES; i++) {
		struct buf b = { 0 };
		slice v = json_text(&b, slice_of(values[i][0]));
		OK(!same(json_fingerprint(seed, v), json_fingerprint(other, v)));
		buf_free(&b);
	}
}

static void the_deepest_value_has_a_fingerprint(void)
{
	struct buf b = { 0 };

	for (int i = 0; i < JSON_MAX_DEPTH; i++)
		buf_add_text(&b, i % 2 ? "{\"a\":" : "[");
	buf_add_text(&b, "1");
	for (int i = JSON_MAX_DEPTH; i-- > 0;)
		buf_add_text(&b, i % 2 ? "}" : "]");
	struct key deep = fingerprint(buf_text(&b));
	b.p[256 * 6] = '2';
	OK(!same(deep, fingerprint(buf_text(&b))));
	buf_free(&b);
}

/* ---- random values ---- */

/* A value apart from its spelling. */
struct model {
	enum model_type { WORD, NUMBER, STRING, ARRAY, OBJECT } type;
	int word;           /* WORD */
	bool negative;      /* NUMBER */
	char digits[40];    /* NUMBER: neither begins nor ends with 0; "" is zero */
	int64_t exponent;   /* NUMBER: of the last digit */
	uint32_t text[6];   /* STRING: code points */
	char name;          /* as a member: its name, 'a' .. 'z'; unique in the object */
	int count;          /* STRING, ARRAY, OBJECT */
	struct model *item; /* ARRAY, OBJECT */
};

static void random_number(struct rng *r, struct model *m)
{
	uint64_t n = rng_below(r, 8) ? rng_below(r, 4) : rng_below(r, sizeof m->digits);

	m->negative = rng_below(r, 3) == 0;
	for (uint64_t i = 0; i < n; i++)
		m->digits[i] = (char)('0' + rng_below(r, 10));
	if (n) {
		m->digits[0] = (char)('1' + rng_below(r, 9));
		m->digits[n - 1] = (char)('1' + rng_below(r, 9));
	}
	if (rng_below(r, 2))
		m->exponent = (int64_t)rng_below(r, 5) - 2;
	else if (rng_below(r, 4) == 0)
		m->exponent = (int64_t)(rng_next(r) >> 2) * (rng_below(r, 2) ? 1 : -1);
}

static void random_model(struct rng *r, struct model *m, int depth)
{
	static const uint32_t points[] = { 'a',    'b',    '"',    '\\',    '/',     '\n',
		                           0,      0x1f,   0x7f,   0xe9,    0x7ff,   0x20ac,
		                           0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff };

	*m = (struct model){ .type = (enum model_type)rng_below(r, depth < 3 ? 5 : 3) };
	switch (m->type) {
	case WORD:
		m->word = (int)rng_below(r, 3);
		break;
	case NUMBER:
		random_number(r, m);
		break;
	case STRING:
		m->count = (int)rng_below(r, 6);
		for (int i = 0; i < m->count; i++)
			m->text[i] = points[rng_below(r, sizeof points / sizeof points[0])];
		break;
	default:
		m->count = (int)rng_below(r, 5);
		m->item = calloc(5, sizeof *m->item);
		for (int i = 0; i < m->count; i++) {
			random_model(r, &m->item[i], depth + 1);
			m->item[i].name = (char)('a' + 5 * i + (int)rng_below(r, 5));
		}
	}
}

static void free_model(struct model *m)
{
	for (int i = 0; m->item && i < m->count; i++)
		free_model(&m->item[i]);
	free(m->item);
}

static void spell_space(struct rng *r, struct buf *b)
{
	while (rng_below(r, 8) == 0)
		buf_add_char(b, " \t\r\n"[rng_below(r, 4)]);
}

static void spell_number(struct rng *r, const struct model *m, struct buf *b)
{
	char digits[sizeof m->digits + 8];
	int64_t exponent = m->exponent;
	size_t n = strlen(m->digits), dot;

	/* Zeros at both ends say nothing; zero itself has some. */
	size_t before = rng_below(r, 3) + !n, behind = rng_below(r, 3);
	memset(digits, '0', sizeof digits);
	memcpy(digits + before, m->digits, n);
	n += before + behind;
	exponent -= (int64_t)behind;
	dot = 1 + rng_below(r, n);
	size_t first = 0;
	while (first + 1 < dot && digits[first] == '0')
		first++;
	if (m->negative)
		buf_add_char(b, '-');
	buf_add(b, digits + first, dot - first);
	if (dot < n) {
		buf_add_char(b, '.');
		buf_add(b, digits + dot, n - dot);
	}
	exponent += (int64_t)(n - dot);
	if (exponent || rng_below(r, 2)) {
		buf_add_char(b, "eE"[rng_below(r, 2)]);
		if (exponent < 0)
			buf_add_char(b, '-');
		else if (rng_below(r, 2))
			buf_add_char(b, '+');
		buf_add(b, "00", rng_below(r, 3));
		buf_add_u64(b, (uint64_t)(exponent < 0 ? -exponent : exponent));
	}
}

static void spell_unit(struct rng *r, uint32_t unit, struct buf *b)
{
	if (rng_below(r, 2))
		buf_addf(b, "\\u%04x", unit);
	else
		buf_addf(b, "\\u%04X", unit);
}

static void spell_point(struct rng *r, uint32_t c, struct buf *b)
{
	if (c && c < 0x80 && strchr("\"\\/\n", (int)c) && rng_below(r, 2)) {
		buf_addf(b, "\\%c", c == '\n' ? 'n' : (char)c);
	} else if (c < 0x20 || c == '"' || c == '\\' || rng_below(r, 3) == 0) {
		if (c >= 0x10000)
			spell_unit(r, 0xd800 + ((c - 0x10000) >> 10), b);
		spell_unit(r, c >= 0x10000 ? 0xdc00 + ((c - 0x10000) & 0x3ff) : c, b);
	} else if (c < 0x80) {
		buf_add_char(b, (char)c);
	} else {
		int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
		buf_add_char(b, (char)((0xff00 >> (more + 1) & 0xff) | (int)(c >> 6 * more)));
		while (more--)
			buf_add_char(b, (char)(0x80 | (c >> 6 * more & 0x3f)));
	}
}

static void spell(struct rng *r, const struct model *m, struct buf *b)
{
	static const char *const words[] = { "null", "true", "false" };
	int order[5] = { 0, 1, 2, 3, 4 };

	spell_space(r, b);
	switch (m->type) {
	case WORD:
		buf_add_text(b, words[m->word]);
		break;
	case NUMBER:
		spell_number(r, m, b);
		break;
	case STRING:
		buf_add_char(b, '"');
		for (int i = 0; i < m->count; i++)
			spell_point(r, m->text[i], b);
		buf_add_char(b, '"');
		break;
	default:
		for (int i = m->count; m->type == OBJECT && i > 1; i--) {
			int with = (int)rng_below(r, (uint64_t)i), old = order[i - 1];
			order[i - 1] = order[with];
			order[with] = old;
		}
		buf_add_char(b, m->type == OBJECT ? '{' : '[');
		for (int i = 0; i < m->count; i++) {
			const struct model *item = &m->item[order[i]];
			if (i)
				buf_add_char(b, ',');
			if (m->type == OBJECT) {
				spell_space(r, b);
				buf_add_char(b, '"');
				spell_point(r, (uint32_t)item->name, b);
				buf_add_char(b, '"');
				spell_space(r, b);
				buf_add_char(b, ':');
			}
			spell(r, item, b);
		}
		spell_space(r, b);
		buf_add_char(b, m->type == OBJECT ? '}' : ']');
	}
	spell_space(r, b);
}

/* Makes another value of it by one small change somewhere. */
static void alter(struct rng *r, struct model *m)
{
	size_t n = strlen(m->digits);

	switch (m->type) {
	case WORD:
		m->word = (m->word + 1) % 3;
		break;
	case NUMBER:
		if (n == 0)
			m->digits[0] = '1';
		else if (rng_below(r, 3) == 0)
			m->exponent += m->exponent < 0 ? 1 : -1;
		else if (rng_below(r, 2))
			m->negative = !m->negative;
		else
			m->digits[n - 1] =
				(char)(m->digits[n - 1] == '9' ? '8' : m->digits[n - 1] + 1);
		break;
	case STRING:
		if (m->count && rng_below(r, 2))
			m->text[m->count - 1] = 'z';
		else if (m->count)
			m->count--;
		else
			m->type = ARRAY;
		break;
	default:
		if (m->count && rng_below(r, 4)) {
			alter(r, &m->item[rng_below(r, (uint64_t)m->count)]);
		} else if (m->count && m->type == OBJECT && rng_below(r, 2)) {
			m->item[0].name = (char)(m->item[0].name == 'a' ? 'b' : 'a');
		} else if (m->count) {
			free_model(&m->item[--m->count]);
		} else {
			m->type = m->type == ARRAY ? OBJECT : ARRAY;
		}
	}
}

static void random_values_are_known_by_value_alone(void)
{
	uint64_t base = t_seed(1), count = t_seeds(20000);
	struct buf a = { 0 }, b = { 0 };

	for (uint64_t i = 0; i < count; i++) {
		struct rng r = { base + i };
		struct model m;
		random_model(&r, &m, 0);
		buf_clear(&a);
		buf_clear(&b);
		spell(&r, &m, &a);
		spell(&r, &m, &b);
		struct key k = fingerprint(buf_text(&a));
		bool equal = OK(same(k, fingerprint(buf_text(&b))));
		if (equal) {
			alter(&r, &m);
			buf_clear(&b);
			spell(&r, &m, &b);
			equal = OK(!same(k, fingerprint(buf_text(&b))));
		}
		free_model(&m);
		if (!equal) {
			printf("# %s\n# and %s\n", buf_text(&a), buf_text(&b));
			t_again(base + i);
			break;
		}
	}
	buf_free(&b);
	buf_free(&a);
}

int main(void)
{
	RUN(all_spellings_of_a_value_have_one_fingerprint);
	RUN(different_values_have_different_fingerprints);
	RUN(members_can_be_left_out);
	RUN(another_seed_gives_another_fingerprint);
	RUN(the_deepest_value_has_a_fingerprint);
	RUN(random_values_are_known_by_value_alone);
	return t_done();
}
