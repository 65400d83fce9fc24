#include "cli/history.h"

#include "cli/input.h"

#include <stdlib.h>

static void take_all(struct input *in, struct record_reader *reader, struct recorded *set)
{
	struct record record;
	struct told_bad bad;

	for (;;)
		switch (input_next(in, reader, &record)) {
		case INPUT_RECORD:
			if (!recorded_take(set, &record, &bad))
				input_reject(in, &record, bad.at, "%s", bad.what);
			break;
		case INPUT_MORE:
			input_fill(in);
			break;
		case INPUT_END:
			return;
		}
}

struct recorded *history_read(struct cli *c, char **files, const struct policy *policy, int *status,
                              struct err *e)
{
	struct record_reader *reader = record_reader_new();
	struct recorded *set = recorded_new(reader, policy);
	struct input in;

	if (input_start(&in, c, files, e)) {
		take_all(&in, reader, set);
		recorded_finish(set);
		*status = cli_worse(*status, input_finish(&in));
	} else {
		recorded_free(set);
		set = NULL;
	}
	record_reader_free(reader);
	return set;
}

/* Bad lines are no reason to stop: what is good gives a distribution. */
static bool read_times(struct cli *c, struct handler_model *m, struct err *e)
{
	char *files[] = { m->empirical, NULL };
	slice kind = { 0 };
	int status = STATUS_OK;
	struct recorded *set = history_read(c, files, NULL, &status, e);

	c->status = cli_worse(c->status, status);
	if (!set)
		return false;
	if (m->kind)
		kind = slice_of(m->kind);
	m->duration.samples = recorded_durations(set, kind, &m->duration.sample_count);
	recorded_free(set);
	if (m->duration.sample_count)
		return true;
	if (status != STATUS_OK && status != STATUS_DATA)
		return err_set(e, (enum status)status, "handlers: '%s' cannot be read",
		               m->empirical);
	return err_set(e, STATUS_CONFIG, "handlers: '%s' has no run time of %s%s%s", m->empirical,
	               m->kind ? "the kind '" : "any kind", m->kind ? m->kind : "",
	               m->kind ? "'" : "");
}

bool history_durations(struct cli *c, struct scenario *scenario, struct err *e)
{
	for (uint32_t i = 0; i < scenario->handler_count; i++) {
		struct handler_model *m = &scenario->handlers[i];

		if (m->empirical && !m->duration.samples && !read_times(c, m, e))
			return false;
	}
	return true;
}
