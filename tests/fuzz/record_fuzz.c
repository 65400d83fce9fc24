/* Any bytes as a record: what is cut is gone, all else is still there. */
#include "codec/record.h"
#include "fuzz.h"

static const struct hash_seed seed = { 1, 2 };

struct both {
	struct record_reader *reader;
	uint32_t added;
	struct record before;
	struct buf line; /* of `before` */
};

static bool same_text(struct json_found a, struct json_found b)
{
	return !a.text.p == !b.text.p && slice_equal(a.text, b.text);
}

static slice object(slice line)
{
	while (*line.p != '{')
		line = (slice){ line.p + 1, line.n - 1 };
	while (line.p[line.n - 1] != '}')
		line.n--;
	return line;
}

static void put_back(struct buf *b, struct json_found member)
{
	if (!member.text.p)
		return;
	buf_add_char(b, ',');
	buf_add(b, member.name, (size_t)(member.text.p + member.text.n - member.name));
}

/* The line with the cut members behind all others is the same object. */
static void check_rest(const struct both *x, unsigned without)
{
	struct buf b = { 0 }, copy = { 0 };
	struct json_error e;

	record_open(&x->before, without, &b);
	if (without & RECORD_ID)
		put_back(&b, x->before.id_member);
	if (without & RECORD_ADMISSION)
		put_back(&b, x->before.admission);
	if (without & RECORD_OUTCOME)
		put_back(&b, x->before.outcome);
	record_close(&x->before, &b);
	slice line = json_text(&copy, (slice){ b.p, b.n - 1 });
	MUST(json_check(line, &e));
	struct key a = json_fingerprint(seed, object(x->before.line));
	struct key c = json_fingerprint(seed, object(line));
	MUST(a.hi == c.hi && a.lo == c.lo);
	buf_free(&copy);
	buf_free(&b);
}

static void check_cut(struct both *x, unsigned without)
{
	struct record old = x->before, new;
	struct buf kind = { 0 }, b = { 0 }, copy = { 0 };
	struct json_error e;
	bool marked = old.found[x->added].text.p != NULL;

	/* The reader keeps only the last record's decoded kind and members. */
	buf_add_slice(&kind, old.kind);
	record_open(&old, without, &b);
	if (!marked)
		buf_add_text(&b, ",\"fuzz\":[1]");
	record_close(&old, &b);
	MUST(b.p[b.n - 1] == '\n');
	slice line = json_text(&copy, (slice){ b.p, b.n - 1 });
	MUST(record_read(x->reader, line, &new, &e));
	MUST(slice_equal(buf_slice(&kind), new.kind));
	MUST(old.has_at == new.has_at &&old.at.ns == new.at.ns);
	MUST(old.expires.ns == new.expires.ns);
	MUST(without & RECORD_ID ? !new.id_member.text.p : same_text(old.id_member, new.id_member));
	MUST(without & RECORD_ADMISSION ? !new.admission.text.p
	                                : same_text(old.admission, new.admission));
	MUST(without & RECORD_OUTCOME ? !new.outcome.text.p : same_text(old.outcome, new.outcome));
	MUST(marked || slice_is(new.found[x->added].text, "[1]"));
	MUST(record_read(x->reader, x->before.line, &x->before, &e));
	buf_free(&copy);
	buf_free(&b);
	buf_free(&kind);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct both x = { .reader = record_reader_new() };
	struct json_error e = { .at = SIZE_MAX };

	x.added = record_reader_add(x.reader, "fuzz");
	slice line = json_text(&x.line, (slice){ (const char *)data, size });
	if (record_read(x.reader, line, &x.before, &e)) {
		for (unsigned without = 0; without < 8; without++) {
			check_cut(&x, without);
			check_rest(&x, without);
		}
	} else {
		MUST(e.at <= size && *e.what);
	}
	buf_free(&x.line);
	record_reader_free(x.reader);
	return 0;
}
