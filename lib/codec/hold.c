#include "codec/hold.h"

#include "codec/json.h"

const char *hold_state_name(enum backoff_state state)
{
	static const char *const names[] = {
		[BACKOFF_IDLE] = "idle",
		[BACKOFF_BACKING_OFF] = "backing_off",
		[BACKOFF_CRASH_LOOPING] = "crash_looping",
	};
	return names[state];
}

static const char *cause_name(enum hold_cause cause)
{
	static const char *const names[] = {
		[HOLD_STARTED] = "started",   [HOLD_EXITED] = "exited",
		[HOLD_CRASHED] = "crashed",   [HOLD_FORCED] = "force_restart",
		[HOLD_RELEASED] = "released", [HOLD_RESTORED] = "restored",
	};
	return names[cause];
}

static bool is_ours(slice name)
{
	static const char *const ours[] = { "kind",  "state",    "until_ms", "window_ms",
		                            "cause", "was_held", "at_ms" };
	for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
		if (slice_is(name, ours[i]))
			return true;
	return false;
}

bool hold_key_init(struct hold_key *k, const char *path, struct err *e)
{
	struct buf name = { 0 };

	*k = (struct hold_key){ 0 };
	json_path_take(&path, &name);
	bool good = !is_ours(buf_slice(&name));
	if (!good)
		err_set(e, STATUS_USAGE, "a hold record has a member '%s' of its own",
		        buf_text(&name));
	json_add_string(&k->before, buf_slice(&name));
	while (*path) {
		path++;
		json_path_take(&path, &name);
		buf_add_text(&k->before, ":{");
		json_add_string(&k->before, buf_slice(&name));
		buf_add_char(&k->after, '}');
	}
	buf_add_char(&k->before, ':');
	buf_free(&name);
	if (!good)
		hold_key_free(k);
	return good;
}

void hold_key_free(struct hold_key *k)
{
	buf_free(&k->before);
	buf_free(&k->after);
}

void hold_key_add(const struct hold_key *k, const char *kind, slice name, struct buf *out)
{
	buf_add_text(out, "{\"kind\":\"");
	buf_add_text(out, kind);
	buf_add_text(out, "\",");
	buf_add_slice(out, buf_slice(&k->before));
	buf_add_slice(out, name);
	buf_add_slice(out, buf_slice(&k->after));
}

void hold_add(const struct hold_key *k, slice name, const struct backoff *tracker,
              enum hold_cause cause, bool was_held, instant at, struct buf *out)
{
	hold_key_add(k, "meshq.hold", name, out);
	buf_add_text(out, ",\"state\":\"");
	buf_add_text(out, hold_state_name(tracker->state));
	buf_add_text(out, "\",\"until_ms\":");
	if (tracker->state == BACKOFF_IDLE)
		buf_add_text(out, "null");
	else
		buf_add_ms(out, tracker->until.ns);
	buf_add_text(out, ",\"window_ms\":");
	buf_add_ms(out, tracker->window.ns);
	buf_add_text(out, ",\"cause\":\"");
	buf_add_text(out, cause_name(cause));
	buf_add_text(out, was_held ? "\",\"was_held\":true,\"at_ms\":" : "\",\"at_ms\":");
	buf_add_ms(out, at.ns);
	buf_add_text(out, "}\n");
}
