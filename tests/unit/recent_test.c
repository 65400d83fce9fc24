/* The rate of late, walked by hand. */
#include "codec/recent.h"

#include "t.h"

static instant at(double seconds)
{
	return (instant){ (int64_t)(seconds * (double)NS_PER_S) };
}

static double rate_of(const struct recent *r)
{
	double rate;

	return recent_rate(r, &rate) ? rate : -1;
}

static bool about(double got, double want)
{
	return got > want * 0.99 && got < want * 1.01;
}

static void a_steady_rate_is_told_at_once(void)
{
	struct recent r = { 0 };

	recent_update(&r, at(10), 1000);
	OK(rate_of(&r) < 0);
	for (int i = 1; i <= 40; i++) {
		recent_update(&r, at(10 + i * 0.25), (uint64_t)(1000 + i * 5));
		OK(about(rate_of(&r), 20));
	}
	recent_update(&r, at(20), 5000);
	OK(about(rate_of(&r), 20)); /* no time has gone by */
}

static void an_old_rate_is_forgotten(void)
{
	struct recent r = { 0 };
	uint64_t count = 0;

	for (int i = 0; i <= 40; i++)
		recent_update(&r, at(i * 0.25), count += 25);
	OK(about(rate_of(&r), 100));
	for (int i = 1; i <= 20; i++)
		recent_update(&r, at(10 + i * 0.25), count);
	OK(rate_of(&r) > 30 && rate_of(&r) < 60);
	for (int i = 1; i <= 200; i++)
		recent_update(&r, at(15 + i * 0.25), count);
	OK(rate_of(&r) < 0.1);
}

int main(void)
{
	RUN(a_steady_rate_is_told_at_once);
	RUN(an_old_rate_is_forgotten);
	return t_done();
}
