/* Any bytes as records for meshq-failures: what is read can be written and read
 * again, and the ledger never loses count. The first byte is the room. */
#include "codec/ledger_file.h"
#include "fuzz.h"

#include <string.h>

struct bench {
	struct record_reader *reader;
	struct failure_reader *failures;
	struct buf line;
};

static bool look(struct bench *b, slice text, struct failure_found *found)
{
	struct json_error e;
	struct record r;

	if (!record_read(b->reader, json_text(&b->line, text), &r, &e))
		return false;
	failure_read(b->failures, &r, (instant){ 0 }, true, found);
	MUST(found->kind != FAILURE_BAD || found->bad.what[0]);
	MUST(!found->bad.at || (found->bad.at >= r.line.p && found->bad.at <= r.line.p + r.line.n));
	return true;
}

/* Blanks around an action do not go with it. */
static slice trimmed(slice s)
{
	while (s.n && strchr(" \t\r\n", s.p[s.n - 1]))
		s.n--;
	while (s.n && strchr(" \t\r\n", s.p[0]))
		s = (slice){ s.p + 1, s.n - 1 };
	return s;
}

/* Written and read again it is the same. */
static void there_and_back(const struct failure *f)
{
	struct bench b = { .reader = record_reader_new() };
	struct buf text = { 0 };
	struct failure_found found;

	b.failures = failure_reader_new(b.reader);
	failure_write(f, true, &text);
	MUST(text.n && text.p[text.n - 1] == '\n' && !memchr(text.p, '\n', text.n - 1));
	MUST(look(&b, buf_slice(&text), &found) && found.kind == FAILURE_ONE);
	struct failure *g = found.failure;
	MUST(slice_equal(f->epoch, g->epoch) && slice_equal(f->source, g->source));
	MUST(slice_equal(f->status, g->status) && slice_equal(f->reason, g->reason));
	MUST(slice_equal(f->last_reason, g->last_reason) &&
	     slice_equal(trimmed(f->action), g->action));
	MUST(f->kind.n == 0 || (slice_equal(f->kind, g->kind) && slice_equal(f->id, g->id)));
	MUST(f->seq == g->seq && f->at.ns == g->at.ns);
	free(g);
	buf_free(&text);
	buf_free(&b.line);
	failure_reader_free(b.failures);
	record_reader_free(b.reader);
}

struct sums {
	uint64_t held;
	uint64_t evicted;
};

static struct sums sum(struct ledger *l)
{
	struct sums s = { 0 };
	uint32_t count;
	struct ledger_item *items = ledger_list(l, &count);

	for (uint32_t i = 0; i < count; i++) {
		if (items[i].failure)
			s.held++;
		else if (items[i].gap.evicted)
			s.evicted += items[i].gap.count;
	}
	free(items);
	return s;
}

/* The file of a ring says all of it. */
static void store_and_load(struct ledger *l, uint32_t room)
{
	struct buf text = { 0 }, again = { 0 };
	struct json_error e;
	uint64_t line;

	ledger_file_write(l, &text);
	buf_reserve(&text, JSON_SLACK);
	struct ledger *loaded = ledger_file_read(buf_slice(&text), room, SLICE("x"), &line, &e);
	MUST(loaded);
	struct sums before = sum(l), after = sum(loaded);
	MUST(before.held == after.held && before.evicted == after.evicted);
	ledger_file_write(loaded, &again);
	buf_reserve(&again, JSON_SLACK);
	struct ledger *twice = ledger_file_read(buf_slice(&again), room, SLICE("x"), &line, &e);
	MUST(twice && sum(twice).held == after.held);
	ledger_free(twice);
	ledger_free(loaded);
	buf_free(&again);
	buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct bench b = { .reader = record_reader_new() };
	uint32_t room = data[0] % 8;
	struct ledger *l = ledger_new(room, SLICE("own"));
	const char *p = (const char *)data + 1, *end = (const char *)data + size;
	uint64_t entered = 0;
	bool gaps = false;

	b.failures = failure_reader_new(b.reader);
	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *stop = newline ? newline : end;
		struct failure_found found;
		if (look(&b, (slice){ p, (size_t)(stop - p) }, &found)) {
			if (found.kind == FAILURE_GAP) {
				ledger_add_gap(l, &found.gap);
				gaps = true;
			} else if (found.kind == FAILURE_ONE) {
				there_and_back(found.failure);
				struct ledger_news news = ledger_add(l, found.failure);
				entered += !news.known;
				free(news.evicted);
			}
		}
		p = stop + 1;
	}
	struct sums s = sum(l);
	MUST(s.held <= room);
	MUST(gaps || s.held + s.evicted == entered);
	store_and_load(l, room);
	ledger_free(l);
	buf_free(&b.line);
	failure_reader_free(b.failures);
	record_reader_free(b.reader);
	return 0;
}
