#include "cli/variable.h"

#include "base/mem.h"
#include "codec/json.h"

#include <stdlib.h>

bool variable_read(const char *text, struct variable *v, struct err *e)
{
	const char *is = strchr(text, '=');

	*v = (struct variable){ 0 };
	if (!is || is == text)
		return err_set(e, STATUS_USAGE,
		               "'%s' is not PATH=VALUES, such as "
		               "executor.jobs=1..8 or executor.queueing=fair,reference",
		               text);
	if (!range_read(slice_of(is + 1), &v->range, e))
		return false;
	v->path = mem_text(text, (size_t)(is - text));
	return true;
}

void variable_free(struct variable *v)
{
	free(v->path);
	range_free(&v->range);
}

void variable_set(const struct variable *v, uint64_t i, struct buf *set)
{
	buf_clear(set);
	buf_addf(set, "%s=", v->path);
	range_add(&v->range, i, set);
}

void variable_json(const struct variable *v, uint64_t i, struct buf *out)
{
	struct buf text = { 0 };

	range_add(&v->range, i, &text);
	if (v->range.type == RANGE_NUMBERS)
		buf_add_slice(out, buf_slice(&text));
	else
		json_add_string(out, buf_slice(&text));
	buf_free(&text);
}
