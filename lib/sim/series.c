#include "sim/series.h"

#include <string.h>

void series_init(struct series *s, instant start)
{
	memset(s, 0, sizeof *s);
	s->start = start;
	s->width = SERIES_FIRST;
}

static void merge(struct bin *a, const struct bin *b)
{
	if (b->max_depth > a->max_depth)
		a->max_depth = b->max_depth;
	if (b->max_running > a->max_running)
		a->max_running = b->max_running;
	a->depth += b->depth;
	a->running += b->running;
	a->asserted += b->asserted;
	a->arrived += b->arrived;
	a->started += b->started;
	a->done += b->done;
	a->failed += b->failed;
}

/* Two bins become one, so that the other half is free. */
static void fold(struct series *s)
{
	for (uint32_t i = 0; i < SERIES_BINS / 2; i++) {
		s->bins[i] = s->bins[2 * i];
		merge(&s->bins[i], &s->bins[2 * i + 1]);
	}
	memset(s->bins + SERIES_BINS / 2, 0, SERIES_BINS / 2 * sizeof s->bins[0]);
	s->count = (s->count + 1) / 2;
	s->width.ns *= 2;
}

struct bin *series_at(struct series *s, instant t)
{
	int64_t offset = instant_until(s->start, t).ns;

	while (offset / s->width.ns >= SERIES_BINS)
		fold(s);
	uint32_t i = (uint32_t)(offset / s->width.ns);
	if (i >= s->count)
		s->count = i + 1;
	return &s->bins[i];
}

static void show(struct bin *b, const struct series_levels *levels)
{
	if (levels->depth > b->max_depth)
		b->max_depth = levels->depth;
	if (levels->running > b->max_running)
		b->max_running = levels->running;
}

void series_add(struct series *s, const struct series_levels *levels, instant from, instant to)
{
	if (to.ns <= from.ns) {
		show(series_at(s, from), levels);
		return;
	}
	/* The last bin first: no bin moves after that. */
	struct bin *last = series_at(s, (instant){ to.ns - 1 });
	int64_t at = instant_until(s->start, from).ns, end = instant_until(s->start, to).ns;

	for (struct bin *b = series_at(s, from); b <= last; b++) {
		int64_t stop = b == last ? end : (b - s->bins + 1) * s->width.ns;
		double seconds = (double)(stop - at) / (double)NS_PER_S;

		show(b, levels);
		b->depth += seconds * (double)levels->depth;
		b->running += seconds * (double)levels->running;
		b->asserted += levels->asserted ? seconds : 0;
		at = stop;
	}
}
