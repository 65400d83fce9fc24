/* The values that a setting is tried with. */
#include "sim/range.h"
#include "t.h"

static slice values(const char *text)
{
	static struct buf b;
	struct range r;
	struct err e;

	buf_clear(&b);
	if (!range_read(slice_of(text), &r, &e)) {
		buf_add_text(&b, e.text);
		return buf_slice(&b);
	}
	for (uint64_t i = 0; i < r.count && i < 20; i++) {
		if (i)
			buf_add_char(&b, ' ');
		range_add(&r, i, &b);
	}
	range_free(&r);
	return buf_slice(&b);
}

static void ranges_of_numbers_and_times(void)
{
	SAME(values("5..50:5"), "5 10 15 20 25 30 35 40 45 50");
	SAME(values("1..4"), "1 2 3 4");
	SAME(values(" 1 .. 10 : 4 "), "1 5 9");
	SAME(values("0..1:0.25"), "0 0.25 0.5 0.75 1");
	SAME(values("0.000001..0.000002:0.000001"), "0.000001 0.000002");
	SAME(values("100ms..1s:300ms"), "100ms 400ms 700ms 1s");
	SAME(values("3ms..5ms"), "3ms 4ms 5ms");
	SAME(values("7..7"), "7");
	SAME(values("0..1m:30s"), "0s 30s 60s");
}

static void lists_of_anything(void)
{
	SAME(values("fair,reference"), "fair reference");
	SAME(values("fair"), "fair");
	SAME(values("1s, 1m ,none"), "1s 1m none");
}

static void what_makes_no_sense_is_refused(void)
{
	SAME(values("5..x"), "'5..x' is not a range such as 5..50:5 or 100ms..1s:50ms");
	SAME(values("..5"), "'..5' is not a range such as 5..50:5 or 100ms..1s:50ms");
	SAME(values("1..2:0"), "'1..2:0': the step must be above 0");
	SAME(values("2..1"), "'2..1': the end lies before the beginning");
	SAME(values("1s..2"), "'1s..2' is not a range such as 5..50:5 or 100ms..1s:50ms");
	SAME(values("0.0000001..1"),
	     "'0.0000001..1' is not a range such as 5..50:5 or 100ms..1s:50ms");
	SAME(values("99999999999999999999..1"),
	     "'99999999999999999999..1' is not a range such as 5..50:5 or 100ms..1s:50ms");
	SAME(values("a,,b"), "a value is missing");
	SAME(values(""), "a value is missing");
}

int main(void)
{
	RUN(ranges_of_numbers_and_times);
	RUN(lists_of_anything);
	RUN(what_makes_no_sense_is_refused);
	return t_done();
}
