/* How daemons start, become ready, and end. How they are stopped is in supervisor_stop_test.c,
 * restarted and given up in supervisor_restart_test.c, what holds do in supervisor_hold_test.c, the
 * ladder in supervisor_ladder_test.c. */
#include "supervisor_rig.h"

/* ---- starting ---- */

static void one_that_nobody_wants_is_left_alone(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	rig_poll(&r, 0);
	SAID(&r, "");
	EQ(r.s.daemons[0].state, SUPERVISED_DOWN);
	EQ(r.s.daemons[0].rest, REST_STOPPED);
	EQ(r.s.daemons[0].deadline.ns, INT64_MAX);
	EQ(supervisor_deadline(&r.s).ns, INT64_MAX);
	OK(supervisor_idle(&r.s));
	EQ(backoff_set_count(&r.set), 0);
	rig_free(&r);
}

static void one_that_is_wanted_is_started_at_once_and_is_up(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	supervisor_want(&r.s, 0, true, instant_ms(5));
	EQ(r.s.daemons[0].state, SUPERVISED_WAITING);
	OK(!supervisor_idle(&r.s));
	OK(supervisor_deadline(&r.s).ns <= instant_ms(5).ns);
	rig_poll(&r, 5);
	SAID(&r, "5 a start\n"
	         "5 a started\n"
	         "5 a open: started\n");
	EQ(r.s.daemons[0].state, SUPERVISED_UP);
	EQ(r.s.daemons[0].starts, 1);
	EQ(r.s.daemons[0].started.ns, instant_ms(5).ns);
	EQ(supervisor_deadline(&r.s).ns, INT64_MAX);
	rig_free(&r);
}

static void a_crash_is_waited_for_to_the_end_of_its_hold(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	rig_want(&r, 0, true, 0);
	rig_hush(&r);
	rig_exit(&r, 0, 1, 7);
	SAID(&r, "7 a crashed (1) after 7\n"
	         "7 a backing_off until 507: crashed\n");
	EQ(r.s.daemons[0].state, SUPERVISED_WAITING);
	EQ(supervisor_deadline(&r.s).ns, instant_ms(507).ns);
	rig_poll_at(&r, (instant){ instant_ms(507).ns - 1 });
	SAID(&r, "");
	rig_poll(&r, 507);
	SAID(&r, "507 a open: released\n"
	         "507 a start\n"
	         "507 a started\n"
	         "507 a open: started\n");
	rig_free(&r);
}

static void one_that_is_wanted_twice_is_started_once(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	supervisor_want(&r.s, 0, true, instant_ms(0));
	rig_want(&r, 0, true, 0);
	rig_want(&r, 0, true, 1);
	SAID(&r, "0 a start\n"
	         "0 a started\n"
	         "0 a open: started\n");
	rig_free(&r);
}

static void a_start_is_handed_out_once_however_late_the_answer(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	r.by_hand = true;
	rig_want(&r, 0, true, 0);
	SAID(&r, "0 a start\n");
	rig_want(&r, 0, true, 10);
	rig_poll(&r, 20);
	SAID(&r, "");
	EQ(supervisor_deadline(&r.s).ns, INT64_MAX);
	OK(!supervisor_idle(&r.s));
	rig_started(&r, 0, 30);
	SAID(&r, "30 a started\n"
	         "30 a open: started\n");
	rig_free(&r);
}

static void one_that_cannot_be_executed_has_crashed(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	r.by_hand = true;
	rig_want(&r, 0, true, 0);
	rig_hush(&r);
	rig_unstarted(&r, 0, 3);
	SAID(&r, "3 a unstarted\n"
	         "3 a backing_off until 503: crashed\n");
	EQ(r.s.daemons[0].crashes, 1);
	EQ(r.s.daemons[0].starts, 0);
	OK(!r.s.daemons[0].ended);
	rig_poll(&r, 503);
	SAID(&r, "503 a open: released\n"
	         "503 a start\n");
	rig_free(&r);
}

static void that_it_cannot_be_executed_may_turn_out_later(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	rig_want(&r, 0, true, 0);
	rig_hush(&r);
	rig_unstarted(&r, 0, 0);
	SAID(&r, "0 a unstarted\n"
	         "0 a backing_off until 500: crashed\n");
	EQ(r.s.daemons[0].state, SUPERVISED_WAITING);
	rig_unstarted(&r, 0, 1);
	rig_exit(&r, 0, 127, 1);
	SAID(&r, "");
	rig_free(&r);
}

/* ---- being ready ---- */

static void one_that_says_so_is_up_when_it_is_ready(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	r.daemons[0].ready_fd = 3;
	rig_want(&r, 0, true, 0);
	EQ(r.s.daemons[0].state, SUPERVISED_STARTING);
	EQ(supervisor_deadline(&r.s).ns, INT64_MAX);
	rig_hush(&r);
	rig_ready(&r, 0, 70);
	EQ(r.s.daemons[0].state, SUPERVISED_UP);
	EQ(r.s.daemons[0].since.ns, instant_ms(70).ns);
	EQ(r.s.daemons[0].started.ns, 0);
	rig_ready(&r, 0, 80);
	SAID(&r, "70 a ready\n");
	rig_free(&r);
}

static void nobody_else_becomes_ready(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	rig_ready(&r, 0, 0);
	SAID(&r, "");
	rig_want(&r, 0, true, 0);
	rig_hush(&r);
	rig_ready(&r, 0, 1); /* it has no ready_fd */
	rig_want(&r, 0, false, 2);
	rig_hush(&r);
	rig_ready(&r, 0, 3);
	SAID(&r, "");
	EQ(r.s.daemons[0].state, SUPERVISED_STOPPING);
	rig_free(&r);
}

static void rig_slow(struct rig *r)
{
	rig_init(r, rig_meshos(), 1);
	r->daemons[0].ready_fd = 3;
	r->daemons[0].ready_timeout = span_ms(2000);
	rig_want(r, 0, true, 100);
	rig_hush(r);
}

static void one_that_is_not_ready_in_time_is_told_to_end_and_has_crashed_then(void)
{
	struct rig r;

	rig_slow(&r);
	EQ(supervisor_deadline(&r.s).ns, instant_ms(2100).ns);
	rig_poll_at(&r, (instant){ instant_ms(2100).ns - 1 });
	SAID(&r, "");
	rig_poll(&r, 2100);
	SAID(&r, "2100 a not_ready\n"
	         "2100 a signal TERM\n");
	EQ(r.s.daemons[0].state, SUPERVISED_STOPPING);
	rig_exit(&r, 0, 0, 2200);
	SAID(&r, "2200 a crashed (0) after 2100\n"
	         "2200 a backing_off until 2700: crashed\n");
	EQ(r.s.daemons[0].state, SUPERVISED_WAITING);
	rig_free(&r);
}

static void one_that_is_ready_exactly_in_time_stays(void)
{
	struct rig r;

	rig_slow(&r);
	rig_ready(&r, 0, 2100);
	SAID(&r, "2100 a ready\n");
	EQ(supervisor_deadline(&r.s).ns, INT64_MAX);
	rig_poll(&r, 99999);
	SAID(&r, "");
	rig_free(&r);
}

static void one_that_is_ready_too_late_ends_all_the_same(void)
{
	struct rig r;

	rig_slow(&r);
	rig_poll(&r, 2100);
	rig_hush(&r);
	rig_ready(&r, 0, 2101);
	SAID(&r, "");
	rig_poll(&r, 12100);
	SAID(&r, "12100 a signal KILL\n");
	rig_die(&r, 0, SIGKILL, 12100);
	SAID(&r, "12100 a crashed (signal 9) after 12000\n"
	         "12100 a backing_off until 12600: crashed\n");
	rig_free(&r);
}

static void the_time_to_be_ready_begins_with_every_start(void)
{
	struct rig r;

	rig_slow(&r);
	rig_exit(&r, 0, 1, 2000);
	EQ(supervisor_deadline(&r.s).ns, instant_ms(2500).ns);
	rig_poll(&r, 2500);
	EQ(supervisor_deadline(&r.s).ns, instant_ms(4500).ns);
	rig_free(&r);
}

/* ---- ends ---- */

static void an_end_without_a_fault_is_the_end(void)
{
	static const enum restart policies[] = { RESTART_ON_CRASH, RESTART_NEVER };

	for (uint32_t i = 0; i < 2; i++) {
		struct rig r;

		rig_init(&r, rig_meshos(), 1);
		r.daemons[0].restart = policies[i];
		rig_want(&r, 0, true, 0);
		rig_hush(&r);
		rig_exit(&r, 0, 0, 1000);
		SAID(&r, "1000 a exited (0) after 1000\n"
		         "1000 a open: exited\n");
		EQ(r.s.daemons[0].state, SUPERVISED_DOWN);
		EQ(r.s.daemons[0].rest, REST_DONE);
		OK(!r.s.daemons[0].wanted);
		OK(supervisor_idle(&r.s));
		rig_want(&r, 0, true, 1000);
		EQ(r.s.daemons[0].state, SUPERVISED_UP);
		rig_free(&r);
	}
}

static void a_crash_is_the_end_of_one_that_is_never_restarted(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	r.daemons[0].restart = RESTART_NEVER;
	rig_want(&r, 0, true, 0);
	rig_hush(&r);
	rig_exit(&r, 0, 3, 10);
	SAID(&r, "10 a crashed (3) after 10\n"
	         "10 a backing_off until 510: crashed\n");
	EQ(r.s.daemons[0].state, SUPERVISED_DOWN);
	EQ(r.s.daemons[0].rest, REST_FAILED);
	OK(supervisor_idle(&r.s));
	rig_poll(&r, 510);
	SAID(&r, "510 a open: released\n");
	rig_free(&r);
}

static void one_that_is_not_meant_to_end_has_crashed_unless_it_was_stable(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	r.daemons[0].restart = RESTART_ALWAYS;
	rig_want(&r, 0, true, 0);
	rig_hush(&r);
	supervisor_ended(&r.s, 0, (struct supervised_end){ 0, 0 },
	                 (instant){ instant_ms(60000).ns - 1 });
	rig_poll(&r, 60000);
	SAID(&r, "59999.999999 a crashed (0) after 59999.999999\n"
	         "59999.999999 a backing_off until 60499.999999: crashed\n");
	rig_poll(&r, 60500);
	rig_hush(&r);
	rig_exit(&r, 0, 0, 120500);
	SAID(&r, "120500 a exited (0) after 60000\n"
	         "120500 a open: exited\n"
	         "120500 a start\n"
	         "120500 a started\n"
	         "120500 a open: started\n");
	rig_exit(&r, 0, 1, 999999);
	EQ(r.s.daemons[0].crashes, 2);
	rig_free(&r);
}

static void a_run_of_no_time_is_never_stable_enough_to_be_started_again_at_once(void)
{
	struct backoff_policy p = rig_meshos();
	struct rig r;

	p.stable_run = (span){ 0 };
	rig_init(&r, p, 1);
	r.daemons[0].restart = RESTART_ALWAYS;
	rig_want(&r, 0, true, 0);
	rig_hush(&r);
	rig_exit(&r, 0, 0, 0);
	SAID(&r, "0 a crashed (0) after 0\n"
	         "0 a backing_off until 500: crashed\n");
	rig_free(&r);
}

static void a_signal_that_nobody_asked_for_is_a_crash(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	rig_want(&r, 0, true, 0);
	rig_hush(&r);
	rig_die(&r, 0, SIGTERM, 10);
	SAID(&r, "10 a crashed (signal 15) after 10\n"
	         "10 a backing_off until 510: crashed\n");
	OK(r.s.daemons[0].ended);
	EQ(r.s.daemons[0].last.signal, SIGTERM);
	EQ(r.s.daemons[0].last.exit, -1);
	rig_free(&r);
}

static void what_does_not_run_does_not_end(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	rig_exit(&r, 0, 1, 0);
	rig_unstarted(&r, 0, 0);
	rig_started(&r, 0, 0);
	SAID(&r, "");
	r.by_hand = true;
	rig_want(&r, 0, true, 0);
	rig_exit(&r, 0, 1, 0);
	SAID(&r, "0 a start\n");
	rig_started(&r, 0, 0);
	rig_started(&r, 0, 0);
	rig_exit(&r, 0, 1, 0);
	rig_exit(&r, 0, 1, 0);
	rig_started(&r, 0, 0);
	EQ(r.s.daemons[0].starts, 1);
	EQ(r.s.daemons[0].crashes, 1);
	EQ(r.s.daemons[0].state, SUPERVISED_WAITING);
	rig_free(&r);
}

int main(void)
{
	RUN(one_that_nobody_wants_is_left_alone);
	RUN(one_that_is_wanted_is_started_at_once_and_is_up);
	RUN(a_crash_is_waited_for_to_the_end_of_its_hold);
	RUN(one_that_is_wanted_twice_is_started_once);
	RUN(a_start_is_handed_out_once_however_late_the_answer);
	RUN(one_that_cannot_be_executed_has_crashed);
	RUN(that_it_cannot_be_executed_may_turn_out_later);
	RUN(one_that_says_so_is_up_when_it_is_ready);
	RUN(nobody_else_becomes_ready);
	RUN(one_that_is_not_ready_in_time_is_told_to_end_and_has_crashed_then);
	RUN(one_that_is_ready_exactly_in_time_stays);
	RUN(one_that_is_ready_too_late_ends_all_the_same);
	RUN(the_time_to_be_ready_begins_with_every_start);
	RUN(an_end_without_a_fault_is_the_end);
	RUN(a_crash_is_the_end_of_one_that_is_never_restarted);
	RUN(one_that_is_not_meant_to_end_has_crashed_unless_it_was_stable);
	RUN(a_run_of_no_time_is_never_stable_enough_to_be_started_again_at_once);
	RUN(a_signal_that_nobody_asked_for_is_a_crash);
	RUN(what_does_not_run_does_not_end);
	return t_done();
}
