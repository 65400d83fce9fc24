#include "sys/clock.h"

#include <time.h>

static int64_t clock_read(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t); /* cannot fail: the clocks exist and t is ours */
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

int64_t clock_monotonic(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

void clock_start(struct clock *c, bool record)
{
	*c = (struct clock){ .record = record };
	if (record)
		return;
	c->latest.ns = clock_read(CLOCK_REALTIME);
	c->start = clock_read(CLOCK_BOOTTIME);
}

instant clock_now(const struct clock *c)
{
	if (c->record)
		return c->latest;
	int64_t ns = c->latest.ns + (clock_read(CLOCK_BOOTTIME) - c->start);
	return (instant){ ns - ns % NS_PER_MS };
}

void clock_show(struct clock *c, instant t)
{
	if (c->record)
		c->latest = instant_later(c->latest, t);
}
