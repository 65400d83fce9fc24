#include "cli/supervise_state.h"

#include <errno.h>

enum {
	BACKLOG = 256 * 1024, /* output that waits while no input is taken */
};

/* What is left below us at the end has so long to die of KILL. */
static const span patience_at_end = { 5 * NS_PER_S };

/* ---- transactions ---- */

void supervise_begin(struct supervise *s)
{
	if (!trackers_begin(s->trackers)) {
		cli_warn(s->cli, "going on without %s, which is left as it is",
		         s->trackers->store.path);
		trackers_detach(s->trackers);
	}
	supervise_read_clock(s);
}

/* What was decided is on the disk before anybody hears of it. */
static void settle(struct supervise *s)
{
	trackers_commit(s->trackers);
	supervise_events_write(&s->output, &s->told);
}

/* ---- being told to end ---- */

void supervise_stop(struct supervise *s)
{
	supervise_begin(s);
	if (!s->stopping) {
		s->stopped = s->now;
		clock_start(&s->since, false);
	}
	s->stopping = true;
	supervisor_stop(&s->supervisor, s->now);
}

/* Whoever read our output has gone: as any filter, we end with that. Other failures of it leave
 * the daemons alone. */
static void notice_output(struct supervise *s)
{
	int failure = label_failure(&s->labels);
	struct err e;

	if (!failure || s->unwritten == failure)
		return;
	s->unwritten = failure;
	if (failure == EPIPE) {
		if (s->stops++ == 0)
			s->died_of = SIGPIPE;
		supervise_stop(s);
		return;
	}
	errno = failure;
	err_system(&e, STATUS_IO, "write standard output");
	s->status = cli_worse(s->status, cli_fail(s->cli, &e));
}

/* ---- input ---- */

bool supervise_is_crowded(const struct supervise *s)
{
	return s->stopping || s->labels.to[LABEL_OUT].pending.n > BACKLOG;
}

/* What is for nobody here goes through, when records go to standard output. */
static void pass_on(struct supervise *s, const struct record *r)
{
	struct out *out = s->output.out;
	const char *at, *what;
	bool ours;

	if (!supervise_take(s, RELAY_INPUT, r, &ours, &at, &what))
		input_reject(&s->input.input, r, at, "%s", what);
	else if (!ours && out && !out->failure) {
		buf_add_slice(&out->pending, r->line);
		buf_add_char(&out->pending, '\n');
	}
}

static bool take_input(struct supervise *s)
{
	const struct record *r = &s->input.record;

	if (supervise_is_crowded(s))
		return false;
	switch (supervise_input_look(&s->input)) {
	case SUPERVISE_INPUT_RECORD:
		if (supervise_replays(s) && r->has_at && instant_after(r->at, s->now))
			return false;
		pass_on(s, r);
		supervise_input_taken(&s->input);
		return true;
	case SUPERVISE_INPUT_END:
		for (uint32_t i = 0; i < s->part_count; i++)
			if (s->parts[i].over)
				s->parts[i].over(s->parts[i].user);
		return true;
	case SUPERVISE_INPUT_MORE:
	case SUPERVISE_INPUT_NONE:
		break;
	}
	return false;
}

/* ---- the loop ---- */

/* All that is due now. */
static void work(struct supervise *s)
{
	struct supervisor_effect f;
	bool more;

	notice_output(s);
	if (!s->stopping && !instant_after(s->end, s->now))
		supervise_stop(s);
	if (instant_after(supervise_deadline(s), s->now) &&
	    !backoff_store_open(&s->trackers->store) && !s->told.n)
		return;
	supervise_begin(s);
	/* One that cannot be started may be due again at once: signals are looked at in between. */
	do {
		more = supervisor_poll(&s->supervisor, s->now, &f);
		if (more)
			supervise_perform(s, &f);
	} while (more && !(f.kind == SUPERVISOR_START && !s->daemons[f.daemon].process.pid));
	trackers_release(s->trackers, s->now);
	settle(s);
}

/* One that was only stopped may be wanted again. */
static bool over(const struct supervise *s)
{
	if (!supervisor_idle(&s->supervisor))
		return false;
	for (uint32_t i = 0; i < s->count && !s->stopping; i++)
		if (s->supervisor.daemons[i].rest == REST_STOPPED)
			return false;
	return true;
}

static void rest(struct supervise *s)
{
	for (uint32_t i = 0; i < s->part_count; i++)
		if (s->parts[i].rest)
			s->parts[i].rest(s->parts[i].user);
}

/* With `once` the daemon ends for us, as it did, unless it never ran. */
static bool passes_through(const struct supervise *s)
{
	return s->once && s->supervisor.daemons[0].ended;
}

static int status_of(struct supervise *s)
{
	const struct supervised_end *last = &s->supervisor.daemons[0].last;

	if (passes_through(s)) {
		if (!s->died_of)
			s->died_of = last->signal;
		return last->exit > 0 ? last->exit : s->status;
	}
	for (uint32_t i = 0; i < s->count; i++) {
		const struct supervised *d = &s->supervisor.daemons[i];

		if (d->state == SUPERVISED_DOWN &&
		    (d->rest == REST_FAILED || d->rest == REST_GIVEN_UP))
			s->status = cli_worse(s->status, STATUS_SHORTFALL);
	}
	return s->status;
}

/* Everything that was told is written, and what it came to is in s->status. */
static void finish(struct supervise *s)
{
	if (!orphans_end(&s->orphans, patience_at_end))
		cli_warn(s->cli, "a process that a daemon has left behind does not die");
	supervise_drain(s);
	notice_output(s);
	supervise_events_close(&s->output);
	s->status = cli_worse(s->status, s->trackers->status);
	s->status = cli_worse(s->status, s->output.status);
	s->status = cli_worse(s->status, supervise_input_close(&s->input));
}

int supervise_run(struct supervise *s)
{
	supervise_read_clock(s);
	supervise_begin(s);
	s->end = s->limited ? instant_add(s->now, s->limit) : INSTANT_NEVER;
	for (uint32_t i = 0; i < s->count; i++)
		supervisor_want(&s->supervisor, i, true, s->now);
	rest(s);
	for (;;) {
		do {
			work(s);
		} while (take_input(s) || (!over(s) && supervise_jump(s)));
		rest(s);
		if (over(s))
			break;
		supervise_wait(s);
	}
	finish(s);
	return status_of(s);
}
