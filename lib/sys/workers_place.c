/* One worker: what it has been given, what it answers, and how it ends. */
#include "base/dur.h"
#include "core/retry.h"
#include "sys/workers_state.h"

#include <stdio.h>
#include <sys/wait.h>

static void warn(const struct workers *ws, const char *what)
{
	char text[300];

	snprintf(text, sizeof text, "coprocess %.100s %s", ws->program.path, what);
	loop_warn(ws->loop, text);
}

void workers_tell_mute(struct workers *ws, struct place *p)
{
	struct buf what = { 0 };

	p->mute = INT64_MAX;
	if (ws->mute_known || p->worker.child.out_tail.seen > 0 || !p->count)
		return;
	ws->mute_known = true;
	buf_add_text(&what, "has written nothing for ");
	dur_format(&what, ws->program.mute);
	buf_add_text(&what, ": does it keep its replies back, as jq without --unbuffered does?");
	warn(ws, buf_text(&what));
	buf_free(&what);
}

/* ---- the ring ---- */

void workers_push(struct workers *ws, struct place *p, struct action *a)
{
	if (!p->asked)
		p->asked = mem_zeroed(ws->crew.window, sizeof(struct action *));
	p->asked[(p->first + p->count++) % ws->crew.window] = a;
}

static struct action *pop(struct workers *ws, struct place *p)
{
	struct action *a = p->asked[p->first];

	p->first = (p->first + 1) % ws->crew.window;
	p->count--;
	return a;
}

void workers_begin_first(struct workers *ws, struct place *p)
{
	struct action *a = workers_first(p);

	p->limit = INT64_MAX;
	if (!a || p->worker.leaving)
		return;
	loop_began(ws->loop, a);
	span most = engine_timeout(ws->loop->engine, a);
	if (loop_replays(ws->loop) && most.ns > 0)
		p->limit = tick_sum(clock_monotonic(), most.ns);
}

/* ---- ends ---- */

/* What an end means for the i-th that has not been answered. */
static struct run_end end_of(const struct workers *ws, const struct place *p, uint32_t i)
{
	const struct worker *w = &p->worker;
	struct action *a = p->asked[(p->first + i) % ws->crew.window];
	struct run_end end = {
		.action = a,
		.how = RUN_EXITED,
		.status = p->status,
		.err = child_tail(&w->child.err_tail, ws->loop->policy->capture),
		.shared = true,
		.told = i > 0,
		.timed_out = ws->loop->clock->record && a == p->culprit,
	};

	if (!(w->told || p->broken) || a == p->culprit || (!p->culprit && !w->fault))
		return end;
	if (p->culprit || i > 0) {
		end.how = RUN_LOST;
		end.why = "its coprocess was ended because of another action";
	} else {
		end.how = RUN_BROKEN;
		end.why = w->fault;
	}
	return end;
}

void workers_tell_ends(struct workers *ws, struct place *p)
{
	p->dead = false;
	for (uint32_t i = 0, n = p->count; i < n; i++) {
		struct run_end end = end_of(ws, p, i);
		loop_ended(ws->loop, &end);
	}
	p->count = 0;
}

static bool has_crashed(const struct place *p)
{
	if (p->worker.told)
		return p->worker.fault && !p->culprit;
	return p->broken || p->status != 0 || p->count > 0;
}

static void warn_of_loop(const struct workers *ws, const struct place *p)
{
	struct buf text = { 0 };

	buf_addf(&text, "has crashed %u times within ", ws->crew.ladder->threshold);
	dur_format(&text, ws->crew.ladder->crash_window);
	buf_add_text(&text, ": not started again for ");
	dur_format(&text, instant_until(ws->loop->now, workers_member(ws, p)->backoff.until));
	warn(ws, buf_text(&text));
	buf_free(&text);
}

/* An end that no action tells of. */
static void warn_of_end(const struct workers *ws, const struct place *p)
{
	char text[80];

	if (p->worker.fault)
		snprintf(text, sizeof text, "was ended: %s", p->worker.fault);
	else if (WIFSIGNALED(p->status))
		snprintf(text, sizeof text, "was killed by signal %d while it had nothing to do",
		         WTERMSIG(p->status));
	else
		snprintf(text, sizeof text, "ended with status %d while it had nothing to do",
		         WEXITSTATUS(p->status));
	warn(ws, text);
}

static void climb(struct workers *ws, struct place *p)
{
	struct loop *l = ws->loop;
	uint64_t draw = retry_draw(l->seed, p->number, workers_member(ws, p)->crashes + 1);
	bool crashed = has_crashed(p);

	if (crashed && p->count == 0)
		warn_of_end(ws, p);
	if (crew_ended(&ws->crew, p->number, crashed, l->now, draw))
		warn_of_loop(ws, p);
}

/* ---- replies ---- */

static void answer(struct workers *ws, struct place *p, slice line)
{
	loop_ended(ws->loop,
	           &(struct run_end){ .how = RUN_REPLIED, .action = pop(ws, p), .out = line });
	workers_begin_first(ws, p);
}

/* What it writes now cannot be told from replies any more. */
static void break_off(struct workers *ws, struct place *p, const char *fault)
{
	p->broken = true;
	p->worker.fault = fault;
	worker_tell(&p->worker, SIGTERM, workers_patience(ws));
}

void workers_take_lines(struct workers *ws, struct place *p)
{
	struct worker *w = &p->worker;
	slice line;

	while (!p->broken && !(w->told && w->fault) && worker_line(w, &line)) {
		if (line.n > ws->line_most)
			break_off(ws, p, "its reply is too long a line");
		else if (p->count == 0)
			break_off(ws, p, "it wrote a line that nothing was asked for");
		else
			answer(ws, p, line);
	}
	if (!w->fault && worker_rest(w).n > ws->line_most)
		break_off(ws, p,
		          p->count ? "its reply is too long a line"
		                   : "it wrote what nothing was asked for");
	if (p->broken || (w->told && w->fault))
		worker_drop(w); /* it may go on until it is killed */
}

/* A last line needs no end, if all is well. */
static void take_last(struct workers *ws, struct place *p)
{
	workers_take_lines(ws, p);
	if (p->count && !p->worker.told && p->status == 0 && worker_rest(&p->worker).n)
		answer(ws, p, worker_rest(&p->worker));
}

void workers_reap(struct workers *ws, struct place *p)
{
	worker_reap(&p->worker, &p->status);
	take_last(ws, p);
	climb(ws, p);
	p->limit = INT64_MAX;
	p->dead = p->count && loop_replays(ws->loop);
	if (!p->dead)
		workers_tell_ends(ws, p);
}
