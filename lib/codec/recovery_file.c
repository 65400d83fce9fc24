#include "codec/recovery_file.h"

#include "base/mem.h"
#include "codec/json.h"

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

/* The members, in the order in which the plan numbers them. */
enum member {
	MESHQ,
	VERSION,
	PASS,
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

struct reader {
	struct json_plan *plan;
	struct json_found found[MEMBERS];
	slice rest; /* what has not been read */
	const char *path;
	size_t line;
	struct err *e;
};

static bool refuse(const struct reader *r, const char *what)
{
	return err_set(r->e, STATUS_DATA, "%s:%zu: %s", r->path, r->line, what);
}

static bool wrong(const struct reader *r, enum member m, const char *expected)
{
	return err_set(r->e, STATUS_DATA, "%s:%zu: expected %s to be %s", r->path, r->line,
	               names[m], expected);
}

/* Scans the next line; false at the end or when it is no JSON object. */
static bool next_line(struct reader *r)
{
	struct json_error bad;

	r->line++;
	if (r->rest.n == 0)
		return refuse(r, "the file ends too early");
	const char *end = memchr(r->rest.p, '\n', r->rest.n);
	slice line = { r->rest.p, end ? (size_t)(end - r->rest.p) : r->rest.n };
	r->rest.p += line.n + !!end;
	r->rest.n -= line.n + !!end;
	return json_scan(r->plan, line, r->found, &bad) ||
	       err_set(r->e, STATUS_DATA, "%s:%zu: byte %zu: %s", r->path, r->line, bad.at + 1,
	               bad.what);
}

static bool read_count(const struct reader *r, enum member m, uint64_t most, uint64_t *n)
{
	slice text = r->found[m].text;

	if (text.p && json_u64(text, n) && *n <= most)
		return true;
	if (most == UINT64_MAX)
		return wrong(r, m, "a count");
	return err_set(r->e, STATUS_DATA, "%s:%zu: expected %s to be a count up to %llu", r->path,
	               r->line, names[m], (unsigned long long)most);
}

static bool is_null(const struct reader *r, enum member m)
{
	return r->found[m].text.p && json_type(r->found[m].text) == JSON_NULL;
}

static bool is_string(const struct reader *r, enum member m)
{
	return r->found[m].text.p && json_type(r->found[m].text) == JSON_STRING;
}

/* The text is new, and the caller's. A name of C has no zero byte. */
static bool read_text(const struct reader *r, enum member m, const char *expected, char **text)
{
	struct buf scratch = { 0 };
	bool good = is_string(r, m);

	if (good) {
		slice s = json_string(r->found[m].text, &scratch);
		good = !s.n || !memchr(s.p, '\0', s.n);
		if (good)
			*text = mem_text(s.p, s.n);
	}
	buf_free(&scratch);
	return good || wrong(r, m, expected);
}

static bool read_ms(const struct reader *r, enum member m, const char *expected, int64_t *ns)
{
	slice text = r->found[m].text;

	return (text.p && json_type(text) == JSON_NUMBER && json_ms(text, ns)) ||
	       wrong(r, m, expected);
}

static bool read_header(struct reader *r, struct recovery *out, uint64_t *handlers)
{
	char *kind = NULL;
	uint64_t version = 0;

	if (!next_line(r))
		return false;
	bool ours = is_string(r, MESHQ) && read_text(r, MESHQ, "", &kind) &&
	            strcmp(kind, "recovery-state") == 0;
	free(kind);
	if (!ours)
		return refuse(r, "this is no state file of meshq-recover");
	if (!r->found[VERSION].text.p || !json_u64(r->found[VERSION].text, &version))
		return wrong(r, VERSION, "a version number");
	if (version != RECOVERY_FILE_VERSION)
		return err_set(r->e, STATUS_DATA,
		               "%s:1: the file has version %llu, only %d is known", r->path,
		               (unsigned long long)version, RECOVERY_FILE_VERSION);
	return read_count(r, PASS, INT64_MAX, &out->pass) &&
	       (is_null(r, NEXT) || read_text(r, NEXT, "a name or null", &out->next)) &&
	       read_count(r, HANDLERS, UINT32_MAX, handlers);
}

static bool read_state(const struct reader *r, struct recovery_handler *h)
{
	const char *expected = "ready, waiting or evicted";
	char *state = NULL;
	bool known = false;

	if (!read_text(r, STATE, expected, &state))
		return false;
	for (unsigned i = RECOVERY_READY; !known && i <= RECOVERY_EVICTED; i++) {
		h->state = (enum recovery_state)i;
		known = strcmp(state, recovery_state_name(h->state)) == 0;
	}
	free(state);
	return known || wrong(r, STATE, expected);
}

static bool read_times(const struct reader *r, struct recovery_handler *h)
{
	if (h->state == RECOVERY_WAITING
	            ? !read_ms(r, UNTIL, "a number of milliseconds when waiting", &h->until.ns)
	            : !is_null(r, UNTIL) && !wrong(r, UNTIL, "null unless waiting"))
		return false;
	if (!read_ms(r, WINDOW, "a number of milliseconds", &h->window.ns))
		return false;
	if (h->window.ns < 0)
		return wrong(r, WINDOW, "a number of milliseconds, not negative");
	return is_null(r, LAST) || read_ms(r, LAST, "a number of milliseconds or null", &h->at.ns);
}

/* Which pass has taken it. */
static bool read_pass(const struct reader *r, struct recovery_handler *h, uint64_t last)
{
	slice nested = r->found[NESTED].text;

	if (!is_null(r, PASS)) {
		if (!read_count(r, PASS, last, &h->pass))
			return false;
		if (!h->pass)
			return wrong(r, PASS, "null or the number of a pass");
	}
	h->nested = nested.p && json_type(nested) == JSON_TRUE;
	if (!nested.p || (!h->nested && json_type(nested) != JSON_FALSE))
		return wrong(r, NESTED, "true or false");
	return !h->nested || h->pass || wrong(r, NESTED, "false without a pass");
}

static bool read_handler(struct reader *r, struct recovery *out)
{
	char *name = NULL;
	uint64_t strikes;

	if (!next_line(r) || !read_text(r, HANDLER, "a name", &name))
		return false;
	struct recovery_handler *h = *name ? recovery_add(out, slice_of(name)) : NULL;
	bool empty = !*name;
	free(name);
	if (empty)
		return wrong(r, HANDLER, "a name");
	if (!h)
		return refuse(r, "this handler was there before");
	if (!read_state(r, h) || !read_times(r, h) || !read_pass(r, h, out->pass) ||
	    !read_count(r, STRIKES, UINT32_MAX, &strikes) ||
	    !read_count(r, RUNS, UINT64_MAX, &h->runs) ||
	    !read_count(r, RECOVERED, UINT64_MAX, &h->recovered))
		return false;
	h->strikes = (uint32_t)strikes;
	return is_null(r, REASON) || read_text(r, REASON, "a text or null", &h->reason);
}

static bool read_all(struct reader *r, struct recovery *out)
{
	uint64_t handlers;

	if (!read_header(r, out, &handlers))
		return false;
	for (uint64_t i = 0; i < handlers; i++)
		if (!read_handler(r, out))
			return false;
	r->line++;
	return r->rest.n == 0 || refuse(r, "there is more than was announced");
}

bool recovery_file_read(struct recovery *r, const char *path, slice text, struct err *e)
{
	struct reader reader = { .plan = json_plan_new(), .path = path, .rest = text, .e = e };

	for (int m = 0; m < MEMBERS; m++)
		json_plan_add(reader.plan, names[m]);
	bool good = text.n == 0 || read_all(&reader, r);
	json_plan_free(reader.plan);
	return good;
}
