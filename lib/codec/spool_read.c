/* spool_read.c - the lines of a spool, read strictly. */
#include "base/mem.h"
#include "codec/spool.h"

#include <stdio.h>
#include <stdlib.h>

/* The members, in the order in which the plan numbers them. */
enum member {
	MESHQ,
	VERSION,
	SEED,
	ACCEPTED,
	LAST,
	AT,
	START,
	WAIT,
	END,
	MARK,
	ATTEMPTS,
	DEFERS,
	RAN,
	DUE,
	LINE,
	ADMITTED,
	RESERVED,
	DISPATCHED,
	TYPE,
	BY,
	KEY,
	OWNER,
	UNTIL,
	MEMBERS,
};

static const char *const names[MEMBERS] = {
	"meshq",  "v",      "seed", "accepted", "last",     "at_ms",
	"start",  "wait",   "end",  "mark",     "attempts", "defers",
	"ran_ms", "due_ms", "line", "admitted", "reserved", "dispatched",
	"type",   "by",     "key",  "owner",    "until_ms",
};

struct spool_reader {
	struct json_plan *plan;
	struct json_found found[MEMBERS];
	struct buf name, type;
	slice line;
	struct json_error *bad;
};

struct spool_reader *spool_reader_new(void)
{
	struct spool_reader *r = mem_zeroed(1, sizeof *r);

	r->plan = json_plan_new();
	for (int m = 0; m < MEMBERS; m++)
		json_plan_add(r->plan, names[m]);
	return r;
}

void spool_reader_free(struct spool_reader *r)
{
	if (!r)
		return;
	json_plan_free(r->plan);
	buf_free(&r->name);
	buf_free(&r->type);
	free(r);
}

static bool refuse(struct spool_reader *r, size_t at, const char *what)
{
	r->bad->at = at;
	snprintf(r->bad->what, sizeof r->bad->what, "%s", what);
	return false;
}

/* The member is there, but not what it has to be; or it is missing. */
static bool wrong(struct spool_reader *r, enum member m, const char *expected)
{
	slice text = r->found[m].text;
	char what[sizeof r->bad->what];

	snprintf(what, sizeof what, "expected %s to be %s", names[m], expected);
	return refuse(r, text.p ? (size_t)(text.p - r->line.p) : r->line.n, what);
}

static bool has(const struct spool_reader *r, enum member m)
{
	return r->found[m].text.p != NULL;
}

static bool read_u64(struct spool_reader *r, enum member m, uint64_t *value)
{
	return (has(r, m) && json_u64(r->found[m].text, value)) || wrong(r, m, "a whole number");
}

/* Absent: 0. */
static bool read_u32(struct spool_reader *r, enum member m, uint32_t *value)
{
	uint64_t wide = 0;

	*value = 0;
	if (!has(r, m))
		return true;
	if (!json_u64(r->found[m].text, &wide) || wide > UINT32_MAX)
		return wrong(r, m, "a whole number below 2^32");
	*value = (uint32_t)wide;
	return true;
}

static bool read_ms(struct spool_reader *r, enum member m, int64_t *ns)
{
	slice text = r->found[m].text;

	return (text.p && json_type(text) == JSON_NUMBER && json_ms(text, ns)) ||
	       wrong(r, m, "a number of milliseconds");
}

/* A time that has come: too late for us to tell from never, and yet it has. */
static void come(instant *t)
{
	if (t->ns == INT64_MAX)
		t->ns--;
}

static bool read_at(struct spool_reader *r, instant *t)
{
	if (!read_ms(r, AT, &t->ns))
		return false;
	come(t);
	return true;
}

/* Null: never. */
static bool read_time(struct spool_reader *r, enum member m, instant *t)
{
	*t = INSTANT_NEVER;
	return (has(r, m) && json_type(r->found[m].text) == JSON_NULL) || read_ms(r, m, &t->ns);
}

static bool read_flag(struct spool_reader *r, enum member m, bool *flag)
{
	*flag = has(r, m);
	return !*flag || json_type(r->found[m].text) == JSON_TRUE || wrong(r, m, "true");
}

static bool read_string(struct spool_reader *r, enum member m, struct buf *scratch, slice *out)
{
	slice text = r->found[m].text;

	if (!text.p || json_type(text) != JSON_STRING)
		return wrong(r, m, "a string");
	*out = json_string(text, scratch);
	return true;
}

static bool hex_digit(char c, uint64_t *digit)
{
	bool letter = c >= 'a' && c <= 'f';

	*digit = (uint64_t)(letter ? c - 'a' + 10 : c - '0');
	return letter || (c >= '0' && c <= '9');
}

/* A string of 16 hexadecimal digits for each of `count` numbers. */
static bool read_hex(struct spool_reader *r, enum member m, uint64_t *numbers, size_t count)
{
	slice text = r->found[m].text;
	uint64_t digit = 0;
	bool good = text.p && *text.p == '"' && text.n == 2 + 16 * count;

	for (size_t i = 0; good && i < 16 * count; i++) {
		good = hex_digit(text.p[1 + i], &digit);
		numbers[i / 16] = numbers[i / 16] << 4 | digit;
	}
	return good || wrong(r, m, count == 1 ? "16 hexadecimal digits" : "32 hexadecimal digits");
}

static bool scan(struct spool_reader *r, slice line, struct json_error *e)
{
	r->line = line;
	r->bad = e;
	return json_scan(r->plan, line, r->found, e);
}

bool spool_read_header(struct spool_reader *r, slice line, struct spool_header *h,
                       struct json_error *e)
{
	uint64_t version = 0, seed[2] = { 0 };
	slice tool;

	*h = (struct spool_header){ 0 };
	if (!scan(r, line, e))
		return false;
	if (!has(r, MESHQ) || !read_string(r, MESHQ, &r->name, &tool) || !slice_is(tool, "spool"))
		return wrong(r, MESHQ, "\"spool\"");
	if (!read_u64(r, VERSION, &version))
		return false;
	if (version != SPOOL_VERSION)
		return wrong(r, VERSION, "1: a later version of meshq has written this");
	if (!read_hex(r, SEED, seed, 2) || !read_u64(r, ACCEPTED, &h->accepted) ||
	    !read_u64(r, LAST, &h->last) || !read_at(r, &h->at))
		return false;
	h->seed = (struct hash_seed){ seed[0], seed[1] };
	return true;
}

/* ---- entries ---- */

/* Skips the text; false: something else is there. */
static bool skip(const char **p, const char *text)
{
	size_t n = strlen(text);

	if (memcmp(*p, text, n) != 0)
		return false;
	*p += n;
	return true;
}

static slice number_text(const char *p)
{
	return (slice){ p, strspn(p, "-.0123456789") };
}

/* The record is as deep as a record may be, so an object around it could be too deep for
 * the scanner. And it is most of the file: this way it is looked at once. The slack
 * behind a line lets all of this read on. */
static bool read_accept(struct spool_reader *r, slice line, struct spool_entry *x)
{
	const char *p = line.p + strlen("{\"accept\":"), *end = line.p + line.n - 1;
	slice text = number_text(p);

	x->kind = SPOOL_ACCEPT;
	if (text.n == 0 || text.n > 20 || !json_u64(text, &x->number))
		return refuse(r, (size_t)(p - line.p), "expected accept to be a whole number");
	p += text.n;
	if (!skip(&p, ",\"at_ms\":"))
		return refuse(r, (size_t)(p - line.p), "expected ,\"at_ms\":");
	text = number_text(p);
	if (text.n == 0 || text.n > TICK_TEXT || !json_ms(text, &x->at.ns))
		return refuse(r, (size_t)(p - line.p),
		              "expected at_ms to be a number of milliseconds");
	come(&x->at);
	p += text.n;
	if (!skip(&p, ",\"record\":"))
		return refuse(r, (size_t)(p - line.p), "expected ,\"record\":");
	if (p >= end || *end != '}')
		return refuse(r, line.n ? line.n - 1 : 0, "expected '}' behind the record");
	x->record = (slice){ p, (size_t)(end - p) };
	return true;
}

static bool read_counts(struct spool_reader *r, struct spool_entry *x)
{
	x->ran = (span){ 0 };
	return read_u32(r, ATTEMPTS, &x->attempts) && read_u32(r, DEFERS, &x->defers) &&
	       (!has(r, RAN) || read_ms(r, RAN, &x->ran.ns));
}

static bool read_start(struct spool_reader *r, struct spool_entry *x)
{
	x->kind = SPOOL_START;
	return read_u64(r, START, &x->number) && read_at(r, &x->at) && read_counts(r, x) &&
	       read_flag(r, ADMITTED, &x->admitted) && read_flag(r, RESERVED, &x->reserved);
}

static bool read_wait(struct spool_reader *r, struct spool_entry *x)
{
	x->kind = SPOOL_WAIT;
	x->due = INSTANT_NEVER;
	return read_u64(r, WAIT, &x->number) && read_counts(r, x) &&
	       read_flag(r, LINE, &x->in_line) && (x->in_line || read_time(r, DUE, &x->due));
}

static bool read_end(struct spool_reader *r, struct spool_entry *x)
{
	x->kind = SPOOL_END;
	return read_u64(r, END, &x->number) && read_at(r, &x->at) &&
	       read_flag(r, DISPATCHED, &x->dispatched);
}

static bool read_mark(struct spool_reader *r, struct spool_entry *x)
{
	uint64_t key[2] = { 0 };

	x->kind = SPOOL_MARK;
	if (!read_string(r, MARK, &r->name, &x->rule) ||
	    !read_string(r, TYPE, &r->type, &x->type) || !read_hex(r, KEY, key, 2) ||
	    !read_hex(r, OWNER, &x->mark.owner, 1))
		return false;
	if (!has(r, BY) || json_type(r->found[BY].text) != JSON_ARRAY)
		return wrong(r, BY, "an array");
	x->by = r->found[BY].text;
	x->mark.key = (struct key){ key[0], key[1] };
	return read_time(r, has(r, UNTIL) ? UNTIL : AT, &x->mark.at);
}

bool spool_read_entry(struct spool_reader *r, slice line, struct spool_entry *x,
                      struct json_error *e)
{
	*x = (struct spool_entry){ .due = INSTANT_NEVER };
	r->line = line;
	r->bad = e;
	if (slice_starts(line, "{\"accept\":"))
		return read_accept(r, line, x);
	if (!scan(r, line, e))
		return false;
	if (has(r, START))
		return read_start(r, x);
	if (has(r, WAIT))
		return read_wait(r, x);
	if (has(r, END))
		return read_end(r, x);
	if (has(r, MARK))
		return read_mark(r, x);
	return refuse(r, line.n, "expected a member accept, start, wait, end or mark");
}
