#include "sys/loop.h"

#include "base/mem.h"
#include "core/retry.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum {
	BACKLOG = 256 * 1024, /* output that waits while nothing new is begun */
	ASIDE_CAPTURE = 4096,
};

/* ---- signals ---- */

static void stop(struct loop *l, int signal)
{
	struct event e = { .kind = l->stops ? EVENT_KILLED : EVENT_STOPPED, .now = l->now };

	if (l->stops++ == 0) {
		l->died_of = signal;
		l->stopped = l->now;
		clock_start(&l->since, false);
	} else {
		handlers_signal_all(&l->asides, SIGKILL);
	}
	engine_feed(l->engine, &e);
}

void loop_stop(struct loop *l)
{
	if (!l->stops)
		stop(l, 0);
}

static void read_signals(struct loop *l)
{
	struct signalfd_siginfo info;

	while (read(l->signals, &info, sizeof info) == (ssize_t)sizeof info) {
		if (info.ssi_signo == SIGUSR1)
			l->ops->report(l->user);
		else
			stop(l, (int)info.ssi_signo);
	}
}

bool loop_open(struct loop *l, struct err *e)
{
	static const int stoppers[] = { SIGTERM, SIGINT, SIGHUP };
	sigset_t watched, blocked;

	child_prepare(&l->ignored);
	sigemptyset(&watched);
	sigaddset(&watched, SIGUSR1);
	for (size_t i = 0; i < sizeof stoppers / sizeof stoppers[0]; i++)
		if (!sigismember(&l->ignored, stoppers[i]))
			sigaddset(&watched, stoppers[i]);
	/* A failed write says so, and nothing that was read is lost by it. Blocked they do as
	 * little as ignored, and no child has to undo it. */
	blocked = watched;
	sigaddset(&blocked, SIGPIPE);
	sigaddset(&blocked, SIGXFSZ);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	l->signals = signalfd(-1, &watched, SFD_NONBLOCK | SFD_CLOEXEC);
	if (l->signals < 0)
		return err_system(e, STATUS_OS, "signalfd");
	spawner_open(&l->spawner, l, l->policy->kill_after);
	loop_add(l, &l->spawner.runner);
	l->asides.kill_after = l->policy->kill_after;
	return true;
}

void loop_close(struct loop *l)
{
	spawner_close(&l->spawner);
	handlers_free(&l->asides);
	runners_free(&l->runners);
	if (l->signals > 0)
		close(l->signals);
	free(l->fds);
	l->fds = NULL;
	l->fds_room = 0;
}

/* ---- children ---- */

bool loop_start(struct loop *l, struct action *a, struct child_command *command, int *code,
                struct err *e)
{
	/* In real time the engine watches the timeout. */
	span limit = l->clock->record ? engine_timeout(l->engine, a) : (span){ 0 };

	command->ignored = l->ignored;
	command->files = l->files;
	command->until_end = command->early = true;
	return handlers_start(&l->spawner.handlers, a, command, runner_reply_most(l->policy), limit,
	                      code, e);
}

bool loop_start_aside(struct loop *l, void *owner, struct child_command *command, struct err *e)
{
	/* No grace is the shortest one; to handlers_start it would be no limit. */
	span limit = l->policy->grace.ns > 0 ? l->policy->grace : (span){ 1 };
	int code;

	command->ignored = l->ignored;
	command->files = l->files;
	return handlers_start(&l->asides, owner, command, ASIDE_CAPTURE, limit, &code, e);
}

static void finished(struct loop *l, struct action *a, const struct result *result)
{
	engine_feed(l->engine,
	            &(struct event){ .kind = EVENT_FINISHED,
	                             .now = l->now,
	                             .action = a,
	                             .result = *result,
	                             .draw = retry_draw(l->seed, a->arrival, a->attempts) });
}

static bool finish_aside(struct loop *l)
{
	struct handler *r = handlers_take(&l->asides, false);

	if (!r)
		return false;
	l->ops->aside(l->user, r);
	handlers_release(r);
	return true;
}

/* ---- runners ---- */

void loop_add(struct loop *l, struct runner *r)
{
	runners_add(&l->runners, r);
}

bool loop_replays(const struct loop *l)
{
	return l->clock->record && !l->stops;
}

/* Told to, or of the engine's own accord. */
static bool stopping(const struct loop *l)
{
	return l->stops || engine_stopped(l->engine);
}

void loop_slots(struct loop *l, uint32_t pool, uint32_t slots, uint32_t abreast, bool late)
{
	l->news = true;
	engine_feed(l->engine, &(struct event){ .kind = EVENT_JOBS,
	                                        .now = l->now,
	                                        .pool = pool,
	                                        .jobs = slots,
	                                        .abreast = abreast,
	                                        .late = late });
}

/* In a replay a handler takes no time. */
void loop_began(struct loop *l, struct action *a)
{
	if (loop_replays(l))
		return;
	l->news = true;
	engine_feed(l->engine, &(struct event){ .kind = EVENT_BEGAN, .now = l->now, .action = a });
}

void loop_warn(struct loop *l, const char *text)
{
	if (l->ops->warn)
		l->ops->warn(l->user, text);
}

static void taken(struct loop *l, struct action *a, const struct result *result)
{
	runners_taken(&l->runners, a);
	finished(l, a, result);
}

void loop_ended(struct loop *l, const struct run_end *end)
{
	struct result result = { .exit = -1 };

	l->news = true;
	l->ops->ended(l->user, end, &result);
	if (l->clock->record)
		runners_keep(&l->runners, end->action, &result);
	else
		taken(l, end->action, &result);
}

/* A replay hands results over in the order of dispatch. */
static bool finish_kept(struct loop *l)
{
	struct action *next = loop_replays(l) ? engine_oldest(l->engine) : NULL;
	struct result result;

	if (!runners_next(&l->runners, &next, &result)) {
		if (!next)
			return false;
		runners_turn(&l->runners, next);
		if (!runners_next(&l->runners, &next, &result))
			return false;
	}
	taken(l, next, &result);
	return true;
}

void loop_commit(struct loop *l)
{
	if (l->ops->commit)
		l->ops->commit(l->user);
}

/* What was collected goes off before we wait; true: something has come of it. */
static bool rest(struct loop *l)
{
	l->news = false;
	loop_commit(l);
	runners_rest(&l->runners);
	return l->news;
}

/* ---- the engine ---- */

/* In a replay handlers take no time, so that a signal comes too late for all of them. */
static void tell_to_end(struct loop *l, const struct action *a, int signal)
{
	if (!loop_replays(l))
		runners_tell(&l->runners, a, signal);
}

static void perform(struct loop *l, const struct effect *f)
{
	struct result result = { .exit = -1 };

	switch (f->kind) {
	case EFFECT_DISPATCH:
		if (!l->ops->dispatch(l->user, f->action, &result))
			finished(l, f->action, &result);
		break;
	case EFFECT_TERMINATE:
		tell_to_end(l, f->action, SIGTERM);
		break;
	case EFFECT_KILL:
		tell_to_end(l, f->action, SIGKILL);
		break;
	case EFFECT_OUTCOME:
		l->ops->effect(l->user, f);
		engine_crowd(l->engine, false); /* until peek says so again */
		break;
	case EFFECT_STEP:
	case EFFECT_EDGE:
		l->ops->effect(l->user, f);
		break;
	}
}

static bool lags(const struct out *o)
{
	return o && o->pending.n > BACKLOG && !o->failure;
}

static bool output_lags(const struct loop *l)
{
	return (lags(l->out) || lags(l->beside)) && l->stops <= 2;
}

static void work_effects(struct loop *l)
{
	struct effect f;

	engine_pause(l->engine, output_lags(l));
	while (engine_poll(l->engine, l->now, &f)) {
		perform(l, &f);
		engine_pause(l->engine, output_lags(l));
	}
}

/* ---- input ---- */

/* After a stop, what has been read already is still taken, and comes back as
 * unfinished: nothing that was read is lost. */
static bool may_take(const struct loop *l)
{
	return !l->ended && !output_lags(l) && (stopping(l) || engine_has_room(l->engine));
}

/* A replay takes a record only when its time has come. */
static bool take_input(struct loop *l)
{
	instant at = { INT64_MIN };

	l->hungry = false;
	if (!may_take(l))
		return false;
	switch (l->ops->peek(l->user, &at)) {
	case LOOP_RECORD:
		if (loop_replays(l) && !stopping(l) && instant_after(at, l->now))
			return false;
		l->ops->take(l->user, l->now);
		return true;
	case LOOP_WAITING:
		l->hungry = !stopping(l);
		return false;
	case LOOP_FULL:
		return engine_crowd(l->engine, true); /* it may let go of something */
	case LOOP_ENDED:
		l->ended = true;
		engine_feed(l->engine, &(struct event){ .kind = EVENT_ENDED, .now = l->now });
		return true;
	}
	return false;
}

/* ---- time ---- */

static void read_clock(struct loop *l)
{
	if (!l->clock->record)
		l->now = clock_now(l->clock);
	else if (!l->stops)
		l->now = instant_later(l->now, clock_now(l->clock));
	else
		l->now = instant_add(l->stopped,
		                     instant_until(l->since.latest, clock_now(&l->since)));
}

/* A replay with nothing left to do at this instant goes to the next. A record of that
 * instant is taken before what is due then, as the simulator does it. */
static bool jump(struct loop *l)
{
	instant next = engine_deadline(l->engine), at = { INT64_MIN };

	if (!loop_replays(l) || engine_running(l->engine))
		return false;
	if (may_take(l) && l->ops->peek(l->user, &at) == LOOP_RECORD)
		next = instant_earlier(next, at);
	if (next.ns == INT64_MAX || !instant_after(next, l->now))
		return false;
	clock_show(l->clock, next);
	read_clock(l);
	if (at.ns == next.ns)
		take_input(l);
	return true;
}

/* ---- waiting ---- */

static int64_t shorter(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Fills in the time to wait; NULL: until something happens. */
static const struct timespec *patience(const struct loop *l, span look, struct timespec *t)
{
	instant deadline = loop_replays(l) ? INSTANT_NEVER : engine_deadline(l->engine);
	int64_t wait = instant_until(l->now, deadline).ns;

	wait = shorter(wait, runners_wait(&l->runners).ns);
	wait = shorter(wait, handlers_wait(&l->asides).ns);
	wait = shorter(wait, look.ns);
	if (wait == INT64_MAX)
		return NULL;
	if (wait < 0)
		wait = 0;
	*t = (struct timespec){ .tv_sec = wait / NS_PER_S, .tv_nsec = wait % NS_PER_S };
	return t;
}

enum { FD_SIGNALS, FD_INPUT, FD_OUTPUT, FD_BESIDE, FD_WANTED, FD_CHILDREN };

static struct pollfd watch_output(const struct out *o)
{
	return (struct pollfd){ .fd = o && o->pending.n ? o->fd : -1, .events = POLLOUT };
}

static uint32_t watch(struct loop *l)
{
	uint32_t asides = handlers_watched(&l->asides);
	uint32_t n = FD_CHILDREN + asides + runners_watched(&l->runners);

	if (n > l->fds_room) {
		l->fds_room = n * 2;
		l->fds = mem_resize(l->fds, l->fds_room, sizeof *l->fds);
	}
	int in = l->hungry ? l->ops->input_fd(l->user) : -1;
	int wanted = l->ops->wanted_fd ? l->ops->wanted_fd(l->user) : -1;
	l->fds[FD_SIGNALS] = (struct pollfd){ .fd = l->signals, .events = POLLIN };
	l->fds[FD_INPUT] = (struct pollfd){ .fd = in, .events = POLLIN };
	l->fds[FD_OUTPUT] = watch_output(l->out);
	l->fds[FD_BESIDE] = watch_output(l->beside);
	l->fds[FD_WANTED] = (struct pollfd){ .fd = wanted, .events = POLLIN };
	handlers_watch(&l->asides, l->fds + FD_CHILDREN);
	runners_watch(&l->runners, l->fds + FD_CHILDREN + asides);
	return n;
}

static int output_failure(const struct loop *l)
{
	return l->out->failure || !l->beside ? l->out->failure : l->beside->failure;
}

static void notice_failure(struct loop *l)
{
	int failure = output_failure(l);

	if (!failure || l->output_failed)
		return;
	l->output_failed = true;
	if (!l->stops)
		stop(l, failure == EPIPE ? SIGPIPE : 0);
}

static bool push(struct out *o)
{
	size_t before = o ? o->pending.n : 0;

	return before && (!out_push(o) || o->pending.n < before);
}

/* What can be written now is, before we wait: mostly all of it, and then the wait is not
 * for that. True: some was. */
static bool write_some(struct loop *l)
{
	bool some = push(l->out);

	return push(l->beside) || some;
}

static void wait_for_something(struct loop *l)
{
	struct timespec t;
	span look = l->ops->look ? l->ops->look(l->user) : SPAN_MAX;
	uint32_t asides = handlers_watched(&l->asides), n = watch(l);
	int ready = ppoll(l->fds, n, patience(l, look, &t), NULL);

	read_clock(l);
	if (ready < 0) /* EINTR: a stop and continue */
		return;
	if (l->fds[FD_SIGNALS].revents)
		read_signals(l);
	if (l->fds[FD_OUTPUT].revents)
		out_push(l->out);
	if (l->fds[FD_BESIDE].revents)
		out_push(l->beside);
	if (l->fds[FD_INPUT].revents)
		l->ops->fill(l->user);
	handlers_serve(&l->asides, l->fds + FD_CHILDREN);
	runners_serve(&l->runners, l->fds + FD_CHILDREN + asides);
}

/* ---- the loop ---- */

static bool is_written(const struct out *o)
{
	return !o || o->pending.n == 0 || o->failure;
}

/* A third signal means that nobody will ever read what is still to be written. */
static bool over(const struct loop *l)
{
	bool written = (is_written(l->out) && is_written(l->beside)) || l->stops > 2;

	return engine_idle(l->engine) && runners_all_end(&l->runners, l->stops > 1) &&
	       l->asides.count == 0 && written;
}

static bool let_go(struct loop *l)
{
	return l->ops->more && !output_lags(l) && l->ops->more(l->user);
}

/* One thing that can be done without waiting. A replay never lets its order
 * depend on how fast the input or the output is: it waits for them first. */
static bool progress(struct loop *l)
{
	notice_failure(l);
	if (loop_replays(l) && output_lags(l))
		return false;
	work_effects(l);
	if (let_go(l) || take_input(l))
		return true;
	if (!loop_replays(l))
		return finish_kept(l) || jump(l) || finish_aside(l);
	if (!l->hungry && (rest(l) || finish_kept(l) || jump(l)))
		return true;
	return finish_aside(l);
}

void loop_run(struct loop *l)
{
	read_clock(l);
	for (;;) {
		while (progress(l))
			;
		if (over(l))
			break;
		if (!loop_replays(l) && rest(l))
			continue;
		if (!write_some(l))
			wait_for_something(l);
	}
}
