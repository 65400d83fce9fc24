/* When passes begin that are made again and again. */
#include "base/rng.h"
#include "core/period.h"
#include "t.h"

static const span second = { NS_PER_S };

static instant at(int64_t ms)
{
	return instant_ms(ms);
}

static void the_next_one_is_a_period_behind_the_begin_of_the_last(void)
{
	EQ(period_next(at(0), at(0), second).ns, at(1000).ns);
	EQ(period_next(at(0), at(400), second).ns, at(1000).ns);
	EQ(period_next(at(0), at(1000), second).ns, at(1000).ns);
}

static void a_late_one_is_delayed_and_those_missed_are_not_made_up_for(void)
{
	static const int64_t lasts[] = { 0, 3500, 0, 0 };
	static const int64_t begins[] = { 0, 1000, 4500, 5500 };
	instant now = at(0), begun = at(0);

	for (size_t i = 0; i < sizeof lasts / sizeof lasts[0]; i++) {
		begun = now;
		EQ(begun.ns, at(begins[i]).ns);
		now = period_next(begun, instant_add(begun, span_ms(lasts[i])), second);
	}
}

static void two_never_begin_within_one_period(void)
{
	struct rng rng = { 5 };
	instant begun = at(0);

	for (int i = 0; i < 10000; i++) {
		instant now = instant_add(begun, span_ms((int64_t)rng_below(&rng, 3000)));
		instant next = period_next(begun, now, second);

		OK(instant_until(begun, next).ns >= second.ns);
		OK(!instant_after(now, next));
		/* Not later than either of the two asks for. */
		OK(next.ns == now.ns || next.ns == begun.ns + second.ns);
		begun = next;
	}
}

static void no_period_is_at_once_and_an_endless_one_never(void)
{
	EQ(period_next(at(5), at(7), (span){ 0 }).ns, at(7).ns);
	EQ(period_next(at(5), at(7), SPAN_MAX).ns, INT64_MAX);
}

int main(void)
{
	RUN(the_next_one_is_a_period_behind_the_begin_of_the_last);
	RUN(a_late_one_is_delayed_and_those_missed_are_not_made_up_for);
	RUN(two_never_begin_within_one_period);
	RUN(no_period_is_at_once_and_an_endless_one_never);
	return t_done();
}
