/* A scenario as a configuration: its settings count, its other sections do not. */
#include "codec/config_section.h"
#include "config_load.h"

#define SECTIONS "preset, seed, until, by, arrivals, handlers, events, expect"

static bool load_scenario(struct policy *p, const char *file, const char *scenario,
                          const char *const *sets, uint32_t count, struct err *e)
{
	struct config_sources s = {
		.file = "x.yaml",
		.text = slice_of(file),
		.scenario = "s.yaml",
		.scenario_text = slice_of(scenario),
		.sets = sets,
		.set_count = count,
	};
	return config_load(p, &s, e);
}

static void a_scenarios_settings_come_after_the_files_and_before_sets(void)
{
	static const char *const sets[] = { "executor.queue=30" };
	struct policy p;
	struct err e;

	OK(load_scenario(&p, "executor: { jobs: 1, queue: 10, max_defers: 4 }",
	                 "arrivals: []\nexecutor: { jobs: 2, queue: 20 }", sets, 1, &e));
	EQ(p.executor.jobs, 2);
	EQ(p.executor.queue, 30);
	EQ(p.executor.max_defers, 4);
	config_free(&p);
}

/* Line 1 of the scenario is later than line 2 of the file. */
static void the_later_of_two_contradicting_places_is_named(void)
{
	struct policy p;
	struct err e = { 0 };

	OK(!load_scenario(&p, "\nbackpressure: { release_at: 100 }",
	                  "backpressure: { assert_at: 50 }", NULL, 0, &e));
	OK(strstr(e.text, "s.yaml:1:17: backpressure.release_at: 100 is not below assert_at"));
}

static void the_simulators_sections_are_passed_over_at_the_top_only(void)
{
	struct buf text = { 0 };
	struct policy p;
	struct err e = { 0 };

	for (int i = 0; i < CONFIG_SCENARIO_SECTIONS; i++)
		buf_addf(&text, "%s: { any: [thing, 1] }\n", config_section_scenario[i]);
	buf_add_text(&text, "executor: { jobs: 3 }\n");
	if (OK(load_scenario(&p, "", buf_text(&text), NULL, 0, &e))) {
		EQ(p.executor.jobs, 3);
		config_free(&p);
	}
	buf_free(&text);
	OK(!load_scenario(&p, "", "executor: { seed: 3 }", NULL, 0, &e));
	OK(strstr(e.text, "s.yaml:1:13: executor: 'seed' is not a setting; known are: jobs, "));
}

static void a_name_that_neither_reader_knows_is_refused_with_both_lists(void)
{
	struct policy p;
	struct err e = { 0 };

	OK(!load_scenario(&p, "", "arivals: []", NULL, 0, &e));
	SAME(slice_of(e.text),
	     "s.yaml:1:1: 'arivals' is not a setting; did you mean 'arrivals'? Known are: rules, "
	     "backpressure, executor, backoff, daemons, recovery, failures, " SECTIONS);
}

static void a_section_of_the_simulator_does_not_belong_into_a_configuration(void)
{
	static const char *const sets[] = { "seed=3" };
	struct policy p;
	struct err e = { 0 };

	OK(!load(&p, NULL, "executor: {}\narrivals: []", &e));
	SAME(slice_of(e.text), "x.yaml:2:1: 'arrivals' is not a setting; it belongs into a "
	                       "scenario for meshq-sim");
	EQ(e.status, STATUS_CONFIG);
	OK(!load_scenario(&p, "by: chain", "", NULL, 0, &e));
	SAME(slice_of(e.text), "x.yaml:1:1: 'by' is not a setting; it belongs into a scenario for "
	                       "meshq-sim");
	OK(!load_scenario(&p, "", "", sets, 1, &e));
	SAME(slice_of(e.text), "--set: 'seed' is not a setting; it belongs into a scenario for "
	                       "meshq-sim");
}

int main(void)
{
	RUN(a_scenarios_settings_come_after_the_files_and_before_sets);
	RUN(the_later_of_two_contradicting_places_is_named);
	RUN(the_simulators_sections_are_passed_over_at_the_top_only);
	RUN(a_name_that_neither_reader_knows_is_refused_with_both_lists);
	RUN(a_section_of_the_simulator_does_not_belong_into_a_configuration);
	return t_done();
}
