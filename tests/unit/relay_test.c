/* Who is told what of back-pressure, and when. */
#include "base/rng.h"
#include "core/relay.h"
#include "t.h"

static char path[] = "level";

static const struct daemon_policy by_file = { .pressure_file = path, .pressure_fd = -1 };
static const struct daemon_policy by_line = { .pressure_fd = 0 };
static const struct daemon_policy by_signal = { .pressure_fd = -1, .pressure_signal = { 10, 12 } };
static const struct daemon_policy by_signal_when_ready = { .pressure_fd = -1,
	                                                   .pressure_signal = { 10, 12 },
	                                                   .ready_fd = 3 };
static const struct daemon_policy by_none = { .pressure_fd = -1 };

static struct relay relay_of(const struct daemon_policy *policy)
{
	struct relay r = { 0 };

	relay_add(&r, policy);
	return r;
}

static void assert_level(struct relay *r, double level)
{
	relay_show(r, RELAY_INPUT, (struct pressure){ true, level });
}

static void release(struct relay *r)
{
	relay_show(r, RELAY_INPUT, (struct pressure){ .asserted = false });
}

/* The one effect there is; the level in percent, -1 released, -2 nothing to tell. */
static int told(struct relay *r)
{
	struct relay_effect e, other;

	if (!relay_poll(r, &e))
		return -2;
	relay_told(r, &e);
	OK(!relay_poll(r, &other));
	return e.pressure.asserted ? (int)(100 * e.pressure.level) : -1;
}

static void a_file_is_written_at_the_start_and_whether_the_daemon_runs_or_not(void)
{
	struct relay r = relay_of(&by_file);

	EQ(told(&r), -1);
	EQ(told(&r), -2);
	assert_level(&r, 0.5);
	EQ(told(&r), 50);
	relay_started(&r, 0);
	EQ(told(&r), -2);
	assert_level(&r, 0.75);
	EQ(told(&r), 75);
	relay_ended(&r, 0);
	release(&r);
	EQ(told(&r), -1);
	relay_free(&r);
}

static void a_line_goes_to_a_process_only_at_once_and_at_each_change(void)
{
	struct relay r = relay_of(&by_line);

	assert_level(&r, 0);
	EQ(told(&r), -2);
	relay_started(&r, 0);
	EQ(told(&r), 0); /* it is started while asserted */
	assert_level(&r, 0.25);
	EQ(told(&r), 25);
	assert_level(&r, 0.25);
	EQ(told(&r), -2);
	release(&r);
	EQ(told(&r), -1);
	relay_ended(&r, 0);
	relay_started(&r, 0);
	EQ(told(&r), -2); /* a new process knows of nothing else */
	relay_free(&r);
}

static void a_new_process_is_told_what_the_one_before_knew(void)
{
	struct relay r = relay_of(&by_line);

	relay_started(&r, 0);
	assert_level(&r, 1);
	EQ(told(&r), 100);
	relay_ended(&r, 0);
	relay_started(&r, 0);
	EQ(told(&r), 100);
	relay_free(&r);
}

static void a_signal_says_asserted_or_released_and_no_level(void)
{
	struct relay r = relay_of(&by_signal);

	relay_started(&r, 0);
	assert_level(&r, 0.25);
	EQ(told(&r), 25);
	assert_level(&r, 0.5);
	EQ(told(&r), -2);
	release(&r);
	EQ(told(&r), -1);
	release(&r);
	EQ(told(&r), -2);
	relay_free(&r);
}

static void a_signal_goes_only_to_one_that_is_up(void)
{
	struct relay r = relay_of(&by_signal_when_ready);

	relay_ready(&r, 0); /* nothing runs */
	assert_level(&r, 0);
	EQ(told(&r), -2);
	relay_started(&r, 0);
	EQ(told(&r), -2);
	relay_ready(&r, 0);
	EQ(told(&r), 0);
	relay_ending(&r, 0);
	release(&r);
	EQ(told(&r), -2);
	relay_ended(&r, 0);
	EQ(told(&r), -2);
	relay_free(&r);
}

static void what_is_over_before_it_can_be_told_is_not_told(void)
{
	struct relay r = relay_of(&by_signal_when_ready);

	relay_started(&r, 0);
	assert_level(&r, 0);
	release(&r);
	relay_ready(&r, 0);
	EQ(told(&r), -2);
	relay_free(&r);
}

static void one_that_cannot_be_told_gets_the_latest_when_it_can(void)
{
	struct relay r = relay_of(&by_signal);
	struct relay_effect e;

	relay_started(&r, 0);
	assert_level(&r, 0);
	OK(relay_poll(&r, &e));
	relay_wait(&r, &e);
	OK(relay_waits(&r));
	EQ(told(&r), -2);
	release(&r);
	OK(!relay_waits(&r)); /* it has not missed anything */
	assert_level(&r, 0.75);
	relay_retry(&r);
	EQ(told(&r), 75);
	OK(!relay_waits(&r));
	relay_free(&r);
}

static void a_new_process_does_not_wait_for_what_the_one_before_waited_for(void)
{
	struct relay r = relay_of(&by_signal);
	struct relay_effect e;

	relay_started(&r, 0);
	assert_level(&r, 0.5);
	OK(relay_poll(&r, &e));
	relay_wait(&r, &e);
	relay_ended(&r, 0);
	OK(!relay_waits(&r));
	relay_started(&r, 0);
	EQ(told(&r), 50);
	relay_free(&r);
}

static void the_end_of_a_source_releases_what_it_has_asserted_and_no_more(void)
{
	struct relay r = relay_of(&by_file);

	EQ(told(&r), -1);
	assert_level(&r, 0.5);
	relay_over(&r, RELAY_CONTROL);
	EQ(told(&r), 50);
	relay_show(&r, RELAY_CONTROL, (struct pressure){ true, 0.75 });
	relay_over(&r, RELAY_INPUT);
	EQ(told(&r), 75);
	relay_over(&r, RELAY_CONTROL);
	EQ(told(&r), -1);
	relay_free(&r);
}

static void the_level_of_a_released_one_does_not_count(void)
{
	struct relay r = relay_of(&by_file);

	EQ(told(&r), -1);
	relay_show(&r, RELAY_INPUT, (struct pressure){ false, 0.5 });
	EQ(told(&r), -2);
	OK(r.now.level == 0);
	relay_free(&r);
}

static void one_that_asks_for_nothing_is_told_nothing(void)
{
	struct relay r = relay_of(&by_none);

	relay_started(&r, 0);
	assert_level(&r, 1);
	EQ(told(&r), -2);
	relay_free(&r);
}

static void all_that_ask_are_told_in_order(void)
{
	struct relay r = { 0 };
	struct relay_effect e;
	uint32_t order[8], n = 0;

	for (int i = 0; i < 6; i++) {
		relay_add(&r, i % 2 ? &by_none : &by_line);
		relay_started(&r, (uint32_t)i);
	}
	assert_level(&r, 1);
	while (n < 8 && relay_poll(&r, &e)) {
		relay_told(&r, &e);
		order[n++] = e.daemon;
	}
	EQ(n, 3);
	EQ(order[0], 0);
	EQ(order[1], 2);
	EQ(order[2], 4);
	relay_free(&r);
}

int main(void)
{
	RUN(a_file_is_written_at_the_start_and_whether_the_daemon_runs_or_not);
	RUN(a_line_goes_to_a_process_only_at_once_and_at_each_change);
	RUN(a_new_process_is_told_what_the_one_before_knew);
	RUN(a_signal_says_asserted_or_released_and_no_level);
	RUN(a_signal_goes_only_to_one_that_is_up);
	RUN(what_is_over_before_it_can_be_told_is_not_told);
	RUN(one_that_cannot_be_told_gets_the_latest_when_it_can);
	RUN(a_new_process_does_not_wait_for_what_the_one_before_waited_for);
	RUN(the_end_of_a_source_releases_what_it_has_asserted_and_no_more);
	RUN(the_level_of_a_released_one_does_not_count);
	RUN(one_that_asks_for_nothing_is_told_nothing);
	RUN(all_that_ask_are_told_in_order);
	return t_done();
}
