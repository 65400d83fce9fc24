#include "codec/placement_file.h"

#include "codec/state_file.h"

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

enum member { GROUPS = STATE_FILE_FIRST, GROUP, TERM, NEXT, MEMBERS };

static const char *const names[MEMBERS] = { "meshq", "v", "groups", "group", "term", "next" };

static bool read_number(const struct state_file *f, enum member m, uint64_t *value)
{
	slice text = f->found[m].text;

	return (text.p && json_u64(text, value)) ||
	       state_file_wrong(f, (int)m, "an unsigned 64-bit integer");
}

static bool read_group(struct state_file *f, struct placement *p)
{
	struct placement_mark mark;

	if (!state_file_next(f))
		return false;
	mark.group = f->found[GROUP].text;
	if (!mark.group.p)
		return state_file_refuse(f, "expected a group");
	if (!read_number(f, TERM, &mark.term) || !read_number(f, NEXT, &mark.next))
		return false;
	if (p)
		placement_resume(p, &mark);
	return true;
}

static bool read_all(struct state_file *f, struct placement *p)
{
	uint64_t groups, found = 0;

	if (!state_file_header(f, "placement-state", PLACEMENT_FILE_VERSION,
	                       "meshq-recover plan") ||
	    !read_number(f, GROUPS, &groups))
		return false;
	for (; f->rest.n; found++)
		if (!read_group(f, p))
			return false;
	return found == groups ||
	       err_set(f->e, STATUS_DATA, "%s:%zu: %llu groups were announced, %llu are there",
	               f->path, f->line, (unsigned long long)groups, (unsigned long long)found);
}

bool placement_file_read(struct placement *p, const char *path, slice text, struct err *e)
{
	struct state_file f;

	state_file_open(&f, names, MEMBERS, path, text, e);
	bool good = text.n == 0 || read_all(&f, p);
	state_file_close(&f);
	return good;
}
