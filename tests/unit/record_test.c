/* Lines as records: reading, cutting, keys. */
#include "base/rng.h"
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

/* ---- cutting, against a naive cutter ---- */

/* A member with the white space that is its own. */
struct piece {
	char before[8], body[80], behind[8];
	unsigned flag; /* enum record_member, or 0 */
};

static void random_space(struct rng *r, char out[8])
{
	size_t n = rng_below(r, 3) ? 0 : rng_below(r, 3);

	for (size_t i = 0; i < n; i++)
		out[i] = " \t\r"[rng_below(r, 3)];
	out[n] = '\0';
}

/* A record of up to eight members in any order; returns how many. */
static int random_pieces(struct rng *r, struct piece *pieces)
{
	static const struct {
		const char *name;
		unsigned flag;
	} names[] = { { "kind", 0 },
		      { "id", RECORD_ID },
		      { "\\u0069d", RECORD_ID },
		      { "admission", RECORD_ADMISSION },
		      { "outcome", RECORD_OUTCOME },
		      { "other", 0 },
		      { "", 0 } };
	static const char *const values[] = { "{}", "{\"id\":1}", "{ \"a\" : [ ] }" };
	unsigned used = 0;
	int n = 0;

	for (uint64_t left = rng_below(r, 8) + 1; left; left--) {
		struct piece *p = &pieces[n];
		size_t which = rng_below(r, sizeof names / sizeof names[0]);
		unsigned flag = names[which].flag | (which == 0 ? 1U << 8 : 0);
		const char *value = which == 0   ? "\"x\\\"}\""
		                    : which <= 2 ? "18446744073709551615"
		                                 : values[rng_below(r, 3)];
		if (used & flag)
			continue;
		used |= flag;
		snprintf(p->body, sizeof p->body, "\"%s\"%s:%s%s", names[which].name,
		         rng_below(r, 4) ? "" : " ", rng_below(r, 4) ? "" : " ", value);
		p->flag = names[which].flag;
		random_space(r, p->before);
		random_space(r, p->behind);
		n++;
	}
	if (!(used & 1U << 8)) {
		pieces[n] = (struct piece){ .body = "\"kind\":\"\"" };
		n++;
	}
	return n;
}

/* The line without the pieces that have a flag of `without`, brace left open: a
 * piece goes with the comma and the space before it, or, when nothing is left
 * before it, with what stands up to the next piece. */
static void naive_open(const struct piece *pieces, int n, const char *lead, unsigned without,
                       struct buf *out)
{
	const char *indent = pieces[0].before;
	bool empty = true;

	buf_addf(out, "%s{%s", lead, indent);
	for (int i = 0; i < n; i++) {
		const struct piece *p = &pieces[i];
		if (p->flag & without) {
			if (!empty)
				buf_add_text(out, p->behind);
			continue;
		}
		if (!empty)
			buf_addf(out, ",%s", p->before);
		buf_addf(out, "%s%s", p->body, p->behind);
		empty = false;
	}
}

static void cutting_keeps_every_other_byte(void)
{
	uint64_t seed = t_seed(1), count = t_seeds(50000);
	struct record_reader *reader = record_reader_new();
	struct buf line = { 0 }, copy = { 0 }, want = { 0 }, got = { 0 };

	for (uint64_t i = 0; i < count; i++) {
		struct rng r = { seed + i };
		struct piece pieces[9];
		char lead[8], tail[8];
		struct record rec;
		int n = random_pieces(&r, pieces);
		unsigned without = (unsigned)rng_below(&r, 8);
		random_space(&r, lead);
		random_space(&r, tail);
		buf_clear(&line);
		naive_open(pieces, n, lead, 0, &line);
		buf_addf(&line, "}%s", tail);
		buf_clear(&want);
		naive_open(pieces, n, lead, without, &want);
		buf_addf(&want, ",\"new\":1}%s\n", tail);
		buf_clear(&got);
		if (!OK(reads(reader, buf_text(&line), &copy, &rec)))
			break;
		record_open(&rec, without, &got);
		buf_add_text(&got, ",\"new\":1");
		record_close(&rec, &got);
		if (!SAME(buf_slice(&got), buf_text(&want))) {
			printf("# %s without %u\n", buf_text(&line), without);
			t_again(seed + i);
			break;
		}
	}
	buf_free(&got);
	buf_free(&want);
	buf_free(&copy);
	buf_free(&line);
	record_reader_free(reader);
}

/* ---- keys ---- */

static char *chain[] = { "chain" };
static char *pair[] = { "daemon", "meta.zone" };
static struct rule_policy rules[] = { { .key = chain, .key_count = 1 },
	                              { .key_count = 0 },
	                              { .key = pair, .key_count = 2 } };
static const struct policy policy = { .rules = rules, .rule_count = 3 };

struct keyed {
	struct record_reader *reader;
	struct record_keys *keys;
	struct buf line;
};

static struct keyed keyed_new(void)
{
	struct keyed k = { .reader = record_reader_new() };

	k.keys = record_keys_new(&policy, k.reader, (struct hash_seed){ 1, 2 });
	return k;
}

static void keyed_free(struct keyed *k)
{
	buf_free(&k->line);
	record_keys_free(k->keys);
	record_reader_free(k->reader);
}

static struct key key(struct keyed *k, uint32_t place, const char *line)
{
	uint32_t order[] = { 2, 1, 0 };
	struct gate_class class = { .count = 3, .rules = order };
	struct key keys[3] = { { 9, 9 }, { 9, 9 }, { 9, 9 } };
	struct record rec;

	OK(reads(k->reader, line, &k->line, &rec));
	record_keys_of(k->keys, &class, &rec, keys);
	return keys[place];
}

static bool same(struct key a, struct key b)
{
	return a.hi == b.hi && a.lo == b.lo;
}

static void keys_are_made_of_the_members_of_each_rule(void)
{
	struct keyed k = keyed_new();
	const char *plain = "{\"kind\":\"x\",\"chain\":100,\"daemon\":\"a\",\"meta\":{\"zone\":1}}";
	const char *spelt = "{\"meta\":{\"zone\":1.0},\"daemon\":\"\\u0061\",\"ch\\u0061in\":1e2,"
			    "\"kind\":\"y\"}";
	const char *swapped = "{\"kind\":\"x\",\"daemon\":1,\"meta\":{\"zone\":\"a\"}}";
	const char *other_first = "{\"kind\":\"x\",\"daemon\":\"b\",\"meta\":{\"zone\":1}}";
	const char *other_last = "{\"kind\":\"x\",\"daemon\":\"a\",\"meta\":{\"zone\":2}}";

	/* In the order of the class: the pair, nothing, the chain. */
	OK(same(key(&k, 0, plain), key(&k, 0, spelt)));
	OK(same(key(&k, 2, plain), key(&k, 2, spelt)));
	OK(same(key(&k, 1, plain), (struct key){ 0 }));
	OK(!same(key(&k, 0, plain), key(&k, 0, swapped)));
	OK(!same(key(&k, 0, plain), key(&k, 0, other_first)));
	OK(!same(key(&k, 0, plain), key(&k, 0, other_last)));
	OK(!same(key(&k, 2, plain), key(&k, 2, swapped)));
	OK(!same(key(&k, 0, plain), key(&k, 2, plain)));
	/* An absent member is a value like any other, but not null. */
	OK(same(key(&k, 2, swapped), key(&k, 2, "{\"kind\":\"x\"}")));
	OK(!same(key(&k, 2, swapped), key(&k, 2, "{\"kind\":\"x\",\"chain\":null}")));
	keyed_free(&k);
}

static void a_record_without_a_member_has_no_key_for_that_rule(void)
{
	struct keyed k = keyed_new();
	const char *line = "{\"kind\":\"meshq.hold\",\"chain\":7,\"daemon\":\"a\"}";
	struct record rec;
	struct key got;

	OK(reads(k.reader, line, &k.line, &rec));
	OK(record_key_of(k.keys, 0, &rec, &got));
	OK(!record_key_of(k.keys, 2, &rec, &got));
	OK(record_key_of(k.keys, 1, &rec, &got));
	OK(same(got, (struct key){ 0 }));
	OK(reads(k.reader, line, &k.line, &rec));
	OK(record_key_of(k.keys, 0, &rec, &got));
	OK(same(got, key(&k, 2, line)));
	keyed_free(&k);
}

static uint64_t owner(struct keyed *k, const char *line)
{
	struct record rec;

	OK(reads(k->reader, line, &k->line, &rec));
	return record_owner(k->keys, &rec);
}

static void equal_ids_are_one_owner(void)
{
	struct keyed k = keyed_new();
	struct record numbered;

	OK(owner(&k, "{\"kind\":\"x\",\"id\":7}") == owner(&k, "{\"id\":7,\"kind\":\"y\"}"));
	OK(owner(&k, "{\"kind\":\"x\",\"id\":7}") != owner(&k, "{\"kind\":\"x\",\"id\":8}"));
	OK(owner(&k, "{\"kind\":\"x\",\"id\":7}") != owner(&k, "{\"kind\":\"x\",\"id\":\"7\"}"));
	OK(owner(&k, "{\"kind\":\"x\",\"id\":\"7\"}") ==
	   owner(&k, "{\"kind\":\"x\",\"id\":\"\\u0037\"}"));
	/* A number given by the tool is the same owner as when it comes back. */
	OK(reads(k.reader, "{\"kind\":\"x\"}", &k.line, &numbered));
	numbered.id_type = RECORD_ID_NUMBER;
	numbered.id = 7;
	uint64_t given = record_owner(k.keys, &numbered);
	OK(given == owner(&k, "{\"kind\":\"x\",\"id\":7}"));
	keyed_free(&k);
}

static void a_reader_is_used_line_after_line(void)
{
	struct record_reader *r = record_reader_new();
	struct buf a = { 0 };
	struct record rec;
	struct json_error e;

	OK(reads(r, "{\"kind\":\"\\u0061\",\"id\":7,\"at_ms\":1,\"outcome\":{}}", &a, &rec));
	SAME(rec.kind, "a");
	OK(!record_read(r, json_text(&a, SLICE("{\"kind\":\"b\",\"id\":8,")), &rec, &e));
	EQ(e.at, 19);
	OK(reads(r, "{\"kind\":\"\\u0062\"}", &a, &rec));
	SAME(rec.kind, "b");
	EQ(rec.id_type, RECORD_ID_NONE);
	OK(!rec.has_at && !rec.outcome.text.p && !rec.id_member.name);
	buf_free(&a);
	record_reader_free(r);
}

int main(void)
{
	RUN(a_record_has_its_interpreted_members);
	RUN(a_record_comes_back_without_the_members_that_are_cut);
	RUN(cutting_keeps_every_other_byte);
	RUN(keys_are_made_of_the_members_of_each_rule);
	RUN(a_record_without_a_member_has_no_key_for_that_rule);
	RUN(equal_ids_are_one_owner);
	RUN(a_reader_is_used_line_after_line);
	return t_done();
}
