/* What a driver of real processes needs of the engine, step by step. */
#include "core/engine.h"

#include "t.h"

struct bench {
	struct policy policy;
	struct gate *gate;
	struct engine *engine;
};

static void bench_open(struct bench *b)
{
	*b = (struct bench){ 0 };
	b->policy.backpressure = (struct backpressure_policy){ .assert_at = 1000 };
	b->policy.executor = (struct executor_policy){
		.queue = 8,
		.max_waiting = 8,
		.max_defers = 4,
		.retry_after = { NS_PER_S },
		.timeout = { NS_PER_S },
		.kill_after = { NS_PER_S },
	};
	b->gate = gate_new(&b->policy);
	b->engine = engine_new(&b->policy, b->gate, 1);
}

static void bench_close(struct bench *b)
{
	engine_free(b->engine);
	gate_free(b->gate);
}

static struct action *action(struct bench *b)
{
	return engine_action_new(gate_class(b->gate, SLICE("a")));
}

static void feed(struct bench *b, int64_t at_ms, enum event_kind kind, struct action *a)
{
	engine_feed(b->engine, &(struct event){ .kind = kind,
	                                        .now = instant_ms(at_ms),
	                                        .action = a,
	                                        .result = { .verdict = RESULT_OK } });
}

static struct effect poll_one(struct bench *b, int64_t at_ms)
{
	struct effect f = { 0 };

	OK(engine_poll(b->engine, instant_ms(at_ms), &f));
	return f;
}

static bool nothing(struct bench *b, int64_t at_ms)
{
	struct effect f;

	return !engine_poll(b->engine, instant_ms(at_ms), &f);
}

static void a_paused_engine_starts_nothing_but_ends_what_runs(void)
{
	struct bench b;
	bench_open(&b);
	struct action *one = action(&b), *two = action(&b);

	feed(&b, 0, EVENT_ARRIVED, one);
	feed(&b, 0, EVENT_ARRIVED, two);
	EQ(poll_one(&b, 0).kind, EFFECT_DISPATCH);
	engine_pause(b.engine, true);
	feed(&b, 1, EVENT_FINISHED, one);
	EQ(poll_one(&b, 1).outcome, OUTCOME_DISPATCHED);
	OK(nothing(&b, 1));
	engine_pause(b.engine, false);
	EQ(poll_one(&b, 1).kind, EFFECT_DISPATCH);
	engine_pause(b.engine, true);
	EQ(poll_one(&b, 1001).kind, EFFECT_TERMINATE);
	feed(&b, 1001, EVENT_FINISHED, two);
	EQ(poll_one(&b, 1001).kind, EFFECT_OUTCOME);
	engine_action_free(one);
	engine_action_free(two);
	bench_close(&b);
}

static void a_wait_that_comes_back_unfinished_is_not_counted_again(void)
{
	struct bench b;
	bench_open(&b);
	struct action *back = action(&b), *fresh = action(&b);

	back->defers = 1;
	back->turn->upstream = fresh->turn->upstream = UPSTREAM_DEFERRED;
	back->turn->upstream_until = fresh->turn->upstream_until = instant_ms(100);
	back->turn->upstream_rule = fresh->turn->upstream_rule = UINT32_MAX;
	feed(&b, 0, EVENT_ARRIVED, back);
	feed(&b, 0, EVENT_ARRIVED, fresh);
	EQ(poll_one(&b, 0).action == fresh, true); /* its step; the other one makes none */
	OK(nothing(&b, 99));
	EQ(engine_deadline(b.engine).ns, instant_ms(100).ns);
	struct effect f = poll_one(&b, 100);
	EQ(f.kind, EFFECT_DISPATCH);
	OK(f.action == back);
	EQ(back->defers, 1);
	feed(&b, 100, EVENT_FINISHED, back);
	EQ(poll_one(&b, 100).kind, EFFECT_OUTCOME);
	OK(poll_one(&b, 100).action == fresh);
	EQ(fresh->defers, 1);
	feed(&b, 100, EVENT_FINISHED, fresh);
	EQ(poll_one(&b, 100).kind, EFFECT_OUTCOME);
	engine_action_free(back);
	engine_action_free(fresh);
	bench_close(&b);
}

static bool wants(struct bench *b, instant slot, instant limit)
{
	return EQ(engine_wants_slot_at(b->engine).ns, slot.ns) &&
	       EQ(engine_wants_limit_at(b->engine).ns, limit.ns);
}

static void feed_jobs(struct bench *b, enum event_kind kind, uint32_t jobs)
{
	engine_feed(b->engine, &(struct event){ .kind = kind, .now = { 0 }, .jobs = jobs });
}

static void an_effect_says_how_many_of_its_pool_are_worked_on_at_once(void)
{
	struct bench b;
	bench_open(&b);
	struct action *one = action(&b), *other = action(&b);

	feed_jobs(&b, EVENT_JOBS, 3);
	engine_feed(b.engine,
	            &(struct event){ .kind = EVENT_JOBS, .pool = 1, .jobs = 8, .abreast = 2 });
	other->pool = 1;
	feed(&b, 0, EVENT_ARRIVED, one);
	EQ(poll_one(&b, 0).jobs, 3);
	feed(&b, 0, EVENT_ARRIVED, other);
	EQ(poll_one(&b, 0).jobs, 2);
	engine_feed(b.engine, &(struct event){ .kind = EVENT_JOBS, .pool = 1, .jobs = 8 });
	feed(&b, 0, EVENT_FINISHED, other);
	EQ(poll_one(&b, 0).jobs, 8);
	feed(&b, 0, EVENT_FINISHED, one);
	EQ(poll_one(&b, 0).jobs, 3);
	engine_action_free(one);
	engine_action_free(other);
	bench_close(&b);
}

/* A driver asks in whose way it stands: the pool's slots, or the limit over all. */
static void who_waits_for_a_slot_and_who_for_the_limit_is_known(void)
{
	const instant now = { INT64_MIN };
	struct bench b;
	bench_open(&b);
	struct action *one = action(&b), *two = action(&b);

	feed_jobs(&b, EVENT_JOBS, 2);
	feed_jobs(&b, EVENT_LIMIT, 0);
	wants(&b, INSTANT_NEVER, INSTANT_NEVER);
	feed(&b, 0, EVENT_ARRIVED, one);
	OK(nothing(&b, 0));
	wants(&b, now, now);
	EQ(engine_jobs(b.engine), 2);
	feed_jobs(&b, EVENT_LIMIT, 1);
	EQ(poll_one(&b, 0).kind, EFFECT_DISPATCH);
	wants(&b, INSTANT_NEVER, INSTANT_NEVER);
	feed_jobs(&b, EVENT_JOBS, 1);
	feed_jobs(&b, EVENT_LIMIT, 5);
	feed(&b, 0, EVENT_ARRIVED, two);
	OK(nothing(&b, 0));
	wants(&b, now, INSTANT_NEVER);
	engine_pause(b.engine, true);
	wants(&b, INSTANT_NEVER, INSTANT_NEVER);
	engine_pause(b.engine, false);
	feed_jobs(&b, EVENT_LIMIT, 0);
	engine_feed(b.engine, &(struct event){ .kind = EVENT_FINISHED,
	                                       .now = { 0 },
	                                       .action = one,
	                                       .result = { .verdict = RESULT_RETRY } });
	feed(&b, 0, EVENT_STOPPED, NULL);
	wants(&b, INSTANT_NEVER, INSTANT_NEVER);
	EQ(poll_one(&b, 0).kind, EFFECT_OUTCOME);
	EQ(poll_one(&b, 0).kind, EFFECT_OUTCOME);
	engine_action_free(one);
	engine_action_free(two);
	bench_close(&b);
}

static void a_retry_wants_to_start_when_it_is_due(void)
{
	struct bench b;
	bench_open(&b);
	struct action *one = action(&b);

	feed(&b, 0, EVENT_ARRIVED, one);
	EQ(poll_one(&b, 0).kind, EFFECT_DISPATCH);
	feed_jobs(&b, EVENT_LIMIT, 0);
	engine_feed(b.engine, &(struct event){ .kind = EVENT_FINISHED,
	                                       .now = { 0 },
	                                       .action = one,
	                                       .result = { .verdict = RESULT_RETRY } });
	EQ(poll_one(&b, 0).kind, EFFECT_STEP);
	OK(nothing(&b, 0));
	EQ(engine_deadline(b.engine).ns, INT64_MAX);
	wants(&b, (instant){ NS_PER_S }, (instant){ NS_PER_S });
	OK(!engine_wants_slot(b.engine, (instant){ NS_PER_S - 1 }));
	OK(engine_wants_slot(b.engine, (instant){ NS_PER_S }));
	feed(&b, 1, EVENT_STOPPED, NULL);
	EQ(poll_one(&b, 1).kind, EFFECT_OUTCOME);
	engine_action_free(one);
	bench_close(&b);
}

int main(void)
{
	RUN(a_paused_engine_starts_nothing_but_ends_what_runs);
	RUN(a_wait_that_comes_back_unfinished_is_not_counted_again);
	RUN(an_effect_says_how_many_of_its_pool_are_worked_on_at_once);
	RUN(who_waits_for_a_slot_and_who_for_the_limit_is_known);
	RUN(a_retry_wants_to_start_when_it_is_due);
	return t_done();
}
