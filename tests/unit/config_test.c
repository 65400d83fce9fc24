/* The configuration: presets, and files and --set on top of them. */
#include "codec/config_setting.h"
#include "codec/presets.h"
#include "config_load.h"

#include <signal.h>

static const struct rule_policy *rule(const struct policy *p, const char *name)
{
	for (uint32_t i = 0; i < p->rule_count; i++)
		if (strcmp(p->rules[i].name, name) == 0)
			return &p->rules[i];
	printf("Bail out! no rule %s\n", name);
	exit(1);
}

/* ---- presets ---- */

static void the_table_of_settings_is_full(void)
{
	OK(config_settings[CONFIG_SETTINGS - 1].path);
	OK(config_rule_settings[CONFIG_RULE_SETTINGS - 1].path);
	for (int i = 0; i < CONFIG_SETTINGS; i++)
		OK(config_settings[i].path && config_settings[i].help);
	for (int i = 0; i < CONFIG_RULE_SETTINGS; i++)
		OK(config_rule_settings[i].rules && config_rule_settings[i].help);
}

static bool mentions(const struct config_node *n, const char *name)
{
	for (uint32_t i = 0; n->kind != CONFIG_TEXT && i < n->count; i++)
		if ((n->kind == CONFIG_MAP && i % 2 == 0 && slice_is(n->items[i]->text, name)) ||
		    mentions(n->items[i], name))
			return true;
	return false;
}

/* What a preset leaves out would be zero. */
static void presets_name_every_setting(void)
{
	for (const struct preset *p = presets; p->name; p++)
		for (int i = 0; i < CONFIG_SETTINGS; i++) {
			const char *dot = strrchr(config_settings[i].path, '.');
			if (!OK(mentions(p->root, dot ? dot + 1 : config_settings[i].path)))
				printf("# %s lacks %s\n", p->name, config_settings[i].path);
		}
}

/* Reference, section 2, and the quirks of sections 3 to 5 and 9. */
static void meshos_is_what_the_reference_does(void)
{
	struct policy p = good("meshos", "");

	EQ(p.rule_count, 4);
	const struct rule_policy *r = &p.rules[0];
	SAME(slice_of(r->name), "chain-window");
	EQ(r->type, RULE_WINDOW);
	EQ(r->window.ns, 60 * NS_PER_S);
	EQ(r->kind_count, 2);
	SAME(slice_of(r->kinds[0]), "pull_replica");
	SAME(slice_of(r->kinds[1]), "drop_replica");
	EQ(r->key_count, 1);
	SAME(slice_of(r->key[0]), "chain");
	EQ(r->undo, UNDO_ANY);
	EQ(r->hint, HINT_FIRST);

	r = &p.rules[1];
	SAME(slice_of(r->name), "pull-cooldown");
	EQ(r->type, RULE_WINDOW);
	EQ(r->window.ns, 250 * NS_PER_MS);
	EQ(r->kind_count, 1);
	EQ(r->key_count, 0);
	EQ(r->undo, UNDO_OWNER); /* "if last id == id" */
	EQ(r->hint, HINT_FIRST);

	r = &p.rules[2];
	SAME(slice_of(r->name), "drain-rate");
	EQ(r->type, RULE_RATE);
	EQ(r->rate, 10);
	EQ(r->per.ns, NS_PER_S);
	EQ(r->key_count, 0);
	EQ(r->retry_after.ns, 100 * NS_PER_MS);

	r = &p.rules[3];
	SAME(slice_of(r->name), "daemon-backoff");
	EQ(r->type, RULE_HOLD);
	EQ(r->kind_count, 3);
	EQ(r->key_count, 1);
	SAME(slice_of(r->key[0]), "daemon");
	EQ(r->on_hold, ON_HOLD_DROP);

	EQ(p.backpressure.assert_at, 1000);
	EQ(p.backpressure.release_at, 200);
	EQ(p.executor.max_defers, 16);
	EQ(p.executor.queue, 1024);
	EQ(p.executor.queueing, QUEUEING_FAIR);
	EQ(p.failures.ring, 256);
	EQ(p.backoff.initial.ns, 500 * NS_PER_MS);
	OK(p.backoff.factor == 2.0F);
	EQ(p.backoff.max.ns, 60 * NS_PER_S);
	OK(p.backoff.jitter == 0);
	EQ(p.backoff.threshold, 5);
	EQ(p.backoff.crash_window.ns, 60 * NS_PER_S);
	EQ(p.backoff.cooldown.ns, 300 * NS_PER_S);
	EQ(p.backoff.stable_run.ns, 60 * NS_PER_S);
	OK(!p.backoff.stable_from_start_to_exit);
	OK(!p.backoff.never_shorten);
	OK(!p.backoff.clear_on_release);
	EQ(p.recovery.strikes, 1);
	EQ(p.recovery.timeout.ns, 0);
	EQ(p.recovery.cap, 0);
	EQ(p.recovery.slots, 4);
	OK(!p.recovery.exit_strikes && !p.recovery.probe && !p.recovery.rotate);
	config_free(&p);
}

static void D_2_robust_holds_back_starts_only_and_keeps_them(void)
{
	struct policy p = good("robust", "");
	const struct rule_policy *hold = rule(&p, "daemon-backoff");

	EQ(hold->kind_count, 1);
	SAME(slice_of(hold->kinds[0]), "start_daemon");
	EQ(hold->on_hold, ON_HOLD_WAIT);
	config_free(&p);
}

static void D_4_robust_limits_migrations_for_each_source(void)
{
	struct policy p = good("robust", "");
	const struct rule_policy *drain = rule(&p, "drain-rate");

	EQ(drain->rate, 10);
	EQ(drain->key_count, 1);
	SAME(slice_of(drain->key[0]), "from");
	config_free(&p);
}

static void D_5_robust_names_the_time_when_a_slot_frees(void)
{
	struct policy p = good("robust", "");

	OK(rule(&p, "drain-rate")->retry_after.ns < 0);
	config_free(&p);
}

static void D_6_and_D_16_robust_undoes_by_owner_and_hints_at_the_longest_wait(void)
{
	struct policy p = good("robust", "");

	for (uint32_t i = 0; i < p.rule_count; i++) {
		EQ(p.rules[i].undo, UNDO_OWNER);
		EQ(p.rules[i].hint, HINT_LONGEST);
	}
	config_free(&p);
}

static void D_25_robust_never_shortens_a_hold_and_counts_afresh_after_it(void)
{
	struct policy p = good("robust", "");

	OK(p.backoff.never_shorten);
	OK(p.backoff.clear_on_release);
	config_free(&p);
}

static void D_26_robust_measures_runs_from_start_to_exit(void)
{
	struct policy p = good("robust", "");

	OK(p.backoff.stable_from_start_to_exit);
	config_free(&p);
}

static void D_33_robust_spreads_restarts_but_keeps_half_of_the_hold(void)
{
	struct policy p = good("robust", "");

	OK(p.backoff.jitter == 0.5F);
	config_free(&p);
}

/* ---- merging ---- */

static void D_27_robust_tries_handlers_again_and_gives_each_its_turn(void)
{
	struct policy p = good("robust", "");
	const struct recovery_policy *r = &p.recovery;

	EQ(r->strikes, 3);
	EQ(r->backoff.initial.ns, NS_PER_S);
	OK(r->backoff.factor == 2 && r->backoff.jitter == 0);
	EQ(r->backoff.max.ns, 300 * NS_PER_S);
	EQ(r->timeout.ns, 30 * NS_PER_S);
	EQ(r->kill_after.ns, 5 * NS_PER_S);
	EQ(r->cap, 4);
	EQ(r->slots, 4);
	EQ(r->handlers.count, 0);
	OK(r->exit_strikes && r->probe && r->rotate);
	config_free(&p);
}

static void an_empty_file_says_nothing(void)
{
	static const char *const empty[] = {
		"", "# nothing\n", "---\n", "{}", "~\n", "executor:\n", "\xef\xbb\xbf# BOM\n"
	};
	struct policy p = good(NULL, "{}");
	struct buf want = { 0 };

	config_print(&p, &want);
	for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
		struct policy q = good(NULL, empty[i]);
		struct buf got = { 0 };
		config_print(&q, &got);
		SAME(buf_slice(&got), buf_text(&want));
		buf_free(&got);
		config_free(&q);
	}
	buf_free(&want);
	config_free(&p);
}

static void a_file_changes_only_what_it_mentions(void)
{
	struct policy p =
		good(NULL, "executor: { jobs: 3 }\n"
	                   "backoff: { crash_loop: { threshold: 7 } }\n"
	                   "backpressure: { assert_at: 5, release_at: 5, force: true }\n");

	EQ(p.executor.jobs, 3);
	EQ(p.executor.queue, 1024);
	EQ(p.backoff.threshold, 7);
	EQ(p.backoff.crash_window.ns, 60 * NS_PER_S);
	EQ(p.backpressure.assert_at, 5);
	EQ(p.backpressure.release_at, 5);
	EQ(p.rule_count, 4);
	config_free(&p);
}

static void a_list_of_rules_replaces_the_presets(void)
{
	struct policy p = good(NULL, "rules: [{ name: mine, kinds: backup, window: 1h }]");

	EQ(p.rule_count, 1);
	SAME(slice_of(p.rules[0].name), "mine");
	EQ(p.rules[0].kind_count, 1);
	config_free(&p);
	p = good(NULL, "rules: []");
	EQ(p.rule_count, 0);
	config_free(&p);
}

static void a_new_rule_has_none_of_the_quirks(void)
{
	struct policy p = good(NULL, "rules:\n"
	                             "  - { name: w, window: 1h }\n"
	                             "  - { name: r, rate: 3, per: 1m }\n"
	                             "  - { name: h, hold: [a, b.c] }\n");

	EQ(p.rules[0].undo, UNDO_OWNER);
	EQ(p.rules[0].hint, HINT_LONGEST);
	EQ(p.rules[0].kind_count, 0);
	EQ(p.rules[0].key_count, 0);
	OK(p.rules[1].retry_after.ns < 0);
	EQ(p.rules[1].hint, HINT_LONGEST);
	EQ(p.rules[2].on_hold, ON_HOLD_DROP);
	EQ(p.rules[2].key_count, 2);
	config_free(&p);
}

static void nothing_is_admitted_in_any_period(void)
{
	struct policy p = good(NULL, "rules: [{ name: never, kinds: delete, rate: none }]");

	EQ(p.rules[0].type, RULE_RATE);
	EQ(p.rules[0].rate, 0);
	OK(p.rules[0].per.ns > 0);
	config_free(&p);
}

static void a_namesake_inherits_what_it_does_not_mention(void)
{
	struct policy p = good(NULL, "rules:\n"
	                             "  - { name: chain-window, window: 5s }\n"
	                             "  - { name: drain-rate, rate: 99 }\n"
	                             "  - { name: daemon-backoff, on_hold: wait }\n");
	const struct rule_policy *chain = rule(&p, "chain-window");
	const struct rule_policy *drain = rule(&p, "drain-rate");
	const struct rule_policy *hold = rule(&p, "daemon-backoff");

	EQ(p.rule_count, 3);
	EQ(chain->window.ns, 5 * NS_PER_S);
	EQ(chain->kind_count, 2);
	SAME(slice_of(chain->key[0]), "chain");
	EQ(chain->undo, UNDO_ANY);
	EQ(chain->hint, HINT_FIRST);
	EQ(drain->rate, 99);
	EQ(drain->per.ns, NS_PER_S);
	EQ(drain->retry_after.ns, 100 * NS_PER_MS);
	EQ(hold->type, RULE_HOLD);
	EQ(hold->key_count, 1);
	EQ(hold->on_hold, ON_HOLD_WAIT);
	config_free(&p);
}

static void a_namesake_of_another_type_inherits_kinds_and_key_only(void)
{
	struct policy p = good(NULL, "rules:\n"
	                             "  - { name: chain-window, per: 2s, rate: 5 }\n"
	                             "  - { name: drain-rate, window: 1s }\n"
	                             "  - { name: daemon-backoff, window: 9s }\n"
	                             "  - { name: pull-cooldown, hold: source }\n");
	const struct rule_policy *chain = rule(&p, "chain-window");
	const struct rule_policy *drain = rule(&p, "drain-rate");
	const struct rule_policy *daemon = rule(&p, "daemon-backoff");
	const struct rule_policy *pull = rule(&p, "pull-cooldown");

	EQ(chain->type, RULE_RATE);
	EQ(chain->rate, 5);
	EQ(chain->per.ns, 2 * NS_PER_S);
	EQ(chain->window.ns, 0);
	EQ(chain->kind_count, 2);
	SAME(slice_of(chain->key[0]), "chain");
	EQ(chain->undo, UNDO_OWNER);
	EQ(chain->hint, HINT_LONGEST);
	OK(chain->retry_after.ns < 0);
	EQ(drain->type, RULE_WINDOW);
	EQ(drain->rate, 0);
	OK(drain->retry_after.ns < 0);
	EQ(daemon->type, RULE_WINDOW);
	SAME(slice_of(daemon->key[0]), "daemon");
	EQ(pull->type, RULE_HOLD);
	SAME(slice_of(pull->key[0]), "source");
	EQ(pull->hint, HINT_LONGEST);
	config_free(&p);
}

static void a_mapping_of_rules_changes_some_and_keeps_the_rest(void)
{
	struct policy p = good("robust", "rules:\n"
	                                 "  pull-cooldown: { window: 1s }\n"
	                                 "  drain-rate: { key: [from, to], rate: none }\n");

	EQ(p.rule_count, 4);
	EQ(rule(&p, "pull-cooldown")->window.ns, NS_PER_S);
	EQ(rule(&p, "drain-rate")->key_count, 2);
	EQ(rule(&p, "drain-rate")->rate, 0);
	EQ(rule(&p, "chain-window")->window.ns, 60 * NS_PER_S);
	config_free(&p);
}

static void a_mapping_of_names_adds_to_what_earlier_sources_said(void)
{
	static const char *const sets[] = { "executor.timeouts.copy=none",
		                            "executor.on_exit={24: ok, 100: retry}" };
	struct policy p;
	struct err e;

	OK(load_sets(
		&p, "executor: { timeouts: { copy: 2m, 'odd kind': 1ms }, on_exit: { 100: fail } }",
		sets, 2, &e));
	EQ(p.executor.timeouts.count, 2);
	EQ(policy_find(&p.executor.timeouts, SLICE("copy"))->time.ns, 0);
	EQ(policy_find(&p.executor.timeouts, SLICE("odd kind"))->time.ns, NS_PER_MS);
	OK(!policy_find(&p.executor.timeouts, SLICE("odd")));
	EQ(p.executor.on_exit.count, 2);
	EQ(policy_find(&p.executor.on_exit, SLICE("100"))->on_exit, ON_EXIT_RETRY);
	EQ(policy_find(&p.executor.on_exit, SLICE("24"))->on_exit, ON_EXIT_OK);
	config_free(&p);
}

static void recovery_is_read_and_handlers_keep_their_order(void)
{
	static const char *const sets[] = {
		"recovery.handlers.ingest=[sh, -c, 'exit 0']",
		"recovery.handlers.index=fix-index --all",
		"recovery.backoff.initial=none",
		"recovery.cap=none",
		"recovery.on_exit=ignore",
	};
	struct policy p;
	struct err e;

	OK(load_sets(&p,
	             "recovery: { handlers: { zoo: zoo-keeper, ingest: x }, strikes: none,"
	             " probe: on, on_exit: strike }",
	             sets, 5, &e));
	const struct recovery_policy *r = &p.recovery;
	EQ(r->handlers.count, 3);
	SAME(slice_of(r->handlers.entries[0].name), "zoo");
	SAME(slice_of(r->handlers.entries[0].command.words[0]), "zoo-keeper");
	SAME(slice_of(r->handlers.entries[1].name), "ingest");
	EQ(r->handlers.entries[1].command.count, 3);
	SAME(slice_of(r->handlers.entries[1].command.words[2]), "exit 0");
	EQ(r->handlers.entries[2].command.count, 3);
	SAME(slice_of(r->handlers.entries[2].command.words[0]), "/bin/sh");
	EQ(r->strikes, 0);
	EQ(r->backoff.initial.ns, 0);
	EQ(r->cap, 0);
	OK(r->probe && !r->exit_strikes);
	config_free(&p);
}

static void a_halt_and_classes_of_signals_are_read(void)
{
	static const char *const sets[] = { "executor.halt=now,fail=10%",
		                            "executor.on_exit.KILL=retry" };
	struct policy p;
	struct err e;

	OK(load_sets(
		&p,
		"executor: { halt: 'soon,fail=3', on_full: fail, on_exit: { 99: halt, SEGV: ok } }",
		sets, 0, &e));
	EQ(p.executor.halt.when, HALT_SOON);
	EQ(p.executor.halt.fail, 3);
	OK(!p.executor.halt.percent);
	EQ(p.executor.on_full, ON_FULL_FAIL);
	EQ(policy_find(&p.executor.on_exit, SLICE("99"))->on_exit, ON_EXIT_HALT);
	EQ(policy_find(&p.executor.on_exit, SLICE("SEGV"))->on_exit, ON_EXIT_OK);
	config_free(&p);
	OK(load_sets(&p, "executor:\n  halt: soon,fail=3\n", sets, 2, &e));
	EQ(p.executor.halt.when, HALT_NOW);
	EQ(p.executor.halt.fail, 10);
	OK(p.executor.halt.percent);
	EQ(policy_find(&p.executor.on_exit, SLICE("KILL"))->on_exit, ON_EXIT_RETRY);
	config_free(&p);
}

static void retries_are_a_list_or_a_ladder_that_later_sources_change(void)
{
	static const char *const sets[] = { "executor.retries.pull.jitter=0",
		                            "executor.retries.copy=[]" };
	struct policy p;
	struct err e;

	OK(load_sets(&p,
	             "executor: { retries: { copy: [1s, 2s], pull: { factor: 3, most: 4 },"
	             " default: [5, 1m] } }",
	             sets, 2, &e));
	const struct retry_policy *pull = &policy_find(&p.executor.retries, SLICE("pull"))->retry;
	const struct retry_policy *copy = &policy_find(&p.executor.retries, SLICE("copy"))->retry;
	const struct retry_policy *rest =
		&policy_find(&p.executor.retries, SLICE("default"))->retry;
	OK(!pull->listed && pull->ladder.factor == 3 && pull->ladder.jitter == 0);
	EQ(pull->most, 4);
	EQ(pull->ladder.initial.ns, 500 * NS_PER_MS);
	OK(copy->listed);
	EQ(copy->count, 0);
	EQ(rest->count, 2);
	EQ(rest->delays[1].ns, 60 * NS_PER_S);
	config_free(&p);
}

static void how_a_kind_runs_is_said_in_part_and_changed_by_later_sources(void)
{
	static const char *const sets[] = { "executor.run.pull.window=1",
		                            "executor.run.copy={ batch: 9, batch_wait: 1s }" };
	struct policy p;
	struct err e;

	OK(load_sets(&p,
	             "executor: { run: { pull: { as: coprocess, jobs: 3, backpressure: true },"
	             " default: { as: batch, jobs: auto } } }",
	             sets, 2, &e));
	const struct run_policy *pull = &policy_find(&p.executor.run, SLICE("pull"))->run;
	const struct run_policy *copy = &policy_find(&p.executor.run, SLICE("copy"))->run;
	const struct run_policy *rest = &policy_find(&p.executor.run, SLICE("default"))->run;
	OK(pull->as == RUN_COPROCESS && pull->jobs == 3 && pull->window == 1);
	OK(pull->backpressure);
	OK(copy->as == RUN_SPAWN && copy->batch == 9 && copy->batch_wait.ns == NS_PER_S);
	OK(rest->as == RUN_BATCH && rest->jobs == 0 && rest->window == 64);
	EQ(rest->batch, 100);
	EQ(rest->batch_wait.ns, 50 * NS_PER_MS);
	OK(!rest->backpressure);
	config_free(&p);
}

static void a_daemon_is_said_in_part_and_changed_by_later_sources(void)
{
	static const char *const sets[] = {
		"daemons.telemetry.grace=1s",          "daemons.telemetry.directory=none",
		"daemons.telemetry.backpressure_fd=0", "daemons.late.ready_fd=4",
		"daemons.late.command=[a, a, '']",     "daemons.telemetry.backpressure_signals=[]"
	};
	struct policy p;
	struct err e;

	OK(load_sets(&p,
	             "daemons: { telemetry: { command: telemetryd, directory: /var, stop_signal: "
	             "SIGHUP, backpressure_file: f, backpressure_signals: [USR1, USR2] }, sh: { "
	             "command: exec a -b, restart: always, backpressure_signals: [USR2, WINCH] } }",
	             sets, 6, &e));
	const struct daemon_policy *t = &policy_find(&p.daemons, SLICE("telemetry"))->daemon;
	const struct daemon_policy *sh = &policy_find(&p.daemons, SLICE("sh"))->daemon;
	const struct daemon_policy *late = &policy_find(&p.daemons, SLICE("late"))->daemon;
	EQ(p.daemons.count, 3);
	EQ(t->command_count, 1);
	OK(strcmp(t->command[0], "telemetryd") == 0 && !t->directory);
	OK(strcmp(t->pressure_file, "f") == 0 && t->pressure_fd == 0 && t->stop_signal == SIGHUP);
	OK(t->grace.ns == NS_PER_S && t->pressure_signal[0] == 0 && t->pressure_signal[1] == 0);
	EQ(sh->command_count, 3);
	OK(strcmp(sh->command[0], "/bin/sh") == 0 && strcmp(sh->command[2], "exec a -b") == 0);
	OK(sh->restart == RESTART_ALWAYS && sh->pressure_fd == -1 && !sh->pressure_file);
	OK(sh->pressure_signal[0] == SIGUSR2 && sh->pressure_signal[1] == SIGWINCH);
	EQ(sh->grace.ns, 10 * NS_PER_S);
	EQ(late->command_count, 3);
	OK(strcmp(late->command[1], "a") == 0 && late->ready_fd == 4);
	config_free(&p);
}

static void sets_come_last_and_in_order(void)
{
	static const char *const sets[] = {
		"executor.jobs=8",
		"executor.jobs=auto",
		"executor={ queue: 7, on_eof: unfinished }",
		"backoff.crash_loop.threshold=3",
		"rules.b.window=2s",
		"rules[0].kinds=[x, 'y z']",
		"rules.a.key=meta.zone",
		"rules.c.rate=6",
		"rules.c.per=1m",
		"backpressure.assert_at=10",
		"backpressure.release_at=5",
	};
	struct policy p;
	struct err e;

	if (!OK(load_sets(&p,
	                  "executor: { jobs: 3 }\n"
	                  "rules: [{ name: a, window: 1s }, { name: b, window: 1s }, { name: c, "
	                  "window: 1s, kinds: k }]",
	                  sets, sizeof sets / sizeof *sets, &e))) {
		printf("# %s\n", e.text);
		return;
	}
	EQ(p.executor.jobs, 0);
	EQ(p.executor.queue, 7);
	EQ(p.executor.on_eof, ON_EOF_UNFINISHED);
	EQ(p.backoff.threshold, 3);
	EQ(p.rules[1].window.ns, 2 * NS_PER_S);
	EQ(p.rules[0].kind_count, 2);
	SAME(slice_of(p.rules[0].kinds[1]), "y z");
	SAME(slice_of(p.rules[0].key[0]), "meta.zone");
	EQ(p.rules[2].type, RULE_RATE);
	EQ(p.rules[2].rate, 6);
	EQ(p.rules[2].per.ns, 60 * NS_PER_S);
	EQ(p.rules[2].kind_count, 1);
	EQ(p.backpressure.assert_at, 10);
	config_free(&p);
}

static void a_path_may_have_dots_inside_its_names(void)
{
	struct policy p = good(NULL, "rules: [{ name: a, window: 1s, "
	                             "key: [a\\.b.c, \\.a, x\\., y\\\\.z, '\\'] }]");
	struct policy q;
	struct err e;

	EQ(p.rules[0].key_count, 5);
	SAME(slice_of(p.rules[0].key[0]), "a\\.b.c");
	config_free(&p);
	OK(!load(&q, NULL, "rules: [{ name: a, window: 1s, key: y\\\\. }]", &e));
	OK(!load(&q, NULL, "rules: [{ name: a, window: 1s, key: . }]", &e));
}

static void anchors_may_share_settings(void)
{
	struct policy p = good(NULL, "rules:\n"
	                             "  - { name: a, window: &w 3s, kinds: &k [x, y] }\n"
	                             "  - { name: b, window: *w, kinds: *k }\n");

	EQ(p.rules[1].window.ns, 3 * NS_PER_S);
	EQ(p.rules[1].kind_count, 2);
	config_free(&p);
}

static void a_list_that_contains_itself_is_refused(void)
{
	struct policy p;
	struct err e;

	OK(!load(&p, NULL, "rules: [{ name: a, window: 1s, kinds: &k [*k] }]", &e));
	SAME(slice_of(e.text), "x.yaml:1:32: rules[0].kinds: a text is expected in the list");
	OK(!load(&p, NULL, "rules: &r [*r]", &e));
	OK(!load(&p, NULL, "&a { executor: *a }", &e));
}

int main(void)
{
	RUN(the_table_of_settings_is_full);
	RUN(presets_name_every_setting);
	RUN(meshos_is_what_the_reference_does);
	RUN(D_2_robust_holds_back_starts_only_and_keeps_them);
	RUN(D_4_robust_limits_migrations_for_each_source);
	RUN(D_5_robust_names_the_time_when_a_slot_frees);
	RUN(D_6_and_D_16_robust_undoes_by_owner_and_hints_at_the_longest_wait);
	RUN(D_25_robust_never_shortens_a_hold_and_counts_afresh_after_it);
	RUN(D_26_robust_measures_runs_from_start_to_exit);
	RUN(D_33_robust_spreads_restarts_but_keeps_half_of_the_hold);
	RUN(D_27_robust_tries_handlers_again_and_gives_each_its_turn);
	RUN(an_empty_file_says_nothing);
	RUN(a_file_changes_only_what_it_mentions);
	RUN(a_list_of_rules_replaces_the_presets);
	RUN(a_new_rule_has_none_of_the_quirks);
	RUN(nothing_is_admitted_in_any_period);
	RUN(a_namesake_inherits_what_it_does_not_mention);
	RUN(a_namesake_of_another_type_inherits_kinds_and_key_only);
	RUN(a_mapping_of_rules_changes_some_and_keeps_the_rest);
	RUN(a_mapping_of_names_adds_to_what_earlier_sources_said);
	RUN(recovery_is_read_and_handlers_keep_their_order);
	RUN(a_halt_and_classes_of_signals_are_read);
	RUN(retries_are_a_list_or_a_ladder_that_later_sources_change);
	RUN(how_a_kind_runs_is_said_in_part_and_changed_by_later_sources);
	RUN(a_daemon_is_said_in_part_and_changed_by_later_sources);
	RUN(sets_come_last_and_in_order);
	RUN(a_path_may_have_dots_inside_its_names);
	RUN(anchors_may_share_settings);
	RUN(a_list_that_contains_itself_is_refused);
	return t_done();
}
