/* What rules let through in the long run, when there is always somebody who waits: not
 * one fewer than they may. */
#include "station.h"

#include <math.h>

enum { PERIODS = 500 };

static char name[] = "rule";

static struct rule_policy rate(uint32_t n, int64_t per_ms)
{
	return (struct rule_policy){
		.name = name, .type = RULE_RATE, .rate = n, .per = span_ms(per_ms)
	};
}

static struct rule_policy window(int64_t ms)
{
	return (struct rule_policy){ .name = name, .type = RULE_WINDOW, .window = span_ms(ms) };
}

static uint64_t started_between(const struct station *s, instant from, instant to)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < s->came; i++)
		n += s->visits[i].started.ns >= from.ns && s->visits[i].started.ns < to.ns;
	return n;
}

/* ---- all come at once ---- */

/* In every period as many as the rule allows, and the last ones in the last. */
static void check_saturated(struct rule_policy rule, uint32_t keys)
{
	bool by_rate = rule.type == RULE_RATE;
	span per = by_rate ? rule.per : rule.window;
	uint64_t each = (uint64_t)(by_rate ? rule.rate : 1) * (keys ? keys : 1);
	struct station s = {
		.arrivals = { .type = PROCESS_BURST, .size = each * PERIODS, .until = SPAN_MAX },
		.servers = STATION_SERVERS,
		.rule = rule,
		.keys = keys,
	};

	s.arrivals.count = s.arrivals.size;
	station_run(&s);
	OK(station_path_holds(&s));
	for (int64_t i = 0; i < PERIODS; i++)
		if (!EQ(started_between(&s, (instant){ i * per.ns }, (instant){ (i + 1) * per.ns }),
		        each))
			break;
	EQ(s.visits[s.came - 1].started.ns, (PERIODS - 1) * per.ns);
	EQ(s.measure.now.ns, (PERIODS - 1) * per.ns);
	station_free(&s);
}

static void a_rate_lets_in_all_that_its_log_has_room_for(void)
{
	check_saturated(rate(1, 1000), 0);
	check_saturated(rate(3, 700), 0);
	check_saturated(rate(10, 1000), 0);
	check_saturated(rate(100, 1), 0);
}

static void a_window_lets_in_one_each_time_that_it_opens(void)
{
	check_saturated(window(250), 0);
	check_saturated(window(60000), 0);
}

static void every_key_has_a_rate_and_a_window_of_its_own(void)
{
	check_saturated(rate(3, 700), 20);
	check_saturated(rate(10, 1000), 2);
	check_saturated(window(250), 50);
}

/* ---- they come one by one, and take their time ---- */

/* More come than the rule or the servers can take, in the mean. */
static void check_stream(struct rule_policy rule, uint32_t keys, double arrivals, uint32_t servers,
                         int64_t service_ms)
{
	struct station s = {
		.arrivals = { .type = PROCESS_POISSON,
		              .rate = arrivals,
		              .ramp_to = arrivals,
		              .until = SPAN_MAX,
		              .count = 5000 },
		.service = { .shape = DIST_EXPONENTIAL, .mean = span_ms(service_ms) },
		.servers = servers,
		.seed = t_seed(1),
		.rule = rule,
		.keys = keys,
	};

	station_run(&s);
	OK(station_path_holds(&s));
	station_free(&s);
}

static void nobody_waits_longer_than_the_rule_and_the_servers_make_him(void)
{
	check_stream(rate(10, 1000), 0, 13, 8, 100); /* the rule is the narrow place */
	check_stream(rate(10, 1000), 0, 13, 2, 250); /* the servers are */
	check_stream(rate(10, 1000), 0, 10, 3, 270); /* now one, now the other */
	check_stream(rate(10, 1000), 0, 7, 1, 100);  /* there is hardly a line */
	check_stream(rate(2, 300), 10, 80, 64, 10);  /* with keys */
	check_stream(window(250), 0, 5, 2, 300);
	check_stream(window(1000), 30, 40, 64, 50);
}

/* A rate whose line never gets empty lets in exactly so many in any time that is a
 * multiple of its period. */
static void a_rate_is_kept_to_the_last_one_from_any_instant_on(void)
{
	struct station s = {
		.arrivals = { .type = PROCESS_POISSON,
		              .rate = 14,
		              .ramp_to = 14,
		              .until = SPAN_MAX,
		              .count = 14000 },
		.servers = STATION_SERVERS,
		.seed = t_seed(1),
		.rule = rate(10, 1000),
	};
	struct rng rng = { t_seed(1) };

	station_run(&s);
	for (int i = 0; i < 1000; i++) {
		instant from = { 100 * NS_PER_S + (int64_t)rng_below(&rng, 500 * NS_PER_S) };
		int64_t periods = 1 + (int64_t)rng_below(&rng, 300);

		if (!EQ(started_between(&s, from, instant_add(from, (span){ periods * NS_PER_S })),
		        10 * periods))
			break;
	}
	station_free(&s);
}

/* ---- holds ---- */

/* Of every ten seconds the first three are held. */
static bool hold_often(void *user, struct event *event)
{
	struct station *s = user;
	instant from = { (int64_t)s->happened * 10 * NS_PER_S };

	if (s->happened++ == PERIODS)
		return false;
	*event = (struct event){
		.kind = EVENT_HELD,
		.now = from,
		.key = station_key(0),
		.until = instant_add(from, (span){ 3 * NS_PER_S }),
	};
	return true;
}

static struct station held_station(enum on_hold on_hold)
{
	return (struct station){
		.servers = 1,
		.seed = t_seed(1),
		.rule = { .name = name, .type = RULE_HOLD, .on_hold = on_hold },
		.keys = 1,
		.meanwhile = hold_often,
	};
}

static void a_hold_takes_its_share_of_the_time(void)
{
	struct station s = held_station(ON_HOLD_WAIT);
	const span tenth = span_ms(100);

	s.arrivals = (struct process){ .type = PROCESS_BURST,
		                       .size = 70 * PERIODS,
		                       .until = SPAN_MAX,
		                       .count = 70 * PERIODS };
	s.service = (struct dist){ .shape = DIST_CONSTANT, .least = tenth };
	station_run(&s);
	for (uint64_t i = 0; i < s.came; i++) {
		int64_t at = (int64_t)(i / 70) * 100 + 30 + (int64_t)(i % 70);

		if (!EQ(s.visits[i].started.ns, at * tenth.ns))
			break;
	}
	EQ(s.measure.all.dispatched, 70 * PERIODS);
	station_free(&s);
}

/* Poisson arrivals see time averages (Wolff, 1982): of so many that come in whole
 * periods, each has met a hold with a probability of 0.3. */
static void customers_meet_a_hold_as_often_as_its_share_of_the_time(void)
{
	struct station s = held_station(ON_HOLD_DROP);

	s.arrivals = (struct process){ .type = PROCESS_POISSON,
		                       .rate = 6,
		                       .ramp_to = 6,
		                       .until = { PERIODS * 10 * NS_PER_S },
		                       .count = 12 * 10 * PERIODS };
	station_run(&s);
	double n = (double)s.came, met = (double)s.measure.all.gated;
	EQ(s.measure.all.gated + s.measure.all.dispatched, s.came);
	OK(fabs(met / n - 0.3) < 3.29 * sqrt(0.3 * 0.7 / n)); /* 99.9 % */
	OK(fabs(met / n - 0.315) > 3.29 * sqrt(0.3 * 0.7 / n));
	station_free(&s);
}

int main(void)
{
	RUN(a_rate_lets_in_all_that_its_log_has_room_for);
	RUN(a_window_lets_in_one_each_time_that_it_opens);
	RUN(every_key_has_a_rate_and_a_window_of_its_own);
	RUN(nobody_waits_longer_than_the_rule_and_the_servers_make_him);
	RUN(a_rate_is_kept_to_the_last_one_from_any_instant_on);
	RUN(a_hold_takes_its_share_of_the_time);
	RUN(customers_meet_a_hold_as_often_as_its_share_of_the_time);
	return t_done();
}
