/* The restart ladder of reference section 9, with the presets as they are shipped, through the
 * supervisor: a driver whose time jumps from deadline to deadline starts daemons that run for a
 * while, or not at all, and crash. */
#include "config_load.h"
#include "supervisor_rig.h"

#include <math.h>

enum { LADDER_STARTS = 1000 };

/* What daemon 0 of a rig did. */
struct ladder_run {
	instant now;
	instant dies; /* NEVER: it does not run */
	instant starts[LADDER_STARTS];
	span waits[LADDER_STARTS]; /* each hold, from the crash that made it to the next start */
	uint32_t count;
	uint32_t trips;
};

static struct policy preset(const char *name, bool jitter)
{
	return good(name, jitter ? "" : "backoff: { jitter: 0 }");
}

static void see(struct rig *r, struct ladder_run *run, span each, const struct supervisor_effect *e)
{
	run->trips += e->tripped;
	if (e->kind != SUPERVISOR_START)
		return;
	run->waits[run->count] = instant_until(r->s.daemons[0].since, run->now);
	run->starts[run->count++] = run->now;
	supervisor_started(&r->s, 0, run->now);
	run->dies = instant_add(run->now, each);
}

/* Goes on up to `end`, and not with it: each run takes so long and ends with a crash. */
static void run_until(struct rig *r, struct ladder_run *run, span each, instant end)
{
	for (;;) {
		struct supervisor_effect e;

		while (supervisor_poll(&r->s, run->now, &e))
			see(r, run, each, &e);
		instant next = instant_earlier(run->dies, supervisor_deadline(&r->s));
		if (next.ns >= end.ns || run->count == LADDER_STARTS)
			return;
		run->now = next;
		if (next.ns < run->dies.ns)
			continue;
		supervisor_ended(&r->s, 0, (struct supervised_end){ 1, 0 }, run->now);
		run->dies = INSTANT_NEVER;
	}
}

static struct ladder_run begin_at_0(struct rig *r)
{
	supervisor_want(&r->s, 0, true, (instant){ 0 });
	return (struct ladder_run){ .dies = INSTANT_NEVER };
}

/* A run from 0 on, of one daemon under this policy. */
static struct ladder_run run_of(struct backoff_policy p, span each, instant end)
{
	struct rig r;

	rig_init(&r, p, 1);
	struct ladder_run run = begin_at_0(&r);
	run_until(&r, &run, each, end);
	rig_free(&r);
	return run;
}

/* ---- section 9 ---- */

static void the_ladder_of_the_reference_is_climbed_to_the_nanosecond(void)
{
	static const char *const presets[] = { "meshos", "robust" };
	static const int64_t want_ms[] = { 0,      500,    1500,   3500,   7500,
		                           307500, 308000, 309000, 311000, 315000 };

	for (uint32_t k = 0; k < 2; k++) {
		struct policy p = preset(presets[k], false);
		struct ladder_run run = run_of(p.backoff, (span){ 0 }, instant_ms(615000));

		EQ(run.count, 10);
		for (uint32_t i = 0; i < 10; i++)
			EQ(run.starts[i].ns, instant_ms(want_ms[i]).ns);
		EQ(run.trips, 2);
		config_free(&p);
	}
}

static void a_daemon_that_dies_at_once_is_started_5_times_before_307500_ms(void)
{
	static const char *const presets[] = { "meshos", "robust" };

	for (uint32_t k = 0; k < 2; k++) {
		struct policy p = preset(presets[k], false);
		struct rig r;

		rig_init(&r, p.backoff, 1);
		struct ladder_run run = begin_at_0(&r);
		run_until(&r, &run, (span){ 0 }, instant_ms(307500));
		EQ(run.count, 5);
		EQ(supervisor_deadline(&r.s).ns, instant_ms(307500).ns);
		EQ(r.s.daemons[0].starts, 5);
		EQ(r.s.daemons[0].crashes, 5);
		EQ(r.s.daemons[0].loops, 1);
		run_until(&r, &run, (span){ 0 }, (instant){ instant_ms(307500).ns + 1 });
		EQ(run.count, 6);
		EQ(run.starts[5].ns, instant_ms(307500).ns);
		rig_free(&r);
		config_free(&p);
	}
}

/* ---- the reference's own tests of supervision, where a supervisor is one ---- */

static void consecutive_crashes_double_the_wait_and_the_fifth_trips(void)
{
	static const int64_t want_ms[] = { 500, 1000, 2000, 4000, 300000 };
	struct policy p = preset("meshos", false);
	struct ladder_run run = run_of(p.backoff, span_ms(100), instant_ms(400000));

	OK(run.count > 5);
	EQ(run.waits[0].ns, 0);
	for (uint32_t i = 0; i < 5; i++)
		EQ(run.waits[i + 1].ns, span_ms(want_ms[i]).ns);
	config_free(&p);
}

static void the_crash_count_slides_with_the_window_and_the_start_after_a_stable_run_resets(void)
{
	struct policy p = preset("meshos", false);
	struct rig r;

	rig_init(&r, p.backoff, 1);
	struct ladder_run run = begin_at_0(&r);
	run_until(&r, &run, (span){ 0 }, instant_ms(7500)); /* four crashes */
	EQ(run.count, 4);
	run_until(&r, &run, span_ms(112500), instant_ms(128001));
	EQ(run.trips, 0); /* the fifth, at 120 s, */
	EQ(run.waits[5].ns, span_ms(8000).ns);
	EQ(run.starts[5].ns, instant_ms(128000).ns); /* and this start resets */
	run.dies = instant_ms(128010);
	run_until(&r, &run, (span){ 0 }, instant_ms(129000));
	EQ(run.waits[6].ns, span_ms(500).ns);
	rig_free(&r);
	config_free(&p);
}

static void a_start_before_a_stable_run_keeps_the_wait(void)
{
	struct policy p = preset("meshos", false);
	struct ladder_run run = run_of(p.backoff, span_ms(3500), instant_ms(10000));

	EQ(run.starts[1].ns, instant_ms(4000).ns);
	EQ(run.waits[2].ns, span_ms(1000).ns);
	config_free(&p);
}

/* The reference lets 15 crashes happen without a start: here it cannot be executed. */
static void waits_are_capped_at_the_maximum(void)
{
	struct policy p = preset("meshos", false);
	struct rig r;
	int64_t last = 0;

	p.backoff.threshold = 1000;
	rig_init(&r, p.backoff, 1);
	r.by_hand = true;
	rig_want(&r, 0, true, 0);
	for (int i = 0; i < 15; i++) {
		rig_unstarted(&r, 0, last);
		int64_t next = supervisor_deadline(&r.s).ns / NS_PER_MS;
		EQ(next - last, i < 7 ? 500 << i : 60000);
		rig_poll(&r, next);
		last = next;
	}
	rig_free(&r);
	config_free(&p);
}

/* ---- defects, by number ---- */

static void D_24_no_factor_and_no_maximum_aborts_and_the_history_is_bounded(void)
{
	static const float factors[] = { -1, 0, -INFINITY, INFINITY, NAN, 3e38F };

	for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++) {
		struct policy p = preset("meshos", false);
		struct rig r;

		p.backoff.factor = factors[i];
		p.backoff.max = i % 2 ? SPAN_MAX : p.backoff.max;
		rig_init(&r, p.backoff, 1);
		struct ladder_run run = begin_at_0(&r);
		run_until(&r, &run, (span){ 0 }, instant_ms(INT64_C(1000000000)));
		OK(run.count > 1);
		const struct backoff *t = &backoff_set_find(&r.set, rig_key(0))->tracker;
		OK(t->crash_count <= 5 && t->crash_room <= 16);
		rig_free(&r);
		config_free(&p);
	}
}

/* It crash-loops until 307.5 s when another process tells of a crash at 120 s. */
static int64_t start_after_a_crash_in_a_hold(const char *name)
{
	struct policy p = preset(name, false);
	struct rig r;

	rig_init(&r, p.backoff, 1);
	struct ladder_run run = begin_at_0(&r);
	run_until(&r, &run, (span){ 0 }, instant_ms(307500));
	backoff_set_apply(&r.set, backoff_set_find(&r.set, rig_key(0)), BACKOFF_CRASHED,
	                  instant_ms(120000));
	run_until(&r, &run, (span){ 0 }, instant_ms(307501));
	int64_t at = run.starts[5].ns / NS_PER_MS;
	rig_free(&r);
	config_free(&p);
	return at;
}

static void D_25_a_crash_in_a_hold_starts_it_earlier_as_in_the_reference_and_not_if_robust(void)
{
	EQ(start_after_a_crash_in_a_hold("meshos"), 120500);
	EQ(start_after_a_crash_in_a_hold("robust"), 307500);
}

static void D_25_a_short_cooldown_trips_again_as_in_the_reference_and_not_if_robust(void)
{
	static const char *const presets[] = { "meshos", "robust" };
	static const int64_t wait_ms[] = { 10000, 500 };

	for (uint32_t k = 0; k < 2; k++) {
		struct policy p = preset(presets[k], false);

		p.backoff.cooldown = span_ms(10000);
		struct ladder_run run = run_of(p.backoff, (span){ 0 }, instant_ms(40000));
		EQ(run.starts[5].ns, instant_ms(17500).ns);
		EQ(run.waits[6].ns, span_ms(wait_ms[k]).ns);
		config_free(&p);
	}
}

static void D_26_the_cap_resets_itself_as_in_the_reference_and_not_if_robust(void)
{
	static const int64_t want_ms[] = { 500, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 500 };
	static const char *const presets[] = { "meshos", "robust" };

	for (uint32_t k = 0; k < 2; k++) {
		struct policy p = preset(presets[k], false);

		p.backoff.threshold = 1000;
		struct ladder_run run = run_of(p.backoff, (span){ 0 }, instant_ms(500000));
		for (uint32_t i = 0; i < 9; i++)
			EQ(run.waits[i + 1].ns, span_ms(k == 1 && i == 8 ? 60000 : want_ms[i]).ns);
		config_free(&p);
	}
}

static void D_26_a_stable_run_helps_the_crash_that_ends_it_if_robust(void)
{
	static const char *const presets[] = { "meshos", "robust" };
	static const int64_t wait_ms[] = { 8000, 500 };

	for (uint32_t k = 0; k < 2; k++) {
		struct policy p = preset(presets[k], false);
		struct rig r;

		rig_init(&r, p.backoff, 1);
		struct ladder_run run = begin_at_0(&r);
		run_until(&r, &run, (span){ 0 }, instant_ms(7500));
		run_until(&r, &run, span_ms(60000), instant_ms(100000));
		EQ(run.waits[5].ns, span_ms(wait_ms[k]).ns);
		rig_free(&r);
		config_free(&p);
	}
}

static void D_33_daemons_that_fail_together_come_back_one_by_one_if_robust(void)
{
	struct policy p = preset("robust", true);
	int64_t ends[2][RIG_DAEMONS];

	for (uint32_t again = 0; again < 2; again++) {
		struct rig r;

		rig_init(&r, p.backoff, RIG_DAEMONS);
		for (uint32_t i = 0; i < RIG_DAEMONS; i++)
			rig_want(&r, i, true, 0);
		for (uint32_t i = 0; i < RIG_DAEMONS; i++)
			rig_exit(&r, i, 1, 0);
		for (uint32_t i = 0; i < RIG_DAEMONS; i++) {
			ends[again][i] = supervisor_deadline(&r.s).ns;
			OK(ends[again][i] >= 250 * NS_PER_MS && ends[again][i] <= 500 * NS_PER_MS);
			OK(i == 0 || ends[again][i] > ends[again][i - 1]);
			EQ(ends[again][i], ends[0][i]); /* the same seed, the same chance */
			rig_poll_at(&r, supervisor_deadline(&r.s));
			uint64_t starts = 0;
			for (uint32_t k = 0; k < RIG_DAEMONS; k++)
				starts += r.s.daemons[k].starts - 1;
			EQ(starts, i + 1);
		}
		rig_free(&r);
	}
	config_free(&p);
}

static void D_34_crashes_reported_out_of_order_count_as_they_come(void)
{
	struct policy p = preset("meshos", false);
	struct rig r;

	rig_init(&r, p.backoff, 1);
	struct ladder_run run = begin_at_0(&r);
	run_until(&r, &run, (span){ 0 }, instant_ms(7500));
	rig_poll(&r, 7500);
	rig_exit(&r, 0, 1, 100); /* long before the others */
	EQ(supervisor_deadline(&r.s).ns, instant_ms(307500).ns);
	EQ(r.s.daemons[0].loops, 1);
	rig_free(&r);
	config_free(&p);
}

int main(void)
{
	RUN(the_ladder_of_the_reference_is_climbed_to_the_nanosecond);
	RUN(a_daemon_that_dies_at_once_is_started_5_times_before_307500_ms);
	RUN(consecutive_crashes_double_the_wait_and_the_fifth_trips);
	RUN(the_crash_count_slides_with_the_window_and_the_start_after_a_stable_run_resets);
	RUN(a_start_before_a_stable_run_keeps_the_wait);
	RUN(waits_are_capped_at_the_maximum);
	RUN(D_24_no_factor_and_no_maximum_aborts_and_the_history_is_bounded);
	RUN(D_25_a_crash_in_a_hold_starts_it_earlier_as_in_the_reference_and_not_if_robust);
	RUN(D_25_a_short_cooldown_trips_again_as_in_the_reference_and_not_if_robust);
	RUN(D_26_the_cap_resets_itself_as_in_the_reference_and_not_if_robust);
	RUN(D_26_a_stable_run_helps_the_crash_that_ends_it_if_robust);
	RUN(D_33_daemons_that_fail_together_come_back_one_by_one_if_robust);
	RUN(D_34_crashes_reported_out_of_order_count_as_they_come);
	return t_done();
}
