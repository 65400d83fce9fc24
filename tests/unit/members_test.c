/* What a chain keeps of an action for the keys of rules, and the way back. */
#include "base/mem.h"
#include "codec/members.h"
#include "t.h"

#include <stdlib.h>

static char chain[] = "chain", zone[] = "source.zone", host[] = "source.host", source[] = "source",
	    dotted[] = "a\\.b", quoted[] = "say \"x\"", kind[] = "kind", id[] = "id",
	    verdict[] = "admission.rule", deep[] = "a.b.c";

struct desk {
	char *keys[8];
	struct rule_policy rules[2];
	struct policy policy;
	struct record_reader *reader;
	struct members *members;
	struct buf line, out;
};

/* A policy with these paths as keys; half of them in either rule, some in both. */
static struct desk *desk_new(uint32_t count, char *const *keys)
{
	struct desk *d = mem_zeroed(1, sizeof *d);
	uint32_t half = count / 2;

	memcpy(d->keys, keys, count * sizeof *keys);
	d->rules[0] = (struct rule_policy){ .key = d->keys, .key_count = count - half };
	d->rules[1] = (struct rule_policy){ .key = d->keys + half, .key_count = count - half };
	d->policy = (struct policy){ .rules = d->rules, .rule_count = 2 };
	d->reader = record_reader_new();
	d->members = members_new(&d->policy, d->reader);
	return d;
}

#define DESK(...)                                                                                  \
	desk_new(sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *), (char *[]){ __VA_ARGS__ })

static void desk_free(struct desk *d)
{
	members_free(d->members);
	record_reader_free(d->reader);
	buf_free(&d->line);
	buf_free(&d->out);
	free(d);
}

/* What is kept of a record. */
static slice kept(struct desk *d, const char *text)
{
	struct record r;
	struct json_error e;

	buf_clear(&d->out);
	OK(record_read(d->reader, json_text(&d->line, slice_of(text)), &r, &e));
	members_add(d->members, &r, &d->out);
	return buf_slice(&d->out);
}

/* An action with the members that a flat object tells of. */
static slice nested(struct desk *d, const char *flat)
{
	buf_clear(&d->out);
	members_nest(json_text(&d->line, slice_of(flat)), &d->out);
	return buf_slice(&d->out);
}

static void the_members_that_keys_name_are_kept_by_path_as_they_are_written(void)
{
	struct desk *d = DESK(zone, chain, dotted, quoted);

	SAME(kept(d, "{\"kind\":\"x\",\"z\":1,\"source\":{\"zone\":\"o\\u0073lo\",\"host\":2},"
	             "\"chain\": 3.0 ,\"a.b\":[1, 2],\"say \\\"x\\\"\":null}"),
	     "{\"a\\\\.b\":[1, 2],\"chain\":3.0,\"say \\\"x\\\"\":null,"
	     "\"source.zone\":\"o\\u0073lo\"}");
	SAME(kept(d, "{\"kind\":\"x\",\"chain\":12345678901234567890}"),
	     "{\"chain\":12345678901234567890}");
	desk_free(d);
}

static void a_record_without_such_members_keeps_nothing(void)
{
	struct desk *d = DESK(zone, chain);

	SAME(kept(d, "{\"kind\":\"x\",\"source\":7}"), "");
	desk_free(d);
}

static void what_every_record_has_is_not_kept_again(void)
{
	struct desk *d = DESK(kind, id, verdict, chain);

	SAME(kept(d, "{\"kind\":\"x\",\"id\":3,\"chain\":1,\"admission\":{\"rule\":\"r\"}}"),
	     "{\"chain\":1}");
	desk_free(d);
}

static void a_member_inside_of_one_that_is_kept_comes_with_it(void)
{
	struct desk *d = DESK(zone, source, chain, host);

	SAME(kept(d, "{\"kind\":\"x\",\"source\":{\"zone\":1,\"host\":2}}"),
	     "{\"source\":{\"zone\":1,\"host\":2}}");
	desk_free(d);
}

static void paths_become_objects_again(void)
{
	struct desk *d = DESK(chain);

	SAME(nested(d, "{}"), "");
	SAME(nested(d,
	            "{ \"source.zone\" : \"x\" , \"chain\":3.0,\"source.host\": {\"a\":[1,{}]}}"),
	     ",\"chain\":3.0,\"source\":{\"host\":{\"a\":[1,{}]},\"zone\":\"x\"}");
	SAME(nested(d, "{\"a.b.c\":1,\"a.b.d\":2,\"a.c.c\":3,\"b\":4}"),
	     ",\"a\":{\"b\":{\"c\":1,\"d\":2},\"c\":{\"c\":3}},\"b\":4");
	SAME(nested(d, "{\"a.b\":1,\"a-b\":2,\"a.c\":3}"), ",\"a\":{\"b\":1,\"c\":3},\"a-b\":2");
	SAME(nested(d, "{\"a\\\\.b\":1,\"a\\\\\":2,\"say \\\"x\\\"\":\"]}\"}"),
	     ",\"a.b\":1,\"a\\\\\":2,\"say \\\"x\\\"\":\"]}\"");
	SAME(nested(d, "{\"\":1,\"a.\":2}"), ",\"\":1,\"a\":{\"\":2}");
	desk_free(d);
}

static void what_would_contradict_something_is_left_out(void)
{
	struct desk *d = DESK(chain);

	SAME(nested(d, "{\"kind\":\"y\",\"outcome.status\":1,\"at_ms\":5,\"chain\":1}"),
	     ",\"chain\":1");
	SAME(nested(d, "{\"a.b\":1,\"a\":{\"b\":2},\"a.b.c\":3,\"ab\":4}"),
	     ",\"a\":{\"b\":2},\"ab\":4");
	SAME(nested(d, "{\"a\\u0000b\":1,\"a\":2}"), ",\"a\":2");
	desk_free(d);
}

static void what_would_be_nested_too_deeply_is_left_out(void)
{
	struct desk *d = DESK(chain);
	struct buf flat = { 0 };

	buf_add_text(&flat, "{\"a");
	for (int i = 0; i < 600; i++)
		buf_add_text(&flat, ".");
	buf_add_text(&flat, "\":1,\"b\":2,\"c.d.e\":");
	for (int i = 0; i < 510; i++)
		buf_add_text(&flat, "[");
	for (int i = 0; i < 510; i++)
		buf_add_text(&flat, "]");
	buf_add_text(&flat, "}");
	SAME(nested(d, buf_text(&flat)), ",\"b\":2");
	buf_free(&flat);
	desk_free(d);
}

static void what_was_kept_gives_the_same_keys_again(void)
{
	struct desk *d = DESK(zone, dotted, deep, chain);
	struct buf flat = { 0 }, line = { 0 };
	const char *action = "{\"kind\":\"x\",\"chain\":{\"n\":1},\"a.b\":\"q\","
			     "\"a\":{\"b\":{\"c\":[{}]}},\"source\":{\"zone\":\"o\",\"x\":1}}";

	buf_add_slice(&flat, kept(d, action));
	buf_add_text(&line, "{\"kind\":\"x\"");
	buf_add_slice(&line, nested(d, buf_text(&flat)));
	buf_add_text(&line, "}");
	SAME(kept(d, buf_text(&line)), buf_text(&flat));
	buf_free(&flat);
	buf_free(&line);
	desk_free(d);
}

int main(void)
{
	RUN(the_members_that_keys_name_are_kept_by_path_as_they_are_written);
	RUN(a_record_without_such_members_keeps_nothing);
	RUN(what_every_record_has_is_not_kept_again);
	RUN(a_member_inside_of_one_that_is_kept_comes_with_it);
	RUN(paths_become_objects_again);
	RUN(what_would_contradict_something_is_left_out);
	RUN(what_would_be_nested_too_deeply_is_left_out);
	RUN(what_was_kept_gives_the_same_keys_again);
	return t_done();
}
