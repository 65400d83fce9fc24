/* The restart ladder: reference section 9, its tests (section 13), what they
 * leave open, the defects by number, and a naive model. */
#include "core/backoff.h"

#include "base/mem.h"
#include "base/rng.h"
#include "t.h"

#include <float.h>
#include <math.h>

static struct backoff_policy defaults(void)
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

/* A tracker, its policy and its time: what every test needs. */
struct rig {
	struct backoff_policy p;
	struct backoff b;
};

static struct rig rig(void)
{
	struct rig r = { .p = defaults() };
	backoff_init(&r.b, &r.p);
	return r;
}

static struct rig rig_of(struct backoff_policy p)
{
	struct rig r = { .p = p };
	backoff_init(&r.b, &r.p);
	return r;
}

static void crash(struct rig *r, int64_t ms)
{
	backoff_crash(&r->b, &r->p, instant_ms(ms), 0);
}

static bool start(struct rig *r, int64_t ms)
{
	return backoff_start(&r->b, &r->p, instant_ms(ms));
}

static bool clean_exit(struct rig *r, int64_t ms)
{
	return backoff_exit(&r->b, &r->p, instant_ms(ms));
}

static bool release(struct rig *r, int64_t ms)
{
	return backoff_release(&r->b, &r->p, instant_ms(ms));
}

#define HELD(r, want_state, until_ms, window_ms)                                                   \
	do {                                                                                       \
		EQ((r).b.state, (want_state));                                                     \
		EQ((r).b.until.ns, instant_ms(until_ms).ns);                                       \
		EQ((r).b.window.ns, span_ms(window_ms).ns);                                        \
	} while (0)

#define IDLE(r, window_ms)                                                                         \
	do {                                                                                       \
		EQ((r).b.state, BACKOFF_IDLE);                                                     \
		EQ((r).b.window.ns, span_ms(window_ms).ns);                                        \
	} while (0)

/* ---- the reference's own tests, by behaviour ---- */

static void a_fresh_tracker_is_idle_and_admissible(void)
{
	struct rig r = rig();
	IDLE(r, 500);
	OK(backoff_admissible(&r.b, instant_ms(0)));
	OK(!release(&r, 0));
}

static void the_first_crash_backs_off_for_the_initial_window(void)
{
	struct rig r = rig();
	crash(&r, 1000);
	HELD(r, BACKOFF_BACKING_OFF, 1500, 1000);
	OK(!backoff_admissible(&r.b, instant_ms(1000)));
	backoff_free(&r.b);
}

static void consecutive_crashes_double_the_window(void)
{
	struct rig r = rig();
	crash(&r, 0);
	crash(&r, 1000);
	crash(&r, 3000);
	crash(&r, 7000);
	HELD(r, BACKOFF_BACKING_OFF, 11000, 8000);
	backoff_free(&r.b);
}

static void the_fifth_crash_within_the_window_trips(void)
{
	struct rig r = rig();
	for (int i = 0; i < 5; i++)
		crash(&r, i * 1000);
	HELD(r, BACKOFF_CRASH_LOOPING, 304000, 500);
	OK(!backoff_admissible(&r.b, instant_ms(303999)));
	backoff_free(&r.b);
}

static void the_crash_count_slides_with_the_window(void)
{
	struct rig r = rig();
	for (int i = 0; i < 4; i++)
		crash(&r, i * 1000);
	crash(&r, 120000);
	HELD(r, BACKOFF_BACKING_OFF, 128000, 16000);
	backoff_free(&r.b);
}

static void a_start_after_a_stable_run_resets_the_window(void)
{
	struct rig r = rig();
	start(&r, 0);
	crash(&r, 1000);
	start(&r, 120000);
	IDLE(r, 500);
	EQ(r.b.crash_count, 0);
	backoff_free(&r.b);
}

static void a_start_before_a_stable_run_keeps_the_window(void)
{
	struct rig r = rig();
	start(&r, 0);
	crash(&r, 1000);
	start(&r, 4000);
	IDLE(r, 1000);
	EQ(r.b.crash_count, 1);
	backoff_free(&r.b);
}

static void a_hold_is_released_once_its_end_has_come(void)
{
	struct rig r = rig();
	crash(&r, 0);
	OK(!release(&r, 0));
	OK(!release(&r, 499));
	EQ(r.b.state, BACKOFF_BACKING_OFF);
	OK(release(&r, 500));
	IDLE(r, 1000);
	OK(!release(&r, 500));
	backoff_free(&r.b);
}

static void the_gate_is_closed_up_to_its_end_and_open_exactly_at_it(void)
{
	struct rig r = rig();
	crash(&r, 0);
	OK(!backoff_admissible(&r.b, instant_ms(499)));
	OK(!backoff_admissible(&r.b, (instant){ 500 * NS_PER_MS - 1 }));
	OK(backoff_admissible(&r.b, instant_ms(500)));
	backoff_free(&r.b);
}

static void the_window_is_capped_at_the_maximum(void)
{
	struct rig r = rig();
	for (int i = 0; i < 15; i++)
		crash(&r, i * 200000);
	HELD(r, BACKOFF_BACKING_OFF, 14 * 200000 + 60000, 60000);
	backoff_free(&r.b);
}

static void force_opens_a_backing_off_gate_and_resets_the_window(void)
{
	struct rig r = rig();
	crash(&r, 0);
	crash(&r, 100);
	OK(backoff_force(&r.b, &r.p));
	IDLE(r, 500);
	EQ(r.b.crash_count, 0);
	OK(backoff_admissible(&r.b, instant_ms(100)));
	backoff_free(&r.b);
}

static void force_says_false_when_idle_already(void)
{
	struct rig r = rig();
	OK(!backoff_force(&r.b, &r.p));
	IDLE(r, 500);
}

static void force_opens_a_crash_loop(void)
{
	struct rig r = rig();
	r.p.threshold = 3;
	for (int i = 0; i < 3; i++)
		crash(&r, i);
	EQ(r.b.state, BACKOFF_CRASH_LOOPING);
	OK(backoff_force(&r.b, &r.p));
	IDLE(r, 500);
	EQ(r.b.crash_count, 0);
	backoff_free(&r.b);
}

/* ---- what the reference's tests leave open ---- */

static void a_crash_exactly_one_window_old_still_counts(void)
{
	struct rig r = rig();
	for (int i = 0; i < 4; i++)
		crash(&r, 0);
	crash(&r, 60000);
	EQ(r.b.state, BACKOFF_CRASH_LOOPING);
	backoff_free(&r.b);

	r = rig();
	for (int i = 0; i < 4; i++)
		crash(&r, 0);
	backoff_crash(&r.b, &r.p, (instant){ 60000 * NS_PER_MS + 1 }, 0);
	EQ(r.b.state, BACKOFF_BACKING_OFF);
	backoff_free(&r.b);
}

static void a_run_exactly_as_long_as_the_threshold_is_stable(void)
{
	struct rig r = rig();
	start(&r, 0);
	crash(&r, 1);
	start(&r, 59999);
	IDLE(r, 1000);
	start(&r, 59999 + 60000);
	IDLE(r, 500);
	backoff_free(&r.b);
}

static void a_clean_exit_opens_the_gate_and_keeps_the_window(void)
{
	struct rig r = rig();
	start(&r, 0);
	crash(&r, 100);
	clean_exit(&r, 200);
	IDLE(r, 1000);
	EQ(r.b.crash_count, 1);
	backoff_free(&r.b);
}

static void a_clean_exit_after_a_stable_run_forgives_and_keeps_the_last_start(void)
{
	struct rig r = rig();
	start(&r, 0);
	crash(&r, 100);
	clean_exit(&r, 60000);
	IDLE(r, 500);
	crash(&r, 60100);
	EQ(r.b.window.ns, span_ms(1000).ns);
	start(&r, 60200); /* measured from the start at 0 still */
	IDLE(r, 500);
	backoff_free(&r.b);
}

static void a_clean_exit_without_a_start_is_no_stable_run(void)
{
	struct rig r = rig();
	crash(&r, 0);
	clean_exit(&r, 1000000);
	IDLE(r, 1000);
	backoff_free(&r.b);
}

static void the_history_survives_a_trip(void)
{
	struct rig r = rig();
	for (int i = 0; i < 5; i++)
		crash(&r, i);
	EQ(r.b.crash_count, 5);
	crash(&r, 1000);
	HELD(r, BACKOFF_CRASH_LOOPING, 301000, 500);
	backoff_free(&r.b);
}

static void a_threshold_of_nought_or_one_trips_at_every_crash(void)
{
	for (uint32_t threshold = 0; threshold <= 1; threshold++) {
		struct rig r = rig();
		r.p.threshold = threshold;
		crash(&r, 0);
		HELD(r, BACKOFF_CRASH_LOOPING, 300000, 500);
		crash(&r, 1000000);
		HELD(r, BACKOFF_CRASH_LOOPING, 1300000, 500);
		backoff_free(&r.b);
	}
}

static void a_crash_window_of_nought_counts_crashes_of_one_instant(void)
{
	struct rig r = rig();
	r.p.crash_window = (span){ 0 };
	r.p.threshold = 2;
	crash(&r, 0);
	crash(&r, 1);
	EQ(r.b.state, BACKOFF_BACKING_OFF);
	crash(&r, 1);
	EQ(r.b.state, BACKOFF_CRASH_LOOPING);
	backoff_free(&r.b);
}

static void an_initial_window_above_the_maximum_is_not_capped_but_the_second_is(void)
{
	struct rig r = rig();
	r.p.max = span_ms(100);
	crash(&r, 0);
	HELD(r, BACKOFF_BACKING_OFF, 500, 100);
	crash(&r, 1000);
	HELD(r, BACKOFF_BACKING_OFF, 1100, 100);
	backoff_free(&r.b);
}

static void a_factor_below_one_never_goes_below_initial_times_factor(void)
{
	struct rig r = rig();
	r.p.factor = 0.5F;
	r.p.threshold = 1000;
	for (int i = 0; i < 5; i++)
		crash(&r, 0);
	HELD(r, BACKOFF_BACKING_OFF, 250, 250);
	backoff_free(&r.b);
}

static void windows_are_rounded_to_the_nearest_nanosecond_ties_to_even(void)
{
	static const struct {
		int64_t initial_ns;
		float factor;
		int64_t want_ns;
	} cases[] = {
		{ 500000000, 1.1F, 550000012 }, /* 1.1F is 1.10000002384... */
		{ 500000000, 1.5F, 750000000 },
		{ 500000000, 0x1p-9F, 976562 },    /* 976562.5 */
		{ 500000000, 0x1.8p-8F, 2929688 }, /* 2929687.5 */
		{ 1, 2, 2 },
		{ 3, 0.5F, 1 }, /* 3e-9 in binary is a little less, so half of it too */
		{ 500000000, 0, 0 },
		{ 500000000, FLT_TRUE_MIN, 0 },
		{ 0, 2, 0 },
		{ 1, FLT_MAX, 60 * NS_PER_S },
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct rig r = rig();
		r.p.initial = r.b.window = (span){ cases[i].initial_ns };
		r.p.factor = cases[i].factor;
		crash(&r, 0);
		EQ(r.b.window.ns, cases[i].want_ns);
		backoff_free(&r.b);
	}
}

static void windows_of_many_days_are_exact(void)
{
	const int64_t day = 86400 * NS_PER_S;
	struct rig r = rig();

	r.p.initial = r.b.window = (span){ 40 * day + 1 };
	r.p.max = (span){ 30000 * day };
	crash(&r, 0);
	EQ(r.b.window.ns, 80 * day + 2);
	r.p.threshold = 1000;
	for (int i = 0; i < 10; i++)
		crash(&r, 0);
	EQ(r.b.window.ns, 30000 * day);
	backoff_free(&r.b);
}

static void an_endless_window_ends_never(void)
{
	struct rig r = rig();
	r.p.max = r.p.initial = r.b.window = SPAN_MAX;
	crash(&r, 1);
	EQ(r.b.until.ns, INT64_MAX);
	EQ(r.b.window.ns, INT64_MAX);
	OK(!backoff_admissible(&r.b, (instant){ INT64_MAX - 1 }));
	backoff_free(&r.b);
}

/* The measured ladder of a daemon that crashes at once, when the count never trips. */
static void the_default_ladder_is_as_measured(void)
{
	static const int64_t instantly[] = { 500, 1000, 2000, 4000, 300000, 500 };
	struct rig r = rig();
	int64_t now = 0;

	for (size_t i = 0; i < sizeof instantly / sizeof instantly[0]; i++) {
		start(&r, now);
		crash(&r, now);
		EQ(r.b.until.ns, instant_ms(now + instantly[i]).ns);
		now += instantly[i];
	}
	EQ(now, 308000);
	backoff_free(&r.b);
}

/* ---- defects, by number ---- */

static void D_24_the_history_is_bounded_by_the_threshold_and_not_made_in_advance(void)
{
	struct rig r = rig();
	for (int i = 0; i < 100000; i++)
		crash(&r, i / 100);
	EQ(r.b.crash_count, 5);
	OK(r.b.crash_room <= 16);
	backoff_free(&r.b);

	r = rig();
	r.p.threshold = UINT32_MAX;
	crash(&r, 0);
	OK(r.b.crash_room <= 16);
	backoff_free(&r.b);
}

static void D_24_no_factor_and_no_maximum_aborts(void)
{
	static const float factors[] = { -1, -INFINITY, INFINITY, NAN, FLT_MAX };
	static const int64_t want_ms[] = { 0, 0, 60000, 60000, 60000 };

	for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++) {
		struct rig r = rig();
		r.p.factor = factors[i];
		crash(&r, 0);
		EQ(r.b.window.ns, span_ms(want_ms[i]).ns);
		r.p.initial = r.p.max = SPAN_MAX;
		crash(&r, 0);
		crash(&r, 0);
		OK(r.b.window.ns >= 0);
		backoff_free(&r.b);
	}
}

static void crash_loop_until_304_seconds(struct rig *r)
{
	for (int i = 0; i < 5; i++)
		crash(r, i * 1000);
}

static void D_25_a_crash_shortens_a_crash_loop_hold_as_the_reference_does(void)
{
	struct rig r = rig();
	crash_loop_until_304_seconds(&r);
	crash(&r, 120000);
	HELD(r, BACKOFF_BACKING_OFF, 120500, 1000);
	backoff_free(&r.b);
}

static void D_25_with_never_shorten_the_end_of_a_hold_never_moves_earlier(void)
{
	struct rig r = rig();
	r.p.never_shorten = true;
	crash_loop_until_304_seconds(&r);
	crash(&r, 120000);
	HELD(r, BACKOFF_CRASH_LOOPING, 304000, 1000);
	crash(&r, 303900); /* the ladder went on, and this end is later */
	HELD(r, BACKOFF_BACKING_OFF, 304900, 2000);
	backoff_free(&r.b);
}

static void D_25_counting_goes_on_after_a_hold_as_in_the_reference(void)
{
	struct rig r = rig();
	r.p.cooldown = span_ms(1000);
	crash_loop_until_304_seconds(&r);
	OK(release(&r, 5000));
	crash(&r, 6000);
	EQ(r.b.state, BACKOFF_CRASH_LOOPING);
	backoff_free(&r.b);
}

static void D_25_with_clear_on_release_counting_starts_afresh(void)
{
	/* Whether or not anybody noticed that the hold is over. */
	for (int noticed = 0; noticed < 2; noticed++) {
		struct rig r = rig();
		r.p.cooldown = span_ms(1000);
		r.p.clear_on_release = true;
		crash_loop_until_304_seconds(&r);
		if (noticed)
			OK(release(&r, 5000));
		crash(&r, 6000);
		HELD(r, BACKOFF_BACKING_OFF, 6500, 1000);
		EQ(r.b.crash_count, 1);
		backoff_free(&r.b);
	}
}

static void D_25_clear_on_release_still_counts_across_ordinary_holds(void)
{
	struct rig r = rig();
	r.p.clear_on_release = true;
	crash(&r, 0);
	OK(release(&r, 500));
	EQ(r.b.crash_count, 1);
	backoff_free(&r.b);
}

static void D_26_start_to_start_the_cap_resets_itself_as_in_the_reference(void)
{
	static const int64_t want[] = { 500, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 500 };
	struct rig r = rig();
	int64_t now = 0;

	r.p.threshold = 1000;
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		start(&r, now);
		crash(&r, now);
		EQ(r.b.until.ns, instant_ms(now + want[i]).ns);
		now += want[i];
	}
	backoff_free(&r.b);
}

static void D_26_from_start_to_exit_downtime_is_no_health(void)
{
	struct rig r = rig();
	int64_t now = 0;

	r.p.threshold = 1000;
	r.p.stable_from_start_to_exit = true;
	for (int i = 0; i < 20; i++) {
		start(&r, now);
		crash(&r, now + 10);
		now = r.b.until.ns / NS_PER_MS;
	}
	EQ(r.b.window.ns, span_ms(60000).ns);
	EQ(r.b.until.ns - r.b.latest.ns, span_ms(60000).ns);
	backoff_free(&r.b);
}

static void D_26_from_start_to_exit_a_stable_run_helps_the_crash_that_ends_it(void)
{
	struct rig r = rig();

	r.p.stable_from_start_to_exit = true;
	for (int i = 0; i < 4; i++)
		crash(&r, i);
	start(&r, 10000);
	crash(&r, 70000);
	HELD(r, BACKOFF_BACKING_OFF, 70500, 1000);
	EQ(r.b.crash_count, 1);
	backoff_free(&r.b);
}

static void D_26_from_start_to_exit_a_run_ends_once(void)
{
	struct rig r = rig();

	r.p.stable_from_start_to_exit = true;
	start(&r, 0);
	clean_exit(&r, 10);
	crash(&r, 20);
	clean_exit(&r, 100000);
	IDLE(r, 1000);
	start(&r, 200000); /* no end of this run is seen: nothing is known of it */
	start(&r, 300000);
	IDLE(r, 1000);
	clean_exit(&r, 360000);
	IDLE(r, 500);
	backoff_free(&r.b);
}

static void D_32_a_start_or_exit_while_held_opens_the_gate_and_says_so(void)
{
	struct rig r = rig();

	OK(!start(&r, 0));
	crash(&r, 100);
	OK(start(&r, 599));
	IDLE(r, 1000);
	crash(&r, 600);
	OK(!start(&r, 1600)); /* the end had come, although nobody had noticed */
	crash(&r, 1600);
	OK(clean_exit(&r, 1601));
	OK(!clean_exit(&r, 1602));
	backoff_free(&r.b);
}

static void D_33_jitter_takes_off_at_most_its_part_and_leaves_the_ladder(void)
{
	struct backoff_policy p = defaults();
	struct rng rng = { 7 };
	int64_t least = INT64_MAX, most = 0;

	p.jitter = 0.25F;
	for (int i = 0; i < 10000; i++) {
		struct rig r = rig_of(p);
		backoff_crash(&r.b, &p, instant_ms(0), rng_next(&rng));
		EQ(r.b.window.ns, span_ms(1000).ns);
		least = r.b.until.ns < least ? r.b.until.ns : least;
		most = r.b.until.ns > most ? r.b.until.ns : most;
		backoff_free(&r.b);
	}
	OK(least >= 375 * NS_PER_MS && least < 376 * NS_PER_MS);
	OK(most <= 500 * NS_PER_MS && most > 499 * NS_PER_MS);
}

static void D_33_jitter_spreads_the_hold_of_a_crash_loop_too(void)
{
	struct backoff_policy p = defaults();

	p.jitter = 1;
	p.threshold = 1;
	struct rig r = rig_of(p);
	backoff_crash(&r.b, &p, instant_ms(0), UINT64_MAX);
	OK(r.b.until.ns >= 0 && r.b.until.ns < 1000);
	backoff_crash(&r.b, &p, instant_ms(0), 0);
	EQ(r.b.until.ns, instant_ms(300000).ns);
	backoff_free(&r.b);
}

static void D_33_without_jitter_chance_has_no_say(void)
{
	struct rig r = rig();
	backoff_crash(&r.b, &r.p, instant_ms(0), UINT64_MAX);
	EQ(r.b.until.ns, instant_ms(500).ns);
	backoff_free(&r.b);
}

static void D_34_a_crash_reported_late_counts_as_now(void)
{
	struct rig r = rig();

	crash(&r, 100000);
	crash(&r, 5000); /* pruning from the front would keep this one for ever */
	HELD(r, BACKOFF_BACKING_OFF, 101000, 2000);
	EQ(backoff_crash_at(&r.b, 1).ns, instant_ms(100000).ns);
	OK(!backoff_admissible(&r.b, instant_ms(0)));
	OK(!release(&r, 0));
	for (int i = 0; i < 4; i++)
		crash(&r, 160001);
	EQ(r.b.state, BACKOFF_BACKING_OFF);
	EQ(r.b.crash_count, 4);
	backoff_free(&r.b);
}

static void a_shift_moves_every_instant_and_keeps_every_span(void)
{
	struct rig r = rig();

	start(&r, 1000);
	crash(&r, 2000);
	crash(&r, 3000);
	backoff_shift(&r.b, span_ms(-1000));
	HELD(r, BACKOFF_BACKING_OFF, 3000, 2000);
	EQ(r.b.latest.ns, instant_ms(2000).ns);
	EQ(r.b.last_start.ns, 0);
	EQ(backoff_crash_at(&r.b, 0).ns, instant_ms(1000).ns);
	EQ(backoff_crash_at(&r.b, 1).ns, instant_ms(2000).ns);
	backoff_free(&r.b);
}

/* ---- against a naive model ----
 *
 * Every crash is kept for ever, everything is recomputed from the list, and the
 * rounding is printf's, which works on the exact decimal expansion. */

struct model {
	const struct backoff_policy *p;
	instant *crashes;
	size_t count;
	instant now, until, last_start;
	span window;
	bool started, held, looping;
};

static void model_time(struct model *m, instant now)
{
	if (now.ns > m->now.ns)
		m->now = now;
	if (m->held && m->until.ns <= m->now.ns) {
		if (m->looping && m->p->clear_on_release)
			m->count = 0;
		m->held = false;
	}
}

static void model_forgive_after(struct model *m)
{
	if (m->started && m->now.ns - m->last_start.ns >= m->p->stable_run.ns) {
		m->count = 0;
		m->window = m->p->initial;
	}
}

static span model_grow(const struct model *m)
{
	const struct backoff_policy *p = m->p;
	int64_t base = m->window.ns < p->initial.ns ? p->initial.ns : m->window.ns;
	double seconds = (double)(base / NS_PER_S) + (double)(base % NS_PER_S) / 1e9;
	double max = (double)(p->max.ns / NS_PER_S) + (double)(p->max.ns % NS_PER_S) / 1e9;
	char text[64], *point;

	snprintf(text, sizeof text, "%.9f", fmin(seconds * (double)p->factor, max));
	point = strchr(text, '.');
	memmove(point, point + 1, strlen(point));
	return (span){ strtoll(text, NULL, 10) };
}

static void model_crash(struct model *m)
{
	uint32_t recent = 0;

	m->crashes[m->count++] = m->now;
	for (size_t i = 0; i < m->count; i++)
		recent += m->crashes[i].ns >= m->now.ns - m->p->crash_window.ns;
	bool loop = recent >= m->p->threshold;
	int64_t until = m->now.ns + (loop ? m->p->cooldown.ns : m->window.ns);
	m->window = loop ? m->p->initial : model_grow(m);
	if (m->p->never_shorten && m->held && m->until.ns > until) {
		m->looping |= loop;
		return;
	}
	m->held = true;
	m->looping = loop;
	m->until = (instant){ until };
}

static struct backoff_policy random_policy(struct rng *rng)
{
	static const float factors[] = { 0, 0.5F, 1, 1.1F, 1.3F, 1.5F, 2, 3.7F, 10 };
	static const int64_t spans[] = { 0, 1, 7, 100, 333, 500, 1000, 5000 };
#define ANY(array) (array)[rng_below(rng, sizeof(array) / sizeof(array)[0])]
	return (struct backoff_policy){
		.initial = { ANY(spans) * NS_PER_MS + (int64_t)rng_below(rng, 3) },
		.factor = ANY(factors),
		.max = { ANY(spans) * NS_PER_MS + (int64_t)rng_below(rng, 1000) },
		.threshold = (uint32_t)rng_below(rng, 8),
		.crash_window = span_ms(ANY(spans)),
		.cooldown = span_ms(ANY(spans)),
		.stable_run = span_ms(ANY(spans)),
		.stable_from_start_to_exit = rng_below(rng, 2),
		.never_shorten = rng_below(rng, 2),
		.clear_on_release = rng_below(rng, 2),
	};
#undef ANY
}

/* Times that meet the boundaries often: the same, a span of the policy later or
 * a nanosecond beside it, the end of the hold, now and then earlier. */
static instant random_time(struct rng *rng, const struct model *m)
{
	const int64_t steps[] = { 0,
		                  0,
		                  m->p->initial.ns,
		                  m->p->crash_window.ns,
		                  m->p->stable_run.ns,
		                  m->until.ns - m->now.ns,
		                  (int64_t)rng_below(rng, 300) * NS_PER_MS,
		                  -NS_PER_MS };
	int64_t step = steps[rng_below(rng, sizeof steps / sizeof steps[0])];
	return (instant){ m->now.ns + step + (int64_t)rng_below(rng, 3) - 1 };
}

static bool step_both(struct rng *rng, struct backoff *b, struct model *m)
{
	instant now = random_time(rng, m);
	uint64_t what = rng_below(rng, 10);
	bool was_held, said, runs = m->p->stable_from_start_to_exit;

	model_time(m, now);
	was_held = said = m->held;
	if (what < 6) {
		if (runs)
			model_forgive_after(m);
		m->started = m->started && !runs;
		model_crash(m);
		backoff_crash(b, m->p, now, rng_next(rng));
	} else if (what < 8) {
		if (!runs)
			model_forgive_after(m);
		m->started = true;
		m->last_start = m->now;
		m->held = false;
		said = backoff_start(b, m->p, now);
	} else if (what < 9) {
		model_forgive_after(m);
		m->started = m->started && !runs;
		m->held = false;
		said = backoff_exit(b, m->p, now);
	} else {
		backoff_release(b, m->p, now);
		b->latest = instant_later(b->latest, now);
	}
	enum backoff_state want = !m->held     ? BACKOFF_IDLE
	                          : m->looping ? BACKOFF_CRASH_LOOPING
	                                       : BACKOFF_BACKING_OFF;
	bool same = EQ(b->state, want);
	same = EQ(b->window.ns, m->window.ns) && same;
	same = EQ(said, was_held) && same;
	same = (!m->held || EQ(b->until.ns, m->until.ns)) && same;
	same = EQ(backoff_admissible(b, m->now), !m->held || m->until.ns <= m->now.ns) && same;
	return OK(b->crash_count <= m->p->threshold) && same;
}

static void a_naive_model_that_forgets_nothing_gives_the_same_answers(void)
{
	enum { RUNS = 20000, STEPS = 60 };
	uint64_t seed = t_seed(20240901), runs = t_seeds(RUNS);

	for (uint64_t run = 0; run < runs; run++) {
		struct rng rng = { seed + run };
		struct backoff_policy p = random_policy(&rng);
		struct backoff b;
		struct model m = { .p = &p, .window = p.initial };
		bool same = true;

		m.crashes = mem_zeroed(STEPS, sizeof m.crashes[0]);
		backoff_init(&b, &p);
		b.latest = m.now;
		for (int i = 0; i < STEPS && same; i++)
			same = step_both(&rng, &b, &m);
		free(m.crashes);
		backoff_free(&b);
		if (!same) {
			t_again(seed + run);
			return;
		}
	}
}

int main(void)
{
	RUN(a_fresh_tracker_is_idle_and_admissible);
	RUN(the_first_crash_backs_off_for_the_initial_window);
	RUN(consecutive_crashes_double_the_window);
	RUN(the_fifth_crash_within_the_window_trips);
	RUN(the_crash_count_slides_with_the_window);
	RUN(a_start_after_a_stable_run_resets_the_window);
	RUN(a_start_before_a_stable_run_keeps_the_window);
	RUN(a_hold_is_released_once_its_end_has_come);
	RUN(the_gate_is_closed_up_to_its_end_and_open_exactly_at_it);
	RUN(the_window_is_capped_at_the_maximum);
	RUN(force_opens_a_backing_off_gate_and_resets_the_window);
	RUN(force_says_false_when_idle_already);
	RUN(force_opens_a_crash_loop);
	RUN(a_crash_exactly_one_window_old_still_counts);
	RUN(a_run_exactly_as_long_as_the_threshold_is_stable);
	RUN(a_clean_exit_opens_the_gate_and_keeps_the_window);
	RUN(a_clean_exit_after_a_stable_run_forgives_and_keeps_the_last_start);
	RUN(a_clean_exit_without_a_start_is_no_stable_run);
	RUN(the_history_survives_a_trip);
	RUN(a_threshold_of_nought_or_one_trips_at_every_crash);
	RUN(a_crash_window_of_nought_counts_crashes_of_one_instant);
	RUN(an_initial_window_above_the_maximum_is_not_capped_but_the_second_is);
	RUN(a_factor_below_one_never_goes_below_initial_times_factor);
	RUN(windows_are_rounded_to_the_nearest_nanosecond_ties_to_even);
	RUN(windows_of_many_days_are_exact);
	RUN(an_endless_window_ends_never);
	RUN(the_default_ladder_is_as_measured);
	RUN(D_24_the_history_is_bounded_by_the_threshold_and_not_made_in_advance);
	RUN(D_24_no_factor_and_no_maximum_aborts);
	RUN(D_25_a_crash_shortens_a_crash_loop_hold_as_the_reference_does);
	RUN(D_25_with_never_shorten_the_end_of_a_hold_never_moves_earlier);
	RUN(D_25_counting_goes_on_after_a_hold_as_in_the_reference);
	RUN(D_25_with_clear_on_release_counting_starts_afresh);
	RUN(D_25_clear_on_release_still_counts_across_ordinary_holds);
	RUN(D_26_start_to_start_the_cap_resets_itself_as_in_the_reference);
	RUN(D_26_from_start_to_exit_downtime_is_no_health);
	RUN(D_26_from_start_to_exit_a_stable_run_helps_the_crash_that_ends_it);
	RUN(D_26_from_start_to_exit_a_run_ends_once);
	RUN(D_32_a_start_or_exit_while_held_opens_the_gate_and_says_so);
	RUN(D_33_jitter_takes_off_at_most_its_part_and_leaves_the_ladder);
	RUN(D_33_jitter_spreads_the_hold_of_a_crash_loop_too);
	RUN(D_33_without_jitter_chance_has_no_say);
	RUN(D_34_a_crash_reported_late_counts_as_now);
	RUN(a_shift_moves_every_instant_and_keeps_every_span);
	RUN(a_naive_model_that_forgets_nothing_gives_the_same_answers);
	return t_done();
}
