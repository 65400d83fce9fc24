#include "cli/failure_table.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	AGE = 4,     /* "59m", "364d" */
	WIDEST = 24, /* of a column but the last */
};

/* ---- characters ---- */

/* Bytes of the character at p; UTF-8 has been checked by the reader. */
static size_t character(const char *p, const char *end)
{
	const char *next = p + 1;

	while (next < end && ((unsigned char)*next & 0xc0) == 0x80)
		next++;
	return (size_t)(next - p);
}

/* C0, DEL and C1: some terminals obey the latter even as UTF-8. */
static bool is_control(const char *p, size_t n)
{
	unsigned char c = (unsigned char)p[0];

	return c < 0x20 || c == 0x7f || (n == 2 && c == 0xc2 && (unsigned char)p[1] < 0xa0);
}

static uint32_t characters(slice text)
{
	uint32_t count = 0;

	for (const char *p = text.p, *end = p + text.n; p < end; p += character(p, end))
		count++;
	return count;
}

/* At most `limit` characters, the last an ellipsis when there were more. Returns
 * how many. */
static uint32_t add_text(struct buf *out, slice text, uint32_t limit)
{
	const char *p = text.p, *end = text.p + text.n;
	uint32_t count = 0;

	while (p < end) {
		size_t n = character(p, end);
		if (count + 1 == limit && p + n < end) {
			buf_add_text(out, "…");
			return limit;
		}
		if (is_control(p, n))
			buf_add_char(out, ' ');
		else
			buf_add(out, p, n);
		count++;
		p += n;
	}
	return count;
}

void failure_table_text(struct buf *out, slice text)
{
	add_text(out, text, UINT32_MAX);
}

/* ---- cells ---- */

static void add_cell(struct buf *out, slice text, uint32_t width)
{
	for (uint32_t n = add_text(out, text, width); n < width + 2; n++)
		buf_add_char(out, ' ');
}

static void add_number(struct buf *out, slice text, uint32_t width)
{
	for (uint32_t n = characters(text); n < width; n++)
		buf_add_char(out, ' ');
	add_text(out, text, width);
	buf_add_text(out, "  ");
}

/* The two leading digits or so of an age are what people want. */
void failure_table_age(struct buf *out, span age)
{
	static const struct {
		int64_t seconds;
		const char *unit;
	} units[] = { { 31536000, "y" }, { 86400, "d" }, { 3600, "h" }, { 60, "m" }, { 1, "s" } };
	int64_t seconds = age.ns > 0 ? age.ns / NS_PER_S : 0;
	size_t i = 0;
	char text[32];

	while (i < sizeof units / sizeof units[0] - 1 && seconds < units[i].seconds)
		i++;
	snprintf(text, sizeof text, "%lld%s", (long long)(seconds / units[i].seconds),
	         units[i].unit);
	add_number(out, slice_of(text), AGE);
}

static void add_color(const struct failure_table *t, struct buf *out, const char *code)
{
	if (t->color)
		buf_addf(out, "\033[%sm", code);
}

static const char *color_of(slice status)
{
	if (slice_is(status, "gated"))
		return "33";
	if (slice_is(status, "expired"))
		return "35";
	if (slice_is(status, "unfinished"))
		return "36";
	return "31";
}

/* Ids are JSON; people do not want the quotes. */
static slice id_text(const struct failure *f, struct buf *scratch)
{
	return f->id.n && f->id.p[0] == '"' ? json_string(f->id, scratch) : f->id;
}

static slice seq_text(uint64_t seq, char text[32])
{
	return (slice){ text, (size_t)snprintf(text, 32, "%llu", (unsigned long long)seq) };
}

/* ---- rows ---- */

static void widen(uint32_t *width, slice text)
{
	uint32_t n = characters(text);

	if (n > WIDEST)
		n = WIDEST;
	if (n > *width)
		*width = n;
}

void failure_table_begin(struct failure_table *t)
{
	t->seq = sizeof "SEQ" - 1;
	t->id = sizeof "ID" - 1;
	t->kind = sizeof "KIND" - 1;
	t->status = sizeof "STATUS" - 1;
}

void failure_table_fit(struct failure_table *t, const struct failure *f)
{
	struct buf scratch = { 0 };
	char text[32];

	widen(&t->seq, seq_text(f->seq, text));
	widen(&t->id, id_text(f, &scratch));
	widen(&t->kind, f->kind.n ? f->kind : f->source);
	widen(&t->status, f->status);
	buf_free(&scratch);
}

void failure_table_head(const struct failure_table *t, struct buf *out)
{
	add_color(t, out, "1");
	add_number(out, SLICE("AGE"), AGE);
	add_number(out, SLICE("SEQ"), t->seq);
	add_cell(out, SLICE("ID"), t->id);
	add_cell(out, SLICE("KIND"), t->kind);
	add_cell(out, SLICE("STATUS"), t->status);
	buf_add_text(out, "REASON");
	add_color(t, out, "0");
	buf_add_char(out, '\n');
}

/* What the other columns leave, but enough to be of use. */
static uint32_t reason_width(const struct failure_table *t)
{
	uint32_t used = AGE + t->seq + t->id + t->kind + t->status + 5 * 2;

	if (t->width == 0)
		return UINT32_MAX;
	return t->width > used + 20 ? t->width - used : 20;
}

void failure_table_row(const struct failure_table *t, const struct failure *f, instant now,
                       struct buf *out)
{
	struct buf scratch = { 0 };
	struct buf reason = { 0 };
	char text[32];

	buf_add_slice(&reason, f->reason);
	if (f->last_reason.n) {
		buf_add_text(&reason, ": ");
		buf_add_slice(&reason, f->last_reason);
	}
	failure_table_age(out, instant_until(f->at, now));
	add_number(out, seq_text(f->seq, text), t->seq);
	add_cell(out, id_text(f, &scratch), t->id);
	add_cell(out, f->kind.n ? f->kind : f->source, t->kind);
	add_color(t, out, color_of(f->status));
	add_cell(out, f->status, t->status);
	add_color(t, out, "0");
	add_text(out, buf_slice(&reason), reason_width(t));
	buf_add_char(out, '\n');
	buf_free(&reason);
	buf_free(&scratch);
}

void failure_table_gap(const struct failure_table *t, const struct gap *g, struct buf *out)
{
	add_color(t, out, "2");
	for (int i = 0; i < AGE - 3; i++)
		buf_add_char(out, ' ');
	buf_addf(out, "...  %llu %s", (unsigned long long)g->count,
	         g->evicted ? "older, no longer kept" : "missed");
	if (g->epoch.n && g->from == g->to)
		buf_addf(out, ": number %llu", (unsigned long long)g->from);
	else if (g->epoch.n)
		buf_addf(out, ": numbers %llu to %llu", (unsigned long long)g->from,
		         (unsigned long long)g->to);
	add_color(t, out, "0");
	buf_add_char(out, '\n');
}
