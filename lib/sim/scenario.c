#include "sim/scenario.h"

#include <stdlib.h>

static void free_texts(char **list, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		free(list[i]);
	free(list);
}

static void free_happenings(struct happening *list, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		free(list[i].daemon);
		free(list[i].members);
	}
	free(list);
}

void scenario_free(struct scenario *s)
{
	free(s->preset);
	free(s->by);
	for (uint32_t i = 0; i < s->stream_count; i++)
		stream_free(&s->streams[i]);
	free(s->streams);
	for (uint32_t i = 0; i < s->recording_count; i++)
		free(s->recordings[i].path);
	free(s->recordings);
	for (uint32_t i = 0; i < s->handler_count; i++)
		handler_model_free(&s->handlers[i]);
	free(s->handlers);
	free_happenings(s->happenings, s->happening_count);
	free_texts(s->expect, s->expect_count);
	*s = (struct scenario){ 0 };
}

const struct handler_model *scenario_handler(const struct scenario *s, slice kind)
{
	const struct handler_model *others = NULL;

	for (uint32_t i = 0; i < s->handler_count; i++) {
		const struct handler_model *m = &s->handlers[i];
		if (m->kind && slice_is(kind, m->kind))
			return m;
		if (!m->kind)
			others = m;
	}
	return others;
}
