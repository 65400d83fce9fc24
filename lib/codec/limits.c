#include "codec/limits.h"

#include "base/dur.h"
#include "codec/config_number.h"

#include <stdlib.h>

static const char *const resources[THROTTLE_RESOURCES] = { "cpu", "memory", "io" };

const char *limits_resource(unsigned resource)
{
	return resources[resource];
}

/* A number above 0 at `text`, and where it ends; NULL: there is none. */
static const char *read_number(const char *text, double *value)
{
	size_t n = strspn(text, "0123456789.");
	char *end;

	if (!config_number_is_decimal((slice){ text, n }))
		return NULL;
	*value = strtod(text, &end);
	return end == text + n && *value > 0 ? end : NULL;
}

bool limits_read_load(const char *text, uint32_t processors, struct throttle_policy *p)
{
	double value;
	const char *end = read_number(text, &value);

	if (!end || (*end && strcmp(end, "%") != 0))
		return false;
	p->max_load = *end ? value / 100 * processors : value;
	return true;
}

bool limits_read_free(const char *text, struct throttle_policy *p)
{
	double value;
	const char *end = read_number(text, &value);

	if (end && strcmp(end, "%") == 0 && value <= 100) {
		p->min_free = 0;
		p->min_free_share = value / 100;
		return true;
	}
	p->min_free_share = 0;
	return dur_parse_size(slice_of(text), &p->min_free) && p->min_free > 0;
}

/* "cpu=40%", up to a comma or the end. */
static const char *read_one_pressure(const char *text, struct throttle_policy *p)
{
	size_t n = strcspn(text, "=");

	for (unsigned i = 0; i < THROTTLE_RESOURCES; i++) {
		if (!text[n] || !slice_is((slice){ text, n }, resources[i]))
			continue;
		const char *end = read_number(text + n + 1, &p->max_pressure[i]);
		if (!end || p->max_pressure[i] > 100)
			return NULL;
		end += *end == '%';
		return !*end || *end == ',' ? end : NULL;
	}
	return NULL;
}

bool limits_read_pressure(const char *text, struct throttle_policy *p)
{
	while ((text = read_one_pressure(text, p)) && *text == ',')
		text++;
	return text != NULL;
}

void limits_why(const struct throttle_policy *p, const struct throttle *t, struct buf *out)
{
	double measured = t->measured;

	switch (t->cause) {
	case THROTTLE_NOT:
		break;
	case THROTTLE_LOAD:
		buf_addf(out, "the load is %.2f, and --max-load is %.2f", measured, p->max_load);
		break;
	case THROTTLE_FREE:
		buf_addf(out, "%.0fM of memory are free, and --min-free is %.0fM",
		         measured / (1 << 20), (double)p->min_free / (1 << 20));
		break;
	case THROTTLE_FREE_SHARE:
		buf_addf(out, "%.1f%% of the memory is free, and --min-free is %.1f%%",
		         100 * measured, 100 * p->min_free_share);
		break;
	default: {
		unsigned resource = t->cause - THROTTLE_PRESSURE;

		buf_addf(out, "the %s pressure is %.1f%%, and --max-pressure is %.1f%%",
		         resources[resource], measured, p->max_pressure[resource]);
	}
	}
}
