#include "base/mem.h"
#include "sim/scenario.h"
#include "t.h"

#include <math.h>
#include <signal.h>

enum { ATTEMPTS = 20000 };

static struct attempt attempt(uint64_t action, uint32_t number)
{
	return (struct attempt){ .seed = 9, .action = action, .number = number, .running = 1 };
}

static struct result run(const struct handler_model *m, struct attempt a, span *lasts)
{
	struct result r = { .exit = 99 };

	*lasts = handler_model_run(m, &a, &r);
	return r;
}

static struct handler_model always(enum fate fate)
{
	struct handler_model m = { .duration = { .least = { 1000 } } };

	m.odds[fate] = 1;
	return m;
}

static void each_fate_has_its_result(void)
{
	struct handler_model m;
	struct result r;
	span d;

	m = always(FATE_OK);
	r = run(&m, attempt(1, 1), &d);
	OK(r.verdict == RESULT_OK && r.exit == 0 && r.signal == 0 && d.ns == 1000);
	m = always(FATE_RETRY);
	r = run(&m, attempt(1, 1), &d);
	OK(r.verdict == RESULT_RETRY && r.exit == 75 && !r.has_hint && d.ns == 1000);
	m = always(FATE_FAIL);
	r = run(&m, attempt(1, 1), &d);
	OK(r.verdict == RESULT_FAIL && r.exit == 1 && r.signal == 0 && d.ns == 1000);
	m = always(FATE_CRASH);
	r = run(&m, attempt(1, 1), &d);
	OK(r.verdict == RESULT_FAIL && r.exit == -1 && r.signal == SIGSEGV && d.ns == 1000);
	m = always(FATE_HANG);
	r = run(&m, attempt(1, 1), &d);
	OK(r.verdict == RESULT_FAIL && r.exit == -1 && d.ns == INT64_MAX);
	OK(!r.reason && !r.output && !r.timed_out);
}

static void a_zeroed_one_succeeds_at_once(void)
{
	struct handler_model m = { 0 };
	span d;

	OK(run(&m, attempt(1, 1), &d).verdict == RESULT_OK);
	EQ(d.ns, 0);
}

static void a_retry_has_a_hint_when_there_is_one(void)
{
	struct handler_model m = always(FATE_RETRY);
	struct result r;
	span d;

	m.has_hint = true;
	m.retry_after = (struct dist){ .shape = DIST_UNIFORM, .least = { 50 }, .most = { 60 } };
	r = run(&m, attempt(1, 1), &d);
	OK(r.has_hint && r.hint.ns >= 50 && r.hint.ns <= 60);
	m = always(FATE_FAIL);
	m.has_hint = true;
	m.retry_after.least.ns = 50;
	r = run(&m, attempt(1, 1), &d);
	OK(!r.has_hint);
}

/* Within four standard deviations. */
static bool about(int got, double p)
{
	return fabs(got - p * ATTEMPTS) < 4 * sqrt(p * (1 - p) * ATTEMPTS);
}

static enum fate fate_of(const struct result *r, span lasts)
{
	if (r->verdict == RESULT_OK)
		return FATE_OK;
	if (r->verdict == RESULT_RETRY)
		return FATE_RETRY;
	if (lasts.ns == INT64_MAX)
		return FATE_HANG;
	return r->signal ? FATE_CRASH : FATE_FAIL;
}

/* How often each fate comes to so many actions at this time. */
static void count(const struct handler_model *m, span at, int seen[FATES])
{
	memset(seen, 0, FATES * sizeof *seen);
	for (uint64_t i = 1; i <= ATTEMPTS; i++) {
		struct attempt a = attempt(i, 1);
		struct result r;
		span d;

		a.at = at;
		r = run(m, a, &d);
		seen[fate_of(&r, d)]++;
	}
}

static void odds_are_kept(void)
{
	struct handler_model m = { .odds = { 0.5, 0.2, 0.15, 0.1, 0.05 } };
	int seen[FATES];

	count(&m, (span){ 0 }, seen);
	for (int f = 0; f < FATES; f++)
		OK(about(seen[f], m.odds[f]));
}

static void attempts_of_one_action_differ(void)
{
	struct handler_model m = { .odds = { 0.5, 0, 0.5 } };
	int good = 0;

	for (uint32_t n = 1; n <= ATTEMPTS; n++) {
		span d;
		good += run(&m, attempt(7, n), &d).verdict == RESULT_OK;
	}
	OK(about(good, 0.5));
}

static void an_outage_ends_when_it_says(void)
{
	struct outage outages[] = { { { 100 }, { 200 }, 1, FATE_FAIL },
		                    { { 150 }, { 300 }, 0.3, FATE_CRASH } };
	struct handler_model m = always(FATE_OK);
	int seen[FATES];

	m.outages = outages;
	m.outage_count = 2;
	count(&m, (span){ 99 }, seen);
	EQ(seen[FATE_OK], ATTEMPTS);
	count(&m, (span){ 100 }, seen);
	EQ(seen[FATE_FAIL], ATTEMPTS);
	count(&m, (span){ 199 }, seen);
	EQ(seen[FATE_FAIL], ATTEMPTS);
	count(&m, (span){ 200 }, seen);
	OK(about(seen[FATE_CRASH], 0.3));
	EQ(seen[FATE_OK] + seen[FATE_CRASH], ATTEMPTS);
	count(&m, (span){ 300 }, seen);
	EQ(seen[FATE_OK], ATTEMPTS);
}

static void more_at_once_than_it_can_are_slower(void)
{
	struct handler_model m = always(FATE_OK);
	struct attempt a = attempt(1, 1);
	span d;

	m.capacity = 4;
	for (uint32_t n = 1; n <= 10; n++) {
		a.running = n;
		run(&m, a, &d);
		EQ(d.ns, n <= 4 ? 1000 : 250 * n);
	}
	m.duration.least = SPAN_MAX;
	run(&m, a, &d);
	EQ(d.ns, INT64_MAX);
}

static bool same(struct result x, struct result y)
{
	return x.verdict == y.verdict && x.exit == y.exit && x.signal == y.signal &&
	       x.has_hint == y.has_hint && x.hint.ns == y.hint.ns;
}

/* What one question draws leaves the others as they are: the same luck meets a
 * handler that is twice as fast, or an outage that never strikes. */
static void luck_does_not_spill_over(void)
{
	struct outage harmless = { { 0 }, SPAN_MAX, 0, FATE_FAIL };
	struct handler_model m = { .odds = { 0.4, 0.3, 0.3 }, .has_hint = true };
	m.duration = (struct dist){ .shape = DIST_LOGNORMAL, .median = { 1000000 }, .sigma = 1 };
	m.retry_after = (struct dist){ .shape = DIST_EXPONENTIAL, .mean = { 5000 } };
	struct handler_model other = m, out = m;
	other.duration = (struct dist){ .shape = DIST_CONSTANT, .least = { 5 } };
	out.outages = &harmless;
	out.outage_count = 1;

	for (uint64_t i = 1; i < 1000; i++) {
		span d, d_other, d_out;
		struct result r = run(&m, attempt(i, 2), &d);
		if (!OK(same(r, run(&other, attempt(i, 2), &d_other))) ||
		    !OK(same(r, run(&out, attempt(i, 2), &d_out))) || !OK(d.ns == d_out.ns))
			return;
	}
}

static void a_short_one_fails_as_often_as_a_long_one(void)
{
	struct handler_model m = { .odds = { 0.5, 0, 0.5 } };
	int short_ones = 0, failed = 0;

	m.duration = (struct dist){ .shape = DIST_UNIFORM, .most = { 999 } };
	for (uint64_t i = 1; i <= 2 * ATTEMPTS; i++) {
		span d;
		bool fails = run(&m, attempt(i, 1), &d).verdict == RESULT_FAIL;
		short_ones += d.ns < 500;
		failed += d.ns < 500 && fails;
	}
	OK(abs(short_ones - ATTEMPTS) < ATTEMPTS / 20);
	OK(fabs((double)failed / short_ones - 0.5) < 0.02);
}

static void the_order_of_calls_does_not_matter(void)
{
	struct handler_model m = { .odds = { 0.5, 0, 0.5 } };
	m.duration = (struct dist){ .shape = DIST_EXPONENTIAL, .mean = { 1000000 } };
	span forth[100], back[100];

	for (uint64_t i = 0; i < 100; i++)
		run(&m, attempt(i, 1), &forth[i]);
	for (uint64_t i = 100; i-- > 0;)
		run(&m, attempt(i, 1), &back[i]);
	for (int i = 0; i < 100; i++)
		EQ(back[i].ns, forth[i].ns);
}

static void another_seed_is_other_luck(void)
{
	struct handler_model m = { .duration = { .shape = DIST_EXPONENTIAL, .mean = { 1000 } } };
	struct attempt a = attempt(1, 1);
	span first, second;

	m.duration.mean.ns = NS_PER_S;
	run(&m, a, &first);
	a.seed++;
	run(&m, a, &second);
	OK(first.ns != second.ns);
	/* A change of this changes the results of everybody's scenarios. */
	EQ(first.ns, 35023462);
}

static char *text(const char *t)
{
	return mem_text(t, strlen(t));
}

static void a_kind_has_its_own_model_or_that_of_all_others(void)
{
	struct scenario s = { 0 };

	OK(!scenario_handler(&s, SLICE("a")));
	s.handler_count = 3;
	s.handlers = mem_zeroed(3, sizeof *s.handlers);
	s.handlers[0].kind = text("ab");
	s.handlers[2].kind = text("a");
	OK(scenario_handler(&s, SLICE("a")) == &s.handlers[2]);
	OK(scenario_handler(&s, SLICE("ab")) == &s.handlers[0]);
	OK(scenario_handler(&s, SLICE("b")) == &s.handlers[1]);
	s.handlers[1].kind = text("c");
	OK(!scenario_handler(&s, SLICE("b")));
	scenario_free(&s);
	scenario_free(&s);
}

/* The sanitizers look for what is left. */
static void a_scenario_frees_what_it_owns(void)
{
	struct scenario s = { .preset = text("robust"), .by = text("zone") };
	struct field zipf = { .name = text("n"), .type = FIELD_ZIPF, .most = 3, .exponent = 1 };
	struct field choice = { .name = text("c"), .type = FIELD_CHOICE, .choice_count = 1 };

	field_prepare(&zipf);
	zipf.prefix = text("p");
	choice.choices = mem_zeroed(1, sizeof *choice.choices);
	choice.choices[0] = text("1");
	s.streams = mem_zeroed(s.stream_count = 1, sizeof *s.streams);
	s.streams[0].kind = text("k");
	s.streams[0].name = text("n");
	s.streams[0].fields = mem_zeroed(s.streams[0].field_count = 2, sizeof zipf);
	s.streams[0].fields[0] = zipf;
	s.streams[0].fields[1] = choice;
	s.recordings = mem_zeroed(s.recording_count = 1, sizeof *s.recordings);
	s.recordings[0].path = text("file");
	s.handlers = mem_zeroed(s.handler_count = 1, sizeof *s.handlers);
	s.handlers[0].outages = mem_zeroed(1, sizeof *s.handlers[0].outages);
	s.handlers[0].duration.samples = mem_zeroed(1, sizeof(span));
	s.handlers[0].empirical = text("chain");
	s.happenings = mem_zeroed(s.happening_count = 1, sizeof *s.happenings);
	s.happenings[0].daemon = text("d");
	s.happenings[0].members = text("m");
	s.expect = mem_zeroed(s.expect_count = 1, sizeof *s.expect);
	s.expect[0] = text("failed == 0");
	scenario_free(&s);
	OK(!s.streams && !s.expect && s.stream_count == 0);
}

int main(void)
{
	RUN(each_fate_has_its_result);
	RUN(a_zeroed_one_succeeds_at_once);
	RUN(a_retry_has_a_hint_when_there_is_one);
	RUN(odds_are_kept);
	RUN(attempts_of_one_action_differ);
	RUN(an_outage_ends_when_it_says);
	RUN(more_at_once_than_it_can_are_slower);
	RUN(luck_does_not_spill_over);
	RUN(a_short_one_fails_as_often_as_a_long_one);
	RUN(the_order_of_calls_does_not_matter);
	RUN(another_seed_is_other_luck);
	RUN(a_kind_has_its_own_model_or_that_of_all_others);
	RUN(a_scenario_frees_what_it_owns);
	return t_done();
}
