/* driver_real.h - a world driven by lib/sys/loop: real processes, real signals, and
 * time that passes, or that the records bring.
 *
 * Handlers are this very program, called to behave as told. Each says that it runs
 * before its dispatch is over, so that no test depends on how fast a process starts. */
#ifndef MESHQ_DRIVER_REAL_H
#define MESHQ_DRIVER_REAL_H

#include "cli/reply.h"
#include "driver_door.h"
#include "sys/loop.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* ---- the handler ---- */

enum { ARG_READY = 2, ARG_MS, ARG_HINT_MS, ARG_EXIT, ARG_SIGNAL, ARG_IGNORES, ARG_REASON, ARGS };

static inline int64_t real_number(const char *text)
{
	return strtoll(text, NULL, 10);
}

static inline void real_wait(int64_t ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * NS_PER_MS };

	while (ms < 0)
		pause();
	while (nanosleep(&t, &t) != 0)
		;
}

static inline _Noreturn void real_handler(char **argv)
{
	int ready = open(argv[ARG_READY], O_WRONLY | O_CLOEXEC);
	int signal_number = (int)real_number(argv[ARG_SIGNAL]);

	if (real_number(argv[ARG_IGNORES]))
		signal(SIGTERM, SIG_IGN);
	if (ready < 0 || write(ready, "r", 1) != 1)
		_exit(99);
	real_wait(real_number(argv[ARG_MS]));
	if (real_number(argv[ARG_HINT_MS]))
		printf("{\"meshq\":{\"retry_after_ms\":%s}}\n", argv[ARG_HINT_MS]);
	if (argv[ARG_REASON][0])
		fprintf(stderr, "%s\n", argv[ARG_REASON]);
	fflush(NULL);
	if (signal_number) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
		signal(signal_number, SIG_DFL);
		raise(signal_number);
	}
	_exit((int)real_number(argv[ARG_EXIT]));
}

/* ---- the input: a script that becomes readable bit by bit ---- */

struct real {
	struct world *w;
	struct loop loop;
	struct clock clock;
	struct out out;
	struct reply_reader *reply;
	int timer;       /* readable when more of the script can be read */
	instant horizon; /* what is due until then has been read */
	int ready[2];    /* handlers say here that they run */
	char ready_name[64];
	uint64_t ended_peeks;
	timer_t stops[4];
	int stop_count;
};

/* Stops come as signals, not with the input. */
static inline bool real_is_stop(const struct event *e)
{
	return e->kind == EVENT_STOPPED || e->kind == EVENT_KILLED;
}

static inline struct event *real_next(struct real *r)
{
	struct world *w = r->w;

	while (w->script_next < w->script_count && real_is_stop(&w->script[w->script_next]))
		w->script_next++;
	return w->script_next < w->script_count ? &w->script[w->script_next] : NULL;
}

/* The clock is CLOCK_BOOTTIME since its start, moved to the wall time then. */
static inline void real_arm(struct real *r, instant t)
{
	int64_t ns = r->clock.start + instant_until(r->clock.latest, t).ns;
	struct itimerspec when = {
		.it_value = { .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S },
	};
	timerfd_settime(r->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static inline enum loop_input real_peek(void *user, instant *at)
{
	struct real *r = user;
	const struct event *e = real_next(r);

	if (!e) {
		r->ended_peeks++;
		return LOOP_ENDED;
	}
	if (!r->clock.record && instant_after(e->now, r->horizon)) {
		real_arm(r, e->now);
		return LOOP_WAITING;
	}
	*at = e->now;
	return LOOP_RECORD;
}

static inline void real_take(void *user, instant now)
{
	struct real *r = user;
	struct event e = *real_next(r);

	door_must(!instant_after(e.now, now) || engine_stopped(r->w->engine),
	          "nothing is taken before its time");
	r->w->script_next++;
	e.now = now;
	engine_feed(r->w->engine, &e);
}

static inline void real_fill(void *user)
{
	struct real *r = user;
	uint64_t times;

	if (read(r->timer, &times, sizeof times) == (ssize_t)sizeof times)
		r->horizon = r->loop.now;
}

static inline int real_input_fd(void *user)
{
	return ((struct real *)user)->timer;
}

/* ---- handlers ---- */

static inline bool real_runs(const struct real *r)
{
	struct pollfd ready = { .fd = r->ready[0], .events = POLLIN };
	char c;

	return poll(&ready, 1, 60000) == 1 && read(r->ready[0], &c, 1) == 1;
}

/* What the handler is told to do: to end as `said`. */
struct real_order {
	char ms[24], hint_ms[24], exit[12], signal[12], ignores[2];
	char *argv[ARGS + 1];
};

static inline void real_tell(const struct real *r, struct real_order *o, const struct behaviour *b,
                             const struct result *said)
{
	static char self[] = "driver", handler[] = "handler", nothing[] = "";
	bool hangs = b->duration.ns == INT64_MAX;

	snprintf(o->ms, sizeof o->ms, "%" PRId64, hangs ? -1 : b->duration.ns / NS_PER_MS);
	snprintf(o->hint_ms, sizeof o->hint_ms, "%" PRId64,
	         said->has_hint ? said->hint.ns / NS_PER_MS : 0);
	snprintf(o->exit, sizeof o->exit, "%d", said->exit);
	snprintf(o->signal, sizeof o->signal, "%d", said->signal);
	snprintf(o->ignores, sizeof o->ignores, "%d", b->ignores_term);
	o->argv[0] = self;
	o->argv[1] = handler;
	o->argv[ARG_READY] = (char *)(uintptr_t)r->ready_name;
	o->argv[ARG_MS] = o->ms;
	o->argv[ARG_HINT_MS] = o->hint_ms;
	o->argv[ARG_EXIT] = o->exit;
	o->argv[ARG_SIGNAL] = o->signal;
	o->argv[ARG_IGNORES] = o->ignores;
	o->argv[ARG_REASON] = said->reason ? said->reason : nothing;
	o->argv[ARGS] = NULL;
}

static inline bool real_dispatch(void *user, struct action *a, struct result *result)
{
	struct real *r = user;
	struct behaviour b = world_behaviour(r->w, a);
	struct result said = { 0 };
	struct real_order order;
	struct child_command command = {
		.path = "/proc/self/exe",
		.argv = order.argv,
		.environment = environ,
	};
	int code;
	struct err e;

	door.performed[EFFECT_DISPATCH]++;
	world_handler(r->w, a, r->loop.now, &said);
	if (b.never_starts) {
		*result = said;
		return false;
	}
	real_tell(r, &order, &b, &said);
	bool runs = loop_start(&r->loop, a, &command, &code, &e);
	OK(runs && real_runs(r));
	free(said.reason);
	return runs;
}

static inline void real_ended(void *user, const struct run_end *end, struct result *result)
{
	struct real *r = user;

	reply_read(r->reply, end, &r->w->policy.executor, result);
}

static inline void real_effect(void *user, const struct effect *f)
{
	(void)user;
	door_performed(f);
}

static inline void real_report(void *user)
{
	(void)user;
}

/* ---- the run ---- */

/* From here on the script counts from `base`. */
static inline void real_shift(struct world *w, instant base)
{
	span d = { base.ns };

	for (size_t i = 0; i < w->script_count; i++) {
		struct event *e = &w->script[i];

		e->now = instant_add(e->now, d);
		e->until = instant_add(e->until, d);
		if (e->action)
			e->action->turn->expires = instant_add(e->action->turn->expires, d);
	}
}

/* The first stop comes as TERM, the second as INT. */
static inline void real_arm_stops(struct real *r)
{
	const struct world *w = r->w;

	for (size_t i = 0; i < w->script_count; i++) {
		int64_t ns = instant_until(r->horizon, w->script[i].now).ns;
		struct sigevent told = {
			.sigev_notify = SIGEV_SIGNAL,
			.sigev_signo = r->stop_count ? SIGINT : SIGTERM,
		};
		struct itimerspec when = {
			.it_value = { .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S },
		};
		if (!real_is_stop(&w->script[i]))
			continue;
		timer_t *timer = &r->stops[r->stop_count++];
		OK(timer_create(CLOCK_BOOTTIME, &told, timer) == 0 &&
		   timer_settime(*timer, 0, &when, NULL) == 0);
	}
}

/* Nothing that was meant for this run may reach the next. */
static inline void real_disarm_stops(struct real *r)
{
	sigset_t stops;

	while (r->stop_count)
		timer_delete(r->stops[--r->stop_count]);
	sigemptyset(&stops);
	sigaddset(&stops, SIGTERM);
	sigaddset(&stops, SIGINT);
	while (sigtimedwait(&stops, NULL, &(struct timespec){ 0 }) > 0)
		;
}

static const struct loop_ops real_ops = {
	.peek = real_peek,
	.take = real_take,
	.fill = real_fill,
	.input_fd = real_input_fd,
	.dispatch = real_dispatch,
	.ended = real_ended,
	.effect = real_effect,
	.report = real_report,
};

static inline void real_open(struct real *r, struct world *w, bool record)
{
	struct err e;

	*r = (struct real){ .w = w, .reply = reply_reader_new() };
	out_init(&r->out, -1);
	clock_start(&r->clock, record);
	OK(pipe2(r->ready, O_CLOEXEC) == 0);
	snprintf(r->ready_name, sizeof r->ready_name, "/proc/%d/fd/%d", (int)getpid(), r->ready[1]);
	r->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	r->loop = (struct loop){
		.engine = w->engine,
		.clock = &r->clock,
		.out = &r->out,
		.policy = &w->policy.executor,
		.ops = &real_ops,
		.user = r,
	};
	OK(r->timer >= 0 && loop_open(&r->loop, &e));
	r->horizon = clock_now(&r->clock);
	if (!record)
		real_shift(w, r->horizon);
}

static inline void real_close(struct real *r)
{
	loop_close(&r->loop);
	real_disarm_stops(r);
	reply_reader_free(r->reply);
	buf_free(&r->out.pending);
	close(r->timer);
	close(r->ready[0]);
	close(r->ready[1]);
}

static inline void real_run(struct world *w, bool record)
{
	struct real r;

	real_open(&r, w, record);
	door_open(w, record ? (instant){ 0 } : r.horizon, true);
	real_arm_stops(&r);
	loop_run(&r.loop);
	w->end_ms = instant_until(door.base, r.loop.now).ns / NS_PER_MS;
	door_must(r.ended_peeks <= 1, "an input that is over is not asked again");
	door_must_have_performed(EFFECT_DISPATCH);
	real_close(&r);
}

#endif
