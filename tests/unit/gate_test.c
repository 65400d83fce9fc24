/* Admission: the presets as they are shipped, by behaviour (reference sections
 * 3 to 5). gate_property_test.c has the gate against a naive model. */
#include "codec/config.h"
#include "core/gate.h"
#include "t.h"

struct world {
	struct policy policy;
	struct gate *gate;
	uint64_t ids;
};

/* A preset, changed by at most four settings. */
static void open_with(struct world *w, const char *preset, const char *const *sets, uint32_t count)
{
	struct err e = { 0 };
	struct config_sources sources = { .preset = preset, .sets = sets, .set_count = count };

	*w = (struct world){ 0 };
	if (!OK(config_load(&w->policy, &sources, &e))) {
		printf("# %s\n", e.text);
		exit(1);
	}
	w->gate = gate_new(&w->policy);
}

static void open_preset(struct world *w, const char *preset)
{
	open_with(w, preset, NULL, 0);
}

static void open_set(struct world *w, const char *preset, const char *setting)
{
	open_with(w, preset, &setting, 1);
}

static void close_world(struct world *w)
{
	gate_free(w->gate);
	config_free(&w->policy);
}

enum { KEYS = 8 };

static struct key key_of(uint64_t n)
{
	return hash_bytes((struct hash_seed){ 3, 4 }, &n, sizeof n);
}

static const struct gate_class *fill(const struct world *w, const char *kind, uint64_t key,
                                     struct key *keys)
{
	const struct gate_class *class = gate_class(w->gate, slice_of(kind));

	for (uint32_t i = 0; i < class->count; i++)
		keys[i] = w->policy.rules[class->rules[i]].key_count ? key_of(key)
		                                                     : (struct key){ 0 };
	return class;
}

/* An action of its own (id w->ids) asks for admission. */
static struct verdict ask_at(struct world *w, const char *kind, uint64_t key, instant now)
{
	struct key keys[KEYS];
	const struct gate_class *class = fill(w, kind, key, keys);

	return gate_admit(w->gate, class, keys, ++w->ids, now);
}

static struct verdict ask(struct world *w, const char *kind, uint64_t key, int64_t at_ms)
{
	return ask_at(w, kind, key, instant_ms(at_ms));
}

static void undo(struct world *w, const char *kind, uint64_t key, uint64_t id)
{
	struct key keys[KEYS];
	const struct gate_class *class = fill(w, kind, key, keys);

	gate_undo(w->gate, class, keys, id);
}

static uint32_t rule(const struct world *w, const char *name)
{
	for (uint32_t i = 0; i < w->policy.rule_count; i++)
		if (strcmp(w->policy.rules[i].name, name) == 0)
			return i;
	OK(false && "no such rule");
	return 0;
}

static void hold(struct world *w, uint64_t daemon, instant until, int64_t at_ms)
{
	gate_hold(w->gate, rule(w, "daemon-backoff"), key_of(daemon), until, instant_ms(at_ms));
}

static void admitted(struct verdict v)
{
	EQ(v.decision, DECISION_ADMIT);
}

static void refused(const struct world *w, struct verdict v, enum decision decision,
                    const char *name, int64_t until_ms)
{
	EQ(v.decision, decision);
	if (v.decision == DECISION_ADMIT)
		return;
	SAME(slice_of(w->policy.rules[v.rule].name), name);
	EQ(v.until.ns, instant_ms(until_ms).ns);
}

static void deferred(const struct world *w, struct verdict v, const char *name, int64_t until_ms)
{
	refused(w, v, DECISION_DEFER, name, until_ms);
}

static void gated(const struct world *w, struct verdict v, int64_t until_ms)
{
	refused(w, v, DECISION_GATE, "daemon-backoff", until_ms);
}

/* ---- pulls and drops ---- */

static void the_first_pull_is_admitted(void)
{
	struct world w;

	open_preset(&w, "meshos");
	admitted(ask(&w, "pull_replica", 1, 0));
	close_world(&w);
}

static void a_second_pull_within_the_cooldown_is_deferred_until_its_end(void)
{
	struct world w;

	open_preset(&w, "meshos");
	admitted(ask(&w, "pull_replica", 1, 0));
	deferred(&w, ask(&w, "pull_replica", 2, 100), "pull-cooldown", 250);
	close_world(&w);
}

static void a_pull_after_the_cooldown_is_admitted(void)
{
	struct world w;

	open_preset(&w, "meshos");
	ask(&w, "pull_replica", 1, 0);
	admitted(ask(&w, "pull_replica", 2, 300));
	close_world(&w);
}

static void a_deferred_pull_is_admitted_exactly_when_promised_and_not_before(void)
{
	struct world w;

	open_preset(&w, "meshos");
	ask(&w, "pull_replica", 1, 0);
	struct verdict v = ask(&w, "pull_replica", 2, 100);
	EQ(ask_at(&w, "pull_replica", 2, (instant){ v.until.ns - 1 }).decision, DECISION_DEFER);
	admitted(ask_at(&w, "pull_replica", 2, v.until));
	close_world(&w);
}

static void stabilization_blocks_the_same_chain(void)
{
	struct world w;

	open_preset(&w, "meshos");
	ask(&w, "pull_replica", 1, 0);
	deferred(&w, ask(&w, "pull_replica", 1, 30000), "chain-window", 60000);
	close_world(&w);
}

static void stabilization_releases_the_chain_at_the_end_of_its_window(void)
{
	struct world w;

	open_preset(&w, "meshos");
	ask(&w, "pull_replica", 1, 0);
	ask(&w, "pull_replica", 2, 1000);
	admitted(ask(&w, "pull_replica", 1, 60000));
	admitted(ask(&w, "pull_replica", 2, 62000));
	close_world(&w);
}

static void a_drop_observes_the_window_of_the_chain(void)
{
	struct world w;

	open_preset(&w, "meshos");
	ask(&w, "pull_replica", 1, 0);
	deferred(&w, ask(&w, "drop_replica", 1, 10000), "chain-window", 60000);
	close_world(&w);
}

static void a_drop_closes_the_chain_but_neither_reads_nor_starts_the_pull_cooldown(void)
{
	struct world w;

	open_preset(&w, "meshos");
	ask(&w, "pull_replica", 1, 0);
	admitted(ask(&w, "drop_replica", 2, 100));
	admitted(ask(&w, "pull_replica", 3, 250));
	deferred(&w, ask(&w, "pull_replica", 2, 500), "chain-window", 60100);
	close_world(&w);
}

static void a_refused_action_leaves_no_mark(void)
{
	struct world w;

	open_preset(&w, "meshos");
	ask(&w, "pull_replica", 1, 0);
	/* Its chain must not be closed by a pull that the cooldown refused. */
	deferred(&w, ask(&w, "pull_replica", 2, 100), "pull-cooldown", 250);
	admitted(ask(&w, "drop_replica", 2, 101));
	/* Nor may a refusal lengthen the cooldown. */
	admitted(ask(&w, "pull_replica", 3, 250));
	close_world(&w);
}

static void a_pull_that_is_refused_by_its_chain_does_not_start_the_cooldown(void)
{
	struct world w;

	open_preset(&w, "meshos");
	ask(&w, "drop_replica", 1, 0);
	deferred(&w, ask(&w, "pull_replica", 1, 10), "chain-window", 60000);
	admitted(ask(&w, "pull_replica", 2, 11));
	close_world(&w);
}

static void D_16_the_reference_hint_is_that_of_the_first_closed_rule(void)
{
	struct world w;

	open_set(&w, "meshos", "rules.pull-cooldown.window=2m");
	ask(&w, "pull_replica", 1, 0);
	deferred(&w, ask(&w, "pull_replica", 1, 100), "chain-window", 60000);
	deferred(&w, ask(&w, "pull_replica", 1, 60000), "pull-cooldown", 120000);
	close_world(&w);
}

static void D_16_the_robust_hint_is_that_of_the_longest_closed_rule(void)
{
	struct world w;

	open_set(&w, "robust", "rules.pull-cooldown.window=2m");
	ask(&w, "pull_replica", 1, 0);
	deferred(&w, ask(&w, "pull_replica", 1, 100), "chain-window", 120000);
	admitted(ask(&w, "pull_replica", 1, 120000));
	close_world(&w);
}

/* ---- migrations ---- */

static void ten_migrations_at(struct world *w, int64_t at_ms)
{
	for (uint64_t i = 0; i < 10; i++)
		admitted(ask(w, "migrate_blob", 1, at_ms));
}

static void the_eleventh_migration_within_a_second_is_deferred(void)
{
	struct world w;

	open_preset(&w, "meshos");
	ten_migrations_at(&w, 0);
	EQ(ask(&w, "migrate_blob", 1, 0).decision, DECISION_DEFER);
	close_world(&w);
}

static void the_window_of_the_migrations_slides(void)
{
	struct world w;

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
	close_world(&w);
}

static void D_5_the_reference_hint_of_a_full_migration_window_is_always_100_ms(void)
{
	struct world w;

	open_preset(&w, "meshos");
	ten_migrations_at(&w, 0);
	deferred(&w, ask(&w, "migrate_blob", 1, 1), "drain-rate", 101);
	deferred(&w, ask(&w, "migrate_blob", 1, 999), "drain-rate", 1099);
	close_world(&w);
}

static void D_5_the_robust_hint_is_when_the_needed_slot_frees(void)
{
	struct world w;

	open_preset(&w, "robust");
	for (int64_t i = 0; i < 10; i++)
		admitted(ask(&w, "migrate_blob", 1, i * 10));
	struct verdict v = ask(&w, "migrate_blob", 1, 500);
	deferred(&w, v, "drain-rate", 1000);
	EQ(ask_at(&w, "migrate_blob", 1, (instant){ v.until.ns - 1 }).decision, DECISION_DEFER);
	admitted(ask_at(&w, "migrate_blob", 1, v.until));
	deferred(&w, ask(&w, "migrate_blob", 1, 1000), "drain-rate", 1010);
	close_world(&w);
}

static void D_5_a_fixed_hint_of_nothing_would_never_end_and_means_the_exact_time(void)
{
	struct world w;

	open_preset(&w, "robust");
	w.policy.rules[rule(&w, "drain-rate")].retry_after = (span){ 0 };
	ten_migrations_at(&w, 0);
	deferred(&w, ask(&w, "migrate_blob", 1, 10), "drain-rate", 1000);
	close_world(&w);
}

static void D_4_the_reference_has_one_migration_limit_for_all_sources(void)
{
	struct world w;

	open_preset(&w, "meshos");
	ten_migrations_at(&w, 0);
	EQ(ask(&w, "migrate_blob", 2, 0).decision, DECISION_DEFER);
	close_world(&w);
}

static void D_4_the_robust_migration_limit_is_one_for_each_source(void)
{
	struct world w;

	open_preset(&w, "robust");
	ten_migrations_at(&w, 0);
	EQ(ask(&w, "migrate_blob", 1, 0).decision, DECISION_DEFER);
	for (int i = 0; i < 10; i++)
		admitted(ask(&w, "migrate_blob", 2, 0));
	EQ(ask(&w, "migrate_blob", 2, 0).decision, DECISION_DEFER);
	close_world(&w);
}

static void a_rate_of_none_admits_none(void)
{
	struct world w;

	open_set(&w, "meshos", "rules.drain-rate.rate=none");
	deferred(&w, ask(&w, "migrate_blob", 1, 0), "drain-rate", 100);
	deferred(&w, ask(&w, "migrate_blob", 1, 1000000), "drain-rate", 1000100);
	close_world(&w);
	open_set(&w, "robust", "rules.drain-rate.rate=none");
	EQ(ask(&w, "migrate_blob", 1, 0).until.ns, INT64_MAX);
	close_world(&w);
}

/* ---- holds ---- */

static void a_daemon_gate_blocks_a_start_and_names_rule_and_end(void)
{
	struct world w;

	open_preset(&w, "meshos");
	hold(&w, 7, instant_ms(4000), 0);
	gated(&w, ask(&w, "start_daemon", 7, 100), 4000);
	admitted(ask(&w, "start_daemon", 8, 100));
	close_world(&w);
}

static void a_daemon_gate_opens_at_its_end_exactly(void)
{
	struct world w;

	open_preset(&w, "meshos");
	hold(&w, 7, instant_ms(4000), 0);
	EQ(ask_at(&w, "start_daemon", 7, (instant){ instant_ms(4000).ns - 1 }).decision,
	   DECISION_GATE);
	admitted(ask(&w, "start_daemon", 7, 4000));
	hold(&w, 7, instant_ms(5000), 4000);
	admitted(ask(&w, "start_daemon", 7, 6000));
	close_world(&w);
}

static void a_later_hold_replaces_the_earlier_whether_longer_or_shorter(void)
{
	struct world w;

	open_preset(&w, "meshos");
	hold(&w, 7, instant_ms(4000), 0);
	hold(&w, 7, instant_ms(9000), 0);
	gated(&w, ask(&w, "start_daemon", 7, 5000), 9000);
	hold(&w, 7, instant_ms(6000), 5000);
	gated(&w, ask(&w, "start_daemon", 7, 5000), 6000);
	hold(&w, 7, instant_ms(5000), 5000);
	admitted(ask(&w, "start_daemon", 7, 5000));
	close_world(&w);
}

static void an_admitted_start_leaves_the_gate_as_it_is(void)
{
	struct world w;

	open_preset(&w, "meshos");
	for (int i = 0; i < 5; i++)
		admitted(ask(&w, "start_daemon", 7, 0));
	EQ(gate_size(w.gate), 0);
	close_world(&w);
}

static void D_1_an_admitted_apply_backoff_closes_nothing_by_itself_but_a_hold_record_does(void)
{
	struct world w;

	open_preset(&w, "meshos");
	admitted(ask(&w, "apply_backoff", 7, 0));
	admitted(ask(&w, "start_daemon", 7, 0));
	hold(&w, 7, instant_ms(4000), 0);
	gated(&w, ask(&w, "start_daemon", 7, 0), 4000);
	close_world(&w);
}

static void D_2_the_reference_gate_refuses_stop_and_apply_backoff_too(void)
{
	struct world w;

	open_preset(&w, "meshos");
	hold(&w, 7, instant_ms(4000), 0);
	gated(&w, ask(&w, "stop_daemon", 7, 1), 4000);
	gated(&w, ask(&w, "apply_backoff", 7, 1), 4000);
	close_world(&w);
}

static void D_2_the_robust_gate_lets_stop_and_apply_backoff_through(void)
{
	struct world w;

	open_preset(&w, "robust");
	hold(&w, 7, instant_ms(4000), 0);
	gated(&w, ask(&w, "start_daemon", 7, 1), 4000);
	admitted(ask(&w, "stop_daemon", 7, 1));
	admitted(ask(&w, "apply_backoff", 7, 1));
	close_world(&w);
}

static void only_hold_rules_can_be_held(void)
{
	struct world w;

	open_preset(&w, "meshos");
	gate_hold(w.gate, rule(&w, "chain-window"), key_of(1), instant_ms(1000), instant_ms(0));
	admitted(ask(&w, "pull_replica", 1, 0));
	close_world(&w);
}

/* ---- kinds ---- */

static void unthrottled_kinds_pass_straight_through(void)
{
	static const char *const kinds[] = { "request_placement", "request_eviction", "reduce_heat",
		                             "mark_avoid", "commit_maintenance_transition" };
	struct world w;

	open_preset(&w, "meshos");
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
			admitted(ask(&w, kinds[i], 1, 0));
	EQ(gate_size(w.gate), 0);
	close_world(&w);
}

static void kinds_that_nobody_knows_pass_too(void)
{
	struct world w;

	open_preset(&w, "meshos");
	for (int i = 0; i < 3; i++) {
		admitted(ask(&w, "", 1, 0));
		admitted(ask(&w, "pull_replicas", 1, 0));
		admitted(ask(&w, "Pull_replica", 1, 0));
	}
	close_world(&w);
}

static void a_rule_without_kinds_applies_to_every_kind(void)
{
	struct rule_policy rules[] = { { .name = "all", .window = { NS_PER_S } } };
	struct policy policy = { .rules = rules, .rule_count = 1 };
	struct world w = { .policy = policy, .gate = gate_new(&policy) };

	admitted(ask(&w, "pull_replica", 1, 0));
	deferred(&w, ask(&w, "whatever", 1, 10), "all", 1000);
	gate_free(w.gate);
}

static void a_gate_without_rules_admits_everything(void)
{
	struct policy policy = { 0 };
	struct world w = { .gate = gate_new(&policy) };

	admitted(ask(&w, "pull_replica", 1, 0));
	admitted(ask(&w, "pull_replica", 1, 0));
	gate_free(w.gate);
}

static void asking_and_taking_in_two_steps_is_the_same_as_admitting(void)
{
	struct world w;
	struct key keys[KEYS];

	open_preset(&w, "meshos");
	const struct gate_class *class = fill(&w, "pull_replica", 1, keys);
	admitted(gate_ask(w.gate, class, keys, instant_ms(0)));
	admitted(gate_ask(w.gate, class, keys, instant_ms(0)));
	gate_take(w.gate, class, keys, 1, instant_ms(0));
	EQ(gate_ask(w.gate, class, keys, instant_ms(0)).decision, DECISION_DEFER);
	close_world(&w);
}

/* ---- undo ---- */

static void undo_rolls_back_cooldown_and_stabilization(void)
{
	struct world w;

	open_preset(&w, "meshos");
	ask(&w, "pull_replica", 1, 0);
	undo(&w, "pull_replica", 1, w.ids);
	admitted(ask(&w, "pull_replica", 2, 0));
	undo(&w, "pull_replica", 2, w.ids);
	admitted(ask(&w, "pull_replica", 1, 0));
	close_world(&w);
}

static void undo_of_a_later_pull_keeps_the_window_of_the_earlier(void)
{
	struct world w;

	open_preset(&w, "meshos");
	ask(&w, "pull_replica", 1, 0);
	ask(&w, "pull_replica", 2, 300);
	undo(&w, "pull_replica", 2, w.ids);
	admitted(ask(&w, "pull_replica", 3, 310)); /* the anchor is cleared */
	deferred(&w, ask(&w, "pull_replica", 1, 1000), "chain-window", 60000);
	close_world(&w);
}

static void undo_of_an_earlier_pull_keeps_the_cooldown_of_the_later(void)
{
	struct world w;

	open_preset(&w, "meshos");
	ask(&w, "pull_replica", 1, 0);
	uint64_t first = w.ids;
	ask(&w, "pull_replica", 2, 300);
	undo(&w, "pull_replica", 1, first);
	deferred(&w, ask(&w, "pull_replica", 1, 310), "pull-cooldown", 550);
	close_world(&w);
}

static void undo_takes_the_migration_out_of_the_window(void)
{
	struct world w;

	open_preset(&w, "meshos");
	ask(&w, "migrate_blob", 1, 0);
	undo(&w, "migrate_blob", 1, w.ids);
	ten_migrations_at(&w, 0);
	EQ(ask(&w, "migrate_blob", 1, 0).decision, DECISION_DEFER);
	close_world(&w);
}

static void undo_takes_only_the_failing_of_two_migrations_at_one_instant(void)
{
	struct world w;

	open_set(&w, "robust", "rules.drain-rate.rate=2");
	ask(&w, "migrate_blob", 1, 0);
	uint64_t first = w.ids;
	ask(&w, "migrate_blob", 1, 500);
	undo(&w, "migrate_blob", 1, first);
	admitted(ask(&w, "migrate_blob", 1, 600));
	/* What stays is the admit of 500: it leaves at 1500. */
	deferred(&w, ask(&w, "migrate_blob", 1, 1200), "drain-rate", 1500);
	close_world(&w);
}

static void undo_of_an_unknown_id_is_accepted_silently(void)
{
	struct world w;

	open_preset(&w, "robust");
	undo(&w, "pull_replica", 1, 99);
	ask(&w, "pull_replica", 1, 0);
	ask(&w, "migrate_blob", 1, 0);
	undo(&w, "pull_replica", 1, 99);
	undo(&w, "migrate_blob", 1, 99);
	undo(&w, "start_daemon", 1, 99);
	undo(&w, "unknown", 1, 99);
	deferred(&w, ask(&w, "drop_replica", 1, 1), "chain-window", 60000);
	EQ(gate_size(w.gate), 3);
	close_world(&w);
}

static void undo_of_a_start_leaves_the_hold(void)
{
	struct world w;

	open_preset(&w, "meshos");
	ask(&w, "start_daemon", 7, 0);
	uint64_t id = w.ids;
	hold(&w, 7, instant_ms(4000), 0);
	undo(&w, "start_daemon", 7, id);
	gated(&w, ask(&w, "start_daemon", 7, 1), 4000);
	close_world(&w);
}

static void D_6_the_reference_undo_opens_a_chain_whoever_closed_it(void)
{
	struct world w;

	open_preset(&w, "meshos");
	ask(&w, "drop_replica", 1, 0);
	uint64_t late = w.ids;
	ask(&w, "drop_replica", 1, 60000);
	undo(&w, "drop_replica", 1, late);
	admitted(ask(&w, "drop_replica", 1, 60001));
	close_world(&w);
}

static void D_6_the_reference_undo_of_the_cooldown_is_scoped_even_so(void)
{
	struct world w;

	open_preset(&w, "meshos");
	ask(&w, "pull_replica", 1, 0);
	undo(&w, "pull_replica", 1, w.ids + 50);
	deferred(&w, ask(&w, "pull_replica", 1, 10), "pull-cooldown", 250);
	close_world(&w);
}

static void D_6_the_robust_undo_opens_only_what_its_owner_closed(void)
{
	struct world w;

	open_preset(&w, "robust");
	ask(&w, "drop_replica", 1, 0);
	uint64_t late = w.ids;
	ask(&w, "drop_replica", 1, 60000);
	undo(&w, "drop_replica", 1, late);
	deferred(&w, ask(&w, "drop_replica", 1, 60001), "chain-window", 120000);
	undo(&w, "drop_replica", 1, late + 1);
	admitted(ask(&w, "drop_replica", 1, 60002));
	close_world(&w);
}

/* ---- time and memory ---- */

static void D_18_what_overflows_stays_closed(void)
{
	struct world w;

	open_preset(&w, "robust");
	w.policy.rules[rule(&w, "chain-window")].window = SPAN_MAX;
	w.policy.rules[rule(&w, "drain-rate")].per = SPAN_MAX;
	instant late = { INT64_MAX - 1000 };
	admitted(ask(&w, "drop_replica", 1, 5));
	EQ(ask(&w, "drop_replica", 1, 6).until.ns, INT64_MAX);
	EQ(ask_at(&w, "drop_replica", 1, late).decision, DECISION_DEFER);
	ten_migrations_at(&w, 5);
	EQ(ask(&w, "migrate_blob", 1, 6).until.ns, INT64_MAX);
	EQ(ask_at(&w, "migrate_blob", 1, late).decision, DECISION_DEFER);
	hold(&w, 7, INSTANT_NEVER, 0);
	EQ(ask_at(&w, "start_daemon", 7, late).decision, DECISION_GATE);
	close_world(&w);
}

static void windows_work_before_the_epoch(void)
{
	struct world w;

	open_preset(&w, "robust");
	admitted(ask(&w, "drop_replica", 1, -70000));
	deferred(&w, ask(&w, "drop_replica", 1, -10001), "chain-window", -10000);
	admitted(ask(&w, "drop_replica", 1, -10000));
	for (int i = 0; i < 10; i++)
		admitted(ask_at(&w, "migrate_blob", 1, (instant){ INT64_MIN + 5 }));
	EQ(ask_at(&w, "migrate_blob", 1, (instant){ INT64_MIN + 6 }).decision, DECISION_DEFER);
	close_world(&w);
}

/* The counterpart of the reference's tick: nobody calls anything, and what is
 * over leaves by itself. */
static void D_10_elapsed_gates_and_windows_leave_the_memory(void)
{
	struct world w;

	open_preset(&w, "robust");
	uint64_t most = 0;
	for (uint64_t i = 0; i < 1000000; i++) {
		int64_t at_ms = (int64_t)i * 100; /* a chain lives for 600 of these */

		ask(&w, "drop_replica", i, at_ms);
		hold(&w, i, instant_ms(at_ms + 5000), at_ms);
		ask(&w, "migrate_blob", i, at_ms);
		if (gate_size(w.gate) > most)
			most = gate_size(w.gate);
	}
	OK(most >= 600 + 50 + 10);
	OK(most <= 3 * (600 + 50 + 10) + 3 * 8);
	close_world(&w);
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

	RUN(undo_rolls_back_cooldown_and_stabilization);
	RUN(undo_of_a_later_pull_keeps_the_window_of_the_earlier);
	RUN(undo_of_an_earlier_pull_keeps_the_cooldown_of_the_later);
	RUN(undo_takes_the_migration_out_of_the_window);
	RUN(undo_takes_only_the_failing_of_two_migrations_at_one_instant);
	RUN(undo_of_an_unknown_id_is_accepted_silently);
	RUN(undo_of_a_start_leaves_the_hold);
	RUN(D_6_the_reference_undo_opens_a_chain_whoever_closed_it);
	RUN(D_6_the_reference_undo_of_the_cooldown_is_scoped_even_so);
	RUN(D_6_the_robust_undo_opens_only_what_its_owner_closed);

	RUN(D_18_what_overflows_stays_closed);
	RUN(windows_work_before_the_epoch);
	RUN(D_10_elapsed_gates_and_windows_leave_the_memory);
	return t_done();
}
