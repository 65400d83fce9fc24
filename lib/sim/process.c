#include "sim/process.h"

#include "sim/dist.h"

#include <math.h>

/* How much of the time from the beginning to the end the process is on. */
static span on_in_all(const struct process *p)
{
	int64_t length = tick_difference(p->until.ns, p->from.ns);

	if (p->off.ns == 0)
		return (span){ length };
	int64_t turn = tick_sum(p->on.ns, p->off.ns);
	int64_t rest = length % turn;
	return (span){ length / turn * p->on.ns + (rest < p->on.ns ? rest : p->on.ns) };
}

/* From the time that was on, since the beginning, to the time that went by. A turn
 * that is over has gone on to the next: nothing arrives at the end of an `on`. */
static int64_t elapsed(const struct process *p, int64_t on)
{
	int64_t all;

	if (p->off.ns == 0)
		return on;
	if (p->on.ns == 0 || __builtin_mul_overflow(on / p->on.ns, p->off.ns, &all))
		return INT64_MAX;
	return tick_sum(on, all);
}

static int64_t rounded(double seconds)
{
	return seconds < 9.2e9 ? (int64_t)(seconds * (double)NS_PER_S + 0.5) : INT64_MAX;
}

/* Where the integral of a steady rate is `y`. The whole seconds are taken apart, for
 * then the rest of few digits is exact to the nanosecond after any number of years. */
static int64_t steady(double rate, double y)
{
	double seconds = floor(y / rate);

	if (!(seconds < 9.2e9))
		return INT64_MAX;
	return (int64_t)seconds * NS_PER_S + rounded((y - seconds * rate) / rate);
}

/* Where the integral of a rate that rises from `low` to `high` within `length`
 * seconds is `y`: the root of low t + (high - low) t^2 / (2 length) = y, written so
 * that nothing cancels. */
static double risen(double low, double high, double length, double y)
{
	if (y <= 0)
		return 0;
	return 2 * y / (low + sqrt(low * low + 2 * (high - low) / length * y));
}

/* The same for any two rates: one that falls rises backwards from the end, near which
 * little is left and must not be a difference of large numbers. */
static int64_t ramp(const struct process *p, double y)
{
	span on = on_in_all(p);
	double length = (double)on.ns / (double)NS_PER_S;
	double all = (p->rate + p->ramp_to) / 2 * length;

	if (p->ramp_to > p->rate)
		return rounded(risen(p->rate, p->ramp_to, length, y));
	int64_t left = rounded(risen(p->ramp_to, p->rate, length, all - y));
	return left < on.ns ? on.ns - left : 0;
}

static int64_t reached(const struct process *p, double y)
{
	return p->ramp_to > p->rate || p->ramp_to < p->rate ? ramp(p, y) : steady(p->rate, y);
}

static int64_t burst(const struct process *p, uint64_t arrived)
{
	uint64_t n = arrived / p->size;
	int64_t on;

	if (n && (p->every.ns == 0 || n > INT64_MAX ||
	          __builtin_mul_overflow((int64_t)n, p->every.ns, &on)))
		return INT64_MAX;
	return n ? on : 0;
}

/* The time of the next arrival, counted while the process is on. */
static int64_t next_on(const struct process *p, struct process_state *s)
{
	switch (p->type) {
	case PROCESS_EVEN:
		s->integral = (double)s->arrived;
		return reached(p, s->integral);
	case PROCESS_POISSON:
		/* After 10^9 of them, the sum is still right to 10^-7 of one. */
		s->integral += dist_unit_exponential(&s->rng);
		return reached(p, s->integral);
	case PROCESS_BURST:
		return burst(p, s->arrived);
	}
	return INT64_MAX;
}

bool process_next(const struct process *p, struct process_state *s, span *at)
{
	if (p->count && s->arrived >= p->count)
		return false;
	int64_t t = tick_sum(p->from.ns, elapsed(p, next_on(p, s)));

	if (t >= p->until.ns)
		return false;
	s->arrived++;
	/* Rounding cannot make time go back. */
	if (t > s->last.ns)
		s->last.ns = t;
	*at = s->last;
	return true;
}
