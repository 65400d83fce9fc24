#include "codec/failure.h"

#include "base/mem.h"
#include "codec/outcome.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define PATHS(X)                                                                                   \
	X(VERSION, "v")                                                                            \
	X(EPOCH, "epoch")                                                                          \
	X(SEQ, "seq")                                                                              \
	X(SOURCE, "source")                                                                        \
	X(REASON, "reason")                                                                        \
	X(LAST_REASON, "last_reason")                                                              \
	X(RECORDED, "recorded_at_ms")                                                              \
	X(STATUS, "status")                                                                        \
	X(ACTION, "action")                                                                        \
	X(OUTCOME_STATUS, "outcome.status")                                                        \
	X(OUTCOME_REASON, "outcome.reason")                                                        \
	X(OUTCOME_LAST_REASON, "outcome.last_reason")                                              \
	X(OUTCOME_AT, "outcome.at_ms")                                                             \
	X(DISPOSITION, "disposition")                                                              \
	X(CHAIN_STATUS, "disposition.status")                                                      \
	X(CHAIN_REASON, "disposition.reason")                                                      \
	X(CHAIN_LAST_REASON, "disposition.last_reason")                                            \
	X(CHAIN_RETRY, "disposition.retry_after_ms")                                               \
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

static bool bad(struct failure_found *out, const char *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static bool bad(struct failure_found *out, const char *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(out->bad, sizeof out->bad, format, args);
	va_end(args);
	out->bad_at = at;
	out->kind = FAILURE_BAD;
	return false;
}

/* A member of a record of ours that must be there and a number. */
static bool need_u64(const struct failure_reader *f, const struct record *r, enum path p,
                     uint64_t *value, struct failure_found *out)
{
	slice text = member(f, r, p);

	if (!text.p || !json_u64(text, value))
		return bad(out, text.p, "expected an unsigned 64-bit integer as '%s'", paths[p]);
	return *value <= FAILURE_SEQ_MAX ||
	       bad(out, text.p, "'%s' is beyond all numbers", paths[p]);
}

static bool need_ms(const struct failure_reader *f, const struct record *r, enum path p, instant *t,
                    struct failure_found *out)
{
	slice text = member(f, r, p);

	return (text.p && json_ms(text, &t->ns)) ||
	       bad(out, text.p, "expected a number of milliseconds as '%s'", paths[p]);
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
		return bad(out, value.p, "expected a string as '%s'", paths[p]);
	put(f, part, value);
	return true;
}

/* The name of the run, empty when there is none. Other writers may call theirs by
 * numbers. */
static bool read_epoch(struct failure_reader *f, const struct record *r, slice *epoch,
                       struct failure_found *out)
{
	slice value = member(f, r, PATH_EPOCH);

	*epoch = (slice){ 0 };
	if (is_null(value))
		return true;
	if (!is(value, JSON_STRING) && !is(value, JSON_NUMBER))
		return bad(out, value.p, "expected a string as 'epoch'");
	*epoch = is(value, JSON_STRING) ? json_string(value, &f->epoch) : value;
	return epoch->n <= OUTCOME_EPOCH_MOST ||
	       bad(out, value.p, "'epoch' is longer than %d bytes", OUTCOME_EPOCH_MOST);
}

static bool put_epoch(struct failure_reader *f, const struct record *r, struct failure_found *out)
{
	slice epoch;

	if (!read_epoch(f, r, &epoch, out))
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

static void read_outcome(struct failure_reader *f, const struct record *r, instant now,
                         bool keep_action, struct failure_found *out)
{
	slice status = member(f, r, PATH_OUTCOME_STATUS);
	instant at = r->has_at ? r->at : now;

	if (!is(status, JSON_STRING)) {
		bad(out, status.p ? status.p : r->outcome.text.p,
		    "expected a string as 'outcome.status'");
		return;
	}
	if (!is_failure_status(json_string(status, &f->scratch)))
		return;
	begin(f);
	put_subject(f, r);
	if (!put_string(f, r, PART_STATUS, PATH_OUTCOME_STATUS, "", out) ||
	    !put_string(f, r, PART_REASON, PATH_OUTCOME_REASON, "", out) ||
	    !put_string(f, r, PART_LAST, PATH_OUTCOME_LAST_REASON, "", out) ||
	    (!is_null(member(f, r, PATH_OUTCOME_AT)) && !need_ms(f, r, PATH_OUTCOME_AT, &at, out)))
		return;
	if (keep_action)
		put_action(f, r);
	out->kind = FAILURE_ONE;
	out->failure = finish(f);
	out->failure->at = at;
}

static void read_chain(struct failure_reader *f, const struct record *r, struct failure_found *out)
{
	slice status = member(f, r, PATH_CHAIN_STATUS);

	if (!is(status, JSON_STRING)) {
		bad(out, status.p ? status.p : member(f, r, PATH_DISPOSITION).p,
		    "expected a string as 'disposition.status'");
		return;
	}
	if (!r->kind.p) {
		bad(out, NULL, "expected a member 'kind'");
		return;
	}
	if (!r->has_at) {
		bad(out, NULL, "expected a member 'at_ms'");
		return;
	}
	if (!is_failure_status(json_string(status, &f->scratch)) ||
	    !is_null(member(f, r, PATH_CHAIN_RETRY)))
		return;
	begin(f);
	put_subject(f, r);
	if (!put_string(f, r, PART_STATUS, PATH_CHAIN_STATUS, "", out) ||
	    !put_string(f, r, PART_REASON, PATH_CHAIN_REASON, "", out) ||
	    !put_string(f, r, PART_LAST, PATH_CHAIN_LAST_REASON, "", out) || !put_epoch(f, r, out))
		return;
	out->kind = FAILURE_ONE;
	out->failure = finish(f);
	out->failure->at = r->at;
}

static void read_failure(struct failure_reader *f, const struct record *r, bool keep_action,
                         struct failure_found *out)
{
	slice source = json_string(member(f, r, PATH_SOURCE), &f->scratch);
	slice action = member(f, r, PATH_ACTION);
	uint64_t seq = 0;
	instant at = { 0 };

	if ((member(f, r, PATH_SEQ).p && !need_u64(f, r, PATH_SEQ, &seq, out)) ||
	    !need_ms(f, r, PATH_RECORDED, &at, out))
		return;
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
		return;
	if (keep_action && is(action, JSON_OBJECT))
		put(f, PART_ACTION, action);
	out->kind = FAILURE_ONE;
	out->failure = finish(f);
	out->failure->at = at;
	out->failure->seq = seq;
}

/* ---- gaps ---- */

static void read_gap(struct failure_reader *f, const struct record *r, struct failure_found *out)
{
	struct gap *g = &out->gap;
	slice reason = member(f, r, PATH_REASON);

	if (!read_epoch(f, r, &g->epoch, out) || !need_u64(f, r, PATH_GAP_COUNT, &g->count, out))
		return;
	if (g->epoch.n) {
		if (!need_u64(f, r, PATH_FROM_SEQ, &g->from, out) ||
		    !need_u64(f, r, PATH_TO_SEQ, &g->to, out))
			return;
		if (g->from == 0 || g->to < g->from || g->count == 0 ||
		    g->count - 1 > g->to - g->from) {
			bad(out, member(f, r, PATH_GAP_COUNT).p,
			    "expected 'count' numbers from 'from_seq' to 'to_seq'");
			return;
		}
	}
	g->evicted =
		is(reason, JSON_STRING) && slice_is(json_string(reason, &f->scratch), "evicted");
	g->at = r->at;
	out->kind = FAILURE_GAP;
}

/* ---- which of them ---- */

/* Chain and failure records are told by what only they have; of users' members
 * nothing is assumed. */
static bool is_ours(const struct failure_reader *f, const struct record *r)
{
	return member(f, r, PATH_VERSION).p &&
	       (is(member(f, r, PATH_DISPOSITION), JSON_OBJECT) ||
	        (is(member(f, r, PATH_SOURCE), JSON_STRING) && member(f, r, PATH_RECORDED).p));
}

static bool version_known(const struct failure_reader *f, const struct record *r,
                          struct failure_found *out)
{
	slice version = member(f, r, PATH_VERSION);
	uint64_t number;

	if (json_u64(version, &number) && number == OUTCOME_VERSION)
		return true;
	return bad(out, version.p, "version %.*s not supported (this is %d)",
	           version.n < 40 ? (int)version.n : 40, version.p, OUTCOME_VERSION);
}

static void read_ours(struct failure_reader *f, const struct record *r, bool keep_action,
                      struct failure_found *out)
{
	if (!version_known(f, r, out))
		return;
	if (is(member(f, r, PATH_DISPOSITION), JSON_OBJECT))
		read_chain(f, r, out);
	else if (is(member(f, r, PATH_SOURCE), JSON_STRING))
		read_failure(f, r, keep_action, out);
	else if (!r->kind.p)
		bad(out, NULL, "expected a member 'kind'");
}

void failure_read(struct failure_reader *f, const struct record *r, instant now, bool keep_action,
                  struct failure_found *out)
{
	*out = (struct failure_found){ .kind = FAILURE_NONE };
	if (r->kind.p && slice_is(r->kind, "meshq.gap"))
		read_gap(f, r, out);
	else if (r->kind.p && slice_starts(r->kind, "meshq."))
		return;
	else if (r->outcome.text.p && r->kind.p)
		read_outcome(f, r, now, keep_action, out);
	else if (is_ours(f, r))
		read_ours(f, r, keep_action, out);
	else if (!r->kind.p)
		bad(out, NULL, "expected a member 'kind'");
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
