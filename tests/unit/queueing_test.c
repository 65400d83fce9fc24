/* Stations whose waits are known from queueing theory: the simulator must come to the
 * same. Each is run some times with seeds of their own (independent replications), and
 * what theory says must lie within the confidence interval of Student's t for their
 * means (Law, "Simulation Modeling and Analysis", chapter 9). The first customers of a
 * run, who find the station emptier than it is in the long run, are not counted.
 *
 * The intervals are for 99.9 %, and there are many: another seed misses one now and
 * then. So that they cannot be right by being wide, those of waits must exclude what
 * theory says of a load that is off by 5 %; at low loads, by 10 %.
 *
 *	SEED=n build/unit/queueing_test     other runs */
#include "sim/figure.h"
#include "station.h"

#include <math.h>

enum { RUNS = 30 };

/* For a probability of 99.9 % and 29 degrees of freedom. */
static const double student = 3.6594;

/* ---- what theory says; times in mean times of service ---- */

struct theory {
	double wait;    /* mean time in line */
	double delayed; /* the part of customers that have to wait */
	double late;    /* the part that waits for longer than a service in the mean */
};

/* M/M/c: the probability that all servers are taken is Erlang's C formula (Kleinrock,
 * "Queueing Systems", vol. 1, 1975, section 3.5), which for one server is the load, and
 * who has to wait waits for an exponential time, of c - a services in a service. */
static struct theory mmc(double load, uint32_t servers)
{
	double a = load * servers, term = 1, sum = 0;

	for (uint32_t k = 1; k <= servers; k++) {
		sum += term;
		term *= a / k;
	}
	double all = term / (1 - load), delayed = all / (sum + all);
	return (struct theory){
		.wait = delayed / (servers - a),
		.delayed = delayed,
		.late = delayed * exp(a - servers),
	};
}

/* M/G/1: the formula of Pollaczek and Khinchine (Kleinrock, section 5.6), with the
 * square of the coefficient of variation of the service. */
static struct theory mg1(double load, double variation)
{
	return (struct theory){
		.wait = load * (1 + variation) / (2 * (1 - load)),
		.delayed = load,
	};
}

/* D/M/1: of G/M/1 (Kleinrock, section 6.4), where sigma is the root below 1 of
 * sigma = A*(mu - mu sigma), which is exp(-(1 - sigma) / load) for arrivals at equal
 * distances. */
static struct theory dm1(double load)
{
	double sigma = 0.5;

	for (int i = 0; i < 1000; i++)
		sigma = exp(-(1 - sigma) / load);
	return (struct theory){
		.wait = sigma / (1 - sigma),
		.delayed = sigma,
		.late = sigma * exp(sigma - 1),
	};
}

/* ---- what runs say ---- */

enum observed { WAIT, DELAYED, LATE, BUSY, OBSERVED };

static const char *const names[] = { "wait", "delayed", "late", "busy" };

struct interval {
	double mean, half;
};

static bool holds(struct interval i, double value)
{
	return fabs(value - i.mean) <= i.half;
}

struct plan {
	const char *name;
	struct station station; /* the service takes a second in the mean */
	uint64_t skipped;       /* customers at the beginning */
};

static double seconds(span d)
{
	return (double)d.ns / (double)NS_PER_S;
}

/* How much of a service lies between two instants. */
static double overlap(const struct visit *v, instant from, instant to)
{
	instant begin = instant_later(v->started, from);
	instant end = instant_earlier(instant_add(v->started, v->served), to);

	return end.ns > begin.ns ? seconds(instant_until(begin, end)) : 0;
}

/* The part of the servers' time that is used, from the first customer that counts to
 * the arrival of the last. */
static double busy(const struct station *s, uint64_t skipped)
{
	instant from = s->visits[skipped].arrived, to = s->visits[s->came - 1].arrived;
	double sum = 0;

	for (uint64_t i = 0; i < s->came; i++)
		sum += overlap(&s->visits[i], from, to);
	return sum / (s->servers * seconds(instant_until(from, to)));
}

static void observe(const struct station *s, uint64_t skipped, double *values)
{
	double count = (double)(s->came - skipped);

	memset(values, 0, OBSERVED * sizeof *values);
	for (uint64_t i = skipped; i < s->came; i++) {
		span wait = instant_until(s->visits[i].arrived, s->visits[i].started);

		values[WAIT] += seconds(wait) / count;
		values[DELAYED] += (wait.ns > 0) / count;
		values[LATE] += (wait.ns > NS_PER_S) / count;
	}
	values[BUSY] = busy(s, skipped);
}

static struct interval interval_of(const double values[RUNS][OBSERVED], enum observed s)
{
	double sum = 0, squares = 0;

	for (int i = 0; i < RUNS; i++)
		sum += values[i][s];
	for (int i = 0; i < RUNS; i++)
		squares += (values[i][s] - sum / RUNS) * (values[i][s] - sum / RUNS);
	return (struct interval){ sum / RUNS, student * sqrt(squares / (RUNS - 1) / RUNS) };
}

/* All runs of a plan; each must go the way that its arrivals and services dictate. */
static void run(const struct plan *p, struct interval *intervals)
{
	double values[RUNS][OBSERVED];

	for (uint64_t i = 0; i < RUNS; i++) {
		struct station s = p->station;

		s.seed = rng_derive(t_seed(1), i);
		station_run(&s);
		OK(station_path_holds(&s));
		observe(&s, p->skipped, values[i]);
		station_free(&s);
	}
	for (int s = 0; s < OBSERVED; s++)
		intervals[s] = interval_of((const double(*)[OBSERVED])values, (enum observed)s);
}

static void compare(const struct plan *p, enum observed s, struct interval i, double theory)
{
	printf("# %-7s %-8s %8.5f +- %.5f, theory %8.5f\n", p->name, names[s], i.mean, i.half,
	       theory);
	OK(holds(i, theory));
}

/* `off` is what theory says of a load that is a little different. */
static void check(const struct plan *p, double load, struct theory theory, struct theory off)
{
	struct interval intervals[OBSERVED];

	run(p, intervals);
	compare(p, WAIT, intervals[WAIT], theory.wait);
	compare(p, DELAYED, intervals[DELAYED], theory.delayed);
	if (theory.late > 0)
		compare(p, LATE, intervals[LATE], theory.late);
	compare(p, BUSY, intervals[BUSY], load);
	OK(!holds(intervals[WAIT], off.wait));
}

/* ---- stations ---- */

struct load {
	double load;
	uint64_t customers, skipped; /* in a run */
	double off;                  /* the error that must be noticed */
};

static const struct load loads[] = {
	{ 0.3, 4000, 100, 1.1 },
	{ 0.5, 6000, 200, 1.1 },
	{ 0.8, 16000, 1000, 1.05 },
	{ 0.9, 30000, 4000, 1.05 },
};
enum { LOADS = sizeof loads / sizeof loads[0] };

static struct plan plan(const char *name, const struct load *l, struct dist service,
                        uint32_t servers)
{
	return (struct plan){
		.name = name,
		.station = {
			.arrivals = { .type = PROCESS_POISSON,
			              .rate = l->load * servers,
			              .ramp_to = l->load * servers,
			              .until = SPAN_MAX,
			              .count = l->customers },
			.service = service,
			.servers = servers,
		},
		.skipped = l->skipped,
	};
}

static const struct dist exponential = { .shape = DIST_EXPONENTIAL, .mean = { NS_PER_S } };
static const struct dist constant = { .shape = DIST_CONSTANT, .least = { NS_PER_S } };

static void waits_of_m_m_1_are_those_of_theory(void)
{
	for (int i = 0; i < LOADS; i++) {
		const struct load *l = &loads[i];
		const struct plan p = plan("M/M/1", l, exponential, 1);

		check(&p, l->load, mmc(l->load, 1), mmc(l->load * l->off, 1));
	}
}

static void waits_of_m_m_c_are_those_of_erlangs_c(void)
{
	for (uint32_t servers = 2; servers <= 8; servers *= 2)
		for (int i = 1; i < LOADS; i++) {
			const struct load *l = &loads[i];
			const struct plan p = plan("M/M/c", l, exponential, servers);

			check(&p, l->load, mmc(l->load, servers), mmc(l->load * l->off, servers));
		}
}

static void waits_of_m_d_1_are_those_of_pollaczek_and_khinchine(void)
{
	for (int i = 0; i < LOADS; i++) {
		const struct load *l = &loads[i];
		const struct plan p = plan("M/D/1", l, constant, 1);

		check(&p, l->load, mg1(l->load, 0), mg1(l->load * l->off, 0));
	}
}

/* A lognormal time has the mean median * exp(sigma^2 / 2), and the square of its
 * coefficient of variation is exp(sigma^2) - 1. */
static void waits_of_m_g_1_grow_with_the_variation_of_the_service(void)
{
	const double sigma = 0.8, variation = exp(sigma * sigma) - 1;
	struct dist lognormal = { .shape = DIST_LOGNORMAL, .sigma = sigma };
	struct dist uniform = { .shape = DIST_UNIFORM, .most = { 2 * NS_PER_S } };

	lognormal.median.ns = (int64_t)(exp(-sigma * sigma / 2) * (double)NS_PER_S);
	for (int i = 1; i < 3; i++) {
		const struct load *l = &loads[i];
		const struct plan log = plan("M/LN/1", l, lognormal, 1);
		const struct plan even = plan("M/U/1", l, uniform, 1);

		check(&log, l->load, mg1(l->load, variation), mg1(l->load * l->off, variation));
		check(&even, l->load, mg1(l->load, 1.0 / 3), mg1(l->load * l->off, 1.0 / 3));
	}
}

static void waits_of_d_m_1_are_shorter(void)
{
	for (int i = 1; i < 3; i++) {
		const struct load *l = &loads[i];
		struct plan p = plan("D/M/1", l, exponential, 1);

		p.station.arrivals.type = PROCESS_EVEN;
		check(&p, l->load, dm1(l->load), dm1(l->load * l->off));
	}
}

/* ---- Little's law, as it is told ---- */

static double figure(struct measure *m, const char *name)
{
	struct figure f = { 0 };
	struct err e;
	slice text = slice_of(name);

	OK(figure_read(&text, &f, &e));
	double value = figure_value(&f, m);
	figure_free(&f);
	return value;
}

/* That it holds to the nanosecond is looked at in every run, by station_run. */
static void the_mean_depth_is_the_rate_of_arrivals_times_the_mean_stay(void)
{
	for (int i = 0; i < LOADS; i++) {
		struct station s = plan("", &loads[i], exponential, 2).station;
		struct measure *m = &s.measure;

		s.seed = t_seed(1);
		station_run(&s);
		double stay = figure(m, "mean_latency") / (double)NS_PER_S;
		double wait = figure(m, "mean_wait") / (double)NS_PER_S;
		double rate = figure(m, "arrival_rate");
		OK(fabs(figure(m, "mean_depth") / (rate * stay) - 1) < 1e-9);
		OK(fabs(figure(m, "mean_waiting") / (rate * wait) - 1) < 1e-9);
		OK(fabs(figure(m, "utilization") * 2 / figure(m, "mean_running") - 1) < 1e-9);
		OK(fabs(rate / figure(m, "throughput") - 1) < 1e-9);
		station_free(&s);
	}
}

int main(void)
{
	RUN(waits_of_m_m_1_are_those_of_theory);
	RUN(waits_of_m_m_c_are_those_of_erlangs_c);
	RUN(waits_of_m_d_1_are_those_of_pollaczek_and_khinchine);
	RUN(waits_of_m_g_1_grow_with_the_variation_of_the_service);
	RUN(waits_of_d_m_1_are_shorter);
	RUN(the_mean_depth_is_the_rate_of_arrivals_times_the_mean_stay);
	return t_done();
}
