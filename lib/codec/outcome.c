#include "codec/outcome.h"

#include "base/dur.h"
#include "codec/ending.h"

#include <string.h>

const char *outcome_name(enum outcome o)
{
	switch (o) {
	case OUTCOME_DISPATCHED:
		return "dispatched";
	case OUTCOME_FAILED:
		return "failed";
	case OUTCOME_GATED:
		return "gated";
	case OUTCOME_EXPIRED:
		return "expired";
	case OUTCOME_UNFINISHED:
		return "unfinished";
	case OUTCOME_RETRYING:
		return "retrying";
	case OUTCOME_DEFERRED:
		return "deferred";
	}
	return "?";
}

bool outcome_is_failure(enum outcome o)
{
	return o == OUTCOME_FAILED || o == OUTCOME_GATED || o == OUTCOME_EXPIRED ||
	       o == OUTCOME_UNFINISHED;
}

/* ---- reasons ---- */

/* What is left of a time that lies ahead; nothing when it has come. */
static span left(const struct effect *f)
{
	span d = instant_until(f->at, f->until);
	return d.ns > 0 ? d : (span){ 0 };
}

static const char *rule_name(const struct effect *f, const struct policy *policy)
{
	return f->rule < policy->rule_count ? policy->rules[f->rule].name : NULL;
}

/* "held by NAME for another 150 ms". A rule that the policy lacks is one of the
 * meshq-admit upstream. */
static void add_closed(const struct effect *f, const struct policy *policy, struct buf *out)
{
	const char *name = rule_name(f, policy);

	buf_add_text(out, f->cause == CAUSE_HELD ? "held by " : "deferred by ");
	buf_add_text(out, name ? name : "a rule upstream");
	if (f->until.ns == INT64_MAX || left(f).ns == 0)
		return;
	buf_add_text(out, " for another ");
	buf_add_ms(out, left(f).ns);
	buf_add_text(out, " ms");
}

static void add_stuck(const struct effect *f, const struct policy *policy, struct buf *out)
{
	const char *name = rule_name(f, policy);

	buf_addf(out, "%s would never let it run", name ? name : "a rule");
}

/* How the handler ended, and what it said. */
static void add_handler(const struct action *a, const struct policy *policy, struct buf *out)
{
	const struct result *r = a->result;
	span timeout = a->class->timeout ? *a->class->timeout : policy->executor.timeout;
	size_t before = out->n;

	if (r->timed_out) {
		buf_add_text(out, "timed out");
		if (timeout.ns > 0) {
			buf_add_text(out, " after ");
			dur_format(out, timeout);
		}
	} else if (r->signal) {
		ending_add_words(-1, r->signal, out);
	}
	if (r->reason && r->reason[0]) {
		if (out->n > before)
			buf_add_text(out, ": ");
		buf_add_text(out, r->reason);
	} else if (out->n == before) {
		if (r->exit >= 0)
			ending_add_words(r->exit, 0, out);
		else
			buf_add_text(out, "the handler failed");
	}
}

/* D-20: waits and attempts are told apart, though they share one budget. */
static void add_budget(const struct effect *f, const struct policy *policy, struct buf *out)
{
	buf_addf(out, "%s too often: %u defers and %u attempts, max_defers is %u",
	         f->cause == CAUSE_DEFER_BUDGET ? "deferred" : "retried", f->action->defers,
	         f->action->attempts, policy->executor.max_defers);
}

static void add_retries(const struct action *a, struct buf *out)
{
	uint32_t most = a->attempts ? a->attempts - 1 : 0;

	if (a->class->retry)
		most = a->class->retry->listed ? a->class->retry->count : a->class->retry->most;
	buf_addf(out, "retried too often: %u attempts, executor.retries has %u retries",
	         a->attempts, most);
}

void outcome_halted(uint64_t failures, struct buf *out)
{
	buf_add_text(out, "halted: ");
	if (failures == 0)
		buf_add_text(out, "the end of a handler asks for it");
	else
		buf_addf(out, "%llu action%s failed", (unsigned long long)failures,
		         failures == 1 ? "" : "s");
}

void outcome_reason(const struct effect *f, const struct policy *policy, struct buf *out)
{
	const struct action *a = f->action;

	switch (f->cause) {
	case CAUSE_NONE:
	case CAUSE_TWIN:
		break;
	case CAUSE_HANDLER:
		if (a->result && a->result->verdict != RESULT_OK)
			add_handler(a, policy, out);
		break;
	case CAUSE_DEFER_BUDGET:
	case CAUSE_RETRY_BUDGET:
		add_budget(f, policy, out);
		break;
	case CAUSE_STREAM_BUDGET:
		buf_add_text(out, "not retried: executor.retry_budget is used up");
		break;
	case CAUSE_RETRIES:
		add_retries(a, out);
		break;
	case CAUSE_HELD:
	case CAUSE_RULE:
		add_closed(f, policy, out);
		break;
	case CAUSE_FULL:
		buf_addf(out, "no room to wait: %u are waiting, which is executor.max_waiting",
		         policy->executor.max_waiting);
		break;
	case CAUSE_EXPIRED:
		buf_add_text(out, "expired before it could run");
		break;
	case CAUSE_WAITED:
		buf_add_text(out, "waited longer than max_wait, ");
		dur_format(out, policy->executor.max_wait);
		break;
	case CAUSE_END:
		buf_add_text(out, "the input ended before it was done");
		break;
	case CAUSE_STOPPED:
		buf_add_text(out, "stopped before it was done");
		break;
	case CAUSE_HALTED:
		outcome_halted(f->failures, out);
		break;
	case CAUSE_STUCK:
		add_stuck(f, policy, out);
		break;
	}
}

/* The last error of a handler, where the reason is about something else. */
static bool has_last_reason(const struct effect *f)
{
	const struct result *r = f->action->result;

	return r && r->verdict != RESULT_OK && f->cause != CAUSE_HANDLER &&
	       outcome_is_failure(f->outcome);
}

/* ---- members ---- */

/* Every action comes through here, so nothing is formatted by printf. */
static void add_name(struct buf *out, const char *name)
{
	buf_add_text(out, ",\"");
	buf_add_text(out, name);
	buf_add_text(out, "\":");
}

static void add_text_member(struct buf *out, const char *name, const char *text)
{
	add_name(out, name);
	json_add_string(out, slice_of(text));
}

static void add_ms_member(struct buf *out, const char *name, int64_t ns)
{
	add_name(out, name);
	buf_add_ms(out, ns);
}

static void add_number_member(struct buf *out, const char *name, int64_t n)
{
	add_name(out, name);
	buf_add_i64(out, n);
}

static void add_status(struct buf *out, enum outcome o)
{
	buf_add_text(out, "\"status\":\"");
	buf_add_text(out, outcome_name(o));
	buf_add_char(out, '"');
}

static void add_time_member(struct buf *out, const char *name, instant t)
{
	if (t.ns != INT64_MAX)
		add_ms_member(out, name, t.ns);
}

static void add_reasons(const struct effect *f, const struct policy *policy, struct buf *out)
{
	struct buf words = { 0 };

	outcome_reason(f, policy, &words);
	if (words.n)
		add_text_member(out, "reason", buf_text(&words));
	if (has_last_reason(f)) {
		buf_clear(&words);
		add_handler(f->action, policy, &words);
		add_text_member(out, "last_reason", buf_text(&words));
	}
	buf_free(&words);
}

/* Where the time went: `at` is split into waiting and working. */
static void add_effort(const struct effect *f, struct buf *out)
{
	const struct action *a = f->action;
	int64_t queued = tick_difference(instant_until(a->arrived, f->at).ns, a->ran.ns);

	add_ms_member(out, "queued_ms", queued > 0 ? queued : 0);
	add_ms_member(out, "run_ms", a->ran.ns);
}

static void add_counts(const struct action *a, struct buf *out)
{
	add_number_member(out, "attempts", a->attempts);
	add_number_member(out, "defers", a->defers);
}

/* How the handler ended: only where the outcome speaks of it. */
static void add_end(const struct effect *f, struct buf *out)
{
	const struct result *r = f->action->result;

	if (!r || (f->cause != CAUSE_HANDLER && f->cause != CAUSE_RETRY_BUDGET &&
	           f->cause != CAUSE_RETRIES && f->cause != CAUSE_STREAM_BUDGET &&
	           f->outcome != OUTCOME_DISPATCHED && !f->ended))
		return;
	if (r->timed_out)
		buf_add_text(out, ",\"timed_out\":true");
	if (r->verdict == RESULT_HALT)
		buf_add_text(out, ",\"halts\":true");
	ending_add_member(r->exit, r->signal, out);
}

static void add_joined(const struct effect *f, struct buf *out)
{
	if (f->cause != CAUSE_TWIN)
		return;
	add_name(out, "joined");
	buf_add_text(out, f->twin ? f->twin : "null");
}

static void add_rule(const struct effect *f, const struct policy *policy, struct buf *out)
{
	const char *name = rule_name(f, policy);

	if (name && (f->cause == CAUSE_HELD || f->cause == CAUSE_RULE || f->cause == CAUSE_STUCK))
		add_text_member(out, "rule", name);
}

/* Who has named the wait before a retry: the handler, or the policy and perhaps chance. */
static void add_choice(const struct effect *f, struct buf *out)
{
	const struct action *a = f->action;
	const struct retry_policy *retry = a->class->retry;

	if (a->result && a->result->lost) {
		buf_add_text(out, ",\"lost\":true");
	} else if (a->result && a->result->has_hint) {
		buf_add_text(out, ",\"hinted\":true");
	} else if (retry && !retry->listed && retry->ladder.jitter > 0) {
		add_name(out, "draw");
		buf_add_u64(out, f->draw);
	}
}

/* The time ahead, where there is one. */
static void add_until(const struct effect *f, struct buf *out)
{
	switch (f->outcome) {
	case OUTCOME_GATED:
		add_time_member(out, "until_ms", f->until);
		break;
	case OUTCOME_UNFINISHED:
		add_time_member(out, "due_ms", f->until);
		if (f->ended && instant_after(f->until, f->at))
			add_choice(f, out);
		break;
	case OUTCOME_RETRYING:
	case OUTCOME_DEFERRED:
		add_time_member(out, "due_ms", f->until);
		if (f->until.ns != INT64_MAX)
			add_ms_member(out, "retry_after_ms", left(f).ns);
		if (f->outcome == OUTCOME_RETRYING)
			add_choice(f, out);
		break;
	case OUTCOME_DISPATCHED:
	case OUTCOME_FAILED:
	case OUTCOME_EXPIRED:
		break;
	}
}

/* ---- records ---- */

void outcome_member(const struct effect *f, const struct policy *policy, struct buf *out)
{
	const struct result *r = f->action->result;

	buf_add_char(out, '{');
	add_status(out, f->outcome);
	add_counts(f->action, out);
	add_time_member(out, "at_ms", f->at);
	add_effort(f, out);
	add_end(f, out);
	add_joined(f, out);
	add_rule(f, policy, out);
	add_until(f, out);
	add_reasons(f, policy, out);
	if (r && r->output) {
		buf_add_text(out, ",\"output\":");
		json_add_string(out, (slice){ r->output, r->output_size });
	}
	buf_add_char(out, '}');
}

static void add_head(const struct outcome_subject *s, struct buf *out)
{
	buf_add_text(out, "{\"v\":");
	buf_add_i64(out, OUTCOME_VERSION);
	buf_add_text(out, ",\"epoch\":");
	json_add_string(out, s->epoch);
}

void outcome_chain_record(const struct outcome_subject *s, const struct effect *f,
                          const struct policy *policy, struct buf *out)
{
	/* To the chain a retried failure is a failure that names its retry. */
	enum outcome status = f->outcome == OUTCOME_RETRYING ? OUTCOME_FAILED : f->outcome;

	add_head(s, out);
	buf_add_text(out, ",\"id\":");
	buf_add_slice(out, s->id);
	buf_add_text(out, ",\"kind\":");
	json_add_string(out, s->kind);
	buf_add_text(out, ",\"arrival\":");
	buf_add_u64(out, f->action->arrival);
	if (f->action->pool) {
		add_name(out, "pool");
		buf_add_u64(out, f->action->pool);
	}
	buf_add_text(out, ",\"jobs\":");
	buf_add_u64(out, f->jobs);
	add_time_member(out, "emitted_at_ms", s->emitted);
	add_time_member(out, "at_ms", f->at);
	add_time_member(out, "expires_ms", s->expires);
	if (s->members.n) {
		buf_add_text(out, ",\"members\":");
		buf_add_slice(out, s->members);
	}
	if (s->content.n) {
		buf_add_text(out, ",\"content\":\"");
		buf_add_slice(out, s->content);
		buf_add_char(out, '"');
	}
	buf_add_text(out, ",\"disposition\":{");
	add_status(out, status);
	add_joined(f, out);
	add_rule(f, policy, out);
	add_until(f, out);
	if (f->outcome == OUTCOME_GATED && f->until.ns != INT64_MAX)
		add_ms_member(out, "cooldown_ms", left(f).ns);
	add_reasons(f, policy, out);
	add_end(f, out);
	add_counts(f->action, out);
	add_effort(f, out);
	buf_add_text(out, "}}\n");
}

void outcome_source(slice id, slice kind, struct buf *out)
{
	struct buf text = { 0 }, scratch = { 0 };

	buf_add_text(out, "action-id:");
	if (id.n && id.p[0] == '"')
		buf_add_slice(out, json_string(json_text(&text, id), &scratch));
	else
		buf_add_slice(out, id);
	buf_add_char(out, ':');
	buf_add_slice(out, kind);
	buf_free(&text);
	buf_free(&scratch);
}

void outcome_failure_record(const struct outcome_subject *s, uint64_t seq, const struct effect *f,
                            const struct policy *policy, struct buf *out)
{
	struct buf source = { 0 };

	outcome_source(s->id, s->kind, &source);
	add_head(s, out);
	buf_add_text(out, ",\"seq\":");
	buf_add_u64(out, seq);
	buf_add_text(out, ",\"source\":");
	json_add_string(out, buf_slice(&source));
	add_reasons(f, policy, out);
	add_time_member(out, "recorded_at_ms", f->at);
	buf_addf(out, ",\"status\":\"%s\",\"id\":", outcome_name(f->outcome));
	buf_add_slice(out, s->id);
	buf_add_text(out, ",\"kind\":");
	json_add_string(out, s->kind);
	buf_add_text(out, "}\n");
	buf_free(&source);
}
