#include "codec/told.h"

#include "codec/outcome.h"

#include <stdarg.h>
#include <stdio.h>

#define MEMBERS(X)                                                                                 \
	X(STATUS, "status")                                                                        \
	X(ATTEMPTS, "attempts")                                                                    \
	X(DEFERS, "defers")                                                                        \
	X(AT, "at_ms")                                                                             \
	X(QUEUED, "queued_ms")                                                                     \
	X(RUN, "run_ms")                                                                           \
	X(EXIT, "exit")                                                                            \
	X(SIGNAL, "signal")                                                                        \
	X(TIMED_OUT, "timed_out")                                                                  \
	X(HALTS, "halts")                                                                          \
	X(RULE, "rule")                                                                            \
	X(UNTIL, "until_ms")                                                                       \
	X(DUE, "due_ms")                                                                           \
	X(RETRY_AFTER, "retry_after_ms")                                                           \
	X(HINTED, "hinted")                                                                        \
	X(LOST, "lost")                                                                            \
	X(DRAW, "draw")                                                                            \
	X(REASON, "reason")                                                                        \
	X(LAST_REASON, "last_reason")                                                              \
	X(JOINED, "joined")

#define OUTCOME(member, name) [TOLD_##member] = "outcome." name,
#define CHAIN(member, name) [TOLD_##member] = "disposition." name,

static const char *const names[TOLD_BY_CHAIN + 1][TOLD_MEMBERS] = {
	[TOLD_BY_OUTCOME] = { MEMBERS(OUTCOME) },
	[TOLD_BY_CHAIN] = { MEMBERS(CHAIN) },
};

struct told_paths told_paths(struct record_reader *r)
{
	struct told_paths p = {
		.version = record_reader_add(r, "v"),
		.epoch = record_reader_add(r, "epoch"),
		.disposition = record_reader_add(r, "disposition"),
	};

	for (int by = TOLD_BY_OUTCOME; by <= TOLD_BY_CHAIN; by++)
		for (int m = 0; m < TOLD_MEMBERS; m++)
			p.members[by][m] = record_reader_add(r, names[by][m]);
	return p;
}

bool told_refuse(struct told_bad *bad, const char *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(bad->what, sizeof bad->what, format, args);
	va_end(args);
	bad->at = at;
	return false;
}

static bool is(slice value, enum json_type type)
{
	return value.p && json_type(value) == type;
}

enum told_by told_by(const struct told_paths *p, const struct record *r)
{
	if (r->outcome.text.p && r->kind.p)
		return TOLD_BY_OUTCOME;
	if (r->found[p->version].text.p && is(r->found[p->disposition].text, JSON_OBJECT))
		return TOLD_BY_CHAIN;
	return TOLD_BY_NOBODY;
}

bool told_version(const struct told_paths *p, const struct record *r, struct told_bad *bad)
{
	slice version = r->found[p->version].text;
	uint64_t number;

	if (json_u64(version, &number) && number == OUTCOME_VERSION)
		return true;
	return told_refuse(bad, version.p, "version %.*s not supported (this is %d)",
	                   version.n < 40 ? (int)version.n : 40, version.p, OUTCOME_VERSION);
}

bool told_epoch(const struct told_paths *p, const struct record *r, struct buf *scratch,
                slice *epoch, struct told_bad *bad)
{
	slice value = r->found[p->epoch].text;

	*epoch = (slice){ 0 };
	if (!value.p || is(value, JSON_NULL))
		return true;
	if (!is(value, JSON_STRING) && !is(value, JSON_NUMBER))
		return told_refuse(bad, value.p, "expected a string as 'epoch'");
	*epoch = is(value, JSON_STRING) ? json_string(value, scratch) : value;
	return epoch->n <= OUTCOME_EPOCH_MOST ||
	       told_refuse(bad, value.p, "'epoch' is longer than %d bytes", OUTCOME_EPOCH_MOST);
}

/* ---- members ---- */

slice told_value(const struct told_paths *p, const struct record *r, enum told_by by,
                 enum told_member m)
{
	slice value = r->found[p->members[by][m]].text;

	if (is(value, JSON_NULL))
		value.p = NULL;
	return value;
}

bool told_true(const struct told_paths *p, const struct record *r, enum told_by by,
               enum told_member m)
{
	return is(told_value(p, r, by, m), JSON_TRUE);
}

const char *told_name(enum told_by by, enum told_member m)
{
	return names[by][m];
}

bool told_count(const struct told_paths *p, const struct record *r, enum told_by by,
                enum told_member m, uint64_t *value, struct told_bad *bad)
{
	slice text = told_value(p, r, by, m);

	return !text.p || json_u64(text, value) ||
	       told_refuse(bad, text.p, "expected a whole number as '%s'", names[by][m]);
}

bool told_ms(const struct told_paths *p, const struct record *r, enum told_by by,
             enum told_member m, int64_t *ns, struct told_bad *bad)
{
	slice text = told_value(p, r, by, m);

	return !text.p || json_ms(text, ns) ||
	       told_refuse(bad, text.p, "expected a number of milliseconds as '%s'", names[by][m]);
}

bool told_string(const struct told_paths *p, const struct record *r, enum told_by by,
                 enum told_member m, struct buf *scratch, slice *value, struct told_bad *bad)
{
	slice text = told_value(p, r, by, m);

	if (!text.p)
		return true;
	if (!is(text, JSON_STRING))
		return told_refuse(bad, text.p, "expected a string as '%s'", names[by][m]);
	*value = json_string(text, scratch);
	return true;
}
