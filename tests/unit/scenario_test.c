/* What a scenario says, as plain values. */
#include "base/buf.h"
#include "codec/config_section.h"
#include "scenario_load.h"

#define MINUTE (60 * NS_PER_S)

static bool is_about(double got, double want)
{
	return got - want < 1e-12 * want && want - got < 1e-12 * want;
}

static void an_empty_scenario_says_nothing(void)
{
	static const char *const empty[] = { "", "# later\n", "~", "{}",
		                             "arrivals: []\nhandlers: {}\nevents:\nexpect:\n" };

	for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
		struct scenario s = scene(empty[i]);
		EQ(s.seed, 0);
		EQ(s.until.ns, SPAN_MAX.ns);
		OK(!s.preset && !s.by);
		EQ(s.stream_count + s.recording_count + s.handler_count + s.happening_count +
		           s.expect_count,
		   0);
		scenario_free(&s);
	}
}

static void every_section_may_be_blank(void)
{
	struct buf text = { 0 };

	for (int i = 0; i < CONFIG_SCENARIO_SECTIONS; i++)
		buf_addf(&text, "%s:\n", config_section_scenario[i]);
	struct scenario s = scene(buf_text(&text));
	EQ(s.until.ns, SPAN_MAX.ns);
	scenario_free(&s);
	buf_free(&text);
}

static void single_values_stand_at_the_top_among_settings(void)
{
	struct scenario s = scene("executor: { jobs: anything }\n"
	                          "seed: 18446744073709551615\nuntil: 1h\nby: meta.zone\n"
	                          "rules: 7\npreset: robust\nexpect: [p99_wait < 2s]\n");

	OK(s.seed == UINT64_MAX);
	EQ(s.until.ns, 60 * MINUTE);
	SAME(slice_of(s.by), "meta.zone");
	SAME(slice_of(s.preset), "robust");
	EQ(s.expect_count, 1);
	SAME(slice_of(s.expect[0]), "p99_wait < 2s");
	scenario_free(&s);
}

/* ---- arrivals ---- */

static void a_stream_is_read_with_all_it_can_say(void)
{
	struct scenario s = scene("arrivals:\n"
	                          "  - kind: pull_replica\n"
	                          "    name: storm\n"
	                          "    poisson: 100/s\n"
	                          "    ramp_to: 200/s\n"
	                          "    on: 10s\n"
	                          "    off: 50s\n"
	                          "    from: 10s\n"
	                          "    until: 20m\n"
	                          "    count: 1000\n"
	                          "    expires: 30s\n"
	                          "    fields: { source: oslo }\n");
	const struct stream *t = &s.streams[0];

	EQ(s.stream_count, 1);
	SAME(slice_of(t->kind), "pull_replica");
	SAME(slice_of(t->name), "storm");
	EQ(t->process.type, PROCESS_POISSON);
	OK(t->process.rate == 100 && t->process.ramp_to == 200);
	EQ(t->process.on.ns, 10 * NS_PER_S);
	EQ(t->process.off.ns, 50 * NS_PER_S);
	EQ(t->process.from.ns, 10 * NS_PER_S);
	EQ(t->process.until.ns, 20 * MINUTE);
	EQ(t->process.count, 1000);
	EQ(t->expires.ns, 30 * NS_PER_S);
	EQ(t->field_count, 1);
	scenario_free(&s);
}

static void what_a_stream_does_not_say_is_none(void)
{
	struct scenario s = scene("until: 1m\n"
	                          "arrivals:\n"
	                          "  - { kind: a, even: 3 }\n"
	                          "  - { kind: b, burst: 500, every: 10m }\n"
	                          "  - { kind: c, burst: 7, fields: }\n");
	const struct process *p = &s.streams[0].process;

	EQ(s.stream_count, 3);
	EQ(p->type, PROCESS_EVEN);
	OK(p->rate == 3 && p->ramp_to == 3);
	EQ(p->off.ns, 0);
	EQ(p->from.ns, 0);
	EQ(p->until.ns, SPAN_MAX.ns);
	EQ(p->count, 0);
	EQ(s.streams[0].expires.ns, 0);
	OK(!s.streams[0].name);
	p = &s.streams[1].process;
	EQ(p->type, PROCESS_BURST);
	EQ(p->size, 500);
	EQ(p->every.ns, 10 * MINUTE);
	EQ(s.streams[2].process.every.ns, 0);
	EQ(s.streams[2].field_count, 0);
	scenario_free(&s);
}

static void a_rate_is_so_many_in_some_time(void)
{
	static const struct {
		const char *text;
		double a_second;
	} cases[] = {
		{ "100/s", 100 },   { "6/m", 0.1 },          { "1/h", 1.0 / 3600 },
		{ "10/250ms", 40 }, { "1/1m30s", 1.0 / 90 }, { "2.5", 2.5 },
		{ "0.5/s", 0.5 },   { "1e3/ms", 1e6 },       { "86400/d", 1 },
		{ "1/2", 0.5 },     { "1000000000/s", 1e9 }, { "1/us", 1e6 },
		{ "'3/s'", 3 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf text = { 0 };
		buf_addf(&text, "arrivals: [{ kind: a, count: 1, even: %s }]", cases[i].text);
		struct scenario s = scene(buf_text(&text));
		if (!OK(is_about(s.streams[0].process.rate, cases[i].a_second)))
			printf("# %s is %g\n", cases[i].text, s.streams[0].process.rate);
		scenario_free(&s);
		buf_free(&text);
	}
}

static void a_ramp_ends_with_the_stream_or_with_the_scenario(void)
{
	struct scenario s = scene("arrivals:\n"
	                          "  - { kind: a, even: 1/s, ramp_to: 2/s, until: 5m }\n"
	                          "  - { kind: a, even: 1/s, ramp_to: 0 }\n"
	                          "until: 9m\n");

	EQ(s.streams[0].process.until.ns, 5 * MINUTE);
	EQ(s.streams[1].process.until.ns, 9 * MINUTE);
	OK(s.streams[0].process.ramp_to == 2 && s.streams[1].process.ramp_to == 0);
	scenario_free(&s);
}

static void files_are_found_from_the_folder_of_the_scenario(void)
{
	struct scenario s = scene("arrivals:\n"
	                          "  - record: day.ndjson\n"
	                          "  - { kind: a, burst: 1 }\n"
	                          "  - { record: /var/day.ndjson, name: yesterday }\n"
	                          "handlers: { a: { duration: { empirical: ../chain } } }\n");
	struct scenario here;
	struct err e;

	EQ(s.recording_count, 2);
	SAME(slice_of(s.recordings[0].path), "dir/day.ndjson");
	SAME(slice_of(s.recordings[1].path), "/var/day.ndjson");
	EQ(s.stream_count, 1);
	SAME(slice_of(s.handlers[0].empirical), "dir/../chain");
	EQ(s.handlers[0].duration.shape, DIST_EMPIRICAL);
	EQ(s.handlers[0].duration.sample_count, 0);
	scenario_free(&s);
	if (OK(scenario_read(&here, "x.yaml", SLICE("arrivals: [{ record: a }]"), &e))) {
		SAME(slice_of(here.recordings[0].path), "a");
		scenario_free(&here);
	}
}

/* ---- fields ---- */

static void a_constant_keeps_its_type(void)
{
	static const struct {
		const char *yaml, *json;
	} cases[] = {
		{ "oslo", "\"oslo\"" },
		{ "3", "3" },
		{ "-1.50e+3", "-1.50e+3" },
		{ "18446744073709551615", "18446744073709551615" },
		{ "true", "true" },
		{ "false", "false" },
		{ "null", "null" },
		{ "~", "null" },
		{ "", "null" },
		{ "'3'", "\"3\"" },
		{ "\"true\"", "\"true\"" },
		{ "''", "\"\"" },
		{ "007", "\"007\"" },
		{ "+3", "\"+3\"" },
		{ "0x10", "\"0x10\"" },
		{ "1.2.3", "\"1.2.3\"" },
		{ "-x", "\"-x\"" },
		{ "\"a\\tb\\\"\\u2028\"", "\"a\\tb\\\"\xe2\x80\xa8\"" },
		{ "{ constant: 3 }", "3" },
		{ "{ constant: [] }", "[]" },
		{ "{ constant: [1, '1', [a, {}], { b: ~ }] }",
		  "[1,\"1\",[\"a\",{}],{\"b\":null}]" },
		{ "{ constant: { x y: 1, '2': [z] } }", "{\"x y\":1,\"2\":[\"z\"]}" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf text = { 0 };
		buf_addf(&text, "arrivals:\n- kind: a\n  burst: 1\n  fields:\n    m: %s\n",
		         cases[i].yaml);
		struct scenario s = scene(buf_text(&text));
		EQ(s.streams[0].fields[0].type, FIELD_CONSTANT);
		SAME(slice_of(s.streams[0].fields[0].name), "m");
		SAME(slice_of(s.streams[0].fields[0].text), cases[i].json);
		scenario_free(&s);
		buf_free(&text);
	}
}

static void a_field_counts_or_chooses(void)
{
	struct scenario s = scene("arrivals:\n"
	                          "- kind: a\n"
	                          "  burst: 1\n"
	                          "  fields:\n"
	                          "    id: { sequence: 1 }\n"
	                          "    b: { sequence: [1, 50], step: 2, prefix: c }\n"
	                          "    c: { uniform: [-1, 40], prefix: n }\n"
	                          "    d: { choice: [a, 2, [x]] }\n"
	                          "    e: { zipf: 1000 }\n"
	                          "    f: { zipf: 50, exponent: 1.1, prefix: d }\n");
	const struct field *f = s.streams[0].fields;

	EQ(s.streams[0].field_count, 6);
	EQ(f[0].type, FIELD_SEQUENCE);
	EQ(f[0].least, 1);
	EQ(f[0].most, INT64_MAX);
	EQ(f[0].step, 1);
	OK(!f[0].prefix);
	EQ(f[1].most, 50);
	EQ(f[1].step, 2);
	SAME(slice_of(f[1].prefix), "c");
	EQ(f[2].type, FIELD_UNIFORM);
	EQ(f[2].least, -1);
	EQ(f[2].most, 40);
	SAME(slice_of(f[2].prefix), "n");
	EQ(f[3].type, FIELD_CHOICE);
	EQ(f[3].choice_count, 3);
	SAME(slice_of(f[3].choices[0]), "\"a\"");
	SAME(slice_of(f[3].choices[1]), "2");
	SAME(slice_of(f[3].choices[2]), "[\"x\"]");
	EQ(f[4].type, FIELD_ZIPF);
	EQ(f[4].most, 1000);
	OK(f[4].exponent == 1);
	EQ(f[5].most, 50);
	OK(f[5].shares); /* ready to be drawn from */
	OK(f[5].exponent == 1.1);
	scenario_free(&s);
}

/* ---- handlers ---- */

static void a_duration_is_fixed_or_drawn(void)
{
	struct scenario s =
		scene("handlers:\n"
	              "  a: { duration: 50ms }\n"
	              "  b: { duration: { uniform: [10ms, 90ms] } }\n"
	              "  c: { duration: { exponential: 100ms } }\n"
	              "  d: { duration: { lognormal: { median: 200ms, sigma: 0.5 } } }\n"
	              "  e: { duration: { pareto: { least: 10ms, alpha: 1.5 } } }\n"
	              "  f: { duration: { empirical: [10ms, 20ms, 1s] } }\n"
	              "  default:\n");
	const struct handler_model *m = s.handlers;

	EQ(s.handler_count, 7);
	EQ(m[0].duration.shape, DIST_CONSTANT);
	EQ(m[0].duration.least.ns, 50 * NS_PER_MS);
	EQ(m[1].duration.shape, DIST_UNIFORM);
	EQ(m[1].duration.least.ns, 10 * NS_PER_MS);
	EQ(m[1].duration.most.ns, 90 * NS_PER_MS);
	EQ(m[2].duration.shape, DIST_EXPONENTIAL);
	EQ(m[2].duration.mean.ns, 100 * NS_PER_MS);
	EQ(m[3].duration.shape, DIST_LOGNORMAL);
	EQ(m[3].duration.median.ns, 200 * NS_PER_MS);
	OK(m[3].duration.sigma == 0.5);
	EQ(m[4].duration.shape, DIST_PARETO);
	EQ(m[4].duration.least.ns, 10 * NS_PER_MS);
	OK(m[4].duration.alpha == 1.5);
	EQ(m[5].duration.shape, DIST_EMPIRICAL);
	EQ(m[5].duration.sample_count, 3);
	EQ(m[5].duration.samples[2].ns, NS_PER_S);
	SAME(slice_of(m[5].kind), "f");
	OK(!m[6].kind);
	EQ(m[6].duration.least.ns, 0);
	OK(m[6].odds[FATE_OK] == 1);
	OK(!m[6].has_hint && m[6].capacity == 0);
	scenario_free(&s);
}

static void what_is_left_of_the_outcomes_is_ok(void)
{
	struct scenario s = scene("handlers:\n"
	                          "  a: { outcomes: { retry: 0.25, fail: 25%, crash: 0 } }\n"
	                          "  b: { outcomes: { ok: 0.7, hang: 0.1, fail: 0.2 } }\n"
	                          "  c: { outcomes: { crash: 100% } }\n"
	                          "  d: { outcomes: {} }\n"
	                          "  e: { outcomes: }\n");
	const struct handler_model *m = s.handlers;

	OK(m[0].odds[FATE_OK] == 0.5 && m[0].odds[FATE_RETRY] == 0.25);
	OK(m[0].odds[FATE_FAIL] == 0.25 && m[0].odds[FATE_CRASH] == 0);
	OK(is_about(m[1].odds[FATE_OK], 0.7) && m[1].odds[FATE_HANG] == 0.1);
	OK(m[2].odds[FATE_OK] == 0 && m[2].odds[FATE_CRASH] == 1);
	OK(m[3].odds[FATE_OK] == 1);
	OK(m[4].odds[FATE_OK] == 1);
	scenario_free(&s);
}

static void a_handler_may_have_hints_outages_and_a_capacity(void)
{
	struct scenario s =
		scene("handlers:\n"
	              "  a:\n"
	              "    retry_after: { exponential: 1s }\n"
	              "    capacity: 2.5\n"
	              "    outages:\n"
	              "      - { from: 10m, until: 15m, error_rate: 50%, outcome: hang }\n"
	              "      - {}\n");
	const struct handler_model *m = s.handlers;

	OK(m->has_hint);
	EQ(m->retry_after.shape, DIST_EXPONENTIAL);
	OK(m->capacity == 2.5);
	EQ(m->outage_count, 2);
	EQ(m->outages[0].from.ns, 10 * MINUTE);
	EQ(m->outages[0].until.ns, 15 * MINUTE);
	OK(m->outages[0].error_rate == 0.5);
	EQ(m->outages[0].fate, FATE_HANG);
	EQ(m->outages[1].from.ns, 0);
	EQ(m->outages[1].until.ns, SPAN_MAX.ns);
	OK(m->outages[1].error_rate == 1);
	EQ(m->outages[1].fate, FATE_FAIL);
	scenario_free(&s);
}

/* ---- events ---- */

static void events_say_what_happens_when(void)
{
	struct scenario s = scene("events:\n"
	                          "  - { at: 10s, crash: telemetry, every: 2s, times: 6 }\n"
	                          "  - { at: 20s, start: telemetry }\n"
	                          "  - { at: 30s, hold: { daemon: x, n: 1 }, for: 60s }\n"
	                          "  - { at: 31s, hold: { meta: { zone: b } } }\n"
	                          "  - { at: 40s, release: { daemon: x } }\n"
	                          "  - { at: 1m, jobs: 2 }\n"
	                          "  - { at: 2m, stop: true }\n"
	                          "  - { at: 3m, stop }\n");
	const struct happening *h = s.happenings;

	EQ(s.happening_count, 8);
	EQ(h[0].type, HAPPENING_CRASH);
	EQ(h[0].at.ns, 10 * NS_PER_S);
	EQ(h[0].every.ns, 2 * NS_PER_S);
	EQ(h[0].times, 6);
	SAME(slice_of(h[0].daemon), "telemetry");
	EQ(h[1].type, HAPPENING_START);
	EQ(h[1].times, 1);
	EQ(h[2].type, HAPPENING_HOLD);
	EQ(h[2].lasts.ns, MINUTE);
	SAME(slice_of(h[2].members), "\"daemon\":\"x\",\"n\":1");
	EQ(h[3].lasts.ns, SPAN_MAX.ns);
	SAME(slice_of(h[3].members), "\"meta\":{\"zone\":\"b\"}");
	EQ(h[4].type, HAPPENING_RELEASE);
	EQ(h[5].type, HAPPENING_JOBS);
	EQ(h[5].jobs, 2);
	EQ(h[6].type, HAPPENING_STOP);
	EQ(h[7].type, HAPPENING_STOP);
	scenario_free(&s);
}

static void what_happens_again_and_again_ends_with_the_scenario(void)
{
	struct scenario s = scene("until: 1m\n"
	                          "events:\n"
	                          "  - { at: 10s, crash: a, every: 20s }\n"
	                          "  - { at: 2m, crash: a, every: 20s }\n");

	EQ(s.happenings[0].times, 3); /* at 10, 30 and 50 s */
	EQ(s.happenings[1].times, 1);
	scenario_free(&s);
}

static void anchors_may_share_what_streams_have_in_common(void)
{
	struct scenario s =
		scene("arrivals:\n"
	              "  - { kind: a, burst: 1, fields: &f { n: { uniform: [1, 2] } } }\n"
	              "  - { kind: b, burst: 1, fields: *f }\n");

	EQ(s.streams[1].fields[0].type, FIELD_UNIFORM);
	scenario_free(&s);
}

int main(void)
{
	RUN(an_empty_scenario_says_nothing);
	RUN(every_section_may_be_blank);
	RUN(single_values_stand_at_the_top_among_settings);
	RUN(a_stream_is_read_with_all_it_can_say);
	RUN(what_a_stream_does_not_say_is_none);
	RUN(a_rate_is_so_many_in_some_time);
	RUN(a_ramp_ends_with_the_stream_or_with_the_scenario);
	RUN(files_are_found_from_the_folder_of_the_scenario);
	RUN(a_constant_keeps_its_type);
	RUN(a_field_counts_or_chooses);
	RUN(a_duration_is_fixed_or_drawn);
	RUN(what_is_left_of_the_outcomes_is_ok);
	RUN(a_handler_may_have_hints_outages_and_a_capacity);
	RUN(events_say_what_happens_when);
	RUN(what_happens_again_and_again_ends_with_the_scenario);
	RUN(anchors_may_share_what_streams_have_in_common);
	return t_done();
}
