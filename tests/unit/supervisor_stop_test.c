/* How daemons are told to end, and killed. */
#include "supervisor_rig.h"

/* One that has been up from 0 on. */
static void rig_up(struct rig *r)
{
	rig_init(r, rig_meshos(), 1);
	rig_want(r, 0, true, 0);
	rig_hush(r);
}

/* ---- told to end ---- */

static void an_end_that_was_asked_for_is_no_crash_whatever_it_looks_like(void)
{
	for (int i = 0; i < 3; i++) {
		struct rig r;

		rig_up(&r);
		rig_want(&r, 0, false, 100);
		SAID(&r, "100 a stopping\n"
		         "100 a signal TERM\n");
		EQ(r.s.daemons[0].state, SUPERVISED_STOPPING);
		OK(!supervisor_idle(&r.s));
		if (i == 2)
			rig_die(&r, 0, SIGSEGV, 150);
		else
			rig_exit(&r, 0, i, 150);
		SAID(&r, i == 0   ? "150 a stopped (0) after 150\n150 a open: exited\n"
		         : i == 1 ? "150 a stopped (1) after 150\n150 a open: exited\n"
		                  : "150 a stopped (signal 11) after 150\n150 a open: exited\n");
		EQ(r.s.daemons[0].state, SUPERVISED_DOWN);
		EQ(r.s.daemons[0].rest, REST_STOPPED);
		EQ(r.s.daemons[0].crashes, 0);
		OK(supervisor_idle(&r.s));
		EQ(supervisor_deadline(&r.s).ns, INT64_MAX);
		rig_free(&r);
	}
}

static void one_that_is_not_meant_to_end_may_be_stopped(void)
{
	struct rig r;

	rig_up(&r);
	r.daemons[0].restart = RESTART_ALWAYS;
	rig_want(&r, 0, false, 100);
	rig_exit(&r, 0, 0, 100);
	EQ(r.s.daemons[0].state, SUPERVISED_DOWN);
	rig_free(&r);
}

static void one_that_is_held_is_down_at_once_and_its_hold_goes_on(void)
{
	struct rig r;

	rig_up(&r);
	rig_exit(&r, 0, 1, 0);
	rig_hush(&r);
	rig_want(&r, 0, false, 100);
	SAID(&r, "");
	EQ(r.s.daemons[0].state, SUPERVISED_DOWN);
	EQ(r.s.daemons[0].rest, REST_STOPPED);
	OK(supervisor_idle(&r.s));
	rig_want(&r, 0, true, 200);
	SAID(&r, "");
	rig_want(&r, 0, false, 300);
	rig_poll(&r, 600);
	SAID(&r, "500 a open: released\n");
	rig_free(&r);
}

static void one_that_is_not_ready_yet_can_be_stopped(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	r.daemons[0].ready_fd = 3;
	r.daemons[0].ready_timeout = span_ms(1000);
	rig_want(&r, 0, true, 0);
	rig_hush(&r);
	rig_want(&r, 0, false, 500);
	rig_poll(&r, 1000);
	SAID(&r, "500 a stopping\n"
	         "500 a signal TERM\n");
	rig_exit(&r, 0, 1, 1001);
	SAID(&r, "1001 a stopped (1) after 1001\n"
	         "1001 a open: exited\n");
	rig_free(&r);
}

static void the_end_of_one_that_was_not_ready_is_blamed_on_it_also_when_it_is_stopped_then(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	r.daemons[0].ready_fd = 3;
	r.daemons[0].ready_timeout = span_ms(1000);
	rig_want(&r, 0, true, 0);
	rig_poll(&r, 1000);
	rig_hush(&r);
	rig_want(&r, 0, false, 1500);
	SAID(&r, "");
	rig_exit(&r, 0, 0, 2000);
	SAID(&r, "2000 a crashed (0) after 2000\n"
	         "2000 a backing_off until 2500: crashed\n");
	EQ(r.s.daemons[0].state, SUPERVISED_DOWN);
	EQ(r.s.daemons[0].rest, REST_STOPPED);
	rig_free(&r);
}

static void KILL_comes_once_and_exactly_when_the_grace_is_over(void)
{
	struct rig r;

	rig_up(&r);
	rig_want(&r, 0, false, 100);
	rig_hush(&r);
	EQ(supervisor_deadline(&r.s).ns, instant_ms(10100).ns);
	rig_poll_at(&r, (instant){ instant_ms(10100).ns - 1 });
	SAID(&r, "");
	rig_poll(&r, 10100);
	SAID(&r, "10100 a signal KILL\n");
	EQ(supervisor_deadline(&r.s).ns, INT64_MAX);
	rig_poll(&r, 99999);
	SAID(&r, "");
	rig_die(&r, 0, SIGKILL, 99999);
	SAID(&r, "99999 a stopped (signal 9) after 99999\n"
	         "99999 a open: exited\n");
	rig_free(&r);
}

static void the_grace_begins_when_the_signal_is_handed_out(void)
{
	struct rig r;

	rig_up(&r);
	supervisor_want(&r.s, 0, false, instant_ms(100));
	OK(supervisor_deadline(&r.s).ns <= instant_ms(100).ns);
	rig_poll(&r, 50000); /* the machine slept */
	SAID(&r, "100 a stopping\n"
	         "50000 a signal TERM\n");
	EQ(supervisor_deadline(&r.s).ns, instant_ms(60000).ns);
	rig_free(&r);
}

static void without_grace_KILL_follows_at_once(void)
{
	struct rig r;

	rig_up(&r);
	r.daemons[0].grace = (span){ 0 };
	rig_want(&r, 0, false, 100);
	SAID(&r, "100 a stopping\n"
	         "100 a signal TERM\n"
	         "100 a signal KILL\n");
	rig_free(&r);
}

static void an_endless_grace_ends_with_the_second_stop(void)
{
	struct rig r;

	rig_up(&r);
	r.daemons[0].grace = SPAN_MAX;
	rig_stop(&r, 100);
	rig_hush(&r);
	EQ(supervisor_deadline(&r.s).ns, INT64_MAX);
	rig_stop(&r, 200);
	SAID(&r, "200 a signal KILL\n");
	rig_free(&r);
}

static void a_stop_signal_of_KILL_is_sent_once(void)
{
	struct rig r;

	rig_up(&r);
	r.daemons[0].stop_signal = SIGKILL;
	rig_stop(&r, 100);
	rig_poll(&r, 99999);
	rig_stop(&r, 100000);
	SAID(&r, "100 a stopping\n"
	         "100 a signal KILL\n");
	rig_free(&r);
}

static void another_stop_signal_may_be_set(void)
{
	struct rig r;

	rig_up(&r);
	r.daemons[0].stop_signal = SIGINT;
	rig_want(&r, 0, false, 100);
	SAID(&r, "100 a stopping\n"
	         "100 a signal other\n");
	rig_free(&r);
}

static void one_that_has_ended_gets_no_signal_any_more(void)
{
	struct rig r;

	rig_up(&r);
	supervisor_want(&r.s, 0, false, instant_ms(100));
	rig_exit(&r, 0, 1, 100);
	SAID(&r, "100 a stopping\n"
	         "100 a stopped (1) after 100\n"
	         "100 a open: exited\n");
	rig_free(&r);
}

static void one_that_is_wanted_again_while_it_ends_is_started_after_its_end(void)
{
	struct rig r;

	rig_up(&r);
	rig_want(&r, 0, false, 100);
	rig_hush(&r);
	rig_want(&r, 0, true, 200);
	SAID(&r, "");
	rig_die(&r, 0, SIGTERM, 300);
	SAID(&r, "300 a stopped (signal 15) after 300\n"
	         "300 a open: exited\n"
	         "300 a start\n"
	         "300 a started\n"
	         "300 a open: started\n");
	rig_want(&r, 0, false, 400);
	rig_want(&r, 0, true, 401);
	rig_want(&r, 0, false, 402);
	rig_exit(&r, 0, 0, 500);
	EQ(r.s.daemons[0].state, SUPERVISED_DOWN);
	rig_free(&r);
}

static void a_stop_between_a_start_and_its_answer_ends_it_at_once(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	r.by_hand = true;
	rig_want(&r, 0, true, 0);
	rig_want(&r, 0, false, 1);
	SAID(&r, "0 a start\n");
	OK(!supervisor_idle(&r.s));
	rig_started(&r, 0, 2);
	SAID(&r, "2 a started\n"
	         "2 a open: started\n"
	         "2 a stopping\n"
	         "2 a signal TERM\n");
	rig_exit(&r, 0, 0, 3);
	OK(supervisor_idle(&r.s));
	rig_want(&r, 0, true, 3);
	rig_want(&r, 0, false, 4);
	rig_hush(&r);
	rig_unstarted(&r, 0, 5);
	SAID(&r, "5 a unstarted\n"
	         "5 a backing_off until 505: crashed\n");
	EQ(r.s.daemons[0].state, SUPERVISED_DOWN);
	EQ(r.s.daemons[0].rest, REST_STOPPED);
	rig_free(&r);
}

/* ---- all of them ---- */

static void all_are_told_to_end_and_nothing_is_started_any_more(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 4);
	for (uint32_t i = 0; i < 3; i++)
		rig_want(&r, i, true, 0);
	rig_exit(&r, 1, 1, 0); /* held */
	rig_hush(&r);
	rig_stop(&r, 100);
	SAID(&r, "100 a stopping\n"
	         "100 c stopping\n"
	         "100 a signal TERM\n"
	         "100 c signal TERM\n");
	for (uint32_t i = 0; i < 4; i++) {
		rig_want(&r, i, true, 200);
		rig_restart(&r, i, 200);
	}
	SAID(&r, "");
	rig_exit(&r, 0, 0, 300);
	OK(!supervisor_idle(&r.s));
	rig_hush(&r);
	rig_poll(&r, 600);
	SAID(&r, "500 b open: released\n");
	supervisor_ended(&r.s, 2, (struct supervised_end){ 0, 0 }, instant_ms(700));
	OK(!supervisor_idle(&r.s)); /* there is something to tell */
	OK(supervisor_deadline(&r.s).ns <= instant_ms(700).ns);
	rig_poll(&r, 700);
	OK(supervisor_idle(&r.s));
	rig_free(&r);
}

static void the_second_stop_kills_what_still_runs(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 3);
	rig_want(&r, 0, true, 0);
	rig_want(&r, 1, true, 0);
	rig_stop(&r, 100);
	rig_exit(&r, 0, 0, 150);
	rig_hush(&r);
	rig_stop(&r, 200);
	SAID(&r, "200 b signal KILL\n");
	rig_stop(&r, 300);
	rig_poll(&r, 99999);
	SAID(&r, "");
	rig_die(&r, 1, SIGKILL, 99999);
	OK(supervisor_idle(&r.s));
	rig_free(&r);
}

static void two_stops_before_any_signal_was_sent_send_only_KILL(void)
{
	struct rig r;

	rig_up(&r);
	supervisor_stop(&r.s, instant_ms(100));
	rig_stop(&r, 100);
	SAID(&r, "100 a stopping\n"
	         "100 a signal KILL\n");
	rig_free(&r);
}

static void what_comes_up_after_the_second_stop_is_killed_at_once(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	r.by_hand = true;
	rig_want(&r, 0, true, 0);
	rig_stop(&r, 1);
	rig_stop(&r, 2);
	rig_hush(&r);
	rig_started(&r, 0, 3);
	SAID(&r, "3 a started\n"
	         "3 a open: started\n"
	         "3 a stopping\n"
	         "3 a signal KILL\n");
	rig_free(&r);
}

int main(void)
{
	RUN(an_end_that_was_asked_for_is_no_crash_whatever_it_looks_like);
	RUN(one_that_is_not_meant_to_end_may_be_stopped);
	RUN(one_that_is_held_is_down_at_once_and_its_hold_goes_on);
	RUN(one_that_is_not_ready_yet_can_be_stopped);
	RUN(the_end_of_one_that_was_not_ready_is_blamed_on_it_also_when_it_is_stopped_then);
	RUN(KILL_comes_once_and_exactly_when_the_grace_is_over);
	RUN(the_grace_begins_when_the_signal_is_handed_out);
	RUN(without_grace_KILL_follows_at_once);
	RUN(an_endless_grace_ends_with_the_second_stop);
	RUN(a_stop_signal_of_KILL_is_sent_once);
	RUN(another_stop_signal_may_be_set);
	RUN(one_that_has_ended_gets_no_signal_any_more);
	RUN(one_that_is_wanted_again_while_it_ends_is_started_after_its_end);
	RUN(a_stop_between_a_start_and_its_answer_ends_it_at_once);
	RUN(all_are_told_to_end_and_nothing_is_started_any_more);
	RUN(the_second_stop_kills_what_still_runs);
	RUN(two_stops_before_any_signal_was_sent_send_only_KILL);
	RUN(what_comes_up_after_the_second_stop_is_killed_at_once);
	return t_done();
}
