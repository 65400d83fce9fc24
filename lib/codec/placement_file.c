#include "codec/placement_file.h"

#include "codec/json.h"

/* ---- writing ---- */

void placement_file_write(const struct placement *p, struct buf *out)
{
	struct placement_mark mark;
	uint32_t groups = 0;

	while (placement_mark(p, groups, &mark))
		groups++;
	buf_addf(out, "{\"meshq\":\"placement-state\",\"v\":%d,\"groups\":%u}\n",
	         PLACEMENT_FILE_VERSION, groups);
	for (uint32_t i = 0; placement_mark(p, i, &mark); i++) {
		buf_add_text(out, "{\"group\":");
		buf_add_slice(out, mark.group);
		buf_add_text(out, ",\"term\":");
		buf_add_u64(out, mark.term);
		buf_add_text(out, ",\"next\":");
		buf_add_u64(out, mark.next);
		buf_add_text(out, "}\n");
	}
}

/* ---- reading ---- */

/* The members, in the order in which the plan numbers them. */
enum member { MESHQ, VERSION, GROUPS, GROUP, TERM, NEXT, MEMBERS };

static const char *const names[MEMBERS] = { "meshq", "v", "groups", "group", "term", "next" };

struct reader {
	struct json_plan *plan;
	struct json_found found[MEMBERS];
	slice rest; /* what has not been read */
	const char *path;
	size_t line;
};

/* Scans the next line; false when it is no JSON object. */
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

static bool read_number(const struct reader *r, enum member m, uint64_t *value, struct err *e)
{
	slice text = r->found[m].text;

	return (text.p && json_u64(text, value)) ||
	       err_set(e, STATUS_DATA, "%s:%zu: expected %s to be an unsigned 64-bit integer",
	               r->path, r->line, names[m]);
}

static bool read_header(struct reader *r, uint64_t *groups, struct err *e)
{
	uint64_t version;

	if (!next_line(r, e))
		return false;
	if (!r->found[MESHQ].text.p || !slice_is(r->found[MESHQ].text, "\"placement-state\""))
		return err_set(e, STATUS_DATA, "%s:1: this is no state file of meshq-recover plan",
		               r->path);
	if (!read_number(r, VERSION, &version, e))
		return false;
	if (version != PLACEMENT_FILE_VERSION)
		return err_set(e, STATUS_DATA, "%s:1: the file has version %llu, only %d is known",
		               r->path, (unsigned long long)version, PLACEMENT_FILE_VERSION);
	return read_number(r, GROUPS, groups, e);
}

static bool read_group(struct reader *r, struct placement *p, struct err *e)
{
	struct placement_mark mark;

	if (!next_line(r, e))
		return false;
	mark.group = r->found[GROUP].text;
	if (!mark.group.p)
		return err_set(e, STATUS_DATA, "%s:%zu: expected a group", r->path, r->line);
	if (!read_number(r, TERM, &mark.term, e) || !read_number(r, NEXT, &mark.next, e))
		return false;
	if (p)
		placement_resume(p, &mark);
	return true;
}

static bool read_all(struct reader *r, struct placement *p, struct err *e)
{
	uint64_t groups, found = 0;

	if (!read_header(r, &groups, e))
		return false;
	for (; r->rest.n; found++)
		if (!read_group(r, p, e))
			return false;
	return found == groups ||
	       err_set(e, STATUS_DATA, "%s:%zu: %llu groups were announced, %llu are there",
	               r->path, r->line, (unsigned long long)groups, (unsigned long long)found);
}

bool placement_file_read(struct placement *p, const char *path, slice text, struct err *e)
{
	struct reader r = { .plan = json_plan_new(), .path = path, .rest = text };

	for (int m = 0; m < MEMBERS; m++)
		json_plan_add(r.plan, names[m]);
	bool good = text.n == 0 || read_all(&r, p, e);
	json_plan_free(r.plan);
	return good;
}
