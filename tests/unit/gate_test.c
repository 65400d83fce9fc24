/* Admission: the presets as they are shipped, by behaviour (reference sections
 * 3 to 5). gate_property_test.c has the gate against a naive model. */
#include "gate_scene.h"

/* ---- pulls and drops ---- */

static void the_first_pull_is_admitted(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	admitted(ask(&w, "pull_replica", 1, 0));
	close_scene(&w);
}

static void a_second_pull_within_the_cooldown_is_deferred_until_its_end(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	admitted(ask(&w, "pull_replica", 1, 0));
	deferred(&w, ask(&w, "pull_replica", 2, 100), "pull-cooldown", 250);
	close_scene(&w);
}

static void a_pull_after_the_cooldown_is_admitted(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	ask(&w, "pull_replica", 1, 0);
	admitted(ask(&w, "pull_replica", 2, 300));
	close_scene(&w);
}

static void a_deferred_pull_is_admitted_exactly_when_promised_and_not_before(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	ask(&w, "pull_replica", 1, 0);
	struct verdict v = ask(&w, "pull_replica", 2, 100);
	EQ(ask_at(&w, "pull_replica", 2, (instant){ v.until.ns - 1 }).decision, DECISION_DEFER);
	admitted(ask_at(&w, "pull_replica", 2, v.until));
	close_scene(&w);
}

static void stabilization_blocks_the_same_chain(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	ask(&w, "pull_replica", 1, 0);
	deferred(&w, ask(&w, "pull_replica", 1, 30000), "chain-window", 60000);
	close_scene(&w);
}

static void stabilization_releases_the_chain_at_the_end_of_its_window(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	ask(&w, "pull_replica", 1, 0);
	ask(&w, "pull_replica", 2, 1000);
	admitted(ask(&w, "pull_replica", 1, 60000));
	admitted(ask(&w, "pull_replica", 2, 62000));
	close_scene(&w);
}

static void a_drop_observes_the_window_of_the_chain(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	ask(&w, "pull_replica", 1, 0);
	deferred(&w, ask(&w, "drop_replica", 1, 10000), "chain-window", 60000);
	close_scene(&w);
}

static void a_drop_closes_the_chain_but_neither_reads_nor_starts_the_pull_cooldown(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	ask(&w, "pull_replica", 1, 0);
	admitted(ask(&w, "drop_replica", 2, 100));
	admitted(ask(&w, "pull_replica", 3, 250));
	deferred(&w, ask(&w, "pull_replica", 2, 500), "chain-window", 60100);
	close_scene(&w);
}

static void a_refused_action_leaves_no_mark(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	ask(&w, "pull_replica", 1, 0);
	/* Its chain must not be closed by a pull that the cooldown refused. */
	deferred(&w, ask(&w, "pull_replica", 2, 100), "pull-cooldown", 250);
	admitted(ask(&w, "drop_replica", 2, 101));
	/* Nor may a refusal lengthen the cooldown. */
	admitted(ask(&w, "pull_replica", 3, 250));
	close_scene(&w);
}

static void a_pull_that_is_refused_by_its_chain_does_not_start_the_cooldown(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	ask(&w, "drop_replica", 1, 0);
	deferred(&w, ask(&w, "pull_replica", 1, 10), "chain-window", 60000);
	admitted(ask(&w, "pull_replica", 2, 11));
	close_scene(&w);
}

static void D_16_the_reference_hint_is_that_of_the_first_closed_rule(void)
{
	struct scene w;

	open_set(&w, "meshos", "rules.pull-cooldown.window=2m");
	ask(&w, "pull_replica", 1, 0);
	deferred(&w, ask(&w, "pull_replica", 1, 100), "chain-window", 60000);
	deferred(&w, ask(&w, "pull_replica", 1, 60000), "pull-cooldown", 120000);
	close_scene(&w);
}

static void D_16_the_robust_hint_is_that_of_the_longest_closed_rule(void)
{
	struct scene w;

	open_set(&w, "robust", "rules.pull-cooldown.window=2m");
	ask(&w, "pull_replica", 1, 0);
	deferred(&w, ask(&w, "pull_replica", 1, 100), "chain-window", 120000);
	admitted(ask(&w, "pull_replica", 1, 120000));
	close_scene(&w);
}

/* ---- migrations ---- */

static void the_eleventh_migration_within_a_second_is_deferred(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	ten_migrations_at(&w, 0);
	EQ(ask(&w, "migrate_blob", 1, 0).decision, DECISION_DEFER);
	close_scene(&w);
}

static void the_window_of_the_migrations_slides(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	for (int64_t i = 0; i < 10; i++)
		admitted(ask(&w, "migrate_blob", 1, i * 50));
	/* The first leaves at 1000 exactly, the second at 1050. */
	EQ(ask_at(&w, "migrate_blob", 1, (instant){ instant_ms(1000).ns - 1 }).decision,
	   DECISION_DEFER);
	admitted(ask(&w, "migrate_blob", 1, 1000));
	EQ(ask(&w, "migrate_blob", 1, 1049).decision, DECISION_DEFER);
	admitted(ask(&w, "migrate_blob", 1, 1050));
	admitted(ask(&w, "migrate_blob", 1, 3000));
	close_scene(&w);
}

static void D_5_the_reference_hint_of_a_full_migration_window_is_always_100_ms(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	ten_migrations_at(&w, 0);
	deferred(&w, ask(&w, "migrate_blob", 1, 1), "drain-rate", 101);
	deferred(&w, ask(&w, "migrate_blob", 1, 999), "drain-rate", 1099);
	close_scene(&w);
}

static void D_5_the_robust_hint_is_when_the_needed_slot_frees(void)
{
	struct scene w;

	open_preset(&w, "robust");
	for (int64_t i = 0; i < 10; i++)
		admitted(ask(&w, "migrate_blob", 1, i * 10));
	struct verdict v = ask(&w, "migrate_blob", 1, 500);
	deferred(&w, v, "drain-rate", 1000);
	EQ(ask_at(&w, "migrate_blob", 1, (instant){ v.until.ns - 1 }).decision, DECISION_DEFER);
	admitted(ask_at(&w, "migrate_blob", 1, v.until));
	deferred(&w, ask(&w, "migrate_blob", 1, 1000), "drain-rate", 1010);
	close_scene(&w);
}

static void D_5_a_fixed_hint_of_nothing_would_never_end_and_means_the_exact_time(void)
{
	struct scene w;

	open_preset(&w, "robust");
	w.policy.rules[rule(&w, "drain-rate")].retry_after = (span){ 0 };
	ten_migrations_at(&w, 0);
	deferred(&w, ask(&w, "migrate_blob", 1, 10), "drain-rate", 1000);
	close_scene(&w);
}

static void D_4_the_reference_has_one_migration_limit_for_all_sources(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	ten_migrations_at(&w, 0);
	EQ(ask(&w, "migrate_blob", 2, 0).decision, DECISION_DEFER);
	close_scene(&w);
}

static void D_4_the_robust_migration_limit_is_one_for_each_source(void)
{
	struct scene w;

	open_preset(&w, "robust");
	ten_migrations_at(&w, 0);
	EQ(ask(&w, "migrate_blob", 1, 0).decision, DECISION_DEFER);
	for (int i = 0; i < 10; i++)
		admitted(ask(&w, "migrate_blob", 2, 0));
	EQ(ask(&w, "migrate_blob", 2, 0).decision, DECISION_DEFER);
	close_scene(&w);
}

static void a_rate_of_none_admits_none(void)
{
	struct scene w;

	open_set(&w, "meshos", "rules.drain-rate.rate=none");
	deferred(&w, ask(&w, "migrate_blob", 1, 0), "drain-rate", 100);
	deferred(&w, ask(&w, "migrate_blob", 1, 1000000), "drain-rate", 1000100);
	close_scene(&w);
	open_set(&w, "robust", "rules.drain-rate.rate=none");
	EQ(ask(&w, "migrate_blob", 1, 0).until.ns, INT64_MAX);
	close_scene(&w);
}

/* ---- holds ---- */

static void a_daemon_gate_blocks_a_start_and_names_rule_and_end(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	hold(&w, 7, instant_ms(4000), 0);
	gated(&w, ask(&w, "start_daemon", 7, 100), 4000);
	admitted(ask(&w, "start_daemon", 8, 100));
	close_scene(&w);
}

static void a_daemon_gate_opens_at_its_end_exactly(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	hold(&w, 7, instant_ms(4000), 0);
	EQ(ask_at(&w, "start_daemon", 7, (instant){ instant_ms(4000).ns - 1 }).decision,
	   DECISION_GATE);
	admitted(ask(&w, "start_daemon", 7, 4000));
	hold(&w, 7, instant_ms(5000), 4000);
	admitted(ask(&w, "start_daemon", 7, 6000));
	close_scene(&w);
}

static void a_later_hold_replaces_the_earlier_whether_longer_or_shorter(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	hold(&w, 7, instant_ms(4000), 0);
	hold(&w, 7, instant_ms(9000), 0);
	gated(&w, ask(&w, "start_daemon", 7, 5000), 9000);
	hold(&w, 7, instant_ms(6000), 5000);
	gated(&w, ask(&w, "start_daemon", 7, 5000), 6000);
	hold(&w, 7, instant_ms(5000), 5000);
	admitted(ask(&w, "start_daemon", 7, 5000));
	close_scene(&w);
}

static void an_admitted_start_leaves_the_gate_as_it_is(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	for (int i = 0; i < 5; i++)
		admitted(ask(&w, "start_daemon", 7, 0));
	EQ(gate_size(w.gate), 0);
	close_scene(&w);
}

static void D_1_an_admitted_apply_backoff_closes_nothing_by_itself_but_a_hold_record_does(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	admitted(ask(&w, "apply_backoff", 7, 0));
	admitted(ask(&w, "start_daemon", 7, 0));
	hold(&w, 7, instant_ms(4000), 0);
	gated(&w, ask(&w, "start_daemon", 7, 0), 4000);
	close_scene(&w);
}

static void D_2_the_reference_gate_refuses_stop_and_apply_backoff_too(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	hold(&w, 7, instant_ms(4000), 0);
	gated(&w, ask(&w, "stop_daemon", 7, 1), 4000);
	gated(&w, ask(&w, "apply_backoff", 7, 1), 4000);
	close_scene(&w);
}

static void D_2_the_robust_gate_lets_stop_and_apply_backoff_through(void)
{
	struct scene w;

	open_preset(&w, "robust");
	hold(&w, 7, instant_ms(4000), 0);
	gated(&w, ask(&w, "start_daemon", 7, 1), 4000);
	admitted(ask(&w, "stop_daemon", 7, 1));
	admitted(ask(&w, "apply_backoff", 7, 1));
	close_scene(&w);
}

static void only_hold_rules_can_be_held(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	gate_hold(w.gate, rule(&w, "chain-window"), key_of(1), instant_ms(1000), instant_ms(0));
	admitted(ask(&w, "pull_replica", 1, 0));
	close_scene(&w);
}

/* ---- kinds ---- */

static void unthrottled_kinds_pass_straight_through(void)
{
	static const char *const kinds[] = { "request_placement", "request_eviction", "reduce_heat",
		                             "mark_avoid", "commit_maintenance_transition" };
	struct scene w;

	open_preset(&w, "meshos");
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
			admitted(ask(&w, kinds[i], 1, 0));
	EQ(gate_size(w.gate), 0);
	close_scene(&w);
}

static void kinds_that_nobody_knows_pass_too(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	for (int i = 0; i < 3; i++) {
		admitted(ask(&w, "", 1, 0));
		admitted(ask(&w, "pull_replicas", 1, 0));
		admitted(ask(&w, "Pull_replica", 1, 0));
	}
	close_scene(&w);
}

static void a_rule_without_kinds_applies_to_every_kind(void)
{
	struct rule_policy rules[] = { { .name = "all", .window = { NS_PER_S } } };
	struct policy policy = { .rules = rules, .rule_count = 1 };
	struct scene w = { .policy = policy, .gate = gate_new(&policy) };

	admitted(ask(&w, "pull_replica", 1, 0));
	deferred(&w, ask(&w, "whatever", 1, 10), "all", 1000);
	gate_free(w.gate);
}

static void a_gate_without_rules_admits_everything(void)
{
	struct policy policy = { 0 };
	struct scene w = { .gate = gate_new(&policy) };

	admitted(ask(&w, "pull_replica", 1, 0));
	admitted(ask(&w, "pull_replica", 1, 0));
	gate_free(w.gate);
}

static void asking_and_taking_in_two_steps_is_the_same_as_admitting(void)
{
	struct scene w;
	struct key keys[KEYS];

	open_preset(&w, "meshos");
	const struct gate_class *class = fill(&w, "pull_replica", 1, keys);
	admitted(gate_ask(w.gate, class, keys, instant_ms(0)));
	admitted(gate_ask(w.gate, class, keys, instant_ms(0)));
	gate_take(w.gate, class, keys, 1, instant_ms(0));
	EQ(gate_ask(w.gate, class, keys, instant_ms(0)).decision, DECISION_DEFER);
	close_scene(&w);
}

int main(void)
{
	RUN(the_first_pull_is_admitted);
	RUN(a_second_pull_within_the_cooldown_is_deferred_until_its_end);
	RUN(a_pull_after_the_cooldown_is_admitted);
	RUN(a_deferred_pull_is_admitted_exactly_when_promised_and_not_before);
	RUN(stabilization_blocks_the_same_chain);
	RUN(stabilization_releases_the_chain_at_the_end_of_its_window);
	RUN(a_drop_observes_the_window_of_the_chain);
	RUN(a_drop_closes_the_chain_but_neither_reads_nor_starts_the_pull_cooldown);
	RUN(a_refused_action_leaves_no_mark);
	RUN(a_pull_that_is_refused_by_its_chain_does_not_start_the_cooldown);
	RUN(D_16_the_reference_hint_is_that_of_the_first_closed_rule);
	RUN(D_16_the_robust_hint_is_that_of_the_longest_closed_rule);

	RUN(the_eleventh_migration_within_a_second_is_deferred);
	RUN(the_window_of_the_migrations_slides);
	RUN(D_5_the_reference_hint_of_a_full_migration_window_is_always_100_ms);
	RUN(D_5_the_robust_hint_is_when_the_needed_slot_frees);
	RUN(D_5_a_fixed_hint_of_nothing_would_never_end_and_means_the_exact_time);
	RUN(D_4_the_reference_has_one_migration_limit_for_all_sources);
	RUN(D_4_the_robust_migration_limit_is_one_for_each_source);
	RUN(a_rate_of_none_admits_none);

	RUN(a_daemon_gate_blocks_a_start_and_names_rule_and_end);
	RUN(a_daemon_gate_opens_at_its_end_exactly);
	RUN(a_later_hold_replaces_the_earlier_whether_longer_or_shorter);
	RUN(an_admitted_start_leaves_the_gate_as_it_is);
	RUN(D_1_an_admitted_apply_backoff_closes_nothing_by_itself_but_a_hold_record_does);
	RUN(D_2_the_reference_gate_refuses_stop_and_apply_backoff_too);
	RUN(D_2_the_robust_gate_lets_stop_and_apply_backoff_through);
	RUN(only_hold_rules_can_be_held);

	RUN(unthrottled_kinds_pass_straight_through);
	RUN(kinds_that_nobody_knows_pass_too);
	RUN(a_rule_without_kinds_applies_to_every_kind);
	RUN(a_gate_without_rules_admits_everything);
	RUN(asking_and_taking_in_two_steps_is_the_same_as_admitting);
	return t_done();
}
