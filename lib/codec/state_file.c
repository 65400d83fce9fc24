#include "codec/state_file.h"

#include <assert.h>

void state_file_open(struct state_file *f, const char *const *names, int count, const char *path,
                     slice text, struct err *e)
{
	assert(count <= STATE_FILE_MOST);
	*f = (struct state_file){
		.names = names,
		.path = path,
		.e = e,
		.plan = json_plan_new(),
		.rest = text,
	};
	for (int m = 0; m < count; m++)
		json_plan_add(f->plan, names[m]);
}

void state_file_close(struct state_file *f)
{
	json_plan_free(f->plan);
}

bool state_file_refuse(const struct state_file *f, const char *what)
{
	return err_set(f->e, STATUS_DATA, "%s:%zu: %s", f->path, f->line, what);
}

bool state_file_wrong(const struct state_file *f, int member, const char *expected)
{
	return err_set(f->e, STATUS_DATA, "%s:%zu: expected %s to be %s", f->path, f->line,
	               f->names[member], expected);
}

bool state_file_next(struct state_file *f)
{
	struct json_error bad;

	f->line++;
	if (f->rest.n == 0)
		return state_file_refuse(f, "the file ends too early");
	const char *end = memchr(f->rest.p, '\n', f->rest.n);
	slice line = { f->rest.p, end ? (size_t)(end - f->rest.p) : f->rest.n };
	f->rest.p += line.n + !!end;
	f->rest.n -= line.n + !!end;
	return json_scan(f->plan, line, f->found, &bad) ||
	       err_set(f->e, STATUS_DATA, "%s:%zu: byte %zu: %s", f->path, f->line, bad.at + 1,
	               bad.what);
}

bool state_file_is(const struct state_file *f, int member, const char *text)
{
	struct buf scratch = { 0 };
	slice value = f->found[member].text;
	bool same = value.p && json_type(value) == JSON_STRING &&
	            slice_is(json_string(value, &scratch), text);

	buf_free(&scratch);
	return same;
}

bool state_file_header(struct state_file *f, const char *kind, int version, const char *tool)
{
	uint64_t known = 0;

	if (!state_file_next(f))
		return false;
	if (!state_file_is(f, STATE_FILE_KIND, kind))
		return err_set(f->e, STATUS_DATA, "%s:%zu: this is no state file of %s", f->path,
		               f->line, tool);
	slice v = f->found[STATE_FILE_VERSION].text;
	if (!v.p || !json_u64(v, &known))
		return state_file_wrong(f, STATE_FILE_VERSION, "a version number");
	return known == (uint64_t)version ||
	       err_set(f->e, STATUS_DATA, "%s:%zu: the file has version %llu, only %d is known",
	               f->path, f->line, (unsigned long long)known, version);
}
