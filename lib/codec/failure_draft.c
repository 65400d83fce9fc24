#include "codec/failure_draft.h"

#include "base/mem.h"
#include "codec/json.h"

void failure_draft_free(struct failure_draft *d)
{
	buf_free(&d->text);
}

void failure_draft_begin(struct failure_draft *d)
{
	buf_clear(&d->text);
	for (int i = 0; i < FAILURE_PARTS; i++)
		d->begin[i] = d->size[i] = 0;
}

void failure_draft_put(struct failure_draft *d, enum failure_part part, slice text)
{
	size_t start = d->text.n;

	buf_add_slice(&d->text, text);
	failure_draft_mark(d, part, start);
}

void failure_draft_mark(struct failure_draft *d, enum failure_part part, size_t start)
{
	d->begin[part] = start;
	d->size[part] = d->text.n - start;
}

struct failure *failure_draft_finish(const struct failure_draft *d)
{
	struct failure *made = mem_new(sizeof *made + d->text.n + JSON_SLACK);
	slice *const parts[FAILURE_PARTS] = {
		&made->source, &made->id,          &made->kind,   &made->status,
		&made->reason, &made->last_reason, &made->action, &made->epoch,
	};

	*made = (struct failure){ 0 };
	if (d->text.n)
		memcpy(made->text, d->text.p, d->text.n);
	for (int i = 0; i < FAILURE_PARTS; i++)
		*parts[i] = (slice){ made->text + d->begin[i], d->size[i] };
	return made;
}
