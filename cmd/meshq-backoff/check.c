#include "backoff_tool.h"
#include "codec/json.h"
#include "codec/record.h"
#include "sys/out.h"

#include <string.h>
#include <unistd.h>

/* The daemon that the argument names: JSON, or a bare word for a string. */
static bool parse_daemon(const char *text, struct buf *name, struct err *e)
{
	struct buf scratch = { 0 };
	struct json_error bad;
	slice value = json_text(&scratch, slice_of(text + strspn(text, " \t\n\r")));
	bool json = json_check(value, &bad);
	bool good = json || !(value.n && strchr("{[\"", *value.p));

	buf_clear(name);
	if (json)
		buf_add_slice(name, value);
	else if (good)
		json_add_string(name, value);
	else
		err_set(e, STATUS_USAGE, "--check: byte %zu: %s", bad.at + 1, bad.what);
	memset(buf_reserve(name, JSON_SLACK), 0, JSON_SLACK);
	buf_free(&scratch);
	return good;
}

int backoff_check(struct backoff_tool *t)
{
	struct buf name = { 0 };
	struct out out;
	struct err e;

	bool good = parse_daemon(t->check, &name, &e);
	struct key key = good ? json_fingerprint(t->trackers.store.seed, buf_slice(&name))
	                      : (struct key){ 0 };
	buf_free(&name);
	if (!good)
		return cli_usage(&t->cli, "%s", e.text);
	if (!trackers_look(&t->trackers, &e))
		return cli_fail(&t->cli, &e);

	instant now = clock_now(&t->clock);
	const struct backoff_daemon *d = backoff_set_find(&t->trackers.store.set, key);
	if (!d || backoff_admissible(&d->tracker, now))
		return STATUS_OK;
	out_init(&out, STDOUT_FILENO);
	t->trackers.told = &out.pending;
	trackers_tell(&t->trackers, (slice){ d->name, d->name_size }, &d->tracker, HOLD_RESTORED,
	              false, now);
	return out_close(&out, "standard output", &e) ? STATUS_DEFERRED : cli_fail(&t->cli, &e);
}
