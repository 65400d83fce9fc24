#include "cli/intake.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>

/* Lines may be a megabyte and actions a hundred thousand, so their number alone
 * bounds nothing. */
static const uint64_t held_most = UINT64_C(256) << 20;

/* What an action keeps lies behind it: the caller's bytes, the size of the line, the
 * line. There may be a million of them, so what can be put back is not kept: slack, and
 * the newline. */
static char *kept(const struct intake *in, const struct action *a)
{
	return (char *)(uintptr_t)(a + 1) + in->extra;
}

void intake_open(struct intake *in, struct hash_seed seed)
{
	in->extra += -in->extra % alignof(uint64_t);
	in->seed = seed;
	in->reader = record_reader_new();
	in->keys = record_keys_new(in->policy, in->reader, seed);
	in->control_paths = control_paths(in->reader);
	in->who = identity_new(in->reader, in->identity);
	in->status = record_reader_add(in->reader, "outcome.status");
	in->attempts = record_reader_add(in->reader, "outcome.attempts");
	in->defers = record_reader_add(in->reader, "outcome.defers");
	in->due = record_reader_add(in->reader, "outcome.due_ms");
	in->admission = admission_reader_new();
	in->second_reader = record_reader_new();
	in->second_keys = record_keys_new(in->policy, in->second_reader, seed);
	in->second_who = identity_new(in->second_reader, in->identity);
}

void intake_close(struct intake *in)
{
	record_keys_free(in->keys);
	record_reader_free(in->reader);
	record_keys_free(in->second_keys);
	record_reader_free(in->second_reader);
	admission_reader_free(in->admission);
	buf_free(&in->line);
	buf_free(&in->shown);
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

static size_t output_size(const struct result *r)
{
	return r ? r->output_size : 0;
}

void intake_result(struct intake *in, const struct action *a, const struct result *result)
{
	in->held += output_size(result);
	in->held -= output_size(a->result);
}

bool intake_full(const struct intake *in)
{
	return in->held + in->beside > held_most;
}

static uint32_t kept_size(const struct intake *in, const struct action *a)
{
	uint32_t n;

	memcpy(&n, kept(in, a), sizeof n);
	return n;
}

slice intake_line(struct intake *in, const struct action *a)
{
	static const char slack[1 + JSON_SLACK] = "\n";
	uint32_t n = kept_size(in, a);

	buf_clear(&in->shown);
	buf_add(&in->shown, kept(in, a) + sizeof n, n);
	buf_add(&in->shown, slack, sizeof slack);
	return (slice){ in->shown.p, n };
}

/* A record as it was read by one of the two readers. */
struct reading {
	const struct record *record;
	const struct record_keys *keys;
	const struct identity *who;
};

static bool has_twin_key(const struct intake *in, const struct reading *r, struct key *key)
{
	const struct dedupe_policy *p = &in->policy->executor.dedupe;

	if (p->keep.ns == 0 || (p->key_count == 0 && in->abridged))
		return false;
	if (p->key_count)
		return record_twin(r->keys, r->record, key);
	*key = identity_content_seeded(r->who, r->record, in->seed);
	return true;
}

/* What the record says of its turn. That it has a lane, and may have twins, is known from
 * the first time on, and how far that has come is the engine's business. */
static void fill_turn(const struct intake *in, const struct reading *r, struct action *a)
{
	struct turn *t = a->turn;

	t->expires = r->record->expires;
	t->owner = record_owner(r->keys, r->record);
	record_keys_of(r->keys, a->class, r->record, t->keys);
	if (a->class->keys == a->class->count)
		return;
	bool lane = record_lane(r->keys, r->record, &t->keys[gate_lane_key(a->class)]);
	bool twin = has_twin_key(in, r, &t->keys[gate_twin_key(a->class)]);
	if (lane && a->lane == LANE_NONE)
		a->lane = LANE_WANTED;
	if (twin && a->twin == TWIN_NONE)
		a->twin = TWIN_WANTED;
}

/* It was read before, so it can be read again. */
static bool read_again(struct intake *in, const struct action *a, struct record *r)
{
	struct json_error bad;
	struct told_bad nobody;

	return record_read(in->second_reader, intake_line(in, a), r, &bad) &&
	       identity_take(&in->second_who, r, &nobody);
}

void intake_recall(void *user, struct action *a)
{
	struct intake *in = user;
	struct record r;

	if (read_again(in, a, &r))
		fill_turn(in, &(struct reading){ &r, in->second_keys, &in->second_who }, a);
}

char *intake_name(void *user, const struct action *a)
{
	struct record r;

	return read_again(user, a, &r) ? mem_text(r.id_member.text.p, r.id_member.text.n) : NULL;
}

void intake_knows(struct intake *in, const struct action *a)
{
	struct record r;

	if (read_again(in, a, &r))
		resume_knows(in->resume, &in->second_who, &r);
}

void *intake_extra(const struct intake *in, const struct action *a)
{
	(void)in;
	return (char *)(uintptr_t)(a + 1);
}

void intake_drop(struct intake *in, struct action *a)
{
	intake_result(in, a, NULL);
	in->held -= kept_size(in, a);
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
	if (json_type(due) != JSON_NUMBER || !json_ms(due, &a->turn->upstream_until.ns))
		return reject(in, due.p, "expected a number of milliseconds");
	a->turn->upstream = UPSTREAM_DEFERRED;
	a->turn->upstream_rule = UINT32_MAX;
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
		a->turn->upstream = UPSTREAM_ADMITTED;
		break;
	case DECISION_DEFER:
		a->turn->upstream = UPSTREAM_DEFERRED;
		break;
	case DECISION_GATE:
		a->turn->upstream = UPSTREAM_GATED;
		break;
	}
	a->turn->upstream_until = admission.until;
	a->turn->upstream_rule = admission.rule;
	return true;
}

/* Makes the line complete: what the handler reads and the outcome is added to. */
static void complete_line(struct intake *in, bool has_id)
{
	buf_clear(&in->line);
	record_open(&in->record, RECORD_OUTCOME, &in->line);
	if (in->identity && !has_id) {
		buf_add_text(&in->line, ",\"id\":");
		buf_add_slice(&in->line, in->record.id_member.text);
	}
	record_number(&in->record, in->actions + 1, &in->line);
	record_close(&in->record, &in->line);
	in->line.n--; /* the newline */
}

static struct action *action_with_line(struct intake *in)
{
	const struct gate_class *class = gate_class(in->gate, in->record.kind);
	uint32_t n = (uint32_t)in->line.n;
	struct action *a = engine_action_with(class, in->extra + sizeof n + n);

	memcpy(kept(in, a), &n, sizeof n);
	memcpy(kept(in, a) + sizeof n, in->line.p, n);
	return a;
}

/* It keeps its number, so that those behind it do, too. */
static bool skip(struct intake *in)
{
	struct record *r = &in->record;

	if (r->id_type == RECORD_ID_NONE)
		r->id = in->actions + 1;
	if (!in->resume || !resume_skips(in->resume, &in->who, r, in->input))
		return false;
	in->actions++;
	in->skipped++;
	return true;
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
	if (skip(in))
		return false;
	complete_line(in, has_id);
	struct action *a = action_with_line(in);
	if (again ? !take_up_again(in, a) : !honour_admission(in, a, now)) {
		engine_action_free(a);
		return false;
	}
	in->actions++;
	in->held += in->line.n;
	fill_turn(in, &(struct reading){ r, in->keys, &in->who }, a);
	a->pool = in->pools ? pools_of(in->pools, r->kind) : 0;
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
