/* backoff.c - see backoff.h. */
#include "core/backoff.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

void backoff_init(struct backoff *b, const struct backoff_policy *p)
{
	*b = (struct backoff){ .window = p->initial, .latest = { INT64_MIN } };
}

void backoff_free(struct backoff *b)
{
	free(b->crashes);
	*b = (struct backoff){ 0 };
}

/* ---- the ladder ---- */

static double seconds_of(span d)
{
	return (double)(d.ns / NS_PER_S) + (double)(d.ns % NS_PER_S) / 1e9;
}

/* The nearest nanosecond, ties to even. The product of the 53-bit significand
 * and 10^9 has 83 bits, so it is rounded once, from the exact value; a product
 * of doubles would be rounded twice. */
static span nearest_span(double seconds)
{
	uint64_t bits;

	if (!(seconds > 0))
		return (span){ 0 };
	if (seconds >= 0x1p34)
		return SPAN_MAX;
	memcpy(&bits, &seconds, sizeof bits);

	/* seconds = significand * 2^-shift; below 2^34 the shift is at least 19. */
	unsigned shift = 1075U - (unsigned)(bits >> 52);
	if (shift > 83)
		return (span){ 0 };
	uint64_t significand = (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52;
	wide exact = (wide)significand * (uint64_t)NS_PER_S;
	wide half = (wide)1 << (shift - 1);
	wide rest = exact & ((half << 1) - 1);
	wide ns = exact >> shift;
	if (rest > half || (rest == half && (ns & 1)))
		ns++;
	return ns > INT64_MAX ? SPAN_MAX : (span){ (int64_t)ns };
}

/* The reference computes in double seconds and so do we: other arithmetic would
 * differ in the last nanosecond. A factor that is not a number gives the
 * maximum, a negative one zero (the reference aborts, D-24). */
static span next_window(const struct backoff_policy *p, span window)
{
	span base = window.ns > p->initial.ns ? window : p->initial;
	double grown = seconds_of(base) * (double)p->factor;
	double most = seconds_of(p->max);
	return nearest_span(grown < most ? grown : most);
}

/* The wait less what chance takes off: nothing without jitter. */
static span jittered(const struct backoff_policy *p, span wait, uint64_t draw)
{
	double unit = (double)(draw >> 11) * 0x1p-53;
	double part = p->jitter > 0 ? (double)p->jitter * unit : 0;
	span off = nearest_span(seconds_of(wait) * part);
	return (span){ off.ns < wait.ns ? wait.ns - off.ns : 0 };
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

	bool looping = crash_loops(b, p, now);
	span wait = looping ? p->cooldown : b->window;
	b->window = looping ? p->initial : next_window(p, b->window);

	instant until = instant_add(now, jittered(p, wait, draw));
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
