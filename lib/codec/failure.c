#include "codec/failure.h"

#include "base/mem.h"
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
	X(GAP_COUNT, "count")

#define NUMBER(name, path) PATH_##name,
enum path { PATHS(NUMBER) PATH_COUNT };

#define TEXT(name, path) path,
static const char *const paths[] = { PATHS(TEXT) };

/* What was read so far: where in `text` each string of the failure will be. */
enum part {
	PART_SOURCE,
	PART_ID,
	PART_KIND,
	PART_STATUS,
	PART_REASON,
	PART_LAST,
	PART_ACTION,
	PART_EPOCH
};
enum { PARTS = PART_EPOCH + 1 };

struct failure_reader {
	struct told_paths told;
	uint32_t number[PATH_COUNT];
	struct buf text;
	size_t begin[PARTS];
	size_t size[PARTS];
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
	buf_free(&f->text);
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

static void put(struct failure_reader *f, enum part part, slice text)
{
	f->begin[part] = f->text.n;
	f->size[part] = text.n;
	buf_add_slice(&f->text, text);
}

/* A string that may be absent; `instead` then. */
static bool put_string(struct failure_reader *f, const struct record *r, enum part part,
                       enum path p, const char *instead, struct failure_found *out)
{
	slice value = member(f, r, p);

	if (is_null(value))
		value = slice_of(instead);
	else if (json_type(value) == JSON_STRING)
		value = json_string(value, &f->scratch);
	else
		return told_refuse(&out->bad, value.p, "expected a string as '%s'", paths[p]);
	put(f, part, value);
	return true;
}

static bool put_epoch(struct failure_reader *f, const struct record *r, struct failure_found *out)
{
	slice epoch;

	if (!told_epoch(&f->told, r, &f->epoch, &epoch, &out->bad))
		return false;
	put(f, PART_EPOCH, epoch);
	return true;
}

static void begin(struct failure_reader *f)
{
	buf_clear(&f->text);
	for (int i = 0; i < PARTS; i++)
		f->begin[i] = f->size[i] = 0;
}

/* One allocation for the failure and everything it says. */
static struct failure *finish(const struct failure_reader *f)
{
	struct failure *made = mem_new(sizeof *made + f->text.n + JSON_SLACK);
	slice *const parts[PARTS] = {
		&made->source, &made->id,          &made->kind,   &made->status,
		&made->reason, &made->last_reason, &made->action, &made->epoch,
	};

	*made = (struct failure){ 0 };
	if (f->text.n)
		memcpy(made->text, f->text.p, f->text.n);
	for (int i = 0; i < PARTS; i++)
		*parts[i] = (slice){ made->text + f->begin[i], f->size[i] };
	return made;
}

/* ---- who it is about ---- */

static void put_subject(struct failure_reader *f, const struct record *r)
{
	slice id = r->id_type == RECORD_ID_NONE ? SLICE("0") : r->id_member.text;
	size_t start = f->text.n;

	outcome_source(id, r->kind, &f->text);
	f->begin[PART_SOURCE] = start;
	f->size[PART_SOURCE] = f->text.n - start;
	if (r->id_type != RECORD_ID_NONE)
		put(f, PART_ID, id);
	put(f, PART_KIND, r->kind);
}

/* "action-id:7:pull_replica" without the members id and kind. A string id may
 * contain colons; kinds seldom do, so the last one separates. */
static void put_parsed_source(struct failure_reader *f, slice source)
{
	static const char prefix[] = "action-id:";
	struct buf quoted = { 0 };
	uint64_t number;

	put(f, PART_SOURCE, source);
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
	put(f, PART_ID, id);
	slice kind = { colon ? colon + 1 : rest.p,
		       colon ? (size_t)(rest.p + rest.n - colon - 1) : 0 };
	if (!slice_starts(kind, "meshq.")) /* or the record would steer us */
		put(f, PART_KIND, kind);
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
	size_t start = f->text.n;

	record_open(r, RECORD_ADMISSION | RECORD_OUTCOME, &f->text);
	record_close(r, &f->text);
	f->begin[PART_ACTION] = start;
	f->size[PART_ACTION] = f->text.n - start - 1; /* without the newline */
}

/* A member that outcomes and chain records have alike; "" when it is absent. */
static bool put_told(struct failure_reader *f, const struct record *r, enum told_by by,
                     enum part part, enum told_member m, struct failure_found *out)
{
	slice text = { 0 };

	if (!told_string(&f->told, r, by, m, &f->scratch, &text, &out->bad))
		return false;
	put(f, part, text);
	return true;
}

static bool put_all_told(struct failure_reader *f, const struct record *r, enum told_by by,
                         struct failure_found *out)
{
	begin(f);
	put_subject(f, r);
	return put_told(f, r, by, PART_STATUS, TOLD_STATUS, out) &&
	       put_told(f, r, by, PART_REASON, TOLD_REASON, out) &&
	       put_told(f, r, by, PART_LAST, TOLD_LAST_REASON, out);
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
	out->failure = finish(f);
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
	out->failure = finish(f);
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
	begin(f);
	if (r->kind.p) {
		put(f, PART_SOURCE, source);
		put(f, PART_KIND, r->kind);
		if (r->id_type != RECORD_ID_NONE)
			put(f, PART_ID, r->id_member.text);
	} else {
		put_parsed_source(f, source);
	}
	if (!put_string(f, r, PART_STATUS, PATH_STATUS, "failed", out) ||
	    !put_string(f, r, PART_REASON, PATH_REASON, "", out) ||
	    !put_string(f, r, PART_LAST, PATH_LAST_REASON, "", out) || !put_epoch(f, r, out))
		return false;
	if (keep_action && is(action, JSON_OBJECT))
		put(f, PART_ACTION, action);
	out->kind = FAILURE_ONE;
	out->failure = finish(f);
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
		return true;
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

/* ---- writing ---- */

static void add_string_member(struct buf *out, const char *name, slice text)
{
	buf_addf(out, ",\"%s\":", name);
	json_add_string(out, text);
}

void failure_write(const struct failure *f, bool with_action, struct buf *out)
{
	buf_addf(out, "{\"v\":%d", OUTCOME_VERSION);
	add_string_member(out, "epoch", f->epoch);
	buf_add_text(out, ",\"seq\":");
	buf_add_u64(out, f->seq);
	add_string_member(out, "source", f->source);
	add_string_member(out, "reason", f->reason);
	if (f->last_reason.n)
		add_string_member(out, "last_reason", f->last_reason);
	buf_add_text(out, ",\"recorded_at_ms\":");
	buf_add_ms(out, f->at.ns);
	add_string_member(out, "status", f->status);
	if (f->id.n) {
		buf_add_text(out, ",\"id\":");
		buf_add_slice(out, f->id);
	}
	if (f->kind.n)
		add_string_member(out, "kind", f->kind);
	if (with_action && f->action.n) {
		buf_add_text(out, ",\"action\":");
		buf_add_slice(out, f->action);
	}
	buf_add_text(out, "}\n");
}

void failure_write_gap(const struct gap *g, struct buf *out)
{
	buf_add_text(out, "{\"kind\":\"meshq.gap\",\"epoch\":");
	if (g->epoch.n)
		json_add_string(out, g->epoch);
	else
		buf_add_text(out, "null");
	if (g->epoch.n) {
		buf_add_text(out, ",\"from_seq\":");
		buf_add_u64(out, g->from);
		buf_add_text(out, ",\"to_seq\":");
		buf_add_u64(out, g->to);
	}
	buf_add_text(out, ",\"count\":");
	buf_add_u64(out, g->count);
	buf_addf(out, ",\"reason\":\"%s\",\"at_ms\":", g->evicted ? "evicted" : "missed");
	buf_add_ms(out, g->at.ns);
	buf_add_text(out, "}\n");
}
