#include "sys/workers_state.h"

#include <stdlib.h>
#include <string.h>

enum { WRITE_SOON = 1 << 16 }; /* bytes that are worth a call of their own */

static struct workers *of(const struct runner *r)
{
	return (struct workers *)(uintptr_t)r;
}

/* ---- slots ---- */

static void show_state(struct workers *ws, const struct place *p)
{
	const struct worker *w = &p->worker;

	workers_member(ws, p)->state = !worker_runs(w) ? CREW_OFF
	                               : w->leaving    ? CREW_LEAVING
	                                               : CREW_UP;
}

/* After whatever may have changed what a worker does. */
static void count_slots(struct workers *ws)
{
	for (uint32_t i = 0; i < ws->count; i++)
		show_state(ws, ws->places[i]);
	uint32_t slots = crew_slots(&ws->crew, ws->loop->now);
	uint32_t busy = slots / ws->crew.window;

	if (slots == ws->slots)
		return;
	ws->slots = slots;
	loop_slots(ws->loop, ws->pool, slots, busy ? busy : 1, true);
}

/* ---- what the loop asks ---- */

static bool begin_worker(struct workers *ws, struct place *p, struct result *result)
{
	struct child_command command = {
		.path = ws->program.path,
		.argv = ws->program.argv,
		.environment = ws->program.environment,
		.ignored = ws->loop->ignored,
		.files = ws->loop->files,
	};
	struct err e;
	int code;

	p->culprit = NULL;
	p->broken = false;
	if (worker_start(&p->worker, &command, ws->loop->policy->capture, &code, &e)) {
		crew_started(&ws->crew, p->number, ws->loop->now);
		p->control_due = ws->control.n > 0;
		p->mute = ws->program.mute.ns > 0 && !ws->mute_known
		                  ? tick_sum(clock_monotonic(), ws->program.mute.ns)
		                  : INT64_MAX;
		return true;
	}
	result->verdict = child_may_start(code) ? RESULT_RETRY : RESULT_FAIL;
	result->reason = mem_text(e.text, strlen(e.text));
	return false;
}

static void send_control(struct workers *ws, struct place *p)
{
	p->control_due = false;
	worker_give(&p->worker, buf_slice(&ws->control));
}

static bool start(struct runner *r, struct action *a, slice line, struct result *result)
{
	struct workers *ws = of(r);
	int64_t chosen = crew_choose(&ws->crew, ws->loop->now);

	if (chosen == CREW_NOBODY) {
		result->verdict = RESULT_UNSTARTED;
		return false;
	}
	struct place *p = ws->places[chosen];
	struct worker *w = &p->worker;
	if (!worker_runs(w) && !p->dead && !begin_worker(ws, p, result))
		return false;
	a->turn->run = p;
	workers_member(ws, p)->load++;
	workers_push(ws, p, a);
	if (p->control_due && worker_pending(w) == 0)
		send_control(ws, p);
	if (worker_runs(w) && !w->leaving)
		worker_give(w, (slice){ line.p, line.n + 1 });
	if (worker_pending(w) >= WRITE_SOON) {
		loop_commit(ws->loop);
		worker_write(w, workers_patience(ws));
	}
	if (w->leaving)
		count_slots(ws);
	if (p->count == 1)
		workers_begin_first(ws, p);
	return true;
}

static void rest(struct runner *r)
{
	struct workers *ws = of(r);

	for (uint32_t i = 0; i < ws->count; i++) {
		struct place *p = ws->places[i];
		struct worker *w = &p->worker;

		if (!worker_runs(w) || w->leaving)
			continue;
		if (p->control_due && worker_pending(w) == 0)
			send_control(ws, p);
		if (worker_pending(w))
			worker_write(w, workers_patience(ws));
	}
	count_slots(ws);
}

static uint32_t watched(const struct runner *r)
{
	return of(r)->count * WORKER_WATCHED;
}

static void watch(struct runner *r, struct pollfd *fds)
{
	struct workers *ws = of(r);

	for (uint32_t i = 0; i < ws->count; i++)
		worker_watch(&ws->places[i]->worker, fds + i * WORKER_WATCHED);
}

static void serve_place(struct workers *ws, struct place *p, const struct pollfd *fds)
{
	struct worker *w = &p->worker;

	if (!worker_runs(w))
		return;
	if (fds[0].revents) {
		workers_reap(ws, p);
		return;
	}
	if (fds[1].revents) {
		worker_read(w, workers_patience(ws));
		workers_take_lines(ws, p);
	}
	if (fds[2].revents)
		child_read(&w->child, w->child.err);
	if (fds[3].revents)
		worker_write(w, workers_patience(ws));
	if (p->limit != INT64_MAX && p->limit <= clock_monotonic()) {
		p->limit = INT64_MAX;
		p->culprit = workers_first(p);
		worker_tell(w, SIGTERM, workers_patience(ws));
	}
	if (p->mute <= clock_monotonic())
		workers_tell_mute(ws, p);
	worker_enforce(w, workers_patience(ws));
}

static void serve(struct runner *r, const struct pollfd *fds)
{
	struct workers *ws = of(r);

	for (uint32_t i = 0; i < ws->count; i++) {
		struct place *p = ws->places[i];

		serve_place(ws, p, fds + i * WORKER_WATCHED);
		if (p->dead && !loop_replays(ws->loop))
			workers_tell_ends(ws, p);
	}
	count_slots(ws);
}

static int64_t wait_of(const struct workers *ws, const struct place *p)
{
	int64_t least = worker_wait(&p->worker), other = INT64_MAX;

	if (p->limit != INT64_MAX)
		other = p->limit - clock_monotonic();
	else if (p->dead && !loop_replays(ws->loop))
		other = 0;
	if (p->mute != INT64_MAX && worker_runs(&p->worker)) {
		int64_t mute = p->mute - clock_monotonic();

		other = mute < other ? mute : other;
	}
	return other < least ? other : least;
}

static span wait(struct runner *r)
{
	const struct workers *ws = of(r);
	int64_t least = instant_until(ws->loop->now, crew_wakes(&ws->crew, ws->loop->now)).ns;

	for (uint32_t i = 0; i < ws->count; i++) {
		int64_t next = wait_of(ws, ws->places[i]);
		if (next < least)
			least = next;
	}
	return (span){ least };
}

static void tell(struct runner *r, const struct action *a, int signal)
{
	struct workers *ws = of(r);

	if (a->pool != ws->pool)
		return;
	struct place *p = a->turn->run;
	if (!p->culprit)
		p->culprit = a;
	worker_tell(&p->worker, signal, workers_patience(ws));
	count_slots(ws);
}

static void turn(struct runner *r, const struct action *a)
{
	struct workers *ws = of(r);
	struct place *p = a->pool == ws->pool ? a->turn->run : NULL;

	if (p && p->dead && workers_first(p) == a)
		workers_tell_ends(ws, p);
}

/* One that has nothing to do any more sees the end of its input. */
static void send_home(struct workers *ws, struct place *p)
{
	if (!worker_runs(&p->worker))
		return;
	child_close_in(&p->worker.child);
	worker_leave(&p->worker, workers_patience(ws));
}

static void taken(struct runner *r, struct action *a)
{
	struct workers *ws = of(r);

	if (a->pool != ws->pool)
		return;
	struct place *p = a->turn->run;
	struct crew_member *m = workers_member(ws, p);
	m->load--;
	if (m->surplus && m->load == 0)
		send_home(ws, p);
	if (m->surplus || p->worker.leaving)
		count_slots(ws);
}

static bool end(struct runner *r, bool hurry)
{
	struct workers *ws = of(r);
	bool ended = true;

	for (uint32_t i = 0; i < ws->count; i++) {
		struct place *p = ws->places[i];

		ended &= !worker_runs(&p->worker);
		if (hurry)
			worker_tell(&p->worker, SIGKILL, workers_patience(ws));
		send_home(ws, p);
	}
	return ended;
}

static void add_place(struct workers *ws)
{
	struct place *p = mem_zeroed(1, sizeof *p);

	ws->places = mem_resize(ws->places, ws->count + 1, sizeof(struct place *));
	p->number = ws->count;
	p->limit = p->mute = INT64_MAX;
	ws->places[ws->count++] = p;
}

static void set_jobs(struct runner *r, uint32_t jobs)
{
	struct workers *ws = of(r);

	crew_set_jobs(&ws->crew, jobs);
	while (ws->count < ws->crew.count)
		add_place(ws);
	for (uint32_t i = 0; i < ws->count; i++)
		if (ws->crew.members[i].surplus && ws->crew.members[i].load == 0)
			send_home(ws, ws->places[i]);
	count_slots(ws);
}

static void control(struct runner *r, slice line)
{
	struct workers *ws = of(r);

	buf_clear(&ws->control);
	buf_add_slice(&ws->control, line);
	for (uint32_t i = 0; i < ws->count; i++)
		ws->places[i]->control_due = true;
}

static void release(struct runner *r)
{
	struct workers *ws = of(r);

	for (uint32_t i = 0; i < ws->count; i++) {
		worker_free(&ws->places[i]->worker);
		free(ws->places[i]->asked);
		free(ws->places[i]);
	}
	buf_free(&ws->control);
	crew_free(&ws->crew);
	free(ws->places);
	free(ws);
}

static const struct runner_ops ops = {
	.start = start,
	.watched = watched,
	.watch = watch,
	.serve = serve,
	.wait = wait,
	.rest = rest,
	.tell = tell,
	.turn = turn,
	.taken = taken,
	.end = end,
	.jobs = set_jobs,
	.control = control,
	.free = release,
};

struct runner *workers_new(struct loop *l, uint32_t pool, const struct workers_program *program,
                           const struct run_policy *run, const struct backoff_policy *backoff)
{
	struct workers *ws = mem_zeroed(1, sizeof *ws);

	ws->runner.ops = &ops;
	ws->loop = l;
	ws->pool = pool;
	ws->program = *program;
	ws->slots = UINT32_MAX; /* the engine does not know the pool yet */
	ws->crew = (struct crew){ .window = run->window,
		                  .replay = l->clock->record,
		                  .ladder = backoff };
	ws->line_most = runner_reply_most(l->policy);
	set_jobs(&ws->runner, run->jobs);
	return &ws->runner;
}
