/* Many daemons: kept apart by key, released in the order in which holds end. */
#include "core/backoff_set.h"

#include "t.h"

static const struct backoff_policy policy = {
	.initial = { 500 * NS_PER_MS },
	.factor = 2,
	.max = { 60000 * NS_PER_MS },
	.threshold = 5,
	.crash_window = { 60000 * NS_PER_MS },
	.cooldown = { 300000 * NS_PER_MS },
	.stable_run = { 60000 * NS_PER_MS },
};

static struct key key_of(uint64_t n)
{
	return hash_bytes((struct hash_seed){ 1, 2 }, &n, sizeof n);
}

static struct backoff_daemon *get_at(struct backoff_set *s, uint64_t n, int64_t ms)
{
	char name[24];
	snprintf(name, sizeof name, "%" PRIu64, n);
	return backoff_set_get(s, key_of(n), slice_of(name), instant_ms(ms));
}

static struct backoff_daemon *get(struct backoff_set *s, uint64_t n)
{
	return get_at(s, n, 0);
}

static bool apply(struct backoff_set *s, uint64_t n, enum backoff_event event, int64_t ms)
{
	return backoff_set_apply(s, get_at(s, n, ms), event, instant_ms(ms));
}

/* The name of the next daemon released at `ms`, or "none". */
static slice released(struct backoff_set *s, int64_t ms)
{
	struct backoff_daemon *d = backoff_set_release(s, instant_ms(ms));
	return d ? (slice){ d->name, d->name_size } : SLICE("none");
}

static void a_daemon_is_made_when_first_seen_and_then_found(void)
{
	struct backoff_set s;

	backoff_set_init(&s, &policy, 1);
	OK(!backoff_set_find(&s, key_of(7)));
	struct backoff_daemon *d = get(&s, 7);
	OK(get(&s, 7) == d && backoff_set_find(&s, key_of(7)) == d);
	EQ(d->tracker.window.ns, policy.initial.ns);
	EQ(backoff_set_count(&s), 1);
	OK(backoff_set_at(&s, 0) == d);
	OK(d->key.lo == key_of(7).lo);
	backoff_set_free(&s);
}

static void daemons_do_not_share_anything(void)
{
	struct backoff_set s;

	backoff_set_init(&s, &policy, 1);
	for (int i = 0; i < 4; i++)
		apply(&s, 1, BACKOFF_CRASHED, 0);
	apply(&s, 2, BACKOFF_CRASHED, 0);
	EQ(get(&s, 2)->tracker.state, BACKOFF_BACKING_OFF);
	EQ(get(&s, 2)->tracker.window.ns, span_ms(1000).ns);
	EQ(get(&s, 1)->tracker.window.ns, span_ms(8000).ns);
	backoff_set_free(&s);
}

static void holds_end_in_order_of_time_and_then_of_their_making(void)
{
	struct backoff_set s;

	backoff_set_init(&s, &policy, 1);
	apply(&s, 3, BACKOFF_CRASHED, 100);
	apply(&s, 1, BACKOFF_CRASHED, 100);
	apply(&s, 2, BACKOFF_CRASHED, 0);
	EQ(backoff_set_due(&s).ns, instant_ms(500).ns);
	SAME(released(&s, 499), "none");
	SAME(released(&s, 10000), "2");
	SAME(released(&s, 10000), "3");
	SAME(released(&s, 10000), "1");
	SAME(released(&s, 10000), "none");
	EQ(backoff_set_due(&s).ns, INT64_MAX);
	backoff_set_free(&s);
}

static void a_hold_that_moves_is_released_once_at_its_new_end(void)
{
	struct backoff_set s;

	backoff_set_init(&s, &policy, 1);
	apply(&s, 1, BACKOFF_CRASHED, 0);
	apply(&s, 1, BACKOFF_CRASHED, 100);
	SAME(released(&s, 1099), "none");
	SAME(released(&s, 1100), "1");
	SAME(released(&s, 9999), "none");
	backoff_set_free(&s);
}

static void a_gate_that_is_opened_early_is_not_released_again(void)
{
	static const enum backoff_event openers[] = { BACKOFF_STARTED, BACKOFF_EXITED,
		                                      BACKOFF_FORCED };
	for (size_t i = 0; i < sizeof openers / sizeof openers[0]; i++) {
		struct backoff_set s;

		backoff_set_init(&s, &policy, 1);
		OK(!apply(&s, 1, BACKOFF_CRASHED, 0));
		OK(apply(&s, 1, BACKOFF_CRASHED, 1)); /* was held */
		OK(apply(&s, 1, openers[i], 2));
		OK(!apply(&s, 1, openers[i], 3));
		SAME(released(&s, 10000), "none");
		backoff_set_free(&s);
	}
}

static void D_33_the_same_seed_gives_the_same_waits_and_another_does_not(void)
{
	struct backoff_policy p = policy;
	instant until[3];

	p.jitter = 1;
	for (uint64_t i = 0; i < 3; i++) {
		struct backoff_set s;

		backoff_set_init(&s, &p, 42 + i / 2);
		apply(&s, 1, BACKOFF_CRASHED, 0);
		apply(&s, 2, BACKOFF_CRASHED, 0);
		OK(get(&s, 1)->tracker.until.ns != get(&s, 2)->tracker.until.ns);
		until[i] = get(&s, 2)->tracker.until;
		backoff_set_free(&s);
	}
	EQ(until[0].ns, until[1].ns);
	OK(until[0].ns != until[2].ns);
}

/* A new daemon every second, each crashing once: an hour of them at most, twice. */
static void silent_daemons_are_forgotten_when_that_is_asked_for(void)
{
	struct backoff_set s;
	uint32_t most = 0;

	backoff_set_init(&s, &policy, 1);
	s.forget = span_ms(3600000);
	for (uint64_t i = 0; i < 100000; i++) {
		while (backoff_set_release(&s, instant_ms((int64_t)i * 1000)))
			;
		apply(&s, i, BACKOFF_CRASHED, (int64_t)i * 1000);
		most = backoff_set_count(&s) > most ? backoff_set_count(&s) : most;
	}
	OK(most >= 3600 && most <= 3 * 3600);
	OK(backoff_set_find(&s, key_of(99999 - 3599)));
	OK(!backoff_set_find(&s, key_of(0)));
	backoff_set_free(&s);
}

static void a_daemon_that_is_held_is_not_forgotten(void)
{
	struct backoff_set s;

	backoff_set_init(&s, &policy, 1);
	s.forget = span_ms(1);
	apply(&s, 0, BACKOFF_CRASHED, 0);
	for (uint64_t i = 1; i < 1000; i++)
		apply(&s, i, BACKOFF_STARTED, (int64_t)i * 1000);
	OK(backoff_set_find(&s, key_of(0)));
	OK(backoff_set_count(&s) < 100);
	SAME(released(&s, 1000000), "0");
	backoff_set_free(&s);
}

/* Against a walk over all daemons: who is released when, and nobody is lost. */
static void many_daemons_are_released_as_a_walk_over_all_would(void)
{
	enum { DAEMONS = 300, STEPS = 20000 };
	uint64_t seed = t_seed(5);
	struct rng rng = { seed };
	struct backoff_set s;
	int64_t now = 0;
	bool good = true;

	backoff_set_init(&s, &policy, 1);
	for (int i = 0; i < STEPS && good; i++) {
		now += (int64_t)rng_below(&rng, 200);
		instant earliest = INSTANT_NEVER;
		for (uint32_t k = 0; k < backoff_set_count(&s); k++) {
			const struct backoff *b = &backoff_set_at(&s, k)->tracker;
			if (b->state != BACKOFF_IDLE)
				earliest = instant_earlier(earliest, b->until);
		}
		good = EQ(backoff_set_due(&s).ns, earliest.ns);
		struct backoff_daemon *d = backoff_set_release(&s, instant_ms(now));
		good = OK(!!d == (earliest.ns <= instant_ms(now).ns)) && good;
		good = OK(!d || d->tracker.until.ns == earliest.ns) && good;
		uint64_t what = rng_below(&rng, 8);
		apply(&s, rng_below(&rng, DAEMONS),
		      what > BACKOFF_FORCED ? BACKOFF_CRASHED : (enum backoff_event)what, now);
	}
	if (!good)
		printf("# replay with SEED=%" PRIu64 "\n", seed);
	EQ(backoff_set_count(&s), DAEMONS);
	backoff_set_free(&s);
}

int main(void)
{
	RUN(a_daemon_is_made_when_first_seen_and_then_found);
	RUN(daemons_do_not_share_anything);
	RUN(holds_end_in_order_of_time_and_then_of_their_making);
	RUN(a_hold_that_moves_is_released_once_at_its_new_end);
	RUN(a_gate_that_is_opened_early_is_not_released_again);
	RUN(D_33_the_same_seed_gives_the_same_waits_and_another_does_not);
	RUN(silent_daemons_are_forgotten_when_that_is_asked_for);
	RUN(a_daemon_that_is_held_is_not_forgotten);
	RUN(many_daemons_are_released_as_a_walk_over_all_would);
	return t_done();
}
