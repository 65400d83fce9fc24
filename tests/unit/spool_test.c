/* The lines of a spool: what is written is read back, and what is wrong is told. */
#include "codec/spool_fold.h"
#include "t.h"

/* What a line comes to, or what is wrong with it: "BYTE: WHAT". */
static const char *told(const char *line)
{
	static char text[200];
	struct spool_reader *r = spool_reader_new();
	struct buf copy = { 0 };
	struct spool_entry x;
	struct json_error e;

	if (spool_read_entry(r, json_text(&copy, slice_of(line)), &x, &e))
		snprintf(text, sizeof text, "fine");
	else
		snprintf(text, sizeof text, "%zu: %s", e.at + 1, e.what);
	buf_free(&copy);
	spool_reader_free(r);
	return text;
}

static const char *told_of_header(const char *line)
{
	static char text[200];
	struct buf copy = { 0 };
	struct spool_header h;
	struct json_error e;

	if (spool_fold_header(json_text(&copy, slice_of(line)), &h, &e))
		snprintf(text, sizeof text, "fine");
	else
		snprintf(text, sizeof text, "%zu: %s", e.at + 1, e.what);
	buf_free(&copy);
	return text;
}

#define TOLD(line, want) SAME(slice_of(told(line)), want)
#define TOLD_OF_HEADER(line, want) SAME(slice_of(told_of_header(line)), want)

static void each_entry_is_read_as_it_was_written(void)
{
	const struct spool_entry all[] = {
		{ .kind = SPOOL_ACCEPT,
		  .number = UINT64_MAX,
		  .at = { -1 },
		  .record = SLICE(" {\"kind\":\"x\"}\t"),
		  .due = INSTANT_NEVER },
		{ .kind = SPOOL_START,
		  .number = 1,
		  .at = { 1 },
		  .attempts = 2,
		  .defers = 3,
		  .ran = { 1500000 },
		  .admitted = true,
		  .due = INSTANT_NEVER },
		{ .kind = SPOOL_START,
		  .number = 1,
		  .attempts = UINT32_MAX,
		  .reserved = true,
		  .due = INSTANT_NEVER },
		{ .kind = SPOOL_WAIT, .number = 7, .defers = 1, .due = { 250000001 } },
		{ .kind = SPOOL_WAIT, .number = 7, .due = INSTANT_NEVER },
		{ .kind = SPOOL_WAIT, .number = 7, .in_line = true, .due = INSTANT_NEVER },
		{ .kind = SPOOL_END, .number = 8, .at = { 5 }, .due = INSTANT_NEVER },
		{ .kind = SPOOL_END, .number = 8, .dispatched = true, .due = INSTANT_NEVER },
	};
	struct spool_reader *r = spool_reader_new();

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		const struct spool_entry *a = &all[i];
		struct buf out = { 0 }, copy = { 0 };
		struct spool_entry b;
		struct json_error e;

		spool_add(a, &out);
		OK(out.p[out.n - 1] == '\n');
		slice line = json_text(&copy, (slice){ out.p, out.n - 1 });
		if (!OK(spool_read_entry(r, line, &b, &e)))
			printf("# %zu: %s\n", e.at, e.what);
		EQ(b.kind, a->kind);
		OK(b.number == a->number);
		EQ(b.at.ns, a->at.ns);
		EQ(b.attempts, a->attempts);
		EQ(b.defers, a->defers);
		EQ(b.ran.ns, a->ran.ns);
		EQ(b.due.ns, a->due.ns);
		OK(b.in_line == a->in_line && b.admitted == a->admitted);
		OK(b.reserved == a->reserved && b.dispatched == a->dispatched);
		OK(slice_equal(b.record, a->record));
		buf_free(&out);
		buf_free(&copy);
	}
	spool_reader_free(r);
}

static void what_is_wrong_is_told_with_its_byte(void)
{
	TOLD("", "1: expected '{', found the end");
	TOLD("{}", "3: expected a member accept, start, wait, end or mark");
	TOLD("{\"accept\":1,\"at_ms\":2,\"record\":{}}", "fine");
	TOLD("{\"accept\":-1,\"at_ms\":2,\"record\":{}}",
	     "11: expected accept to be a whole number");
	TOLD("{\"accept\":", "11: expected accept to be a whole number");
	TOLD("{\"accept\":1 ,\"at_ms\":2,\"record\":{}}", "12: expected ,\"at_ms\":");
	TOLD("{\"accept\":1,\"at_ms\":x", "21: expected at_ms to be a number of milliseconds");
	TOLD("{\"accept\":1,\"at_ms\":2,\"recor", "22: expected ,\"record\":");
	TOLD("{\"accept\":1,\"at_ms\":2,\"record\":", "31: expected '}' behind the record");
	TOLD("{\"start\":1}", "12: expected at_ms to be a number of milliseconds");
	TOLD("{\"start\":\"1\",\"at_ms\":1}", "10: expected start to be a whole number");
	TOLD("{\"start\":1,\"at_ms\":1,\"attempts\":4294967296}",
	     "33: expected attempts to be a whole number below 2^32");
	TOLD("{\"start\":1,\"at_ms\":1,\"admitted\":false}", "33: expected admitted to be true");
	TOLD("{\"wait\":1}", "11: expected due_ms to be a number of milliseconds");
	TOLD("{\"wait\":1,\"due_ms\":null}", "fine");
	TOLD("{\"wait\":1,\"line\":true}", "fine");
	TOLD("{\"end\":1,\"at_ms\":1,\"end\":2}", "20: duplicate member 'end'");
	TOLD("{\"mark\":1}", "9: expected mark to be a string");
	TOLD("{\"mark\":\"r\",\"type\":\"rate\",\"by\":[],\"key\":\"00\",\"owner\":\"\"}",
	     "41: expected key to be 32 hexadecimal digits");
}

static void a_header_is_told_from_anything_else(void)
{
	TOLD_OF_HEADER("", "fine");
	TOLD_OF_HEADER("{\"kind\":\"x\"}\n", "13: expected meshq to be \"spool\"");
	TOLD_OF_HEADER("{\"meshq\":\"spool\"", "1: expected a line");
	TOLD_OF_HEADER("{\"meshq\":\"backoff-state\",\"v\":1}\n",
	               "10: expected meshq to be \"spool\"");
	TOLD_OF_HEADER("{\"meshq\":\"spool\",\"v\":2}\n",
	               "22: expected v to be 1: a later version of meshq has written this");
	TOLD_OF_HEADER("{\"meshq\":\"spool\",\"v\":1,\"seed\":\"x\"}\n",
	               "31: expected seed to be 32 hexadecimal digits");
}

/* ---- folded ---- */

static struct policy nothing;

static struct spool_fold fold(const char *text, struct buf *copy)
{
	struct record_reader *reader = record_reader_new();
	struct record_keys *keys = record_keys_new(&nothing, reader, (struct hash_seed){ 0 });
	struct spool_fold f = { .policy = &nothing,
		                .gate = gate_new(&nothing),
		                .reader = reader,
		                .keys = keys,
		                .who = identity_new(reader, NULL) };

	spool_fold(&f, json_text(copy, slice_of(text)));
	gate_free(f.gate);
	record_keys_free(keys);
	record_reader_free(reader);
	return f;
}

#define HEADER                                                                                     \
	"{\"meshq\":\"spool\",\"v\":1,\"seed\":\"00000000000000000000000000000000\","              \
	"\"accepted\":10,\"last\":2,\"at_ms\":5}\n"
#define ACTION(n) "{\"accept\":" #n ",\"at_ms\":9,\"record\":{\"kind\":\"x\",\"id\":" #n "}}\n"

static void numbers_go_on_where_the_header_stood(void)
{
	struct buf copy = { 0 };
	struct spool_fold f =
		fold(HEADER ACTION(1) ACTION(2) ACTION(4) "{\"end\":4,\"at_ms\":11}\n", &copy);

	EQ(f.accepted, 12); /* 3 was in a line that is lost */
	EQ(f.last, 4);
	EQ(f.count, 2);
	EQ(f.latest.ns, 11 * NS_PER_MS);
	OK(!f.exact);
	spool_fold_free(&f);
	f = fold(HEADER ACTION(1) ACTION(2), &copy);
	EQ(f.accepted, 10);
	OK(f.exact && !f.torn);
	spool_fold_free(&f);
	buf_free(&copy);
}

static void a_line_that_cannot_be_is_left_out_and_noted(void)
{
	struct buf copy = { 0 };
	struct spool_fold f = fold(
		HEADER ACTION(3) "rubbish\n" ACTION(3) ACTION(
			4) "{\"accept\":5,\"at_ms\":9,\"record\":{\"kind\":\"x\"}}\n" ACTION(6),
		&copy);

	EQ(f.count, 3);
	EQ(f.damage_count, 3);
	EQ(f.damage[0].line, 3);
	EQ(f.damage[0].at, 0);
	EQ(f.damage[1].line, 4);
	SAME(slice_of(f.damage[1].what), "expected a number above all before it");
	EQ(f.damage[2].line, 6);
	SAME(slice_of(f.damage[2].what), "expected an action with an id and without an outcome");
	spool_fold_free(&f);
	buf_free(&copy);
}

static void a_last_line_without_an_end_is_no_damage(void)
{
	struct buf copy = { 0 };
	struct spool_fold f = fold(HEADER ACTION(3) "{\"end\":3,\"at_ms\":11}", &copy);

	EQ(f.count, 1);
	EQ(f.damage_count, 0);
	OK(f.torn && !f.exact);
	spool_fold_free(&f);
	buf_free(&copy);
}

static void entries_of_nobody_are_passed_over(void)
{
	struct buf copy = { 0 };
	struct spool_fold f = fold(HEADER "{\"start\":1,\"at_ms\":7}\n{\"wait\":1,\"line\":true}\n"
	                                  "{\"end\":1,\"at_ms\":8}\n",
	                           &copy);

	EQ(f.count, 0);
	EQ(f.damage_count, 0);
	spool_fold_free(&f);
	buf_free(&copy);
}

int main(void)
{
	RUN(each_entry_is_read_as_it_was_written);
	RUN(what_is_wrong_is_told_with_its_byte);
	RUN(a_header_is_told_from_anything_else);
	RUN(numbers_go_on_where_the_header_stood);
	RUN(a_line_that_cannot_be_is_left_out_and_noted);
	RUN(a_last_line_without_an_end_is_no_damage);
	RUN(entries_of_nobody_are_passed_over);
	return t_done();
}
