/* What the supervisor does with one daemon and with some: each state, each event, each boundary.
 * The ladder is in supervisor_ladder_test.c. */
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

int main(void)
{
	RUN(one_that_nobody_wants_is_left_alone);
	RUN(one_that_is_wanted_is_started_at_once_and_is_up);
	RUN(a_crash_is_waited_for_to_the_end_of_its_hold);
	return t_done();
}
