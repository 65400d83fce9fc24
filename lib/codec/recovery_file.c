#include "codec/recovery_file.h"

#include "base/mem.h"
#include "codec/state_file.h"

#include <stdlib.h>

/* ---- writing ---- */

static void add_text(const char *name, const char *text, struct buf *out)
{
	buf_addf(out, ",\"%s\":", name);
	if (text)
		json_add_string(out, slice_of(text));
	else
		buf_add_text(out, "null");
}

static void add_time(const char *name, bool known, instant t, struct buf *out)
{
	buf_addf(out, ",\"%s\":", name);
	if (known)
		buf_add_ms(out, t.ns);
	else
		buf_add_text(out, "null");
}

static void add_count(const char *name, uint64_t n, struct buf *out)
{
	buf_addf(out, ",\"%s\":%llu", name, (unsigned long long)n);
}

static void add_handler(const struct recovery_handler *h, struct buf *out)
{
	buf_add_text(out, "{\"handler\":");
	json_add_string(out, slice_of(h->name));
	buf_addf(out, ",\"state\":\"%s\"", recovery_state_name(h->state));
	add_time("until_ms", h->state == RECOVERY_WAITING, h->until, out);
	add_count("strikes", h->strikes, out);
	add_time("window_ms", true, (instant){ h->window.ns }, out);
	add_count("runs", h->runs, out);
	add_count("recovered", h->recovered, out);
	add_text("reason", h->reason, out);
	add_time("last_ms", h->at.ns != INT64_MIN, h->at, out);
	if (h->pass)
		add_count("pass", h->pass, out);
	else
		buf_add_text(out, ",\"pass\":null");
	buf_addf(out, ",\"nested\":%s}\n", h->nested ? "true" : "false");
}

void recovery_file_write(const struct recovery *r, struct buf *out)
{
	buf_addf(out, "{\"meshq\":\"recovery-state\",\"v\":%d", RECOVERY_FILE_VERSION);
	add_count("pass", r->pass, out);
	add_text("next", r->next, out);
	add_count("handlers", r->count, out);
	buf_add_text(out, "}\n");
	for (uint32_t i = 0; i < r->count; i++)
		add_handler(&r->handlers[i], out);
}

/* ---- reading ---- */

enum member {
	PASS = STATE_FILE_FIRST,
	NEXT,
	HANDLERS,
	HANDLER,
	STATE,
	UNTIL,
	STRIKES,
	WINDOW,
	RUNS,
	RECOVERED,
	REASON,
	LAST,
	NESTED,
	MEMBERS,
};

static const char *const names[MEMBERS] = {
	"meshq",   "v",         "pass", "next",      "handlers", "handler", "state",  "until_ms",
	"strikes", "window_ms", "runs", "recovered", "reason",   "last_ms", "nested",
};

static bool read_count(const struct state_file *f, enum member m, uint64_t most, uint64_t *n)
{
	slice text = f->found[m].text;

	if (text.p && json_u64(text, n) && *n <= most)
		return true;
	if (most == UINT64_MAX)
		return state_file_wrong(f, (int)m, "a count");
	return err_set(f->e, STATUS_DATA, "%s:%zu: expected %s to be a count up to %llu", f->path,
	               f->line, f->names[m], (unsigned long long)most);
}

static bool is_null(const struct state_file *f, enum member m)
{
	return f->found[m].text.p && json_type(f->found[m].text) == JSON_NULL;
}

/* The text is new, and the caller's. A name of C has no zero byte. */
static bool read_text(const struct state_file *f, enum member m, const char *expected, char **text)
{
	struct buf scratch = { 0 };
	slice value = f->found[m].text;
	bool good = value.p && json_type(value) == JSON_STRING;

	if (good) {
		slice s = json_string(value, &scratch);
		good = !s.n || !memchr(s.p, '\0', s.n);
		if (good)
			*text = mem_text(s.p, s.n);
	}
	buf_free(&scratch);
	return good || state_file_wrong(f, (int)m, expected);
}

static bool read_ms(const struct state_file *f, enum member m, const char *expected, int64_t *ns)
{
	slice text = f->found[m].text;

	return (text.p && json_type(text) == JSON_NUMBER && json_ms(text, ns)) ||
	       state_file_wrong(f, (int)m, expected);
}

static bool read_header(struct state_file *f, struct recovery *out, uint64_t *handlers)
{
	return state_file_header(f, "recovery-state", RECOVERY_FILE_VERSION, "meshq-recover") &&
	       read_count(f, PASS, INT64_MAX, &out->pass) &&
	       (is_null(f, NEXT) || read_text(f, NEXT, "a name or null", &out->next)) &&
	       read_count(f, HANDLERS, UINT32_MAX, handlers);
}

static bool read_state(const struct state_file *f, struct recovery_handler *h)
{
	const char *expected = "ready, waiting or evicted";
	char *state = NULL;
	bool known = false;

	if (!read_text(f, STATE, expected, &state))
		return false;
	for (unsigned i = RECOVERY_READY; !known && i <= RECOVERY_EVICTED; i++) {
		h->state = (enum recovery_state)i;
		known = strcmp(state, recovery_state_name(h->state)) == 0;
	}
	free(state);
	return known || state_file_wrong(f, STATE, expected);
}

static bool read_times(const struct state_file *f, struct recovery_handler *h)
{
	if (h->state == RECOVERY_WAITING
	            ? !read_ms(f, UNTIL, "a number of milliseconds when waiting", &h->until.ns)
	            : !is_null(f, UNTIL) && !state_file_wrong(f, UNTIL, "null unless waiting"))
		return false;
	if (!read_ms(f, WINDOW, "a number of milliseconds", &h->window.ns))
		return false;
	if (h->window.ns < 0)
		return state_file_wrong(f, WINDOW, "a number of milliseconds, not negative");
	return is_null(f, LAST) || read_ms(f, LAST, "a number of milliseconds or null", &h->at.ns);
}

/* Which pass has taken it. */
static bool read_pass(const struct state_file *f, struct recovery_handler *h, uint64_t last)
{
	slice nested = f->found[NESTED].text;

	if (!is_null(f, PASS)) {
		if (!read_count(f, PASS, last, &h->pass))
			return false;
		if (!h->pass)
			return state_file_wrong(f, PASS, "null or the number of a pass");
	}
	h->nested = nested.p && json_type(nested) == JSON_TRUE;
	if (!nested.p || (!h->nested && json_type(nested) != JSON_FALSE))
		return state_file_wrong(f, NESTED, "true or false");
	return !h->nested || h->pass || state_file_wrong(f, NESTED, "false without a pass");
}

static bool read_handler(struct state_file *f, struct recovery *out)
{
	char *name = NULL;
	uint64_t strikes;

	if (!state_file_next(f) || !read_text(f, HANDLER, "a name", &name))
		return false;
	struct recovery_handler *h = *name ? recovery_add(out, slice_of(name)) : NULL;
	bool empty = !*name;
	free(name);
	if (empty)
		return state_file_wrong(f, HANDLER, "a name");
	if (!h)
		return state_file_refuse(f, "this handler was there before");
	if (!read_state(f, h) || !read_times(f, h) || !read_pass(f, h, out->pass) ||
	    !read_count(f, STRIKES, UINT32_MAX, &strikes) ||
	    !read_count(f, RUNS, UINT64_MAX, &h->runs) ||
	    !read_count(f, RECOVERED, UINT64_MAX, &h->recovered))
		return false;
	h->strikes = (uint32_t)strikes;
	return is_null(f, REASON) || read_text(f, REASON, "a text or null", &h->reason);
}

static bool read_all(struct state_file *f, struct recovery *out)
{
	uint64_t handlers;

	if (!read_header(f, out, &handlers))
		return false;
	for (uint64_t i = 0; i < handlers; i++)
		if (!read_handler(f, out))
			return false;
	f->line++;
	return f->rest.n == 0 || state_file_refuse(f, "there is more than was announced");
}

bool recovery_file_read(struct recovery *r, const char *path, slice text, struct err *e)
{
	struct state_file f;

	state_file_open(&f, names, MEMBERS, path, text, e);
	bool good = text.n == 0 || read_all(&f, r);
	state_file_close(&f);
	return good;
}
