/* Where slots that are not healthy are placed: reference section 10, and 13 by behaviour. */
#include "placement_scene.h"

/* ---- the reference's own tests ---- */

static void try_recover_skips_unhealthy_active_and_preserves_state(void)
{
	fresh(false);
	told("n1 down; n2; n3; n4; g/0 at n1 down active @7; g/1 at n2 standby; g/2 at n3 standby");
	SAME(pass(), "");
	EQ(sum.placed + sum.unplaced + sum.left, 0);
	struct placement_mark mark;
	OK(placement_mark(scene, 0, &mark));
	EQ(mark.term, 7);
	/* It is where it was: its node is no place for others of the group once it is healthy. */
	told("g/0 at n1 active; n1; g/2 at n3 down standby; n3 down; n4 down");
	SAME(pass(), "g/2 n3 crowded\n");
}

static void try_recover_bumps_term_on_standby_replacement(void)
{
	fresh(false);
	told("n1; n2 down; n3; g/0 at n1 active @7; g/1 at n2 down standby @7");
	SAME(pass(), "g/1 n2>n3 standby @8\n");
	told("g/1 at n3 down standby @7; n3 down; n2");
	SAME(pass(), "g/1 n3>n2 standby @9\n");
}

static void try_recover_repairs_standby_even_when_active_also_unhealthy(void)
{
	fresh(false);
	told("n1 down; n2 down; n3; g/0 at n1 down active; g/1 at n2 down standby");
	SAME(pass(), "g/1 n2>n3 standby @1\n");
	EQ(sum.placed, 1);
	EQ(sum.left, 0);
}

/* ---- which slots ---- */

static void the_first_four_are_looked_at_in_the_order_of_their_numbers(void)
{
	fresh(false);
	told("n1; n2; n3; n4; n5; n6");
	told("g/9 down; g/2 down; g/0; g/18446744073709551615 down; g/5 down; g/3 down");
	SAME(pass(), "g/2 >n1 @1\ng/3 >n2 @1\ng/5 >n3 @1\ng/9 >n4 @1\n");
	EQ(sum.placed, 4);
	EQ(sum.left, 1);
	SAME(pass(), "g/18446744073709551615 >n5 @2\n");
}

static void every_group_has_four_of_its_own(void)
{
	fresh(false);
	told("n1; n2; n3; n4; n5; n6; n7; n8");
	told("a/0 down; a/1 down; a/2 down; a/3 down; a/4 down; b/0 down");
	pass();
	EQ(sum.placed, 5);
	EQ(sum.left, 1);
}

static void groups_have_their_turns_in_the_order_in_which_they_came(void)
{
	fresh(false);
	told("n1; n2; z/0 down; a/0 down; m/0 down");
	SAME(pass(), "z/0 >n1 @1\na/0 >n2 @1\nm/0 >n1 @1\n");
}

static void an_active_slot_is_not_among_the_four(void)
{
	fresh(false);
	told("n1; n2; n3; n4; n5; g/0 down active; g/1 down standby; g/2 down standby");
	told("g/3 down standby; g/4 down standby");
	pass();
	EQ(sum.placed, 4);
	EQ(sum.left, 0);
}

/* ---- which nodes ---- */

static void nodes_of_healthy_members_are_no_place(void)
{
	fresh(false);
	told("n1; n2; n3; g/0 at n1; g/1 at n2; g/2 at n9 down");
	SAME(pass(), "g/2 n9>n3 @1\n");
}

static void nodes_of_members_that_are_not_healthy_are_a_place(void)
{
	fresh(false);
	told("n1; g/0 at n1 down active; g/1 down standby");
	SAME(pass(), "g/1 >n1 standby @1\n");
}

static void a_node_is_used_once_in_a_pass(void)
{
	fresh(false);
	told("n1; n2; g/0 down; g/1 down; g/2 down");
	SAME(pass(), "g/0 >n1 @1\ng/1 >n2 @1\ng/2  crowded\n");
	EQ(sum.unplaced, 1);
}

static void another_group_may_use_the_same_node(void)
{
	fresh(false);
	told("n1; g/0 down; h/0 down");
	SAME(pass(), "g/0 >n1 @1\nh/0 >n1 @1\n");
}

static void nodes_that_are_not_healthy_or_have_no_record_are_no_place(void)
{
	fresh(false);
	told("n1 down; g/0 at n2; g/1 at n1 down");
	SAME(pass(), "g/1 n1 nowhere\n");
	told("n2; g/0 at n3");
	SAME(pass(), "g/1 n1>n2 @1\n");
}

static void without_nodes_there_is_no_place(void)
{
	fresh(false);
	told("g/0 down; g/1 at n1 down");
	SAME(pass(), "g/0  nowhere\ng/1 n1 nowhere\n");
	EQ(sum.unplaced, 2);
}

static void a_slot_may_go_back_to_its_own_node(void)
{
	fresh(false);
	told("n1; g/0 at n1 down");
	SAME(pass(), "g/0 n1>n1 @1\n");
}

static void the_latest_word_on_a_node_counts(void)
{
	fresh(false);
	told("n1; n2; n1 down; n2 in b; g/0 down; g/1 down in b");
	SAME(pass(), "g/0 >n2 @1\ng/1  crowded\n");
}

/* ---- which of them first ---- */

static void the_least_loaded_node_comes_first(void)
{
	fresh(false);
	told("n1; n2; n3; a/0 at n1; a/1 at n2; b/0 at n1; b/1 at n3; c/0 at n3; g/0 down");
	SAME(pass(), "g/0 >n2 @1\n");
	told("g/1 down");
	SAME(pass(), "g/1 >n1 @2\n"); /* 2, 2 and 2: n2 has g/0 */
}

static void what_is_not_healthy_loads_its_node_too(void)
{
	fresh(false);
	told("n1; n2; a/0 at n1 down active; g/0 down");
	SAME(pass(), "g/0 >n2 @1\n");
}

static void among_equals_the_first_record_wins(void)
{
	fresh(false);
	told("g/0 at n9; n5; n9; n1; n5; h/0 down; h/1 down; h/2 down");
	SAME(pass(), "h/0 >n5 @1\nh/1 >n1 @1\nh/2 >n9 @1\n");
}

static void a_slot_is_no_load_for_itself(void)
{
	fresh(false);
	told("n1; n2; a/0 at n1; g/0 at n2 down");
	SAME(pass(), "g/0 n2>n2 @1\n");
	/* And no other slot sees it as lighter when it found no place and stayed. */
	told("h/0 at n2 down in z; i/0 down");
	SAME(pass(), "h/0 n2 nowhere\ni/0 >n1 @1\n");
}

static void what_was_placed_counts_at_once(void)
{
	fresh(false);
	told("n1; n2; a/0 down; b/0 down; c/0 down; d/0 down");
	SAME(pass(), "a/0 >n1 @1\nb/0 >n2 @1\nc/0 >n1 @1\nd/0 >n2 @1\n");
}

static void a_move_takes_the_load_along(void)
{
	fresh(false);
	told("n1; n2; x/0 at n1; x/1 at n2; a/0 at n1 down; a/1 at n1; b/0 down");
	SAME(pass(), "a/0 n1>n2 @1\nb/0 >n1 @1\n"); /* 2 and 2 */
}

/* ---- zones ---- */

static void a_slot_with_a_zone_goes_nowhere_else(void)
{
	fresh(false);
	told("n1; n2 in a; n3 in b; g/0 down in b; g/1 down in c; g/2 down; g/3 down in a");
	SAME(pass(), "g/0 >n3 @1\ng/1  nowhere\ng/2 >n1 @1\ng/3 >n2 @1\n");
}

static void a_full_zone_is_crowded_an_empty_one_is_none(void)
{
	fresh(false);
	told("n1 in a; n2 in b down; n3; g/0 at n1; g/1 down in a; g/2 down in b");
	SAME(pass(), "g/1  crowded\ng/2  nowhere\n");
}

/* ---- terms ---- */

static void the_greatest_term_that_is_told_counts(void)
{
	fresh(false);
	told("n1; n2; n3; g @9; g/0 at n1 @12; g/1 at n2 @4; g/2 down @11");
	SAME(pass(), "g/2 >n3 @13\n");
}

static void a_pass_without_a_placement_leaves_the_term(void)
{
	fresh(false);
	told("g @9; g/0 down");
	SAME(pass(), "g/0  nowhere\n");
	told("n1");
	SAME(pass(), "g/0 >n1 @10\n");
}

static void all_of_a_pass_have_the_same_term(void)
{
	fresh(false);
	told("n1 in a; n2; g/0 down in x @5; g/1 down; g/2 down");
	SAME(pass(), "g/0  nowhere\ng/1 >n1 @6\ng/2 >n2 @6\n");
}

static void the_term_saturates(void)
{
	fresh(false);
	told("n1; g/0 down @18446744073709551614");
	SAME(pass(), "g/0 >n1 @18446744073709551615\n");
	told("g/0 at n1 down");
	SAME(pass(), "g/0 n1>n1 @18446744073709551615\n");
}

/* ---- passes ---- */

static void what_was_placed_is_taken_for_granted(void)
{
	fresh(false);
	told("n1; n2; g/0 down; g/1 down");
	SAME(pass(), "g/0 >n1 @1\ng/1 >n2 @1\n");
	SAME(pass(), "");
	told("g/2 down");
	SAME(pass(), "g/2  crowded\n");
	told("g/0 at n1 down");
	SAME(pass(), "g/0 n1>n1 @2\ng/2  crowded\n");
}

static void what_found_no_place_is_told_in_each_pass(void)
{
	fresh(false);
	told("g/0 down");
	SAME(pass(), "g/0  nowhere\n");
	SAME(pass(), "g/0  nowhere\n");
}

static void nothing_known_is_nothing_to_do(void)
{
	fresh(true);
	SAME(pass(), "");
	told("n1");
	SAME(pass(), "");
	told("g/0 at n1; h @3; i/0 active");
	SAME(pass(), "");
}

static void a_group_with_an_active_slot_alone_needs_nothing(void)
{
	fresh(true);
	told("n1; g/0 at n1 down active");
	SAME(pass(), "");
	told("g/0 at n1 down standby"); /* somebody else was promoted */
	SAME(pass(), "g/0 n1>n1 standby @1\n");
}

/* ---- D-27 ---- */

/* Zone c is gone, with the four slots that have to be there. */
static void zone_c_is_gone(void)
{
	told("a1 in a; c1 in c down; g/0 at c1 down in c; g/1 at c1 down in c");
	told("g/2 at c1 down in c; g/3 at c1 down in c; g/4 at c1 down in a");
}

static void D_27_in_the_reference_four_unplaceable_slots_starve_the_rest(void)
{
	fresh(false);
	zone_c_is_gone();
	for (int i = 0; i < 100; i++) {
		SAME(pass(), "g/0 c1 nowhere\ng/1 c1 nowhere\ng/2 c1 nowhere\ng/3 c1 nowhere\n");
		EQ(sum.unplaced, 4);
		EQ(sum.left, 1);
	}
	told("g/3 at c1 in c"); /* three are not enough for that */
	SAME(pass(), "g/0 c1 nowhere\ng/1 c1 nowhere\ng/2 c1 nowhere\ng/4 c1>a1 @1\n");
}

static void D_27_four_unplaceable_slots_do_not_starve_the_rest(void)
{
	fresh(true);
	zone_c_is_gone();
	SAME(pass(), "g/0 c1 nowhere\ng/1 c1 nowhere\ng/2 c1 nowhere\ng/3 c1 nowhere\n"
	             "g/4 c1>a1 @1\n");
	EQ(sum.left, 0);
	/* It was the last one, not the first. */
	SAME(pass(), "g/1 c1 nowhere\ng/2 c1 nowhere\ng/3 c1 nowhere\ng/0 c1 nowhere\n");
}

/* Four that fail again as soon as they were placed. */
static void four_fail_again(void)
{
	told("g/0 down; g/1 down; g/2 down; g/3 down");
}

static void D_27_four_slots_that_keep_failing_do_not_starve_the_rest(void)
{
	const char *first_four = "g/0 >n1 @1\ng/1 >n2 @1\ng/2 >n3 @1\ng/3 >n4 @1\n";

	fresh(true);
	told("n1; n2; n3; n4; n5; g/4 down");
	four_fail_again();
	SAME(pass(), first_four);
	EQ(sum.left, 1);
	four_fail_again();
	SAME(pass(), "g/4 >n1 @2\ng/0 >n2 @2\ng/1 >n3 @2\ng/2 >n4 @2\n");

	fresh(false);
	told("n1; n2; n3; n4; n5; g/4 down");
	four_fail_again();
	SAME(pass(), first_four);
	four_fail_again();
	pass();
	EQ(sum.placed, 4);
	EQ(sum.left, 1);
}

static void with_rotation_a_pass_begins_with_the_first_that_was_not_placed(void)
{
	fresh(true);
	told("n1; g/3 down; g/5 down; g/8 down");
	SAME(pass(), "g/3 >n1 @1\ng/5  crowded\ng/8  crowded\n");
	told("g/3 at n1 down");
	SAME(pass(), "g/5 >n1 @2\ng/8  crowded\ng/3 n1 crowded\n");
	told("g/5 at n1 down");
	SAME(pass(), "g/8 >n1 @3\ng/3 n1 crowded\ng/5 n1 crowded\n");
	told("g/8 at n1 down");
	SAME(pass(), "g/3 n1>n1 @4\ng/5 n1 crowded\ng/8 n1 crowded\n");
}

/* Two zones, each with one node: behind the last one that was placed would be 0 for ever. */
static void the_turn_does_not_pass_over_one_that_found_no_place(void)
{
	fresh(true);
	told("a1 in a; b1 in b; g/0 down in a; g/1 down in a; g/2 down in b");
	SAME(pass(), "g/0 >a1 @1\ng/1  crowded\ng/2 >b1 @1\n");
	told("g/0 down in a; g/2 down in b");
	SAME(pass(), "g/1 >a1 @2\ng/2 >b1 @2\ng/0  crowded\n");
	told("g/1 down in a; g/2 down in b");
	SAME(pass(), "g/0 >a1 @3\ng/1  crowded\ng/2 >b1 @3\n");
}

static void behind_the_greatest_slot_comes_the_first(void)
{
	fresh(true);
	told("n1; g/18446744073709551615 down");
	SAME(pass(), "g/18446744073709551615 >n1 @1\n");
	told("g/18446744073709551615 at n1 down; g/0 down");
	SAME(pass(), "g/0 >n1 @2\ng/18446744073709551615 n1 crowded\n");
}

/* ---- what outlives us ---- */

static void a_mark_goes_on_where_the_last_one_was(void)
{
	struct placement_mark mark;

	fresh(true);
	told("n1; g/3 down @7; g/5 down");
	pass();
	OK(placement_mark(scene, 0, &mark));
	SAME(mark.group, "g");
	EQ(mark.term, 8);
	EQ(mark.next, 5);
	OK(!placement_mark(scene, 1, &mark));

	fresh(true);
	told("n1; g/3 down @6; g/5 down");
	placement_resume(scene, &(struct placement_mark){ SLICE("h"), 5, 2 });
	placement_resume(scene, &(struct placement_mark){ SLICE("g"), 8, 5 });
	SAME(pass(), "g/5 >n1 @9\ng/3  crowded\n");
	OK(placement_mark(scene, 1, &mark));
	SAME(mark.group, "h");
	EQ(mark.next, 2);
}

static void a_mark_never_lowers_a_term(void)
{
	fresh(false);
	told("n1; g/0 down @6");
	placement_resume(scene, &(struct placement_mark){ SLICE("g"), 3, 0 });
	SAME(pass(), "g/0 >n1 @7\n");
}

static void the_reference_has_no_place_to_begin_with(void)
{
	struct placement_mark mark;

	fresh(false);
	told("n1; g/3 down; g/5 down");
	placement_resume(scene, &(struct placement_mark){ SLICE("g"), 0, 4 });
	SAME(pass(), "g/3 >n1 @1\ng/5  crowded\n");
	OK(placement_mark(scene, 0, &mark));
	EQ(mark.next, 4);
}

int main(void)
{
	RUN(try_recover_skips_unhealthy_active_and_preserves_state);
	RUN(try_recover_bumps_term_on_standby_replacement);
	RUN(try_recover_repairs_standby_even_when_active_also_unhealthy);
	RUN(the_first_four_are_looked_at_in_the_order_of_their_numbers);
	RUN(every_group_has_four_of_its_own);
	RUN(groups_have_their_turns_in_the_order_in_which_they_came);
	RUN(an_active_slot_is_not_among_the_four);
	RUN(nodes_of_healthy_members_are_no_place);
	RUN(nodes_of_members_that_are_not_healthy_are_a_place);
	RUN(a_node_is_used_once_in_a_pass);
	RUN(another_group_may_use_the_same_node);
	RUN(nodes_that_are_not_healthy_or_have_no_record_are_no_place);
	RUN(without_nodes_there_is_no_place);
	RUN(a_slot_may_go_back_to_its_own_node);
	RUN(the_latest_word_on_a_node_counts);
	RUN(the_least_loaded_node_comes_first);
	RUN(what_is_not_healthy_loads_its_node_too);
	RUN(among_equals_the_first_record_wins);
	RUN(a_slot_is_no_load_for_itself);
	RUN(what_was_placed_counts_at_once);
	RUN(a_move_takes_the_load_along);
	RUN(a_slot_with_a_zone_goes_nowhere_else);
	RUN(a_full_zone_is_crowded_an_empty_one_is_none);
	RUN(the_greatest_term_that_is_told_counts);
	RUN(a_pass_without_a_placement_leaves_the_term);
	RUN(all_of_a_pass_have_the_same_term);
	RUN(the_term_saturates);
	RUN(what_was_placed_is_taken_for_granted);
	RUN(what_found_no_place_is_told_in_each_pass);
	RUN(nothing_known_is_nothing_to_do);
	RUN(a_group_with_an_active_slot_alone_needs_nothing);
	RUN(D_27_in_the_reference_four_unplaceable_slots_starve_the_rest);
	RUN(D_27_four_unplaceable_slots_do_not_starve_the_rest);
	RUN(D_27_four_slots_that_keep_failing_do_not_starve_the_rest);
	RUN(with_rotation_a_pass_begins_with_the_first_that_was_not_placed);
	RUN(the_turn_does_not_pass_over_one_that_found_no_place);
	RUN(behind_the_greatest_slot_comes_the_first);
	RUN(a_mark_goes_on_where_the_last_one_was);
	RUN(a_mark_never_lowers_a_term);
	RUN(the_reference_has_no_place_to_begin_with);
	scene_close();
	return t_done();
}
