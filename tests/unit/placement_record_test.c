/* The records of a cluster, and those of a plan. */
#include "codec/placement_file.h"
#include "codec/placement_record.h"
#include "t.h"

#include <stdlib.h>

struct desk {
	struct recovery_policy policy;
	struct placement *world;
	struct record_reader *reader;
	struct placement_record records;
	struct told_bad bad;
	struct buf line, out;
};

static struct desk desk_new(void)
{
	struct desk d = { .policy = { .slots = 4 }, .reader = record_reader_new() };

	placement_record_init(&d.records, d.reader);
	return d;
}

/* The policy must not move. */
static void desk_open(struct desk *d)
{
	d->world = placement_new(&d->policy, (struct hash_seed){ 1, 2 });
}

static void desk_free(struct desk *d)
{
	placement_free(d->world);
	placement_record_free(&d->records);
	record_reader_free(d->reader);
	buf_free(&d->line);
	buf_free(&d->out);
}

static enum placement_told look(struct desk *d, const char *text)
{
	struct json_error e;
	struct record r;

	if (!OK(record_read(d->reader, json_text(&d->line, slice_of(text)), &r, &e)))
		printf("# %s\n", e.what);
	return placement_record_read(&d->records, &r, d->world, &d->bad);
}

static void hear(void *user, const struct placed *s)
{
	placement_record_add(s, instant_ms(99), user);
}

/* The records of a pass over these lines. */
static slice plan(struct desk *d, const char *const *lines)
{
	*d = desk_new();
	desk_open(d);
	for (; *lines; lines++)
		if (look(d, *lines) != PLACEMENT_NEWS)
			t_check(false, __FILE__, __LINE__, d->bad.what);
	placement_pass(d->world, hear, &d->out);
	return buf_slice(&d->out);
}

/* Checks the plan of some lines. */
#define PLAN(want, ...)                                                                            \
	do {                                                                                       \
		const char *const lines[] = { __VA_ARGS__, NULL };                                 \
		struct desk desk;                                                                  \
		SAME(plan(&desk, lines), want);                                                    \
		desk_free(&desk);                                                                  \
	} while (0)

static void a_slot_is_placed_with_all_that_a_handler_needs(void)
{
	PLAN("{\"kind\":\"place_slot\",\"group\":\"ingest\",\"slot\":3,\"node\":\"n5\","
	     "\"from\":\"n1\",\"term\":8,\"at_ms\":99}\n",
	     "{\"kind\":\"node\",\"node\":\"n5\"}",
	     "{\"kind\":\"slot\",\"group\":\"ingest\",\"slot\":3,\"node\":\"n1\","
	     "\"healthy\":false,\"term\":7,\"owner\":\"me\"}");
}

static void a_standby_starts_over_and_its_zone_is_told(void)
{
	PLAN("{\"kind\":\"place_slot\",\"group\":\"g\",\"slot\":0,\"node\":\"n1\",\"from\":null,"
	     "\"zone\":\"a\",\"role\":\"standby\",\"term\":1,\"reset_sync\":true,\"at_ms\":99}\n",
	     "{\"kind\":\"node\",\"node\":\"n1\",\"zone\":\"a\",\"healthy\":true}",
	     "{\"kind\":\"slot\",\"group\":\"g\",\"slot\":0,\"role\":\"standby\",\"zone\":\"a\"}");
}

static void an_active_slot_is_left_alone(void)
{
	PLAN("", "{\"kind\":\"node\",\"node\":\"n1\"}",
	     "{\"kind\":\"slot\",\"group\":\"g\",\"slot\":0,\"node\":\"n1\",\"healthy\":false,"
	     "\"role\":\"active\"}");
}

static void what_finds_no_place_says_why(void)
{
	PLAN("{\"kind\":\"meshq.unplaced\",\"group\":\"g\",\"slot\":0,\"from\":\"n1\","
	     "\"reason\":\"no healthy node\",\"at_ms\":99}\n",
	     "{\"kind\":\"node\",\"node\":\"n1\",\"healthy\":false}",
	     "{\"kind\":\"slot\",\"group\":\"g\",\"slot\":0,\"node\":\"n1\",\"healthy\":false}");
	PLAN("{\"kind\":\"meshq.unplaced\",\"group\":\"g\",\"slot\":0,\"from\":null,"
	     "\"zone\":\"a\",\"reason\":\"no healthy node in its zone\",\"at_ms\":99}\n",
	     "{\"kind\":\"node\",\"node\":\"n1\"}",
	     "{\"kind\":\"slot\",\"group\":\"g\",\"slot\":0,\"zone\":\"a\"}");
	PLAN("{\"kind\":\"meshq.unplaced\",\"group\":\"g\",\"slot\":0,\"from\":null,"
	     "\"role\":\"standby\","
	     "\"reason\":\"every healthy node has a healthy member of the group\",\"at_ms\":99}\n",
	     "{\"kind\":\"node\",\"node\":\"n1\"}",
	     "{\"kind\":\"slot\",\"group\":\"g\",\"slot\":1,\"node\":\"n1\",\"healthy\":true}",
	     "{\"kind\":\"slot\",\"group\":\"g\",\"slot\":0,\"role\":\"standby\"}");
	PLAN("{\"kind\":\"meshq.unplaced\",\"group\":\"g\",\"slot\":0,\"from\":null,"
	     "\"zone\":1,\"reason\":"
	     "\"every healthy node in its zone has a healthy member of the group\","
	     "\"at_ms\":99}\n",
	     "{\"kind\":\"node\",\"node\":\"n1\",\"zone\":1}",
	     "{\"kind\":\"slot\",\"group\":\"g\",\"slot\":1,\"node\":\"n1\",\"healthy\":true}",
	     "{\"kind\":\"slot\",\"group\":\"g\",\"slot\":0,\"zone\":1}");
}

static void a_group_tells_its_term(void)
{
	PLAN("{\"kind\":\"place_slot\",\"group\":\"g\",\"slot\":0,\"node\":\"n1\",\"from\":null,"
	     "\"term\":18446744073709551615,\"at_ms\":99}\n",
	     "{\"kind\":\"node\",\"node\":\"n1\"}",
	     "{\"kind\":\"slot\",\"group\":\"g\",\"slot\":0}",
	     "{\"kind\":\"group\",\"group\":\"g\",\"term\":18446744073709551614}");
}

static void a_name_is_a_string_or_a_number_and_these_are_two(void)
{
	PLAN("{\"kind\":\"place_slot\",\"group\":7,\"slot\":18446744073709551615,"
	     "\"node\":\"18446744073709551615\",\"from\":null,\"term\":1,\"at_ms\":99}\n"
	     "{\"kind\":\"place_slot\",\"group\":\"7\",\"slot\":0,"
	     "\"node\":18446744073709551615,"
	     "\"from\":18446744073709551615,\"term\":1,\"at_ms\":99}\n",
	     "{\"kind\":\"node\",\"node\":18446744073709551615}",
	     "{\"kind\":\"node\",\"node\":\"18446744073709551615\"}",
	     "{\"kind\":\"slot\",\"group\":7,\"slot\":18446744073709551615}",
	     "{\"kind\":\"slot\",\"group\":\"7\",\"slot\":0,\"node\":18446744073709551615,"
	     "\"healthy\":false}");
}

static void a_name_is_its_value_however_it_is_spelt(void)
{
	PLAN("{\"kind\":\"place_slot\",\"group\":\"g\\\"\xc3\xa9\",\"slot\":1,\"node\":\"n2\","
	     "\"from\":null,\"zone\":\"a\",\"term\":1,\"at_ms\":99}\n",
	     "{\"kind\":\"node\",\"node\":\"n1\",\"zone\":\"a\"}",
	     "{\"kind\":\"node\",\"node\":\"n2\",\"zone\":\"\\u0061\"}",
	     "{\"kind\":\"slot\",\"group\":\"g\\u0022\\u00e9\",\"slot\":0,\"node\":\"\\u006e1\","
	     "\"healthy\":true}",
	     "{\"kind\":\"slot\",\"group\":\"g\\\"\xc3\xa9\",\"slot\":1,\"zone\":\"a\"}");
}

static void null_is_the_same_as_absent(void)
{
	PLAN("{\"kind\":\"place_slot\",\"group\":\"g\",\"slot\":0,\"node\":\"n1\",\"from\":null,"
	     "\"term\":1,\"at_ms\":99}\n",
	     "{\"kind\":\"node\",\"node\":\"n1\",\"healthy\":null,\"zone\":null}",
	     "{\"kind\":\"slot\",\"group\":\"g\",\"slot\":0,\"node\":null,\"healthy\":null,"
	     "\"role\":null,\"zone\":null,\"term\":null}");
}

/* The message, and the byte that it is about; 0: the end of the object. */
static void refused(const char *line, unsigned byte, const char *message)
{
	struct desk d = desk_new();
	struct placement_mark mark;

	desk_open(&d);
	EQ(look(&d, line), PLACEMENT_BAD);
	SAME(slice_of(d.bad.what), message);
	EQ(d.bad.at ? d.bad.at - d.line.p + 1 : 0, byte);
	OK(!placement_mark(d.world, 0, &mark));
	desk_free(&d);
}

static void what_is_missing_is_told(void)
{
	refused("{\"kind\":\"node\"}", 0, "expected a member 'node'");
	refused("{\"kind\":\"slot\",\"slot\":1}", 0, "expected a member 'group'");
	refused("{\"kind\":\"slot\",\"group\":1}", 0, "expected a member 'slot'");
	refused("{\"kind\":\"slot\",\"group\":1,\"slot\":1,\"node\":1}", 0,
	        "expected a member 'healthy'");
	refused("{\"kind\":\"group\",\"term\":1}", 0, "expected a member 'group'");
	refused("{\"kind\":\"group\",\"group\":1,\"term\":null}", 34, "expected a member 'term'");
}

static void what_has_another_type_is_told(void)
{
	refused("{\"kind\":\"node\",\"node\":1.5}", 23,
	        "expected a string or a whole number as 'node'");
	refused("{\"kind\":\"node\",\"node\":\"\"}", 23,
	        "expected a string or a whole number as 'node', not an empty one");
	refused("{\"kind\":\"node\",\"node\":18446744073709551616}", 23,
	        "expected a string or a whole number as 'node'");
	refused("{\"kind\":\"node\",\"node\":-1}", 23,
	        "expected a string or a whole number as 'node'");
	refused("{\"kind\":\"node\",\"node\":1,\"zone\":{}}", 32,
	        "expected a string or a whole number as 'zone'");
	refused("{\"kind\":\"node\",\"node\":1,\"healthy\":\"no\"}", 35,
	        "expected true or false as 'healthy'");
	refused("{\"kind\":\"slot\",\"group\":[],\"slot\":1}", 24,
	        "expected a string or a whole number as 'group'");
	refused("{\"kind\":\"slot\",\"group\":1,\"slot\":-1}", 33,
	        "expected an unsigned 64-bit integer as 'slot'");
	refused("{\"kind\":\"slot\",\"group\":1,\"slot\":18446744073709551616}", 33,
	        "expected an unsigned 64-bit integer as 'slot'");
	refused("{\"kind\":\"slot\",\"group\":1,\"slot\":1,\"healthy\":0}", 45,
	        "expected true or false as 'healthy'");
	refused("{\"kind\":\"slot\",\"group\":1,\"slot\":1,\"healthy\":true}", 45,
	        "a slot without a node is not healthy");
	refused("{\"kind\":\"slot\",\"group\":1,\"slot\":1,\"role\":\"leader\"}", 42,
	        "expected \"active\" or \"standby\" as 'role'");
	refused("{\"kind\":\"slot\",\"group\":1,\"slot\":1,\"role\":1}", 42,
	        "expected \"active\" or \"standby\" as 'role'");
	refused("{\"kind\":\"slot\",\"group\":1,\"slot\":1,\"term\":\"7\"}", 42,
	        "expected an unsigned 64-bit integer as 'term'");
	refused("{\"kind\":\"group\",\"group\":1,\"term\":1.0}", 34,
	        "expected an unsigned 64-bit integer as 'term'");
}

static void other_records_are_none_of_ours(void)
{
	struct desk d = desk_new();

	desk_open(&d);
	EQ(look(&d, "{\"kind\":\"meshq.tick\",\"node\":[]}"), PLACEMENT_OTHER);
	EQ(look(&d, "{\"kind\":\"Slot\"}"), PLACEMENT_OTHER);
	EQ(look(&d, "{\"kind\":\"s\\u006cot\",\"group\":1,\"slot\":1}"), PLACEMENT_NEWS);
	desk_free(&d);
}

/* ---- the file ---- */

static slice written(struct desk *d)
{
	buf_clear(&d->out);
	placement_file_write(d->world, &d->out);
	return buf_slice(&d->out);
}

static bool read(struct desk *d, const char *text, struct err *e)
{
	return placement_file_read(d->world, "s", json_text(&d->line, slice_of(text)), e);
}

static void a_file_comes_back_as_it_was(void)
{
	static const char text[] = "{\"meshq\":\"placement-state\",\"v\":1,\"groups\":2}\n"
				   "{\"group\":\"a b\",\"term\":18446744073709551615,\"next\":4}\n"
				   "{\"group\":7,\"term\":0,\"next\":18446744073709551615}\n";
	struct desk d = desk_new();
	struct err e;

	desk_open(&d);
	OK(read(&d, "", &e));
	SAME(written(&d), "{\"meshq\":\"placement-state\",\"v\":1,\"groups\":0}\n");
	OK(read(&d, text, &e));
	SAME(written(&d), text);
	OK(placement_file_read(NULL, "s", json_text(&d.line, slice_of(text)), &e));
	desk_free(&d);
}

static void unreadable(const char *text, const char *message)
{
	struct desk d = desk_new();
	struct err e = { .text = "" };

	desk_open(&d);
	OK(!read(&d, text, &e));
	EQ(e.status, STATUS_DATA);
	SAME(slice_of(e.text), message);
	desk_free(&d);
}

#define HEADER "{\"meshq\":\"placement-state\",\"v\":1,\"groups\":1}\n"

static void a_file_that_is_none_is_refused(void)
{
	unreadable("x\n", "s:1: byte 1: expected '{'");
	unreadable("{\"meshq\":\"backoff-state\",\"v\":1}\n",
	           "s:1: this is no state file of meshq-recover plan");
	unreadable("{\"meshq\":\"placement-state\",\"v\":2,\"groups\":0}\n",
	           "s:1: the file has version 2, only 1 is known");
	unreadable("{\"meshq\":\"placement-state\",\"groups\":0}\n",
	           "s:1: expected v to be a version number");
	unreadable(HEADER, "s:1: 1 groups were announced, 0 are there");
	unreadable(HEADER "{\"term\":1,\"next\":1}\n", "s:2: expected a group");
	unreadable(HEADER "{\"group\":1,\"term\":-1,\"next\":1}\n",
	           "s:2: expected term to be an unsigned 64-bit integer");
	unreadable(HEADER "{\"group\":1,\"term\":1}\n",
	           "s:2: expected next to be an unsigned 64-bit integer");
	unreadable(HEADER "{\"group\":1,\"ter", "s:2: byte 16: unterminated string");
}

int main(void)
{
	RUN(a_slot_is_placed_with_all_that_a_handler_needs);
	RUN(a_standby_starts_over_and_its_zone_is_told);
	RUN(an_active_slot_is_left_alone);
	RUN(what_finds_no_place_says_why);
	RUN(a_group_tells_its_term);
	RUN(a_name_is_a_string_or_a_number_and_these_are_two);
	RUN(a_name_is_its_value_however_it_is_spelt);
	RUN(null_is_the_same_as_absent);
	RUN(what_is_missing_is_told);
	RUN(what_has_another_type_is_told);
	RUN(other_records_are_none_of_ours);
	RUN(a_file_comes_back_as_it_was);
	RUN(a_file_that_is_none_is_refused);
	return t_done();
}
