#include "cli/reply.h"

#include "base/mem.h"
#include "cli/judge.h"
#include "sys/child.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

enum {
	EXIT_RETRY = 75,   /* EX_TEMPFAIL */
	REASON_LINES = 3,  /* of stderr, at most */
	REASON_MOST = 400, /* bytes */
};

enum { FIND_RETRY, FIND_REASON, FIND_FAIL, FIND_REPLY, FIND_COUNT };

struct reply_reader {
	struct json_plan *plan;
	struct json_found *found;
	uint32_t number[FIND_COUNT];
	struct buf line; /* with slack */
	struct buf text; /* a decoded string */
	bool was_found;
};

struct reply_reader *reply_reader_new(void)
{
	static const char *const paths[FIND_COUNT] = {
		[FIND_RETRY] = "meshq.retry_after_ms",
		[FIND_REASON] = "meshq.reason",
		[FIND_FAIL] = "meshq.fail",
		[FIND_REPLY] = "meshq",
	};
	struct reply_reader *r = mem_zeroed(1, sizeof *r);

	r->plan = json_plan_new();
	for (int i = 0; i < FIND_COUNT; i++)
		r->number[i] = json_plan_add(r->plan, paths[i]);
	r->found = mem_zeroed(json_plan_size(r->plan), sizeof *r->found);
	return r;
}

void reply_reader_free(struct reply_reader *r)
{
	if (!r)
		return;
	json_plan_free(r->plan);
	free(r->found);
	buf_free(&r->line);
	buf_free(&r->text);
	free(r);
}

/* ---- lines ---- */

bool reply_line(slice *text, slice *line)
{
	if (text->n == 0)
		return false;
	const char *end = memchr(text->p, '\n', text->n);
	size_t n = end ? (size_t)(end - text->p) : text->n;
	size_t next = end ? n + 1 : n;

	*line = (slice){ text->p, n };
	if (n && line->p[n - 1] == '\r')
		line->n--;
	*text = (slice){ text->p + next, text->n - next };
	return true;
}

static bool is_blank(slice line)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] != ' ' && line.p[i] != '\t')
			return false;
	return true;
}

/* A reason is one string for people: the last lines that say something, joined.
 * Bytes that are not UTF-8 are the formatter's to replace; a character that the
 * cut has split goes. */
static char *reason_of(slice err)
{
	slice last[REASON_LINES] = { { 0 } }, line;
	struct buf text = { 0 };
	size_t n = 0, skip;

	while (reply_line(&err, &line))
		if (!is_blank(line))
			last[n++ % REASON_LINES] = line;
	for (size_t i = n < REASON_LINES ? 0 : n - REASON_LINES; i < n; i++) {
		if (text.n)
			buf_add_text(&text, "; ");
		buf_add_slice(&text, last[i % REASON_LINES]);
	}
	if (text.n == 0)
		return NULL;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\0')
			text.p[i] = ' ';
	skip = text.n > REASON_MOST ? text.n - REASON_MOST : 0;
	while (skip && skip < text.n && ((unsigned char)text.p[skip] & 0xc0) == 0x80)
		skip++;
	char *reason = mem_text(text.p + skip, text.n - skip);
	buf_free(&text);
	return reason;
}

/* ---- the reply ---- */

static slice found(const struct reply_reader *r, int i)
{
	return r->found[r->number[i]].text;
}

bool reply_is(struct reply_reader *r, slice line)
{
	struct json_error e;

	if (line.n == 0 || line.p[0] != '{' ||
	    !json_scan(r->plan, json_text(&r->line, line), r->found, &e))
		return false;
	slice reply = found(r, FIND_REPLY);
	return reply.p && json_type(reply) == JSON_OBJECT;
}

/* The last line of stdout is an object with an object "meshq". */
static bool has_reply(struct reply_reader *r, slice out)
{
	slice line, last = { 0 };

	while (reply_line(&out, &line))
		last = line;
	r->was_found = reply_is(r, last);
	return r->was_found;
}

bool reply_was_found(const struct reply_reader *r)
{
	return r->was_found;
}

static void set_reason(struct result *result, slice text)
{
	free(result->reason);
	result->reason = mem_text(text.p, text.n);
}

/* A reply that cannot be understood must not pass for success. */
static void misunderstood(struct result *result, const char *what)
{
	result->verdict = RESULT_FAIL;
	set_reason(result, slice_of(what));
}

/* A failure that halts the run is one with a reason, too. */
static void fails(struct result *result)
{
	if (result->verdict != RESULT_HALT)
		result->verdict = RESULT_FAIL;
}

static void apply_fail(struct reply_reader *r, slice fail, struct result *result)
{
	switch (json_type(fail)) {
	case JSON_STRING:
		set_reason(result, json_string(fail, &r->text));
		fails(result);
		break;
	case JSON_TRUE:
		fails(result);
		break;
	case JSON_FALSE:
	case JSON_NULL:
		break;
	case JSON_NUMBER:
	case JSON_ARRAY:
	case JSON_OBJECT:
		misunderstood(result, "bad reply: expected meshq.fail to be a string");
		break;
	}
}

static void apply_reply(struct reply_reader *r, struct result *result)
{
	slice retry = found(r, FIND_RETRY), reason = found(r, FIND_REASON);
	slice fail = found(r, FIND_FAIL);

	if (reason.p && json_type(reason) == JSON_STRING)
		set_reason(result, json_string(reason, &r->text));
	if (retry.p) {
		if (json_type(retry) != JSON_NUMBER || !json_ms(retry, &result->hint.ns) ||
		    result->hint.ns < 0) {
			misunderstood(result, "bad reply: expected meshq.retry_after_ms to be a "
			                      "number of milliseconds");
			return;
		}
		result->verdict = RESULT_RETRY;
		result->has_hint = true;
	}
	if (fail.p)
		apply_fail(r, fail, result);
}

/* The contract's own meaning, and what the policy makes of it. */
static void judge(const struct executor_policy *policy, struct result *result)
{
	if (result->exit == 0)
		result->verdict = RESULT_OK;
	else if (result->exit == EXIT_RETRY)
		result->verdict = RESULT_RETRY;
	judge_end(policy, result);
}

static void read_exit(struct reply_reader *r, const struct run_end *end,
                      const struct executor_policy *policy, struct result *result)
{
	result->reason = reason_of(end->err);
	if (WIFSIGNALED(end->status))
		result->signal = WTERMSIG(end->status);
	else
		result->exit = WEXITSTATUS(end->status);
	if (end->timed_out && result->exit != 0) {
		result->timed_out = true;
		if (policy->on_timeout == ON_TIMEOUT_RETRY)
			result->verdict = RESULT_RETRY;
		return;
	}
	if (end->shared && result->exit == 0) {
		set_reason(result, SLICE("it ended without a reply"));
		return;
	}
	judge(policy, result);
	if (!result->signal && !end->shared && has_reply(r, end->out))
		apply_reply(r, result);
	if (end->why && result->verdict == RESULT_OK)
		misunderstood(result, end->why);
}

void reply_read(struct reply_reader *r, const struct run_end *end,
                const struct executor_policy *policy, struct result *result)
{
	*result = (struct result){ .verdict = RESULT_FAIL, .exit = -1 };
	r->was_found = false;
	switch (end->how) {
	case RUN_EXITED:
		read_exit(r, end, policy, result);
		break;
	case RUN_REPLIED:
		result->verdict = RESULT_OK;
		if (has_reply(r, end->out))
			apply_reply(r, result);
		break;
	case RUN_LOST:
		result->verdict = RESULT_RETRY;
		result->lost = true;
		set_reason(result, slice_of(end->why));
		break;
	case RUN_UNSTARTED:
		result->verdict = RESULT_UNSTARTED;
		break;
	case RUN_NO_PROCESS:
		if (child_may_start(end->code))
			result->verdict = RESULT_RETRY;
		set_reason(result, slice_of(end->why));
		break;
	case RUN_BROKEN:
		set_reason(result, slice_of(end->why));
		break;
	}
}
