#include "cli/trackers.h"

#include "codec/record.h"
#include "sys/entropy.h"

#include <unistd.h>

bool trackers_init(struct trackers *t, struct cli *cli, struct clock *clock,
                   const struct trackers_config *config, struct err *e)
{
	struct hash_seed seed = { entropy_u64(), entropy_u64() };

	t->cli = cli;
	t->clock = clock;
	if (!hold_key_init(&t->key, config->key, e))
		return err_prefix(e, "--key");
	backoff_store_init(&t->store, config->state, &cli->policy.backoff, seed,
	                   config->jitter_seed);
	t->store.set.forget = config->forget;
	return true;
}

void trackers_free(struct trackers *t)
{
	backoff_store_free(&t->store);
	hold_key_free(&t->key);
}

/* ---- what is told ---- */

void trackers_tell(struct trackers *t, slice name, const struct backoff *tracker,
                   enum hold_cause cause, bool was_held, instant at)
{
	hold_add(&t->key, name, tracker, cause, was_held, at, t->told);
}

static void tell(struct trackers *t, const struct backoff_daemon *d, enum hold_cause cause,
                 instant at)
{
	trackers_tell(t, (slice){ d->name, d->name_size }, &d->tracker, cause, false, at);
}

/* Ends what is over at `now`, in order of time: holds of the set, and those that
 * we knew `before` the file was read and that somebody else has ended since. */
static void release_until(struct trackers *t, struct backoff_set *before, instant now)
{
	struct backoff_set *set = &t->store.set;

	for (;;) {
		bool ours = !instant_after(backoff_set_due(set), backoff_set_due(before));
		struct backoff_daemon *d = backoff_set_release(ours ? set : before, now);
		if (!d)
			return;
		instant end = d->tracker.until;
		if (ours)
			t->store.changed = true;
		else
			d = backoff_set_find(set, d->key);
		if (d && d->tracker.state == BACKOFF_IDLE)
			tell(t, d, HOLD_RELEASED, end);
	}
}

/* Holds of an earlier run or of another process that are news to our readers, and
 * holds that somebody has opened before their time. */
static void tell_news(struct trackers *t, const struct backoff_set *before, instant now)
{
	const struct backoff_set *s = &t->store.set;

	for (uint32_t i = 0; i < backoff_set_count(s); i++) {
		const struct backoff_daemon *d = backoff_set_at(s, i);
		const struct backoff_daemon *old = backoff_set_find(before, d->key);
		const struct backoff *is = &d->tracker, *was = old ? &old->tracker : NULL;
		bool held = is->state != BACKOFF_IDLE, was_held = was && was->state != BACKOFF_IDLE;

		if (held ? !was_held || was->state != is->state || was->until.ns != is->until.ns
		         : was_held)
			tell(t, d, HOLD_RESTORED, now);
	}
}

/* ---- the file ---- */

/* The latest that any tracker has seen. */
static instant latest_of(const struct backoff_set *s)
{
	instant latest = { INT64_MIN };

	for (uint32_t i = 0; i < backoff_set_count(s); i++)
		latest = instant_later(latest, backoff_set_at(s, i)->tracker.latest);
	return latest;
}

/* The trackers are as old as their latest instant at least. A record clock moves
 * on to it. A wall clock that lies well before it was set back, and the time in
 * between is unknown: none has passed, so all of them move back with the clock
 * instead of being held until it has caught up. */
static void set_time(struct trackers *t)
{
	struct backoff_set *s = &t->store.set;
	instant latest = latest_of(s);

	clock_show(t->clock, latest);
	span back = instant_until(latest, clock_now(t->clock));
	if (back.ns > -60 * NS_PER_S)
		return;
	for (uint32_t i = 0; i < backoff_set_count(s); i++) {
		struct backoff_daemon *d = backoff_set_at(s, i);
		backoff_shift(&d->tracker, back);
		backoff_set_touch(s, d);
	}
	t->store.changed = true;
}

bool trackers_look(struct trackers *t, struct err *e)
{
	struct backoff_set before;
	bool news;

	if (!backoff_store_load(&t->store, &before, &news, e))
		return false;
	if (news)
		backoff_set_free(&before);
	set_time(t);
	return true;
}

bool trackers_begin(struct trackers *t)
{
	struct backoff_set before;
	struct err e;
	bool news;

	if (!t->store.path || backoff_store_open(&t->store))
		return true;
	if (!backoff_store_begin(&t->store, &e) ||
	    !backoff_store_load(&t->store, &before, &news, &e)) {
		t->status = cli_worse(t->status, cli_fail(t->cli, &e));
		return false;
	}
	if (news) {
		set_time(t);
		release_until(t, &before, clock_now(t->clock));
		tell_news(t, &before, clock_now(t->clock));
		backoff_set_free(&before);
	}
	return true;
}

void trackers_commit(struct trackers *t)
{
	struct err e;

	if (backoff_store_commit(&t->store, &e))
		return;
	if (!t->save_failed)
		t->status = cli_worse(t->status, cli_fail(t->cli, &e));
	t->save_failed = true;
}

void trackers_detach(struct trackers *t)
{
	if (backoff_store_open(&t->store))
		close(t->store.lock);
	t->store.lock = -1;
	t->store.path = NULL;
}

/* ---- events ---- */

bool trackers_release(struct trackers *t, instant now)
{
	struct backoff_set none = { 0 };

	if (instant_after(trackers_due(t), now))
		return true;
	if (!trackers_begin(t))
		return false;
	release_until(t, &none, now);
	return true;
}

enum hold_cause trackers_cause(enum backoff_event event)
{
	static const enum hold_cause causes[] = {
		[BACKOFF_STARTED] = HOLD_STARTED,
		[BACKOFF_EXITED] = HOLD_EXITED,
		[BACKOFF_CRASHED] = HOLD_CRASHED,
		[BACKOFF_FORCED] = HOLD_FORCED,
	};

	return causes[event];
}

bool trackers_apply(struct trackers *t, slice name, enum backoff_event event, instant now)
{
	struct backoff_set *s = &t->store.set;
	struct backoff_daemon *d = backoff_set_get(s, trackers_key(t, name), name, now);
	bool held = backoff_set_apply(s, d, event, now);

	t->store.changed = true;
	trackers_tell(t, name, &d->tracker, trackers_cause(event), held && event != BACKOFF_CRASHED,
	              now);
	return held;
}

struct key trackers_key(const struct trackers *t, slice name)
{
	return json_fingerprint(t->store.seed, name);
}

const struct backoff_daemon *trackers_find(const struct trackers *t, slice name)
{
	return backoff_set_find(&t->store.set, trackers_key(t, name));
}
