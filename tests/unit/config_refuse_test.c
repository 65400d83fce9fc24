/* What is refused, and in which words. */
#include "config_load.h"

struct wrong {
	const char *yaml;
	const char *message;
};

static void check_wrong(const struct wrong *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct policy p = { .rule_count = 77 };
		struct err e = { 0 };
		if (!OK(!load(&p, NULL, cases[i].yaml, &e)))
			printf("# accepted: %s\n", cases[i].yaml);
		EQ(e.status, STATUS_CONFIG);
		EQ(p.rule_count, 77); /* untouched */
		SAME(slice_of(e.text), cases[i].message);
	}
}
#define WRONG(cases) check_wrong((cases), sizeof(cases) / sizeof *(cases))

#define RULE_NAMES "name, kinds, window, rate, per, hold, key, retry_after, undo, hint, on_hold"
#define ONE_OF "window, rate and hold"

static void values_of_the_wrong_form_are_refused_with_their_place(void)
{
	static const struct wrong cases[] = {
		{ "rules:\n"
		  "  - name: chain-window\n"
		  "    window: 60s\n"
		  "  - name: pull-cooldown\n"
		  "    kinds: [pull_replica]\n"
		  "    # as fast as it goes\n"
		  "    window: fast\n",
		  "x.yaml:7:5: rules[1].window: 'fast' is not a duration (like 250ms, 1.5s or "
		  "2m)" },
		{ "rules: [{ name: a, window: -1s }]",
		  "x.yaml:1:20: rules[0].window: '-1s' is below 0s" },
		{ "rules: [{ name: a, window: }]",
		  "x.yaml:1:20: rules[0].window: '' is not a duration (like 250ms, 1.5s or 2m)" },
		{ "rules: [{ name: a, window: 99999999999d }]",
		  "x.yaml:1:20: rules[0].window: '99999999999d' is not a duration (like 250ms, "
		  "1.5s or 2m)" },
		{ "executor: { jobs: many }",
		  "x.yaml:1:13: executor.jobs: 'many' is not a whole number; 'auto' says that "
		  "there is one for each processor" },
		{ "executor:\n  jobs: 1.5\n",
		  "x.yaml:2:3: executor.jobs: '1.5' is not a whole number; 'auto' says that "
		  "there is one for each processor" },
		{ "executor: { queue: -3 }", "x.yaml:1:13: executor.queue: '-3' is below 1" },
		{ "executor: { queueing: random }",
		  "x.yaml:1:13: executor.queueing: 'random' is not fair or reference" },
		{ "executor: { on_eof: Drain }",
		  "x.yaml:1:13: executor.on_eof: 'Drain' is not drain or unfinished" },
		{ "executor: { capture: 64Q }",
		  "x.yaml:1:13: executor.capture: '64Q' is not a size" },
		{ "executor: { capture: 2G }", "x.yaml:1:13: executor.capture: '2G' is above 1G" },
		{ "backpressure: { force: maybe }",
		  "x.yaml:1:17: backpressure.force: 'maybe' is not false or true" },
		{ "backoff: { factor: two }",
		  "x.yaml:1:12: backoff.factor: 'two' is not a number" },
		{ "backoff: { factor: 1.2.3 }",
		  "x.yaml:1:12: backoff.factor: '1.2.3' is not a number" },
		{ "backoff: { factor: 0x2 }",
		  "x.yaml:1:12: backoff.factor: '0x2' is not a number" },
		{ "executor: { jobs: [4] }",
		  "x.yaml:1:13: executor.jobs: a whole number is expected, not a list" },
		{ "executor: { grace: { s: 4 } }",
		  "x.yaml:1:13: executor.grace: a duration is expected, not a mapping" },
		{ "executor: [jobs, 4]",
		  "x.yaml:1:1: executor: a mapping of settings is expected, not a list" },
		{ "executor: 4",
		  "x.yaml:1:1: executor: a mapping of settings is expected, not a value" },
		{ "executor: ''",
		  "x.yaml:1:1: executor: a mapping of settings is expected, not a value" },
		{ "executor: { jobs: \"4\\n5\" }",
		  "x.yaml:1:13: executor.jobs: '4\\x0a5' is not a whole number; 'auto' says that "
		  "there is one for each processor" },
		{ "executor: { on_eof: "
		  "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeefffffffff\xc3\xa4zz }",
		  "x.yaml:1:13: executor.on_eof: "
		  "'aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeefffffffff...' is not drain "
		  "or unfinished" },
	};
	WRONG(cases);
}

static void unknown_and_repeated_names_are_refused(void)
{
	static const struct wrong cases[] = {
		{ "exeuctor: { jobs: 4 }",
		  "x.yaml:1:1: 'exeuctor' is not a setting; did you mean 'executor'? Known are: "
		  "rules, backpressure, executor, backoff, daemons, recovery, failures" },
		{ "\n  limits: {}",
		  "x.yaml:2:3: 'limits' is not a setting; known are: rules, backpressure, "
		  "executor, backoff, daemons, recovery, failures" },
		{ "failures: { rings: 4 }",
		  "x.yaml:1:13: failures: 'rings' is not a setting; did you mean 'ring'? Known "
		  "are: ring" },
		{ "failures: { rnig: 4 }",
		  "x.yaml:1:13: failures: 'rnig' is not a setting; did you mean 'ring'? Known "
		  "are: ring" },
		{ "failures: { rung2: 4 }",
		  "x.yaml:1:13: failures: 'rung2' is not a setting; known are: ring" },
		{ "backoff: { crash_loop: { treshold: 4 } }",
		  "x.yaml:1:26: backoff.crash_loop: 'treshold' is not a setting; did you mean "
		  "'threshold'? Known are: threshold, window, cooldown" },
		{ "rules: [{ name: a, widnow: 3s }]",
		  "x.yaml:1:20: rules[0]: 'widnow' is not a setting of a rule; did you mean "
		  "'window'? Known are: " RULE_NAMES },
		{ "rules: { drainrate: { rate: 3 } }",
		  "x.yaml:1:10: rules: 'drainrate' is not the name of a rule; did you mean "
		  "'drain-rate'? Known are: chain-window, pull-cooldown, drain-rate, "
		  "daemon-backoff" },
		{ "executor.jobs: 4",
		  "x.yaml:1:1: 'executor.jobs' is not a setting; known are: rules, backpressure, "
		  "executor, backoff, daemons, recovery, failures" },
		{ "executor: { jobs: 4 }\nfailures: {}\nexecutor: { queue: 4 }",
		  "x.yaml:3:1: 'executor' is given twice, first on line 1" },
		{ "executor:\n  jobs: 4\n  'jobs': 4\n",
		  "x.yaml:3:3: executor: 'jobs' is given twice, first on line 2" },
		{ "rules: [{ name: a, window: 3s, window: 4s }]",
		  "x.yaml:1:32: rules[0]: 'window' is given twice, first on line 1" },
		{ "{ [executor]: 4 }", "x.yaml:1:3: the name of a setting is expected" },
	};
	WRONG(cases);
}

static void rules_that_make_no_sense_are_refused(void)
{
	static const struct wrong cases[] = {
		{ "rules: [{ window: 3s }]", "x.yaml:1:9: rules[0]: a rule needs a name" },
		{ "rules: [{ name: [a], window: 3s }]",
		  "x.yaml:1:9: rules[0]: a rule needs a name" },
		{ "rules: [{ name: 'a b', window: 3s }]",
		  "x.yaml:1:11: rules[0].name: 'a b' is not a name of letters, digits, '_' and "
		  "'-'" },
		{ "rules: [{ name: '', window: 3s }]",
		  "x.yaml:1:11: rules[0].name: '' is not a name" },
		{ "rules:\n- { name: a, window: 3s }\n- { name: b, window: 3s }\n- { name: a, "
		  "rate: 3, "
		  "per: 1s }",
		  "x.yaml:4:3: rules[2]: 'a' is the name of rules[0] too" },
		{ "rules: [{ name: a }]", "x.yaml:1:9: rules[0]: a rule needs one of " ONE_OF },
		{ "rules: [{ name: a, window: 3s, rate: 4, per: 1s }]",
		  "x.yaml:1:32: rules[0].rate: a rule has one of " ONE_OF
		  ", and this one has window already" },
		{ "rules: [{ name: a, hold: daemon, window: 3s }]",
		  "x.yaml:1:34: rules[0].window: a rule has one of " ONE_OF
		  ", and this one has hold already" },
		{ "rules: [{ name: a, rate: 4 }]",
		  "x.yaml:1:20: rules[0].rate: the period is missing: say per: 1s for so many a "
		  "second" },
		{ "rules: [{ name: a, rate: 4, per: 0 }]",
		  "x.yaml:1:29: rules[0].per: '0' is below 1ns" },
		{ "rules: [{ name: a, window: 4, per: 1s }]",
		  "x.yaml:1:31: rules[0].per: a window rule has no such setting" },
		{ "rules: [{ name: a, window: 4, retry_after: 1s }]",
		  "x.yaml:1:31: rules[0].retry_after: a window rule has no such setting" },
		{ "rules: [{ name: a, rate: 4, per: 1s, undo: any }]",
		  "x.yaml:1:38: rules[0].undo: a rate has no 'any'; owner and none are possible" },
		{ "rules: [{ name: a, hold: x, undo: none }]",
		  "x.yaml:1:29: rules[0].undo: a hold rule has no such setting" },
		{ "rules: [{ name: a, rate: 4, per: 1s, on_hold: wait }]",
		  "x.yaml:1:38: rules[0].on_hold: a rate rule has no such setting" },
		{ "rules: [{ name: a, hold: daemon, key: chain }]",
		  "x.yaml:1:34: rules[0].key: a hold rule has no such setting" },
		{ "rules: [{ name: a, hold: daemon, hint: first }]",
		  "x.yaml:1:34: rules[0].hint: a hold rule has no such setting" },
		{ "rules: [{ name: a, window: 1s, kinds: [b, c, b] }]",
		  "x.yaml:1:46: rules[0].kinds: 'b' is listed twice" },
		{ "rules: [{ name: a, window: 1s, kinds: [b, [c]] }]",
		  "x.yaml:1:43: rules[0].kinds: a text is expected in the list" },
		{ "rules: [{ name: a, window: 1s, kinds: { b: c } }]",
		  "x.yaml:1:32: rules[0].kinds: a text or a list of texts is expected, not a "
		  "mapping" },
		{ "rules: [{ name: a, window: 1s, key: meta..zone }]",
		  "x.yaml:1:32: rules[0].key: 'meta..zone' is not a path of member names with "
		  "dots between" },
		{ "rules: [{ name: a, window: 1s, key: [chain, .a] }]",
		  "x.yaml:1:45: rules[0].key: '.a' is not a path of member names with dots "
		  "between" },
		{ "rules: [{ name: a, hold: a. }]",
		  "x.yaml:1:20: rules[0].hold: 'a.' is not a path of member names with dots "
		  "between" },
		{ "rules: [{ name: a, hold: '' }]",
		  "x.yaml:1:20: rules[0].hold: '' is not a path of member names with dots "
		  "between" },
		{ "rules: [fast]",
		  "x.yaml:1:9: rules[0]: a mapping of a rule's settings is expected, not a value" },
		{ "rules:", "x.yaml:1:1: rules: a list of rules is expected; [] is none" },
		{ "rules: { drain-rate: { name: other } }",
		  "x.yaml:1:24: rules.drain-rate: a rule cannot be renamed" },
		{ "rules: { drain-rate: 5 }",
		  "x.yaml:1:10: rules.drain-rate: a mapping of the rule's settings is expected, "
		  "not a value" },
		{ "rules: { drain-rate: { window: 1s, per: 1s } }",
		  "x.yaml:1:36: rules.drain-rate.per: a window rule has no such setting" },
	};
	WRONG(cases);
}

static void lists_have_an_end(void)
{
	struct buf yaml = { 0 };
	struct policy p;
	struct err e;

	buf_add_text(&yaml, "rules: [{ name: a, window: 1s, kinds: [");
	for (int i = 0; i < 1000; i++)
		buf_addf(&yaml, "k%d, ", i);
	size_t n = yaml.n;
	buf_add_text(&yaml, "] }]");
	if (OK(load(&p, NULL, buf_text(&yaml), &e))) {
		EQ(p.rules[0].kind_count, 1000);
		config_free(&p);
	}
	yaml.n = n;
	buf_add_text(&yaml, "k1000] }]");
	OK(!load(&p, NULL, buf_text(&yaml), &e));
	OK(strstr(e.text, ": rules[0].kinds: the list has more than 1000 texts"));

	buf_clear(&yaml);
	buf_add_text(&yaml, "rules:\n");
	for (int i = 0; i < 1000; i++)
		buf_addf(&yaml, "- { name: r%d, window: 1s }\n", i);
	if (OK(load(&p, NULL, buf_text(&yaml), &e))) {
		EQ(p.rule_count, 1000);
		config_free(&p);
	}
	buf_add_text(&yaml, "- { name: last, window: 1s }\n");
	OK(!load(&p, NULL, buf_text(&yaml), &e));
	SAME(slice_of(e.text), "x.yaml:1:1: rules: there are more than 1000 rules");
	buf_free(&yaml);
}

static void D_15_contradictions_and_zeros_are_refused(void)
{
	static const struct wrong cases[] = {
		{ "rules: [{ name: a, rate: 0, per: 1s }]",
		  "x.yaml:1:20: rules[0].rate: '0' is below 1; 'none' says that nothing is "
		  "admitted" },
		{ "backpressure: { assert_at: 0 }",
		  "x.yaml:1:17: backpressure.assert_at: '0' is below 1" },
		{ "backpressure: { assert_at: 100, release_at: 100 }",
		  "x.yaml:1:33: backpressure.release_at: 100 is not below assert_at (100), so the "
		  "signal would flap; say force: true if that is meant" },
		{ "backpressure:\n  release_at: 100\n  assert_at: 100\n",
		  "x.yaml:3:3: backpressure.release_at: 100 is not below assert_at (100), so the "
		  "signal would flap; say force: true if that is meant" },
		{ "backpressure: { release_at: 1000 }",
		  "x.yaml:1:17: backpressure.release_at: 1000 is not below assert_at (1000), so "
		  "the signal would flap; say force: true if that is meant" },
		{ "backpressure:\n  assert_at: 150\n",
		  "x.yaml:2:3: backpressure.release_at: 200 is not below assert_at (150), so the "
		  "signal would flap; say force: true if that is meant" },
		{ "backpressure: { ceiling: 1000 }",
		  "x.yaml:1:17: backpressure.ceiling: 1000 is not above assert_at (1000)" },
		{ "executor: { queue: 0 }", "x.yaml:1:13: executor.queue: '0' is below 1" },
		{ "executor: { max_waiting: 0 }",
		  "x.yaml:1:13: executor.max_waiting: '0' is below 1" },
		{ "executor: { jobs: 0 }",
		  "x.yaml:1:13: executor.jobs: '0' is below 1; 'auto' says that there is one for "
		  "each processor" },
		{ "executor: { timeout: 0s }",
		  "x.yaml:1:13: executor.timeout: '0s' is below 1ns; 'none' says that a handler "
		  "may take any time" },
		{ "failures: { ring: 0 }", "x.yaml:1:13: failures.ring: '0' is below 1" },
	};
	WRONG(cases);
}

static void names_and_values_of_a_mapping_of_names_are_checked(void)
{
	static const struct wrong cases[] = {
		{ "executor: { on_exit: { 300: fail } }",
		  "x.yaml:1:24: executor.on_exit.300: '300' is neither an exit status from 1 to "
		  "255 nor a signal such as SEGV" },
		{ "executor: { on_exit: { 0: fail } }",
		  "x.yaml:1:24: executor.on_exit.0: '0' is neither an exit status from 1 to 255 "
		  "nor a signal such as SEGV" },
		{ "executor: { on_exit: { 075: fail } }",
		  "x.yaml:1:24: executor.on_exit.075: '075' is neither an exit status from 1 to "
		  "255 nor a signal such as SEGV" },
		{ "executor: { on_exit: { SIGSEGV: fail } }",
		  "x.yaml:1:24: executor.on_exit.SIGSEGV: 'SIGSEGV' is neither an exit status from "
		  "1 to 255 nor a signal such as SEGV" },
		{ "executor: { halt: soon }",
		  "x.yaml:1:13: executor.halt: 'soon' is neither never, nor soon or now with a "
		  "number of failures (like soon,fail=3 or now,fail=10%)" },
		{ "executor: { halt: [soon] }",
		  "x.yaml:1:13: executor.halt: a condition is expected, not a list" },
		{ "executor: { on_full: drop }",
		  "x.yaml:1:13: executor.on_full: 'drop' is not block or fail" },
		{ "executor: { on_exit: { 3: maybe } }",
		  "x.yaml:1:24: executor.on_exit.3: 'maybe' is not ok or fail or retry or halt" },
		{ "executor: { on_exit: { 3: fail, 3: ok } }",
		  "x.yaml:1:33: executor.on_exit: '3' is given twice, first on line 1" },
		{ "executor: { on_exit: 3 }",
		  "x.yaml:1:13: executor.on_exit: a mapping is expected, not a value" },
		{ "executor: { timeouts: [copy] }",
		  "x.yaml:1:13: executor.timeouts: a mapping is expected, not a list" },
		{ "executor:\n  timeouts:\n    copy: fast\n",
		  "x.yaml:3:5: executor.timeouts.copy: 'fast' is not a duration (like 250ms, 1.5s "
		  "or 2m); 'none' says that "
		  "a handler may take any time" },
		{ "executor: { timeouts: { copy: [1s] } }",
		  "x.yaml:1:25: executor.timeouts.copy: a duration is expected, not a list" },
		{ "executor: { timeouts: { [copy]: 1s } }",
		  "x.yaml:1:25: executor.timeouts: the name of a setting is expected" },
	};
	WRONG(cases);
}

static void a_wait_that_is_none_is_refused_where_it_stands(void)
{
	static const struct wrong cases[] = {
		{ "executor: { retry_budget: { floor: 0 } }",
		  "x.yaml:1:29: executor.retry_budget.floor: '0' is below 1; 'none' says that "
		  "there is no budget" },
		{ "executor: { retry_budget: none }",
		  "x.yaml:1:13: executor.retry_budget: a mapping of settings is expected, not a "
		  "value" },
		{ "executor: { max_wait: 0s }",
		  "x.yaml:1:13: executor.max_wait: '0s' is below 1ns; 'none' says that an action "
		  "may wait any time" },
		{ "executor: { retries: { copy: 1s } }",
		  "x.yaml:1:24: executor.retries.copy: a list of waits or a ladder is expected, "
		  "not "
		  "a value" },
		{ "executor: { retries: { copy: [1s, soon] } }",
		  "x.yaml:1:35: executor.retries.copy: 'soon' is not a duration (like 250ms, 1.5s "
		  "or 2m)" },
		{ "executor: { retries: { copy: [1s, -1s] } }",
		  "x.yaml:1:35: executor.retries.copy: '-1s' is below 0s" },
		{ "executor: { retries: { copy: [1s, [2s]] } }",
		  "x.yaml:1:35: executor.retries.copy: a duration is expected, not a list" },
		{ "executor:\n  retries:\n    default:\n      factr: 2\n",
		  "x.yaml:4:7: executor.retries.default: 'factr' is not a setting; did you mean "
		  "'factor'? Known are: initial, factor, max, jitter, most" },
		{ "executor: { retries: { default: { most: 5, jitter: 2 } } }",
		  "x.yaml:1:44: executor.retries.default: jitter: '2' is above 1" },
		{ "executor: { retries: { default: { most: 0 } } }",
		  "x.yaml:1:35: executor.retries.default: most: '0' is below 1" },
		{ "executor: { retries: { default: { most: 2, most: 3 } } }",
		  "x.yaml:1:44: executor.retries.default: 'most' is given twice" },
		{ "executor: { retries: { default: { [most]: 2 } } }",
		  "x.yaml:1:35: executor.retries.default: the name of a setting is expected" },
		{ "executor: { retries: { a: [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
		  "1,1,1,1,1,1,1] } }",
		  "x.yaml:1:92: executor.retries.a: there are more than 32 waits" },
	};
	WRONG(cases);
}

static void how_a_kind_runs_is_refused_where_it_stands(void)
{
	static const struct wrong cases[] = {
		{ "executor: { run: { copy: coprocess } }",
		  "x.yaml:1:20: executor.run.copy: a mapping of settings is expected, not a "
		  "value" },
		{ "executor: { run: { copy: [spawn] } }",
		  "x.yaml:1:20: executor.run.copy: a mapping of settings is expected, not a list" },
		{ "executor:\n  run:\n    default:\n      windw: 2\n",
		  "x.yaml:4:7: executor.run.default: 'windw' is not a setting; did you mean "
		  "'window'? Known are: as, jobs, window, batch, batch_wait, backpressure" },
		{ "executor: { run: { a: { as: fork } } }",
		  "x.yaml:1:25: executor.run.a: as: 'fork' is not spawn or coprocess or batch" },
		{ "executor: { run: { a: { window: 0 } } }",
		  "x.yaml:1:25: executor.run.a: window: '0' is below 1" },
		{ "executor: { run: { a: { jobs: 0 } } }",
		  "x.yaml:1:25: executor.run.a: jobs: '0' is below 1; 'auto' says that there are "
		  "executor.jobs" },
		{ "executor: { run: { a: { batch: 1, batch: 2 } } }",
		  "x.yaml:1:35: executor.run.a: 'batch' is given twice" },
	};
	WRONG(cases);
}

static void a_daemon_is_refused_where_it_stands(void)
{
	static const struct wrong cases[] = {
		{ "daemons: [a]", "x.yaml:1:1: daemons: a mapping is expected, not a list" },
		{ "daemons: { a: telemetryd }",
		  "x.yaml:1:12: daemons.a: a mapping of settings is expected, not a value" },
		{ "daemons:\n  b: { command: x }\n  a: { grace: 1s }\n",
		  "x.yaml:3:3: daemons.a: a daemon needs a command" },
		{ "daemons: { a: { command: [] } }",
		  "x.yaml:1:12: daemons.a: a daemon needs a command" },
		{ "daemons: { a: { command: '' } }",
		  "x.yaml:1:17: daemons.a: command: '' is not a program" },
		{ "daemons: { a: { command: ['', x] } }",
		  "x.yaml:1:17: daemons.a: command: '' is not a program" },
		{ "daemons: { a: { command: { x: y } } }",
		  "x.yaml:1:17: daemons.a: command: a command or a list of its words is expected, "
		  "not a mapping" },
		{ "daemons: { a: { command: [x, [y]] } }",
		  "x.yaml:1:17: daemons.a: command: a text is expected in the list" },
		{ "daemons: { a: { command: x, directory: '' } }",
		  "x.yaml:1:29: daemons.a: directory: '' is not a path" },
		{ "daemons: { a: { comand: x } }",
		  "x.yaml:1:17: daemons.a: 'comand' is not a setting; did you mean 'command'? "
		  "Known "
		  "are: command, directory, restart, give_up, grace, stop_signal, ready_fd, "
		  "ready_timeout, backpressure_file, backpressure_fd, backpressure_signals" },
		{ "daemons: { a: { command: x, command: [y] } }",
		  "x.yaml:1:29: daemons.a: 'command' is given twice" },
		{ "daemons: { a: { command: x, restart: sometimes } }",
		  "x.yaml:1:29: daemons.a: restart: 'sometimes' is not on-crash or always or "
		  "never" },
		{ "daemons: { a: { command: x, give_up: 0 } }",
		  "x.yaml:1:29: daemons.a: give_up: '0' is below 1; 'never' says that it is tried "
		  "for ever" },
		{ "daemons: { a: { command: x, stop_signal: STOPP } }",
		  "x.yaml:1:29: daemons.a: stop_signal: 'STOPP' is not the name of a signal such "
		  "as "
		  "TERM" },
		{ "daemons: { a: { command: x, stop_signal: [TERM] } }",
		  "x.yaml:1:29: daemons.a: stop_signal: a signal is expected, not a list" },
		{ "daemons: { a: { command: x, ready_fd: 2 } }",
		  "x.yaml:1:29: daemons.a: ready_fd: '2' is below 3; 'none' says that it is ready "
		  "when it has started" },
		{ "daemons: { a: { command: x, ready_fd: 1024 } }",
		  "x.yaml:1:29: daemons.a: ready_fd: '1024' is above 1023; 'none' says that it is "
		  "ready when it has started" },
		{ "daemons: { a: { command: x, ready_timeout: 1s } }",
		  "x.yaml:1:12: daemons.a: ready_timeout: there is no ready_fd by which it could "
		  "be "
		  "ready" },
		{ "daemons: { a: { command: x, backpressure_fd: 1 } }",
		  "x.yaml:1:29: daemons.a: backpressure_fd: '1' is where its output goes; 'none' "
		  "says that it gets no lines" },
		{ "daemons: { a: { command: x, ready_fd: 3, backpressure_fd: 3 } }",
		  "x.yaml:1:12: daemons.a: backpressure_fd: 3 is ready_fd already" },
		{ "daemons: { a: { command: x, backpressure_signals: USR1 } }",
		  "x.yaml:1:29: daemons.a: backpressure_signals: a list of two signals is "
		  "expected, "
		  "or [] for none" },
		{ "daemons: { a: { command: x, backpressure_signals: [USR1] } }",
		  "x.yaml:1:29: daemons.a: backpressure_signals: a list of two signals is "
		  "expected, "
		  "or [] for none" },
		{ "daemons: { a: { command: x, backpressure_signals: [USR1, USR1] } }",
		  "x.yaml:1:29: daemons.a: backpressure_signals: one signal cannot say both" },
		{ "daemons: { a: { command: x, backpressure_signals: [USR1, [USR2]] } }",
		  "x.yaml:1:29: daemons.a: backpressure_signals: the name of a signal is "
		  "expected" },
		{ "daemons: { a: { command: x, backpressure_signals: [USR1, TERM] } }",
		  "x.yaml:1:12: daemons.a: backpressure_signals: TERM is stop_signal already" },
		{ "daemons: { -a: { command: x } }",
		  "x.yaml:1:12: daemons.-a: '-a' is not a name: it begins with '-'" },
		{ "daemons: { a b: { command: x } }",
		  "x.yaml:1:12: daemons.a b: 'a b' is not a name: there are blanks or control "
		  "characters in it" },
		{ "daemons: { \"a\\nb\": { command: x } }",
		  "x.yaml:1:12: daemons.a\\x0ab: 'a\\x0ab' is not a name: there are blanks or "
		  "control characters in it" },
		{ "daemons: { '': { command: x } }", "x.yaml:1:12: daemons.: '' is not a name" },
	};
	WRONG(cases);
}

static void D_24_numbers_that_would_abort_or_fill_the_memory_are_refused(void)
{
	static const struct wrong cases[] = {
		{ "backoff: { factor: -1 }", "x.yaml:1:12: backoff.factor: '-1' is below 0" },
		{ "backoff: { factor: nan }",
		  "x.yaml:1:12: backoff.factor: 'nan' is not a number" },
		{ "backoff: { factor: .inf }",
		  "x.yaml:1:12: backoff.factor: '.inf' is not a number" },
		{ "backoff: { factor: 1e39 }",
		  "x.yaml:1:12: backoff.factor: '1e39' is above 3.40282e+38" },
		{ "backoff: { jitter: 1.01 }", "x.yaml:1:12: backoff.jitter: '1.01' is above 1" },
		{ "backoff: { crash_loop: { threshold: 4000000000 } }",
		  "x.yaml:1:26: backoff.crash_loop.threshold: '4000000000' is above 1000000" },
		{ "executor: { queue: 99999999999999999999999 }",
		  "x.yaml:1:13: executor.queue: '99999999999999999999999' is above 1000000" },
		{ "executor: { max_waiting: 4294967296 }",
		  "x.yaml:1:13: executor.max_waiting: '4294967296' is above 100000000" },
		{ "executor: { max_defers: 4294967295 }",
		  "x.yaml:1:13: executor.max_defers: '4294967295' is above 4294967294; 'unlimited' "
		  "says that no action is given up for its defers and retries" },
		{ "backpressure: { assert_at: 18446744073709551615 }",
		  "x.yaml:1:17: backpressure.assert_at: '18446744073709551615' is above "
		  "9223372036854775807" },
		{ "failures: { ring: 2000000000 }",
		  "x.yaml:1:13: failures.ring: '2000000000' is above 100000000" },
	};
	WRONG(cases);
}

static void what_is_not_one_yaml_mapping_is_refused(void)
{
	static const struct wrong cases[] = {
		{ "executor: { jobs: 4",
		  "x.yaml:2:1: not YAML: did not find expected ',' or '}' while parsing a flow "
		  "mapping" },
		{ "executor:\n\tjobs: 4\n",
		  "x.yaml:2:1: not YAML: a tab, where blanks are expected" },
		{ "executor: `\n",
		  "x.yaml:1:11: not YAML: found character that cannot start any token while "
		  "scanning for the next token" },
		{ "failures: {}\n# \xff\n", "x.yaml:2:3: not YAML: invalid leading UTF-8 octet" },
		{ "failures: {}\n\xc3\xa4\xc3\xa4: \x01\n",
		  "x.yaml:2:5: not YAML: control characters are not allowed" },
		{ "rules: *none", "x.yaml:1:8: not YAML: found undefined alias" },
		{ "failures: {}\n---\nfailures: {}\n",
		  "x.yaml:2:1: a second document begins; one is enough" },
		{ "failures: {}\n...\n}\n",
		  "x.yaml:3:1: not YAML: did not find expected <document start>" },
		{ "{a: [[[[[[[[[[[[[[[[ 4", "x.yaml:1:20: the nesting is too deep" },
		{ "- executor", "x.yaml:1:1: a mapping of settings is expected, not a list" },
		{ "jobs", "x.yaml:1:1: a mapping of settings is expected, not a value" },
		{ "failures: { ring: !count 4 }", "x.yaml:1:19: a tag has no meaning here" },
		{ "rules: [{ name: a, window: 1s, kinds: \"a\\0b\" }]",
		  "x.yaml:1:39: a text must not hold a zero byte" },
	};
	WRONG(cases);
}

static void wrong_sets_are_refused(void)
{
	static const struct wrong cases[] = {
		{ "executor.jobs", "--set: 'executor.jobs' is not of the form path=value" },
		{ "executor\njobs", "--set: 'executor\\x0ajobs' is not of the form path=value" },
		{ "=4", "--set: '=4' is not of the form path=value" },
		{ "executor.run.\xff={}", "--set: 'executor.run.\xff' is not UTF-8" },
		{ "executor.jobs=x",
		  "--set: executor.jobs: 'x' is not a whole number; 'auto' says that there is one "
		  "for each processor" },
		{ "executor.jobs.x=4",
		  "--set: executor.jobs: a whole number is expected, not a mapping" },
		{ "executor=4", "--set: executor: a mapping of settings is expected, not a value" },
		{ "executor.=4",
		  "--set: executor: '' is not a setting; known are: jobs, queue, max_waiting, "
		  "on_full, max_defers, queueing, on_eof, serialize, dedupe, retry_after, retries, "
		  "retry_budget, "
		  "max_wait, "
		  "timeout, timeouts, run, "
		  "kill_after, "
		  "on_timeout, on_exit, halt, grace, capture" },
		{ "rules.new.window=4s",
		  "--set: rules: 'new' is not the name of a rule; known are: chain-window, "
		  "pull-cooldown, drain-rate, daemon-backoff" },
		{ "rules[4].window=4s",
		  "--set: rules: '[4]' is not the name of a rule; known are: chain-window, "
		  "pull-cooldown, drain-rate, daemon-backoff" },
		{ "rules[1].window=soon",
		  "--set: rules[1].window: 'soon' is not a duration (like 250ms, 1.5s or 2m)" },
		{ "rules.pull-cooldown.hold=daemon",
		  NULL }, /* accepted: a rule may change its type */
		{ "rules.drain-rate.kinds=[a, a]",
		  "--set: rules.drain-rate.kinds: 'a' is listed twice" },
		{ "rules.drain-rate.kinds=[a",
		  "--set: not YAML: did not find expected ',' or ']' while parsing a flow "
		  "sequence" },
		{ "rules.pull-cooldown.rate=4",
		  "--set: rules.pull-cooldown.rate: the period is missing: say per: 1s for so "
		  "many a second" },
		{ "rules.pull-cooldown.on_hold=wait",
		  "--set: rules.pull-cooldown.on_hold: a window rule has no such setting" },
		{ "backpressure.assert_at=100",
		  "--set: backpressure.release_at: 200 is not below assert_at (100), so the "
		  "signal would flap; say force: true if that is meant" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct policy p;
		struct err e = { 0 };
		bool loaded = load_sets(&p, "", &cases[i].yaml, 1, &e);
		if (cases[i].message) {
			OK(!loaded);
			EQ(e.status, STATUS_CONFIG);
			SAME(slice_of(e.text), cases[i].message);
		} else if (OK(loaded)) {
			config_free(&p);
		}
	}
}

static void files_and_presets_that_are_not_there_are_told_apart(void)
{
	struct config_sources gone = { .file = "/nonexistent/x.yaml" };
	struct config_sources folder = { .file = "/" };
	struct config_sources endless = { .file = "/dev/zero" };
	struct config_sources preset = { .preset = "rubost" };
	struct policy p;
	struct err e;

	OK(!config_load(&p, &gone, &e));
	EQ(e.status, STATUS_NO_INPUT);
	SAME(slice_of(e.text), "/nonexistent/x.yaml: No such file or directory");
	OK(!config_load(&p, &folder, &e));
	EQ(e.status, STATUS_NO_INPUT);
	SAME(slice_of(e.text), "/: Is a directory");
	OK(!config_load(&p, &endless, &e));
	EQ(e.status, STATUS_CONFIG);
	SAME(slice_of(e.text), "/dev/zero: too long for a configuration (over 256 KiB)");
	OK(!config_load(&p, &preset, &e));
	EQ(e.status, STATUS_CONFIG);
	SAME(slice_of(e.text), "--preset: 'rubost' is not a preset; did you mean 'robust'? Known "
	                       "are: meshos, robust");
}

static void recovery_is_checked(void)
{
	static const struct wrong cases[] = {
		{ "recovery: { timeout: 0s }",
		  "x.yaml:1:13: recovery.timeout: '0s' is below 1ns; 'none' says that a handler "
		  "may take any time" },
		{ "recovery: { on_exit: retry }",
		  "x.yaml:1:13: recovery.on_exit: 'retry' is not ignore or strike" },
		{ "recovery: { probe: yes }",
		  "x.yaml:1:13: recovery.probe: 'yes' is not off or on" },
		{ "recovery: { strikes: 0 }",
		  "x.yaml:1:13: recovery.strikes: '0' is below 1; 'none' says that no handler is "
		  "evicted" },
		{ "recovery: { cap: 0 }",
		  "x.yaml:1:13: recovery.cap: '0' is below 1; 'none' says that a pass runs all "
		  "handlers" },
		{ "recovery: { slots: none }",
		  "x.yaml:1:13: recovery.slots: 'none' is not a whole number" },
		{ "recovery: { backoff: none }",
		  "x.yaml:1:13: recovery.backoff: a mapping of settings is expected, not a value" },
		{ "recovery: { backoff: { initial: 0 } }",
		  "x.yaml:1:24: recovery.backoff.initial: '0' is below 1ns; 'none' says that the "
		  "next pass runs it again" },
		{ "recovery: { handlers: [ingest] }",
		  "x.yaml:1:13: recovery.handlers: a mapping is expected, not a list" },
		{ "recovery: { handlers: { a/b: [true] } }",
		  "x.yaml:1:25: recovery.handlers.a/b: 'a/b' is not a name of letters, digits, "
		  "'_' and '-'" },
		{ "recovery: { handlers: { ingest: { command: [true] } } }",
		  "x.yaml:1:25: recovery.handlers.ingest: a command or a list of its words is "
		  "expected, not a mapping" },
		{ "recovery:\n  handlers:\n    a: x\n    ingest: []\n",
		  "x.yaml:4:5: recovery.handlers.ingest: a handler needs a command" },
		{ "recovery: { handlers: { ingest: [''] } }",
		  "x.yaml:1:34: recovery.handlers.ingest: '' is not a program" },
	};
	WRONG(cases);
}

int main(void)
{
	RUN(values_of_the_wrong_form_are_refused_with_their_place);
	RUN(unknown_and_repeated_names_are_refused);
	RUN(rules_that_make_no_sense_are_refused);
	RUN(lists_have_an_end);
	RUN(D_15_contradictions_and_zeros_are_refused);
	RUN(names_and_values_of_a_mapping_of_names_are_checked);
	RUN(a_wait_that_is_none_is_refused_where_it_stands);
	RUN(how_a_kind_runs_is_refused_where_it_stands);
	RUN(a_daemon_is_refused_where_it_stands);
	RUN(D_24_numbers_that_would_abort_or_fill_the_memory_are_refused);
	RUN(what_is_not_one_yaml_mapping_is_refused);
	RUN(wrong_sets_are_refused);
	RUN(files_and_presets_that_are_not_there_are_told_apart);
	RUN(recovery_is_checked);
	return t_done();
}
