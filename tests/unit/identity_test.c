/* Who an action is, and what it is. */
#include "codec/identity.h"
#include "t.h"

struct scene {
	struct record_reader *reader;
	struct identity who;
	struct buf line, text;
	struct record record;
	struct told_bad bad;
};

static void scene_open(struct scene *s, const char *path)
{
	*s = (struct scene){ .reader = record_reader_new() };
	s->who = identity_new(s->reader, path);
}

static void scene_close(struct scene *s)
{
	record_reader_free(s->reader);
	buf_free(&s->line);
	buf_free(&s->text);
}

static bool take(struct scene *s, const char *line)
{
	struct json_error e;

	OK(record_read(s->reader, json_text(&s->line, slice_of(line)), &s->record, &e));
	return identity_take(&s->who, &s->record, &s->bad);
}

static const char *content(const char *path, const char *line)
{
	static struct buf text;
	struct scene s;

	scene_open(&s, path);
	OK(take(&s, line));
	buf_clear(&text);
	identity_write(identity_content(&s.who, &s.record), &text);
	scene_close(&s);
	return buf_text(&text);
}

static bool same(const char *path, const char *a, const char *b)
{
	char kept[33];

	snprintf(kept, sizeof kept, "%s", content(path, a));
	return strcmp(kept, content(path, b)) == 0;
}

static void content_is_what_is_left_of_an_action(void)
{
	const char *bare = "{\"kind\":\"a\",\"x\":10}";

	OK(same(NULL, bare, "  {\"x\":1e1,\"id\":\"b\", \"k\\u0069nd\":\"a\" } "));
	OK(same(NULL, bare, "{\"at_ms\":5,\"kind\":\"a\",\"expires_ms\":7,\"x\":10.0,\"id\":3}"));
	OK(same(NULL, bare,
	        "{\"kind\":\"a\",\"admission\":{\"decision\":\"admit\"},\"x\":10,\"outcome\":{}}"));
	OK(!same(NULL, bare, "{\"kind\":\"b\",\"x\":10}"));
	OK(!same(NULL, bare, "{\"kind\":\"a\",\"x\":11}"));
	OK(!same(NULL, bare, "{\"kind\":\"a\",\"x\":10,\"y\":{\"id\":1}}"));
	OK(!same(NULL, bare, "{\"kind\":\"a\",\"x\":10,\"no\":1}"));
}

static void the_member_that_says_who_it_is_is_no_content(void)
{
	const char *bare = "{\"kind\":\"a\",\"order\":{}}";

	OK(same("order.no", "{\"kind\":\"a\",\"order\":{\"no\":1}}",
	        "{\"id\":4,\"kind\":\"a\",\"order\":{\"no\":\"2\"}}"));
	OK(!same("order.no", "{\"kind\":\"a\",\"order\":{\"no\":1},\"no\":1}",
	         "{\"kind\":\"a\",\"order\":{\"no\":1}}"));
	OK(strcmp(content(NULL, bare),
	          content("order.no", "{\"kind\":\"a\",\"order\":{\"no\":1}}")) == 0);
}

/* Chains are read by later versions and by other machines: it may never change. */
static void content_is_the_same_everywhere(void)
{
	SAME(slice_of(content(NULL, "{\"kind\":\"a\"}")), "06ff883eae09681a5c08917e0ef059b2");
}

static void identity_is_the_id_or_the_member(void)
{
	struct scene s;

	scene_open(&s, NULL);
	OK(take(&s, "{\"kind\":\"a\",\"id\":7}"));
	EQ(s.record.id, 7);
	OK(take(&s, "{\"kind\":\"a\"}"));
	EQ(s.record.id_type, RECORD_ID_NONE);
	scene_close(&s);
	scene_open(&s, "order.no");
	OK(take(&s, "{\"kind\":\"a\",\"id\":7,\"order\":{\"no\":18446744073709551615}}"));
	EQ(s.record.id_type, RECORD_ID_NUMBER);
	OK(s.record.id == UINT64_MAX);
	OK(take(&s, "{\"kind\":\"a\",\"id\":7,\"order\":{\"no\":\"A\"}}"));
	EQ(s.record.id_type, RECORD_ID_STRING);
	SAME(s.record.id_member.text, "\"A\"");
	scene_close(&s);
}

static void what_cannot_be_an_identity_is_refused(void)
{
	static const char *const wrong[] = { "1.5", "-1", "null", "{}", "[1]", "true" };
	struct buf line = { 0 };
	struct scene s;

	scene_open(&s, "no");
	OK(!take(&s, "{\"kind\":\"a\",\"id\":7}"));
	OK(s.bad.at == NULL);
	SAME(slice_of(s.bad.what), "expected a member 'no', which --id names");
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		buf_clear(&line);
		buf_addf(&line, "{\"kind\":\"a\",\"no\":%s}", wrong[i]);
		OK(!take(&s, buf_text(&line)));
		EQ(s.bad.at - s.record.line.p, 17);
		SAME(slice_of(s.bad.what),
		     "expected an unsigned 64-bit integer or a string as 'no'");
	}
	buf_free(&line);
	scene_close(&s);
}

static struct key key_of(const char *line)
{
	struct scene s;

	scene_open(&s, NULL);
	OK(take(&s, line));
	struct key k = identity_key(&s.record);
	scene_close(&s);
	return k;
}

static bool equal(struct key a, struct key b)
{
	return a.hi == b.hi && a.lo == b.lo;
}

static void a_number_is_not_its_digits_as_a_string(void)
{
	struct record numbered = { .id = 120 };

	OK(equal(key_of("{\"kind\":\"a\",\"id\":\"b\"}"),
	         key_of("{\"kind\":\"a\",\"id\":\"\\u0062\"}")));
	OK(!equal(key_of("{\"kind\":\"a\",\"id\":7}"), key_of("{\"kind\":\"a\",\"id\":\"7\"}")));
	OK(equal(key_of("{\"kind\":\"a\",\"id\":120}"), identity_key(&numbered)));
}

static void what_is_written_is_read(void)
{
	struct key k = { 0x0123456789abcdef, 0xfedcba9876543210 }, again = { 0 };
	struct buf b = { 0 };

	buf_add_char(&b, '"');
	identity_write(k, &b);
	buf_add_char(&b, '"');
	SAME(buf_slice(&b), "\"0123456789abcdeffedcba9876543210\"");
	OK(identity_read(buf_slice(&b), &again) && equal(k, again));
	buf_free(&b);
	OK(!identity_read(SLICE("\"0123456789abcdeffedcba987654321\""), &again));
	OK(!identity_read(SLICE("\"0123456789abcdeffedcba98765432100\""), &again));
	OK(!identity_read(SLICE("\"0123456789ABCDEFfedcba9876543210\""), &again));
	OK(!identity_read(SLICE("12"), &again));
}

int main(void)
{
	RUN(content_is_what_is_left_of_an_action);
	RUN(the_member_that_says_who_it_is_is_no_content);
	RUN(content_is_the_same_everywhere);
	RUN(identity_is_the_id_or_the_member);
	RUN(what_cannot_be_an_identity_is_refused);
	RUN(a_number_is_not_its_digits_as_a_string);
	RUN(what_is_written_is_read);
	return t_done();
}
