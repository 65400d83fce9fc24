/* Recovery passes, walked by hand: section 10 of the reference, and D-27 by name. */
#include "recovery_scene.h"

/* ---- the reference ---- */

static void try_run_all_collects_recovered_slots_and_drops_panicking_handlers(void)
{
	struct scene s;
	struct recovery_pass p;

	scene_init(&s, &meshos, "axb");
	s.crashes = 'x';
	recovery_begin(&s.r, &p, false, s.now);
	rest_of_pass(&s, &p);
	SAME(buf_slice(&s.log), "ax#b");
	EQ(p.recovered, 2);
	recovery_finish(&s.r, &p);
	SAME(pass(&s), "ab");
	SAME(pass(&s), "ab");
	EQ(handler(&s, "x")->runs, 1);
	EQ(handler(&s, "x")->recovered, 0);
	recovery_begin(&s.r, &p, false, s.now);
	EQ(p.count, 2);
	recovery_finish(&s.r, &p);
	scene_free(&s);
}

static void try_run_all_allows_handler_to_register_new_handler(void)
{
	struct scene s;
	struct recovery_pass p;

	scene_init(&s, &meshos, "b");
	recovery_begin(&s.r, &p, false, s.now);
	SAME(slice_of(recovery_next(&s.r, &p, s.now)->name), "b");
	there_are(&s, "ab");
	run(&s, &p, "b");
	OK(!recovery_next(&s.r, &p, s.now));
	recovery_finish(&s.r, &p);
	/* Behind the survivor, though its name sorts first. */
	SAME(pass(&s), "ba");
	scene_free(&s);
}

/* The pure part: registering needs nothing of the pass that runs, and tells the count at once. */
static void register_during_try_run_all_does_not_block_indefinitely(void)
{
	struct scene s;
	struct recovery_pass p;

	scene_init(&s, &meshos, "a");
	recovery_begin(&s.r, &p, false, s.now);
	recovery_next(&s.r, &p, s.now);
	there_are(&s, "ab");
	EQ(s.r.count, 2);
	there_are(&s, "abc");
	EQ(s.r.count, 3);
	run(&s, &p, "a");
	recovery_finish(&s.r, &p);
	SAME(pass(&s), "abc");
	scene_free(&s);
}

static void a_nested_pass_sees_only_what_came_meanwhile(void)
{
	struct scene s;
	struct recovery_pass outer, nested;

	scene_init(&s, &robust, "ab");
	recovery_begin(&s.r, &outer, false, s.now);
	recovery_next(&s.r, &outer, s.now);

	recovery_begin(&s.r, &nested, true, s.now);
	EQ(nested.count, 0);
	OK(!recovery_next(&s.r, &nested, s.now));
	recovery_finish(&s.r, &nested);

	there_are(&s, "abcd");
	recovery_begin(&s.r, &nested, true, s.now);
	rest_of_pass(&s, &nested);
	SAME(buf_slice(&s.log), "cd");
	recovery_finish(&s.r, &nested);

	run(&s, &outer, "a");
	rest_of_pass(&s, &outer);
	SAME(buf_slice(&s.log), "cdab");
	recovery_finish(&s.r, &outer);
	SAME(pass(&s), "abcd");
	scene_free(&s);
}

static void two_nested_passes_share_what_came_meanwhile(void)
{
	struct scene s;
	struct recovery_pass outer, first, second;

	scene_init(&s, &meshos, "a");
	recovery_begin(&s.r, &outer, false, s.now);
	there_are(&s, "ab");
	recovery_begin(&s.r, &first, true, s.now);
	there_are(&s, "abc");
	recovery_begin(&s.r, &second, true, s.now);
	rest_of_pass(&s, &second);
	rest_of_pass(&s, &first);
	rest_of_pass(&s, &outer);
	SAME(buf_slice(&s.log), "cba");
	OK(outer.number != first.number && first.number != second.number);
	recovery_finish(&s.r, &outer);
	recovery_finish(&s.r, &first);
	recovery_finish(&s.r, &second);
	scene_free(&s);
}

static void what_is_removed_is_forgotten_with_its_strikes(void)
{
	struct scene s;

	scene_init(&s, &meshos, "ab");
	s.crashes = 'a';
	SAME(pass(&s), "a#b");
	there_are(&s, "b");
	EQ(s.r.count, 1);
	there_are(&s, "ab");
	s.crashes = 0;
	SAME(pass(&s), "ba");
	EQ(handler(&s, "a")->strikes, 0);
	OK(!handler(&s, "a")->reason);
	scene_free(&s);
}

static void what_is_removed_during_a_pass_has_no_turn(void)
{
	struct scene s;
	struct recovery_pass p;

	scene_init(&s, &meshos, "abc");
	recovery_begin(&s.r, &p, false, s.now);
	recovery_next(&s.r, &p, s.now);
	there_are(&s, "c");
	run(&s, &p, "a");
	rest_of_pass(&s, &p);
	SAME(buf_slice(&s.log), "a?c");
	EQ(p.recovered, 2);
	EQ(p.done, 3);
	EQ(p.waiting, 0);
	recovery_finish(&s.r, &p);
	scene_free(&s);
}

static void what_went_and_came_back_during_a_pass_runs_from_the_next_on(void)
{
	struct scene s;
	struct recovery_pass p, nested;

	scene_init(&s, &meshos, "ab");
	recovery_begin(&s.r, &p, false, s.now);
	recovery_next(&s.r, &p, s.now);
	there_are(&s, "a");
	there_are(&s, "ab");
	run(&s, &p, "a");
	OK(!recovery_next(&s.r, &p, s.now));
	recovery_begin(&s.r, &nested, true, s.now);
	rest_of_pass(&s, &nested);
	SAME(buf_slice(&s.log), "ab");
	recovery_finish(&s.r, &nested);
	recovery_finish(&s.r, &p);
	SAME(pass(&s), "ab");
	scene_free(&s);
}

static void an_exit_status_is_no_fault_in_the_reference(void)
{
	struct scene s;
	struct recovery_pass p;

	scene_init(&s, &meshos, "a");
	recovery_begin(&s.r, &p, false, s.now);
	recovery_next(&s.r, &p, s.now);
	EQ(end(&s, &p, "a", RECOVERY_EXIT, 2), RECOVERY_FINE);
	EQ(p.recovered, 2);
	recovery_finish(&s.r, &p);
	EQ(handler(&s, "a")->strikes, 0);
	scene_free(&s);
}

static void a_timeout_evicts_like_a_crash_in_the_reference(void)
{
	struct scene s;
	struct recovery_pass p;

	scene_init(&s, &meshos, "a");
	recovery_begin(&s.r, &p, false, s.now);
	recovery_next(&s.r, &p, s.now);
	EQ(end(&s, &p, "a", RECOVERY_TIMEOUT, 2), RECOVERY_OUT);
	EQ(p.recovered, 0);
	recovery_finish(&s.r, &p);
	SAME(pass(&s), "");
	scene_free(&s);
}

static void log_news(void *user, const struct recovery_handler *h, bool added)
{
	struct buf *log = user;

	buf_add_char(log, added ? '+' : '-');
	buf_add_text(log, h->name);
}

static void names_are_told_when_they_come_and_go(void)
{
	const char *before[] = { "b", "a", "c" }, *now[] = { "d", "c", "e", "c" };
	struct buf log = { 0 };
	struct recovery r;

	recovery_init(&r, &meshos);
	recovery_sync(&r, before, 3, log_news, &log);
	SAME(buf_slice(&log), "+b+a+c");
	buf_clear(&log);
	recovery_sync(&r, now, 4, log_news, &log);
	SAME(buf_slice(&log), "-b-a+d+e");
	buf_clear(&log);
	recovery_sync(&r, now, 4, log_news, &log);
	EQ(log.n, 0);
	recovery_sync(&r, NULL, 0, log_news, &log);
	SAME(buf_slice(&log), "-c-d-e");
	EQ(r.count, 0);
	recovery_free(&r);
	buf_free(&log);
}

/* ---- D-27 ---- */

static void D_27_one_crash_does_not_evict(void)
{
	struct scene s;

	scene_init(&s, &robust, "ab");
	s.crashes = 'a';
	SAME(pass(&s), "a!b");
	EQ(handler(&s, "a")->state, RECOVERY_WAITING);
	EQ(handler(&s, "a")->strikes, 1);
	SAME(pass(&s), "b");
	after(&s, 1000);
	SAME(pass(&s), "a!b");
	after(&s, 2000);
	SAME(pass(&s), "a#b");
	after(&s, 1000 * 60 * 60 * 24);
	SAME(pass(&s), "b");
	scene_free(&s);
}

static void D_27_an_eviction_says_who_and_why(void)
{
	struct scene s;
	struct recovery_pass p;

	scene_init(&s, &meshos, "a");
	recovery_begin(&s.r, &p, false, s.now);
	after(&s, 7);
	recovery_next(&s.r, &p, s.now);
	EQ(end(&s, &p, "a", RECOVERY_CRASH, 3), RECOVERY_OUT);
	const struct recovery_handler *h = handler(&s, "a");
	SAME(slice_of(h->reason), "killed by SEGV");
	EQ(h->state, RECOVERY_EVICTED);
	EQ(h->at.ns, 7 * NS_PER_MS);
	EQ(h->runs, 1);
	EQ(h->recovered, 0);
	recovery_finish(&s.r, &p);
	scene_free(&s);
}

static void D_27_who_was_evicted_can_be_readmitted(void)
{
	struct scene s;

	scene_init(&s, &meshos, "ab");
	OK(!recovery_readmit(handler(&s, "a")));
	s.crashes = 'a';
	SAME(pass(&s), "a#b");
	OK(recovery_readmit(handler(&s, "a")));
	OK(!recovery_readmit(handler(&s, "a")));
	s.crashes = 0;
	SAME(pass(&s), "ab");
	scene_free(&s);
}

static void D_27_readmitting_forgets_strikes_and_the_ladder(void)
{
	struct scene s;

	scene_init(&s, &robust, "a");
	s.crashes = 'a';
	SAME(pass(&s), "a!");
	after(&s, 1000);
	SAME(pass(&s), "a!");
	OK(recovery_readmit(handler(&s, "a")));
	SAME(pass(&s), "a!");
	EQ(handler(&s, "a")->strikes, 1);
	EQ(handler(&s, "a")->until.ns, 2000 * NS_PER_MS);
	scene_free(&s);
}

static void D_27_during_a_pass_readmitting_is_for_the_next_one(void)
{
	struct scene s;
	struct recovery_pass p;

	scene_init(&s, &meshos, "ab");
	s.crashes = 'a';
	recovery_begin(&s.r, &p, false, s.now);
	run(&s, &p, recovery_next(&s.r, &p, s.now)->name);
	OK(recovery_readmit(handler(&s, "a")));
	rest_of_pass(&s, &p);
	SAME(buf_slice(&s.log), "a#b");
	recovery_finish(&s.r, &p);
	SAME(pass(&s), "a#b");
	scene_free(&s);
}

static void D_27_a_timeout_is_a_strike_and_its_results_do_not_count(void)
{
	struct scene s;
	struct recovery_pass p;

	scene_init(&s, &robust, "a");
	recovery_begin(&s.r, &p, false, s.now);
	recovery_next(&s.r, &p, s.now);
	EQ(end(&s, &p, "a", RECOVERY_TIMEOUT, 3), RECOVERY_STRUCK);
	EQ(p.recovered, 0);
	recovery_finish(&s.r, &p);
	scene_free(&s);
}

static void D_27_an_exit_status_is_a_strike_and_its_results_count(void)
{
	struct scene s;
	struct recovery_pass p;

	scene_init(&s, &robust, "a");
	recovery_begin(&s.r, &p, false, s.now);
	recovery_next(&s.r, &p, s.now);
	EQ(end(&s, &p, "a", RECOVERY_EXIT, 3), RECOVERY_STRUCK);
	EQ(p.recovered, 3);
	EQ(recovery_left(&s.r, &p), 1);
	EQ(handler(&s, "a")->recovered, 3);
	recovery_finish(&s.r, &p);
	scene_free(&s);
}

static void D_27_greedy_handlers_do_not_starve_the_rest(void)
{
	struct scene s;

	scene_init(&s, &robust, "abcdef");
	s.greedy = 'a';
	SAME(pass(&s), "a");
	SAME(pass(&s), "b");
	SAME(pass(&s), "c");
	SAME(pass(&s), "d");
	SAME(pass(&s), "e");
	SAME(pass(&s), "f");
	SAME(pass(&s), "a");
	scene_free(&s);
}

static void D_27_without_rotation_they_do(void)
{
	struct recovery_policy capped = meshos;
	struct scene s;

	capped.cap = 4;
	scene_init(&s, &capped, "abcdef");
	SAME(pass(&s), "abcd");
	SAME(pass(&s), "abcd");
	OK(!s.r.next);
	scene_free(&s);
}

static void D_27_a_handler_whose_probe_finds_nothing_uses_up_nothing(void)
{
	struct scene s;
	struct recovery_pass p;

	scene_init(&s, &robust, "abcdef");
	recovery_begin(&s.r, &p, false, s.now);
	for (struct recovery_handler *h; (h = recovery_next(&s.r, &p, s.now));)
		EQ(end(&s, &p, h->name, RECOVERY_NOTHING, 0), RECOVERY_FINE);
	EQ(p.done, 6);
	EQ(recovery_left(&s.r, &p), 4);
	EQ(handler(&s, "f")->runs, 0);
	recovery_finish(&s.r, &p);
	scene_free(&s);
}

int main(void)
{
	RUN(try_run_all_collects_recovered_slots_and_drops_panicking_handlers);
	RUN(try_run_all_allows_handler_to_register_new_handler);
	RUN(register_during_try_run_all_does_not_block_indefinitely);
	RUN(a_nested_pass_sees_only_what_came_meanwhile);
	RUN(two_nested_passes_share_what_came_meanwhile);
	RUN(what_is_removed_is_forgotten_with_its_strikes);
	RUN(what_is_removed_during_a_pass_has_no_turn);
	RUN(what_went_and_came_back_during_a_pass_runs_from_the_next_on);
	RUN(an_exit_status_is_no_fault_in_the_reference);
	RUN(a_timeout_evicts_like_a_crash_in_the_reference);
	RUN(names_are_told_when_they_come_and_go);
	RUN(D_27_one_crash_does_not_evict);
	RUN(D_27_an_eviction_says_who_and_why);
	RUN(D_27_who_was_evicted_can_be_readmitted);
	RUN(D_27_readmitting_forgets_strikes_and_the_ladder);
	RUN(D_27_during_a_pass_readmitting_is_for_the_next_one);
	RUN(D_27_a_timeout_is_a_strike_and_its_results_do_not_count);
	RUN(D_27_an_exit_status_is_a_strike_and_its_results_count);
	RUN(D_27_greedy_handlers_do_not_starve_the_rest);
	RUN(D_27_without_rotation_they_do);
	RUN(D_27_a_handler_whose_probe_finds_nothing_uses_up_nothing);
	return t_done();
}
