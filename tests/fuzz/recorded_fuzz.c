/* Any bytes as records of meshq-exec: what is made of them are actions that can be read,
 * attempts that end, and figures that add up. */
#include "codec/recorded_figures.h"
#include "codec/recorded_holds.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static char hold[] = "hold", window[] = "window", path[] = "d";
static char *keys[] = { path };

/* Every action is a record again, and whatever is asked of its attempts has an answer. */
static void look_at_actions(const struct recorded *s)
{
	struct record_reader *reader = record_reader_new();
	uint32_t count;
	const struct recorded_action *a = recorded_actions(s, &count);

	for (uint32_t i = 0; i < count; i++) {
		struct record r;
		struct json_error e;
		struct result result;

		MUST(record_read(reader, recorded_line(s, &a[i]), &r, &e));
		MUST(r.has_at && !r.outcome.text.p);
		MUST(slice_equal(r.kind, recorded_kind(s, a[i].kind)));
		MUST(i == 0 || a[i - 1].emitted.ns <= a[i].emitted.ns);
		for (uint32_t n = 1; n <= 3; n++)
			MUST(recorded_attempt(s, &a[i], n, &result).ns >= 0);
		recorded_attempt(s, &a[i], UINT32_MAX, &result);
	}
	record_reader_free(reader);
}

static void look_at_figures(const struct recorded *s, const struct policy *policy)
{
	struct measure m;
	uint32_t count;
	struct event *events = recorded_holds(s, policy, (struct hash_seed){ 1, 2 }, &count);

	for (uint32_t i = 0; i < count; i++)
		MUST(events[i].rule == 0 && (i == 0 || events[i - 1].now.ns <= events[i].now.ns));
	free(events);
	recorded_figures(s, &m);
	recorded_actions(s, &count);
	MUST(m.all.arrived == count && measure_adds_up(&m));
	measure_free(&m);
	free(recorded_durations(s, (slice){ 0 }, &count));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rule_policy rules[] = {
		{ .name = hold, .type = RULE_HOLD, .key = keys, .key_count = 1 },
		{ .name = window },
	};
	const struct policy policy = { .rules = rules, .rule_count = 2 };
	struct record_reader *reader = record_reader_new();
	struct recorded *s = recorded_new(reader, &policy);
	const char *p = (const char *)data, *end = p + size;
	struct buf line = { 0 };

	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *stop = newline ? newline : end;
		struct record r;
		struct json_error e;
		struct told_bad bad = { 0 };

		if (record_read(reader, json_text(&line, (slice){ p, (size_t)(stop - p) }), &r, &e))
			MUST(recorded_take(s, &r, &bad) || bad.what[0]);
		p = stop + 1;
	}
	recorded_finish(s);
	look_at_actions(s);
	look_at_figures(s, &policy);
	recorded_free(s);
	record_reader_free(reader);
	buf_free(&line);
	return 0;
}
