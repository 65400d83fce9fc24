#include "codec/failure.h"

#include "base/mem.h"
#include "codec/failure_draft.h"
#include "codec/outcome.h"

#include <stdio.h>
#include <stdlib.h>

#define PATHS(X)                                                                                   \
	X(SEQ, "seq")                                                                              \
	X(SOURCE, "source")                                                                        \
	X(REASON, "reason")                                                                        \
	X(LAST_REASON, "last_reason")                                                              \
	X(RECORDED, "recorded_at_ms")                                                              \
	X(STATUS, "status")                                                                        \
	X(ACTION, "action")                                                                        \
	X(FROM_SEQ, "from_seq")                                                                    \
	X(TO_SEQ, "to_seq")                                                                        \
	X(GAP_COUNT, "count")                                                                      \
	X(EVENT, "event")                                                                          \
	X(DAEMON, "daemon")                                                                        \
	X(HANDLER, "handler")

#define NUMBER(name, path) PATH_##name,
enum path { PATHS(NUMBER) PATH_COUNT };

#define TEXT(name, path) path,
static const char *const paths[] = { PATHS(TEXT) };

struct failure_reader {
	struct told_paths told;
	uint32_t number[PATH_COUNT];
	struct failure_draft draft;
	struct buf epoch;
	struct buf scratch;
};

struct failure_reader *failure_reader_new(struct record_reader *r)
{
	struct failure_reader *f = mem_zeroed(1, sizeof *f);

	f->told = told_paths(r);
	for (int i = 0; i < PATH_COUNT; i++)
		f->number[i] = record_reader_add(r, paths[i]);
	record_reader_accept_kindless(r);
	return f;
}

void failure_reader_free(struct failure_reader *f)
{
	if (!f)
		return;
	failure_draft_free(&f->draft);
	buf_free(&f->epoch);
	buf_free(&f->scratch);
	free(f);
}

/* ---- members ---- */

static slice member(const struct failure_reader *f, const struct record *r, enum path p)
{
	return r->found[f->number[p]].text;
}

static bool is(slice value, enum json_type type)
{
	return value.p && json_type(value) == type;
}

static bool is_null(slice value)
{
	return !value.p || json_type(value) == JSON_NULL;
}

/* A member of a record of ours that must be there and a number. */
static bool need_u64(const struct failure_reader *f, const struct record *r, enum path p,
                     uint64_t *value, struct failure_found *out)
{
	slice text = member(f, r, p);

	if (!text.p || !json_u64(text, value))
		return told_refuse(&out->bad, text.p, "expected an unsigned 64-bit integer as '%s'",
		                   paths[p]);
	return *value <= FAILURE_SEQ_MAX ||
	       told_refuse(&out->bad, text.p, "'%s' is beyond all numbers", paths[p]);
}

static bool need_ms(const struct failure_reader *f, const struct record *r, enum path p, instant *t,
                    struct failure_found *out)
{
	slice text = member(f, r, p);

	return (text.p && json_ms(text, &t->ns)) ||
	       told_refuse(&out->bad, text.p, "expected a number of milliseconds as '%s'",
	                   paths[p]);
}

/* ---- strings ---- */

/* A string that may be absent; `instead` then. */
static bool put_string(struct failure_reader *f, const struct record *r, enum failure_part part,
                       enum path p, const char *instead, struct failure_found *out)
{
	slice value = member(f, r, p);

	if (is_null(value))
		value = slice_of(instead);
	else if (json_type(value) == JSON_STRING)
		value = json_string(value, &f->scratch);
	else
		return told_refuse(&out->bad, value.p, "expected a string as '%s'", paths[p]);
	failure_draft_put(&f->draft, part, value);
	return true;
}

static bool put_epoch(struct failure_reader *f, const struct record *r, struct failure_found *out)
{
	slice epoch;

	if (!told_epoch(&f->told, r, &f->epoch, &epoch, &out->bad))
		return false;
	failure_draft_put(&f->draft, FAILURE_EPOCH, epoch);
	return true;
}

/* ---- who it is about ---- */

static void put_subject(struct failure_reader *f, const struct record *r)
{
	slice id = r->id_type == RECORD_ID_NONE ? SLICE("0") : r->id_member.text;
	size_t start = f->draft.text.n;

	outcome_source(id, r->kind, &f->draft.text);
	failure_draft_mark(&f->draft, FAILURE_SOURCE, start);
	if (r->id_type != RECORD_ID_NONE)
		failure_draft_put(&f->draft, FAILURE_ID, id);
	failure_draft_put(&f->draft, FAILURE_KIND, r->kind);
}

/* "action-id:7:pull_replica" without the members id and kind. A string id may
 * contain colons; kinds seldom do, so the last one separates. */
static void put_parsed_source(struct failure_reader *f, slice source)
{
	static const char prefix[] = "action-id:";
	struct buf quoted = { 0 };
	uint64_t number;

	failure_draft_put(&f->draft, FAILURE_SOURCE, source);
	if (!slice_starts(source, prefix))
		return;
	slice rest = { source.p + strlen(prefix), source.n - strlen(prefix) };
	const char *first = memchr(rest.p, ':', rest.n);
	const char *colon = memrchr(rest.p, ':', rest.n);
	slice id = { rest.p, first ? (size_t)(first - rest.p) : rest.n };
	bool is_number = slice_u64(id, &number) && (id.n == 1 || id.p[0] != '0');
	if (is_number) {
		colon = first;
	} else {
		id.n = colon ? (size_t)(colon - rest.p) : rest.n;
		json_add_string(&quoted, id);
		id = buf_slice(&quoted);
	}
	failure_draft_put(&f->draft, FAILURE_ID, id);
	slice kind = { colon ? colon + 1 : rest.p,
		       colon ? (size_t)(rest.p + rest.n - colon - 1) : 0 };
	if (!slice_starts(kind, "meshq.")) /* or the record would steer us */
		failure_draft_put(&f->draft, FAILURE_KIND, kind);
	buf_free(&quoted);
}

static bool is_failure_status(slice status)
{
	for (int o = OUTCOME_DISPATCHED; o <= OUTCOME_DEFERRED; o++)
		if (slice_is(status, outcome_name((enum outcome)o)))
			return outcome_is_failure((enum outcome)o);
	return false;
}

/* ---- the three kinds of record ---- */

static void put_action(struct failure_reader *f, const struct record *r)
{
	size_t start = f->draft.text.n;

	record_open(r, RECORD_ADMISSION | RECORD_OUTCOME, &f->draft.text);
	record_close(r, &f->draft.text);
	f->draft.text.n--; /* the newline */
	failure_draft_mark(&f->draft, FAILURE_ACTION, start);
}

/* A member that outcomes and chain records have alike; "" when it is absent. */
static bool put_told(struct failure_reader *f, const struct record *r, enum told_by by,
                     enum failure_part part, enum told_member m, struct failure_found *out)
{
	slice text = { 0 };

	if (!told_string(&f->told, r, by, m, &f->scratch, &text, &out->bad))
		return false;
	failure_draft_put(&f->draft, part, text);
	return true;
}

static bool put_all_told(struct failure_reader *f, const struct record *r, enum told_by by,
                         struct failure_found *out)
{
	failure_draft_begin(&f->draft);
	put_subject(f, r);
	return put_told(f, r, by, FAILURE_STATUS, TOLD_STATUS, out) &&
	       put_told(f, r, by, FAILURE_REASON, TOLD_REASON, out) &&
	       put_told(f, r, by, FAILURE_LAST, TOLD_LAST_REASON, out);
}

/* *failed: the status is there and says so. */
static bool read_status(struct failure_reader *f, const struct record *r, enum told_by by,
                        slice whole, bool *failed, struct failure_found *out)
{
	slice status = told_value(&f->told, r, by, TOLD_STATUS);

	if (!is(status, JSON_STRING))
		return told_refuse(&out->bad, status.p ? status.p : whole.p,
		                   "expected a string as '%s'", told_name(by, TOLD_STATUS));
	*failed = is_failure_status(json_string(status, &f->scratch));
	return true;
}

static bool read_outcome(struct failure_reader *f, const struct record *r, instant now,
                         bool keep_action, struct failure_found *out)
{
	enum told_by by = TOLD_BY_OUTCOME;
	instant at = r->has_at ? r->at : now;
	bool failed;

	if (!read_status(f, r, by, r->outcome.text, &failed, out))
		return false;
	if (!failed)
		return true;
	if (!put_all_told(f, r, by, out) || !told_ms(&f->told, r, by, TOLD_AT, &at.ns, &out->bad))
		return false;
	if (keep_action)
		put_action(f, r);
	out->kind = FAILURE_ONE;
	out->failure = failure_draft_finish(&f->draft);
	out->failure->at = at;
	return true;
}

static bool read_chain(struct failure_reader *f, const struct record *r, struct failure_found *out)
{
	enum told_by by = TOLD_BY_CHAIN;
	bool failed;

	if (!read_status(f, r, by, r->found[f->told.disposition].text, &failed, out))
		return false;
	if (!r->kind.p)
		return told_refuse(&out->bad, NULL, "expected a member 'kind'");
	if (!r->has_at)
		return told_refuse(&out->bad, NULL, "expected a member 'at_ms'");
	if (!failed || told_value(&f->told, r, by, TOLD_RETRY_AFTER).p)
		return true;
	if (!put_all_told(f, r, by, out) || !put_epoch(f, r, out))
		return false;
	out->kind = FAILURE_ONE;
	out->failure = failure_draft_finish(&f->draft);
	out->failure->at = r->at;
	return true;
}

static bool read_failure(struct failure_reader *f, const struct record *r, bool keep_action,
                         struct failure_found *out)
{
	slice source = json_string(member(f, r, PATH_SOURCE), &f->scratch);
	slice action = member(f, r, PATH_ACTION);
	uint64_t seq = 0;
	instant at = { 0 };

	if ((member(f, r, PATH_SEQ).p && !need_u64(f, r, PATH_SEQ, &seq, out)) ||
	    !need_ms(f, r, PATH_RECORDED, &at, out))
		return false;
	failure_draft_begin(&f->draft);
	if (r->kind.p) {
		failure_draft_put(&f->draft, FAILURE_SOURCE, source);
		failure_draft_put(&f->draft, FAILURE_KIND, r->kind);
		if (r->id_type != RECORD_ID_NONE)
			failure_draft_put(&f->draft, FAILURE_ID, r->id_member.text);
	} else {
		put_parsed_source(f, source);
	}
	if (!put_string(f, r, FAILURE_STATUS, PATH_STATUS, "failed", out) ||
	    !put_string(f, r, FAILURE_REASON, PATH_REASON, "", out) ||
	    !put_string(f, r, FAILURE_LAST, PATH_LAST_REASON, "", out) || !put_epoch(f, r, out))
		return false;
	if (keep_action && is(action, JSON_OBJECT))
		failure_draft_put(&f->draft, FAILURE_ACTION, action);
	out->kind = FAILURE_ONE;
	out->failure = failure_draft_finish(&f->draft);
	out->failure->at = at;
	out->failure->seq = seq;
	return true;
}

/* ---- gaps ---- */

static bool read_gap(struct failure_reader *f, const struct record *r, struct failure_found *out)
{
	struct gap *g = &out->gap;
	slice reason = member(f, r, PATH_REASON);

	if (!told_epoch(&f->told, r, &f->epoch, &g->epoch, &out->bad) ||
	    !need_u64(f, r, PATH_GAP_COUNT, &g->count, out))
		return false;
	if (g->epoch.n) {
		if (!need_u64(f, r, PATH_FROM_SEQ, &g->from, out) ||
		    !need_u64(f, r, PATH_TO_SEQ, &g->to, out))
			return false;
		if (g->from == 0 || g->to < g->from || g->count == 0 ||
		    g->count - 1 > g->to - g->from) {
			told_refuse(&out->bad, member(f, r, PATH_GAP_COUNT).p,
			            "expected 'count' numbers from 'from_seq' to 'to_seq'");
			return false;
		}
	}
	g->evicted =
		is(reason, JSON_STRING) && slice_is(json_string(reason, &f->scratch), "evicted");
	g->at = r->at;
	out->kind = FAILURE_GAP;
	return true;
}

/* ---- events ---- */

/* What went wrong with something that is no action. */
static const struct {
	const char *record; /* its kind */
	enum path name;     /* the member that says who it is */
	const char *kind;   /* of the failure, and the begin of its source */
	const char *faults[4];
} events[] = {
	{ "meshq.daemon", PATH_DAEMON, "daemon", { "crashed", "unstarted", "given_up" } },
	{ "meshq.handler", PATH_HANDLER, "handler", { "struck", "evicted" } },
};

static bool is_fault(const char *const *faults, slice event)
{
	for (; *faults; faults++)
		if (slice_is(event, *faults))
			return true;
	return false;
}

/* A daemon may be named by a member that only its user knows (meshq-backoff --key). */
static void put_name(struct failure_reader *f, const char *kind, slice name)
{
	size_t start = f->draft.text.n;

	buf_add_text(&f->draft.text, kind);
	if (!is_null(name)) {
		buf_add_char(&f->draft.text, ':');
		buf_add_slice(&f->draft.text, json_type(name) == JSON_STRING
		                                      ? json_string(name, &f->scratch)
		                                      : name);
	}
	failure_draft_mark(&f->draft, FAILURE_SOURCE, start);
}

static bool read_event(struct failure_reader *f, const struct record *r, instant now,
                       struct failure_found *out)
{
	size_t i = 0;

	while (i < sizeof events / sizeof events[0] && !slice_is(r->kind, events[i].record))
		i++;
	if (i == sizeof events / sizeof events[0])
		return true;
	slice event = member(f, r, PATH_EVENT), name = member(f, r, events[i].name);
	if (!is(event, JSON_STRING))
		return told_refuse(&out->bad, event.p, "expected a string as 'event'");
	if (!is_fault(events[i].faults, json_string(event, &f->scratch)))
		return true;
	failure_draft_begin(&f->draft);
	put_name(f, events[i].kind, name);
	failure_draft_put(&f->draft, FAILURE_KIND, slice_of(events[i].kind));
	failure_draft_put(&f->draft, FAILURE_STATUS, SLICE("failed"));
	if (!put_string(f, r, FAILURE_REASON, PATH_REASON, "", out))
		return false;
	out->kind = FAILURE_ONE;
	out->failure = failure_draft_finish(&f->draft);
	out->failure->at = r->has_at ? r->at : now;
	return true;
}

/* ---- which of them ---- */

static bool is_failure_record(const struct failure_reader *f, const struct record *r)
{
	return r->found[f->told.version].text.p && is(member(f, r, PATH_SOURCE), JSON_STRING) &&
	       member(f, r, PATH_RECORDED).p;
}

static bool read_any(struct failure_reader *f, const struct record *r, instant now,
                     bool keep_action, struct failure_found *out)
{
	if (r->kind.p && slice_is(r->kind, "meshq.gap"))
		return read_gap(f, r, out);
	if (r->kind.p && slice_starts(r->kind, "meshq."))
		return read_event(f, r, now, out);
	switch (told_by(&f->told, r)) {
	case TOLD_BY_OUTCOME:
		return read_outcome(f, r, now, keep_action, out);
	case TOLD_BY_CHAIN:
		return told_version(&f->told, r, &out->bad) && read_chain(f, r, out);
	case TOLD_BY_NOBODY:
		break;
	}
	if (is_failure_record(f, r))
		return told_version(&f->told, r, &out->bad) && read_failure(f, r, keep_action, out);
	return r->kind.p || told_refuse(&out->bad, NULL, "expected a member 'kind'");
}

void failure_read(struct failure_reader *f, const struct record *r, instant now, bool keep_action,
                  struct failure_found *out)
{
	*out = (struct failure_found){ .kind = FAILURE_NONE };
	if (!read_any(f, r, now, keep_action, out))
		out->kind = FAILURE_BAD;
}
