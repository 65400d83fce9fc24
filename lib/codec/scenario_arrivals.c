/* The streams of actions, and the recordings among them. */
#include "codec/scenario_part.h"

#include "base/mem.h"

#include <stddef.h>
#include <stdlib.h>

enum { MOST_STREAMS = 1000 };

/* A stream as it is written: it may turn out to be a recording. */
struct draft {
	struct stream stream;
	char *record;
};

#define DRAFT(member) offsetof(struct draft, member)
#define PROCESS(member) offsetof(struct draft, stream.process.member)

static const char *kind_fault(slice text)
{
	if (text.n == 0)
		return "is not a kind";
	return slice_starts(text, "meshq.") ? "is not a kind of action: 'meshq.' steers the tools"
	                                    : NULL;
}

/* In the order of the table below. */
enum { EVEN, POISSON, BURST, RECORD, NAME, KIND, RAMP_TO, ON, OFF, EVERY, FROM, UNTIL, COUNT };

enum {
	WITH_RATE = 1U << EVEN | 1U << POISSON,
	WITH_ANY = WITH_RATE | 1U << BURST, /* not with a recording, which has it all */
};

static const struct scenario_member members[] = {
	[EVEN] = { .setting = { .path = "even", .offset = PROCESS(rate) },
	           .read = scenario_read_rate },
	[POISSON] = { .setting = { .path = "poisson", .offset = PROCESS(rate) },
	              .read = scenario_read_rate },
	[BURST] = { .setting = { .path = "burst",
	                         .type = SETTING_U64,
	                         .offset = PROCESS(size),
	                         .least = 1 } },
	[RECORD] = { .setting = { .path = "record", .offset = DRAFT(record) },
	             .read = scenario_read_path },
	[NAME] = { .setting = { .path = "name",
	                        .type = SETTING_TEXT,
	                        .offset = DRAFT(stream.name) } },
	[KIND] = { .setting = { .path = "kind",
	                        .type = SETTING_TEXT,
	                        .offset = DRAFT(stream.kind),
	                        .fault = kind_fault },
	           .with = WITH_ANY },
	[RAMP_TO] = { .setting = { .path = "ramp_to", .offset = PROCESS(ramp_to) },
	              .read = scenario_read_ramp,
	              .with = WITH_RATE },
	[ON] = { .setting = { .path = "on",
	                      .type = SETTING_DURATION,
	                      .offset = PROCESS(on),
	                      .least = 1 },
	         .with = WITH_ANY },
	[OFF] = { .setting = { .path = "off",
	                       .type = SETTING_DURATION,
	                       .offset = PROCESS(off),
	                       .least = 1 },
	          .with = WITH_ANY },
	[EVERY] = { .setting = { .path = "every",
	                         .type = SETTING_DURATION,
	                         .offset = PROCESS(every),
	                         .least = 1 },
	            .with = 1U << BURST },
	[FROM] = { .setting = { .path = "from", .type = SETTING_DURATION, .offset = PROCESS(from) },
	           .with = WITH_ANY },
	[UNTIL] = { .setting = { .path = "until",
	                         .type = SETTING_DURATION,
	                         .offset = PROCESS(until) },
	            .with = WITH_ANY },
	[COUNT] = { .setting = { .path = "count",
	                         .type = SETTING_U64,
	                         .offset = PROCESS(count),
	                         .least = 1 },
	            .with = WITH_ANY },
	{ .setting = { .path = "expires",
	               .type = SETTING_DURATION,
	               .offset = DRAFT(stream.expires),
	               .least = 1 },
	  .with = WITH_ANY },
	{ .setting = { .path = "fields", .offset = DRAFT(stream) },
	  .read = scenario_read_fields,
	  .with = WITH_ANY,
	  .section = true },
	{ .setting = { 0 } },
};

static const struct scenario_form form = { "a stream", members, EVEN, RECORD };

/* ---- what no single setting can be blamed for ---- */

static bool refuse(struct scenario_reader *r, const struct config_node *key, const char *what)
{
	config_walk_push(&r->walk, key->text);
	return config_walk_refuse_text(&r->walk, key, what);
}

static bool is_endless(const struct process *p)
{
	return p->until.ns == INT64_MAX && p->count == 0 &&
	       (p->type != PROCESS_BURST || p->every.ns > 0);
}

/* A ramp ends with the scenario when the stream has no end of its own. */
static bool check_ramp(struct scenario_reader *r, struct process *p,
                       const struct scenario_given *given)
{
	if (!given->key[RAMP_TO]) {
		p->ramp_to = p->rate;
		return true;
	}
	if (!given->key[UNTIL])
		p->until = r->out->until;
	if (p->until.ns == INT64_MAX)
		return refuse(r, given->key[RAMP_TO],
		              "a ramp needs an end: give the stream or the scenario 'until'");
	return p->from.ns < p->until.ns ||
	       refuse(r, given->key[RAMP_TO], "the scenario ends before the ramp begins");
}

static bool check_process(struct scenario_reader *r, struct process *p,
                          const struct config_node *item, const struct scenario_given *given)
{
	if (!given->key[UNTIL])
		p->until = SPAN_MAX;
	else if (p->until.ns <= p->from.ns)
		return refuse(r, given->key[UNTIL],
		              "it is not after 'from', so nothing would arrive");
	if (given->key[ON] && !given->key[OFF])
		return refuse(r, given->key[ON], "'on' and 'off' go together");
	if (given->key[OFF] && !given->key[ON])
		return refuse(r, given->key[OFF], "'on' and 'off' go together");
	if (!check_ramp(r, p, given))
		return false;
	if (r->out->until.ns == INT64_MAX && is_endless(p))
		return config_walk_refuse_text(&r->walk, item,
		                               "this never ends: give the stream 'until' or "
		                               "'count', or the scenario 'until'");
	return true;
}

static bool check_stream(struct scenario_reader *r, struct stream *s,
                         const struct config_node *item, const struct scenario_given *given)
{
	static const enum process_type types[] = { PROCESS_EVEN, PROCESS_POISSON, PROCESS_BURST };

	if (!s->kind)
		return config_walk_refuse_text(&r->walk, item, "a stream needs 'kind'");
	s->process.type = types[given->chosen];
	return check_process(r, &s->process, item, given);
}

/* ---- all of them ---- */

static bool read_stream(struct scenario_reader *r, void *base, const struct config_node *item)
{
	struct scenario *out = base;
	struct draft d = { 0 };
	struct scenario_given given;

	bool good = scenario_read_form(r, &form, &d, item, item, &given) &&
	            (d.record || check_stream(r, &d.stream, item, &given));
	if (good && d.record) {
		out->recordings[out->recording_count++].path = d.record;
		free(d.stream.name);
	} else {
		out->streams[out->stream_count++] = d.stream;
		free(d.record);
	}
	return good;
}

bool scenario_read_arrivals(struct scenario_reader *r, const struct scenario_member *m, void *at,
                            const struct config_node *key, const struct config_node *list)
{
	struct scenario *out = at;

	(void)m;
	if (!scenario_expect_list(r, key, list, MOST_STREAMS, "a list of streams"))
		return false;
	out->streams = mem_zeroed(list->count + 1, sizeof *out->streams);
	out->recordings = mem_zeroed(list->count + 1, sizeof *out->recordings);
	return scenario_each(r, list, read_stream, out);
}
