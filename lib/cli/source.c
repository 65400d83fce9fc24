#include "cli/source.h"

#include "base/mem.h"

#include <stdlib.h>

/* ---- recorded records ---- */

/* Finds the next record of the input, waiting for it. */
static void find(struct recorded_input *r)
{
	while (r->taken && !r->over)
		switch (input_next(&r->input, r->reader, &r->record)) {
		case INPUT_RECORD:
			r->taken = false;
			if (r->record.has_at)
				r->at = instant_later(r->at, r->record.at);
			break;
		case INPUT_MORE:
			input_fill(&r->input);
			break;
		case INPUT_END:
			r->over = true;
			break;
		}
}

static bool open_input(struct source *s, struct recorded_input *r, char **files, struct err *e)
{
	r->reader = record_reader_new();
	r->at = (instant){ INT64_MIN };
	r->taken = true;
	s->input_count++;
	if (!input_start(&r->input, s->cli, files, e))
		return false;
	find(r);
	return true;
}

static bool open_inputs(struct source *s, struct err *e)
{
	const struct scenario *sc = s->scenario;

	s->inputs = mem_zeroed(sc->recording_count + 1, sizeof *s->inputs);
	for (uint32_t i = 0; i < sc->recording_count; i++) {
		struct recorded_input *r = &s->inputs[i];

		r->files[0] = sc->recordings[i].path;
		if (!open_input(s, r, r->files, e))
			return false;
	}
	return !s->operands || open_input(s, &s->inputs[s->input_count], s->operands, e);
}

/* The input whose record comes first; NULL: there is none. */
static struct recorded_input *first_input(const struct source *s)
{
	struct recorded_input *first = NULL;

	for (uint32_t i = 0; i < s->input_count; i++) {
		struct recorded_input *r = &s->inputs[i];

		find(r);
		if (!r->over && (!first || r->at.ns < first->at.ns))
			first = r;
	}
	return first;
}

/* ---- work that was done before ---- */

/* The next of it; NULL: no more. */
static const struct recorded_action *next_again(const struct source *s)
{
	uint32_t count;

	if (!s->recorded)
		return NULL;
	const struct recorded_action *list = recorded_actions(s->recorded, &count);
	return s->again < count ? &list[s->again] : NULL;
}

/* ---- all of them ---- */

bool source_open(struct source *s, struct err *e)
{
	const struct scenario *sc = s->scenario;

	if (!open_inputs(s, e))
		return false;
	struct recorded_input *first = first_input(s);
	const struct recorded_action *again = next_again(s);
	instant earliest = again ? again->emitted : INSTANT_NEVER;

	if (first && first->at.ns != INT64_MIN)
		earliest = instant_earlier(earliest, first->at);
	if (earliest.ns != INT64_MAX)
		s->start = earliest;
	s->streams = streams_new(sc->streams, sc->stream_count, s->seed, s->start);
	return true;
}

bool source_next(struct source *s, struct source_record *next)
{
	struct recorded_input *input = first_input(s);
	const struct recorded_action *again = next_again(s);
	instant recorded = input ? instant_later(input->at, s->start) : INSTANT_NEVER;
	instant made = streams_due(s->streams);

	if (again && again->emitted.ns <= instant_earlier(recorded, made).ns) {
		*next = (struct source_record){ .at = again->emitted,
			                        .again = again,
			                        .line = recorded_line(s->recorded, again) };
		s->again++;
		return true;
	}
	if (input && recorded.ns <= made.ns) {
		*next = (struct source_record){ .at = recorded,
			                        .line = input->record.line,
			                        .input = &input->input };
		input->taken = true;
		return true;
	}
	if (made.ns == INT64_MAX)
		return false;
	buf_clear(&s->line);
	streams_take(s->streams, &s->line);
	memset(buf_reserve(&s->line, JSON_SLACK), 0, JSON_SLACK);
	*next = (struct source_record){ .at = made, .line = buf_slice(&s->line) };
	return true;
}

uint64_t source_rejected(const struct source *s)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < s->input_count; i++)
		sum += s->inputs[i].input.rejected;
	return sum;
}

int source_close(struct source *s)
{
	int status = STATUS_OK;

	for (uint32_t i = 0; i < s->input_count; i++) {
		status = cli_worse(status, input_finish(&s->inputs[i].input));
		record_reader_free(s->inputs[i].reader);
	}
	free(s->inputs);
	streams_free(s->streams);
	buf_free(&s->line);
	return status;
}
