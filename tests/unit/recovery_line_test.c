/* Result lines of recovery handlers. */
#include "codec/recovery_line.h"
#include "t.h"

static struct recovery_line_reader *reader;
static struct buf copy, out;
static struct json_error bad;

static bool take(const char *text, struct recovery_line *l)
{
	slice line = { text, strcspn(text, "\n") };

	return recovery_line_read(reader, json_text(&copy, line), l, &bad);
}

/* The record that comes of a good line. */
static slice told(const char *text)
{
	struct recovery_line l;

	buf_clear(&out);
	if (OK(take(text, &l)))
		recovery_line_add(&l, SLICE("in\"gest"), (instant){ 7 * NS_PER_MS }, &out);
	return buf_slice(&out);
}

static bool counts(const char *text)
{
	struct recovery_line l;

	return take(text, &l) && l.counts;
}

static void a_number_becomes_a_record(void)
{
	SAME(told("3"), "{\"kind\":\"meshq.recovered\",\"recovered\":3,\"handler\":\"in\\\"gest\","
	                "\"at_ms\":7}\n");
	SAME(told("\t 255 \r"), "{\"kind\":\"meshq.recovered\",\"recovered\":255,\"handler\":"
	                        "\"in\\\"gest\",\"at_ms\":7}\n");
	OK(counts("0"));
}

static void an_object_keeps_its_bytes(void)
{
	SAME(told("{\"recovered\":{\"slot\" : 1e0} } "),
	     "{\"recovered\":{\"slot\" : 1e0} ,\"kind\":\"meshq.recovered\","
	     "\"handler\":\"in\\\"gest\",\"at_ms\":7} \n");
	SAME(told("{\"recovered\":9,\"kind\":\"x\"}"),
	     "{\"recovered\":9,\"kind\":\"x\",\"handler\":\"in\\\"gest\",\"at_ms\":7}\n");
	OK(counts("{\"recovered\":9,\"kind\":\"x\"}"));
	OK(counts("{\"rec\\u006fvered\":{}}"));
}

static void what_a_line_says_itself_is_not_said_again(void)
{
	static const char line[] = "{\"kind\":\"meshq.recovered\",\"recovered\":3,"
				   "\"handler\":\"inner\",\"at_ms\":1}\n";

	SAME(told(line), line);
	SAME(told("{\"recovered\":1,\"at_ms\":1}"),
	     "{\"recovered\":1,\"at_ms\":1,\"kind\":\"meshq.recovered\","
	     "\"handler\":\"in\\\"gest\"}\n");
}

static void another_record_is_passed_on_and_counts_for_nothing(void)
{
	SAME(told("{\"kind\":\"place_slot\"}"),
	     "{\"kind\":\"place_slot\",\"handler\":\"in\\\"gest\",\"at_ms\":7}\n");
	SAME(told("{\"kind\":\"meshq.stats\",\"recovered\":\"many\"}"),
	     "{\"kind\":\"meshq.stats\",\"recovered\":\"many\"}\n");
	OK(!counts("{\"kind\":\"place_slot\"}"));
	OK(!counts("{\"kind\":\"meshq.stats\",\"recovered\":3}"));
}

static void a_blank_line_says_nothing(void)
{
	OK(recovery_line_is_blank(SLICE("")));
	OK(recovery_line_is_blank(SLICE(" \t\r")));
	OK(!recovery_line_is_blank(SLICE(" 0")));
}

static void a_bad_line_is_refused_where_it_is_bad(void)
{
	static const struct {
		const char *line;
		size_t at;
	} cases[] = {
		{ "256", 0 },
		{ " -1", 1 },
		{ "01", 0 },
		{ "1.0", 0 },
		{ "1 2", 0 },
		{ "18446744073709551616", 0 },
		{ "three", 0 },
		{ "[3]", 0 },
		{ "\"3\"", 0 },
		{ "{}", 1 },
		{ "{\"kind\":\"meshq.recovered\"}", 25 },
		{ "{\"recovered\":256}", 13 },
		{ "{\"recovered\":\"3\"}", 13 },
		{ "{\"recovered\":null}", 13 },
		{ "{\"recovered\":3,\"kind\":4}", 22 },
		{ "{\"recovered\":3", 14 },
		{ "{\"recovered\":3,\"recovered\":3}", 15 },
		{ "\xef\xbb\xbf{\"recovered\":3}", 0 },
		{ "\xff", 0 },
	};
	struct recovery_line l;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (!OK(!take(cases[i].line, &l)) || !EQ(bad.at, cases[i].at))
			printf("# %s: %s\n", cases[i].line, bad.what);
	}
}

int main(void)
{
	reader = recovery_line_reader_new();
	RUN(a_number_becomes_a_record);
	RUN(an_object_keeps_its_bytes);
	RUN(what_a_line_says_itself_is_not_said_again);
	RUN(another_record_is_passed_on_and_counts_for_nothing);
	RUN(a_blank_line_says_nothing);
	RUN(a_bad_line_is_refused_where_it_is_bad);
	recovery_line_reader_free(reader);
	buf_free(&copy);
	buf_free(&out);
	return t_done();
}
