#include "sim/dist.h"
#include "sim/process.h"
#include "t.h"

#include <math.h>

#define S(seconds) ((span){ (int64_t)(seconds)*NS_PER_S })

static const span never = { INT64_MAX };

static struct process even(double rate)
{
	return (struct process){
		.type = PROCESS_EVEN, .rate = rate, .ramp_to = rate, .until = never
	};
}

static struct process poisson(double rate)
{
	struct process p = even(rate);
	p.type = PROCESS_POISSON;
	return p;
}

static struct process burst(uint64_t size, span every)
{
	return (struct process){
		.type = PROCESS_BURST, .size = size, .every = every, .until = never
	};
}

/* All of them are to arrive at exactly these times, and no more. */
static void check(const struct process *p, const int64_t *ns, size_t count)
{
	struct process_state s = { 0 };
	span at = { -1 };

	for (size_t i = 0; i < count; i++) {
		OK(process_next(p, &s, &at));
		EQ(at.ns, ns[i]);
	}
	OK(!process_next(p, &s, &at));
	OK(!process_next(p, &s, &at));
}

#define CHECK(p, ...)                                                                              \
	check((p), (const int64_t[]){ __VA_ARGS__ },                                               \
	      sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))

static uint64_t count_all(const struct process *p, uint64_t seed)
{
	struct process_state s = { .rng = { seed } };
	span at;

	while (process_next(p, &s, &at))
		;
	return s.arrived;
}

static void a_day_of_even_arrivals_is_exact(void)
{
	struct process p = even(100);
	struct process_state s = { 0 };
	span at;
	uint64_t wrong = 0;

	p.until = S(86400);
	for (int64_t n = 0; process_next(&p, &s, &at); n++)
		wrong += at.ns != n * 10 * NS_PER_MS;
	EQ(wrong, 0);
	EQ(s.arrived, 8640000);
}

static void even_arrivals_do_not_drift(void)
{
	struct process p = even(3);
	struct process_state s = { 0 };
	span at;

	for (uint64_t n = 0; n < 20000000000; n = n * 5 + 1) {
		s.arrived = n;
		OK(process_next(&p, &s, &at));
		/* n / 3 seconds to the nearest nanosecond, in whole numbers. */
		__extension__ __int128 ns = ((__int128)n * NS_PER_S * 2 + 3) / 6;
		EQ(at.ns, ns);
	}
	p = even(0.001);
	s = (struct process_state){ .arrived = 7 };
	OK(process_next(&p, &s, &at));
	EQ(at.ns, 7000 * NS_PER_S);
}

static void from_until_and_count_bound_it(void)
{
	struct process p = even(2);

	p.from = S(10);
	p.until = S(12);
	CHECK(&p, 10 * NS_PER_S, 10500 * NS_PER_MS, 11 * NS_PER_S, 11500 * NS_PER_MS);
	p.count = 3;
	CHECK(&p, 10 * NS_PER_S, 10500 * NS_PER_MS, 11 * NS_PER_S);
	p.until = never;
	CHECK(&p, 10 * NS_PER_S, 10500 * NS_PER_MS, 11 * NS_PER_S);
	p.until = p.from;
	EQ(count_all(&p, 0), 0);
	p.until = S(9);
	EQ(count_all(&p, 0), 0);
}

static void a_process_without_a_rate_is_silent(void)
{
	struct process p = { .until = never };

	EQ(count_all(&p, 0), 0);
	p.type = PROCESS_POISSON;
	EQ(count_all(&p, 0), 0);
}

static void arrivals_beyond_the_end_of_time_do_not_come(void)
{
	struct process p = even(1e-9);

	p.from.ns = INT64_MAX - NS_PER_S;
	CHECK(&p, INT64_MAX - NS_PER_S);
	p.from.ns = 0;
	EQ(count_all(&p, 0), 10); /* one in 31 years, for 292 */
	p = burst(1, (span){ INT64_MAX / 2 });
	CHECK(&p, 0, INT64_MAX / 2, INT64_MAX - 1);
}

/* ---- ramps ---- */

/* The integral of the rate at the time t, in seconds from the beginning. */
static long double integral(const struct process *p, long double t)
{
	long double length = (long double)(p->until.ns - p->from.ns) / 1e9L;
	return p->rate * t + (p->ramp_to - p->rate) * t * t / (2 * length);
}

static void check_ramp(double rate, double ramp_to)
{
	struct process p = even(rate);
	struct process_state s = { 0 };
	span at;

	p.ramp_to = ramp_to;
	p.from = S(100);
	p.until = S(1100);
	for (uint64_t n = 0; process_next(&p, &s, &at); n++) {
		long double t = (long double)(at.ns - p.from.ns) / 1e9L;
		long double rate_there = p.rate + (p.ramp_to - p.rate) * t / 1000;
		/* The nearest nanosecond. */
		long double slack = 0.6e-9L * (rate_there + 1e-9L * fmax(rate, ramp_to));
		if (!OK(fabsl(integral(&p, t) - n) <= slack)) {
			printf("# arrival %" PRIu64 ": %Lg\n", n, integral(&p, t));
			return;
		}
	}
	EQ(s.arrived, (rate + ramp_to) / 2 * 1000);
}

static void on_a_ramp_the_nth_comes_when_the_integral_is_n(void)
{
	check_ramp(1, 9);
	check_ramp(9, 1);
	check_ramp(100, 100.5);
	check_ramp(20, 0);
	check_ramp(0, 20);
	check_ramp(0.5, 300);
}

/* Where almost nothing comes any more, a small error of the integral is long. */
static void the_last_before_a_ramp_ends_at_0_are_right(void)
{
	struct process p = even(1000);

	p.ramp_to = 0;
	p.until = S(1000000);
	for (uint64_t left = 1; left < 1000; left++) {
		struct process_state s = { .arrived = 500000000 - left };
		span at;
		OK(process_next(&p, &s, &at));
		/* left = rate / length * t^2 / 2, with t the time to the end */
		long double t = sqrtl((long double)left * 2 * 1000000 / 1000);
		EQ(at.ns, p.until.ns - llrintl(t * 1e9L));
	}
}

/* The one that would come at the very end does not. */
static void a_long_ramp_ends_before_its_end(void)
{
	struct rng rng = { t_seed(8) };

	for (int i = 0; i < 1000; i++) {
		int64_t length = 8 * (1 + (int64_t)rng_below(&rng, 1000000000));
		struct process p = even(0.25);
		struct process_state s = { .arrived = (uint64_t)length / 2 - 1 };
		span at;

		p.ramp_to = 0.75;
		p.until = S(length);
		OK(process_next(&p, &s, &at));
		OK(!process_next(&p, &s, &at));
	}
}

static void a_ramp_that_is_flat_is_none(void)
{
	struct process p = even(4), ramp = even(4);
	struct process_state s = { 0 }, r = { 0 };
	span at, at_ramp;

	ramp.until = p.until = S(100);
	ramp.ramp_to = nextafter(4, 5);
	while (process_next(&p, &s, &at)) {
		OK(process_next(&ramp, &r, &at_ramp));
		EQ(at_ramp.ns, at.ns);
	}
	EQ(s.arrived, 400);
}

/* ---- on and off ---- */

static void nothing_arrives_while_it_is_off(void)
{
	struct process p = even(2);

	p.from = S(5);
	p.on = S(1);
	p.off = S(9);
	p.count = 5;
	CHECK(&p, 5 * NS_PER_S, 5500 * NS_PER_MS, 15 * NS_PER_S, 15500 * NS_PER_MS, 25 * NS_PER_S);
	p.until = S(15);
	CHECK(&p, 5 * NS_PER_S, 5500 * NS_PER_MS);
	p.on = S(0);
	EQ(count_all(&p, 0), 0);
}

/* Every second second of 20: 10 seconds from the first rate to the second. */
static void a_ramp_goes_by_the_time_that_is_on(void)
{
	struct process p = even(10), whole = even(10);
	struct process_state s = { 0 }, w = { 0 };
	span at, on;

	p.ramp_to = whole.ramp_to = 30;
	p.on = p.off = S(1);
	p.until.ns = 19 * NS_PER_S + NS_PER_S / 2; /* it is off by then */
	whole.until = S(10);
	while (process_next(&whole, &w, &on)) {
		OK(process_next(&p, &s, &at));
		EQ(at.ns, on.ns + on.ns / NS_PER_S * NS_PER_S);
	}
	EQ(w.arrived, 200);
	OK(!process_next(&p, &s, &at));
}

/* ---- bursts ---- */

static void bursts_come_at_once_and_again(void)
{
	struct process p = burst(3, S(10));

	p.from = S(1);
	p.until = S(21);
	CHECK(&p, NS_PER_S, NS_PER_S, NS_PER_S, 11 * NS_PER_S, 11 * NS_PER_S, 11 * NS_PER_S);
	p.count = 4;
	CHECK(&p, NS_PER_S, NS_PER_S, NS_PER_S, 11 * NS_PER_S);
	p = burst(2, S(0));
	CHECK(&p, 0, 0);
}

static void bursts_go_by_the_time_that_is_on(void)
{
	struct process p = burst(1, S(4));

	p.on = S(10);
	p.off = S(100);
	p.count = 6;
	CHECK(&p, 0, 4 * NS_PER_S, 8 * NS_PER_S, 112 * NS_PER_S, 116 * NS_PER_S, 220 * NS_PER_S);
}

/* ---- Poisson ---- */

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

enum { GAPS = 100000 };
static double gaps[GAPS];

/* Kolmogorov's distance of the gaps, in units of their mean, from the exponential. */
static double gap_distance(void)
{
	double most = 0;

	qsort(gaps, GAPS, sizeof *gaps, ascending);
	for (int i = 0; i < GAPS; i++) {
		double want = 1 - exp(-gaps[i]);
		most = fmax(most, fabs(want - (double)i / GAPS));
		most = fmax(most, fabs(want - (double)(i + 1) / GAPS));
	}
	return most;
}

/* Seen through the integral of its rate, every Poisson process has the rate 1. */
static void check_poisson(struct process *p)
{
	struct process_state s = { .rng = { t_seed(31) } };
	double before = 0;
	span at;

	for (int i = 0; i < GAPS; i++) {
		if (!OK(process_next(p, &s, &at)))
			return;
		double y = (double)integral(p, (double)(at.ns - p->from.ns) / 1e9);
		gaps[i] = y - before;
		before = y;
	}
	OK(fabs(before / GAPS - 1) < 0.01);
	OK(gap_distance() < 2 / sqrt(GAPS));
}

static void gaps_of_poisson_arrivals_are_exponential(void)
{
	struct process p = poisson(250);

	check_poisson(&p);
	p.from = S(1000);
	check_poisson(&p);
}

static void on_a_ramp_poisson_arrivals_follow_the_rate(void)
{
	struct process p = poisson(10);

	p.ramp_to = 400;
	p.from = S(7);
	p.until = S(1007);
	check_poisson(&p);
	p.rate = 400;
	p.ramp_to = 0;
	check_poisson(&p);
	OK(count_all(&p, 1) > 198000 && count_all(&p, 1) < 202000);
}

static void poisson_arrivals_stay_in_their_time(void)
{
	struct process p = poisson(50);
	struct process_state s = { .rng = { 5 } };
	span at;

	p.on = S(2);
	p.off = S(3);
	p.until = S(5000);
	while (process_next(&p, &s, &at))
		if (!OK(at.ns % (5 * NS_PER_S) < 2 * NS_PER_S))
			return;
	/* 100 000, within four standard deviations. */
	OK(s.arrived > 98735 && s.arrived < 101265);
}

/* After 10^9 of them the sum has lost nothing that would show. */
static void a_long_poisson_process_stays_even(void)
{
	struct process p = poisson(1000);
	struct process_state s = { .rng = { 6 }, .arrived = 1000000000, .integral = 1e9 };
	span first, at;

	OK(process_next(&p, &s, &first));
	for (int i = 0; i < GAPS; i++) {
		span before = s.last;
		process_next(&p, &s, &at);
		gaps[i] = (double)(at.ns - before.ns) / 1e6;
	}
	OK(fabs((double)(at.ns - first.ns) / 1e6 / GAPS - 1) < 0.01);
	OK(gap_distance() < 2 / sqrt(GAPS));
}

/* A change of these changes the results of everybody's scenarios. */
static void the_first_arrivals_do_not_change(void)
{
	struct process p = poisson(10);

	p.count = 4;
	CHECK(&p, 214824136, 271304457, 273983400, 627623199);
	p.ramp_to = 0;
	p.until = S(100);
	CHECK(&p, 215055380, 271673490, 274359766, 629605212);
}

/* ---- any ---- */

static struct process any_process(struct rng *rng)
{
	struct process p = { .type = (enum process_type)rng_below(rng, 3) };

	p.rate = 1000 * rng_unit(rng);
	p.ramp_to = rng_below(rng, 2) ? p.rate : 1000 * rng_unit(rng);
	p.size = 1 + rng_below(rng, 5);
	p.every.ns = (int64_t)rng_below(rng, 5000) * NS_PER_MS;
	p.on.ns = 1 + (int64_t)rng_below(rng, 9000) * NS_PER_MS;
	p.off.ns = rng_below(rng, 2) ? 0 : (int64_t)rng_below(rng, 9000) * NS_PER_MS;
	p.from.ns = (int64_t)rng_below(rng, 20000) * NS_PER_MS;
	p.until.ns = p.from.ns + (int64_t)rng_below(rng, 20000) * NS_PER_MS;
	p.count = rng_below(rng, 2) * 100;
	return p;
}

static bool one_process(uint64_t seed)
{
	struct rng rng = { seed };
	struct process p = any_process(&rng);
	struct process_state s = { .rng = rng };
	int64_t last = p.from.ns, turn = p.on.ns + p.off.ns;
	uint64_t count = 0;
	span at;

	while (process_next(&p, &s, &at)) {
		if (at.ns < last || at.ns >= p.until.ns)
			return false;
		if (p.off.ns && (at.ns - p.from.ns) % turn >= p.on.ns)
			return false;
		last = at.ns;
		count++;
	}
	return count == s.arrived && (p.count == 0 || count <= p.count);
}

/* In the third year, doubles are some nanoseconds apart, and quotients of them can be
 * out of order. */
static void where_numbers_are_coarse_time_does_not_go_back(void)
{
	struct process p = poisson(1e7);
	struct process_state s = { .integral = 1e15 };
	int64_t last = 0;
	span at;

	p.ramp_to = 2e7;
	p.until = S(100000000);
	for (int i = 0; i < 1000000; i++)
		if (!OK(process_next(&p, &s, &at) && at.ns >= last))
			return;
		else
			last = at.ns;
}

static void time_never_goes_back_and_bounds_are_kept(void)
{
	uint64_t seed = t_seed(1);

	for (uint64_t i = seed; i < seed + 300; i++) {
		if (!OK(one_process(i))) {
			printf("# SEED=%" PRIu64 "\n", i);
			return;
		}
	}
}

int main(void)
{
	RUN(a_day_of_even_arrivals_is_exact);
	RUN(even_arrivals_do_not_drift);
	RUN(from_until_and_count_bound_it);
	RUN(a_process_without_a_rate_is_silent);
	RUN(arrivals_beyond_the_end_of_time_do_not_come);
	RUN(on_a_ramp_the_nth_comes_when_the_integral_is_n);
	RUN(the_last_before_a_ramp_ends_at_0_are_right);
	RUN(a_long_ramp_ends_before_its_end);
	RUN(a_ramp_that_is_flat_is_none);
	RUN(nothing_arrives_while_it_is_off);
	RUN(a_ramp_goes_by_the_time_that_is_on);
	RUN(bursts_come_at_once_and_again);
	RUN(bursts_go_by_the_time_that_is_on);
	RUN(gaps_of_poisson_arrivals_are_exponential);
	RUN(on_a_ramp_poisson_arrivals_follow_the_rate);
	RUN(poisson_arrivals_stay_in_their_time);
	RUN(a_long_poisson_process_stays_even);
	RUN(the_first_arrivals_do_not_change);
	RUN(where_numbers_are_coarse_time_does_not_go_back);
	RUN(time_never_goes_back_and_bounds_are_kept);
	return t_done();
}
