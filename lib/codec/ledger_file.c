#include "codec/ledger_file.h"

#include "codec/outcome.h"

#include <stdio.h>
#include <stdlib.h>

void ledger_file_write(struct ledger *l, struct buf *out)
{
	uint32_t count;
	struct ledger_item *items = ledger_list(l, &count);

	buf_addf(out, "{\"kind\":\"meshq.ring\",\"v\":%d,\"epoch\":", OUTCOME_VERSION);
	json_add_string(out, ledger_own(l));
	buf_add_text(out, "}\n");
	for (uint32_t i = 0; i < count; i++) {
		if (items[i].failure)
			failure_write(items[i].failure, true, out);
		else
			failure_write_gap(&items[i].gap, out);
	}
	free(items);
}

/* ---- reading ---- */

struct reading {
	struct record_reader *reader;
	struct failure_reader *failures;
	uint32_t version;
	uint32_t epoch;
	struct buf scratch;
	struct ledger *ledger; /* made by the first line */
};

static bool refuse(struct json_error *e, slice line, const char *at, const char *what)
{
	e->at = at ? (size_t)(at - line.p) : 0;
	snprintf(e->what, sizeof e->what, "%s", what);
	return false;
}

static bool read_head(struct reading *g, const struct record *r, uint32_t room,
                      struct json_error *e)
{
	slice version = r->found[g->version].text;
	slice epoch = r->found[g->epoch].text;
	uint64_t number;
	char what[100];

	if (!r->kind.p || !slice_is(r->kind, "meshq.ring") || !version.p || !epoch.p ||
	    json_type(epoch) != JSON_STRING)
		return refuse(e, r->line, NULL, "this is no ring of meshq-failures");
	if (!json_u64(version, &number) || number != OUTCOME_VERSION) {
		snprintf(what, sizeof what, "version %.*s not supported (this is %d)",
		         version.n < 40 ? (int)version.n : 40, version.p, OUTCOME_VERSION);
		return refuse(e, r->line, version.p, what);
	}
	g->ledger = ledger_new(room, json_string(epoch, &g->scratch));
	return true;
}

static bool read_item(struct reading *g, const struct record *r, struct json_error *e)
{
	struct failure_found found;

	failure_read(g->failures, r, (instant){ 0 }, true, &found);
	switch (found.kind) {
	case FAILURE_ONE:
		if (found.failure->seq == 0) {
			free(found.failure);
			return refuse(e, r->line, NULL, "a failure without a number");
		}
		ledger_restore(g->ledger, found.failure);
		return true;
	case FAILURE_GAP:
		ledger_restore_gap(g->ledger, &found.gap);
		return true;
	case FAILURE_BAD:
		return refuse(e, r->line, found.bad.at, found.bad.what);
	case FAILURE_NONE:
		break;
	}
	return refuse(e, r->line, NULL, "neither a failure nor a gap");
}

static bool read_line(struct reading *g, slice line, uint32_t room, struct json_error *e)
{
	struct record r;

	if (!record_read(g->reader, line, &r, e))
		return false;
	return g->ledger ? read_item(g, &r, e) : read_head(g, &r, room, e);
}

static bool read_lines(struct reading *g, slice text, uint32_t room, uint64_t *line,
                       struct json_error *e)
{
	const char *p = text.p, *end = text.p + text.n;

	for (*line = 1; p < end; (*line)++) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *stop = newline ? newline : end;
		if (!read_line(g, (slice){ p, (size_t)(stop - p) }, room, e))
			return false;
		p = newline ? newline + 1 : end;
	}
	return true;
}

struct ledger *ledger_file_read(slice text, uint32_t room, slice own, uint64_t *line,
                                struct json_error *e)
{
	struct reading g = { .reader = record_reader_new() };

	g.failures = failure_reader_new(g.reader);
	g.version = record_reader_add(g.reader, "v");
	g.epoch = record_reader_add(g.reader, "epoch");
	if (text.n == 0) {
		g.ledger = ledger_new(room, own);
	} else if (!read_lines(&g, text, room, line, e)) {
		ledger_free(g.ledger);
		g.ledger = NULL;
	}
	buf_free(&g.scratch);
	failure_reader_free(g.failures);
	record_reader_free(g.reader);
	return g.ledger;
}
