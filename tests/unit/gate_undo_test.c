/* The gate: what a failure gives back (reference section 4), what time does to
 * reservations, and what they cost. */
#include "gate_scene.h"

/* ---- undo ---- */

static void undo_rolls_back_cooldown_and_stabilization(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	ask(&w, "pull_replica", 1, 0);
	undo(&w, "pull_replica", 1, w.ids);
	admitted(ask(&w, "pull_replica", 2, 0));
	undo(&w, "pull_replica", 2, w.ids);
	admitted(ask(&w, "pull_replica", 1, 0));
	close_scene(&w);
}

static void undo_of_a_later_pull_keeps_the_window_of_the_earlier(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	ask(&w, "pull_replica", 1, 0);
	ask(&w, "pull_replica", 2, 300);
	undo(&w, "pull_replica", 2, w.ids);
	admitted(ask(&w, "pull_replica", 3, 310)); /* the anchor is cleared */
	deferred(&w, ask(&w, "pull_replica", 1, 1000), "chain-window", 60000);
	close_scene(&w);
}

static void undo_of_an_earlier_pull_keeps_the_cooldown_of_the_later(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	ask(&w, "pull_replica", 1, 0);
	uint64_t first = w.ids;
	ask(&w, "pull_replica", 2, 300);
	undo(&w, "pull_replica", 1, first);
	deferred(&w, ask(&w, "pull_replica", 1, 310), "pull-cooldown", 550);
	close_scene(&w);
}

static void undo_takes_the_migration_out_of_the_window(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	ask(&w, "migrate_blob", 1, 0);
	undo(&w, "migrate_blob", 1, w.ids);
	ten_migrations_at(&w, 0);
	EQ(ask(&w, "migrate_blob", 1, 0).decision, DECISION_DEFER);
	close_scene(&w);
}

static void undo_takes_only_the_failing_of_two_migrations_at_one_instant(void)
{
	struct scene w;

	open_set(&w, "robust", "rules.drain-rate.rate=2");
	ask(&w, "migrate_blob", 1, 0);
	uint64_t first = w.ids;
	ask(&w, "migrate_blob", 1, 500);
	undo(&w, "migrate_blob", 1, first);
	admitted(ask(&w, "migrate_blob", 1, 600));
	/* What stays is the admit of 500: it leaves at 1500. */
	deferred(&w, ask(&w, "migrate_blob", 1, 1200), "drain-rate", 1500);
	close_scene(&w);
}

static void with_undo_none_an_attempt_counts_whatever_came_of_it(void)
{
	static const char *const sets[] = { "rules.drain-rate.rate=1", "rules.drain-rate.undo=none",
		                            "rules.chain-window.undo=none" };
	struct scene w;

	open_with(&w, "robust", sets, 3);
	admitted(ask(&w, "migrate_blob", 1, 0));
	undo(&w, "migrate_blob", 1, w.ids);
	deferred(&w, ask(&w, "migrate_blob", 1, 999), "drain-rate", 1000);
	admitted(ask(&w, "drop_replica", 1, 0));
	undo(&w, "drop_replica", 1, w.ids);
	deferred(&w, ask(&w, "drop_replica", 1, 1), "chain-window", 60000);
	close_scene(&w);
}

static void undo_of_an_unknown_id_is_accepted_silently(void)
{
	struct scene w;

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
	close_scene(&w);
}

static void undo_of_a_start_leaves_the_hold(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	ask(&w, "start_daemon", 7, 0);
	uint64_t id = w.ids;
	hold(&w, 7, instant_ms(4000), 0);
	undo(&w, "start_daemon", 7, id);
	gated(&w, ask(&w, "start_daemon", 7, 1), 4000);
	close_scene(&w);
}

static void D_6_the_reference_undo_opens_a_chain_whoever_closed_it(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	ask(&w, "drop_replica", 1, 0);
	uint64_t late = w.ids;
	ask(&w, "drop_replica", 1, 60000);
	undo(&w, "drop_replica", 1, late);
	admitted(ask(&w, "drop_replica", 1, 60001));
	close_scene(&w);
}

static void D_6_the_reference_undo_of_the_cooldown_is_scoped_even_so(void)
{
	struct scene w;

	open_preset(&w, "meshos");
	ask(&w, "pull_replica", 1, 0);
	undo(&w, "pull_replica", 1, w.ids + 50);
	deferred(&w, ask(&w, "pull_replica", 1, 10), "pull-cooldown", 250);
	close_scene(&w);
}

static void D_6_the_robust_undo_opens_only_what_its_owner_closed(void)
{
	struct scene w;

	open_preset(&w, "robust");
	ask(&w, "drop_replica", 1, 0);
	uint64_t late = w.ids;
	ask(&w, "drop_replica", 1, 60000);
	undo(&w, "drop_replica", 1, late);
	deferred(&w, ask(&w, "drop_replica", 1, 60001), "chain-window", 120000);
	undo(&w, "drop_replica", 1, late + 1);
	admitted(ask(&w, "drop_replica", 1, 60002));
	close_scene(&w);
}

/* ---- time and memory ---- */

static void D_18_what_overflows_stays_closed(void)
{
	struct scene w;

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
	close_scene(&w);
}

static void windows_work_before_the_epoch(void)
{
	struct scene w;

	open_preset(&w, "robust");
	admitted(ask(&w, "drop_replica", 1, -70000));
	deferred(&w, ask(&w, "drop_replica", 1, -10001), "chain-window", -10000);
	admitted(ask(&w, "drop_replica", 1, -10000));
	for (int i = 0; i < 10; i++)
		admitted(ask_at(&w, "migrate_blob", 1, (instant){ INT64_MIN + 5 }));
	EQ(ask_at(&w, "migrate_blob", 1, (instant){ INT64_MIN + 6 }).decision, DECISION_DEFER);
	close_scene(&w);
}

/* The counterpart of the reference's tick: nobody calls anything, and what is
 * over leaves by itself. */
static void D_10_elapsed_gates_and_windows_leave_the_memory(void)
{
	struct scene w;

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
	close_scene(&w);
}

int main(void)
{
	RUN(undo_rolls_back_cooldown_and_stabilization);
	RUN(undo_of_a_later_pull_keeps_the_window_of_the_earlier);
	RUN(undo_of_an_earlier_pull_keeps_the_cooldown_of_the_later);
	RUN(undo_takes_the_migration_out_of_the_window);
	RUN(undo_takes_only_the_failing_of_two_migrations_at_one_instant);
	RUN(with_undo_none_an_attempt_counts_whatever_came_of_it);
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
