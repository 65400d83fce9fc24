/* Handlers that get more than one action at once: the time of each begins when its turn has
 * come, and one whose process had to go for another's sake is none the worse for it. */
#include "world.h"

static struct world w;

static void opened(const char *set)
{
	world_open_set(&w, "meshos", &set, 1);
	world_start(&w, 0);
}

static void feed(int64_t ms, struct event e)
{
	e.now = instant_ms(ms);
	engine_feed(w.engine, &e);
}

/* Two slots of pool 1, told to be late, and an action in each. */
static void two_are_dispatched(struct action **a, bool late)
{
	struct effect f;

	feed(0, (struct event){ .kind = EVENT_JOBS, .pool = 1, .jobs = 2, .late = late });
	for (int i = 0; i < 2; i++) {
		a[i] = world_action(&w, "mark_avoid", 0, i + 1);
		a[i]->pool = 1;
		feed(0, (struct event){ .kind = EVENT_ARRIVED, .action = a[i] });
		OK(engine_poll(w.engine, instant_ms(0), &f) && f.kind == EFFECT_DISPATCH);
	}
	OK(!engine_poll(w.engine, instant_ms(0), &f));
}

static void finish(int64_t ms, struct action *a, struct result result)
{
	feed(ms, (struct event){ .kind = EVENT_FINISHED, .action = a, .result = result });
}

static struct effect next(int64_t ms)
{
	struct effect f = { .kind = EFFECT_EDGE };

	OK(engine_poll(w.engine, instant_ms(ms), &f));
	return f;
}

static void both_end(struct action **a, int64_t ms)
{
	for (int i = 0; i < 2; i++) {
		finish(ms, a[i], (struct result){ .verdict = RESULT_OK });
		EQ(next(ms).outcome, OUTCOME_DISPATCHED);
		engine_action_free(a[i]);
	}
	feed(ms, (struct event){ .kind = EVENT_ENDED });
	OK(!engine_poll(w.engine, instant_ms(ms), &(struct effect){ 0 }));
	OK(engine_idle(w.engine));
	world_close(&w);
}

static void work_that_has_not_begun_has_taken_no_time(void)
{
	struct action *a[2];

	opened("executor.max_defers=3");
	two_are_dispatched(a, true);
	feed(30, (struct event){ .kind = EVENT_BEGAN, .action = a[0] });
	finish(40, a[1], (struct result){ .verdict = RESULT_RETRY, .lost = true });
	OK(next(40).action == a[1] && next(40).action == a[1]);
	EQ(a[1]->ran.ns, 0);
	finish(50, a[0], (struct result){ .verdict = RESULT_OK });
	OK(next(50).action == a[0]);
	EQ(a[0]->ran.ns, 20 * NS_PER_MS);
	feed(60, (struct event){ .kind = EVENT_BEGAN, .action = a[1] });
	finish(65, a[1], (struct result){ .verdict = RESULT_OK });
	OK(next(65).action == a[1]);
	EQ(a[1]->ran.ns, 5 * NS_PER_MS);
	feed(65, (struct event){ .kind = EVENT_ENDED });
	OK(!engine_poll(w.engine, instant_ms(65), &(struct effect){ 0 }));
	engine_action_free(a[0]);
	engine_action_free(a[1]);
	world_close(&w);
}

static void where_nobody_is_late_time_counts_from_the_dispatch(void)
{
	struct action *a[2];

	opened("executor.timeout=100ms");
	two_are_dispatched(a, false);
	EQ(engine_deadline(w.engine).ns, 100 * NS_PER_MS);
	both_end(a, 50);
}

static void the_time_of_a_late_one_counts_from_its_beginning(void)
{
	struct action *a[2];

	opened("executor.timeout=100ms");
	two_are_dispatched(a, true);
	EQ(engine_deadline(w.engine).ns, INT64_MAX);
	feed(30, (struct event){ .kind = EVENT_BEGAN, .action = a[1] });
	EQ(engine_deadline(w.engine).ns, 130 * NS_PER_MS);
	struct effect f = next(130);
	OK(f.kind == EFFECT_TERMINATE && f.action == a[1]);
	OK(!engine_poll(w.engine, instant_ms(5000), &f));
	both_end(a, 5000);
}

static void a_stop_gives_those_that_have_not_begun_the_grace(void)
{
	struct action *a[2];

	opened("executor.grace=20ms");
	two_are_dispatched(a, true);
	feed(10, (struct event){ .kind = EVENT_STOPPED });
	EQ(engine_deadline(w.engine).ns, 30 * NS_PER_MS);
	OK(next(30).kind == EFFECT_TERMINATE && next(30).kind == EFFECT_TERMINATE);
	both_end(a, 40);
}

static void the_oldest_is_the_one_dispatched_first(void)
{
	struct action *a[2];

	opened("executor.grace=20ms");
	OK(!engine_oldest(w.engine));
	two_are_dispatched(a, true);
	OK(engine_oldest(w.engine) == a[0]);
	both_end(a, 0);
}

static void what_was_lost_is_dispatched_again_at_once_and_the_attempt_does_not_count(void)
{
	struct action *a[2];

	opened("executor.max_defers=0"); /* not one retry */
	two_are_dispatched(a, true);
	finish(10, a[1], (struct result){ .verdict = RESULT_RETRY, .lost = true });
	struct effect f = next(10);
	OK(f.kind == EFFECT_STEP && f.outcome == OUTCOME_RETRYING);
	EQ(f.action->attempts, 0);
	f = next(10);
	OK(f.kind == EFFECT_DISPATCH && f.action == a[1]);
	EQ(a[1]->attempts, 1);
	both_end(a, 20);
}

static void what_is_lost_at_a_stop_is_left_unfinished(void)
{
	struct action *a[2];

	opened("executor.grace=20ms");
	two_are_dispatched(a, true);
	feed(0, (struct event){ .kind = EVENT_STOPPED });
	for (int i = 0; i < 2; i++) {
		finish(10, a[i], (struct result){ .verdict = RESULT_RETRY, .lost = true });
		struct effect f = next(10);
		EQ(f.outcome, OUTCOME_UNFINISHED);
		EQ(f.cause, CAUSE_STOPPED);
		EQ(a[i]->attempts, 0);
		engine_action_free(a[i]);
	}
	OK(engine_idle(w.engine) || !engine_poll(w.engine, instant_ms(10), &(struct effect){ 0 }));
	world_close(&w);
}

int main(void)
{
	RUN(where_nobody_is_late_time_counts_from_the_dispatch);
	RUN(the_time_of_a_late_one_counts_from_its_beginning);
	RUN(a_stop_gives_those_that_have_not_begun_the_grace);
	RUN(work_that_has_not_begun_has_taken_no_time);
	RUN(the_oldest_is_the_one_dispatched_first);
	RUN(what_was_lost_is_dispatched_again_at_once_and_the_attempt_does_not_count);
	RUN(what_is_lost_at_a_stop_is_left_unfinished);
	return t_done();
}
