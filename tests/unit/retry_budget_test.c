/* The stream's budget of retries, against one that counts every nanosecond. */
#include "core/retry_budget.h"
#include "t.h"

#include "base/rng.h"

static const struct retry_budget_policy tenth = { .ratio = 0.1F, .floor = 1, .per = { NS_PER_S } };

static uint32_t spend(struct retry_budget *b, const struct retry_budget_policy *p, instant now)
{
	uint32_t n = 0;

	while (n < 100000 && retry_budget_take(b, p, now))
		n++;
	return n;
}

static void it_is_full_at_first_and_time_fills_it_again(void)
{
	struct retry_budget b;

	retry_budget_init(&b, &tenth, instant_ms(0));
	EQ(spend(&b, &tenth, instant_ms(0)), 10);
	EQ(spend(&b, &tenth, instant_ms(999)), 0);
	EQ(spend(&b, &tenth, instant_ms(1000)), 1);
	EQ(spend(&b, &tenth, instant_ms(500)), 0);
	EQ(spend(&b, &tenth, instant_ms(1000000)), 10);
}

static void first_attempts_bring_their_part(void)
{
	struct retry_budget b;

	retry_budget_init(&b, &tenth, instant_ms(0));
	spend(&b, &tenth, instant_ms(0));
	for (int i = 0; i < 29; i++)
		retry_budget_earn(&b, &tenth, instant_ms(0));
	EQ(spend(&b, &tenth, instant_ms(0)), 2);
	retry_budget_earn(&b, &tenth, instant_ms(0));
	EQ(spend(&b, &tenth, instant_ms(0)), 1);
}

static void without_a_policy_everybody_may(void)
{
	const struct retry_budget_policy none = { .ratio = 0.1F };
	struct retry_budget b = { 0 };

	EQ(spend(&b, &none, instant_ms(0)), 100000);
}

static void the_largest_numbers_do_not_overflow(void)
{
	const struct retry_budget_policy large = { .ratio = 10, .floor = 10000000, .per = { 1 } };
	const struct retry_budget_policy slow = { .ratio = 10, .floor = 1, .per = SPAN_MAX };
	struct retry_budget b;

	retry_budget_init(&b, &large, (instant){ INT64_MIN });
	retry_budget_earn(&b, &large, INSTANT_NEVER);
	OK(retry_budget_take(&b, &large, INSTANT_NEVER));
	retry_budget_init(&b, &slow, (instant){ INT64_MIN });
	EQ(spend(&b, &slow, (instant){ INT64_MIN }), 10);
	EQ(spend(&b, &slow, INSTANT_NEVER), 2);
}

/* One nanosecond after the other, in whole numbers of a thousandth. */
static void it_counts_as_one_that_counts_every_nanosecond(void)
{
	struct rng rng = { t_seed(1) };
	bool same = true;

	for (int round = 0; round < 300; round++) {
		uint32_t thousandths = (uint32_t)rng_below(&rng, 2000);
		const struct retry_budget_policy p = {
			.ratio = (float)thousandths / 1000,
			.floor = 1 + (uint32_t)rng_below(&rng, 3),
			.per = { 100 * NS_PER_S + (int64_t)rng_below(&rng, 50) },
		};
		int64_t price = 1000 * p.per.ns, level = 10 * price, now = 0;
		struct retry_budget b;

		retry_budget_init(&b, &p, (instant){ 0 });
		for (int i = 0; i < 200; i++) {
			for (uint64_t steps = rng_below(&rng, 3); steps > 0; steps--) {
				/* A step is a second here, or a lonely nanosecond. */
				int64_t step = rng_below(&rng, 2) ? NS_PER_S : 1;

				now += step;
				level += 1000 * step * (int64_t)p.floor;
				level = level > 10 * price ? 10 * price : level;
			}
			if (rng_below(&rng, 2)) {
				retry_budget_earn(&b, &p, (instant){ now });
				level += (int64_t)thousandths * p.per.ns;
				level = level > 10 * price ? 10 * price : level;
			} else {
				bool may = level >= price;

				level -= may ? price : 0;
				same &= retry_budget_take(&b, &p, (instant){ now }) == may;
			}
		}
	}
	OK(same);
}

int main(void)
{
	RUN(it_is_full_at_first_and_time_fills_it_again);
	RUN(first_attempts_bring_their_part);
	RUN(without_a_policy_everybody_may);
	RUN(the_largest_numbers_do_not_overflow);
	RUN(it_counts_as_one_that_counts_every_nanosecond);
	return t_done();
}
