/* Lines as records: reading, cutting, keys. */
#include "codec/record.h"
#include "t.h"

static bool reads(struct record_reader *r, const char *line, struct buf *b, struct record *out)
{
	struct json_error e = { 0 };
	bool good = record_read(r, json_text(b, slice_of(line)), out, &e);

	if (!good)
		printf("# %s: %zu: %s\n", line, e.at, e.what);
	return good;
}

static void a_record_has_its_interpreted_members(void)
{
	struct record_reader *r = record_reader_new();
	struct buf b = { 0 };
	struct record rec;
	uint32_t zone = record_reader_add(r, "meta.zone");

	OK(reads(r,
	         "{\"id\":18446744073709551615,\"kind\":\"pull\\u005freplica\",\"at_ms\":1.5,"
	         "\"expires_ms\":2000,\"admission\":{\"x\":1},\"meta\":{\"zone\":\"a\"}}",
	         &b, &rec));
	SAME(rec.kind, "pull_replica");
	EQ(rec.id_type, RECORD_ID_NUMBER);
	EQ(rec.id, UINT64_MAX);
	OK(rec.has_at);
	EQ(rec.at.ns, 1500000);
	EQ(rec.expires.ns, 2000 * NS_PER_MS);
	SAME(rec.admission.text, "{\"x\":1}");
	OK(!rec.outcome.text.p);
	SAME(rec.found[zone].text, "\"a\"");

	OK(reads(r, "{\"kind\":\"x\"}", &b, &rec));
	EQ(rec.id_type, RECORD_ID_NONE);
	OK(!rec.has_at);
	EQ(rec.expires.ns, INSTANT_NEVER.ns);
	OK(reads(r, "{\"kind\":\"\",\"id\":\"7\"}", &b, &rec));
	EQ(rec.id_type, RECORD_ID_STRING);
	SAME(rec.id_member.text, "\"7\"");
	buf_free(&b);
	record_reader_free(r);
}

static void a_record_comes_back_without_the_members_that_are_cut(void)
{
	static const struct {
		const char *line;
		unsigned without;
		const char *open, *close;
	} cases[] = {
		{ "{\"kind\":\"x\"}", 7, "{\"kind\":\"x\"", "}\n" },
		{ " {\"kind\":\"x\" } ", 7, " {\"kind\":\"x\" ", "} \n" },
		{ "{\"id\":1,\"kind\":\"x\"}", 0, "{\"id\":1,\"kind\":\"x\"", "}\n" },
		{ "{\"id\":1,\"kind\":\"x\"}", RECORD_ID, "{\"kind\":\"x\"", "}\n" },
		{ "{ \"id\" : 1 , \"kind\":\"x\" }", RECORD_ID, "{ \"kind\":\"x\" ", "}\n" },
		{ "{\"kind\":\"x\",\"id\":1}", RECORD_ID, "{\"kind\":\"x\"", "}\n" },
		{ "{\"kind\":\"x\", \"id\":1 }", RECORD_ID, "{\"kind\":\"x\" ", "}\n" },
		{ "{\"kind\":\"x\", \"id\":1 , \"b\":2}", RECORD_ID, "{\"kind\":\"x\" , \"b\":2",
		  "}\n" },
		{ "{\"outcome\":{},\"id\":1,\"admission\":{\"a\":[]},\"kind\":\"x\"}", 7,
		  "{\"kind\":\"x\"", "}\n" },
		{ "{\"outcome\":{},\"kind\":\"x\",\"id\":1,\"admission\":{\"a\":[]}}", 7,
		  "{\"kind\":\"x\"", "}\n" },
		{ "{\"outcome\":{},\"kind\":\"x\",\"id\":1,\"admission\":{\"a\":[]}}",
		  RECORD_OUTCOME | RECORD_ADMISSION, "{\"kind\":\"x\",\"id\":1", "}\n" },
		{ "{\"kind\":\"a\",\"\\u0069d\":1,\"meta\":{\"id\":2}}", RECORD_ID,
		  "{\"kind\":\"a\",\"meta\":{\"id\":2}", "}\n" },
	};
	struct record_reader *r = record_reader_new();
	struct buf b = { 0 }, out = { 0 };
	struct record rec;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		OK(reads(r, cases[i].line, &b, &rec));
		buf_clear(&out);
		record_open(&rec, cases[i].without, &out);
		SAME(buf_slice(&out), cases[i].open);
		buf_clear(&out);
		record_close(&rec, &out);
		SAME(buf_slice(&out), cases[i].close);
	}
	buf_free(&out);
	buf_free(&b);
	record_reader_free(r);
}

int main(void)
{
	RUN(a_record_has_its_interpreted_members);
	RUN(a_record_comes_back_without_the_members_that_are_cut);
	return t_done();
}
