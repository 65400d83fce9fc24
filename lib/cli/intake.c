#include "cli/intake.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>

/* Lines may be a megabyte and actions a hundred thousand, so their number alone
 * bounds nothing. */
static const uint64_t held_most = UINT64_C(256) << 20;

/* A line as an action keeps it: what the caller keeps lies before it, newline and
 * slack behind. */
struct kept {
	uint32_t size;
	char line[];
};

void intake_open(struct intake *in, struct hash_seed seed)
{
	in->extra += -in->extra % alignof(max_align_t);
	in->reader = record_reader_new();
	in->keys = record_keys_new(in->policy, in->reader, seed);
	in->control_paths = control_paths(in->reader);
	in->who = identity_new(in->reader, in->identity);
	in->status = record_reader_add(in->reader, "outcome.status");
	in->attempts = record_reader_add(in->reader, "outcome.attempts");
	in->defers = record_reader_add(in->reader, "outcome.defers");
	in->due = record_reader_add(in->reader, "outcome.due_ms");
	in->admission = admission_reader_new();
}

void intake_close(struct intake *in)
{
	record_keys_free(in->keys);
	record_reader_free(in->reader);
	admission_reader_free(in->admission);
	buf_free(&in->line);
	buf_free(&in->text);
}

static void found(struct intake *in)
{
	in->found = true;
	in->next_rule = 0;
}

/* What we make ourselves was checked when it was made. */
static bool reject(struct intake *in, const char *at, const char *what)
{
	if (in->input)
		input_reject(in->input, &in->record, at, "%s", what);
	return false;
}

enum input_state intake_find(struct intake *in, instant *at)
{
	if (!in->found) {
		enum input_state s = input_next(in->input, in->reader, &in->record);

		if (s != INPUT_RECORD)
			return s;
		found(in);
	}
	*at = in->record.has_at ? in->record.at : (instant){ INT64_MIN };
	return INPUT_RECORD;
}

bool intake_show(struct intake *in, slice line)
{
	struct json_error bad;

	if (!record_read(in->reader, line, &in->record, &bad)) {
		in->record.line = line;
		return reject(in, line.p + bad.at, bad.what);
	}
	found(in);
	return true;
}

bool intake_full(const struct intake *in)
{
	return in->held > held_most;
}

slice intake_line(const struct action *a)
{
	const struct kept *k = a->user;

	return (slice){ k->line, k->size };
}

void *intake_extra(const struct intake *in, const struct action *a)
{
	return (char *)a->user - in->extra;
}

void intake_drop(struct intake *in, struct action *a)
{
	in->held -= intake_line(a).n;
	free(intake_extra(in, a));
	engine_action_free(a);
}

/* ---- one record ---- */

static void pass_on(struct intake *in)
{
	in->passed++;
	if (!in->out)
		return;
	buf_add_slice(&in->out->pending, in->record.line);
	buf_add_char(&in->out->pending, '\n');
}

static bool next_hold(struct intake *in, instant until, struct event *event)
{
	if (!record_next_hold(in->keys, &in->record, &in->next_rule, &event->key))
		return false;
	event->kind = EVENT_HELD;
	event->rule = in->next_rule++;
	event->until = until;
	return true;
}

/* An action that was left unfinished comes back; every other outcome is final. */
static bool comes_back(struct intake *in)
{
	slice status = in->record.found[in->status].text;

	return status.p && json_type(status) == JSON_STRING &&
	       slice_is(json_string(status, &in->text), "unfinished");
}

static bool read_count(struct intake *in, uint32_t path, uint32_t *count)
{
	slice text = in->record.found[path].text;
	uint64_t value = 0;

	if (text.p && !json_u64(text, &value))
		return reject(in, text.p, "expected a whole number");
	*count = value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
	return true;
}

/* The counts go on where they stood, and so does the wait. */
static bool take_up_again(struct intake *in, struct action *a)
{
	slice due = in->record.found[in->due].text;

	if (!read_count(in, in->attempts, &a->attempts) || !read_count(in, in->defers, &a->defers))
		return false;
	if (!due.p)
		return true;
	if (json_type(due) != JSON_NUMBER || !json_ms(due, &a->upstream_until.ns))
		return reject(in, due.p, "expected a number of milliseconds");
	a->upstream = UPSTREAM_DEFERRED;
	a->upstream_rule = UINT32_MAX;
	return true;
}

static bool honour_admission(struct intake *in, struct action *a, instant now)
{
	struct admission admission;
	const char *what;

	if (!in->record.admission.text.p)
		return true;
	if (!admission_read(in->admission, in->record.admission.text, in->policy, now, &admission,
	                    &what))
		return reject(in, in->record.admission.text.p, what);
	switch (admission.decision) {
	case DECISION_ADMIT:
		a->upstream = UPSTREAM_ADMITTED;
		break;
	case DECISION_DEFER:
		a->upstream = UPSTREAM_DEFERRED;
		break;
	case DECISION_GATE:
		a->upstream = UPSTREAM_GATED;
		break;
	}
	a->upstream_until = admission.until;
	a->upstream_rule = admission.rule;
	return true;
}

/* Makes the line complete: what the handler reads and the outcome is added to. */
static void keep_line(struct intake *in, struct action *a, bool has_id)
{
	struct record *r = &in->record;

	buf_clear(&in->line);
	record_open(r, RECORD_OUTCOME, &in->line);
	if (in->identity && !has_id) {
		buf_add_text(&in->line, ",\"id\":");
		buf_add_slice(&in->line, r->id_member.text);
	}
	record_number(r, in->actions, &in->line);
	record_close(r, &in->line);

	char *room = mem_new(in->extra + sizeof(struct kept) + in->line.n + JSON_SLACK);
	struct kept *k = (struct kept *)(room + in->extra);
	memset(room, 0, in->extra);
	k->size = (uint32_t)in->line.n - 1;
	memcpy(k->line, in->line.p, in->line.n);
	memset(k->line + in->line.n, 0, JSON_SLACK);
	a->user = k;
	in->held += k->size;
}

/* What is set for its kind. */
static void settings_of(struct action *a, const struct executor_policy *p, slice kind)
{
	const struct policy_entry *timeout = policy_find(&p->timeouts, kind);
	const struct policy_entry *retry = policy_find(&p->retries, kind);

	if (!retry)
		retry = policy_find(&p->retries, SLICE("default"));
	a->timeout = timeout ? &timeout->time : NULL;
	a->retry = retry ? &retry->retry : NULL;
}

/* The record is dealt with in this one step, so it is `found` no more. */
static bool take_action(struct intake *in, instant now, struct event *event)
{
	struct record *r = &in->record;
	bool again = r->outcome.text.p != NULL, has_id = r->id_type != RECORD_ID_NONE;
	struct told_bad bad;

	in->found = false;
	if (again && !comes_back(in)) {
		pass_on(in);
		return false;
	}
	if (!identity_take(&in->who, r, &bad))
		return reject(in, bad.at, bad.what);
	struct action *a = engine_action_new(gate_class(in->gate, r->kind));
	if (again ? !take_up_again(in, a) : !honour_admission(in, a, now)) {
		engine_action_free(a);
		return false;
	}
	in->actions++;
	keep_line(in, a, has_id);
	settings_of(a, &in->policy->executor, r->kind);
	a->expires = r->expires;
	a->owner = record_owner(in->keys, r);
	record_keys_of(in->keys, a->class, r, a->keys);
	*event = (struct event){ .kind = EVENT_ARRIVED, .now = now, .action = a };
	return true;
}

bool intake_event(struct intake *in, instant now, struct event *event)
{
	struct control c;
	const char *at, *what;

	if (!in->found)
		return false;
	*event = (struct event){ .now = now };
	if (!control_read(&in->control_paths, &in->record, &c, &at, &what)) {
		in->found = false;
		return reject(in, at, what);
	}
	switch (c.type) {
	case CONTROL_NONE:
		return take_action(in, now, event);
	case CONTROL_HOLD:
		if (next_hold(in, c.until, event))
			return true;
		in->controls++;
		break;
	case CONTROL_TICK:
		in->controls++;
		break;
	case CONTROL_DEPTH:
	case CONTROL_OTHER:
		pass_on(in);
		break;
	}
	in->found = false;
	return false;
}
