/* Where now comes from. */
#include "sys/clock.h"

#include "t.h"

#include <time.h>

static int64_t wall_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void the_real_clock_counts_from_the_epoch_and_never_steps_back(void)
{
	struct clock c;
	int64_t before = wall_ns();

	clock_start(&c, false);
	instant last = clock_now(&c);
	OK(last.ns >= before - before % NS_PER_MS);
	OK(last.ns <= wall_ns() + NS_PER_S); /* the two clocks differ by what slewing does */
	for (int i = 0; i < 1000; i++) {
		instant now = clock_now(&c);
		OK(!instant_after(last, now));
		EQ(now.ns % NS_PER_MS, 0); /* as at_ms in records */
		last = now;
	}
}

static void records_do_not_move_the_real_clock(void)
{
	struct clock c;

	clock_start(&c, false);
	clock_show(&c, INSTANT_NEVER);
	OK(clock_now(&c).ns <= wall_ns() + NS_PER_S);
}

static void the_record_clock_is_the_latest_time_shown(void)
{
	struct clock c;

	clock_start(&c, true);
	EQ(clock_now(&c).ns, 0);
	clock_show(&c, instant_ms(500));
	EQ(clock_now(&c).ns, instant_ms(500).ns);
	clock_show(&c, instant_ms(400)); /* a late record leaves now where it was */
	EQ(clock_now(&c).ns, instant_ms(500).ns);
	clock_show(&c, instant_ms(501));
	EQ(clock_now(&c).ns, instant_ms(501).ns);
}

int main(void)
{
	RUN(the_real_clock_counts_from_the_epoch_and_never_steps_back);
	RUN(records_do_not_move_the_real_clock);
	RUN(the_record_clock_is_the_latest_time_shown);
	return t_done();
}
