/* How daemons are restarted by command, given up, and taken in again. */
#include "supervisor_rig.h"

/* One that has been up from 0 on. */
static void rig_up(struct rig *r)
{
	rig_init(r, rig_meshos(), 1);
	rig_want(r, 0, true, 0);
	rig_hush(r);
}

/* ---- restart ---- */

static void a_restart_ends_one_that_runs_and_starts_it_again_at_once(void)
{
	struct rig r;

	rig_up(&r);
	r.daemons[0].restart = RESTART_NEVER;
	rig_restart(&r, 0, 100);
	SAID(&r, "100 a open: forced\n"
	         "100 a stopping\n"
	         "100 a signal TERM\n");
	rig_exit(&r, 0, 1, 150);
	SAID(&r, "150 a stopped (1) after 150\n"
	         "150 a open: exited\n"
	         "150 a start\n"
	         "150 a started\n"
	         "150 a open: started\n");
	EQ(r.s.daemons[0].starts, 2);
	rig_free(&r);
}

static void a_restart_forgets_the_hold_and_the_history(void)
{
	struct rig r;

	rig_up(&r);
	for (int64_t ms = 0; r.s.daemons[0].loops == 0;
	     ms = supervisor_deadline(&r.s).ns / NS_PER_MS) {
		rig_poll(&r, ms);
		rig_exit(&r, 0, 1, ms);
	}
	rig_hush(&r);
	rig_restart(&r, 0, 8000);
	SAID(&r, "8000 a open: forced, was held\n"
	         "8000 a start\n"
	         "8000 a started\n"
	         "8000 a open: started\n");
	EQ(r.s.daemons[0].loops, 0);
	rig_exit(&r, 0, 1, 8001);
	SAID(&r, "8001 a crashed (1) after 1\n"
	         "8001 a backing_off until 8501: crashed\n");
	rig_free(&r);
}

static void a_restart_takes_one_that_is_down_in_again(void)
{
	struct rig r;

	rig_up(&r);
	rig_exit(&r, 0, 0, 10);
	rig_hush(&r);
	rig_restart(&r, 0, 20);
	SAID(&r, "20 a open: forced\n"
	         "20 a start\n"
	         "20 a started\n"
	         "20 a open: started\n");
	OK(r.s.daemons[0].wanted);
	rig_free(&r);
}

static void a_restart_of_one_that_ends_already_starts_it_after_its_end(void)
{
	struct rig r;

	rig_up(&r);
	rig_want(&r, 0, false, 100);
	rig_hush(&r);
	rig_restart(&r, 0, 200);
	SAID(&r, "200 a open: forced\n");
	EQ(supervisor_deadline(&r.s).ns, instant_ms(10100).ns); /* its grace goes on */
	rig_exit(&r, 0, 0, 300);
	EQ(r.s.daemons[0].state, SUPERVISED_UP);
	rig_free(&r);
}

static void a_restart_takes_the_blame_from_one_that_was_not_ready(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	r.daemons[0].ready_fd = 3;
	r.daemons[0].ready_timeout = span_ms(1000);
	rig_want(&r, 0, true, 0);
	rig_poll(&r, 1000);
	rig_hush(&r);
	rig_restart(&r, 0, 1500);
	SAID(&r, "1500 a open: forced\n"
	         "1500 a stopping\n");
	rig_exit(&r, 0, 1, 2000);
	SAID(&r, "2000 a stopped (1) after 2000\n"
	         "2000 a open: exited\n"
	         "2000 a start\n"
	         "2000 a started\n"
	         "2000 a open: started\n");
	EQ(r.s.daemons[0].crashes, 0);
	rig_free(&r);
}

static void a_restart_between_a_start_and_its_answer_starts_nothing_more(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	r.by_hand = true;
	rig_want(&r, 0, true, 0);
	rig_hush(&r);
	rig_restart(&r, 0, 1);
	rig_started(&r, 0, 2);
	SAID(&r, "1 a open: forced\n"
	         "2 a started\n"
	         "2 a open: started\n");
	EQ(r.s.daemons[0].state, SUPERVISED_UP);
	rig_free(&r);
}

static void a_stop_after_a_restart_leaves_it_down(void)
{
	struct rig r;

	rig_up(&r);
	rig_restart(&r, 0, 100);
	rig_want(&r, 0, false, 110);
	rig_hush(&r);
	rig_exit(&r, 0, 0, 120);
	SAID(&r, "120 a stopped (0) after 120\n"
	         "120 a open: exited\n");
	EQ(r.s.daemons[0].state, SUPERVISED_DOWN);
	rig_free(&r);
}

/* ---- giving up ---- */

/* Lets it crash at once until it crash-loops, from `ms` on. Returns when that is. */
static int64_t trip(struct rig *r, int64_t ms)
{
	uint32_t loops = r->s.daemons[0].loops;

	for (;;) {
		rig_exit(r, 0, 1, ms);
		if (r->s.daemons[0].loops != loops)
			return ms;
		ms = supervisor_deadline(&r->s).ns / NS_PER_MS;
		rig_poll(r, ms);
	}
}

static void one_that_crash_loops_too_often_is_given_up(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	r.daemons[0].give_up = 2;
	rig_want(&r, 0, true, 0);
	EQ(trip(&r, 0), 7500);
	EQ(r.s.daemons[0].state, SUPERVISED_WAITING);
	rig_poll(&r, 307500);
	rig_hush(&r);
	EQ(trip(&r, 307500), 315000);
	EQ(r.s.daemons[0].state, SUPERVISED_DOWN);
	EQ(r.s.daemons[0].rest, REST_GIVEN_UP);
	EQ(r.s.daemons[0].starts, 10);
	OK(supervisor_idle(&r.s));
	slice said = buf_slice(&r.said);
	const char last[] = "315000 a crashed (1) after 0\n"
			    "315000 a crash_looping until 615000: crashed, tripped\n"
			    "315000 a given_up\n";
	OK(said.n > sizeof last &&
	   memcmp(said.p + said.n - (sizeof last - 1), last, sizeof last - 1) == 0);
	rig_hush(&r);
	rig_poll(&r, 9999999);
	SAID(&r, "615000 a open: released\n");
	rig_free(&r);
}

static void one_that_was_given_up_is_stopped_for_who_stops_it_but_not_for_the_end_of_all(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	r.daemons[0].give_up = 1;
	rig_want(&r, 0, true, 0);
	trip(&r, 0);
	supervisor_stop(&r.s, instant_ms(10000));
	EQ(r.s.daemons[0].rest, REST_GIVEN_UP);
	rig_hush(&r);
	rig_want(&r, 0, false, 10001);
	SAID(&r, "");
	EQ(r.s.daemons[0].state, SUPERVISED_DOWN);
	EQ(r.s.daemons[0].rest, REST_STOPPED);
	rig_free(&r);
}

static void one_that_was_given_up_gets_all_its_chances_again_when_it_is_wanted(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	r.daemons[0].give_up = 1;
	rig_want(&r, 0, true, 0);
	trip(&r, 0);
	EQ(r.s.daemons[0].rest, REST_GIVEN_UP);
	rig_hush(&r);
	rig_want(&r, 0, true, 10000);
	SAID(&r, ""); /* it is held still */
	EQ(r.s.daemons[0].state, SUPERVISED_WAITING);
	EQ(supervisor_deadline(&r.s).ns, instant_ms(307500).ns);
	rig_poll(&r, 307500);
	rig_exit(&r, 0, 1, 307500);
	EQ(r.s.daemons[0].state, SUPERVISED_WAITING);
	rig_poll(&r, 308000);
	trip(&r, 308000);
	EQ(r.s.daemons[0].rest, REST_GIVEN_UP);
	rig_free(&r);
}

static void a_stable_run_forgives_the_crash_loops(void)
{
	struct rig r;

	rig_init(&r, rig_meshos(), 1);
	r.daemons[0].give_up = 2;
	rig_want(&r, 0, true, 0);
	trip(&r, 0);
	rig_poll(&r, 307500);
	rig_exit(&r, 0, 1, 307500 + 59999);
	EQ(r.s.daemons[0].loops, 1);
	rig_poll(&r, 368000);
	rig_exit(&r, 0, 1, 368000 + 60000);
	EQ(r.s.daemons[0].loops, 0);
	rig_free(&r);
}

int main(void)
{
	RUN(a_restart_ends_one_that_runs_and_starts_it_again_at_once);
	RUN(a_restart_forgets_the_hold_and_the_history);
	RUN(a_restart_takes_one_that_is_down_in_again);
	RUN(a_restart_of_one_that_ends_already_starts_it_after_its_end);
	RUN(a_restart_takes_the_blame_from_one_that_was_not_ready);
	RUN(a_restart_between_a_start_and_its_answer_starts_nothing_more);
	RUN(a_stop_after_a_restart_leaves_it_down);
	RUN(one_that_crash_loops_too_often_is_given_up);
	RUN(one_that_was_given_up_is_stopped_for_who_stops_it_but_not_for_the_end_of_all);
	RUN(one_that_was_given_up_gets_all_its_chances_again_when_it_is_wanted);
	RUN(a_stable_run_forgives_the_crash_loops);
	return t_done();
}
