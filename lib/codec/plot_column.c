#include "codec/plot_column.h"

/* What a bin must have in a column to count there: less is a rounding error. */
static const double least_part = 1e-6;

static double seconds(int64_t ns)
{
	return (double)ns / (double)NS_PER_S;
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

static double smaller(double a, double b)
{
	return a < b ? a : b;
}

/* Adds sums up; plot_columns makes means of them at the end. */
static void add_part(struct plot_column *c, const struct bin *b, double part)
{
	c->depth += b->depth * part;
	c->running += b->running * part;
	c->asserted += b->asserted * part;
	c->arrived += (double)b->arrived * part;
	c->started += (double)b->started * part;
	c->failed += (double)b->failed * part;
	c->peak_depth = larger(c->peak_depth, (double)b->max_depth);
	c->peak_running = larger(c->peak_running, b->max_running);
}

/* What happens at the very end may have a bin without a length: it is of the last column. */
static void add_bin(struct plot_column *columns, uint32_t count, const struct bin *b, double from,
                    double to)
{
	if (to <= from) {
		add_part(&columns[count - 1], b, 1);
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		double shared = smaller(to, columns[i].to) - larger(from, columns[i].from);
		double part = shared / (to - from);

		if (part > least_part)
			add_part(&columns[i], b, part);
	}
}

/* Rates are over a whole bin at least: over the end of a run that is a nanosecond long, one
 * action would make a billion a second. */
static void divide(struct plot_column *c, double width, double bin)
{
	double length = c->to - c->from;
	double counted = smaller(width, larger(length, bin));

	if (length > 0) {
		c->depth /= length;
		c->running /= length;
		c->asserted = smaller(1, c->asserted / length);
	} else {
		c->depth = c->peak_depth;
		c->running = c->peak_running;
	}
	c->arrived /= counted;
	c->started /= counted;
	c->failed /= counted;
}

static void spread(const struct series *s, instant end, double width, uint32_t count,
                   struct plot_column *columns)
{
	double total = larger(0, seconds(instant_until(s->start, end).ns));
	double bin = seconds(s->width.ns);

	for (uint32_t i = 0; i < count; i++)
		columns[i] = (struct plot_column){ .from = smaller(i * width, total),
			                           .to = smaller((i + 1) * width, total) };
	columns[count - 1].to = total;
	for (uint32_t i = 0; i < s->count; i++)
		add_bin(columns, count, &s->bins[i], smaller(i * bin, total),
		        smaller((i + 1) * bin, total));
	for (uint32_t i = 0; i < count; i++)
		divide(&columns[i], width, bin);
}

uint32_t plot_columns(const struct series *s, instant end, uint32_t most,
                      struct plot_column *columns)
{
	uint32_t bins = s->count ? s->count : 1;
	uint32_t joined = (bins + most - 1) / most;
	uint32_t count = (bins + joined - 1) / joined;

	spread(s, end, joined * seconds(s->width.ns), count, columns);
	return count;
}

void plot_columns_even(const struct series *s, instant end, uint32_t count,
                       struct plot_column *columns)
{
	double total = seconds(instant_until(s->start, end).ns);

	spread(s, end, larger(total, seconds(s->width.ns)) / count, count, columns);
}
