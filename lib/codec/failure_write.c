#include "codec/failure.h"
#include "codec/json.h"
#include "codec/outcome.h"

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
