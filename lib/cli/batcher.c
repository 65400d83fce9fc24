#include "cli/batcher.h"

#include "base/mem.h"
#include "cli/batch.h"
#include "cli/reply.h"
#include "core/batches.h"
#include "sys/entropy.h"

#include <stdlib.h>

enum { SHOWN_MOST = 60 }; /* bytes of a line in a message */

struct batcher {
	struct runner runner;
	struct batcher_setting set;
	const struct executor_policy *policy;
	struct batches gathering;
	struct buf lines; /* of those who are gathered */
	struct handlers handlers;
	struct batch *first; /* those who are not over */
	struct batch_hall hall;
	bool warned[BATCH_FAULTS];
};

static struct batcher *of(const struct runner *r)
{
	return (struct batcher *)(uintptr_t)r;
}

/* ---- what is told once ---- */

static void fault(void *user, enum batch_fault f, slice what)
{
	static const char *const texts[BATCH_FAULTS] = {
		[BATCH_FAULT_NOBODY] = "a reply for an id that is not of its batch",
		[BATCH_FAULT_AGAIN] = "another reply for an id that has one",
		[BATCH_FAULT_BROKEN] = "a reply that cannot be read",
		[BATCH_FAULT_LONG] = "a reply that is too long",
	};
	struct batcher *b = user;
	slice shown = { what.p, what.n < SHOWN_MOST ? what.n : SHOWN_MOST };

	if (b->warned[f])
		return;
	b->warned[f] = true;
	cli_warn(b->set.cli, "handler %s: %s: %.*s%s (told once)",
	         launch_program_path(b->set.program), texts[f], SLICE_ARG(shown),
	         what.n > SHOWN_MOST ? "..." : "");
}

static void echo(const struct batcher *b, const struct handler *h)
{
	slice err = child_tail(&h->child.err_tail, h->child.capture), line;

	while (b->set.cli->verbose && reply_line(&err, &line))
		cli_detail(b->set.cli, "handler: %.*s", SLICE_ARG(line));
}

/* ---- batches that are over ---- */

static void drop(struct batcher *b, struct batch *batch)
{
	struct batch **at = &b->first;

	while (*at != batch)
		at = &(*at)->next;
	*at = batch->next;
	batch_free(batch);
	batches_ended(&b->gathering);
}

static void sweep(struct batcher *b)
{
	struct batch *next;

	for (struct batch *batch = b->first; batch; batch = next) {
		next = batch->next;
		if (batch_over(batch))
			drop(b, batch);
	}
}

static void taken(struct runner *r, struct action *a)
{
	struct batcher *b = of(r);
	struct batch_mate *m = a->turn->run;

	if (a->pool != b->set.pool || !m)
		return;
	a->turn->run = NULL;
	if (m->batch)
		batch_taken(m->batch, m);
	else
		free(m);
}

/* ---- from gathering to a process ---- */

/* In a replay nobody else watches the time of a handler. */
static span limit_of(const struct batcher *b, const struct batch *batch)
{
	span least = SPAN_MAX;

	for (uint32_t i = 0; i < batch->count; i++) {
		span timeout = engine_timeout(b->set.loop->engine, batch->mates[i]->action);

		if (timeout.ns > 0 && timeout.ns < least.ns)
			least = timeout;
	}
	if (least.ns == INT64_MAX)
		least.ns = 0; /* no limit */
	return least;
}

static bool start_process(struct batcher *b, struct batch *batch, slice input, int *code,
                          struct err *e)
{
	struct child_command command = {
		.input = input,
		.ignored = b->set.loop->ignored,
		.files = b->set.loop->files,
		.watcher = &batch->watcher,
	};

	launch_program_command(b->set.program, &command);
	batch->limit = limit_of(b, batch);
	loop_commit(b->set.loop);
	return handlers_start(&b->handlers, batch, &command, b->policy->capture,
	                      loop_replays(b->set.loop) ? batch->limit : (span){ 0 }, code, e);
}

static void launch(struct batcher *b, uint32_t count)
{
	struct batch_mate **mates = mem_new(count * sizeof *mates);
	size_t size = 0;
	struct err e;
	int code = 0;

	for (uint32_t i = 0; i < count; i++) {
		mates[i] = batches_at(&b->gathering, i);
		size += mates[i]->size;
	}
	batches_start(&b->gathering, count);
	struct batch *batch = batch_new(&b->hall, mates, count);
	batch->next = b->first;
	b->first = batch;
	if (start_process(b, batch, (slice){ b->lines.p, size }, &code, &e))
		batch_begin(batch);
	else
		batch_fail(batch, code, e.text);
	memmove(b->lines.p, b->lines.p + size, b->lines.n - size);
	b->lines.n -= size;
}

/* Until something has ended nothing more can come. */
static bool complete(const struct loop *l)
{
	return loop_replays(l) ||
	       (l->ended && engine_depth(l->engine) == engine_running(l->engine));
}

static void launch_due(struct batcher *b, bool all)
{
	uint32_t count;

	sweep(b);
	while ((count = batches_due(&b->gathering, b->set.loop->now, all)))
		launch(b, count);
}

static bool start(struct runner *r, struct action *a, slice line, struct result *result)
{
	struct batcher *b = of(r);
	struct batch_mate *m = mem_zeroed(1, sizeof *m);

	(void)result;
	m->action = a;
	m->id = batch_line_id(b->hall.reader, line);
	m->size = line.n + 1;
	a->turn->run = m;
	buf_add(&b->lines, line.p, m->size);
	batches_join(&b->gathering, m, b->set.loop->now);
	if (b->gathering.count >= b->gathering.most)
		launch_due(b, false);
	return true;
}

/* Told to stop: what has not begun does not begin. */
static void give_back(struct batcher *b)
{
	while (b->gathering.count) {
		const struct batch_mate *m = batches_at(&b->gathering, 0);

		batches_drop(&b->gathering, 1);
		loop_ended(b->set.loop,
		           &(struct run_end){ .how = RUN_UNSTARTED, .action = m->action });
	}
	buf_clear(&b->lines);
}

static void rest(struct runner *r)
{
	struct batcher *b = of(r);

	if (engine_stopped(b->set.loop->engine))
		give_back(b);
	launch_due(b, complete(b->set.loop));
}

/* ---- processes ---- */

static uint32_t watched(const struct runner *r)
{
	return handlers_watched(&of(r)->handlers);
}

static void watch(struct runner *r, struct pollfd *fds)
{
	handlers_watch(&of(r)->handlers, fds);
}

/* One that has said all it was asked for is waited for, but not for ever. */
static void limit_lingering(struct batcher *b)
{
	for (struct batch *batch = b->first; batch; batch = batch->next) {
		if (batch->unanswered || batch->lingers)
			continue;
		batch->lingers = true;
		handlers_limit(&b->handlers, batch, b->policy->kill_after);
	}
}

static void serve(struct runner *r, const struct pollfd *fds)
{
	struct batcher *b = of(r);
	struct handler *h;

	handlers_serve(&b->handlers, fds);
	limit_lingering(b);
	while ((h = handlers_take(&b->handlers, false))) {
		echo(b, h);
		batch_end(h->owner, h);
		handlers_release(h);
	}
	sweep(b);
}

static span wait(struct runner *r)
{
	struct batcher *b = of(r);
	span limit = handlers_wait(&b->handlers);
	instant due = batches_deadline(&b->gathering);
	span left = instant_until(b->set.loop->now, due);

	return loop_replays(b->set.loop) || limit.ns < left.ns ? limit : left;
}

/* Once for all that it is about. */
static void tell(struct runner *r, const struct action *a, int signal)
{
	struct batcher *b = of(r);
	struct batch_mate *m = a->turn->run;

	if (a->pool != b->set.pool || !m || !m->batch)
		return;
	m->told = true;
	if (m->batch->told != signal && m->batch->told != SIGKILL)
		handlers_signal(&b->handlers, m->batch, signal);
	m->batch->told = signal;
}

static bool end(struct runner *r, bool hurry)
{
	struct batcher *b = of(r);

	if (hurry)
		handlers_signal_all(&b->handlers, SIGKILL);
	return b->handlers.count == 0;
}

static void tell_slots(const struct batcher *b)
{
	loop_slots(b->set.loop, b->set.pool, batches_slots(&b->gathering), 0, true);
}

/* A replay keeps what it has begun with. */
static void set_jobs(struct runner *r, uint32_t jobs)
{
	struct batcher *b = of(r);

	if (b->set.loop->clock->record)
		return;
	b->gathering.processes = jobs;
	tell_slots(b);
}

/* ---- life ---- */

static void free_all(struct runner *r)
{
	struct batcher *b = of(r);
	struct batch *next;

	handlers_free(&b->handlers);
	for (struct batch *batch = b->first; batch; batch = next) {
		next = batch->next;
		batch_free(batch);
	}
	for (uint32_t i = 0; i < b->gathering.count; i++)
		free(batches_at(&b->gathering, i));
	batches_free(&b->gathering);
	batch_reader_free(b->hall.reader);
	buf_free(&b->lines);
	free(b);
}

static const struct runner_ops ops = {
	.start = start,
	.watched = watched,
	.watch = watch,
	.serve = serve,
	.wait = wait,
	.rest = rest,
	.tell = tell,
	.taken = taken,
	.end = end,
	.jobs = set_jobs,
	.free = free_all,
};

struct runner *batcher_new(const struct batcher_setting *s)
{
	struct batcher *b = mem_zeroed(1, sizeof *b);
	struct hash_seed seed = { entropy_u64(), entropy_u64() };

	b->runner.ops = &ops;
	b->set = *s;
	b->policy = &s->cli->policy.executor;
	b->gathering = (struct batches){ .most = s->run->batch,
		                         .processes = s->jobs,
		                         .wait = s->run->batch_wait };
	b->handlers.kill_after = b->policy->kill_after;
	b->hall = (struct batch_hall){
		.loop = s->loop,
		.reader = batch_reader_new(seed),
		.most = runner_reply_most(b->policy),
		.fault = fault,
		.user = b,
	};
	tell_slots(b);
	return &b->runner;
}
