/* When an action comes back that asks to be retried, and when it has been often enough. */
#include "core/retry.h"
#include "world.h"

#include "base/rng.h"

static const struct retry_policy list = {
	.listed = true,
	.count = 3,
	.delays = { { 10 * NS_PER_MS }, { 10 * NS_PER_MS }, { 500 * NS_PER_MS } },
};

static const struct retry_policy doubling = {
	.most = 5,
	.ladder = { .initial = { 100 * NS_PER_MS }, .factor = 2, .max = { NS_PER_S / 2 } },
};

/* Action 1, whose kind has this for its retries. */
static struct action *add_retried(struct world *w, const struct retry_policy *p)
{
	struct action *a = add(w, 0, "mark_avoid", 0, 1);

	world_class(w, a)->retry = p;
	return a;
}

/* One action that always asks again. */
static void insist(struct world *w, const struct retry_policy *p, span hint)
{
	world_open(w, "meshos");
	world_start(w, 1);
	add_retried(w, p);
	behave(w, 1, (struct behaviour){ .retries = 100, .hint = hint });
	world_run(w);
}

static void the_nth_retry_waits_the_nth_time_of_a_list(void)
{
	struct world w;

	insist(&w, &list, (span){ 0 });
	EQ(how_many(&w, EFFECT_DISPATCH, 1), 4);
	EQ(dispatched_at(&w, 1, 1), 10);
	EQ(dispatched_at(&w, 1, 2), 20);
	EQ(dispatched_at(&w, 1, 3), 520);
	EQ(outcome_of(&w, 1)->outcome, OUTCOME_FAILED);
	EQ(outcome_of(&w, 1)->cause, CAUSE_RETRIES);
	EQ(outcome_of(&w, 1)->at_ms, 520);
	world_close(&w);
}

static void a_hint_wins_and_gives_no_further_retry(void)
{
	struct world w;

	insist(&w, &list, span_ms(7));
	EQ(how_many(&w, EFFECT_DISPATCH, 1), 4);
	EQ(dispatched_at(&w, 1, 3), 21);
	EQ(outcome_of(&w, 1)->cause, CAUSE_RETRIES);
	world_close(&w);
}

static void an_empty_list_has_no_retry(void)
{
	static const struct retry_policy none = { .listed = true };
	struct world w;

	insist(&w, &none, span_ms(7));
	EQ(how_many(&w, EFFECT_DISPATCH, 1), 1);
	EQ(outcome_of(&w, 1)->cause, CAUSE_RETRIES);
	world_close(&w);
}

static void a_ladder_climbs_to_its_most_and_ends(void)
{
	struct world w;

	insist(&w, &doubling, (span){ 0 });
	EQ(how_many(&w, EFFECT_DISPATCH, 1), 6);
	EQ(dispatched_at(&w, 1, 1), 100);
	EQ(dispatched_at(&w, 1, 2), 300);
	EQ(dispatched_at(&w, 1, 3), 700);
	EQ(dispatched_at(&w, 1, 4), 1200);
	EQ(dispatched_at(&w, 1, 5), 1700);
	EQ(outcome_of(&w, 1)->cause, CAUSE_RETRIES);
	world_close(&w);
}

static void D_20_the_budget_counts_as_ever(void)
{
	struct world w;

	world_open(&w, "meshos");
	w.policy.executor.max_defers = 2;
	world_start(&w, 1);
	add_retried(&w, &doubling);
	behave(&w, 1, (struct behaviour){ .retries = 100 });
	world_run(&w);
	EQ(how_many(&w, EFFECT_DISPATCH, 1), 3);
	EQ(outcome_of(&w, 1)->cause, CAUSE_RETRY_BUDGET);
	world_close(&w);
}

static void attempts_of_an_earlier_run_count(void)
{
	struct world w;

	world_open(&w, "meshos");
	world_start(&w, 1);
	add_retried(&w, &list)->attempts = 2;
	behave(&w, 1, (struct behaviour){ .retries = 100 });
	world_run(&w);
	EQ(how_many(&w, EFFECT_DISPATCH, 1), 2);
	EQ(dispatched_at(&w, 1, 1), 500);
	world_close(&w);
}

static void the_budget_of_all_ends_what_it_cannot_pay_for(void)
{
	struct world w;

	world_open(&w, "meshos");
	w.policy.executor.retry_budget = (struct retry_budget_policy){
		.ratio = 0,
		.floor = 1,
		.per = { NS_PER_S },
	};
	w.policy.executor.retry_after = span_ms(1);
	world_start(&w, 4);
	for (int64_t id = 1; id <= 4; id++)
		add(&w, 0, "mark_avoid", 0, id);
	behave(&w, 0, (struct behaviour){ .retries = 100, .reason = "busy" });
	const struct engine_stats *s = world_run(&w);
	EQ(s->dispatch_retries, 10);
	EQ(s->failed, 4);
	EQ(outcome_of(&w, 4)->cause, CAUSE_STREAM_BUDGET);
	SAME(slice_of(outcome_of(&w, 4)->reason), "busy");
	world_close(&w);
}

/* ---- chance ---- */

static void full_jitter_is_uniform_from_nothing_to_the_window(void)
{
	struct retry_policy p = doubling;
	struct rng rng = { t_seed(1) };
	double sum = 0;
	bool inside = true;

	p.ladder.jitter = 1;
	for (int i = 0; i < 10000; i++) {
		span d = retry_delay(&p, 2, rng_next(&rng));

		inside &= d.ns >= 0 && d.ns <= 200 * NS_PER_MS;
		sum += (double)d.ns / (200.0 * (double)NS_PER_MS);
	}
	OK(inside);
	OK(sum > 4800 && sum < 5200);
	EQ(retry_delay(&p, 2, 0).ns, 200 * NS_PER_MS);
	OK(retry_delay(&p, 2, UINT64_MAX).ns <= 1);
	p.ladder.jitter = 0.5F;
	OK(retry_delay(&p, 2, UINT64_MAX).ns >= 100 * NS_PER_MS);
}

static void the_same_seed_draws_the_same(void)
{
	EQ(retry_draw(7, 1, 2), retry_draw(7, 1, 2));
	OK(retry_draw(7, 1, 2) != retry_draw(8, 1, 2));
	OK(retry_draw(7, 1, 2) != retry_draw(7, 2, 2));
	OK(retry_draw(7, 1, 2) != retry_draw(7, 1, 3));
	OK(retry_draw(7, 1, 2) != retry_draw(7, 2, 1));
}

static void waits_saturate(void)
{
	struct retry_policy p = { .most = RETRY_MOST,
		                  .ladder = { .initial = { 1 }, .factor = 10, .max = SPAN_MAX } };

	EQ(retry_delay(&p, RETRY_MOST, 0).ns, INT64_MAX);
	p.ladder = (struct ladder){ .initial = SPAN_MAX, .factor = 3, .max = SPAN_MAX };
	EQ(retry_delay(&p, 5, 0).ns, INT64_MAX);
	p.ladder = (struct ladder){ .factor = 3, .max = SPAN_MAX };
	EQ(retry_delay(&p, 5, 0).ns, 0);
}

int main(void)
{
	RUN(the_nth_retry_waits_the_nth_time_of_a_list);
	RUN(a_hint_wins_and_gives_no_further_retry);
	RUN(an_empty_list_has_no_retry);
	RUN(a_ladder_climbs_to_its_most_and_ends);
	RUN(D_20_the_budget_counts_as_ever);
	RUN(attempts_of_an_earlier_run_count);
	RUN(the_budget_of_all_ends_what_it_cannot_pay_for);
	RUN(full_jitter_is_uniform_from_nothing_to_the_window);
	RUN(the_same_seed_draws_the_same);
	RUN(waits_saturate);
	return t_done();
}
