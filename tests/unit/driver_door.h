/* driver_door.h - what passes between a driver and the engine, and what any driver
 * must keep.
 *
 * The linker sends every engine_feed and engine_poll of the program through here
 * (--wrap in the Makefile), so all drivers are watched at the same place, whatever
 * they tell of themselves. Every effect is noted in the world that is driven. */
#ifndef MESHQ_DRIVER_DOOR_H
#define MESHQ_DRIVER_DOOR_H

#include "world.h"

enum { DOOR_IDS = 64 };

struct door {
	struct world *w;
	instant base;     /* when the script's time began */
	bool reads_ahead; /* it may feed what it had read before a stop */

	instant now;
	bool dry; /* the last poll gave nothing */
	uint32_t jobs, running, most_running;
	bool runs[DOOR_IDS];                 /* by id: dispatched, and its end not fed */
	uint64_t fed[EVENT_TICK + 1];        /* by kind of event */
	uint64_t came[EFFECT_EDGE + 1];      /* by kind of effect */
	uint64_t performed[EFFECT_EDGE + 1]; /* and what the driver told of them */
	uint64_t fed_before_first_end;       /* arrivals */
	const char *broken;                  /* the first thing that was not so */
};

static struct door door;

static inline void door_open(struct world *w, instant base, bool reads_ahead)
{
	door = (struct door){
		.w = w,
		.base = base,
		.reads_ahead = reads_ahead,
		.now = { INT64_MIN },
		.jobs = engine_jobs(w->engine),
		.dry = true,
	};
}

static inline void door_must(bool holds, const char *what)
{
	if (!holds && !door.broken)
		door.broken = what;
}

static inline bool *door_runs(const struct action *a)
{
	return &door.runs[(intptr_t)a->user % DOOR_IDS];
}

static inline void door_time(instant now)
{
	door_must(now.ns >= door.now.ns, "time never goes back");
	door_must(now.ns <= door.now.ns || door.dry, "time moves when nothing is left to do");
	door.now = now;
}

static inline bool door_stopped(void)
{
	return door.fed[EVENT_STOPPED] || door.fed[EVENT_KILLED] || engine_stopped(door.w->engine);
}

/* ---- events ---- */

static inline void door_arrived(const struct engine *e)
{
	door_must(!door.fed[EVENT_ENDED], "nothing arrives after the end");
	if (door_stopped())
		door_must(door.reads_ahead, "nothing arrives after a stop");
	else
		door_must(engine_has_room(e), "nothing is fed while there is no room");
	door.fed_before_first_end += door.fed[EVENT_FINISHED] == 0;
}

static inline void door_finished(const struct action *a)
{
	door_must(*door_runs(a), "a dispatch ends once");
	*door_runs(a) = false;
	door.running--;
}

void __real_engine_feed(struct engine *e, const struct event *event);
void __wrap_engine_feed(struct engine *e, const struct event *event);

void __wrap_engine_feed(struct engine *e, const struct event *event)
{
	door_time(event->now);
	door.dry = false;
	if (event->kind == EVENT_ARRIVED)
		door_arrived(e);
	else if (event->kind == EVENT_FINISHED)
		door_finished(event->action);
	else if (event->kind == EVENT_ENDED)
		door_must(!door.fed[EVENT_ENDED], "the end comes once");
	else if (event->kind == EVENT_STOPPED)
		door_must(!door.fed[EVENT_STOPPED] && !door.fed[EVENT_KILLED],
		          "the first stop comes once");
	else if (event->kind == EVENT_JOBS)
		door.jobs = event->jobs;
	door.fed[event->kind]++;
	__real_engine_feed(e, event);
}

/* ---- effects ---- */

static inline void door_dispatched(const struct action *a)
{
	door_must(!*door_runs(a), "one dispatch at a time");
	door_must(!door_stopped(), "nothing starts after a stop");
	door_must(door.running < door.jobs, "no more run than there are jobs");
	*door_runs(a) = true;
	door.running++;
	if (door.running > door.most_running)
		door.most_running = door.running;
}

static inline void door_note(const struct effect *f)
{
	struct note *n = world_take_note(door.w, f);

	n->at_ms = instant_until(door.base, f->at).ns / NS_PER_MS;
	if (f->until.ns != INT64_MAX)
		n->until_ms = instant_until(door.base, f->until).ns / NS_PER_MS;
}

bool __real_engine_poll(struct engine *e, instant now, struct effect *f);
bool __wrap_engine_poll(struct engine *e, instant now, struct effect *f);

bool __wrap_engine_poll(struct engine *e, instant now, struct effect *f)
{
	door_time(now);
	door.dry = !__real_engine_poll(e, now, f);
	if (door.dry)
		return false;
	door.came[f->kind]++;
	door_note(f);
	if (f->kind == EFFECT_DISPATCH)
		door_dispatched(f->action);
	else if (f->kind == EFFECT_TERMINATE || f->kind == EFFECT_KILL)
		door_must(*door_runs(f->action), "only what runs is told to end");
	else if (f->kind != EFFECT_EDGE)
		door_must(!*door_runs(f->action), "what runs is not over");
	return true;
}

/* For the hooks of a driver: it has told of an effect. */
static inline void door_performed(const struct effect *f)
{
	door.performed[f->kind]++;
	world_let_go(door.w, f);
}

static inline void door_must_have_performed(enum effect_kind kind)
{
	door_must(door.performed[kind] == door.came[kind], "every effect is performed");
}

/* ---- the end of a run ---- */

static inline void door_close(void)
{
	const struct engine_stats *s = engine_stats(door.w->engine);

	door_must_have_performed(EFFECT_STEP);
	door_must_have_performed(EFFECT_OUTCOME);
	door_must_have_performed(EFFECT_EDGE);
	door_must(engine_idle(door.w->engine), "it goes on until the engine is idle");
	door_must(door.running == 0, "every dispatch has ended");
	door_must(door.fed[EVENT_FINISHED] == door.came[EFFECT_DISPATCH], "and all were fed");
	door_must(door.fed[EVENT_ENDED] || door_stopped(), "the end was fed");
	door_must(door.came[EFFECT_OUTCOME] == door.fed[EVENT_ARRIVED],
	          "every action that was fed has one outcome");
	door_must(s->received == s->dispatched + s->failed + s->gated + s->expired + s->unfinished,
	          "the counters add up");
	if (!OK(!door.broken))
		printf("# not so: %s\n", door.broken);
}

#endif
