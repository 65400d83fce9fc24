#include "codec/status_line.h"

#include <stdio.h>

enum { MOST_LEFT = 100 * 24 * 3600 }; /* seconds; beyond that it is no answer */

bool status_left(uint64_t came, uint64_t over, uint64_t read, uint64_t size, double rate,
                 span *left)
{
	if (rate <= 0 || read == 0 || read > size || came == 0)
		return false;
	double all = (double)came * ((double)size / (double)read);
	double seconds = (all - (double)over) / rate;

	if (seconds > MOST_LEFT)
		return false;
	*left = (span){ seconds > 0 ? (int64_t)(seconds * (double)NS_PER_S) : 0 };
	return true;
}

/* ---- the parts ---- */

enum part { DONE, FAILED, WAITING, RUNNING, RATE, LEFT, PRESSURE, PARTS };

/* Who goes first when there is no room for all. */
static const enum part least[PARTS] = { RATE, WAITING, RUNNING, LEFT, PRESSURE, FAILED, DONE };

struct text {
	char p[40];
	uint32_t n; /* 0: there is no such part */
};

static void add_rate(double rate, struct text *t)
{
	static const struct {
		double least, unit;
		const char *form;
	} forms[] = {
		{ 999.5e6, 1e9, "%.1fG/s" }, { 999.5e3, 1e6, "%.1fM/s" },
		{ 9999.5, 1e3, "%.1fk/s" },  { 9.95, 1, "%.0f/s" },
		{ -1, 1, "%.1f/s" },
	};
	size_t i = 0;

	while (rate < forms[i].least)
		i++;
	t->n = (uint32_t)snprintf(t->p, sizeof t->p, forms[i].form, rate / forms[i].unit);
}

static void add_left(span left, struct text *t)
{
	int64_t s = (left.ns + NS_PER_S - 1) / NS_PER_S;
	int64_t first = s, second = 0;
	const char *form = "%jds left";

	if (s >= 24 * 3600)
		first = s / (24 * 3600), second = s / 3600 % 24, form = "%jdd%02jdh left";
	else if (s >= 3600)
		first = s / 3600, second = s / 60 % 60, form = "%jdh%02jdm left";
	else if (s >= 60)
		first = s / 60, second = s % 60, form = "%jdm%02jds left";
	t->n = (uint32_t)snprintf(t->p, sizeof t->p, form, (intmax_t)first, (intmax_t)second);
}

static void add_count(uint64_t count, const char *what, struct text *t)
{
	t->n = (uint32_t)snprintf(t->p, sizeof t->p, "%ju %s", (uintmax_t)count, what);
}

/* Between the two marks the level is 0, and that would look like none. */
static void add_pressure(double percent, struct text *t)
{
	if (percent < 0.5)
		t->n = (uint32_t)snprintf(t->p, sizeof t->p, "back-pressure");
	else
		t->n = (uint32_t)snprintf(t->p, sizeof t->p, "back-pressure %.0f%%", percent);
}

static void add_parts(const struct status_line *s, struct text *parts)
{
	add_count(s->done, "done", &parts[DONE]);
	add_count(s->failed, "failed", &parts[FAILED]);
	add_count(s->waiting, "waiting", &parts[WAITING]);
	add_count(s->running, "running", &parts[RUNNING]);
	if (s->has_rate)
		add_rate(s->rate, &parts[RATE]);
	if (s->has_left)
		add_left(s->left, &parts[LEFT]);
	if (s->asserted)
		add_pressure(s->level * 100, &parts[PRESSURE]);
}

/* ---- the line ---- */

static uint32_t width(const struct text *parts, uint32_t between)
{
	uint32_t n = 0;

	for (int i = 0; i < PARTS; i++)
		if (parts[i].n)
			n += parts[i].n + (n ? between : 0);
	return n;
}

static const char *color_of(enum part part, const struct status_line *s)
{
	if (part == FAILED && s->failed)
		return "\033[31m";
	return part == PRESSURE ? "\033[33m" : NULL;
}

static void add(const struct text *t, const char *color, struct buf *out)
{
	if (color)
		buf_add_text(out, color);
	buf_add(out, t->p, t->n);
	if (color)
		buf_add_text(out, "\033[m");
}

void status_line(const struct status_line *s, const struct status_style *style, struct buf *out)
{
	struct text parts[PARTS] = { 0 };
	const char *between = style->utf8 ? " \xc2\xb7 " : ", ";
	bool first = true;

	add_parts(s, parts);
	for (int i = 0; i < PARTS && width(parts, style->utf8 ? 3 : 2) > style->width; i++)
		parts[least[i]].n = 0;
	for (int i = 0; i < PARTS; i++) {
		if (!parts[i].n)
			continue;
		if (!first)
			buf_add_text(out, between);
		first = false;
		add(&parts[i], style->color ? color_of((enum part)i, s) : NULL, out);
	}
}
