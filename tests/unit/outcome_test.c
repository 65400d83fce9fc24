/* The words for what happened, effect by effect. */
#include "base/mem.h"
#include "codec/outcome.h"
#include "t.h"

#include <signal.h>

/* An effect about an action that arrived at 1000 ms, and the policy it is told under. */
struct scene {
	struct rule_policy rules[2];
	struct policy policy;
	struct result result;
	struct action *action;
	struct gate_class class;
	struct effect effect;
	struct outcome_subject subject;
	struct buf out;
};

static struct scene *scene_new(enum outcome outcome, enum cause cause)
{
	static char pull[] = "pull-cooldown", hold[] = "daemon-backoff";
	struct scene *s = mem_zeroed(1, sizeof *s);

	s->rules[0].name = pull;
	s->rules[1].name = hold;
	s->policy.rules = s->rules;
	s->policy.rule_count = 2;
	s->policy.executor.max_defers = 16;
	s->policy.executor.timeout = span_ms(2000);
	s->action = mem_zeroed(1, sizeof *s->action);
	s->action->class = &s->class;
	s->action->arrival = 4;
	s->action->arrived = instant_ms(1000);
	s->effect = (struct effect){
		.jobs = 2,
		.kind = EFFECT_OUTCOME,
		.at = instant_ms(1500),
		.action = s->action,
		.outcome = outcome,
		.cause = cause,
	};
	s->subject = (struct outcome_subject){
		.epoch = SLICE("e1"),
		.id = SLICE("7"),
		.kind = SLICE("pull_replica"),
		.emitted = instant_ms(900),
		.expires = INSTANT_NEVER,
	};
	return s;
}

/* The handler has ended so, after 20 ms of work. */
static void handled(struct scene *s, struct result r)
{
	s->result = r;
	s->action->result = &s->result;
	s->action->attempts = 1;
	s->action->ran = span_ms(20);
}

static void scene_free(struct scene *s)
{
	buf_free(&s->out);
	free(s->action);
	free(s);
}

static slice member(struct scene *s)
{
	buf_clear(&s->out);
	outcome_member(&s->effect, &s->policy, &s->out);
	return buf_slice(&s->out);
}

static slice chain(struct scene *s)
{
	buf_clear(&s->out);
	outcome_chain_record(&s->subject, &s->effect, &s->policy, &s->out);
	return buf_slice(&s->out);
}

static slice failure(struct scene *s, uint64_t seq)
{
	buf_clear(&s->out);
	outcome_failure_record(&s->subject, seq, &s->effect, &s->policy, &s->out);
	return buf_slice(&s->out);
}

static slice reason(struct scene *s)
{
	buf_clear(&s->out);
	outcome_reason(&s->effect, &s->policy, &s->out);
	return buf_slice(&s->out);
}

static bool has(slice text, const char *part)
{
	return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

#define HEAD                                                                                       \
	"{\"v\":1,\"epoch\":\"e1\",\"id\":7,\"kind\":\"pull_replica\","                            \
	"\"arrival\":4,\"jobs\":2,\"emitted_at_ms\":900,\"at_ms\":1500,\"disposition\":"

static void a_success_says_how_long_it_waited_and_ran(void)
{
	struct scene *s = scene_new(OUTCOME_DISPATCHED, CAUSE_NONE);

	handled(s, (struct result){ .verdict = RESULT_OK });
	s->action->defers = 2;
	SAME(member(s), "{\"status\":\"dispatched\",\"attempts\":1,\"defers\":2,\"at_ms\":1500,"
	                "\"queued_ms\":480,\"run_ms\":20,\"exit\":0}");
	SAME(chain(s), HEAD "{\"status\":\"dispatched\",\"exit\":0,\"attempts\":1,\"defers\":2,"
	                    "\"queued_ms\":480,\"run_ms\":20}}\n");
	SAME(reason(s), "");
	OK(!outcome_is_failure(OUTCOME_DISPATCHED));
	scene_free(s);
}

static void captured_output_goes_into_the_outcome_only(void)
{
	struct scene *s = scene_new(OUTCOME_DISPATCHED, CAUSE_NONE);
	char output[] = "a\n\0b";

	handled(s, (struct result){ .verdict = RESULT_OK, .output = output, .output_size = 4 });
	SAME(member(s), "{\"status\":\"dispatched\",\"attempts\":1,\"defers\":0,\"at_ms\":1500,"
	                "\"queued_ms\":480,\"run_ms\":20,\"exit\":0,\"output\":\"a\\n\\u0000b\"}");
	OK(!has(chain(s), "output"));
	scene_free(s);
}

static void a_failed_record_has_the_reason_verbatim(void)
{
	struct scene *s = scene_new(OUTCOME_FAILED, CAUSE_HANDLER);
	char words[] = "disk \"sda\" is gone";

	handled(s, (struct result){ .verdict = RESULT_FAIL, .exit = 3, .reason = words });
	SAME(member(s), "{\"status\":\"failed\",\"attempts\":1,\"defers\":0,\"at_ms\":1500,"
	                "\"queued_ms\":480,\"run_ms\":20,\"exit\":3,"
	                "\"reason\":\"disk \\\"sda\\\" is gone\"}");
	SAME(chain(s), HEAD "{\"status\":\"failed\",\"reason\":\"disk \\\"sda\\\" is gone\","
	                    "\"exit\":3,\"attempts\":1,\"defers\":0,\"queued_ms\":480,"
	                    "\"run_ms\":20}}\n");
	SAME(failure(s, 4), "{\"v\":1,\"epoch\":\"e1\",\"seq\":4,"
	                    "\"source\":\"action-id:7:pull_replica\","
	                    "\"reason\":\"disk \\\"sda\\\" is gone\",\"recorded_at_ms\":1500,"
	                    "\"status\":\"failed\",\"id\":7,\"kind\":\"pull_replica\"}\n");
	scene_free(s);
}

static void a_chain_keeps_what_rules_asked_of_the_action(void)
{
	struct scene *s = scene_new(OUTCOME_EXPIRED, CAUSE_EXPIRED);

	s->subject.expires = instant_ms(1400);
	s->subject.members = SLICE("{\"chain\":3.0,\"source.zone\":\"x\"}");
	SAME(chain(s),
	     "{\"v\":1,\"epoch\":\"e1\",\"id\":7,\"kind\":\"pull_replica\","
	     "\"arrival\":4,\"jobs\":2,\"emitted_at_ms\":900,\"at_ms\":1500,\"expires_ms\":1400,"
	     "\"members\":{\"chain\":3.0,\"source.zone\":\"x\"},"
	     "\"disposition\":{\"status\":\"expired\","
	     "\"reason\":\"expired before it could run\",\"attempts\":0,\"defers\":0,"
	     "\"queued_ms\":500,\"run_ms\":0}}\n");
	scene_free(s);
}

static void a_timeout_is_told_apart_from_a_signal_that_somebody_sent(void)
{
	struct scene *s = scene_new(OUTCOME_FAILED, CAUSE_HANDLER);

	handled(s,
	        (struct result){
			.verdict = RESULT_FAIL, .exit = -1, .signal = SIGTERM, .timed_out = true });
	SAME(member(s), "{\"status\":\"failed\",\"attempts\":1,\"defers\":0,\"at_ms\":1500,"
	                "\"queued_ms\":480,\"run_ms\":20,\"timed_out\":true,\"signal\":\"TERM\","
	                "\"reason\":\"timed out after 2s\"}");
	scene_free(s);
}

static void every_end_of_a_handler_has_words(void)
{
	static char words[] = "boom";
	static const struct {
		struct result result;
		const char *reason;
	} cases[] = {
		{ { .verdict = RESULT_FAIL, .exit = 1 }, "exit status 1" },
		{ { .verdict = RESULT_FAIL, .exit = -1, .reason = words }, "boom" },
		{ { .verdict = RESULT_FAIL, .exit = -1 }, "the handler failed" },
		{ { .verdict = RESULT_FAIL, .exit = -1, .signal = SIGKILL }, "killed by SIGKILL" },
		{ { .verdict = RESULT_FAIL, .exit = -1, .signal = SIGSEGV, .reason = words },
		  "killed by SIGSEGV: boom" },
		{ { .verdict = RESULT_FAIL, .exit = -1, .signal = 40 }, "killed by signal 40" },
		{ { .verdict = RESULT_FAIL, .exit = -1, .signal = SIGTERM, .timed_out = true },
		  "timed out after 2s" },
		{ { .verdict = RESULT_FAIL, .timed_out = true, .reason = words },
		  "timed out after 2s: boom" },
	};
	struct scene *s = scene_new(OUTCOME_FAILED, CAUSE_HANDLER);

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		handled(s, cases[i].result);
		SAME(reason(s), cases[i].reason);
	}
	scene_free(s);
}

static void a_signal_is_named_instead_of_an_exit(void)
{
	struct scene *s = scene_new(OUTCOME_FAILED, CAUSE_HANDLER);

	handled(s, (struct result){ .verdict = RESULT_FAIL, .exit = -1, .signal = SIGKILL });
	SAME(member(s), "{\"status\":\"failed\",\"attempts\":1,\"defers\":0,\"at_ms\":1500,"
	                "\"queued_ms\":480,\"run_ms\":20,\"signal\":\"KILL\","
	                "\"reason\":\"killed by SIGKILL\"}");
	scene_free(s);
}

static void a_gated_record_names_the_rule_and_what_is_left_of_its_hold(void)
{
	struct scene *s = scene_new(OUTCOME_GATED, CAUSE_HELD);

	s->effect.rule = 1;
	s->effect.until = instant_ms(5500);
	SAME(reason(s), "held by daemon-backoff for another 4000 ms");
	SAME(member(s), "{\"status\":\"gated\",\"attempts\":0,\"defers\":0,\"at_ms\":1500,"
	                "\"queued_ms\":500,\"run_ms\":0,\"rule\":\"daemon-backoff\","
	                "\"until_ms\":5500,"
	                "\"reason\":\"held by daemon-backoff for another 4000 ms\"}");
	SAME(chain(s), HEAD "{\"status\":\"gated\",\"rule\":\"daemon-backoff\",\"until_ms\":5500,"
	                    "\"cooldown_ms\":4000,"
	                    "\"reason\":\"held by daemon-backoff for another 4000 ms\","
	                    "\"attempts\":0,\"defers\":0,\"queued_ms\":500,\"run_ms\":0}}\n");
	scene_free(s);
}

static void a_hold_of_somebody_upstream_needs_no_rule_of_ours(void)
{
	struct scene *s = scene_new(OUTCOME_GATED, CAUSE_HELD);

	s->effect.rule = UINT32_MAX;
	s->effect.until = INSTANT_NEVER;
	SAME(member(s), "{\"status\":\"gated\",\"attempts\":0,\"defers\":0,\"at_ms\":1500,"
	                "\"queued_ms\":500,\"run_ms\":0,\"reason\":\"held by a rule upstream\"}");
	scene_free(s);
}

static void D_28_one_that_was_not_run_names_the_one_that_was(void)
{
	struct scene *s = scene_new(OUTCOME_DISPATCHED, CAUSE_TWIN);

	s->effect.twin = "\"a\\nb\"";
	SAME(member(s), "{\"status\":\"dispatched\",\"attempts\":0,\"defers\":0,\"at_ms\":1500,"
	                "\"queued_ms\":500,\"run_ms\":0,\"joined\":\"a\\nb\"}");
	SAME(chain(s), HEAD "{\"status\":\"dispatched\",\"joined\":\"a\\nb\",\"attempts\":0,"
	                    "\"defers\":0,\"queued_ms\":500,\"run_ms\":0}}\n");
	scene_free(s);
}

static void what_a_halt_leaves_says_why(void)
{
	struct scene *s = scene_new(OUTCOME_UNFINISHED, CAUSE_HALTED);

	s->effect.failures = 3;
	SAME(reason(s), "halted: 3 actions failed");
	s->effect.failures = 1;
	SAME(reason(s), "halted: 1 action failed");
	s->effect.failures = 0;
	SAME(reason(s), "halted: the end of a handler asks for it");
	scene_free(s);
}

static void D_19_an_ordinary_defer_leaves_a_record_with_its_cause_and_due_time(void)
{
	struct scene *s = scene_new(OUTCOME_DEFERRED, CAUSE_RULE);

	s->action->defers = 1;
	s->effect.rule = 0;
	s->effect.until = instant_ms(1650);
	SAME(chain(s), HEAD "{\"status\":\"deferred\",\"rule\":\"pull-cooldown\",\"due_ms\":1650,"
	                    "\"retry_after_ms\":150,"
	                    "\"reason\":\"deferred by pull-cooldown for another 150 ms\","
	                    "\"attempts\":0,\"defers\":1,\"queued_ms\":500,\"run_ms\":0}}\n");
	OK(!outcome_is_failure(OUTCOME_DEFERRED));
	s->effect.until = s->effect.at;
	SAME(reason(s), "deferred by pull-cooldown");
	scene_free(s);
}

static void D_20_the_end_of_a_budget_keeps_the_last_error_and_counts_apart(void)
{
	struct scene *s = scene_new(OUTCOME_FAILED, CAUSE_RETRY_BUDGET);
	char words[] = "peer busy";

	handled(s, (struct result){ .verdict = RESULT_RETRY, .exit = 75, .reason = words });
	s->action->attempts = 5;
	s->action->defers = 12;
	SAME(member(s), "{\"status\":\"failed\",\"attempts\":5,\"defers\":12,\"at_ms\":1500,"
	                "\"queued_ms\":480,\"run_ms\":20,\"exit\":75,"
	                "\"reason\":\"retried too often: 12 defers and 5 attempts, "
	                "max_defers is 16\",\"last_reason\":\"peer busy\"}");
	SAME(failure(s, 1), "{\"v\":1,\"epoch\":\"e1\",\"seq\":1,"
	                    "\"source\":\"action-id:7:pull_replica\","
	                    "\"reason\":\"retried too often: 12 defers and 5 attempts, "
	                    "max_defers is 16\",\"last_reason\":\"peer busy\","
	                    "\"recorded_at_ms\":1500,\"status\":\"failed\",\"id\":7,"
	                    "\"kind\":\"pull_replica\"}\n");
	s->effect.cause = CAUSE_DEFER_BUDGET;
	s->action->result = NULL;
	s->action->attempts = 0;
	s->action->defers = 17;
	SAME(reason(s), "deferred too often: 17 defers and 0 attempts, max_defers is 16");
	scene_free(s);
}

static void each_bound_of_retries_and_waits_says_which_it_was(void)
{
	static const struct retry_policy list = { .listed = true, .count = 2 };
	struct scene *s = scene_new(OUTCOME_FAILED, CAUSE_RETRIES);
	char words[] = "peer busy";

	handled(s, (struct result){ .verdict = RESULT_RETRY, .exit = 75, .reason = words });
	s->action->attempts = 3;
	s->class.retry = &list;
	SAME(member(s), "{\"status\":\"failed\",\"attempts\":3,\"defers\":0,\"at_ms\":1500,"
	                "\"queued_ms\":480,\"run_ms\":20,\"exit\":75,"
	                "\"reason\":\"retried too often: 3 attempts, executor.retries has 2 "
	                "retries\",\"last_reason\":\"peer busy\"}");
	s->effect.cause = CAUSE_STREAM_BUDGET;
	SAME(reason(s), "not retried: executor.retry_budget is used up");
	s->policy.executor.max_waiting = 7;
	s->effect.cause = CAUSE_FULL;
	SAME(reason(s), "no room to wait: 7 are waiting, which is executor.max_waiting");
	s->effect.outcome = OUTCOME_EXPIRED;
	s->effect.cause = CAUSE_WAITED;
	s->policy.executor.max_wait = span_ms(1500);
	SAME(reason(s), "waited longer than max_wait, 1500ms");
	scene_free(s);
}

static void D_21_a_retried_failure_is_in_the_chain_and_is_no_failure(void)
{
	struct scene *s = scene_new(OUTCOME_RETRYING, CAUSE_HANDLER);
	char words[] = "peer busy";

	handled(s, (struct result){ .verdict = RESULT_RETRY, .exit = 75, .reason = words });
	s->effect.until = instant_ms(1550);
	SAME(chain(s), HEAD "{\"status\":\"failed\",\"due_ms\":1550,\"retry_after_ms\":50,"
	                    "\"reason\":\"peer busy\",\"exit\":75,\"attempts\":1,\"defers\":0,"
	                    "\"queued_ms\":480,\"run_ms\":20}}\n");
	OK(!outcome_is_failure(OUTCOME_RETRYING));
	SAME(member(s), "{\"status\":\"retrying\",\"attempts\":1,\"defers\":0,\"at_ms\":1500,"
	                "\"queued_ms\":480,\"run_ms\":20,\"exit\":75,\"due_ms\":1550,"
	                "\"retry_after_ms\":50,\"reason\":\"peer busy\"}");
	scene_free(s);
}

static void the_chain_says_who_has_named_the_wait_before_a_retry(void)
{
	struct scene *s = scene_new(OUTCOME_RETRYING, CAUSE_HANDLER);
	struct retry_policy retry = { .most = 3 };

	handled(s, (struct result){ .verdict = RESULT_RETRY, .exit = 75, .has_hint = true });
	s->effect.until = instant_ms(1550);
	s->effect.draw = 17;
	OK(has(chain(s), "\"retry_after_ms\":50,\"hinted\":true,"));
	OK(has(member(s), "\"retry_after_ms\":50,\"hinted\":true,"));
	s->class.retry = &retry;
	OK(has(chain(s), "\"hinted\":true"));
	s->result.has_hint = false;
	OK(!has(chain(s), "hinted") && !has(chain(s), "draw"));
	retry.ladder.jitter = 0.5F;
	OK(has(chain(s), "\"retry_after_ms\":50,\"draw\":17,"));
	OK(has(member(s), "\"retry_after_ms\":50,\"draw\":17,"));
	retry.listed = true;
	OK(!has(chain(s), "draw"));
	OK(!has(chain(s), "lost"));
	s->result.lost = true;
	OK(has(chain(s), ",\"lost\":true,"));
	scene_free(s);
}

static void an_unfinished_action_tells_of_an_attempt_that_ended_just_then(void)
{
	struct scene *s = scene_new(OUTCOME_UNFINISHED, CAUSE_HALTED);

	handled(s, (struct result){ .verdict = RESULT_RETRY, .exit = 75, .has_hint = true });
	s->effect.until = instant_ms(1550);
	OK(!has(member(s), "\"exit\"") && !has(member(s), "hinted"));
	s->effect.ended = true;
	OK(has(member(s), ",\"exit\":75,\"due_ms\":1550,\"hinted\":true,"));
	s->effect.until = s->effect.at; /* it was told to end */
	OK(has(member(s), ",\"exit\":75,\"due_ms\":1500,\"reason\""));
	scene_free(s);
}

static void a_failure_that_halts_says_so(void)
{
	struct scene *s = scene_new(OUTCOME_FAILED, CAUSE_HANDLER);

	handled(s, (struct result){ .verdict = RESULT_HALT, .exit = 3 });
	OK(has(member(s), ",\"halts\":true,\"exit\":3,"));
	OK(has(chain(s), ",\"halts\":true,\"exit\":3,"));
	s->result.verdict = RESULT_FAIL;
	OK(!has(chain(s), "halts"));
	scene_free(s);
}

static void the_chain_says_in_which_pool_an_action_was(void)
{
	struct scene *s = scene_new(OUTCOME_EXPIRED, CAUSE_EXPIRED);

	OK(!has(chain(s), "pool"));
	s->action->pool = 3;
	OK(has(chain(s), "\"arrival\":4,\"pool\":3,\"jobs\":2,"));
	scene_free(s);
}

static void D_23_chain_and_failure_records_carry_their_version_first(void)
{
	struct scene *s = scene_new(OUTCOME_EXPIRED, CAUSE_EXPIRED);

	OK(slice_starts(chain(s), "{\"v\":1,"));
	OK(slice_starts(failure(s, 1), "{\"v\":1,"));
	scene_free(s);
}

static void D_30_all_records_of_one_effect_have_its_one_time(void)
{
	struct scene *s = scene_new(OUTCOME_FAILED, CAUSE_HANDLER);

	s->effect.at = (instant){ 1500000001 };
	handled(s, (struct result){ .verdict = RESULT_FAIL, .exit = 1 });
	OK(has(member(s), "\"at_ms\":1500.000001,"));
	OK(has(chain(s), "\"at_ms\":1500.000001,"));
	OK(has(failure(s, 1), "\"recorded_at_ms\":1500.000001,"));
	scene_free(s);
}

static void D_31_durations_below_a_millisecond_are_not_cut(void)
{
	struct scene *s = scene_new(OUTCOME_RETRYING, CAUSE_HANDLER);

	handled(s, (struct result){ .verdict = RESULT_RETRY, .exit = 75 });
	s->action->ran = (span){ 1 };
	s->effect.until = instant_add(s->effect.at, (span){ 900000 });
	SAME(chain(s), HEAD "{\"status\":\"failed\",\"due_ms\":1500.9,\"retry_after_ms\":0.9,"
	                    "\"reason\":\"exit status 75\",\"exit\":75,\"attempts\":1,"
	                    "\"defers\":0,\"queued_ms\":499.999999,\"run_ms\":0.000001}}\n");
	scene_free(s);
}

static void an_expired_action_says_so(void)
{
	struct scene *s = scene_new(OUTCOME_EXPIRED, CAUSE_EXPIRED);

	SAME(member(s),
	     "{\"status\":\"expired\",\"attempts\":0,\"defers\":0,\"at_ms\":1500,"
	     "\"queued_ms\":500,\"run_ms\":0,\"reason\":\"expired before it could run\"}");
	OK(outcome_is_failure(OUTCOME_EXPIRED));
	scene_free(s);
}

static void what_is_left_over_says_when_it_would_have_been_due(void)
{
	struct scene *s = scene_new(OUTCOME_UNFINISHED, CAUSE_STOPPED);
	char words[] = "peer busy";

	handled(s, (struct result){ .verdict = RESULT_RETRY, .exit = 75, .reason = words });
	s->effect.until = instant_ms(61000);
	SAME(member(s), "{\"status\":\"unfinished\",\"attempts\":1,\"defers\":0,\"at_ms\":1500,"
	                "\"queued_ms\":480,\"run_ms\":20,\"due_ms\":61000,"
	                "\"reason\":\"stopped before it was done\",\"last_reason\":\"peer busy\"}");
	s->effect.cause = CAUSE_END;
	s->effect.until = INSTANT_NEVER;
	s->action->result = NULL;
	SAME(member(s), "{\"status\":\"unfinished\",\"attempts\":1,\"defers\":0,\"at_ms\":1500,"
	                "\"queued_ms\":480,\"run_ms\":20,"
	                "\"reason\":\"the input ended before it was done\"}");
	s->effect.cause = CAUSE_STUCK;
	s->effect.rule = 0;
	SAME(member(s), "{\"status\":\"unfinished\",\"attempts\":1,\"defers\":0,\"at_ms\":1500,"
	                "\"queued_ms\":480,\"run_ms\":20,\"rule\":\"pull-cooldown\","
	                "\"reason\":\"pull-cooldown would never let it run\"}");
	s->effect.rule = UINT32_MAX;
	SAME(member(s), "{\"status\":\"unfinished\",\"attempts\":1,\"defers\":0,\"at_ms\":1500,"
	                "\"queued_ms\":480,\"run_ms\":20,"
	                "\"reason\":\"a rule would never let it run\"}");
	OK(outcome_is_failure(OUTCOME_UNFINISHED));
	scene_free(s);
}

static void a_source_has_the_id_decoded_and_the_kind(void)
{
	struct buf out = { 0 };

	outcome_source(SLICE("18446744073709551615"), SLICE("x"), &out);
	SAME(buf_slice(&out), "action-id:18446744073709551615:x");
	buf_clear(&out);
	struct buf id = { 0 }; /* with the slack that json_string may look at */
	outcome_source(json_text(&id, SLICE("\"a\\u0020\\\"b\"")), SLICE("start_daemon"), &out);
	SAME(buf_slice(&out), "action-id:a \"b:start_daemon");
	buf_free(&id);
	buf_free(&out);
}

int main(void)
{
	RUN(a_success_says_how_long_it_waited_and_ran);
	RUN(captured_output_goes_into_the_outcome_only);
	RUN(a_failed_record_has_the_reason_verbatim);
	RUN(a_chain_keeps_what_rules_asked_of_the_action);
	RUN(a_timeout_is_told_apart_from_a_signal_that_somebody_sent);
	RUN(every_end_of_a_handler_has_words);
	RUN(a_signal_is_named_instead_of_an_exit);
	RUN(a_gated_record_names_the_rule_and_what_is_left_of_its_hold);
	RUN(a_hold_of_somebody_upstream_needs_no_rule_of_ours);
	RUN(D_28_one_that_was_not_run_names_the_one_that_was);
	RUN(what_a_halt_leaves_says_why);
	RUN(D_19_an_ordinary_defer_leaves_a_record_with_its_cause_and_due_time);
	RUN(D_20_the_end_of_a_budget_keeps_the_last_error_and_counts_apart);
	RUN(each_bound_of_retries_and_waits_says_which_it_was);
	RUN(D_21_a_retried_failure_is_in_the_chain_and_is_no_failure);
	RUN(the_chain_says_who_has_named_the_wait_before_a_retry);
	RUN(an_unfinished_action_tells_of_an_attempt_that_ended_just_then);
	RUN(a_failure_that_halts_says_so);
	RUN(the_chain_says_in_which_pool_an_action_was);
	RUN(D_23_chain_and_failure_records_carry_their_version_first);
	RUN(D_30_all_records_of_one_effect_have_its_one_time);
	RUN(D_31_durations_below_a_millisecond_are_not_cut);
	RUN(an_expired_action_says_so);
	RUN(what_is_left_over_says_when_it_would_have_been_due);
	RUN(a_source_has_the_id_decoded_and_the_kind);
	return t_done();
}
