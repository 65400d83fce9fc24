#include "codec/recovery_event.h"

#include "codec/ending.h"
#include "codec/json.h"

static const char *name_of(enum recovery_event_kind kind)
{
	static const char *const names[] = {
		[RECOVERY_EVENT_REGISTERED] = "registered", [RECOVERY_EVENT_REMOVED] = "removed",
		[RECOVERY_EVENT_STRUCK] = "struck",         [RECOVERY_EVENT_EVICTED] = "evicted",
		[RECOVERY_EVENT_READMITTED] = "readmitted",
	};
	return names[kind];
}

static void add_ms(const char *name, instant at, struct buf *out)
{
	buf_addf(out, ",\"%s\":", name);
	buf_add_ms(out, at.ns);
}

static void add_number(const char *name, uint64_t value, struct buf *out)
{
	buf_addf(out, ",\"%s\":", name);
	buf_add_u64(out, value);
}

static void add_end(const struct recovery_event_end *end, struct buf *out)
{
	ending_add_member(end->exit, end->signal, out);
	if (end->timed_out)
		buf_add_text(out, ",\"timed_out\":true");
	buf_add_text(out, ",\"reason\":");
	json_add_string(out, end->reason);
}

void recovery_event_add(enum recovery_event_kind kind, const struct recovery_handler *h,
                        const struct recovery_event_end *end, instant at, struct buf *out)
{
	buf_add_text(out, "{\"kind\":\"meshq.handler\",\"handler\":");
	json_add_string(out, slice_of(h->name));
	buf_addf(out, ",\"event\":\"%s\"", name_of(kind));
	add_number("strikes", h->strikes, out);
	if (end)
		add_end(end, out);
	if (h->state == RECOVERY_WAITING)
		add_ms("until_ms", h->until, out);
	add_ms("at_ms", at, out);
	buf_add_text(out, "}\n");
}

/* One whose wait is over is ready, though nothing has said so yet. */
static enum recovery_state state_at(const struct recovery_handler *h, instant now)
{
	return recovery_ready(h, now) ? RECOVERY_READY : h->state;
}

void recovery_event_add_state(const struct recovery_handler *h, instant now, struct buf *out)
{
	enum recovery_state state = state_at(h, now);

	buf_add_text(out, "{\"handler\":");
	json_add_string(out, slice_of(h->name));
	buf_addf(out, ",\"state\":\"%s\"", recovery_state_name(state));
	if (state == RECOVERY_WAITING)
		add_ms("until_ms", h->until, out);
	add_number("strikes", h->strikes, out);
	add_number("runs", h->runs, out);
	add_number("recovered", h->recovered, out);
	if (h->reason) {
		buf_add_text(out, ",\"reason\":");
		json_add_string(out, slice_of(h->reason));
	}
	if (h->at.ns != INT64_MIN)
		add_ms("at_ms", h->at, out);
	buf_add_text(out, "}\n");
}

void recovery_event_add_stats(const struct recovery_event_stats *s, instant at, struct buf *out)
{
	buf_add_text(out, "{\"kind\":\"meshq.stats\"");
	add_number("passes", s->passes, out);
	add_number("runs", s->runs, out);
	add_number("probes", s->probes, out);
	add_number("recovered", s->recovered, out);
	add_number("struck", s->struck, out);
	add_number("evicted", s->evicted, out);
	add_number("skipped", s->skipped, out);
	add_number("held", s->held, out);
	add_ms("at_ms", at, out);
	buf_add_text(out, "}\n");
}
