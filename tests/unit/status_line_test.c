/* The status line: what it says, and what it leaves out. */
#include "codec/status_line.h"

#include "t.h"

static const struct status_line busy = {
	.done = 1234,
	.failed = 5,
	.waiting = 67,
	.running = 8,
	.has_rate = true,
	.rate = 120.4,
	.has_left = true,
	.left = { 125 * NS_PER_S },
	.asserted = true,
	.level = 0.4,
};

static void says(const struct status_line *s, struct status_style style, const char *want)
{
	struct buf out = { 0 };

	status_line(s, &style, &out);
	SAME(buf_slice(&out), want);
	buf_free(&out);
}

static void it_says_how_the_work_stands(void)
{
	struct status_line quiet = { .done = 1 };

	says(&busy, (struct status_style){ .width = 100 },
	     "1234 done, 5 failed, 67 waiting, 8 running, 120/s, 2m05s left, back-pressure 40%");
	says(&quiet, (struct status_style){ .width = 100 },
	     "1 done, 0 failed, 0 waiting, 0 running");
}

static void it_has_points_where_there_are_such_characters(void)
{
	struct status_line quiet = { .done = 1 };

	says(&quiet, (struct status_style){ .width = 100, .utf8 = true },
	     "1 done · 0 failed · 0 waiting · 0 running");
}

static void what_has_no_room_is_left_out_the_least_first(void)
{
	says(&busy, (struct status_style){ .width = 80 },
	     "1234 done, 5 failed, 67 waiting, 8 running, 120/s, 2m05s left, back-pressure 40%");
	says(&busy, (struct status_style){ .width = 79 },
	     "1234 done, 5 failed, 67 waiting, 8 running, 2m05s left, back-pressure 40%");
	says(&busy, (struct status_style){ .width = 62 },
	     "1234 done, 5 failed, 8 running, 2m05s left, back-pressure 40%");
	says(&busy, (struct status_style){ .width = 40 }, "1234 done, 5 failed, back-pressure 40%");
	says(&busy, (struct status_style){ .width = 20 }, "1234 done, 5 failed");
	says(&busy, (struct status_style){ .width = 9 }, "1234 done");
	says(&busy, (struct status_style){ .width = 8 }, "");
	says(&busy, (struct status_style){ .width = 0 }, "");
}

static void a_level_of_zero_is_back_pressure_too(void)
{
	struct status_line s = { .asserted = true, .level = 0.004 };

	says(&s, (struct status_style){ .width = 80 },
	     "0 done, 0 failed, 0 waiting, 0 running, back-pressure");
}

static void colours_take_no_room(void)
{
	struct status_line s = { .failed = 1, .asserted = true, .level = 1 };

	says(&s, (struct status_style){ .width = 62, .color = true },
	     "0 done, \033[31m1 failed\033[m, 0 waiting, 0 running, "
	     "\033[33mback-pressure 100%\033[m");
	s = (struct status_line){ 0 };
	says(&s, (struct status_style){ .width = 62, .color = true },
	     "0 done, 0 failed, 0 waiting, 0 running");
}

static void rate_is(double rate, const char *want)
{
	struct status_line s = { .has_rate = true, .rate = rate };
	struct buf out = { 0 };

	status_line(&s, &(struct status_style){ .width = 100 }, &out);
	OK(out.n > 40);
	slice last = { out.p + 40, out.n - 40 };
	SAME(last, want);
	buf_free(&out);
}

static void rates_are_short(void)
{
	rate_is(0, "0.0/s");
	rate_is(9.94, "9.9/s");
	rate_is(9.96, "10/s");
	rate_is(9999, "9999/s");
	rate_is(9999.6, "10.0k/s");
	rate_is(999499, "999.5k/s");
	rate_is(999501, "1.0M/s");
	rate_is(2e9, "2.0G/s");
}

static void left_is(int64_t seconds, const char *want)
{
	struct status_line s = { .has_left = true, .left = { seconds * NS_PER_S } };
	struct buf out = { 0 };

	status_line(&s, &(struct status_style){ .width = 100 }, &out);
	OK(out.n > 40);
	slice last = { out.p + 40, out.n - 40 };
	SAME(last, want);
	buf_free(&out);
}

static void what_is_left_has_two_units_at_most(void)
{
	left_is(0, "0s left");
	left_is(59, "59s left");
	left_is(60, "1m00s left");
	left_is(3599, "59m59s left");
	left_is(3600 + 61, "1h01m left");
	left_is(3 * 24 * 3600 + 3601, "3d01h left");
}

static void what_is_left_comes_of_bytes(void)
{
	span left;

	/* A quarter is read, of which 90 are over: 310 are left, 10 a second. */
	OK(status_left(100, 90, 250, 1000, 10, &left));
	EQ(left.ns, 31 * NS_PER_S);
	OK(status_left(100, 100, 1000, 1000, 10, &left));
	EQ(left.ns, 0);
	OK(!status_left(0, 0, 0, 1000, 10, &left));
	OK(!status_left(100, 90, 250, 1000, 0, &left));
	OK(!status_left(100, 90, 1001, 1000, 10, &left));
	OK(!status_left(100, 90, 1, INT64_MAX, 0.001, &left));
}

int main(void)
{
	RUN(it_says_how_the_work_stands);
	RUN(it_has_points_where_there_are_such_characters);
	RUN(what_has_no_room_is_left_out_the_least_first);
	RUN(a_level_of_zero_is_back_pressure_too);
	RUN(colours_take_no_room);
	RUN(rates_are_short);
	RUN(what_is_left_has_two_units_at_most);
	RUN(what_is_left_comes_of_bytes);
	return t_done();
}
