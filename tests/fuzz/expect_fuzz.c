/* Any text as an expectation: what is read says the same when it is written again, and
 * what is refused is refused with a place inside the text. */
#include "fuzz.h"
#include "sim/expect.h"

static void check_refusal(slice text, const struct err *e)
{
	unsigned long at = 0;

	MUST(e->status == STATUS_USAGE);
	MUST(sscanf(e->text, "character %lu: ", &at) == 1);
	MUST(at >= 1 && at <= text.n + 1);
}

static void check_name(const struct figure *f)
{
	struct buf name = { 0 }, again = { 0 };
	struct figure other;
	struct err e = { 0 };

	figure_name(f, &name);
	slice text = buf_slice(&name);
	MUST(figure_read(&text, &other, &e));
	MUST(text.n == 0);
	figure_name(&other, &again);
	MUST(slice_equal(buf_slice(&name), buf_slice(&again)));
	figure_free(&other);
	buf_free(&again);
	buf_free(&name);
}

static void check_value(const struct expect *x)
{
	static struct measure m;
	struct buf shown = { 0 };
	double value;

	MUST(x->bound >= 0);
	measure_init(&m, (instant){ 0 });
	expect_met(x, &m, &value);
	MUST(value >= 0 && value <= 1);
	expect_format(x, value, &shown);
	expect_format(x, x->bound, &shown);
	MUST(shown.n > 0);
	buf_free(&shown);
	measure_free(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	slice text = { (const char *)data, size };
	struct expect x = { 0 }, again;
	struct err e = { 0 };

	if (!expect_read(text, &x, &e)) {
		check_refusal(text, &e);
		return 0;
	}
	check_name(&x.figure);
	check_value(&x);
	MUST(memchr(data, 0, size) || expect_read(slice_of(x.text), &again, &e));
	if (!memchr(data, 0, size)) {
		MUST(again.op == x.op && expect_op_holds(EXPECT_EQUAL, again.bound, x.bound));
		expect_free(&again);
	}
	expect_free(&x);
	return 0;
}
