/* The restart ladder of reference section 9, with the presets as they are shipped, through the
 * supervisor: a driver whose time jumps from deadline to deadline starts daemons that end at once.
 */
#include "config_load.h"
#include "supervisor_rig.h"

enum { LADDER_STARTS = 64 };

/* What a daemon of the run below did. */
struct ladder_run {
	instant starts[LADDER_STARTS];
	uint32_t count;
	instant held_until; /* the last hold */
	uint32_t trips;
};

/* Runs a daemon that runs for `each` and crashes, from 0 up to and not with `end`. */
static struct ladder_run run_until(struct rig *r, span each, instant end)
{
	struct ladder_run run = { 0 };
	instant now = { 0 }, dies = INSTANT_NEVER;

	supervisor_want(&r->s, 0, true, now);
	while (now.ns < end.ns && run.count < LADDER_STARTS) {
		struct supervisor_effect e;

		while (supervisor_poll(&r->s, now, &e)) {
			if (e.kind == SUPERVISOR_HOLD && e.tracker.state != BACKOFF_IDLE)
				run.held_until = e.tracker.until;
			run.trips += e.tripped;
			if (e.kind != SUPERVISOR_START)
				continue;
			run.starts[run.count++] = now;
			supervisor_started(&r->s, 0, now);
			dies = instant_add(now, each);
		}
		now = instant_earlier(dies, supervisor_deadline(&r->s));
		if (now.ns == dies.ns) {
			supervisor_ended(&r->s, 0, (struct supervised_end){ 1, 0 }, now);
			dies = INSTANT_NEVER;
		}
	}
	return run;
}

static void the_ladder_of_the_reference_is_climbed_to_the_nanosecond(void)
{
	static const int64_t want_ms[] = { 0, 500, 1500, 3500, 7500, 307500 };
	struct policy p = good("meshos", "");
	struct rig r;

	rig_init(&r, p.backoff, 1);
	struct ladder_run run = run_until(&r, (span){ 0 }, instant_ms(307501));
	EQ(run.count, 6);
	for (uint32_t i = 0; i < 6; i++)
		EQ(run.starts[i].ns, instant_ms(want_ms[i]).ns);
	EQ(run.trips, 1);
	rig_free(&r);
	config_free(&p);
}

static void a_daemon_that_dies_at_once_is_started_5_times_in_307_5_s(void)
{
	static const char *const presets[] = { "meshos", "robust" };

	for (uint32_t k = 0; k < 2; k++) {
		struct policy p = good(presets[k], "backoff: { jitter: 0 }");
		struct rig r;

		rig_init(&r, p.backoff, 1);
		struct ladder_run run = run_until(&r, (span){ 0 }, instant_ms(307500));
		EQ(run.count, 5);
		EQ(run.held_until.ns, instant_ms(307500).ns);
		EQ(r.s.daemons[0].starts, 5);
		EQ(r.s.daemons[0].crashes, 5);
		EQ(r.s.daemons[0].loops, 1);
		rig_free(&r);
		config_free(&p);
	}
}

int main(void)
{
	RUN(the_ladder_of_the_reference_is_climbed_to_the_nanosecond);
	RUN(a_daemon_that_dies_at_once_is_started_5_times_in_307_5_s);
	return t_done();
}
