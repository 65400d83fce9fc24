/* Any bytes as what a recovery handler writes: a line that is taken becomes a record that says
 * all that it has to, and that is the same when it comes through a second handler. */
#include "codec/recovery_line.h"
#include "fuzz.h"

static bool take(struct recovery_line_reader *r, struct buf *copy, slice line,
                 struct recovery_line *l)
{
	struct json_error e = { .at = SIZE_MAX };

	if (recovery_line_read(r, json_text(copy, line), l, &e))
		return true;
	MUST(e.at <= line.n && *e.what);
	return false;
}

static void check(struct recovery_line_reader *r, const struct recovery_line *l)
{
	struct buf once = { 0 }, twice = { 0 }, copy = { 0 };
	struct recovery_line again;
	bool counts = l->counts;

	recovery_line_add(l, SLICE("first"), (instant){ 5 }, &once);
	MUST(once.n && once.p[once.n - 1] == '\n');
	MUST(take(r, &copy, (slice){ once.p, once.n - 1 }, &again));
	MUST(again.counts == counts && !again.plain && again.record.kind.p);
	MUST(again.control || (again.named && again.record.has_at));
	recovery_line_add(&again, SLICE("second"), (instant){ 7 }, &twice);
	MUST(slice_equal(buf_slice(&once), buf_slice(&twice)));
	buf_free(&copy);
	buf_free(&twice);
	buf_free(&once);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recovery_line_reader *r = recovery_line_reader_new();
	slice line = { (const char *)data, size };
	struct recovery_line l;
	struct buf copy = { 0 };

	if (!recovery_line_is_blank(line) && take(r, &copy, line, &l))
		check(r, &l);
	buf_free(&copy);
	recovery_line_reader_free(r);
	return 0;
}
