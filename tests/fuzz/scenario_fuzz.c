/* Any bytes as a scenario: refused with a message on one line, by one of its two readers
 * or both, or read, and what it makes is records that are good. */
#include "base/mem.h"
#include "codec/config.h"
#include "codec/json.h"
#include "codec/scenario.h"
#include "fuzz.h"

#include <string.h>

static bool is_good_message(const struct err *e)
{
	return e->status == STATUS_CONFIG && !strchr(e->text, '\n') &&
	       strncmp(e->text, "dir/fuzz.yaml:", 14) == 0;
}

static bool is_json(slice text)
{
	struct buf padded = { 0 };
	struct json_error e;
	bool good = json_check(json_text(&padded, text), &e);

	buf_free(&padded);
	return good;
}

static void check_stream(const struct stream *s, span until)
{
	const struct process *p = &s->process;

	MUST(s->kind && *s->kind && p->from.ns < p->until.ns);
	MUST(p->type == PROCESS_BURST ? p->size > 0 : p->rate > 0 && p->ramp_to >= 0);
	MUST((p->on.ns > 0) == (p->off.ns > 0));
	MUST(p->until.ns != INT64_MAX || (p->ramp_to >= p->rate && p->ramp_to <= p->rate));
	MUST(p->until.ns != INT64_MAX || p->count || until.ns != INT64_MAX ||
	     (p->type == PROCESS_BURST && p->every.ns == 0));
}

static void check_handler(const struct handler_model *m)
{
	double sum = 0;

	for (int i = 0; i < FATES; i++) {
		MUST(m->odds[i] >= 0 && m->odds[i] <= 1);
		sum += m->odds[i];
	}
	MUST(sum > 1 - 1e-8 && sum < 1 + 1e-8);
	for (uint32_t i = 0; i < m->outage_count; i++)
		MUST(m->outages[i].from.ns < m->outages[i].until.ns &&
		     m->outages[i].fate != FATE_OK);
	MUST((m->duration.shape == DIST_EMPIRICAL) ==
	     (m->empirical || m->duration.sample_count > 0));
}

static void check_happening(const struct happening *h)
{
	MUST(h->times > 0 && h->at.ns >= 0 && (h->times == 1 || h->every.ns > 0));
	MUST((h->type == HAPPENING_CRASH || h->type == HAPPENING_START) == (h->daemon != NULL));
	MUST((h->type == HAPPENING_HOLD || h->type == HAPPENING_RELEASE) == (h->members != NULL));
}

/* The first actions of all streams. */
static void check_actions(const struct scenario *s)
{
	struct streams *all = streams_new(s->streams, s->stream_count, s->seed, (instant){ 0 });
	struct buf line = { 0 };

	for (int i = 0; i < 20 && streams_due(all).ns != INT64_MAX; i++) {
		buf_clear(&line);
		streams_take(all, &line);
		MUST(is_json(buf_slice(&line)) && !memchr(line.p, '\n', line.n));
	}
	buf_free(&line);
	streams_free(all);
}

static void check(const struct scenario *s)
{
	for (uint32_t i = 0; i < s->stream_count; i++)
		check_stream(&s->streams[i], s->until);
	for (uint32_t i = 0; i < s->handler_count; i++)
		check_handler(&s->handlers[i]);
	for (uint32_t i = 0; i < s->happening_count; i++)
		check_happening(&s->happenings[i]);
	check_actions(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_text((const char *)data, size);
	struct config_sources sources = {
		.scenario = "dir/fuzz.yaml",
		.scenario_text = { text, size },
	};
	struct scenario s;
	struct policy p;
	struct err e = { 0 };

	if (scenario_read(&s, "dir/fuzz.yaml", (slice){ text, size }, &e)) {
		check(&s);
		scenario_free(&s);
	} else {
		MUST(is_good_message(&e));
	}
	if (config_load(&p, &sources, &e))
		config_free(&p);
	else
		MUST(is_good_message(&e));
	free(text);
	return 0;
}
