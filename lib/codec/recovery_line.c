#include "codec/recovery_line.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

enum { SLOT_MOST = 255 };

struct recovery_line_reader {
	struct record_reader *records;
	uint32_t recovered;
	uint32_t handler;
};

struct recovery_line_reader *recovery_line_reader_new(void)
{
	struct recovery_line_reader *r = mem_zeroed(1, sizeof *r);

	r->records = record_reader_new();
	record_reader_accept_kindless(r->records);
	r->recovered = record_reader_add(r->records, "recovered");
	r->handler = record_reader_add(r->records, "handler");
	return r;
}

void recovery_line_reader_free(struct recovery_line_reader *r)
{
	if (!r)
		return;
	record_reader_free(r->records);
	free(r);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static slice trim(slice line)
{
	while (line.n && is_space(*line.p))
		line = (slice){ line.p + 1, line.n - 1 };
	while (line.n && is_space(line.p[line.n - 1]))
		line.n--;
	return line;
}

bool recovery_line_is_blank(slice line)
{
	return trim(line).n == 0;
}

static bool refuse(struct json_error *e, slice line, const char *at, const char *what)
{
	e->at = (size_t)(at - line.p);
	snprintf(e->what, sizeof e->what, "%s", what);
	return false;
}

/* As the reference has it, a slot is an unsigned byte. */
static bool is_slot(slice text, uint64_t *slot)
{
	return json_u64(text, slot) && *slot <= SLOT_MOST;
}

static bool starts_number(char c)
{
	return (c >= '0' && c <= '9') || c == '-';
}

static bool read_plain(slice line, slice word, struct recovery_line *out, struct json_error *e)
{
	struct json_error bad;

	if (!starts_number(*word.p))
		return refuse(e, line, word.p, "expected an object or the number of a slot");
	if (!json_check(word, &bad) || !is_slot(word, &out->slot))
		return refuse(e, line, word.p, "expected the number of a slot, from 0 to 255");
	out->plain = out->counts = true;
	return true;
}

static bool read_recovered(slice line, slice value, struct json_error *e)
{
	uint64_t slot;

	if (json_type(value) == JSON_OBJECT ||
	    (json_type(value) == JSON_NUMBER && is_slot(value, &slot)))
		return true;
	return refuse(e, line, value.p,
	              "expected an object or a number from 0 to 255 as 'recovered'");
}

bool recovery_line_read(struct recovery_line_reader *r, slice line, struct recovery_line *out,
                        struct json_error *e)
{
	slice word = trim(line);

	*out = (struct recovery_line){ 0 };
	if (*word.p != '{' && (unsigned char)*word.p < 0x80)
		return read_plain(line, word, out, e);
	if (!record_read(r->records, line, &out->record, e))
		return false;
	slice kind = out->record.kind, recovered = out->record.found[r->recovered].text;
	out->named = out->record.found[r->handler].text.p != NULL;
	out->control = slice_starts(kind, "meshq.") && !slice_is(kind, "meshq.recovered");
	out->counts = recovered.p && !out->control;
	if (!recovered.p && (!kind.p || slice_is(kind, "meshq.recovered")))
		return refuse(e, line, record_end(line), "expected a member 'recovered'");
	return !out->counts || read_recovered(line, recovered, e);
}

void recovery_line_add(const struct recovery_line *l, slice handler, instant at, struct buf *out)
{
	const struct record *r = &l->record;

	if (l->plain) {
		buf_add_text(out, "{\"kind\":\"meshq.recovered\",\"recovered\":");
		buf_add_u64(out, l->slot);
	} else {
		record_open(r, 0, out);
		if (!r->kind.p)
			buf_add_text(out, ",\"kind\":\"meshq.recovered\"");
	}
	if (!l->named && !l->control) {
		buf_add_text(out, ",\"handler\":");
		json_add_string(out, handler);
	}
	if (!r->has_at && !l->control) {
		buf_add_text(out, ",\"at_ms\":");
		buf_add_ms(out, at.ns);
	}
	if (l->plain)
		buf_add_text(out, "}\n");
	else
		record_close(r, out);
}
