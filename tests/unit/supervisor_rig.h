/* supervisor_rig.h - supervised daemons without processes. What the supervisor says is written
 * down, a line each, and compared as text:
 *
 *	0 a start
 *	0 a started
 *	0 a open: started
 *	7 a crashed (1) after 7
 *	7 a backing_off until 507: crashed
 *
 * Milliseconds with their decimals, from 0. A start is answered at once, unless that is off. */
#ifndef MESHQ_SUPERVISOR_RIG_H
#define MESHQ_SUPERVISOR_RIG_H

#include "base/buf.h"
#include "core/supervisor.h"
#include "t.h"

#include <signal.h>

enum { RIG_DAEMONS = 8 };

struct rig {
	struct backoff_policy ladder;
	struct daemon_policy daemons[RIG_DAEMONS];
	struct backoff_set set;
	struct supervisor s;
	struct buf said;
	bool by_hand; /* starts are answered by the test */
};

static const char rig_names[RIG_DAEMONS][2] = { "a", "b", "c", "d", "e", "f", "g", "h" };

static inline struct backoff_policy rig_meshos(void)
{
	return (struct backoff_policy){
		.initial = span_ms(500),
		.factor = 2,
		.max = span_ms(60000),
		.threshold = 5,
		.crash_window = span_ms(60000),
		.cooldown = span_ms(300000),
		.stable_run = span_ms(60000),
	};
}

static inline struct backoff_policy rig_robust(void)
{
	struct backoff_policy p = rig_meshos();

	p.jitter = 0.5F;
	p.stable_from_start_to_exit = p.never_shorten = p.clear_on_release = true;
	return p;
}

static inline struct key rig_key(uint32_t i)
{
	return hash_bytes((struct hash_seed){ 1, 2 }, rig_names[i], 1);
}

/* So many daemons with these settings; the rig must not move afterwards. */
static inline void rig_init(struct rig *r, struct backoff_policy ladder, uint32_t count)
{
	*r = (struct rig){ .ladder = ladder };
	backoff_set_init(&r->set, &r->ladder, 1);
	supervisor_init(&r->s, &r->set);
	for (uint32_t i = 0; i < count; i++) {
		r->daemons[i] = (struct daemon_policy){
			.grace = span_ms(10000),
			.stop_signal = SIGTERM,
			.pressure_fd = -1,
		};
		supervisor_add(&r->s, &r->daemons[i], rig_key(i), slice_of(rig_names[i]));
	}
}

static inline void rig_free(struct rig *r)
{
	supervisor_free(&r->s);
	backoff_set_free(&r->set);
	buf_free(&r->said);
}

/* ---- what it says ---- */

static inline void rig_add_end(struct buf *b, const struct supervisor_effect *e)
{
	if (e->end.signal)
		buf_addf(b, " (signal %d) after ", e->end.signal);
	else
		buf_addf(b, " (%d) after ", e->end.exit);
	buf_add_ms(b, e->ran.ns);
}

static inline void rig_add_event(struct buf *b, const struct supervisor_effect *e)
{
	static const char *const names[] = {
		[SUPERVISOR_STARTED] = "started",     [SUPERVISOR_READY] = "ready",
		[SUPERVISOR_NOT_READY] = "not_ready", [SUPERVISOR_STOPPING] = "stopping",
		[SUPERVISOR_STOPPED] = "stopped",     [SUPERVISOR_EXITED] = "exited",
		[SUPERVISOR_CRASHED] = "crashed",     [SUPERVISOR_UNSTARTED] = "unstarted",
		[SUPERVISOR_GIVEN_UP] = "given_up",
	};

	buf_add_text(b, names[e->event]);
	if (e->event == SUPERVISOR_STOPPED || e->event == SUPERVISOR_EXITED ||
	    e->event == SUPERVISOR_CRASHED)
		rig_add_end(b, e);
}

static inline void rig_add_hold(struct buf *b, const struct supervisor_effect *e)
{
	static const char *const states[] = { "open", "backing_off", "crash_looping" };
	static const char *const causes[] = { "started", "exited", "crashed", "forced" };

	buf_add_text(b, states[e->tracker.state]);
	if (e->tracker.state != BACKOFF_IDLE) {
		buf_add_text(b, " until ");
		buf_add_ms(b, e->tracker.until.ns);
	}
	buf_addf(b, ": %s", e->released ? "released" : causes[e->cause]);
	if (e->tripped)
		buf_add_text(b, ", tripped");
	if (e->was_held)
		buf_add_text(b, ", was held");
}

static inline void rig_add(struct buf *b, const struct supervisor_effect *e)
{
	buf_add_ms(b, e->at.ns);
	buf_addf(b, " %s ", rig_names[e->daemon]);
	switch (e->kind) {
	case SUPERVISOR_START:
		buf_add_text(b, "start");
		break;
	case SUPERVISOR_SIGNAL:
		buf_addf(b, "signal %s",
		         e->signal == SIGKILL   ? "KILL"
		         : e->signal == SIGTERM ? "TERM"
		                                : "other");
		break;
	case SUPERVISOR_EVENT:
		rig_add_event(b, e);
		break;
	case SUPERVISOR_HOLD:
		rig_add_hold(b, e);
		break;
	}
	buf_add_char(b, '\n');
}

/* Polls until nothing is left, as a driver does. */
static inline void rig_poll_at(struct rig *r, instant now)
{
	struct supervisor_effect e;

	while (supervisor_poll(&r->s, now, &e)) {
		rig_add(&r->said, &e);
		if (e.kind == SUPERVISOR_START && !r->by_hand)
			supervisor_started(&r->s, e.daemon, now);
	}
}

static inline void rig_poll(struct rig *r, int64_t ms)
{
	rig_poll_at(r, instant_ms(ms));
}

/* What has been said since the last time. */
#define SAID(r, want)                                                                              \
	do {                                                                                       \
		SAME(buf_slice(&(r)->said), (want));                                               \
		buf_clear(&(r)->said);                                                             \
	} while (0)

static inline void rig_hush(struct rig *r)
{
	buf_clear(&r->said);
}

/* ---- what happens; each is followed by what it leads to at that time ---- */

static inline void rig_want(struct rig *r, uint32_t i, bool up, int64_t ms)
{
	supervisor_want(&r->s, i, up, instant_ms(ms));
	rig_poll(r, ms);
}

static inline void rig_restart(struct rig *r, uint32_t i, int64_t ms)
{
	supervisor_restart(&r->s, i, instant_ms(ms));
	rig_poll(r, ms);
}

static inline void rig_stop(struct rig *r, int64_t ms)
{
	supervisor_stop(&r->s, instant_ms(ms));
	rig_poll(r, ms);
}

static inline void rig_started(struct rig *r, uint32_t i, int64_t ms)
{
	supervisor_started(&r->s, i, instant_ms(ms));
	rig_poll(r, ms);
}

static inline void rig_unstarted(struct rig *r, uint32_t i, int64_t ms)
{
	supervisor_unstarted(&r->s, i, instant_ms(ms));
	rig_poll(r, ms);
}

static inline void rig_ready(struct rig *r, uint32_t i, int64_t ms)
{
	supervisor_ready(&r->s, i, instant_ms(ms));
	rig_poll(r, ms);
}

static inline void rig_exit(struct rig *r, uint32_t i, int status, int64_t ms)
{
	supervisor_ended(&r->s, i, (struct supervised_end){ status, 0 }, instant_ms(ms));
	rig_poll(r, ms);
}

static inline void rig_die(struct rig *r, uint32_t i, int number, int64_t ms)
{
	supervisor_ended(&r->s, i, (struct supervised_end){ -1, number }, instant_ms(ms));
	rig_poll(r, ms);
}

#endif
