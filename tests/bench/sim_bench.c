/* sim_bench - the engine under the virtual clock, with many actions in it.
 *
 * Each microsecond of virtual time an action arrives, waits, is woken by the clock, is
 * dispatched and ends, while so many others wait or run. An event is what the driver
 * feeds: an arrival or an end; waits and wakes come on top. Printed is the processor
 * time of one, the best of several rounds, alone and with all that meshq-sim measures.
 * `line`: all wait for one key; `keys`: each for a key of its own; `times`: each for
 * its own time; `runs`: all run. Times are uniform, so that the heaps are not in order
 * by luck. */
#include "base/rng.h"
#include "sim/measure.h"
#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MEASURED = 400000, ROUNDS = 3, STEP = 1000 /* ns */ };

enum shape { LINE, KEYS, TIMES, RUNS, SHAPES };

static const char *const shape_names[] = { "line", "keys", "times", "runs" };

struct bench {
	struct policy policy;
	struct rule_policy rule;
	struct gate *gate;
	struct engine *engine;
	const struct gate_class *class;
	enum shape shape;
	uint64_t waiting; /* how many are to wait, or run */
	struct measure *measure;
	struct rng rng;
	uint64_t arrivals;
	uint64_t before; /* arrivals until there are so many */
	uint64_t events; /* fed while it counts */
	double began, took;
	bool few; /* there were too few in the end */
};

static void open_bench(struct bench *b, enum shape shape, uint64_t waiting)
{
	static char name[] = "rule", key[] = "key";
	static char *keys[] = { key };

	*b = (struct bench){ .shape = shape, .waiting = waiting };
	b->rule = (struct rule_policy){ .name = name, .key = keys, .type = RULE_WINDOW };
	b->rule.key_count = shape == KEYS;
	b->rule.window.ns = shape == KEYS ? (int64_t)waiting * STEP : STEP;
	b->policy.rules = &b->rule;
	b->policy.rule_count = shape == LINE || shape == KEYS;
	b->policy.backpressure.assert_at = UINT64_MAX;
	b->policy.executor = (struct executor_policy){ .queue = UINT32_MAX,
		                                       .max_waiting = UINT32_MAX,
		                                       .max_defers = 16 };
	b->before = shape == LINE ? waiting : 2 * waiting;
	b->gate = gate_new(&b->policy);
	b->engine = engine_new(&b->policy, b->gate, shape == RUNS ? UINT32_MAX : 4);
	b->class = gate_class(b->gate, SLICE("kind"));
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Microseconds until an action comes. At the beginning all of a line come at once, and
 * two of each key, the second of which waits. */
static uint64_t arrival(const struct bench *b, uint64_t n)
{
	if (b->shape == LINE)
		return n < b->before ? 0 : n - b->before + 1;
	if (b->shape == KEYS)
		return n < b->before ? n / 2 : n - b->waiting;
	return n;
}

static span some_time(struct bench *b)
{
	return (span){ (int64_t)rng_below(&b->rng, 2 * b->waiting * STEP) };
}

static struct key key_of(uint64_t n)
{
	return hash_bytes((struct hash_seed){ 1, 2 }, &n, sizeof n);
}

static bool next(void *user, struct event *event)
{
	struct bench *b = user;
	uint64_t n = b->arrivals++;

	uint64_t at = arrival(b, n);

	*event = (struct event){ .kind = EVENT_ARRIVED, .now = { (int64_t)at * STEP } };
	if (n == b->before)
		b->began = seconds();
	if (n == b->before + MEASURED) {
		b->took = seconds() - b->began;
		b->few = engine_depth(b->engine) < b->waiting / 10 * 9;
		event->kind = EVENT_STOPPED;
	}
	if (n >= b->before + MEASURED)
		return n == b->before + MEASURED;
	struct action *a = engine_action_new(b->class);
	a->turn->owner = n;
	if (b->shape == KEYS)
		a->turn->keys[0] = key_of(at % b->waiting);
	if (b->shape == TIMES) {
		a->turn->upstream = UPSTREAM_DEFERRED;
		a->turn->upstream_until = instant_add(event->now, some_time(b));
	}
	event->action = a;
	return true;
}

static void fed(void *user, const struct event *event)
{
	struct bench *b = user;

	b->events += b->arrivals > b->before;
	if (b->measure && event->kind == EVENT_ARRIVED)
		measure_arrival(b->measure, 0, (struct key){ 0, 0 }, event->now, event->now);
}

static span handler(void *user, const struct action *a, instant now, struct result *result)
{
	struct bench *b = user;

	(void)a, (void)now;
	result->exit = 0;
	return b->shape == RUNS ? some_time(b) : (span){ STEP / 2 };
}

static void effect(void *user, const struct effect *f)
{
	struct bench *b = user;

	if (b->measure)
		measure_effect(b->measure, f, 0, (struct key){ 0, 0 },
		               f->action ? f->action->arrived : f->at);
	if (f->kind == EFFECT_OUTCOME)
		engine_action_free(f->action);
}

static void elapse(void *user, instant to)
{
	struct bench *b = user;
	const struct levels levels = { engine_depth(b->engine), engine_running(b->engine),
		                       engine_jobs(b->engine) };

	if (b->measure)
		measure_elapse(b->measure, &levels, to);
}

/* Nanoseconds an event. */
static double run(enum shape shape, uint64_t waiting, bool measured)
{
	struct bench b;
	struct measure measure;
	const struct sim_model model = {
		.next = next,
		.fed = fed,
		.handler = handler,
		.effect = effect,
		.elapse = elapse,
		.user = &b,
	};

	open_bench(&b, shape, waiting);
	measure_init(&measure, (instant){ 0 });
	measure_kind(&measure, SLICE("kind"));
	b.measure = measured ? &measure : NULL;
	sim_run(b.engine, &model, (instant){ 0 });
	if (b.few)
		printf("not so many had to wait: the figure means nothing\n");
	measure_free(&measure);
	engine_free(b.engine);
	gate_free(b.gate);
	return 1e9 * b.took / (double)b.events;
}

static double best(enum shape shape, uint64_t waiting, bool measured)
{
	double least = 0;

	for (int i = 0; i < ROUNDS; i++) {
		double ns = run(shape, waiting, measured);
		least = i == 0 || ns < least ? ns : least;
	}
	return least;
}

int main(void)
{
	for (int shape = 0; shape < SHAPES; shape++)
		for (uint64_t waiting = 1000; waiting <= 1000000; waiting *= 10) {
			double alone = best((enum shape)shape, waiting, false);
			double measured = best((enum shape)shape, waiting, true);

			printf("%-5s %8llu %s: %5.0f ns an event, %5.2f M events/s; "
			       "measured: %5.0f ns, %5.2f M/s\n",
			       shape_names[shape], (unsigned long long)waiting,
			       shape == RUNS ? "running" : "waiting", alone, 1e3 / alone, measured,
			       1e3 / measured);
			fflush(stdout);
		}
	return 0;
}
