/* engine_bench - the engine alone, with many actions waiting.
 *
 * In a steady state each action arrives, is refused and waits, is woken by the
 * clock, dispatched and finished. Prints the events fed a second (an arrival and
 * an end each) and the bytes that one waiting action takes, the best of several
 * rounds. `line`: all wait for one key; `keys`: each for a key of its own;
 * `retry`: each for its own time. */
#include "core/engine.h"
#include "core/gate.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EVENTS = 400000, ROUNDS = 3 };

enum shape { LINE, KEYS, RETRY, SHAPES };

static const char *const shape_names[] = { "line", "keys", "retry" };

struct bench {
	struct policy policy;
	struct rule_policy rule;
	struct gate *gate;
	struct engine *engine;
	const struct gate_class *class;
	enum shape shape;
	uint64_t waiting; /* how many are to wait */
	uint64_t arrivals;
	instant now;
};

static void open_bench(struct bench *b, enum shape shape, uint64_t waiting)
{
	static char name[] = "rule", key[] = "key";
	static char *keys[] = { key };

	*b = (struct bench){ .shape = shape, .waiting = waiting };
	b->rule = (struct rule_policy){ .name = name, .key = keys, .type = RULE_WINDOW };
	b->rule.key_count = shape == KEYS;
	/* About one is let through each microsecond, whatever the shape. */
	b->rule.window.ns = shape == KEYS ? 2 * (int64_t)waiting * 1000 : 1000;
	b->policy.rules = &b->rule;
	b->policy.rule_count = shape != RETRY;
	b->policy.backpressure.assert_at = UINT64_MAX;
	b->policy.executor = (struct executor_policy){ .queue = 1024,
		                                       .max_waiting = UINT32_MAX,
		                                       .max_defers = 16 };
	b->gate = gate_new(&b->policy);
	b->engine = engine_new(&b->policy, b->gate, 1);
	b->class = gate_class(b->gate, SLICE("kind"));
}

static void arrive(struct bench *b)
{
	struct action *a = engine_action_new(b->class);

	a->turn->owner = ++b->arrivals;
	if (b->shape == KEYS) {
		uint64_t k = b->arrivals % b->waiting;
		a->turn->keys[0] = hash_bytes((struct hash_seed){ 1, 2 }, &k, sizeof k);
	} else if (b->shape == RETRY) {
		a->turn->upstream = UPSTREAM_DEFERRED;
		a->turn->upstream_until = instant_add(b->now, (span){ (int64_t)b->waiting * 1000 });
	}
	engine_feed(b->engine,
	            &(struct event){ .kind = EVENT_ARRIVED, .now = b->now, .action = a });
}

/* Polls until there is nothing to do; handlers end at once. Returns the ends. */
static uint64_t work(struct bench *b)
{
	struct effect f;
	uint64_t ends = 0;

	while (engine_poll(b->engine, b->now, &f)) {
		if (f.kind == EFFECT_DISPATCH) {
			engine_feed(b->engine, &(struct event){ .kind = EVENT_FINISHED,
			                                        .now = b->now,
			                                        .action = f.action });
			ends++;
		} else if (f.kind == EFFECT_OUTCOME) {
			engine_action_free(f.action);
		}
	}
	return ends;
}

/* Until so many wait. With keys the first of each goes through. */
static void fill(struct bench *b)
{
	while (engine_depth(b->engine) < b->waiting) {
		if (b->shape != LINE)
			b->now.ns += 1000;
		arrive(b);
		work(b);
	}
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* One leaves and one comes, over and over. */
static double measure(struct bench *b)
{
	uint64_t events = 0;
	double start = seconds();

	while (events < EVENTS) {
		instant deadline = engine_deadline(b->engine);

		if (deadline.ns > b->now.ns)
			b->now = deadline;
		uint64_t ends = work(b);
		for (uint64_t i = 0; i < ends; i++)
			arrive(b);
		events += 2 * ends;
	}
	return (double)events / (seconds() - start);
}

static void close_bench(struct bench *b)
{
	struct effect f;

	engine_feed(b->engine, &(struct event){ .kind = EVENT_STOPPED, .now = b->now });
	while (engine_poll(b->engine, b->now, &f))
		if (f.kind == EFFECT_OUTCOME)
			engine_action_free(f.action);
	engine_free(b->engine);
	gate_free(b->gate);
}

static void run(enum shape shape, uint64_t waiting)
{
	struct bench b;
	double best = 0;
	size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;

	open_bench(&b, shape, waiting);
	fill(&b);
	size_t bytes = mallinfo2().uordblks + mallinfo2().hblkhd - before;
	for (int i = 0; i < ROUNDS; i++) {
		double rate = measure(&b);
		best = rate > best ? rate : best;
	}
	if (engine_stats(b.engine)->deferred + waiting + 10 < b.arrivals)
		printf("not everybody had to wait: the figures mean nothing\n");
	printf("%-5s %8llu waiting: %5.2f M events/s, %4.0f ns an event, %4zu bytes a waiting "
	       "action\n",
	       shape_names[shape], (unsigned long long)waiting, best / 1e6, 1e9 / best,
	       bytes / (size_t)waiting);
	fflush(stdout);
	close_bench(&b);
}

int main(void)
{
	printf("struct action: %zu bytes and 16 a rule\n", sizeof(struct action));
	for (int shape = 0; shape < SHAPES; shape++)
		for (uint64_t waiting = 1000; waiting <= 1000000; waiting *= 10)
			run((enum shape)shape, waiting);
	return 0;
}
