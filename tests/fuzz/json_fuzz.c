/* Any bytes as JSON: what is accepted holds together, and its fingerprint does
 * not depend on the spelling. */
#include "codec/json.h"
#include "fuzz.h"

static const struct hash_seed seed = { 1, 2 };
static const char *const paths[] = { "kind", "id", "a.b.c", "a.b", "meta.zone", "", "a_long_name" };
enum { PATHS = sizeof paths / sizeof paths[0], MOST = 2 * PATHS };

/* A copy behind which JSON goes on, so that reading too far shows. */
static slice guarded(struct buf *b, slice text)
{
	slice copy = json_text(b, text);
	memcpy(b->p + b->n, "\"}]}1,\"a\":1}]}\"", 15);
	return copy;
}

static slice trimmed(slice text)
{
	while (text.n && strchr(" \t\r\n", *text.p))
		text = (slice){ text.p + 1, text.n - 1 };
	while (text.n && strchr(" \t\r\n", text.p[text.n - 1]))
		text.n--;
	return text;
}

/* Another spelling: white space around everything, letters of strings escaped. */
static void respell(slice text, struct buf *out)
{
	bool inside = false;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (inside && c == '\\') {
			buf_add(out, text.p + i, 2);
			i++;
		} else if (inside && c >= 'g' && c <= 'z') {
			buf_addf(out, "\\u%04x", (unsigned)c);
		} else if (!inside && strchr("{}[]:,", c)) {
			buf_addf(out, "\t%c \r\n", c);
		} else {
			inside ^= c == '"';
			buf_add_char(out, c);
		}
	}
}

static void check_string(slice value)
{
	struct buf scratch = { 0 }, again = { 0 }, copy = { 0 }, other = { 0 };
	struct json_error e;

	slice text = json_string(value, &scratch);
	json_add_string(&again, text);
	slice written = guarded(&copy, buf_slice(&again));
	MUST(json_check(written, &e));
	MUST(slice_equal(json_string(written, &other), text));
	buf_free(&other);
	buf_free(&copy);
	buf_free(&again);
	buf_free(&scratch);
}

static void check_value(slice value)
{
	struct buf spelt = { 0 }, copy = { 0 };
	struct json_error e;
	uint64_t u;
	int64_t i;

	MUST(json_check(value, &e));
	if (json_type(value) == JSON_STRING)
		check_string(value);
	else
		MUST(!json_u64(value, &u) || json_type(value) == JSON_NUMBER);
	if (json_i64(value, &i) && i >= 0 && *value.p != '-')
		MUST(json_u64(value, &u) && u == (uint64_t)i);
	respell(value, &spelt);
	slice other = guarded(&copy, buf_slice(&spelt));
	MUST(json_check(other, &e));
	struct key a = json_fingerprint(seed, value);
	struct key b = json_fingerprint(seed, trimmed(other));
	MUST(a.hi == b.hi && a.lo == b.lo);
	buf_free(&copy);
	buf_free(&spelt);
}

static void check_members(const struct json_plan *plan, slice text)
{
	struct json_found found[MOST];
	struct json_error e = { .at = SIZE_MAX };

	if (!json_scan(plan, text, found, &e)) {
		MUST(e.at <= text.n && *e.what);
		return;
	}
	MUST(json_check(text, &e));
	for (uint32_t i = 0; i < json_plan_size(plan); i++) {
		if (!found[i].text.p)
			continue;
		MUST(*found[i].name == '"' && found[i].name < found[i].text.p);
		MUST(found[i].text.p + found[i].text.n < text.p + text.n);
		/* The value as a text of its own. */
		struct buf b = { 0 };
		check_value(guarded(&b, found[i].text));
		buf_free(&b);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_plan *plan = json_plan_new();
	struct json_error e = { .at = SIZE_MAX };
	struct buf b = { 0 };

	for (int i = 0; i < PATHS; i++)
		json_plan_add(plan, paths[i]);
	MUST(json_plan_size(plan) <= MOST);
	slice text = guarded(&b, (slice){ (const char *)data, size });
	if (json_check(text, &e)) {
		slice value = trimmed(text);
		check_value(value);
		if (strchr("{[\"", *value.p))
			MUST(!json_check((slice){ value.p, value.n - 1 }, &e));
	} else {
		MUST(e.at <= size && *e.what);
	}
	check_members(plan, text);
	buf_free(&b);
	json_plan_free(plan);
	return 0;
}
