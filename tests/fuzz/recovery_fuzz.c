/* Any bytes as the state of recovery passes: refused with a message that names the line, or read,
 * written, and read back to the same bytes; and a pass over it comes to its end. */
#include "base/mem.h"
#include "codec/json.h"
#include "codec/recovery_file.h"
#include "fuzz.h"

static const struct recovery_policy policy = {
	.exit_strikes = true,
	.strikes = 2,
	.backoff = { .initial = { NS_PER_S }, .factor = 2, .max = { 60 * NS_PER_S } },
	.cap = 3,
	.slots = 4,
	.rotate = true,
};

static bool read_text(struct recovery *r, slice text, struct err *e)
{
	struct buf copy = { 0 };

	recovery_init(r, &policy);
	bool good = recovery_file_read(r, "state", json_text(&copy, text), e);
	buf_free(&copy);
	return good;
}

static void check_again(const struct recovery *r)
{
	struct buf text = { 0 }, again = { 0 };
	struct recovery q;
	struct err e;

	recovery_file_write(r, &text);
	MUST(read_text(&q, buf_slice(&text), &e));
	recovery_file_write(&q, &again);
	MUST(slice_equal(buf_slice(&text), buf_slice(&again)));
	recovery_free(&q);
	buf_free(&text);
	buf_free(&again);
}

static void run_pass(struct recovery *r, instant now)
{
	struct recovery_pass p;
	struct recovery_handler *h;
	uint32_t runs = 0;

	recovery_begin(r, &p, false, now);
	while ((h = recovery_next(r, &p, now))) {
		MUST(recovery_ready(h, now) && h->pass == p.number);
		MUST(++runs <= r->count);
		enum recovery_end end = (enum recovery_end)(runs % (RECOVERY_TIMEOUT + 1));
		MUST(recovery_ended(r, &p, slice_of(h->name), end, runs % 3, SLICE("x"), now, 7) !=
		     RECOVERY_GONE);
	}
	recovery_finish(r, &p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recovery r;
	struct err e = { .status = STATUS_OK };

	if (read_text(&r, (slice){ (const char *)data, size }, &e)) {
		check_again(&r);
		run_pass(&r, instant_ms(1));
		run_pass(&r, INSTANT_NEVER);
		if (r.pass < INT64_MAX)
			check_again(&r);
	} else {
		MUST(e.status == STATUS_DATA && strncmp(e.text, "state:", 6) == 0 &&
		     !strchr(e.text, '\n'));
	}
	recovery_free(&r);
	return 0;
}
