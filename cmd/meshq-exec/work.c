/* work.c - what the loop asks while it runs: records, handlers, effects. */
#include "base/dur.h"
#include "base/mem.h"
#include "exec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Somebody who watches wants to know why it goes on after the end of the input. */
static void tell_of_drain(struct exec *x)
{
	uint64_t left = engine_depth(x->engine);
	instant next =
		instant_earlier(engine_deadline(x->engine), engine_wants_limit_at(x->engine));
	span wait = instant_until(x->loop.now, next);
	struct buf text = { 0 };

	if (!x->watched || !x->ended || x->loop.died_of || next.ns == INT64_MAX ||
	    wait.ns < NS_PER_S)
		return;
	x->watched = false; /* told once */
	dur_format(&text, (span){ wait.ns - wait.ns % NS_PER_S });
	cli_note(&x->cli, "the input has ended; %llu left to do, the next wait is over in %s",
	         (unsigned long long)left, buf_text(&text));
	buf_free(&text);
}

static enum loop_input peek(void *user, instant *at)
{
	struct exec *x = user;

	x->intake.beside = x->report.outlet.held;
	*at = (instant){ INT64_MIN };
	if (spool_has_next(&x->spool))
		return LOOP_RECORD;
	if (intake_full(&x->intake))
		return LOOP_FULL;
	switch (intake_find(&x->intake, at)) {
	case INPUT_RECORD:
		return LOOP_RECORD;
	case INPUT_MORE:
		return LOOP_WAITING;
	case INPUT_END:
		break;
	}
	x->ended = true;
	tell_of_drain(x);
	return LOOP_ENDED;
}

/* An action of an earlier run, or what the record that was found comes to. */
static void feed(struct exec *x, instant now)
{
	struct event e = { .kind = EVENT_ARRIVED, .now = now };

	if (spool_has_next(&x->spool)) {
		e.action = spool_next(&x->spool);
		engine_feed(x->engine, &e);
		return;
	}
	while (intake_event(&x->intake, now, &e)) {
		engine_feed(x->engine, &e);
		if (e.kind == EVENT_ARRIVED)
			spool_accept(&x->spool, e.action);
		else if (e.kind == EVENT_HELD)
			spool_hold(&x->spool, &e);
	}
}

static void take(void *user, instant now)
{
	struct exec *x = user;

	feed(x, now);
	if (x->came_by.pending.n == 0)
		return;
	outlet_beside(&x->report.outlet, engine_stats(x->engine)->received,
	              buf_slice(&x->came_by.pending));
	buf_clear(&x->came_by.pending);
}

static bool more(void *user)
{
	return outlet_more(&((struct exec *)user)->report.outlet);
}

static void fill(void *user)
{
	input_fill(&((struct exec *)user)->input);
}

static int input_descriptor(void *user)
{
	return input_fd(&((struct exec *)user)->input);
}

/* No place to say that it starts: then it does not, and nothing else does. */
static bool refuse_start(struct exec *x, const struct err *e, struct result *result)
{
	loop_stop(&x->loop);
	result->verdict = RESULT_UNSTARTED;
	result->reason = mem_text(e->text, strlen(e->text));
	return false;
}

static bool start(struct exec *x, struct action *a, struct result *result)
{
	struct runner *runner = pools_runner(x->pools, a->pool);
	span timeout = engine_timeout(x->engine, a);
	instant deadline = timeout.ns > 0 ? instant_add(a->turn->started, timeout) : INSTANT_NEVER;
	struct child_command child = { 0 }; /* nobody watches */
	struct err e;
	int code = 0;

	if (!spool_start(&x->spool, a, runner != NULL, &e))
		return refuse_start(x, &e, result);
	if (runner)
		return runner->ops->start(runner, a, intake_line(&x->intake, a), result);
	bool prepared =
		launch_prepare(x->launch, a, intake_line(&x->intake, a), deadline, &child, &e);
	child.watcher = exec_pass(x, a);
	if (prepared && loop_start(&x->loop, a, &child, &code, &e))
		return true;
	exec_passed(x, a, NULL);
	result->verdict = child_may_start(code) ? RESULT_RETRY : RESULT_FAIL;
	result->reason = mem_text(e.text, strlen(e.text));
	return false;
}

static bool dispatch(void *user, struct action *a, struct result *result)
{
	struct exec *x = user;

	if (start(x, a, result))
		return true;
	intake_result(&x->intake, a, result);
	return false;
}

static void echo(const struct exec *x, slice err)
{
	slice line;

	while (x->cli.verbose && reply_line(&err, &line))
		cli_detail(&x->cli, "handler: %.*s", SLICE_ARG(line));
}

static slice end_of(slice text, uint64_t most)
{
	return text.n > most ? (slice){ text.p + (text.n - most), most } : text;
}

static void handler_ended(void *user, const struct run_end *end, struct result *result)
{
	struct exec *x = user;

	if (end->how == RUN_EXITED && !end->told)
		echo(x, end->err);
	reply_read(x->reply, end, &x->cli.policy.executor, result);
	exec_passed(x, end->action, end);
	if (x->output && end->how != RUN_NO_PROCESS) {
		slice output = end_of(end->out, x->cli.policy.executor.capture);
		result->output = mem_text(output.p, output.n);
		result->output_size = output.n;
	}
	intake_result(&x->intake, end->action, result);
}

static void aside_ended(void *user, const struct handler *r)
{
	struct exec *x = user;

	hook_ended(&x->hook, &x->loop, r);
}

static void edge(struct exec *x, const struct effect *f)
{
	hook_edge(&x->hook, &x->loop, f);
	pools_edge(x->pools, f);
}

/* What goes on in another run has no outcome yet. That it could not go on in this one is
 * no shortfall when it was asked for. */
static void end(struct exec *x, const struct effect *f)
{
	if (spool_keeps(&x->spool, f)) {
		x->report.spooled++;
		x->report.shortfall |= f->cause != CAUSE_END && f->cause != CAUSE_STOPPED;
		outlet_over(&x->report.outlet, f->action->arrival);
	} else {
		report_effect(&x->report, f);
		spool_told(&x->spool, f);
	}
	intake_drop(&x->intake, f->action);
	tell_of_drain(x);
}

static void effect(void *user, const struct effect *f)
{
	struct exec *x = user;

	if (f->kind == EFFECT_OUTCOME) {
		end(x, f);
		return;
	}
	report_effect(&x->report, f);
	if (f->kind == EFFECT_STEP)
		spool_step(&x->spool, f);
	else
		edge(x, f);
	tell_of_drain(x);
}

static void warn(void *user, const char *text)
{
	cli_warn(&((struct exec *)user)->cli, "%s", text);
}

void exec_stats(const struct exec *x, struct buf *out)
{
	report_stats(&x->report, &x->intake, x->input.rejected, x->engine, x->loop.now, out);
}

static void show_stats(void *user)
{
	struct exec *x = user;
	struct buf line = { 0 };

	exec_stats(x, &line);
	cli_make_way(&x->cli);
	fwrite(line.p, 1, line.n, stderr);
	buf_free(&line);
}

static void commit(void *user)
{
	spool_commit(&((struct exec *)user)->spool);
}

static span shorter(span a, span b)
{
	return a.ns < b.ns ? a : b;
}

static span look(void *user)
{
	struct exec *x = user;
	span metrics = metrics_file_look(&x->metrics);
	span governor = governor_look(&x->governor, x->loop.now);
	span spool = spool_look(&x->spool);

	if (x->spool.failed && !x->loop.stops) {
		loop_stop(&x->loop);
		return (span){ 0 };
	}
	return shorter(shorter(metrics, governor), shorter(spool, progress_look(&x->progress)));
}

static int wanted_fd(void *user)
{
	return governor_fd(&((struct exec *)user)->governor);
}

const struct loop_ops exec_ops = {
	.peek = peek,
	.take = take,
	.fill = fill,
	.input_fd = input_descriptor,
	.dispatch = dispatch,
	.ended = handler_ended,
	.aside = aside_ended,
	.effect = effect,
	.more = more,
	.warn = warn,
	.report = show_stats,
	.commit = commit,
	.look = look,
	.wanted_fd = wanted_fd,
};
