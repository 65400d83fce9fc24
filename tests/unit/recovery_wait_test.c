/* Recovery passes, walked by hand: strikes and waits, caps, where a pass begins, passes that were
 * killed. */
#include "recovery_scene.h"

/* ---- strikes and waits ---- */

static void a_wait_is_over_at_its_instant(void)
{
	struct scene s;

	scene_init(&s, &robust, "a");
	s.crashes = 'a';
	after(&s, 5);
	SAME(pass(&s), "a!");
	EQ(handler(&s, "a")->until.ns, 1005 * NS_PER_MS);
	s.now.ns = 1005 * NS_PER_MS - 1;
	OK(!recovery_ready(handler(&s, "a"), s.now));
	SAME(pass(&s), "");
	s.now.ns++;
	OK(recovery_ready(handler(&s, "a"), s.now));
	SAME(pass(&s), "a!");
	EQ(handler(&s, "a")->until.ns, 3005 * NS_PER_MS);
	scene_free(&s);
}

static void waits_climb_to_their_most_and_strikes_without_a_limit_never_evict(void)
{
	struct recovery_policy patient = robust;
	struct scene s;
	int64_t wait = 0;

	patient.strikes = 0;
	scene_init(&s, &patient, "a");
	s.crashes = 'a';
	for (int i = 0; i < 20; i++) {
		instant before = s.now;

		SAME(pass(&s), "a!");
		s.now = handler(&s, "a")->until;
		wait = instant_until(before, s.now).ns / NS_PER_S;
		EQ(wait, i < 9 ? 1 << i : 300);
	}
	EQ(handler(&s, "a")->strikes, 20);
	scene_free(&s);
}

static void a_run_without_a_fault_forgives(void)
{
	struct scene s;

	scene_init(&s, &robust, "a");
	for (int i = 0; i < 5; i++) {
		s.crashes = 'a';
		SAME(pass(&s), "a!");
		after(&s, 1000);
		SAME(pass(&s), "a!");
		after(&s, 2000);
		s.crashes = 0;
		SAME(pass(&s), "a");
		EQ(handler(&s, "a")->strikes, 0);
		EQ(handler(&s, "a")->window.ns, 0);
		EQ(handler(&s, "a")->state, RECOVERY_READY);
	}
	SAME(slice_of(handler(&s, "a")->reason), "killed by SEGV");
	scene_free(&s);
}

static void a_probe_that_finds_nothing_forgives_too(void)
{
	struct scene s;
	struct recovery_pass p;

	scene_init(&s, &robust, "a");
	s.crashes = 'a';
	SAME(pass(&s), "a!");
	after(&s, 1000);
	recovery_begin(&s.r, &p, false, s.now);
	recovery_next(&s.r, &p, s.now);
	EQ(end(&s, &p, "a", RECOVERY_NOTHING, 0), RECOVERY_FINE);
	recovery_finish(&s.r, &p);
	EQ(handler(&s, "a")->strikes, 0);
	EQ(handler(&s, "a")->runs, 1);
	EQ(handler(&s, "a")->at.ns, 1000 * NS_PER_MS);
	scene_free(&s);
}

static void without_a_ladder_it_runs_again_in_the_next_pass(void)
{
	struct recovery_policy hasty = robust;
	struct scene s;

	hasty.backoff = (struct ladder){ 0 };
	scene_init(&s, &hasty, "a");
	s.crashes = 'a';
	SAME(pass(&s), "a!");
	EQ(handler(&s, "a")->state, RECOVERY_READY);
	SAME(pass(&s), "a!");
	SAME(pass(&s), "a#");
	scene_free(&s);
}

static void chance_takes_a_part_off_a_wait(void)
{
	struct recovery_policy jittered = robust;
	struct scene s;
	struct recovery_pass p;

	jittered.backoff.jitter = 0.5F;
	scene_init(&s, &jittered, "a");
	recovery_begin(&s.r, &p, false, s.now);
	recovery_next(&s.r, &p, s.now);
	recovery_ended(&s.r, &p, SLICE("a"), RECOVERY_CRASH, 0, SLICE(""), s.now,
	               UINT64_C(1) << 63);
	recovery_finish(&s.r, &p);
	EQ(handler(&s, "a")->until.ns, 750 * NS_PER_MS);
	EQ(handler(&s, "a")->window.ns, NS_PER_S);
	scene_free(&s);
}

static void one_that_waits_is_passed_over_and_counted(void)
{
	struct scene s;
	struct recovery_pass p;

	scene_init(&s, &robust, "abc");
	s.crashes = 'b';
	SAME(pass(&s), "ab!c");
	recovery_begin(&s.r, &p, false, s.now);
	rest_of_pass(&s, &p);
	EQ(p.waiting, 1);
	EQ(p.done, 3);
	recovery_finish(&s.r, &p);
	scene_free(&s);
}

/* The turn decides, not the begin of the pass. */
static void a_wait_may_end_during_a_pass(void)
{
	struct scene s;
	struct recovery_pass p;

	scene_init(&s, &robust, "ab");
	s.crashes = 'b';
	SAME(pass(&s), "ab!");
	s.crashes = 0;
	recovery_begin(&s.r, &p, false, s.now);
	recovery_next(&s.r, &p, s.now);
	after(&s, 1000);
	buf_clear(&s.log);
	run(&s, &p, "a");
	rest_of_pass(&s, &p);
	SAME(buf_slice(&s.log), "ab");
	recovery_finish(&s.r, &p);
	scene_free(&s);
}

static void a_clock_that_goes_back_makes_no_wait_longer(void)
{
	struct scene s;

	scene_init(&s, &robust, "a");
	s.crashes = 'a';
	after(&s, 1000 * 60 * 60);
	SAME(pass(&s), "a!");
	s.now.ns = 0;
	SAME(pass(&s), "");
	EQ(handler(&s, "a")->until.ns, 1000 * NS_PER_MS);
	after(&s, 1000);
	SAME(pass(&s), "a!");
	scene_free(&s);
}

static void times_at_the_end_of_time_do_not_overflow(void)
{
	struct recovery_policy slow = robust;
	struct scene s;

	slow.strikes = 0;
	slow.backoff = (struct ladder){ .initial = SPAN_MAX, .factor = 10, .max = SPAN_MAX };
	scene_init(&s, &slow, "a");
	s.crashes = 'a';
	s.now.ns = INT64_MAX - 1;
	SAME(pass(&s), "a!");
	SAME(pass(&s), "");
	s.now = INSTANT_NEVER;
	SAME(pass(&s), "a!");
	s.now.ns = INT64_MIN;
	SAME(pass(&s), "a!");
	handler(&s, "a")->strikes = UINT32_MAX;
	handler(&s, "a")->state = RECOVERY_READY;
	SAME(pass(&s), "a!");
	EQ(handler(&s, "a")->strikes, UINT32_MAX);
	scene_free(&s);
}

/* ---- the cap, and where the next pass begins ---- */

static void more_than_was_left_counts_in_full(void)
{
	struct scene s;
	struct recovery_pass p;

	scene_init(&s, &robust, "abc");
	recovery_begin(&s.r, &p, false, s.now);
	recovery_next(&s.r, &p, s.now);
	end(&s, &p, "a", RECOVERY_OK, 3);
	EQ(recovery_left(&s.r, &p), 1);
	SAME(slice_of(recovery_next(&s.r, &p, s.now)->name), "b");
	end(&s, &p, "b", RECOVERY_OK, 7);
	EQ(p.recovered, 10);
	EQ(recovery_left(&s.r, &p), 0);
	OK(!recovery_next(&s.r, &p, s.now));
	EQ(p.done, 2);
	recovery_finish(&s.r, &p);
	SAME(slice_of(s.r.next), "c");
	scene_free(&s);
}

static void without_a_cap_any_number_is_left(void)
{
	struct scene s;
	struct recovery_pass p;

	scene_init(&s, &meshos, "ab");
	recovery_begin(&s.r, &p, false, s.now);
	recovery_next(&s.r, &p, s.now);
	end(&s, &p, "a", RECOVERY_OK, UINT32_MAX);
	EQ(recovery_left(&s.r, &p), UINT64_MAX);
	OK(recovery_next(&s.r, &p, s.now));
	recovery_finish(&s.r, &p);
	scene_free(&s);
}

static void a_pass_in_which_all_had_their_turn_begins_with_the_first_again(void)
{
	struct scene s;

	scene_init(&s, &robust, "abc");
	s.greedy = 'b';
	SAME(pass(&s), "ab");
	s.greedy = 0;
	SAME(pass(&s), "cab");
	SAME(pass(&s), "abc");
	scene_free(&s);
}

static void when_the_one_to_begin_with_goes_the_one_behind_it_does(void)
{
	struct scene s;

	scene_init(&s, &robust, "abcde");
	s.greedy = 'b';
	SAME(pass(&s), "ab");
	there_are(&s, "abe");
	SAME(slice_of(s.r.next), "e");
	SAME(pass(&s), "e");
	SAME(pass(&s), "ab");
	there_are(&s, "ab");
	OK(!s.r.next);
	SAME(pass(&s), "ab");
	scene_free(&s);
}

static void when_it_went_during_the_pass_too(void)
{
	struct scene s;
	struct recovery_pass p;

	scene_init(&s, &robust, "abcd");
	s.greedy = 'a';
	recovery_begin(&s.r, &p, false, s.now);
	run(&s, &p, recovery_next(&s.r, &p, s.now)->name);
	there_are(&s, "acd");
	OK(!recovery_next(&s.r, &p, s.now));
	recovery_finish(&s.r, &p);
	SAME(pass(&s), "c");
	scene_free(&s);
}

static void newcomers_are_behind_wherever_a_pass_begins(void)
{
	struct scene s;

	scene_init(&s, &robust, "bcd");
	s.greedy = 'b';
	SAME(pass(&s), "b");
	there_are(&s, "abcd");
	s.greedy = 0;
	SAME(pass(&s), "cdab");
	SAME(pass(&s), "bcda");
	scene_free(&s);
}

static void without_rotation_the_place_to_begin_is_of_no_account(void)
{
	struct recovery_policy fixed = robust;
	struct scene s;

	fixed.rotate = false;
	scene_init(&s, &robust, "abc");
	s.greedy = 'a';
	SAME(pass(&s), "a");
	SAME(slice_of(s.r.next), "b");
	s.r.policy = &fixed;
	SAME(pass(&s), "a");
	scene_free(&s);
}

static void the_reason_is_that_of_the_last_strike(void)
{
	struct scene s;
	struct recovery_pass p;

	scene_init(&s, &robust, "a");
	s.crashes = 'a';
	SAME(pass(&s), "a!");
	after(&s, 1000);
	recovery_begin(&s.r, &p, false, s.now);
	recovery_next(&s.r, &p, s.now);
	recovery_ended(&s.r, &p, SLICE("a"), RECOVERY_TIMEOUT, 0, SLICE("took 30s"), s.now, 0);
	recovery_finish(&s.r, &p);
	SAME(slice_of(handler(&s, "a")->reason), "took 30s");
	scene_free(&s);
}

static void a_nested_pass_does_not_move_the_place_to_begin(void)
{
	struct scene s;
	struct recovery_pass outer, nested;

	scene_init(&s, &robust, "abc");
	s.greedy = 'a';
	recovery_begin(&s.r, &outer, false, s.now);
	recovery_next(&s.r, &outer, s.now);
	there_are(&s, "abcde");
	recovery_begin(&s.r, &nested, true, s.now);
	rest_of_pass(&s, &nested);
	SAME(buf_slice(&s.log), "d");
	recovery_finish(&s.r, &nested);
	run(&s, &outer, "a");
	rest_of_pass(&s, &outer);
	recovery_finish(&s.r, &outer);
	SAME(pass(&s), "b");
	scene_free(&s);
}

/* ---- passes that were killed ---- */

static void a_killed_pass_leaves_its_handlers_to_the_next_behind_what_it_ran(void)
{
	struct scene s;
	struct recovery_pass killed;

	scene_init(&s, &robust, "abcd");
	recovery_begin(&s.r, &killed, false, s.now);
	run(&s, &killed, recovery_next(&s.r, &killed, s.now)->name);
	SAME(slice_of(recovery_next(&s.r, &killed, s.now)->name), "b");
	SAME(pass(&s), "cdab");
	recovery_finish(&s.r, &killed);
	scene_free(&s);
}

static void a_killed_nested_pass_leaves_them_when_that_is_known(void)
{
	struct scene s;
	struct recovery_pass outer, killed;

	scene_init(&s, &meshos, "a");
	recovery_begin(&s.r, &outer, false, s.now);
	there_are(&s, "ab");
	recovery_begin(&s.r, &killed, true, s.now);
	recovery_finish(&s.r, &outer);
	/* It may be alive. */
	SAME(pass(&s), "a");
	recovery_free_nested(&s.r);
	SAME(pass(&s), "ab");
	recovery_finish(&s.r, &killed);
	scene_free(&s);
}

static void a_pass_that_is_broken_off_gives_back_what_it_had(void)
{
	struct scene s;
	struct recovery_pass p;

	scene_init(&s, &robust, "abc");
	recovery_begin(&s.r, &p, false, s.now);
	run(&s, &p, recovery_next(&s.r, &p, s.now)->name);
	recovery_finish(&s.r, &p);
	for (uint32_t i = 0; i < s.r.count; i++)
		EQ(s.r.handlers[i].pass, 0);
	SAME(pass(&s), "bca");
	scene_free(&s);
}

int main(void)
{
	RUN(a_wait_is_over_at_its_instant);
	RUN(waits_climb_to_their_most_and_strikes_without_a_limit_never_evict);
	RUN(a_run_without_a_fault_forgives);
	RUN(a_probe_that_finds_nothing_forgives_too);
	RUN(without_a_ladder_it_runs_again_in_the_next_pass);
	RUN(chance_takes_a_part_off_a_wait);
	RUN(one_that_waits_is_passed_over_and_counted);
	RUN(a_wait_may_end_during_a_pass);
	RUN(a_clock_that_goes_back_makes_no_wait_longer);
	RUN(times_at_the_end_of_time_do_not_overflow);
	RUN(more_than_was_left_counts_in_full);
	RUN(without_a_cap_any_number_is_left);
	RUN(a_pass_in_which_all_had_their_turn_begins_with_the_first_again);
	RUN(when_the_one_to_begin_with_goes_the_one_behind_it_does);
	RUN(when_it_went_during_the_pass_too);
	RUN(newcomers_are_behind_wherever_a_pass_begins);
	RUN(without_rotation_the_place_to_begin_is_of_no_account);
	RUN(the_reason_is_that_of_the_last_strike);
	RUN(a_nested_pass_does_not_move_the_place_to_begin);
	RUN(a_killed_pass_leaves_its_handlers_to_the_next_behind_what_it_ran);
	RUN(a_killed_nested_pass_leaves_them_when_that_is_known);
	RUN(a_pass_that_is_broken_off_gives_back_what_it_had);
	return t_done();
}
