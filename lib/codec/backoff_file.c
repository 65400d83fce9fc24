#include "codec/backoff_file.h"

#include "codec/hold.h"
#include "codec/state_file.h"

/* ---- writing ---- */

static void add_time(const char *name, bool known, instant t, struct buf *out)
{
	buf_addf(out, ",\"%s\":", name);
	if (known)
		buf_add_ms(out, t.ns);
	else
		buf_add_text(out, "null");
}

static void add_daemon(const struct backoff_daemon *d, struct buf *out)
{
	const struct backoff *b = &d->tracker;

	buf_add_text(out, "{\"daemon\":");
	buf_add(out, d->name, d->name_size);
	buf_addf(out, ",\"state\":\"%s\"", hold_state_name(b->state));
	add_time("until_ms", b->state != BACKOFF_IDLE, b->until, out);
	buf_add_text(out, ",\"window_ms\":");
	buf_add_ms(out, b->window.ns);
	add_time("last_start_ms", b->started, b->last_start, out);
	add_time("latest_ms", b->latest.ns != INT64_MIN, b->latest, out);
	buf_add_text(out, ",\"crashes_ms\":[");
	for (uint32_t i = 0; i < b->crash_count; i++) {
		if (i)
			buf_add_char(out, ',');
		buf_add_ms(out, backoff_crash_at(b, i).ns);
	}
	buf_add_text(out, "]}\n");
}

void backoff_file_write(const struct backoff_set *s, struct buf *out)
{
	buf_addf(out, "{\"meshq\":\"backoff-state\",\"v\":%d,\"daemons\":%u}\n",
	         BACKOFF_FILE_VERSION, backoff_set_count(s));
	for (uint32_t i = 0; i < backoff_set_count(s); i++)
		add_daemon(backoff_set_at(s, i), out);
}

/* ---- reading ---- */

enum member {
	DAEMONS = STATE_FILE_FIRST,
	DAEMON,
	STATE,
	UNTIL,
	WINDOW,
	LAST_START,
	LATEST,
	CRASHES,
	MEMBERS,
};

static const char *const names[MEMBERS] = {
	"meshq",    "v",         "daemons",       "daemon",    "state",
	"until_ms", "window_ms", "last_start_ms", "latest_ms", "crashes_ms",
};

static bool is_ms(slice text, int64_t *ns)
{
	return text.p && json_type(text) == JSON_NUMBER && json_ms(text, ns);
}

static bool read_time(const struct state_file *f, enum member m, bool *known, instant *t)
{
	slice text = f->found[m].text;

	*known = text.p && json_type(text) != JSON_NULL;
	if (!*known)
		return text.p || state_file_wrong(f, (int)m, "a number of milliseconds or null");
	return is_ms(text, &t->ns) ||
	       state_file_wrong(f, (int)m, "a number of milliseconds or null");
}

/* A flat array of numbers needs no scanner of its own: the line is JSON already. */
static bool read_crashes(const struct state_file *f, struct backoff *b)
{
	slice text = f->found[CRASHES].text;
	instant last = { INT64_MIN }, at;

	if (!text.p || json_type(text) != JSON_ARRAY)
		return state_file_wrong(f, CRASHES, "an array");
	const char *p = text.p + 1, *end = text.p + text.n - 1;
	while (p < end) {
		size_t n = strcspn(p, ",]");
		if (!is_ms((slice){ p, n }, &at.ns) || instant_after(last, at))
			return state_file_wrong(f, CRASHES, "milliseconds in rising order");
		backoff_remember(b, at);
		last = at;
		p += n + 1;
	}
	return true;
}

static bool read_state(const struct state_file *f, struct backoff *b)
{
	for (int s = BACKOFF_IDLE; s <= BACKOFF_CRASH_LOOPING; s++)
		if (state_file_is(f, STATE, hold_state_name((enum backoff_state)s))) {
			b->state = (enum backoff_state)s;
			return true;
		}
	return state_file_wrong(f, STATE, "idle, backing_off or crash_looping");
}

static bool read_tracker(const struct state_file *f, struct backoff *b)
{
	instant latest = b->latest;
	bool known;

	if (!read_state(f, b) || !read_time(f, UNTIL, &known, &b->until))
		return false;
	if (known != (b->state != BACKOFF_IDLE))
		return state_file_wrong(f, UNTIL, "null when idle, else a number of milliseconds");
	if (!is_ms(f->found[WINDOW].text, &b->window.ns) || b->window.ns < 0)
		return state_file_wrong(f, WINDOW, "a number of milliseconds, not negative");
	if (!read_time(f, LAST_START, &b->started, &b->last_start) ||
	    !read_time(f, LATEST, &known, &latest))
		return false;
	b->latest = latest;
	return read_crashes(f, b);
}

static bool read_daemon(struct state_file *f, struct backoff_set *s, struct hash_seed seed)
{
	if (!state_file_next(f))
		return false;
	slice name = f->found[DAEMON].text;
	if (!name.p)
		return state_file_wrong(f, DAEMON, "there");
	struct key key = json_fingerprint(seed, name);
	if (backoff_set_find(s, key))
		return err_set(f->e, STATUS_DATA, "%s:%zu: this daemon was there before", f->path,
		               f->line);
	struct backoff_daemon *d = backoff_set_get(s, key, name, (instant){ INT64_MIN });
	if (!read_tracker(f, &d->tracker))
		return false;
	backoff_set_touch(s, d);
	return true;
}

static bool read_all(struct state_file *f, struct backoff_set *s, struct hash_seed seed)
{
	uint64_t daemons;

	if (!state_file_header(f, "backoff-state", BACKOFF_FILE_VERSION, "meshq-backoff"))
		return false;
	slice count = f->found[DAEMONS].text;
	if (!count.p || !json_u64(count, &daemons))
		return state_file_wrong(f, DAEMONS, "a count");
	while (f->rest.n)
		if (!read_daemon(f, s, seed))
			return false;
	return backoff_set_count(s) == daemons ||
	       err_set(f->e, STATUS_DATA, "%s:%zu: %llu daemons were announced, %u are there",
	               f->path, f->line, (unsigned long long)daemons, backoff_set_count(s));
}

bool backoff_file_read(struct backoff_set *s, struct hash_seed seed, const char *path, slice text,
                       struct err *e)
{
	struct state_file f;

	state_file_open(&f, names, MEMBERS, path, text, e);
	bool good = text.n == 0 || read_all(&f, s, seed);
	state_file_close(&f);
	return good;
}
