/* The scanner and what values mean. */
#include "base/rng.h"
#include "codec/json.h"
#include "codec/json_bytes.h"
#include "t.h"

static const struct hash_seed seed = { 1, 2 };

/* Copies behind which other JSON would go on, so that reading too far shows. */
static slice guarded(struct buf *b, slice text)
{
	static const char slack[JSON_SLACK] = "\"}],1234567890\"}],true}]}]\"\"\"\"\"\"";

	buf_clear(b);
	buf_add_slice(b, text);
	buf_add(b, slack, sizeof slack);
	return (slice){ b->p, text.n };
}

static void fails(bool any, slice text, size_t at, const char *what)
{
	struct json_plan *plan = json_plan_new();
	struct json_error e = { 0 };
	struct buf b = { 0 };
	struct json_found found[1];

	json_plan_add(plan, "a");
	slice copy = guarded(&b, text);
	if (!OK(!(any ? json_check(copy, &e) : json_scan(plan, copy, found, &e))) ||
	    !EQ(e.at, at) || !SAME(slice_of(e.what), what))
		printf("# of %.*s\n", SLICE_ARG(text));
	buf_free(&b);
	json_plan_free(plan);
}

static bool accepts(slice text)
{
	struct json_error e;
	struct buf b = { 0 };
	bool good = json_check(guarded(&b, text), &e);

	if (!good)
		printf("# %.*s: %zu: %s\n", SLICE_ARG(text), e.at, e.what);
	buf_free(&b);
	return good;
}

static void members_are_found_by_path(void)
{
	static const char line[] =
		" {\"kind\":\"x\", \"meta\" : {\"zone\":[1,{\"id\":2}],\"n\":{}},"
		"\"id\":7,\"other\":{\"id\":8},\"a.b\":null,"
		"\"a_rather_long_name\":1.50e3}\t";
	static const struct {
		const char *path, *value;
	} want[] = {
		{ "kind", "\"x\"" },
		{ "id", "7" },
		{ "meta.zone", "[1,{\"id\":2}]" },
		{ "meta.n", "{}" },
		{ "meta.m", NULL },
		{ "a\\.b", "null" },
		{ "a_rather_long_name", "1.50e3" },
		{ "a_rather_long_tame", NULL },
		{ "meta", "{\"zone\":[1,{\"id\":2}],\"n\":{}}" },
		{ "other.id", "8" },
		{ "id.id", NULL },
	};
	enum { N = sizeof want / sizeof want[0] };
	struct json_plan *plan = json_plan_new();
	struct json_error e = { 0 };
	struct json_found found[2 * N];
	struct buf b = { 0 };
	uint32_t number[N];

	for (size_t i = 0; i < N; i++)
		number[i] = json_plan_add(plan, want[i].path);
	OK(json_plan_size(plan) <= 2 * N);
	EQ(json_plan_add(plan, "meta.zone"), number[2]);
	OK(json_scan(plan, guarded(&b, SLICE(line)), found, &e));
	for (size_t i = 0; i < N; i++) {
		if (want[i].value)
			SAME(found[number[i]].text, want[i].value);
		else
			OK(!found[number[i]].text.p);
	}
	SAME(((slice){ found[number[1]].name, 4 }), "\"id\"");
	buf_free(&b);
	json_plan_free(plan);
}

static void names_with_escapes_are_decoded_before_they_are_compared(void)
{
	struct json_plan *plan = json_plan_new();
	struct json_error e = { 0 };
	struct json_found found[4];
	struct buf b = { 0 };
	uint32_t kind = json_plan_add(plan, "kind");
	uint32_t odd = json_plan_add(plan, "\xc3\xa9\xf0\x9f\x98\x80/");

	OK(json_scan(plan,
	             guarded(&b, SLICE("{\"k\\u0069nd\":1,\"\\u00e9\\ud83d\\ude00\\/\":2,"
	                               "\"kin\\u0064e\":3}")),
	             found, &e));
	SAME(found[kind].text, "1");
	SAME(found[odd].text, "2");
	OK(!json_scan(plan, guarded(&b, SLICE("{\"kind\":1,\"k\\u0069nd\":2}")), found, &e));
	EQ(e.at, 10);
	SAME(slice_of(e.what), "duplicate member 'kind'");
	buf_free(&b);
	json_plan_free(plan);
}

static void only_a_repeated_member_that_is_looked_for_is_refused(void)
{
	struct json_plan *plan = json_plan_new();
	struct json_error e = { 0 };
	struct json_found found[4];
	struct buf b = { 0 };

	json_plan_add(plan, "meta.zone");
	OK(json_scan(plan, guarded(&b, SLICE("{\"x\":1,\"x\":2,\"y\":{\"zone\":1,\"zone\":2}}")),
	             found, &e));
	OK(!json_scan(plan, guarded(&b, SLICE("{\"meta\":{\"zone\":1,\"zone\":2}}")), found, &e));
	EQ(e.at, 18);
	/* Which of the two would be the one? */
	OK(!json_scan(plan, guarded(&b, SLICE("{\"meta\":{\"zone\":1},\"meta\":{}}")), found, &e));
	EQ(e.at, 19);
	buf_free(&b);
	json_plan_free(plan);
}

static void the_grammar_is_that_of_rfc_8259(void)
{
	static const char *const good[] = {
		"{}",
		"[]",
		" [ ] ",
		"0",
		"-0",
		"-0.0e-0",
		"1E+2",
		"12345678901234567890123456789012345678901234567890.5e99999",
		"true",
		"false",
		"null",
		"\"\"",
		"\"\\u0000\\\"\\\\\\/\\b\\f\\n\\r\\t\\uD83D\\uDE00\x7f\"",
		"[1,[2,{\"a\":[]}],{}]",
		"\t\r\n{\"a\"\n:\r1\t,\"a\" : 2 }\n",
		"\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\"",
		"\"\xee\x80\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"",
	};
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		OK(accepts(slice_of(good[i])));
}

static void errors_name_the_byte_and_what_was_expected(void)
{
	static const struct {
		const char *text;
		size_t at;
		const char *what;
	} bad[] = {
		{ "", 0, "expected '{', found the end" },
		{ "  ", 2, "expected '{', found the end" },
		{ "[]", 0, "expected '{'" },
		{ "\xef\xbb\xbf{}", 0, "a byte-order mark is not allowed" },
		{ "{", 1, "expected a member name, found the end" },
		{ "{a", 1, "expected a member name" },
		{ "{\"a", 3, "unterminated string" },
		{ "{\"a\"", 4, "expected ':' after member name, found the end" },
		{ "{\"a\" 1", 5, "expected ':' after member name" },
		{ "{\"a\":", 5, "expected a value, found the end" },
		{ "{\"a\":}", 5, "expected a value" },
		{ "{\"a\":1", 6, "expected ',' or '}', found the end" },
		{ "{\"a\":1 2", 7, "expected ',' or '}'" },
		{ "{\"a\":1,}", 7, "expected a member name" },
		{ "{\"a\":[1,]}", 8, "expected a value" },
		{ "{\"a\":[1}", 7, "expected ',' or ']'" },
		{ "{\"a\":[1", 7, "expected ',' or ']', found the end" },
		{ "{\"a\":[,", 6, "expected a value" },
		{ "{}x", 2, "expected nothing more on the line" },
		{ "{} {}", 3, "expected nothing more on the line" },
		{ "{\"a\":1,\"a\":2}", 7, "duplicate member 'a'" },
		{ "{\"b\":\"\t\"}", 6, "control character 0x09 in a string" },
		{ "{\"b\":\"\\x\"}", 7, "expected one of \"\\/bfnrtu after a backslash" },
		{ "{\"b\":\"\\u12g4\"}", 10, "expected a hexadecimal digit" },
		{ "{\"b\":\"\\ude00\"}", 6, "low surrogate without a high one before it" },
		{ "{\"b\":\"\\ud83d\"}", 6, "high surrogate without a low one behind it" },
		{ "{\"b\":\"\\ud83d\\u0041\"}", 6, "high surrogate without a low one behind it" },
		{ "{\"b\":\"\xff\"}", 6, "invalid UTF-8" },
		{ "{\"b\":01}", 6, "a number must not begin with 0" },
		{ "{\"b\":-}", 6, "expected a digit after '-'" },
		{ "{\"b\":1.}", 7, "expected a digit after '.'" },
		{ "{\"b\":1e+}", 8, "expected a digit in the exponent" },
		{ "{\"b\":+1}", 5, "expected a value" },
		{ "{\"b\":.5}", 5, "expected a value" },
		{ "{\"b\":NaN}", 5, "expected a value" },
		{ "{\"b\":nul}", 8, "expected 'null'" },
		{ "{\"b\":tru", 8, "expected 'true', found the end" },
		{ "{\"b\":'x'}", 5, "expected a value" },
		{ "{'b':1}", 1, "expected a member name" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		fails(false, slice_of(bad[i].text), bad[i].at, bad[i].what);
}

static void nesting_ends_at_512(void)
{
	struct buf b = { 0 };

	for (int depth = JSON_MAX_DEPTH; depth <= JSON_MAX_DEPTH + 1; depth++) {
		buf_clear(&b);
		for (int i = 0; i < depth; i++)
			buf_add_text(&b, i % 2 ? "{\"a\":" : "[");
		buf_add_text(&b, "1");
		for (int i = depth; i-- > 0;)
			buf_add_text(&b, i % 2 ? "}" : "]");
		if (depth == JSON_MAX_DEPTH)
			OK(accepts(buf_slice(&b)));
		else
			fails(true, buf_slice(&b), 256 * 6, "nesting deeper than 512");
	}
	buf_free(&b);
}

int main(void)
{
	RUN(members_are_found_by_path);
	RUN(names_with_escapes_are_decoded_before_they_are_compared);
	RUN(only_a_repeated_member_that_is_looked_for_is_refused);
	RUN(the_grammar_is_that_of_rfc_8259);
	RUN(errors_name_the_byte_and_what_was_expected);
	RUN(nesting_ends_at_512);
	(void)seed;
	return t_done();
}
