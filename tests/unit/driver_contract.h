/* driver_contract.h - what any driver of the engine owes it, and the engine's users.
 *
 * A case is written once and runs on the virtual driver, on the real one, and on the
 * real one in a replay. driver_door.h checks every run at the door of the engine; a
 * case adds what it is about.
 *
 * Where real time passes, a case says what comes after what, how often, and not before
 * when; never how soon, for a machine may be as slow as it likes. What has to be first
 * is there at the beginning: a driver takes all that is due before it waits. */
#ifndef MESHQ_DRIVER_CONTRACT_H
#define MESHQ_DRIVER_CONTRACT_H

#include "driver_real.h"
#include "sim/sim.h"

/* ---- the drivers ---- */

static void virtual_effect(void *user, const struct effect *f)
{
	(void)user;
	door_performed(f);
}

static void virtual_run(struct world *w)
{
	struct sim_model model = world_model(w);

	model.effect = virtual_effect;
	door_open(w, (instant){ 0 }, false);
	w->end_ms = sim_run(w->engine, &model, (instant){ 0 }).ns / NS_PER_MS;
	door_must_have_performed(EFFECT_DISPATCH);
	door_must_have_performed(EFFECT_TERMINATE);
	door_must_have_performed(EFFECT_KILL);
}

static void real_time_run(struct world *w)
{
	real_run(w, false);
}

static void replay_run(struct world *w)
{
	real_run(w, true);
}

static const struct driver {
	const char *name;
	void (*run)(struct world *w);
	bool handlers_take_time;
} drivers[] = {
	{ "virtual", virtual_run, true },
	{ "real", real_time_run, true },
	{ "replay", replay_run, false },
};

static const struct driver *driver;

/* A world of the preset `robust` with some settings. */
static inline void open_world(struct world *w, uint32_t jobs, const char *const *sets)
{
	uint32_t n = 0;

	while (sets[n])
		n++;
	world_open_set(w, "robust", sets, n);
	world_start(w, jobs);
}

#define SETS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NO_SETS ((const char *const[]){ NULL })

static inline const struct engine_stats *drive(struct world *w)
{
	driver->run(w);
	door_close();
	return engine_stats(w->engine);
}

/* The place of an effect in the order of all. */
static inline ptrdiff_t place(const struct world *w, const struct note *n)
{
	return n - w->notes;
}

/* ---- every case on every driver ---- */

enum { VIRTUAL = 1, REAL = 2, REPLAY = 4, IN_TIME = VIRTUAL | REAL, ALL = IN_TIME | REPLAY };

struct driver_case {
	void (*test)(void);
	const char *name;
	unsigned on;
};

#define CASE(test, on)                                                                             \
	{                                                                                          \
		test, #test, on                                                                    \
	}

/* What main does: this program is its own handler. */
static inline int run_cases(const struct driver_case *cases, size_t count, int argc, char **argv)
{
	if (argc == ARGS && strcmp(argv[1], "handler") == 0)
		real_handler(argv);
	/* A shell in the background ignores INT, and a driver would leave it so. */
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	alarm(300); /* a driver that never comes to an end fails here */
	for (unsigned d = 0; d < sizeof drivers / sizeof drivers[0]; d++)
		for (size_t i = 0; i < count; i++) {
			char name[100];

			driver = &drivers[d];
			snprintf(name, sizeof name, "%s: %s", driver->name, cases[i].name);
			if (cases[i].on & 1U << d)
				t_run(cases[i].test, name);
		}
	return t_done();
}

#endif
