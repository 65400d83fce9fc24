#include "codec/backoff_file.h"

#include "codec/hold.h"
#include "codec/json.h"

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

/* The members, in the order in which the plan numbers them. */
enum member {
	MESHQ,
	VERSION,
	DAEMONS,
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

struct reader {
	struct json_plan *plan;
	struct json_found found[MEMBERS];
	slice rest; /* what has not been read */
	const char *path;
	size_t line;
};

static bool wrong(const struct reader *r, enum member m, const char *expected, struct err *e)
{
	return err_set(e, STATUS_DATA, "%s:%zu: expected %s to be %s", r->path, r->line, names[m],
	               expected);
}

/* Scans the next line; false at the end or when it is no JSON object. */
static bool next_line(struct reader *r, struct err *e)
{
	struct json_error bad;
	const char *end = memchr(r->rest.p, '\n', r->rest.n);
	slice line = { r->rest.p, end ? (size_t)(end - r->rest.p) : r->rest.n };

	r->line++;
	r->rest.p += line.n + !!end;
	r->rest.n -= line.n + !!end;
	return json_scan(r->plan, line, r->found, &bad) ||
	       err_set(e, STATUS_DATA, "%s:%zu: byte %zu: %s", r->path, r->line, bad.at + 1,
	               bad.what);
}

static bool is_string(const struct reader *r, enum member m, const char *want)
{
	struct buf scratch = { 0 };
	slice text = r->found[m].text;
	bool same = text.p && json_type(text) == JSON_STRING &&
	            slice_is(json_string(text, &scratch), want);

	buf_free(&scratch);
	return same;
}

static bool read_header(struct reader *r, uint64_t *daemons, struct err *e)
{
	uint64_t version = 0;

	if (!next_line(r, e))
		return false;
	if (!is_string(r, MESHQ, "backoff-state"))
		return err_set(e, STATUS_DATA, "%s:1: this is no state file of meshq-backoff",
		               r->path);
	if (!r->found[VERSION].text.p || !json_u64(r->found[VERSION].text, &version))
		return wrong(r, VERSION, "a version number", e);
	if (version != BACKOFF_FILE_VERSION)
		return err_set(e, STATUS_DATA, "%s:1: the file has version %llu, only %d is known",
		               r->path, (unsigned long long)version, BACKOFF_FILE_VERSION);
	return (r->found[DAEMONS].text.p && json_u64(r->found[DAEMONS].text, daemons)) ||
	       wrong(r, DAEMONS, "a count", e);
}

static bool is_ms(slice text, int64_t *ns)
{
	return text.p && json_type(text) == JSON_NUMBER && json_ms(text, ns);
}

static bool read_time(const struct reader *r, enum member m, bool *known, instant *t, struct err *e)
{
	slice text = r->found[m].text;

	*known = text.p && json_type(text) != JSON_NULL;
	if (!*known)
		return text.p || wrong(r, m, "a number of milliseconds or null", e);
	return is_ms(text, &t->ns) || wrong(r, m, "a number of milliseconds or null", e);
}

/* A flat array of numbers needs no scanner of its own: the line is JSON already. */
static bool read_crashes(const struct reader *r, struct backoff *b, struct err *e)
{
	slice text = r->found[CRASHES].text;
	instant last = { INT64_MIN }, at;

	if (!text.p || json_type(text) != JSON_ARRAY)
		return wrong(r, CRASHES, "an array", e);
	const char *p = text.p + 1, *end = text.p + text.n - 1;
	while (p < end) {
		size_t n = strcspn(p, ",]");
		if (!is_ms((slice){ p, n }, &at.ns) || instant_after(last, at))
			return wrong(r, CRASHES, "milliseconds in rising order", e);
		backoff_remember(b, at);
		last = at;
		p += n + 1;
	}
	return true;
}

static bool read_state(const struct reader *r, struct backoff *b, struct err *e)
{
	for (int s = BACKOFF_IDLE; s <= BACKOFF_CRASH_LOOPING; s++)
		if (is_string(r, STATE, hold_state_name((enum backoff_state)s))) {
			b->state = (enum backoff_state)s;
			return true;
		}
	return wrong(r, STATE, "idle, backing_off or crash_looping", e);
}

static bool read_tracker(const struct reader *r, struct backoff *b, struct err *e)
{
	instant latest = b->latest;
	bool known;

	if (!read_state(r, b, e) || !read_time(r, UNTIL, &known, &b->until, e))
		return false;
	if (known != (b->state != BACKOFF_IDLE))
		return wrong(r, UNTIL, "null when idle, else a number of milliseconds", e);
	if (!is_ms(r->found[WINDOW].text, &b->window.ns) || b->window.ns < 0)
		return wrong(r, WINDOW, "a number of milliseconds, not negative", e);
	if (!read_time(r, LAST_START, &b->started, &b->last_start, e) ||
	    !read_time(r, LATEST, &known, &latest, e))
		return false;
	b->latest = latest;
	return read_crashes(r, b, e);
}

static bool read_daemon(struct reader *r, struct backoff_set *s, struct hash_seed seed,
                        struct err *e)
{
	if (!next_line(r, e))
		return false;
	slice name = r->found[DAEMON].text;
	if (!name.p)
		return wrong(r, DAEMON, "there", e);
	struct key key = json_fingerprint(seed, name);
	if (backoff_set_find(s, key))
		return err_set(e, STATUS_DATA, "%s:%zu: this daemon was there before", r->path,
		               r->line);
	struct backoff_daemon *d = backoff_set_get(s, key, name, (instant){ INT64_MIN });
	if (!read_tracker(r, &d->tracker, e))
		return false;
	backoff_set_touch(s, d);
	return true;
}

static bool read_all(struct reader *r, struct backoff_set *s, struct hash_seed seed, struct err *e)
{
	uint64_t daemons;

	if (!read_header(r, &daemons, e))
		return false;
	while (r->rest.n)
		if (!read_daemon(r, s, seed, e))
			return false;
	return backoff_set_count(s) == daemons ||
	       err_set(e, STATUS_DATA, "%s:%zu: %llu daemons were announced, %u are there", r->path,
	               r->line, (unsigned long long)daemons, backoff_set_count(s));
}

bool backoff_file_read(struct backoff_set *s, struct hash_seed seed, const char *path, slice text,
                       struct err *e)
{
	struct reader r = { .plan = json_plan_new(), .path = path, .rest = text };

	for (int m = 0; m < MEMBERS; m++)
		json_plan_add(r.plan, names[m]);
	bool good = text.n == 0 || read_all(&r, s, seed, e);
	json_plan_free(r.plan);
	return good;
}
