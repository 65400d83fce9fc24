#include "cli/report.h"

#include <errno.h>

enum { COMPLAINTS_MOST = 10 };

static bool open_log(struct report *r, struct log *log, const char *path, struct err *e)
{
	if (!path)
		return true;
	if (!log_open(log, path, r->sync, e))
		return false;
	cli_writes(r->cli, log->fd);
	return true;
}

bool report_open(struct report *r, struct err *e)
{
	r->reader = record_reader_new();
	r->who = identity_new(r->reader, r->identity);
	if (r->chain)
		r->members = members_new(&r->cli->policy, r->reader);
	return open_log(r, &r->chain_log, r->chain, e) &&
	       open_log(r, &r->failures_log, r->failures, e);
}

static void append(struct report *r, struct log *log, uint64_t *failures)
{
	struct err e;

	if (log_append(log, buf_slice(&r->line), &e))
		return;
	if ((*failures)++ == 0)
		cli_warn(r->cli, "%s (told once)", e.text);
	r->status = STATUS_IO;
}

static void close_log(struct report *r, struct log *log)
{
	struct err e;

	if (log->path && !log_close(log, &e))
		r->status = cli_fail(r->cli, &e);
}

int report_close(struct report *r)
{
	struct err e;

	if (r->complaints > COMPLAINTS_MOST)
		cli_warn(r->cli, "%ju more have not gone through: --outcomes would keep them all",
		         (uintmax_t)(r->complaints - COMPLAINTS_MOST));
	if (!outlet_close(&r->outlet, &e))
		r->status = cli_fail(r->cli, &e);
	close_log(r, &r->chain_log);
	close_log(r, &r->failures_log);
	members_free(r->members);
	record_reader_free(r->reader);
	buf_free(&r->kept);
	buf_free(&r->content_text);
	buf_free(&r->line);
	return r->status ? r->status : r->shortfall ? STATUS_SHORTFALL : STATUS_OK;
}

/* ---- one action ---- */

static struct outcome_subject subject_of(struct report *r, const struct record *record,
                                         const struct action *a)
{
	buf_clear(&r->kept);
	buf_clear(&r->content_text);
	if (r->members)
		members_add(r->members, record, &r->kept);
	if (r->members && r->content)
		identity_write(identity_content(&r->who, record), &r->content_text);
	return (struct outcome_subject){
		.epoch = slice_of(r->epoch),
		.id = record->id_member.text,
		.kind = record->kind,
		.emitted = record->has_at ? record->at : a->arrived,
		.expires = record->expires,
		.members = buf_slice(&r->kept),
		.content = buf_slice(&r->content_text),
	};
}

static bool is_failure(const struct effect *f)
{
	return f->kind == EFFECT_OUTCOME && outcome_is_failure(f->outcome);
}

/* The reference's order: the failure first, then the chain, then the outcome. */
static void append_records(struct report *r, const struct record *record, const struct effect *f)
{
	struct outcome_subject s = subject_of(r, record, f->action);
	const struct policy *policy = &r->cli->policy;

	if (r->failures && is_failure(f)) {
		buf_clear(&r->line);
		outcome_failure_record(&s, r->seq, f, policy, &r->line);
		append(r, &r->failures_log, &r->failures_append_failures);
	}
	if (r->chain) {
		buf_clear(&r->line);
		outcome_chain_record(&s, f, policy, &r->line);
		append(r, &r->chain_log, &r->chain_append_failures);
	}
}

/* Whoever closes the pipe has what he wanted. */
static bool reader_has_gone(const struct report *r)
{
	return r->outlet.passed && r->outlet.passed->failure == EPIPE;
}

/* With nobody who wants outcomes those that fall short are told, or they would be lost. */
static void complain(struct report *r, const struct record *record, const struct effect *f)
{
	if (f->kind != EFFECT_OUTCOME || f->outcome == OUTCOME_DISPATCHED || !r->complains ||
	    reader_has_gone(r))
		return;
	if (r->complaints++ >= COMPLAINTS_MOST)
		return;
	slice id = record->id_member.text, kind = record->kind;
	buf_clear(&r->line);
	outcome_reason(f, &r->cli->policy, &r->line);
	cli_warn(r->cli, "action %.*s (%.*s) %s%s%s", SLICE_ARG(id), SLICE_ARG(kind),
	         outcome_name(f->outcome), r->line.n ? ": " : "", buf_text(&r->line));
}

static void tell(struct report *r, const struct record *record, const struct effect *f)
{
	struct buf *out = outlet_record(&r->outlet, f->action->arrival);

	if (!out) {
		complain(r, record, f);
		return;
	}
	record_open(record, 0, out);
	buf_add_text(out, ",\"outcome\":");
	outcome_member(f, &r->cli->policy, out);
	record_close(record, out);
	outlet_recorded(&r->outlet, f->action->arrival);
}

/* For the output the line is enough. */
static bool needs_members(const struct report *r, const struct effect *f)
{
	return r->chain || r->metrics || ((r->failures || r->complains) && is_failure(f));
}

static bool tell_elsewhere(struct report *r, struct record *record, const struct effect *f)
{
	struct json_error bad;
	struct told_bad nobody;

	/* It was read before, so it can be read again. */
	if (!record_read(r->reader, record->line, record, &bad) ||
	    !identity_take(&r->who, record, &nobody))
		return false;
	append_records(r, record, f);
	if (r->metrics)
		metrics_effect(r->metrics, f, record->kind);
	return true;
}

static void report_action(struct report *r, const struct effect *f)
{
	struct record record = { .line = intake_line(r->intake, f->action) };

	r->seq += is_failure(f);
	if (needs_members(r, f) && !tell_elsewhere(r, &record, f))
		return;
	if (f->kind == EFFECT_OUTCOME && f->outcome != OUTCOME_DISPATCHED)
		r->shortfall = true;
	if (f->kind == EFFECT_OUTCOME || r->trace)
		tell(r, &record, f);
}

/* It is about now, so it waits for nobody's turn. */
static void report_edge(struct report *r, const struct effect *f)
{
	struct buf *out = outlet_record(&r->outlet, 0);

	if (!out)
		return;
	control_add_edge(f->edge, f->depth, f->level, f->at, out);
	outlet_recorded(&r->outlet, 0);
}

void report_effect(struct report *r, const struct effect *f)
{
	switch (f->kind) {
	case EFFECT_STEP:
		report_action(r, f);
		outlet_step(&r->outlet, f->action->arrival);
		break;
	case EFFECT_OUTCOME:
		report_action(r, f);
		outlet_over(&r->outlet, f->action->arrival);
		break;
	case EFFECT_EDGE:
		report_edge(r, f);
		break;
	case EFFECT_DISPATCH:
	case EFFECT_TERMINATE:
	case EFFECT_KILL:
		break;
	}
}

/* ---- statistics ---- */

void report_stats(const struct report *r, const struct intake *in, uint64_t rejected,
                  const struct engine *e, instant now, struct buf *out)
{
	const struct engine_stats *s = engine_stats(e);
	const struct {
		const char *name;
		uint64_t value;
	} counters[] = {
		{ "received", s->received },
		{ "dispatched", s->dispatched },
		{ "failed", s->failed },
		{ "gated", s->gated },
		{ "expired", s->expired },
		{ "unfinished", s->unfinished },
		{ "pending", engine_depth(e) },
		{ "rejected", rejected },
		{ "passed", in->passed },
		{ "controls", in->controls },
		{ "skipped", in->skipped },
		{ "restored", r->restored },
		{ "spooled", r->spooled },
		{ "deferred", s->deferred },
		{ "dispatch_retries", s->dispatch_retries },
		{ "coalesced", s->coalesced },
		{ "backpressure_asserts", s->asserts },
		{ "backpressure_releases", s->releases },
		{ "chain_append_failures", r->chain_append_failures },
		{ "failures_append_failures", r->failures_append_failures },
		{ "admissions", s->admissions },
		{ "max_depth", s->max_depth },
	};

	buf_add_text(out, "{\"kind\":\"meshq.stats\"");
	for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++) {
		buf_addf(out, ",\"%s\":", counters[i].name);
		buf_add_u64(out, counters[i].value);
	}
	buf_add_text(out, ",\"at_ms\":");
	buf_add_ms(out, now.ns);
	buf_add_text(out, "}\n");
}
