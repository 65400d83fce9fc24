/* What holds do: of some daemons at once, of earlier runs, of other processes; and what time does.
 */
#include "supervisor_rig.h"

/* Another process tells of an event of daemon i. */
static void elsewhere(struct backoff_set *set, uint32_t i, enum backoff_event event, int64_t ms)
{
	struct backoff_daemon *d =
		backoff_set_get(set, rig_key(i), slice_of(rig_names[i]), instant_ms(ms));

	backoff_set_apply(set, d, event, instant_ms(ms));
}

/* ---- holds that end ---- */

static void holds_end_in_order_and_exactly_however_far_time_jumps(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 3);
	for (uint32_t i = 0; i < 3; i++)
		rig_want(&r, i, true, 0);
	rig_exit(&r, 2, 1, 0);
	rig_poll(&r, 500);
	rig_exit(&r, 2, 1, 500); /* until 1500 */
	rig_exit(&r, 1, 1, 800); /* until 1300 */
	rig_exit(&r, 0, 1, 900); /* until 1400 */
	rig_hush(&r);
	EQ(supervisor_deadline(&r.s).ns, instant_ms(1300).ns);
	rig_poll(&r, 100000);
	SAID(&r, "1300 b open: released\n"
	         "1400 a open: released\n"
	         "1500 c open: released\n"
	         "100000 b start\n"
	         "100000 b started\n"
	         "100000 b open: started\n"
	         "100000 a start\n"
	         "100000 a started\n"
	         "100000 a open: started\n"
	         "100000 c start\n"
	         "100000 c started\n"
	         "100000 c open: started\n");
	rig_free(&r);
}

static void a_hold_that_has_ended_is_told_before_what_happens_after_it(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 2);
	rig_want(&r, 0, true, 0);
	rig_want(&r, 1, true, 0);
	rig_exit(&r, 0, 1, 0);
	rig_hush(&r);
	rig_exit(&r, 1, 1, 700); /* nobody has polled at 500 */
	SAID(&r, "500 a open: released\n"
	         "700 b crashed (1) after 700\n"
	         "700 b backing_off until 1200: crashed\n"
	         "700 a start\n"
	         "700 a started\n"
	         "700 a open: started\n");
	rig_free(&r);
}

static void what_a_tracker_was_is_told_though_more_has_happened(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	r.by_hand = true;
	rig_want(&r, 0, true, 0);
	rig_hush(&r);
	supervisor_started(&r.s, 0, instant_ms(0));
	supervisor_ended(&r.s, 0, (struct supervised_end){ 1, 0 }, instant_ms(0));
	rig_poll(&r, 0);
	SAID(&r, "0 a started\n"
	         "0 a open: started\n"
	         "0 a crashed (1) after 0\n"
	         "0 a backing_off until 500: crashed\n");
	rig_free(&r);
}

static void a_wait_of_nought_is_over_at_once(void)
{
	struct backoff_policy p = rig_meshos();
	struct rig r;

	p.initial = (span){ 0 };
	rig_init(&r, p, 1);
	rig_want(&r, 0, true, 0);
	rig_hush(&r);
	rig_exit(&r, 0, 1, 0);
	SAID(&r, "0 a crashed (1) after 0\n"
	         "0 a backing_off until 0: crashed\n"
	         "0 a open: released\n"
	         "0 a start\n"
	         "0 a started\n"
	         "0 a open: started\n");
	rig_free(&r);
}

static void an_endless_hold_is_waited_for_for_ever(void)
{
	struct backoff_policy p = rig_meshos();
	struct rig r;

	p.initial = SPAN_MAX;
	rig_init(&r, p, 1);
	rig_want(&r, 0, true, 0);
	rig_exit(&r, 0, 1, 0);
	rig_hush(&r);
	EQ(supervisor_deadline(&r.s).ns, INT64_MAX);
	rig_poll_at(&r, (instant){ INT64_MAX });
	SAID(&r, "");
	EQ(r.s.daemons[0].state, SUPERVISED_WAITING);
	rig_free(&r);
}

/* ---- holds of others ---- */

static void a_hold_of_an_earlier_run_is_waited_for(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	elsewhere(&r.set, 0, BACKOFF_CRASHED, 0);
	rig_want(&r, 0, true, 200);
	SAID(&r, "");
	EQ(supervisor_deadline(&r.s).ns, instant_ms(500).ns);
	rig_poll(&r, 500);
	SAID(&r, "500 a open: released\n"
	         "500 a start\n"
	         "500 a started\n"
	         "500 a open: started\n");
	rig_free(&r);
}

static void a_hold_that_was_over_before_we_began_is_told_with_its_end(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	elsewhere(&r.set, 0, BACKOFF_CRASHED, 0);
	rig_want(&r, 0, true, 9000);
	SAID(&r, "500 a open: released\n"
	         "9000 a start\n"
	         "9000 a started\n"
	         "9000 a open: started\n");
	rig_free(&r);
}

static void holds_of_daemons_that_are_not_ours_are_left_alone(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	elsewhere(&r.set, 5, BACKOFF_CRASHED, 0);
	rig_want(&r, 0, true, 100);
	rig_hush(&r);
	EQ(supervisor_deadline(&r.s).ns, INT64_MAX);
	rig_poll(&r, 1000);
	SAID(&r, "");
	EQ(backoff_set_find(&r.set, rig_key(5))->tracker.state, BACKOFF_BACKING_OFF);
	/* One of ours beside it ends when it ends. */
	rig_exit(&r, 0, 1, 1000);
	rig_hush(&r);
	rig_poll(&r, 1500);
	SAID(&r, "1500 a open: released\n"
	         "1500 a start\n"
	         "1500 a started\n"
	         "1500 a open: started\n");
	rig_free(&r);
}

static void one_that_another_process_has_opened_is_started_with_the_next_poll(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	rig_want(&r, 0, true, 0);
	rig_exit(&r, 0, 1, 0);
	rig_hush(&r);
	elsewhere(&r.set, 0, BACKOFF_FORCED, 100);
	OK(supervisor_deadline(&r.s).ns <= instant_ms(100).ns);
	rig_poll(&r, 100);
	SAID(&r, "100 a start\n"
	         "100 a started\n"
	         "100 a open: started\n");
	rig_free(&r);
}

static void one_whose_hold_another_process_has_moved_waits_for_the_new_end(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	rig_want(&r, 0, true, 0);
	rig_exit(&r, 0, 1, 0);
	rig_hush(&r);
	elsewhere(&r.set, 0, BACKOFF_CRASHED, 100);
	EQ(supervisor_deadline(&r.s).ns, instant_ms(1100).ns);
	rig_poll(&r, 500);
	SAID(&r, "");
	rig_poll(&r, 1100);
	SAID(&r, "1100 a open: released\n"
	         "1100 a start\n"
	         "1100 a started\n"
	         "1100 a open: started\n");
	rig_free(&r);
}

static void a_hold_of_another_process_does_not_end_one_that_runs(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	rig_want(&r, 0, true, 0);
	rig_hush(&r);
	elsewhere(&r.set, 0, BACKOFF_CRASHED, 100);
	rig_exit(&r, 0, 0, 200);
	SAID(&r, "200 a exited (0) after 200\n"
	         "200 a open: exited, was held\n");
	rig_free(&r);
}

static void the_trackers_may_be_replaced_by_others(void)
{
	struct backoff_set other;
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	rig_want(&r, 0, true, 0);
	rig_exit(&r, 0, 1, 0);
	rig_hush(&r);
	backoff_set_init(&other, &r.ladder, 1);
	elsewhere(&other, 0, BACKOFF_CRASHED, 3000);
	r.s.trackers = &other;
	EQ(supervisor_deadline(&r.s).ns, instant_ms(3500).ns);
	rig_poll(&r, 3400);
	SAID(&r, "");
	rig_poll(&r, 3500);
	EQ(r.s.daemons[0].state, SUPERVISED_UP);
	rig_hush(&r);
	backoff_set_free(&other);
	/* One that knows nothing of it: it is made anew. */
	backoff_set_init(&other, &r.ladder, 1);
	rig_exit(&r, 0, 1, 4000);
	SAID(&r, "4000 a crashed (1) after 500\n"
	         "4000 a backing_off until 4500: crashed\n");
	EQ(backoff_set_count(&other), 1);
	SAME(((slice){ backoff_set_at(&other, 0)->name, backoff_set_at(&other, 0)->name_size }),
	     "a");
	rig_free(&r);
	backoff_set_free(&other);
}

/* ---- time ---- */

static void D_34_what_is_reported_late_counts_as_now(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 2);
	rig_want(&r, 0, true, 0);
	rig_want(&r, 1, true, 1000);
	rig_hush(&r);
	rig_exit(&r, 0, 1, 900);
	SAID(&r, "1000 a crashed (1) after 1000\n"
	         "1000 a backing_off until 1500: crashed\n");
	rig_poll(&r, 0);
	SAID(&r, "");
	rig_free(&r);
}

static void D_32_a_start_while_held_is_told(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	r.by_hand = true;
	rig_want(&r, 0, true, 0);
	rig_hush(&r);
	elsewhere(&r.set, 0, BACKOFF_CRASHED, 0); /* after the decision to start */
	rig_started(&r, 0, 1);
	SAID(&r, "1 a started\n"
	         "1 a open: started, was held\n");
	rig_free(&r);
}

static void only_the_crash_that_makes_a_crash_loop_is_told_as_one(void)
{
	struct backoff_policy p = rig_meshos();
	struct rig r;

	p.never_shorten = true;
	p.threshold = 2;
	rig_init(&r, p, 1);
	r.by_hand = true;
	rig_want(&r, 0, true, 0);
	elsewhere(&r.set, 0, BACKOFF_CRASHED, 0);
	elsewhere(&r.set, 0, BACKOFF_CRASHED, 0); /* it loops until 300000 */
	rig_hush(&r);
	rig_unstarted(&r, 0, 100000);
	SAID(&r, "100000 a unstarted\n"
	         "100000 a crash_looping until 300000: crashed\n");
	EQ(r.s.daemons[0].loops, 0);
	rig_free(&r);
}

static void effects_that_were_polled_take_no_room(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	for (int64_t ms = 0; ms < 10000; ms++) {
		rig_restart(&r, 0, ms);
		rig_exit(&r, 0, 0, ms);
		rig_hush(&r);
	}
	EQ(r.s.daemons[0].starts, 10000);
	OK(r.s.effect_room <= 32);
	rig_free(&r);
}

/* ---- one story ---- */

static void a_day_of_three_daemons_reads_like_this(void)
{
	struct rig r;

	rig_init(&r, rig_robust(), 3);
	r.ladder.jitter = 0;
	r.ladder.threshold = 3;
	r.daemons[0].restart = RESTART_ALWAYS;
	r.daemons[1].ready_fd = 3;
	r.daemons[1].ready_timeout = span_ms(5000);
	r.daemons[1].give_up = 1;
	r.daemons[2].grace = span_ms(2000);
	for (uint32_t i = 0; i < 3; i++)
		supervisor_want(&r.s, i, true, instant_ms(0));
	rig_poll(&r, 0);
	rig_ready(&r, 1, 1200);
	rig_die(&r, 1, SIGSEGV, 1300);
	rig_poll(&r, 1800);
	rig_poll(&r, 6800);
	rig_exit(&r, 1, 0, 6900);
	rig_exit(&r, 0, 0, 7000);
	rig_restart(&r, 2, 7100);
	rig_poll(&r, 7500);
	rig_poll(&r, 7900);
	rig_exit(&r, 1, 1, 8000);
	rig_poll(&r, 9100);
	rig_die(&r, 2, SIGKILL, 9100);
	rig_stop(&r, 9500);
	rig_exit(&r, 2, 0, 9600);
	rig_exit(&r, 0, 143, 9700);
	OK(supervisor_idle(&r.s));
	SAID(&r, "0 a start\n"
	         "0 a started\n"
	         "0 a open: started\n"
	         "0 b start\n"
	         "0 b started\n"
	         "0 b open: started\n"
	         "0 c start\n"
	         "0 c started\n"
	         "0 c open: started\n"
	         "1200 b ready\n"
	         "1300 b crashed (signal 11) after 1300\n"
	         "1300 b backing_off until 1800: crashed\n"
	         "1800 b open: released\n"
	         "1800 b start\n"
	         "1800 b started\n"
	         "1800 b open: started\n"
	         "6800 b not_ready\n"
	         "6800 b signal TERM\n"
	         "6900 b crashed (0) after 5100\n"
	         "6900 b backing_off until 7900: crashed\n"
	         "7000 a crashed (0) after 7000\n"
	         "7000 a backing_off until 7500: crashed\n"
	         "7100 c open: forced\n"
	         "7100 c stopping\n"
	         "7100 c signal TERM\n"
	         "7500 a open: released\n"
	         "7500 a start\n"
	         "7500 a started\n"
	         "7500 a open: started\n"
	         "7900 b open: released\n"
	         "7900 b start\n"
	         "7900 b started\n"
	         "7900 b open: started\n"
	         "8000 b crashed (1) after 100\n"
	         "8000 b crash_looping until 308000: crashed, tripped\n"
	         "8000 b given_up\n"
	         "9100 c signal KILL\n"
	         "9100 c stopped (signal 9) after 9100\n"
	         "9100 c open: exited\n"
	         "9100 c start\n"
	         "9100 c started\n"
	         "9100 c open: started\n"
	         "9500 a stopping\n"
	         "9500 c stopping\n"
	         "9500 a signal TERM\n"
	         "9500 c signal TERM\n"
	         "9600 c stopped (0) after 500\n"
	         "9600 c open: exited\n"
	         "9700 a stopped (143) after 2200\n"
	         "9700 a open: exited\n");
	rig_free(&r);
}

int main(void)
{
	RUN(holds_end_in_order_and_exactly_however_far_time_jumps);
	RUN(a_hold_that_has_ended_is_told_before_what_happens_after_it);
	RUN(what_a_tracker_was_is_told_though_more_has_happened);
	RUN(a_wait_of_nought_is_over_at_once);
	RUN(an_endless_hold_is_waited_for_for_ever);
	RUN(a_hold_of_an_earlier_run_is_waited_for);
	RUN(a_hold_that_was_over_before_we_began_is_told_with_its_end);
	RUN(holds_of_daemons_that_are_not_ours_are_left_alone);
	RUN(one_that_another_process_has_opened_is_started_with_the_next_poll);
	RUN(one_whose_hold_another_process_has_moved_waits_for_the_new_end);
	RUN(a_hold_of_another_process_does_not_end_one_that_runs);
	RUN(the_trackers_may_be_replaced_by_others);
	RUN(D_34_what_is_reported_late_counts_as_now);
	RUN(D_32_a_start_while_held_is_told);
	RUN(only_the_crash_that_makes_a_crash_loop_is_told_as_one);
	RUN(effects_that_were_polled_take_no_room);
	RUN(a_day_of_three_daemons_reads_like_this);
	return t_done();
}
