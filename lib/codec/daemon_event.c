#include "codec/daemon_event.h"

#include "codec/ending.h"
#include "codec/json.h"

const char *daemon_event_name(enum supervisor_event event)
{
	static const char *const names[] = {
		[SUPERVISOR_STARTED] = "started",     [SUPERVISOR_READY] = "ready",
		[SUPERVISOR_NOT_READY] = "not_ready", [SUPERVISOR_STOPPING] = "stopping",
		[SUPERVISOR_STOPPED] = "stopped",     [SUPERVISOR_EXITED] = "exited",
		[SUPERVISOR_CRASHED] = "crashed",     [SUPERVISOR_UNSTARTED] = "unstarted",
		[SUPERVISOR_GIVEN_UP] = "given_up",
	};
	return names[event];
}

bool daemon_event_may_use(const char *path, struct err *e)
{
	static const char *const ours[] = { "event", "pid", "exit", "signal", "ran_ms", "reason" };
	struct buf name = { 0 };
	bool good = true;

	json_path_take(&path, &name);
	for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
		if (slice_is(buf_slice(&name), ours[i]))
			good = err_set(e, STATUS_USAGE,
			               "a meshq.daemon record has a member '%s' of its own",
			               ours[i]);
	buf_free(&name);
	return good;
}

static bool is_end(enum supervisor_event event)
{
	return event == SUPERVISOR_EXITED || event == SUPERVISOR_CRASHED ||
	       event == SUPERVISOR_STOPPED;
}

static void add_end(const struct daemon_event *event, struct buf *out)
{
	ending_add_member(event->end.exit, event->end.signal, out);
	buf_add_text(out, ",\"ran_ms\":");
	buf_add_ms(out, event->ran.ns);
}

/* A crash always has a reason: whoever counts failures looks for it. */
static void add_reason(const struct daemon_event *event, struct buf *out)
{
	struct buf text = { 0 };

	if (event->event == SUPERVISOR_CRASHED)
		ending_add_words(event->end.exit, event->end.signal, &text);
	if (event->reason) {
		if (text.n)
			buf_add_text(&text, ": ");
		buf_add_text(&text, event->reason);
	}
	if (text.n) {
		buf_add_text(out, ",\"reason\":");
		json_add_string(out, buf_slice(&text));
	}
	buf_free(&text);
}

void daemon_event_add(const struct hold_key *k, const struct daemon_event *event, struct buf *out)
{
	hold_key_add(k, "meshq.daemon", event->name, out);
	buf_addf(out, ",\"event\":\"%s\"", daemon_event_name(event->event));
	if (event->pid)
		buf_addf(out, ",\"pid\":%lld", (long long)event->pid);
	if (is_end(event->event))
		add_end(event, out);
	add_reason(event, out);
	buf_add_text(out, ",\"at_ms\":");
	buf_add_ms(out, event->at.ns);
	buf_add_text(out, "}\n");
}
