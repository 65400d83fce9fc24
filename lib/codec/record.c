#include "codec/record.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

/* The members that every record is searched for. */
static const char *const interpreted[] = {
	"kind", "id", "at_ms", "expires_ms", "admission", "outcome",
};

enum { KIND, ID, AT_MS, EXPIRES_MS, ADMISSION, OUTCOME, INTERPRETED };

struct record_reader {
	struct json_plan *plan;
	struct json_found *found;
	uint32_t number[INTERPRETED];
	struct buf kind; /* decoded, when the line has it with escapes */
	bool kindless;   /* a record may lack its kind */
};

struct record_reader *record_reader_new(void)
{
	struct record_reader *r = mem_zeroed(1, sizeof *r);

	r->plan = json_plan_new();
	for (uint32_t i = 0; i < INTERPRETED; i++)
		r->number[i] = record_reader_add(r, interpreted[i]);
	return r;
}

void record_reader_free(struct record_reader *r)
{
	if (!r)
		return;
	json_plan_free(r->plan);
	free(r->found);
	buf_free(&r->kind);
	free(r);
}

uint32_t record_reader_add(struct record_reader *r, const char *path)
{
	uint32_t number = json_plan_add(r->plan, path);

	r->found = mem_resize(r->found, json_plan_size(r->plan), sizeof *r->found);
	return number;
}

void record_reader_accept_kindless(struct record_reader *r)
{
	r->kindless = true;
}

/* ---- reading ---- */

static bool refuse(struct json_error *e, slice line, const char *at, const char *what)
{
	e->at = (size_t)(at - line.p);
	snprintf(e->what, sizeof e->what, "%s", what);
	return false;
}

const char *record_end(slice line)
{
	const char *p = line.p + line.n;

	while (*--p != '}')
		;
	return p;
}

static bool read_kind(struct record_reader *r, struct json_found f, struct record *out,
                      struct json_error *e)
{
	if (!f.text.p && r->kindless)
		return true;
	if (!f.text.p)
		return refuse(e, out->line, record_end(out->line), "expected a member 'kind'");
	if (*f.text.p != '"')
		return refuse(e, out->line, f.text.p, "expected a string as 'kind'");
	out->kind = json_string(f.text, &r->kind);
	return true;
}

static bool read_id(struct json_found f, struct record *out, struct json_error *e)
{
	out->id_member = f;
	if (!f.text.p)
		out->id_type = RECORD_ID_NONE;
	else if (*f.text.p == '"')
		out->id_type = RECORD_ID_STRING;
	else if (json_u64(f.text, &out->id))
		out->id_type = RECORD_ID_NUMBER;
	else
		return refuse(e, out->line, f.text.p,
		              "expected an unsigned 64-bit integer or a string as 'id'");
	return true;
}

static bool read_times(struct json_found at, struct json_found expires, struct record *out,
                       struct json_error *e)
{
	out->expires = INSTANT_NEVER;
	out->has_at = at.text.p != NULL;
	if (at.text.p && !json_ms(at.text, &out->at.ns))
		return refuse(e, out->line, at.text.p,
		              "expected a number of milliseconds as 'at_ms'");
	if (out->at.ns == INT64_MAX) /* too late for us to tell from never, and yet a time */
		out->at.ns--;
	if (expires.text.p && !json_ms(expires.text, &out->expires.ns))
		return refuse(e, out->line, expires.text.p,
		              "expected a number of milliseconds as 'expires_ms'");
	return true;
}

static bool read_objects(struct json_found admission, struct json_found outcome, struct record *out,
                         struct json_error *e)
{
	out->admission = admission;
	out->outcome = outcome;
	if (admission.text.p && *admission.text.p != '{')
		return refuse(e, out->line, admission.text.p, "expected an object as 'admission'");
	if (outcome.text.p && *outcome.text.p != '{')
		return refuse(e, out->line, outcome.text.p, "expected an object as 'outcome'");
	return true;
}

bool record_read(struct record_reader *r, slice line, struct record *out, struct json_error *e)
{
	const struct json_found *f = r->found;
	const uint32_t *at = r->number;

	if (!json_scan(r->plan, line, r->found, e))
		return false;
	*out = (struct record){ .line = line, .found = f };
	return read_kind(r, f[at[KIND]], out, e) && read_id(f[at[ID]], out, e) &&
	       read_times(f[at[AT_MS]], f[at[EXPIRES_MS]], out, e) &&
	       read_objects(f[at[ADMISSION]], f[at[OUTCOME]], out, e);
}

/* ---- writing ---- */

/* The members to leave out, in the order of the line; returns how many. */
static int chosen(const struct record *r, unsigned without, struct json_found cut[3])
{
	const struct json_found all[] = { r->id_member, r->admission, r->outcome };
	const unsigned flags[] = { RECORD_ID, RECORD_ADMISSION, RECORD_OUTCOME };
	int n = 0;

	for (int i = 0; i < 3; i++) {
		if (!(without & flags[i]) || !all[i].text.p)
			continue;
		int to = n++;
		for (; to > 0 && cut[to - 1].name > all[i].name; to--)
			cut[to] = cut[to - 1];
		cut[to] = all[i];
	}
	return n;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Copies from `from` up to the member and returns where to go on behind it. One
 * comma goes with the member: the one before it, or when nothing is left before
 * it, the one behind it, which is there because `kind` always stays. */
static const char *cut_member(const char *from, struct json_found member, struct buf *out)
{
	const char *before = member.name;
	const char *behind = member.text.p + member.text.n;

	while (is_space(before[-1]))
		before--;
	if (before > from && before[-1] == ',') {
		buf_add(out, from, (size_t)(before - 1 - from));
		return behind;
	}
	buf_add(out, from, (size_t)(member.name - from));
	while (*behind++ != ',')
		;
	while (is_space(*behind))
		behind++;
	return behind;
}

void record_open(const struct record *r, unsigned without, struct buf *out)
{
	const char *from = r->line.p, *brace = record_end(r->line);

	if (without) {
		struct json_found cut[3];
		int n = chosen(r, without, cut);
		for (int i = 0; i < n; i++)
			from = cut_member(from, cut[i], out);
	}
	buf_add(out, from, (size_t)(brace - from));
}

void record_close(const struct record *r, struct buf *out)
{
	const char *brace = record_end(r->line);

	buf_add(out, brace, (size_t)(r->line.p + r->line.n - brace));
	buf_add_char(out, '\n');
}

void record_number(struct record *r, uint64_t n, struct buf *out)
{
	if (r->id_type != RECORD_ID_NONE)
		return;
	r->id_type = RECORD_ID_NUMBER;
	r->id = n;
	buf_add_text(out, ",\"id\":");
	buf_add_u64(out, n);
}
