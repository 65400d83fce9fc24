#include "codec/plot_axis.h"

/* Steps of at least `unit` seconds have marks in it. */
struct time_step {
	double seconds;
	double unit;
	const char *name;
};

static const struct time_step time_steps[] = {
	{ 0.001, 0.001, "ms" }, { 0.002, 0.001, "ms" }, { 0.005, 0.001, "ms" },
	{ 0.01, 0.001, "ms" },  { 0.02, 0.001, "ms" },  { 0.05, 0.001, "ms" },
	{ 0.1, 0.001, "ms" },   { 0.2, 0.001, "ms" },   { 0.5, 0.001, "ms" },
	{ 1, 1, "s" },          { 2, 1, "s" },          { 5, 1, "s" },
	{ 10, 1, "s" },         { 15, 1, "s" },         { 30, 1, "s" },
	{ 60, 60, "min" },      { 120, 60, "min" },     { 300, 60, "min" },
	{ 600, 60, "min" },     { 900, 60, "min" },     { 1800, 60, "min" },
	{ 3600, 3600, "h" },    { 7200, 3600, "h" },    { 10800, 3600, "h" },
	{ 21600, 3600, "h" },   { 43200, 3600, "h" },
};

enum { TIME_STEPS = sizeof time_steps / sizeof time_steps[0] };

static const double day = 86400;

/* The smallest of 1, 2 and 5 times a power of ten that is at least x. */
static double round_step(double x)
{
	double power = 1;

	while (power * 10 <= x)
		power *= 10;
	while (power > x)
		power /= 10;
	return x <= power       ? power
	       : x <= 2 * power ? 2 * power
	       : x <= 5 * power ? 5 * power
	                        : 10 * power;
}

static struct time_step time_step(double seconds, uint32_t most)
{
	for (int i = 0; i < TIME_STEPS; i++)
		if (time_steps[i].seconds * most >= seconds)
			return time_steps[i];
	double days = round_step(seconds / day / most);
	return (struct time_step){ (days < 1 ? 1 : days) * day, day, "d" };
}

/* 12500 is "12.5k". */
static void add_level(struct buf *out, double value)
{
	const char *suffix = value >= 1e6 ? "M" : value >= 1e4 ? "k" : "";
	double unit = value >= 1e6 ? 1e6 : value >= 1e4 ? 1e3 : 1;

	buf_addf(out, "%.6g%s", value / unit, suffix);
}

double plot_axis_levels(double peak, bool whole, uint32_t most, struct buf *out)
{
	double step = round_step(peak > 0 ? peak / most : 1);
	double last = 0;

	if (whole && step < 1)
		step = 1;
	buf_add_text(out, "'0' 0");
	for (uint32_t i = 1; i <= most && i * step <= peak; i++) {
		last = i * step;
		buf_add_text(out, ", '");
		add_level(out, last);
		buf_addf(out, "' %.9g", last);
	}
	return last;
}

void plot_axis_time(double seconds, uint32_t most, bool told, struct buf *out)
{
	struct time_step step = time_step(seconds, most);

	buf_addf(out, "'%s' 0", told ? "0" : "");
	for (uint32_t i = 1; i <= most && i * step.seconds <= seconds; i++) {
		buf_add_text(out, ", '");
		if (told)
			buf_addf(out, "%.6g %s", i * step.seconds / step.unit, step.name);
		buf_addf(out, "' %.9g", i * step.seconds);
	}
}

struct plot_unit plot_axis_rate(double peak_per_s)
{
	static const struct plot_unit units[] = { { "second", 1 },
		                                  { "minute", 60 },
		                                  { "hour", 3600 } };
	int count = sizeof units / sizeof units[0];

	for (int i = 0; i < count - 1; i++)
		if (peak_per_s * units[i].seconds >= 1)
			return units[i];
	return units[count - 1];
}
