/* What a run has come to, told by hand and against the engine's own counters. */
#include "base/rng.h"
#include "sim/measure.h"
#include "world.h"

static const struct key group_a = { 1, 1 }, group_b = { 2, 2 };

static instant ms(int64_t n)
{
	return instant_ms(n);
}

static bool near(double a, double b)
{
	return a - b < 1e-9 && b - a < 1e-9;
}

/* An outcome of an action that arrived at `arrived` and ran for `ran`; -1: never. */
static void end(struct measure *m, uint32_t kind, enum outcome outcome, int64_t arrived,
                int64_t ran, int64_t at)
{
	struct result result = { 0 };
	struct action a = { .arrived = ms(arrived) };
	struct effect f = { .kind = EFFECT_OUTCOME, .outcome = outcome, .at = ms(at) };

	if (ran >= 0) {
		a.ran = span_ms(ran);
		a.result = &result;
	}
	f.action = &a;
	measure_effect(m, &f, kind, group_a, a.arrived);
}

static void arrive(struct measure *m, uint32_t kind, int64_t at)
{
	measure_arrival(m, kind, group_a, ms(at), ms(at));
}

static void pass(struct measure *m, uint64_t depth, uint32_t running, int64_t to)
{
	measure_elapse(m, &(struct levels){ .depth = depth, .running = running, .jobs = 4 },
	               ms(to));
}

static int64_t quantile_ms(struct measure *m, const struct tally *t, enum quantity q, uint32_t part)
{
	return measure_quantile(m, t, q, part).ns / NS_PER_MS;
}

static void kinds_are_numbered_as_they_come(void)
{
	struct measure m;

	measure_init(&m, ms(0));
	EQ(measure_kind(&m, SLICE("b")), 0);
	EQ(measure_kind(&m, SLICE("a")), 1);
	EQ(measure_kind(&m, SLICE("b")), 0);
	EQ(measure_kind(&m, SLICE("")), 2);
	OK(measure_find(&m, SLICE("a")) == &m.kinds[1]);
	OK(measure_find(&m, SLICE("c")) == NULL);
	EQ(m.kind_count, 3);
	measure_free(&m);
	measure_free(&m);
}

static void thousands_of_kinds_keep_their_numbers(void)
{
	struct measure m;
	char name[16];

	measure_init(&m, ms(0));
	for (uint32_t round = 0; round < 2; round++)
		for (uint32_t i = 0; i < 5000; i++) {
			int n = snprintf(name, sizeof name, "kind-%u", i);
			if (!OK(measure_kind(&m, (slice){ name, (size_t)n }) == i))
				return;
		}
	SAME(slice_of(m.kinds[4999].kind), "kind-4999");
	measure_free(&m);
}

static void groups_of_kinds_differ_where_a_table_looks(void)
{
	bool taken[1024] = { 0 };

	for (uint32_t i = 0; i < 1024; i++) {
		bool *place = &taken[measure_kind_group(i).lo % 1024];
		if (!OK(!*place))
			return;
		*place = true;
	}
}

static void a_wait_is_what_is_not_spent_in_handlers(void)
{
	struct measure m;

	measure_init(&m, ms(1000));
	uint32_t k = measure_kind(&m, SLICE("k"));
	/* Emitted at 1000, kept out until 1100, dispatched after 300 ms of handlers. */
	measure_arrival(&m, k, group_a, ms(1000), ms(1100));
	struct result result = { 0 };
	struct action a = { .arrived = ms(1100), .ran = span_ms(300), .result = &result };
	measure_effect(&m, &(struct effect){ .kind = EFFECT_OUTCOME, .action = &a, .at = ms(2000) },
	               k, group_a, ms(1000));

	EQ(quantile_ms(&m, &m.all, QUANTITY_LATENCY, 0), 1000);
	EQ(quantile_ms(&m, &m.all, QUANTITY_RUN, 0), 300);
	EQ(quantile_ms(&m, &m.kinds[k], QUANTITY_WAIT, 0), 700);
	EQ(m.max_blocked.ns, 100 * NS_PER_MS);
	EQ(m.stay_time, 900 * NS_PER_MS);
	measure_free(&m);
}

static void an_action_that_never_came_in_counts_for_how_long_it_was_kept_out(void)
{
	struct measure m;

	measure_init(&m, ms(0));
	pass(&m, 0, 0, 50);
	measure_kept_out(&m, ms(20));
	measure_kept_out(&m, ms(40));
	measure_kept_out(&m, ms(90));
	EQ(m.max_blocked.ns, 30 * NS_PER_MS);
	EQ(m.all.arrived, 0);
	measure_free(&m);
}

static void a_stay_longer_than_a_span_is_balanced_as_well(void)
{
	struct measure m;
	const instant first = { INT64_MIN + 1 }, last = { INT64_MAX - 1 };
	struct action a = { .arrived = first };

	measure_init(&m, first);
	uint32_t k = measure_kind(&m, SLICE("k"));
	m.asserted = true;
	measure_arrival(&m, k, group_a, first, first);
	measure_elapse(&m, &(struct levels){ .depth = 1 }, ms(0));
	measure_elapse(&m, &(struct levels){ .depth = 1 }, last);
	measure_effect(&m,
	               &(struct effect){ .kind = EFFECT_OUTCOME,
	                                 .outcome = OUTCOME_EXPIRED,
	                                 .action = &a,
	                                 .at = last },
	               k, group_a, first);
	OK(measure_adds_up(&m) && measure_balanced(&m));
	EQ(m.asserted_for.ns, INT64_MAX);
	EQ(quantile_ms(&m, &m.all, QUANTITY_WAIT, 0), INT64_MAX / NS_PER_MS);
	measure_free(&m);
}

static void an_action_from_the_future_waits_from_when_it_came(void)
{
	struct measure m;
	struct action a = { .arrived = ms(5) };

	measure_init(&m, ms(0));
	uint32_t k = measure_kind(&m, SLICE("k"));
	measure_arrival(&m, k, group_a, ms(70), ms(5));
	measure_effect(&m,
	               &(struct effect){ .kind = EFFECT_OUTCOME,
	                                 .outcome = OUTCOME_EXPIRED,
	                                 .action = &a,
	                                 .at = ms(8) },
	               k, group_a, ms(70));
	EQ(quantile_ms(&m, &m.all, QUANTITY_WAIT, 0), 3);
	EQ(m.max_blocked.ns, 0);
	measure_free(&m);
}

static void gated_actions_have_no_waits_and_only_those_that_ran_have_run_times(void)
{
	struct measure m;

	measure_init(&m, ms(0));
	uint32_t k = measure_kind(&m, SLICE("k"));
	for (int i = 0; i < 4; i++)
		arrive(&m, k, 0);
	end(&m, k, OUTCOME_GATED, 0, -1, 10);
	end(&m, k, OUTCOME_EXPIRED, 0, -1, 20);
	end(&m, k, OUTCOME_FAILED, 0, 5, 30);
	end(&m, k, OUTCOME_DISPATCHED, 0, 0, 40);
	EQ(m.kinds[k].samples[QUANTITY_WAIT].count, 3);
	EQ(m.kinds[k].samples[QUANTITY_LATENCY].count, 3);
	EQ(m.kinds[k].samples[QUANTITY_RUN].count, 2);
	EQ(m.all.gated, 1);
	EQ(m.all.expired, 1);
	EQ(m.all.failed, 1);
	EQ(m.all.dispatched, 1);
	OK(measure_adds_up(&m));
	measure_free(&m);
}

static void all_is_every_kind_together(void)
{
	struct measure m;

	measure_init(&m, ms(0));
	uint32_t a = measure_kind(&m, SLICE("a")), b = measure_kind(&m, SLICE("b"));
	for (int i = 1; i <= 10; i++) {
		uint32_t k = i % 2 ? a : b;
		arrive(&m, k, 0);
		end(&m, k, OUTCOME_DISPATCHED, 0, 0, i);
	}
	EQ(m.all.dispatched, 10);
	EQ(m.kinds[a].dispatched, 5);
	EQ(quantile_ms(&m, &m.all, QUANTITY_WAIT, 50000), 5);
	EQ(quantile_ms(&m, &m.kinds[a], QUANTITY_WAIT, 50000), 5);
	EQ(quantile_ms(&m, &m.kinds[b], QUANTITY_WAIT, 50000), 6);
	EQ(quantile_ms(&m, &m.kinds[b], QUANTITY_WAIT, 0), 2);
	OK(near(measure_mean(&m, &m.all, QUANTITY_WAIT), 5.5e6));
	OK(near(measure_mean(&m, &m.kinds[b], QUANTITY_WAIT), 6e6));
	measure_free(&m);
}

static void an_action_that_is_lost_is_noticed(void)
{
	struct measure m;

	measure_init(&m, ms(0));
	uint32_t k = measure_kind(&m, SLICE("k"));
	OK(measure_adds_up(&m) && measure_balanced(&m));
	arrive(&m, k, 0);
	pass(&m, 1, 0, 3);
	OK(!measure_adds_up(&m));
	OK(!measure_balanced(&m));
	end(&m, k, OUTCOME_UNFINISHED, 0, -1, 3);
	OK(measure_adds_up(&m));
	OK(measure_balanced(&m));
	m.depth_time++;
	OK(!measure_balanced(&m)); /* to the nanosecond */
	measure_free(&m);
}

static void levels_are_integrated_over_time(void)
{
	struct measure m;

	measure_init(&m, ms(100));
	pass(&m, 5, 2, 110);
	pass(&m, 3, 3, 130);
	pass(&m, 9, 1, 130); /* no time at all */
	pass(&m, 0, 0, 90);  /* the clock does not go back */
	EQ(m.now.ns, ms(130).ns);
	EQ(m.depth_time, (5 * 10 + 3 * 20) * NS_PER_MS);
	EQ(m.running_time, (2 * 10 + 3 * 20) * NS_PER_MS);
	EQ(m.jobs_time, 4 * 30 * NS_PER_MS);
	EQ(m.max_waiting, 3);
	EQ(m.max_running, 3);
	measure_free(&m);
}

static void the_greatest_depth_is_that_of_a_moment(void)
{
	struct measure m;

	measure_init(&m, ms(0));
	uint32_t k = measure_kind(&m, SLICE("k"));
	for (int i = 0; i < 3; i++)
		arrive(&m, k, 0);
	for (int i = 0; i < 3; i++)
		end(&m, k, OUTCOME_DISPATCHED, 0, 0, 0);
	arrive(&m, k, 0);
	EQ(m.max_depth, 3);
	EQ(m.series.bins[0].max_depth, 3);
	measure_free(&m);
}

static void edge(struct measure *m, enum edge edge, int64_t at)
{
	measure_effect(m, &(struct effect){ .kind = EFFECT_EDGE, .edge = edge, .at = ms(at) }, 0,
	               group_a, ms(at));
}

static void the_time_of_back_pressure_is_counted_to_the_end(void)
{
	struct measure m;

	measure_init(&m, ms(0));
	pass(&m, 1, 0, 10);
	edge(&m, EDGE_ASSERTED, 10);
	pass(&m, 1, 0, 15);
	edge(&m, EDGE_RELEASED, 15);
	pass(&m, 1, 0, 20);
	edge(&m, EDGE_ASSERTED, 20);
	pass(&m, 1, 0, 27);
	EQ(m.asserts, 2);
	EQ(m.releases, 1);
	EQ(m.asserted_for.ns, 12 * NS_PER_MS);
	measure_free(&m);
}

static void steps_and_attempts_are_counted(void)
{
	struct measure m;
	struct action a = { 0 };

	measure_init(&m, ms(0));
	uint32_t k = measure_kind(&m, SLICE("k"));
	const struct effect effects[] = {
		{ .kind = EFFECT_STEP, .outcome = OUTCOME_DEFERRED, .action = &a },
		{ .kind = EFFECT_DISPATCH, .action = &a },
		{ .kind = EFFECT_TERMINATE, .action = &a },
		{ .kind = EFFECT_STEP, .outcome = OUTCOME_RETRYING, .action = &a },
		{ .kind = EFFECT_DISPATCH, .action = &a },
	};
	for (size_t i = 0; i < sizeof effects / sizeof effects[0]; i++)
		measure_effect(&m, &effects[i], k, group_a, ms(0));
	EQ(m.all.attempts, 2);
	EQ(m.all.retries, 1);
	EQ(m.kinds[k].deferred, 1);
	EQ(m.series.bins[0].started, 2);
	measure_free(&m);
}

/* Of ten actions of a group so many are dispatched, after so many milliseconds each. */
static void group(struct measure *m, struct key key, int dispatched, int64_t wait)
{
	for (int i = 0; i < 10; i++) {
		struct action a = { 0 };
		struct effect f = { .kind = EFFECT_OUTCOME, .action = &a, .at = ms(wait) };

		f.outcome = i < dispatched ? OUTCOME_DISPATCHED : OUTCOME_FAILED;
		measure_arrival(m, 0, key, ms(0), ms(0));
		measure_effect(m, &f, 0, key, ms(0));
	}
}

static void fairness_is_one_when_all_get_the_same_part(void)
{
	struct measure m;

	measure_init(&m, ms(0));
	measure_kind(&m, SLICE("k"));
	OK(near(measure_fairness(&m), 1));
	OK(near(measure_wait_fairness(&m), 1));
	group(&m, group_a, 5, 0);
	OK(near(measure_fairness(&m), 1));
	OK(near(measure_wait_fairness(&m), 1)); /* nobody waits */
	group(&m, group_b, 5, 0);
	OK(near(measure_fairness(&m), 1));
	measure_free(&m);
}

static void fairness_falls_to_one_in_n_when_one_of_n_gets_all(void)
{
	struct measure m;

	measure_init(&m, ms(0));
	measure_kind(&m, SLICE("k"));
	group(&m, group_a, 10, 30);
	group(&m, group_b, 0, 0);
	OK(near(measure_fairness(&m), 0.5));
	OK(near(measure_wait_fairness(&m), 0.5));
	group(&m, (struct key){ 3, 3 }, 5, 10);
	/* 1, 0, 0.5 and 30, 0, 10 */
	OK(near(measure_fairness(&m), 1.5 * 1.5 / (3 * 1.25)));
	OK(near(measure_wait_fairness(&m), 40.0 * 40 / (3 * 1000)));
	measure_free(&m);
}

/* ---- a whole run of the engine ---- */

struct watched {
	struct world w;
	struct measure m;
	int64_t stays; /* summed up here, too */
};

static const char *const kinds[] = { "pull_replica", "migrate_blob", "x" };

static const char *kind_of(int64_t id)
{
	return kinds[id % 3];
}

static struct key group_of(int64_t id)
{
	return (struct key){ (uint64_t)id % 5, 0 };
}

/* Asked for the next event when the last one has been fed: that one has come. */
static bool watched_next(void *user, struct event *event)
{
	struct watched *t = user;
	const struct event *fed = &t->w.script[t->w.script_next - (t->w.script_next > 0)];
	int64_t id = (int64_t)t->w.script_next;

	if (id > 0 && fed->kind == EVENT_ARRIVED)
		measure_arrival(&t->m, measure_kind(&t->m, slice_of(kind_of(id))), group_of(id),
		                fed->now, fed->now);
	return world_next(&t->w, event);
}

static span watched_handler(void *user, const struct action *a, instant now, struct result *r)
{
	struct watched *t = user;

	return world_handler(&t->w, a, now, r);
}

static void watched_effect(void *user, const struct effect *f)
{
	struct watched *t = user;
	int64_t id = f->action ? (intptr_t)f->action->user : 0;
	instant emitted = f->action ? f->action->arrived : f->at;
	uint32_t kind = f->action ? measure_kind(&t->m, slice_of(kind_of(id))) : 0;

	measure_effect(&t->m, f, kind, group_of(id), emitted);
	if (f->kind == EFFECT_OUTCOME)
		t->stays += instant_until(emitted, f->at).ns;
	world_effect(&t->w, f);
}

static void watched_elapse(void *user, instant to)
{
	struct watched *t = user;

	measure_elapse(&t->m,
	               &(struct levels){ .depth = engine_depth(t->w.engine),
	                                 .running = engine_running(t->w.engine),
	                                 .jobs = engine_jobs(t->w.engine) },
	               to);
}

/* The stop comes after the last arrival, so that all are fed; the queue has room. */
static void script(struct watched *t, struct rng *rng)
{
	int64_t at = 0;

	for (int64_t id = 1; id <= 200; id++) {
		at += (int64_t)(rng_below(rng, 3) ? 0 : rng_below(rng, 400));
		add(&t->w, at, kind_of(id), rng_below(rng, 4), id);
		if (rng_below(rng, 20) == 0)
			t->w.script[t->w.script_count - 1].action->turn->expires = ms(at + 300);
	}
	behave(&t->w, 0, (struct behaviour){ .duration = span_ms((int64_t)rng_below(rng, 90)) });
	for (int64_t id = 3; id < 10; id++)
		behave(&t->w, id,
		       (struct behaviour){ .retries = (uint32_t)rng_below(rng, 4),
		                           .duration = span_ms((int64_t)rng_below(rng, 900)),
		                           .verdict =
		                                   rng_below(rng, 2) ? RESULT_OK : RESULT_FAIL });
	if (rng_below(rng, 4) == 0)
		tell(&t->w, at + (int64_t)rng_below(rng, 2000), EVENT_STOPPED);
}

static bool same_as_engine(const struct watched *t, const struct engine_stats *s)
{
	const struct measure *m = &t->m;

	return m->all.arrived == s->received && m->all.dispatched == s->dispatched &&
	       m->all.failed == s->failed && m->all.gated == s->gated &&
	       m->all.expired == s->expired && m->all.unfinished == s->unfinished &&
	       m->all.deferred == s->deferred && m->all.retries == s->dispatch_retries &&
	       m->asserts == s->asserts && m->releases == s->releases &&
	       m->max_depth == s->max_depth &&
	       m->all.attempts == how_many(&t->w, EFFECT_DISPATCH, 0);
}

static bool agrees(uint64_t seed)
{
	struct rng rng = { seed };
	struct watched t = { 0 };
	static const char *const sets[] = { "backpressure.assert_at=20",
		                            "backpressure.release_at=5" };
	const struct sim_model model = { .next = watched_next,
		                         .handler = watched_handler,
		                         .effect = watched_effect,
		                         .elapse = watched_elapse,
		                         .user = &t };

	world_open_set(&t.w, rng_below(&rng, 2) ? "robust" : "meshos", sets, 2);
	world_start(&t.w, 1 + (uint32_t)rng_below(&rng, 4));
	measure_init(&t.m, ms(0));
	script(&t, &rng);
	instant over = sim_run(t.w.engine, &model, ms(0));
	bool good = same_as_engine(&t, engine_stats(t.w.engine)) && measure_adds_up(&t.m) &&
	            measure_balanced(&t.m) && t.m.stay_time == (measure_integral)t.stays &&
	            t.m.now.ns == over.ns && t.m.inside == 0;
	measure_free(&t.m);
	world_close(&t.w);
	return good;
}

static void counters_are_those_of_the_engine_and_littles_law_holds(void)
{
	uint64_t first = t_seed(1), count = t_seeds(200);

	for (uint64_t seed = first; seed < first + count; seed++)
		if (!OK(agrees(seed))) {
			t_again(seed);
			return;
		}
}

int main(void)
{
	RUN(kinds_are_numbered_as_they_come);
	RUN(thousands_of_kinds_keep_their_numbers);
	RUN(groups_of_kinds_differ_where_a_table_looks);
	RUN(a_wait_is_what_is_not_spent_in_handlers);
	RUN(an_action_that_never_came_in_counts_for_how_long_it_was_kept_out);
	RUN(a_stay_longer_than_a_span_is_balanced_as_well);
	RUN(an_action_from_the_future_waits_from_when_it_came);
	RUN(gated_actions_have_no_waits_and_only_those_that_ran_have_run_times);
	RUN(all_is_every_kind_together);
	RUN(an_action_that_is_lost_is_noticed);
	RUN(levels_are_integrated_over_time);
	RUN(the_greatest_depth_is_that_of_a_moment);
	RUN(the_time_of_back_pressure_is_counted_to_the_end);
	RUN(steps_and_attempts_are_counted);
	RUN(fairness_is_one_when_all_get_the_same_part);
	RUN(fairness_falls_to_one_in_n_when_one_of_n_gets_all);
	RUN(counters_are_those_of_the_engine_and_littles_law_holds);
	return t_done();
}
