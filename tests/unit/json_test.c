/* The scanner and what values mean. */
#include "base/rng.h"
#include "codec/json.h"
#include "codec/json_bytes.h"
#include "t.h"

/* What may stand behind a text in memory. None of it must show. */
static const char *const slacks[] = {
	"\"}],1234567890\"}],true}]}]\"\"\"\"\"\"",
	"00000000000000000000000000000000",
	"................................",
	"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
	"++++++++++++++++++++++++++++++++",
	"}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}",
	"]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
	"{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{",
	"::::::::::::::::::::::::::::::::",
	",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,",
	"\\u0000\\udc00\\udc00\\udc00\\udc00\\u",
	("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"
	 "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"),
	"\xef\xbb\xbf{}                           ",
	"ull}                            ",
};
enum { SLACKS = sizeof slacks / sizeof slacks[0] };

static slice guarded_by(struct buf *b, slice text, const char *slack)
{
	buf_clear(b);
	buf_add_slice(b, text);
	buf_add(b, slack, JSON_SLACK);
	return (slice){ b->p, text.n };
}

static slice guarded(struct buf *b, slice text)
{
	return guarded_by(b, text, slacks[0]);
}

static void fails(bool any, slice text, size_t at, const char *what)
{
	struct json_plan *plan = json_plan_new();
	struct json_error e = { 0 };
	struct buf b = { 0 };
	struct json_found found[1];

	json_plan_add(plan, "a");
	for (int i = 0; i < SLACKS; i++) {
		slice copy = guarded_by(&b, text, slacks[i]);
		if (!OK(!(any ? json_check(copy, &e) : json_scan(plan, copy, found, &e))) ||
		    !EQ(e.at, at) || !SAME(slice_of(e.what), what))
			printf("# of %.*s before %s\n", SLICE_ARG(text), slacks[i]);
	}
	buf_free(&b);
	json_plan_free(plan);
}

static bool accepts(slice text)
{
	struct json_error e;
	struct buf b = { 0 };
	bool good = true;

	for (int i = 0; i < SLACKS && good; i++) {
		good = json_check(guarded_by(&b, text, slacks[i]), &e);
		if (!good)
			printf("# %.*s before %s: %zu: %s\n", SLICE_ARG(text), slacks[i], e.at,
			       e.what);
	}
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

static void a_long_name_is_told_from_every_shorter_and_longer_one(void)
{
	struct json_plan *plan = json_plan_new();
	struct json_error e;
	struct json_found found;
	struct buf b = { 0 }, line = { 0 };
	char name[301];

	memset(name, 'n', sizeof name);
	name[150] = '\0';
	json_plan_add(plan, name);
	name[150] = 'n';
	for (int n = 0; n < 300; n++) {
		buf_clear(&line);
		buf_addf(&line, "{\"%.*s\":1}", n, name);
		OK(json_scan(plan, guarded(&b, buf_slice(&line)), &found, &e));
		EQ(found.text.n, n == 150);
	}
	buf_free(&line);
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
		{ "{", 1, "expected a member name or '}', found the end" },
		{ "{a", 1, "expected a member name or '}'" },
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
		{ "{\"a\":[,", 6, "expected a value or ']'" },
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
		{ "{\"b\":\"\\", 7,
		  "expected one of \"\\/bfnrtu after a backslash, found the end" },
		{ "{\"b\":\"\\u00", 10, "expected a hexadecimal digit, found the end" },
		{ "{\"b\":\"\\ud83d", 6, "high surrogate without a low one behind it" },
		{ "{\"b\":\"\xc3", 6, "invalid UTF-8" },
		{ "{\"b\":\"\xf0\x9f\x98", 6, "invalid UTF-8" },
		{ "{\"b\":[", 6, "expected a value or ']', found the end" },
		{ "{\"b\":{", 6, "expected a member name or '}', found the end" },
		{ "{\"b\":0", 6, "expected ',' or '}', found the end" },
		{ "{\"b\":1.", 7, "expected a digit after '.', found the end" },
		{ "{\"b\":1e", 7, "expected a digit in the exponent, found the end" },
		{ "{\"b\":1e-", 8, "expected a digit in the exponent, found the end" },
		{ "{\"b\":-", 6, "expected a digit after '-', found the end" },
		{ "{\"b\":n", 6, "expected 'null', found the end" },
		{ "{'b':1}", 1, "expected a member name or '}'" },
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

static void strings_are_decoded(void)
{
	static const struct {
		const char *value, *text;
	} cases[] = {
		{ "\"\"", "" },
		{ "\"plain text, longer than sixteen bytes\"",
		  "plain text, longer than sixteen bytes" },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
		{ "\"a\\u0041\\u00e9\\u20AC\\ud83D\\uDe00z\"",
		  "aA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z" },
		{ "\"\\uffff\\uD7ff\\ue000\"", "\xef\xbf\xbf\xed\x9f\xbf\xee\x80\x80" },
		{ "\"long enough for two rounds \\\\ and more\"",
		  "long enough for two rounds \\ and more" },
	};
	struct buf b = { 0 }, scratch = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		SAME(json_string(guarded(&b, slice_of(cases[i].value)), &scratch), cases[i].text);
	slice nul = json_string(guarded(&b, SLICE("\"a\\u0000b\"")), &scratch);
	OK(slice_equal(nul, (slice){ "a\0b", 3 }));
	buf_free(&scratch);
	buf_free(&b);
}

static void whole_numbers_are_exact_or_refused(void)
{
	static const struct {
		const char *text;
		bool fits_u64, fits_i64;
		uint64_t u;
		int64_t i;
	} cases[] = {
		{ "0", true, true, 0, 0 },
		{ "7", true, true, 7, 7 },
		{ "12345678", true, true, 12345678, 12345678 },
		{ "123456789", true, true, 123456789, 123456789 },
		{ "1234567890123456", true, true, 1234567890123456, 1234567890123456 },
		{ "12345678901234567", true, true, 12345678901234567, 12345678901234567 },
		{ "9223372036854775807", true, true, INT64_MAX, INT64_MAX },
		{ "9223372036854775808", true, false, UINT64_C(1) << 63, 0 },
		{ "18446744073709551615", true, false, UINT64_MAX, 0 },
		{ "18446744073709551616", false, false, 0, 0 },
		{ "-1", false, true, 0, -1 },
		{ "-0", false, true, 0, 0 },
		{ "-9223372036854775808", false, true, 0, INT64_MIN },
		{ "-9223372036854775809", false, false, 0, 0 },
		{ "1.0", false, false, 0, 0 },
		{ "1e3", false, false, 0, 0 },
		{ "null", false, false, 0, 0 },
		{ "\"1\"", false, false, 0, 0 },
		{ "[]", false, false, 0, 0 },
	};
	struct buf b = { 0 };

	for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
		slice v = guarded(&b, slice_of(cases[k].text));
		uint64_t u = 0;
		int64_t i = 0;
		if (!EQ(json_u64(v, &u), cases[k].fits_u64) || !EQ(u, cases[k].u) ||
		    !EQ(json_i64(v, &i), cases[k].fits_i64) || !EQ(i, cases[k].i))
			printf("# of %s\n", cases[k].text);
	}
	buf_free(&b);
}

static void milliseconds_are_read_to_the_nanosecond(void)
{
	static const struct {
		const char *text;
		int64_t ns;
	} good[] = {
		{ "0", 0 },
		{ "-0", 0 },
		{ "250", 250 * NS_PER_MS },
		{ "1700000000000", 1700000000000 * NS_PER_MS },
		{ "0.000001", 1 },
		{ "1.5", 1500000 },
		{ "-1.5", -1500000 },
		{ "1235.050063", 1235050063 },
		{ "9223372036854.775807", INT64_MAX },
		{ "9223372036854.775808", INT64_MAX },
		{ "9999999999999999", INT64_MAX },
		{ "99999999999999999999999999999999999999.5", INT64_MAX },
		{ "-99999999999999999999999999999999999999", INT64_MIN },
	};
	static const char *const bad[] = {
		"1e3", "1.0000000", "\"1\"", "null", "true", "{}", "[1]"
	};
	struct buf b = { 0 };
	int64_t ns;

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		ns = 42;
		if (!OK(json_ms(guarded(&b, slice_of(good[i].text)), &ns)) || !EQ(ns, good[i].ns))
			printf("# of %s\n", good[i].text);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (!OK(!json_ms(guarded(&b, slice_of(bad[i])), &ns)))
			printf("# of %s\n", bad[i]);
	buf_free(&b);
}

static void types_are_told_by_the_first_byte(void)
{
	EQ(json_type(SLICE("null")), JSON_NULL);
	EQ(json_type(SLICE("false")), JSON_FALSE);
	EQ(json_type(SLICE("true")), JSON_TRUE);
	EQ(json_type(SLICE("-1")), JSON_NUMBER);
	EQ(json_type(SLICE("0")), JSON_NUMBER);
	EQ(json_type(SLICE("\"\"")), JSON_STRING);
	EQ(json_type(SLICE("[]")), JSON_ARRAY);
	EQ(json_type(SLICE("{}")), JSON_OBJECT);
}

static void any_bytes_can_be_written_as_a_string(void)
{
	static const struct {
		const char *text, *json;
	} cases[] = {
		{ "", "\"\"" },
		{ "a\"b\\c/d", "\"a\\\"b\\\\c/d\"" },
		{ "\b\f\n\r\t\x01\x1f\x7f", "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"" },
		{ "caf\xc3\xa9", "\"caf\xc3\xa9\"" },
		{ "cut \xe2\x82", "\"cut \xef\xbf\xbd\"" },
		{ "cut \xf0\x9f\x98", "\"cut \xef\xbf\xbd\"" },
		{ "\xff\xfe|", "\"\xef\xbf\xbd\xef\xbf\xbd|\"" },
		{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	};
	struct buf b = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		buf_clear(&b);
		json_add_string(&b, slice_of(cases[i].text));
		SAME(buf_slice(&b), cases[i].json);
	}
	buf_clear(&b);
	json_add_string(&b, (slice){ "a\0b", 3 });
	SAME(buf_slice(&b), "\"a\\u0000b\"");
	buf_free(&b);
}

static void what_was_written_as_a_string_reads_back(void)
{
	struct rng rng = { t_seed(1) };
	struct buf b = { 0 }, json = { 0 }, scratch = { 0 };

	for (int i = 0; i < 20000; i++) {
		struct json_error e;
		size_t n, bad;
		bool valid = true;
		buf_clear(&b);
		for (uint64_t left = rng_below(&rng, 40); left; left--)
			buf_add_char(&b, (char)(rng_below(&rng, 4) ? rng_below(&rng, 128)
			                                           : rng_below(&rng, 256)));
		for (const char *p = b.p; p < b.p + b.n; p += n ? n : bad) {
			n = json_utf8(p, b.p + b.n, &bad);
			valid &= n > 0;
		}
		buf_clear(&json);
		json_add_string(&json, buf_slice(&b));
		struct buf copy = { 0 };
		slice value = json_text(&copy, buf_slice(&json));
		if (!OK(json_check(value, &e)) ||
		    !OK(!valid || slice_equal(json_string(value, &scratch), buf_slice(&b)))) {
			printf("# SEED=%" PRIu64 "\n", t_seed(1));
			i = 20000;
		}
		buf_free(&copy);
	}
	buf_free(&scratch);
	buf_free(&json);
	buf_free(&b);
}

/* The sixteen-byte loops against the plain ones, from every alignment. */
static void the_fast_loops_do_what_the_plain_ones_do(void)
{
	static const char common[] = "abcdefgh0123456789 \"\\\x1f\x7f\x80\xff";
	struct rng rng = { t_seed(2) };
	char text[200 + JSON_SLACK];

	for (int i = 0; i < 20000; i++) {
		uint64_t often = rng_below(&rng, sizeof common - 1) + 1;
		for (size_t k = 0; k < sizeof text; k++)
			text[k] = rng_below(&rng, 20) ? common[rng_below(&rng, often)]
			                              : (char)rng_next(&rng);
		const char *p = text + rng_below(&rng, 100);
		const char *end = p + rng_below(&rng, 100);
		uint64_t slow = 0;
		size_t n = (size_t)(json_skip_digits_portable(p, end) - p);
		for (size_t k = 0; k < n && k < 16; k++)
			slow = slow * 10 + (uint64_t)(p[k] - '0');
		const char *quote = json_skip_plain_portable(p, p + 8);
		quote = quote < p + 8 && *quote == '"' ? quote : NULL;
		if (!OK(json_short_end(p) == quote) ||
		    !OK(json_skip_plain(p, end) == json_skip_plain_portable(p, end)) ||
		    !OK(json_skip_digits(p, end) == json_skip_digits_portable(p, end)) ||
		    !OK(json_find_backslash(p, end) == json_find_backslash_portable(p, end)) ||
		    !OK(json_short_number(p, n < 16 ? n : 16) == slow)) {
			printf("# SEED=%" PRIu64 "\n", t_seed(2));
			break;
		}
	}
}

static void a_copy_has_readable_slack_behind_it(void)
{
	struct buf b = { 0 };

	for (size_t n = 0; n < 100; n++) {
		slice s = json_text(&b, (slice){ "0123456789012345678901234567890123456789"
		                                 "012345678901234567890123456789012345678901",
		                                 n < 80 ? n : 80 });
		for (size_t i = 0; i < JSON_SLACK; i++)
			EQ(s.p[s.n + i], 0);
	}
	buf_free(&b);
}

static void every_code_point_passes_and_every_malformed_one_does_not(void)
{
	size_t bad;
	uint32_t good = 0;

	/* All sequences of up to three bytes and a band of the four-byte ones. */
	for (uint32_t a = 0x80; a < 0x100; a++)
		for (uint32_t c = 0; c < 0x10000; c++) {
			char bytes[4] = { (char)a, (char)(c >> 8), (char)c, (char)0x80 };
			size_t n = json_utf8(bytes, bytes + 4, &bad);
			good += n == 2 ? (c & 0xff) == 0 : n == 3 || n == 4;
		}
	/* U+0080..U+07FF, the rest of the plane without surrogates, and the other
	 * sixteen planes with one of 64 last bytes. */
	EQ(good, 0x780 + (0x10000 - 0x800 - 0x800) + 0x100000 / 64);
}

int main(void)
{
	RUN(members_are_found_by_path);
	RUN(a_long_name_is_told_from_every_shorter_and_longer_one);
	RUN(names_with_escapes_are_decoded_before_they_are_compared);
	RUN(only_a_repeated_member_that_is_looked_for_is_refused);
	RUN(the_grammar_is_that_of_rfc_8259);
	RUN(errors_name_the_byte_and_what_was_expected);
	RUN(nesting_ends_at_512);
	RUN(strings_are_decoded);
	RUN(whole_numbers_are_exact_or_refused);
	RUN(milliseconds_are_read_to_the_nanosecond);
	RUN(types_are_told_by_the_first_byte);
	RUN(any_bytes_can_be_written_as_a_string);
	RUN(what_was_written_as_a_string_reads_back);
	RUN(the_fast_loops_do_what_the_plain_ones_do);
	RUN(a_copy_has_readable_slack_behind_it);
	RUN(every_code_point_passes_and_every_malformed_one_does_not);
	return t_done();
}
