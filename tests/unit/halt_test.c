/* When enough has failed, and what an engine that has stopped of its own accord does. */
#include "codec/config_halt.h"
#include "core/halt.h"
#include "world.h"

static struct halt_policy parsed(const char *text)
{
	struct halt_policy p = { 0 };

	OK(config_halt_parse(slice_of(text), &p));
	return p;
}

static void a_number_of_failures_is_enough_when_it_is_reached(void)
{
	struct halt_policy p = parsed("soon,fail=3");

	OK(!halt_due(&p, 2, 1000));
	OK(halt_due(&p, 3, 3));
	p = parsed("now,fail=1");
	OK(!halt_due(&p, 0, 50));
	OK(halt_due(&p, 1, 1));
	EQ(p.when, HALT_NOW);
}

static void a_part_counts_when_ten_have_ended(void)
{
	struct halt_policy p = parsed("soon,fail=30%");

	OK(!halt_due(&p, 9, 9));
	OK(halt_due(&p, 3, 10));
	OK(!halt_due(&p, 2, 10));
	OK(!halt_due(&p, 29, 100));
	OK(halt_due(&p, 30, 100));
	p = parsed("soon,fail=100%");
	OK(!halt_due(&p, UINT64_C(9999999999), UINT64_C(10000000000)));
	OK(halt_due(&p, UINT64_C(10000000000), UINT64_C(10000000000)));
}

static void never_is_never(void)
{
	struct halt_policy p = parsed("never");

	OK(!halt_due(&p, 1000, 1000));
}

static void other_texts_are_none(void)
{
	static const char *const wrong[] = {
		"",
		"soon",
		"now",
		"fail=3",
		"soon,fail=",
		"soon,fail=0",
		"soon,fail=0%",
		"soon,fail=101%",
		"soon, fail=3",
		"soon,fail=3 ",
		"soon,fail=-1",
		"later,fail=1",
		"soon,fail=%",
		"soon,fail=4294967296",
		"never,fail=1",
	};
	struct halt_policy p = parsed("now,fail=7");

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		OK(!config_halt_parse(slice_of(wrong[i]), &p));
	EQ(p.fail, 7);
}

/* ---- in the engine ---- */

static void open_world(struct world *w, const char *set)
{
	world_open_set(w, "robust", &set, 1);
	world_start(w, 1);
}

static void a_part_is_looked_at_when_one_succeeds_too(void)
{
	struct world w;

	open_world(&w, "executor.halt=soon,fail=20%");
	behave(&w, 1, (struct behaviour){ .verdict = RESULT_FAIL });
	behave(&w, 5, (struct behaviour){ .verdict = RESULT_FAIL });
	for (int64_t id = 1; id <= 12; id++)
		add(&w, 0, "x", 0, id);
	EQ(world_run(&w)->dispatched, 8);
	EQ(outcome_of(&w, 10)->outcome, OUTCOME_DISPATCHED);
	EQ(outcome_of(&w, 11)->cause, CAUSE_HALTED);
	world_close(&w);
}

static void a_stop_ends_what_a_halt_let_go_on(void)
{
	struct world w;
	uint64_t failures;

	world_open_set(&w, "robust",
	               (const char *const[]){ "executor.halt=soon,fail=1", "executor.grace=20ms" },
	               2);
	world_start(&w, 2);
	behave(&w, 1, (struct behaviour){ .verdict = RESULT_FAIL });
	behave(&w, 2, (struct behaviour){ .duration = SPAN_MAX });
	add(&w, 0, "x", 0, 1);
	add(&w, 0, "x", 0, 2);
	tell(&w, 100, EVENT_STOPPED);
	world_run(&w);
	EQ(nth(&w, EFFECT_TERMINATE, 0)->at_ms, 120);
	EQ(outcome_of(&w, 2)->cause, CAUSE_HALTED);
	OK(engine_halted(w.engine, &failures));
	EQ(failures, 1);
	world_close(&w);
}

static void who_is_told_to_stop_does_not_halt(void)
{
	struct world w;
	uint64_t failures;

	open_world(&w, "executor.halt=now,fail=1");
	behave(&w, 1, (struct behaviour){ .duration = span_ms(50), .verdict = RESULT_FAIL });
	add(&w, 0, "x", 0, 1);
	add(&w, 0, "x", 0, 2);
	tell(&w, 10, EVENT_STOPPED);
	world_run(&w);
	EQ(outcome_of(&w, 1)->outcome, OUTCOME_FAILED);
	EQ(outcome_of(&w, 2)->cause, CAUSE_STOPPED);
	OK(!engine_halted(w.engine, &failures));
	world_close(&w);
}

/* A handler's own death is its answer, and the policy may call it well. */
static struct result died(unsigned verdict, int signal)
{
	return (struct result){ .verdict = verdict, .exit = -1, .signal = signal };
}

static void a_signal_of_ours_is_no_answer(void)
{
	struct world w;
	struct effect f;

	open_world(&w, "executor.timeout=10ms");
	struct action *a = world_action(&w, "x", 0, 1);
	engine_feed(w.engine, &(struct event){ .kind = EVENT_ARRIVED, .action = a });
	OK(engine_poll(w.engine, (instant){ 0 }, &f) && f.kind == EFFECT_DISPATCH);
	OK(engine_poll(w.engine, instant_ms(10), &f) && f.kind == EFFECT_TERMINATE);
	engine_feed(w.engine, &(struct event){ .kind = EVENT_FINISHED,
	                                       .now = instant_ms(11),
	                                       .action = a,
	                                       .result = died(RESULT_OK, 15) });
	OK(engine_poll(w.engine, instant_ms(11), &f) && f.kind == EFFECT_OUTCOME);
	EQ(f.outcome, OUTCOME_FAILED);
	engine_action_free(a);
	a = world_action(&w, "x", 0, 2);
	engine_feed(w.engine, &(struct event){ .kind = EVENT_ARRIVED, .action = a });
	OK(engine_poll(w.engine, instant_ms(20), &f) && f.kind == EFFECT_DISPATCH);
	engine_feed(w.engine, &(struct event){ .kind = EVENT_FINISHED,
	                                       .now = instant_ms(21),
	                                       .action = a,
	                                       .result = died(RESULT_OK, 15) });
	OK(engine_poll(w.engine, instant_ms(21), &f) && f.kind == EFFECT_OUTCOME);
	EQ(f.outcome, OUTCOME_DISPATCHED);
	engine_action_free(a);
	world_close(&w);
}

int main(void)
{
	RUN(a_number_of_failures_is_enough_when_it_is_reached);
	RUN(a_part_counts_when_ten_have_ended);
	RUN(never_is_never);
	RUN(other_texts_are_none);
	RUN(a_part_is_looked_at_when_one_succeeds_too);
	RUN(a_stop_ends_what_a_halt_let_go_on);
	RUN(who_is_told_to_stop_does_not_halt);
	RUN(a_signal_of_ours_is_no_answer);
	return t_done();
}
