/* Which scenarios are refused, and in which words. */
#include "base/buf.h"
#include "scenario_load.h"

struct wrong {
	const char *yaml;
	const char *message;
};

static void check_wrong(const struct wrong *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct scenario s = { .seed = 77 };
		struct err e = { 0 };
		if (!OK(!scenario_read(&s, "x.yaml", slice_of(cases[i].yaml), &e)))
			printf("# accepted: %s\n", cases[i].yaml);
		EQ(e.status, STATUS_CONFIG);
		EQ(s.seed, 77); /* untouched */
		SAME(slice_of(e.text), cases[i].message);
	}
}
#define WRONG(cases) check_wrong((cases), sizeof(cases) / sizeof *(cases))

#define SECTIONS                                                                                   \
	"rules, backpressure, executor, backoff, daemons, recovery, failures, preset, seed, "      \
	"until, by, "                                                                              \
	"arrivals, "                                                                               \
	"handlers, events, expect"
#define STREAM                                                                                     \
	"even, poisson, burst, record, name, kind, ramp_to, on, off, every, from, until, count, "  \
	"expires, fields"
#define NO_RATE " is not a rate; say 100/s, 6/m or 10/250ms (a bare number is a second)"

static void what_is_not_a_scenario_is_refused(void)
{
	static const struct wrong cases[] = {
		{ "- 1",
		  "x.yaml:1:1: a mapping with the sections of a scenario is expected, not a list" },
		{ "arrivals: {}",
		  "x.yaml:1:1: arrivals: a list of streams is expected, not a mapping" },
		{ "arrivals: [3]", "x.yaml:1:12: arrivals[0]: a mapping with the settings of a "
		                   "stream is expected, not a value" },
		{ "handlers: []",
		  "x.yaml:1:1: handlers: a mapping of kinds is expected, not a list" },
		{ "handlers: { a: 3 }", "x.yaml:1:13: handlers.a: a mapping with the settings of a "
		                        "handler is expected, not a value" },
		{ "events: { at: 3 }",
		  "x.yaml:1:1: events: a list of events is expected, not a mapping" },
		{ "expect: { a: b }",
		  "x.yaml:1:1: expect: a list of expectations is expected, not a mapping" },
		{ "expect: [[1]]", "x.yaml:1:10: expect[0]: an expectation, such as p99_wait < 2s, "
		                   "is expected, not a list" },
		{ "arivals: []", "x.yaml:1:1: 'arivals' is not a setting; did you mean 'arrivals'? "
		                 "Known are: " SECTIONS },
		{ "limits: {}", "x.yaml:1:1: 'limits' is not a setting; known are: " SECTIONS },
		{ "seed: 1\nseed: 2\n", "x.yaml:2:1: 'seed' is given twice, first on line 1" },
		{ "arrivals: [{ kind: a, burst: 1, cuont: 1 }]",
		  "x.yaml:1:33: arrivals[0]: 'cuont' is not a setting of a stream; did you mean "
		  "'count'? Known are: " STREAM },
		{ "handlers: { a: { durations: 1s } }",
		  "x.yaml:1:18: handlers.a: 'durations' is not a setting of a handler; did you "
		  "mean 'duration'? Known are: duration, outcomes, retry_after, outages, "
		  "capacity" },
		{ "handlers: { a: {}, a: {} }",
		  "x.yaml:1:20: handlers: 'a' is given twice, first on line 1" },
		{ "preset: rubost", "x.yaml:1:1: preset: 'rubost' is not a preset; did you mean "
		                    "'robust'? Known are: meshos, robust" },
		{ "preset: [a]", "x.yaml:1:1: preset: a text is expected, not a list" },
		{ "seed: -1",
		  "x.yaml:1:1: seed: '-1' is not a whole number from 0 to 18446744073709551615" },
		{ "seed: 18446744073709551616", "x.yaml:1:1: seed: '18446744073709551616' is not a "
		                                "whole number from 0 to 18446744073709551615" },
		{ "until: soon",
		  "x.yaml:1:1: until: 'soon' is not a duration (like 250ms, 1.5s or 2m)" },
		{ "until: 0", "x.yaml:1:1: until: '0' is below 1ns" },
		{ "until: -1h", "x.yaml:1:1: until: '-1h' is below 1ns" },
		{ "by: a..b",
		  "x.yaml:1:1: by: 'a..b' is not a path of member names with dots between" },
		{ "by: [a]", "x.yaml:1:1: by: a text is expected, not a list" },
	};
	WRONG(cases);
}

static void impossible_arrivals_are_refused(void)
{
	static const struct wrong cases[] = {
		{ "arrivals: [{ kind: a }]", "x.yaml:1:12: arrivals[0]: a stream needs one of "
		                             "even, poisson, burst and record" },
		{ "arrivals: [{ even: 1, count: 1 }]",
		  "x.yaml:1:12: arrivals[0]: a stream needs 'kind'" },
		{ "arrivals: [{ kind: '', burst: 1 }]",
		  "x.yaml:1:14: arrivals[0].kind: '' is not a kind" },
		{ "arrivals: [{ kind: meshq.hold, burst: 1 }]",
		  "x.yaml:1:14: arrivals[0].kind: 'meshq.hold' is not a kind of action: 'meshq.' "
		  "steers the tools" },
		{ "arrivals: [{ kind: a, even: 1, burst: 2 }]",
		  "x.yaml:1:32: arrivals[0].burst: a stream has one of even, poisson, burst and "
		  "record, and this one has even already" },
		{ "arrivals:\n  - kind: a\n    burst: 1\n  - kind: b\n    poisson: fast\n",
		  "x.yaml:5:5: arrivals[1].poisson: 'fast'" NO_RATE },
		{ "arrivals: [{ kind: a, count: 1, even: 0 }]",
		  "x.yaml:1:33: arrivals[0].even: '0' is no rate: an arrival rate of 0 brings "
		  "nothing" },
		{ "arrivals: [{ kind: a, count: 1, poisson: 0/s }]",
		  "x.yaml:1:33: arrivals[0].poisson: '0/s' is no rate: an arrival rate of 0 brings "
		  "nothing" },
		{ "arrivals: [{ kind: a, count: 1, even: -3/s }]",
		  "x.yaml:1:33: arrivals[0].even: '-3/s' is negative" },
		{ "arrivals: [{ kind: a, count: 1, even: 3/0s }]",
		  "x.yaml:1:33: arrivals[0].even: '3/0s'" NO_RATE },
		{ "arrivals: [{ kind: a, count: 1, even: /s }]",
		  "x.yaml:1:33: arrivals[0].even: '/s'" NO_RATE },
		{ "arrivals: [{ kind: a, count: 1, even: 3/w }]",
		  "x.yaml:1:33: arrivals[0].even: '3/w'" NO_RATE },
		{ "arrivals: [{ kind: a, count: 1, even: nan }]",
		  "x.yaml:1:33: arrivals[0].even: 'nan'" NO_RATE },
		{ "arrivals: [{ kind: a, count: 1, even: 1e99/s }]",
		  "x.yaml:1:33: arrivals[0].even: '1e99/s' is above 1000000000/s" },
		{ "arrivals: [{ kind: a, count: 1, even: 1/100000d }]",
		  "x.yaml:1:33: arrivals[0].even: '1/100000d' is below 1 in 1000000000s" },
		{ "arrivals: [{ kind: a, count: 1, even: [1] }]",
		  "x.yaml:1:33: arrivals[0].even: a rate is expected, not a list" },
		{ "arrivals: [{ kind: a, burst: 0 }]",
		  "x.yaml:1:23: arrivals[0].burst: '0' is below 1" },
		{ "arrivals: [{ kind: a, burst: 1.5 }]",
		  "x.yaml:1:23: arrivals[0].burst: '1.5' is not a whole number" },
		{ "arrivals: [{ kind: a, burst: 1, count: 0 }]",
		  "x.yaml:1:33: arrivals[0].count: '0' is below 1" },
		{ "arrivals: [{ kind: a, burst: 1, every: 0s, count: 1 }]",
		  "x.yaml:1:33: arrivals[0].every: '0s' is below 1ns" },
		{ "arrivals: [{ kind: a, even: 1, every: 1s, count: 1 }]",
		  "x.yaml:1:32: arrivals[0].every: a stream with even has no such setting" },
		{ "arrivals: [{ kind: a, burst: 1, ramp_to: 3/s }]",
		  "x.yaml:1:33: arrivals[0].ramp_to: a stream with burst has no such setting" },
		{ "arrivals: [{ kind: a, even: 1, ramp_to: -1/s, until: 1s }]",
		  "x.yaml:1:32: arrivals[0].ramp_to: '-1/s' is negative" },
		{ "arrivals: [{ kind: a, even: 1, ramp_to: 3/s, count: 7 }]",
		  "x.yaml:1:32: arrivals[0].ramp_to: a ramp needs an end: give the stream or the "
		  "scenario 'until'" },
		{ "until: 1m\narrivals: [{ kind: a, even: 1, ramp_to: 3/s, from: 1m }]",
		  "x.yaml:2:32: arrivals[0].ramp_to: the scenario ends before the ramp begins" },
		{ "arrivals: [{ kind: a, burst: 1, on: 1s }]",
		  "x.yaml:1:33: arrivals[0].on: 'on' and 'off' go together" },
		{ "arrivals: [{ kind: a, burst: 1, off: 1s }]",
		  "x.yaml:1:33: arrivals[0].off: 'on' and 'off' go together" },
		{ "arrivals: [{ kind: a, burst: 1, on: 1s, off: 0s }]",
		  "x.yaml:1:41: arrivals[0].off: '0s' is below 1ns" },
		{ "arrivals: [{ kind: a, burst: 1, from: -1s }]",
		  "x.yaml:1:33: arrivals[0].from: '-1s' is below 0s" },
		{ "arrivals: [{ kind: a, burst: 1, from: 2s, until: 1s }]",
		  "x.yaml:1:43: arrivals[0].until: it is not after 'from', so nothing would "
		  "arrive" },
		{ "arrivals: [{ kind: a, burst: 1, from: 2s, until: 2s }]",
		  "x.yaml:1:43: arrivals[0].until: it is not after 'from', so nothing would "
		  "arrive" },
		{ "arrivals: [{ kind: a, burst: 1, expires: 0 }]",
		  "x.yaml:1:33: arrivals[0].expires: '0' is below 1ns" },
		{ "arrivals: [{ kind: a, even: 1 }]",
		  "x.yaml:1:12: arrivals[0]: this never ends: give the stream 'until' or 'count', "
		  "or the scenario 'until'" },
		{ "arrivals: [{ kind: a, burst: 1, every: 1s }]",
		  "x.yaml:1:12: arrivals[0]: this never ends: give the stream 'until' or 'count', "
		  "or the scenario 'until'" },
		{ "arrivals: [{ record: '' }]",
		  "x.yaml:1:14: arrivals[0].record: '' is not the name of a file" },
		{ "arrivals: [{ record: [a] }]",
		  "x.yaml:1:14: arrivals[0].record: the name of a file is expected, not a list" },
		{ "arrivals: [{ record: a, kind: b }]",
		  "x.yaml:1:25: arrivals[0].kind: a stream with record has no such setting" },
		{ "arrivals: [{ record: a, from: 1s }]",
		  "x.yaml:1:25: arrivals[0].from: a stream with record has no such setting" },
		{ "arrivals: [{ kind: a, record: a, burst: 1 }]",
		  "x.yaml:1:34: arrivals[0].burst: a stream has one of even, poisson, burst and "
		  "record, and this one has record already" },
	};
	WRONG(cases);
}

static void impossible_fields_are_refused(void)
{
	static const struct wrong cases[] = {
		{ "arrivals: [{ kind: a, burst: 1, fields: [a] }]",
		  "x.yaml:1:33: arrivals[0].fields: a mapping of fields is expected, not a list" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { kind: b } }]",
		  "x.yaml:1:43: arrivals[0].fields: 'kind' is a member of ours, not a field" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { at_ms: { sequence: 1 } } }]",
		  "x.yaml:1:43: arrivals[0].fields: 'at_ms' is a member of ours, not a field" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: 1, a: 2 } }]",
		  "x.yaml:1:49: arrivals[0].fields: 'a' is given twice, first on line 1" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { [a]: 1 } }]",
		  "x.yaml:1:43: arrivals[0].fields: the name of a setting is expected" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: [1, 2] } }]",
		  "x.yaml:1:43: arrivals[0].fields.a: a list is written as { constant: [...] }, "
		  "and one to choose from as { choice: [...] }" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: {} } }]",
		  "x.yaml:1:43: arrivals[0].fields.a: a field needs one of constant, sequence, "
		  "uniform, zipf and choice" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: { b: 1 } } }]",
		  "x.yaml:1:48: arrivals[0].fields.a: 'b' is not a setting of a field; known are: "
		  "constant, sequence, uniform, zipf, choice, step, exponent, prefix" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: { sequence: 1, choice: [a] } } }]",
		  "x.yaml:1:61: arrivals[0].fields.a.choice: a field has one of constant, "
		  "sequence, uniform, zipf and choice, and this one has sequence already" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: { sequence: 1.5 } } }]",
		  "x.yaml:1:48: arrivals[0].fields.a.sequence: '1.5' is not a whole number of at "
		  "most 9007199254740991" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: { sequence: [1] } } }]",
		  "x.yaml:1:48: arrivals[0].fields.a.sequence: a whole number or a list of two is "
		  "expected: 1 or [1, 50]" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: { sequence: [5, 1] } } }]",
		  "x.yaml:1:48: arrivals[0].fields.a.sequence: the second number is below the "
		  "first" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: { sequence: 1, step: 0 } } }]",
		  "x.yaml:1:61: arrivals[0].fields.a.step: '0' is below 1" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: { uniform: 3 } } }]",
		  "x.yaml:1:48: arrivals[0].fields.a.uniform: a list of two whole numbers is "
		  "expected: [1, 40]" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: { uniform: [3, 1] } } }]",
		  "x.yaml:1:48: arrivals[0].fields.a.uniform: the second number is below the "
		  "first" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: { uniform: [1, 9007199254740992] } "
		  "} }]",
		  "x.yaml:1:48: arrivals[0].fields.a.uniform: '9007199254740992' is not a whole "
		  "number of at most 9007199254740991" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: { uniform: [1, 2], step: 2 } } }]",
		  "x.yaml:1:65: arrivals[0].fields.a.step: a field with uniform has no such "
		  "setting" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: { zipf: 0 } } }]",
		  "x.yaml:1:48: arrivals[0].fields.a.zipf: '0' is below 1" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: { zipf: 10000001 } } }]",
		  "x.yaml:1:48: arrivals[0].fields.a.zipf: '10000001' is above 10000000" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: { zipf: 9 }, b: { zipf: "
		  "9999992 } } }]",
		  "x.yaml:1:59: arrivals[0].fields.b: the zipf fields have more than 10000000 keys "
		  "together" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: { zipf: 9 }, b: { zipf: 9999992 } "
		  "} }]",
		  "x.yaml:1:59: arrivals[0].fields.b: the zipf fields have more than 10000000 keys "
		  "together" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: { zipf: 10, exponent: 0 } } }]",
		  "x.yaml:1:58: arrivals[0].fields.a.exponent: '0' is not above 0" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: { zipf: 10, exponent: -1 } } }]",
		  "x.yaml:1:58: arrivals[0].fields.a.exponent: '-1' is not above 0" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: { zipf: 10, exponent: 101 } } }]",
		  "x.yaml:1:58: arrivals[0].fields.a.exponent: '101' is above 100" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: { zipf: 10, exponent: inf } } }]",
		  "x.yaml:1:58: arrivals[0].fields.a.exponent: 'inf' is not a number" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: { choice: [] } } }]",
		  "x.yaml:1:48: arrivals[0].fields.a.choice: the list is empty, so there is none "
		  "to take" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: { choice: b } } }]",
		  "x.yaml:1:48: arrivals[0].fields.a.choice: a list of values is expected, not a "
		  "value" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: { choice: [b], prefix: c } } }]",
		  "x.yaml:1:61: arrivals[0].fields.a.prefix: a field with choice has no such "
		  "setting" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: { constant: { b: 1, b: 2 } } } }]",
		  "x.yaml:1:66: arrivals[0].fields.a.constant: 'b' is given twice, first on line "
		  "1" },
	};
	WRONG(cases);
}

static void impossible_handlers_are_refused(void)
{
	static const struct wrong cases[] = {
		{ "handlers: { meshq.tick: { duration: 1s } }",
		  "x.yaml:1:13: handlers: no handler gets kinds that begin with 'meshq.': they "
		  "steer the tools" },
		{ "handlers: { a: { duration: fast } }",
		  "x.yaml:1:18: handlers.a.duration: 'fast' is not a duration (like 250ms, 1.5s or "
		  "2m)" },
		{ "handlers: { a: { duration: -1s } }",
		  "x.yaml:1:18: handlers.a.duration: '-1s' is below 0s" },
		{ "handlers: { a: { duration: [1s, 2s] } }",
		  "x.yaml:1:18: handlers.a.duration: a duration or a distribution of them is "
		  "expected, not a list" },
		{ "handlers: { a: { duration: {} } }",
		  "x.yaml:1:18: handlers.a.duration: a distribution needs one of uniform, "
		  "exponential, lognormal, pareto and empirical" },
		{ "handlers: { a: { duration: { normal: 1s } } }",
		  "x.yaml:1:30: handlers.a.duration: 'normal' is not a setting of a distribution; "
		  "did you mean 'lognormal'? Known are: uniform, exponential, lognormal, pareto, "
		  "empirical" },
		{ "handlers: { a: { duration: { uniform: [1s, 2s, 3s] } } }",
		  "x.yaml:1:30: handlers.a.duration.uniform: a list of two durations is expected: "
		  "[10ms, 90ms]" },
		{ "handlers: { a: { duration: { uniform: [2s, 1s] } } }",
		  "x.yaml:1:30: handlers.a.duration.uniform: the second duration is below the "
		  "first" },
		{ "handlers: { a: { duration: { uniform: [1s, x] } } }",
		  "x.yaml:1:30: handlers.a.duration.uniform: 'x' is not a duration (like 250ms, "
		  "1.5s or 2m)" },
		{ "handlers: { a: { duration: { exponential: 0s } } }",
		  "x.yaml:1:30: handlers.a.duration.exponential: '0s' is below 1ns" },
		{ "handlers: { a: { duration: { exponential: 1s, uniform: [1s, 2s] } } }",
		  "x.yaml:1:47: handlers.a.duration.uniform: a distribution has one of uniform, "
		  "exponential, lognormal, pareto and empirical, and this one has exponential "
		  "already" },
		{ "handlers: { a: { duration: { lognormal: 1s } } }",
		  "x.yaml:1:30: handlers.a.duration.lognormal: a mapping with the settings of a "
		  "lognormal distribution is expected, not a value" },
		{ "handlers: { a: { duration: { lognormal: { median: 1s } } } }",
		  "x.yaml:1:30: handlers.a.duration.lognormal: a lognormal distribution needs "
		  "'sigma'" },
		{ "handlers: { a: { duration: { lognormal: { median: 1s, sigma: 0 } } } }",
		  "x.yaml:1:55: handlers.a.duration.lognormal.sigma: '0' is not above 0" },
		{ "handlers: { a: { duration: { lognormal: { median: 1s, sigma: 11 } } } }",
		  "x.yaml:1:55: handlers.a.duration.lognormal.sigma: '11' is above 10" },
		{ "handlers: { a: { duration: { pareto: { least: 1s, alpha: -1 } } } }",
		  "x.yaml:1:51: handlers.a.duration.pareto.alpha: '-1' is not above 0" },
		{ "handlers: { a: { duration: { pareto: { least: 1s, alpha: x } } } }",
		  "x.yaml:1:51: handlers.a.duration.pareto.alpha: 'x' is not a number" },
		{ "handlers: { a: { duration: { pareto: { alpha: 1 } } } }",
		  "x.yaml:1:30: handlers.a.duration.pareto: a pareto distribution needs 'least'" },
		{ "handlers: { a: { duration: { empirical: [] } } }",
		  "x.yaml:1:30: handlers.a.duration.empirical: the list is empty, so there is none "
		  "to take" },
		{ "handlers: { a: { duration: { empirical: [1s, x] } } }",
		  "x.yaml:1:46: handlers.a.duration.empirical[1]: 'x' is not a duration (like "
		  "250ms, 1.5s or 2m)" },
		{ "handlers: { a: { duration: { empirical: {} } } }",
		  "x.yaml:1:30: handlers.a.duration.empirical: a chain file or a list of durations "
		  "is expected, not a mapping" },
		{ "handlers: { a: { retry_after: { empirical: chain } } }",
		  "x.yaml:1:18: handlers.a.retry_after: a chain has run times only; list durations "
		  "instead" },
		{ "handlers: { a: { outcomes: 0.5 } }",
		  "x.yaml:1:18: handlers.a.outcomes: a mapping with the settings of outcomes is "
		  "expected, not a value" },
		{ "handlers: { a: { outcomes: { fail: 1.5 } } }",
		  "x.yaml:1:30: handlers.a.outcomes.fail: '1.5' is not between 0 and 1 (100%)" },
		{ "handlers: { a: { outcomes: { fail: -0.1 } } }",
		  "x.yaml:1:30: handlers.a.outcomes.fail: '-0.1' is not between 0 and 1 (100%)" },
		{ "handlers: { a: { outcomes: { fail: often } } }",
		  "x.yaml:1:30: handlers.a.outcomes.fail: 'often' is not a probability from 0 to "
		  "1, or a percentage" },
		{ "handlers: { a: { outcomes: { fail: [1] } } }",
		  "x.yaml:1:30: handlers.a.outcomes.fail: a probability is expected, not a list" },
		{ "handlers: { a: { outcomes: { fail: 0.6, retry: 0.5 } } }",
		  "x.yaml:1:18: handlers.a.outcomes: the probabilities have the sum 1.1, not 1" },
		{ "handlers: { a: { outcomes: { ok: 0.5, retry: 0.4 } } }",
		  "x.yaml:1:18: handlers.a.outcomes: the probabilities have the sum 0.9, not 1" },
		{ "handlers: { a: { outcomes: { failed: 0.4 } } }",
		  "x.yaml:1:30: handlers.a.outcomes: 'failed' is not a setting of outcomes; known "
		  "are: ok, retry, fail, crash, hang" },
		{ "handlers: { a: { outages: { from: 1s } } }",
		  "x.yaml:1:18: handlers.a.outages: a list of outages is expected, not a mapping" },
		{ "handlers: { a: { outages: [{ from: 2s, until: 1s }] } }",
		  "x.yaml:1:40: handlers.a.outages[0].until: it is not after 'from'" },
		{ "handlers: { a: { outages: [{ error_rate: 2 }] } }",
		  "x.yaml:1:30: handlers.a.outages[0].error_rate: '2' is not between 0 and 1 "
		  "(100%)" },
		{ "handlers: { a: { outages: [{ outcome: ok }] } }",
		  "x.yaml:1:30: handlers.a.outages[0].outcome: 'ok' is not retry or fail or crash "
		  "or hang" },
		{ "handlers: { a: { capacity: 0 } }",
		  "x.yaml:1:18: handlers.a.capacity: '0' is not above 0" },
		{ "handlers: { a: { capacity: -4 } }",
		  "x.yaml:1:18: handlers.a.capacity: '-4' is not above 0" },
	};
	WRONG(cases);
}

static void impossible_events_are_refused(void)
{
	static const struct wrong cases[] = {
		{ "events: [{ crash: a }]", "x.yaml:1:10: events[0]: an event needs 'at'" },
		{ "events: [{ at: 1s }]", "x.yaml:1:10: events[0]: an event needs one of crash, "
		                          "start, hold, release, jobs and stop" },
		{ "events: [{ at: 1s, crash: a, start: b }]",
		  "x.yaml:1:30: events[0].start: an event has one of crash, start, hold, release, "
		  "jobs and stop, and this one has crash already" },
		{ "events: [{ at: -1s, crash: a }]",
		  "x.yaml:1:12: events[0].at: '-1s' is below 0s" },
		{ "events: [{ at: 1s, crash: '' }]",
		  "x.yaml:1:20: events[0].crash: '' is not the name of a daemon" },
		{ "events: [{ at: 1s, crash: [a] }]",
		  "x.yaml:1:20: events[0].crash: a text is expected, not a list" },
		{ "events: [{ at: 1s, hold: a }]",
		  "x.yaml:1:20: events[0].hold: a mapping of members, such as { daemon: telemetry "
		  "}, is expected, not a value" },
		{ "events: [{ at: 1s, hold: {} }]",
		  "x.yaml:1:20: events[0].hold: no member says what is held" },
		{ "events: [{ at: 1s, hold: { kind: a } }]",
		  "x.yaml:1:28: events[0].hold: 'kind' is a member of ours, not one to hold by" },
		{ "events: [{ at: 1s, hold: { daemon: a }, for: 0s }]",
		  "x.yaml:1:41: events[0].for: '0s' is below 1ns" },
		{ "events: [{ at: 1s, release: { daemon: a }, for: 1s }]",
		  "x.yaml:1:44: events[0].for: an event with release has no such setting" },
		{ "events: [{ at: 1s, jobs: 0 }]", "x.yaml:1:20: events[0].jobs: '0' is below 1" },
		{ "events: [{ at: 1s, stop: false }]",
		  "x.yaml:1:20: events[0].stop: only 'true' makes sense here" },
		{ "events: [{ at: 1s, crash: a, times: 3 }]",
		  "x.yaml:1:30: events[0].times: 'every' is missing: how far apart?" },
		{ "events: [{ at: 1s, crash: a, times: 0 }]",
		  "x.yaml:1:30: events[0].times: '0' is below 1" },
		{ "events: [{ at: 1s, crash: a, every: 2s }]",
		  "x.yaml:1:30: events[0].every: this never ends: say 'times', or give the "
		  "scenario 'until'" },
		{ "events: [{ at: 1s, crash: a, every: 0s, times: 2 }]",
		  "x.yaml:1:30: events[0].every: '0s' is below 1ns" },
		{ "events: [{ at: 1s, crash: a, every: 1d, times: 1000000 }]",
		  "x.yaml:1:30: events[0].every: the last time is later than can be told" },
	};
	WRONG(cases);
}

static void aliases_that_contain_themselves_are_refused(void)
{
	static const struct wrong cases[] = {
		{ "&a { arrivals: *a }",
		  "x.yaml:1:6: arrivals: a list of streams is expected, not a mapping" },
		{ "arrivals: &a [*a]", "x.yaml:1:11: arrivals[0]: a mapping with the settings of a "
		                       "stream is expected, not a list" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: &x { constant: *x } } }]",
		  "x.yaml:1:46: arrivals[0].fields.a.constant: the nesting is too deep" },
		{ "arrivals: [{ kind: a, burst: 1, fields: { a: { constant: &x [*x] } } }]",
		  "x.yaml:1:58: arrivals[0].fields.a.constant: the nesting is too deep" },
		{ "handlers: &a { a: *a }",
		  "x.yaml:1:16: handlers.a: 'a' is not a setting of a handler; known are: "
		  "duration, outcomes, retry_after, outages, capacity" },
	};
	WRONG(cases);
}

/* What is wrong with one is told by expect_read. */
static void an_expectation_that_cannot_be_read_is_refused_with_its_place(void)
{
	struct scenario s;
	struct err e = { 0 };

	OK(!scenario_read(&s, "x.yaml", SLICE("expect:\n- failed == 0\n- p99_wait < x\n"), &e));
	OK(strstr(e.text, "x.yaml:3:3: expect[1]: character 12: ") == e.text);
	EQ(e.status, STATUS_CONFIG);
}

/* Little text, much to read: each alias has all of the list. */
static void aliases_that_stand_for_too_much_are_refused(void)
{
	struct buf text = { 0 };
	struct scenario s;
	struct err e = { 0 };

	buf_add_text(&text, "arrivals:\n- kind: a\n  burst: 1\n  fields:\n    f: &f { choice: [");
	for (int i = 0; i < 20000; i++)
		buf_add_text(&text, "x,");
	buf_add_text(&text, "] }\n");
	for (int i = 0; i < 150; i++)
		buf_addf(&text, "    f%d: *f\n", i);
	OK(!scenario_read(&s, "x.yaml", buf_slice(&text), &e));
	OK(strstr(e.text, "aliases make too much of this"));
	buf_free(&text);
}

static void a_file_that_is_too_long_is_refused(void)
{
	struct buf text = { 0 };
	struct scenario s;
	struct err e = { 0 };

	while (text.n <= SCENARIO_LONGEST)
		buf_add_text(&text, "# and so on\n");
	OK(!scenario_read(&s, "x.yaml", buf_slice(&text), &e));
	SAME(slice_of(e.text), "x.yaml: too long for a scenario (over 256 KiB)");
	EQ(e.status, STATUS_CONFIG);
	buf_free(&text);
}

int main(void)
{
	RUN(what_is_not_a_scenario_is_refused);
	RUN(impossible_arrivals_are_refused);
	RUN(impossible_fields_are_refused);
	RUN(impossible_handlers_are_refused);
	RUN(impossible_events_are_refused);
	RUN(aliases_that_contain_themselves_are_refused);
	RUN(an_expectation_that_cannot_be_read_is_refused_with_its_place);
	RUN(aliases_that_stand_for_too_much_are_refused);
	RUN(a_file_that_is_too_long_is_refused);
	return t_done();
}
