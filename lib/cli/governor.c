#include "cli/governor.h"

#include "cli/pools.h"
#include "codec/limits.h"
#include "sys/child.h"

enum {
	COMPLAINT_LOAD = 1,
	COMPLAINT_MEMORY = 2,
	COMPLAINT_PRESSURE = 4,
	QUIET_SECONDS = 10, /* between two notes on the same */
};

static bool has_limits(const struct governor *g)
{
	return throttle_is_limit(g->limits);
}

static bool looks_at_files(const struct governor *g)
{
	return g->file || has_limits(g);
}

/* ---- what the machine says ---- */

static bool read_load(const struct governor *g, struct throttle_sample *s, struct err *e)
{
	return g->limits->max_load <= 0 || machine_load(g->machine, &s->load, e);
}

static bool read_memory(const struct governor *g, struct throttle_sample *s, struct err *e)
{
	if (!g->limits->min_free && g->limits->min_free_share <= 0)
		return true;
	return machine_memory(g->machine, &s->free, &s->free_share, e);
}

static bool read_pressure(const struct governor *g, struct throttle_sample *s, struct err *e)
{
	for (unsigned i = 0; i < THROTTLE_RESOURCES; i++)
		if (g->limits->max_pressure[i] > 0 &&
		    !machine_pressure(g->machine, limits_resource(i), &s->pressure[i], e))
			return false;
	return true;
}

static void complain(struct governor *g, uint32_t what, const struct err *e)
{
	if (!(g->complaints & what))
		cli_warn(g->cli, "%s: goes on without (told once)", e->text);
	g->complaints |= what;
}

/* What cannot be read any more is no limit. */
static struct throttle_sample sample(struct governor *g)
{
	struct throttle_sample s = { .free = UINT64_MAX, .free_share = 1 };
	struct err e;

	if (!read_load(g, &s, &e))
		complain(g, COMPLAINT_LOAD, &e);
	if (!read_memory(g, &s, &e))
		complain(g, COMPLAINT_MEMORY, &e);
	if (!read_pressure(g, &s, &e))
		complain(g, COMPLAINT_PRESSURE, &e);
	return s;
}

/* ---- telling the engine ---- */

static void set_limit(struct governor *g, uint32_t limit, instant now)
{
	if (limit == g->limit)
		return;
	g->limit = limit;
	engine_feed(g->engine, &(struct event){ .kind = EVENT_LIMIT, .now = now, .jobs = limit });
}

/* Children keep the limit that we were given, whenever ours is raised. */
static bool has_room(const struct governor *g, uint32_t jobs)
{
	struct executor_policy p = g->cli->policy.executor;
	struct rlimit before;

	p.jobs = jobs;
	uint64_t processes = pools_processes(&p), most = child_room(processes, &before);
	if (g->files && !g->files->rlim_max)
		*g->files = before;
	return processes <= most;
}

static void tell_jobs(const struct governor *g, uint32_t jobs)
{
	if (!g->watched)
		return;
	if (jobs == 0)
		cli_note(g->cli, "%s: 0, so nothing new is started", g->file->path);
	else
		cli_note(g->cli, "%s: up to %u handler%s at once", g->file->path, jobs,
		         jobs == 1 ? "" : "s");
}

static void set_jobs(struct governor *g, uint32_t jobs, instant now)
{
	if (!has_room(g, jobs)) {
		cli_warn(g->cli, "%s: %u jobs need more open files than 'ulimit -Hn' allows",
		         g->file->path, jobs);
		return;
	}
	tell_jobs(g, jobs);
	engine_feed(g->engine, &(struct event){ .kind = EVENT_JOBS, .now = now, .jobs = jobs });
	if (g->pools)
		pools_set_jobs(g->pools, jobs);
	g->news = true;
}

/* ---- looking at files ---- */

static void look_at_jobs(struct governor *g, instant now)
{
	struct err e;

	switch (jobs_file_look(g->file, &e)) {
	case JOBS_FILE_SAME:
		break;
	case JOBS_FILE_NEW:
		set_jobs(g, g->file->jobs, now);
		break;
	case JOBS_FILE_BAD:
		cli_warn(g->cli, "--jobs: %s; still %u", e.text, g->file->jobs);
		break;
	}
}

/* That it goes on is told when it was told that it does not. */
static void tell_why(struct governor *g, instant real)
{
	struct buf why = { 0 };

	if (!g->watched || (g->closed && (g->told || instant_after(g->told_at, real))))
		return;
	if (g->closed) {
		governor_why(g, &why);
		cli_note(g->cli, "nothing new is started: %s", buf_text(&why));
		g->told_at = instant_add(real, (span){ QUIET_SECONDS * NS_PER_S });
		buf_free(&why);
	} else if (g->told) {
		cli_note(g->cli, "the limits are kept again, and it goes on");
	}
	g->told = g->closed;
}

static void look_at_machine(struct governor *g, instant real)
{
	struct throttle_sample s = sample(g);

	g->allowed = throttle_limit(&g->throttle, g->limits, &s, engine_running(g->engine));
	g->closed = g->allowed == 0;
	tell_why(g, real);
}

static void look_at_files(struct governor *g, instant now, instant real)
{
	if (instant_after(g->due, real))
		return;
	g->due = instant_add(real, (span){ NS_PER_S });
	if (g->file)
		look_at_jobs(g, now);
	if (has_limits(g))
		look_at_machine(g, real);
}

/* ---- tokens ---- */

/* One handler may run without a token. */
static uint32_t without_token(uint32_t running)
{
	return running > 0 ? running - 1 : 0;
}

static uint32_t with_tokens(const struct governor *g)
{
	return g->jobserver ? g->jobserver->held + 1 : UINT32_MAX;
}

static void keep_tokens(struct governor *g, uint32_t keep)
{
	if (g->jobserver)
		jobserver_keep(g->jobserver, keep);
}

/* ---- the start ---- */

static bool readable(struct governor *g, const char **option, struct err *e)
{
	struct throttle_sample s;

	*option = "--max-load";
	if (!read_load(g, &s, e))
		return false;
	*option = "--min-free";
	if (!read_memory(g, &s, e))
		return false;
	*option = "--max-pressure";
	return read_pressure(g, &s, e);
}

/* Nobody starts anything before the first look. */
bool governor_open(struct governor *g, struct err *e)
{
	const char *option;

	clock_start(&g->clock, false);
	g->limit = g->allowed = UINT32_MAX;
	g->due = (instant){ INT64_MIN };
	set_limit(g, looks_at_files(g) ? 0 : with_tokens(g), g->due);
	if (g->file)
		set_jobs(g, g->file->jobs, g->due);
	if (readable(g, &option, e))
		return true;
	e->status = STATUS_OS;
	return err_prefix(e, "%s: the system does not tell", option);
}

/* ---- before a wait ---- */

static bool by_now(instant t, instant now)
{
	return t.ns != INT64_MAX && !instant_after(t, now);
}

/* A file may give slots to the pool as well. */
static instant wanted_at(const struct governor *g)
{
	return g->file ? engine_wants_slot_at(g->engine) : engine_wants_limit_at(g->engine);
}

static span nobody_wants(struct governor *g, instant wanted, instant now)
{
	keep_tokens(g, without_token(engine_running(g->engine)));
	set_limit(g, looks_at_files(g) ? 0 : with_tokens(g), now);
	return instant_until(now, wanted);
}

/* None at all is none of any pool, and not only of the one that the file is for. */
static uint32_t allowed(const struct governor *g)
{
	return g->file && g->file->jobs == 0 ? 0 : g->allowed;
}

/* The driver has started what it could: there is more to start, but no token for it. */
static void want_token(struct governor *g, instant now)
{
	uint32_t running = engine_running(g->engine);

	if (g->jobserver && allowed(g) > running && with_tokens(g) <= running &&
	    by_now(engine_wants_limit_at(g->engine), now))
		g->wanting = !jobserver_take(g->jobserver);
}

static span somebody_wants(struct governor *g, instant now, instant real)
{
	uint32_t running = engine_running(g->engine);

	look_at_files(g, now, real);
	want_token(g, now);
	uint32_t limit = allowed(g) < with_tokens(g) ? allowed(g) : with_tokens(g);
	bool more = g->news || (limit > running && limit > g->limit);

	set_limit(g, limit, now);
	g->news = false;
	if (more)
		return (span){ 0 };
	keep_tokens(g, without_token(running));
	return looks_at_files(g) ? instant_until(real, g->due) : SPAN_MAX;
}

span governor_look_at(struct governor *g, instant now, instant real)
{
	g->wanting = false;
	throttle_count(&g->throttle, engine_running(g->engine), real);
	instant wanted = wanted_at(g);
	return by_now(wanted, now) ? somebody_wants(g, now, real) : nobody_wants(g, wanted, now);
}

span governor_look(struct governor *g, instant now)
{
	if (!looks_at_files(g) && !g->jobserver)
		return SPAN_MAX;
	return governor_look_at(g, now, clock_now(&g->clock));
}

int governor_fd(const struct governor *g)
{
	return g->wanting ? g->jobserver->in : -1;
}

bool governor_why(const struct governor *g, struct buf *out)
{
	if (g->closed)
		limits_why(g->limits, &g->throttle, out);
	return g->closed;
}
