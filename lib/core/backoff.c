/* backoff.c - see backoff.h. */
#include "core/backoff.h"

#include "base/mem.h"
#include "core/ladder.h"

#include <stdlib.h>
#include <string.h>

void backoff_init(struct backoff *b, const struct backoff_policy *p)
{
	*b = (struct backoff){ .window = p->initial, .latest = { INT64_MIN } };
}

void backoff_free(struct backoff *b)
{
	free(b->crashes);
	*b = (struct backoff){ 0 };
}

static struct ladder ladder_of(const struct backoff_policy *p)
{
	return (struct ladder){ p->initial, p->factor, p->max, p->jitter };
}

/* ---- the crash history ---- */

static void forget_crashes(struct backoff *b)
{
	b->crash_first = b->crash_count = 0;
}

static void forget_oldest(struct backoff *b)
{
	b->crash_first++;
	b->crash_count--;
}

void backoff_remember(struct backoff *b, instant at)
{
	if (b->crash_first + b->crash_count == b->crash_room) {
		/* Move down when at least half is free, so that moving is O(1) amortised. */
		if (b->crash_first >= b->crash_count && b->crash_first > 0) {
			memcpy(b->crashes, b->crashes + b->crash_first,
			       b->crash_count * sizeof b->crashes[0]);
			b->crash_first = 0;
		} else {
			b->crash_room = b->crash_room ? 2 * b->crash_room : 4;
			b->crashes = mem_resize(b->crashes, b->crash_room, sizeof b->crashes[0]);
		}
	}
	b->crashes[b->crash_first + b->crash_count++] = at;
}

/* Counts the crash at `now`: whether it makes a crash loop. Only the newest
 * `threshold` times can ever tip the count, since time does not go backwards,
 * so no more are kept (D-24). */
static bool crash_loops(struct backoff *b, const struct backoff_policy *p, instant now)
{
	instant cutoff = instant_sub(now, p->crash_window);

	if (p->threshold == 0)
		return true;
	while (b->crash_count && instant_after(cutoff, backoff_crash_at(b, 0)))
		forget_oldest(b);
	while (b->crash_count >= p->threshold)
		forget_oldest(b);
	backoff_remember(b, now);
	return b->crash_count == p->threshold;
}

/* ---- events ---- */

static instant not_before(struct backoff *b, instant now)
{
	return b->latest = instant_later(b->latest, now);
}

static void forgive(struct backoff *b, const struct backoff_policy *p)
{
	b->window = p->initial;
	forget_crashes(b);
}

/* The reference asks at a start or exit how long ago the last start was; the
 * repair asks at the end of a run how long it was. */
static void forgive_if_stable(struct backoff *b, const struct backoff_policy *p, instant now)
{
	if (b->started && instant_until(b->last_start, now).ns >= p->stable_run.ns)
		forgive(b, p);
}

static void end_run(struct backoff *b, const struct backoff_policy *p, instant now)
{
	forgive_if_stable(b, p, now);
	b->started = false;
}

static bool open(struct backoff *b)
{
	bool held = b->state != BACKOFF_IDLE;
	b->state = BACKOFF_IDLE;
	return held;
}

bool backoff_admissible(const struct backoff *b, instant now)
{
	return b->state == BACKOFF_IDLE || !instant_after(b->until, instant_later(b->latest, now));
}

bool backoff_release(struct backoff *b, const struct backoff_policy *p, instant now)
{
	if (b->state == BACKOFF_IDLE || !backoff_admissible(b, now))
		return false;
	if (b->state == BACKOFF_CRASH_LOOPING && p->clear_on_release)
		forget_crashes(b);
	b->state = BACKOFF_IDLE;
	return true;
}

bool backoff_start(struct backoff *b, const struct backoff_policy *p, instant now)
{
	now = not_before(b, now);
	backoff_release(b, p, now);
	if (!p->stable_from_start_to_exit)
		forgive_if_stable(b, p, now);
	b->started = true;
	b->last_start = now;
	return open(b);
}

bool backoff_exit(struct backoff *b, const struct backoff_policy *p, instant now)
{
	now = not_before(b, now);
	backoff_release(b, p, now);
	if (p->stable_from_start_to_exit)
		end_run(b, p, now);
	else
		forgive_if_stable(b, p, now);
	return open(b);
}

void backoff_crash(struct backoff *b, const struct backoff_policy *p, instant now, uint64_t draw)
{
	now = not_before(b, now);
	backoff_release(b, p, now);
	if (p->stable_from_start_to_exit)
		end_run(b, p, now);

	const struct ladder ladder = ladder_of(p);
	bool looping = crash_loops(b, p, now);
	span wait = looping ? p->cooldown : b->window;
	b->window = looping ? p->initial : ladder_next(&ladder, b->window);

	instant until = instant_add(now, ladder_jittered(&ladder, wait, draw));
	bool outlasted =
		p->never_shorten && b->state != BACKOFF_IDLE && instant_after(b->until, until);
	if (!outlasted)
		b->until = until;
	if (looping)
		b->state = BACKOFF_CRASH_LOOPING;
	else if (!outlasted)
		b->state = BACKOFF_BACKING_OFF;
}

bool backoff_force(struct backoff *b, const struct backoff_policy *p)
{
	forgive(b, p);
	return open(b);
}

void backoff_shift(struct backoff *b, span by)
{
	b->until = instant_add(b->until, by);
	b->last_start = instant_add(b->last_start, by);
	b->latest = instant_add(b->latest, by);
	for (uint32_t i = 0; i < b->crash_count; i++)
		b->crashes[b->crash_first + i] = instant_add(backoff_crash_at(b, i), by);
}
