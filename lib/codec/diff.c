#include "codec/diff.h"

#include "base/mem.h"
#include "codec/json.h"
#include "codec/summary.h"

#include <math.h>
#include <stdlib.h>

enum { KINDS_MOST = 10 };

static const char *const usual[] = {
	"received", "dispatched",  "failed",      "gated",       "expired",  "unfinished",
	"deferred", "retries",     "p50_wait",    "p95_wait",    "p99_wait", "max_wait",
	"p50_run",  "p99_latency", "max_depth",   "mean_depth",  "asserts",  "releases",
	"duration", "throughput",  "max_running", "utilization",
};

/* What cannot be known is told by name: there are few of those. */
static bool is_known(const struct diff_column *c, const struct figure *f)
{
	static const struct {
		const char *name;
		unsigned flag;
	} doubtful[] = {
		{ "asserts", DIFF_EDGES },       { "releases", DIFF_EDGES },
		{ "asserted_time", DIFF_EDGES }, { "asserted_part", DIFF_EDGES },
		{ "utilization", DIFF_JOBS },
	};
	struct buf name = { 0 };
	bool known = true;

	figure_name(f, &name);
	for (size_t i = 0; i < sizeof doubtful / sizeof doubtful[0]; i++)
		if (c->unknown & doubtful[i].flag && slice_is(buf_slice(&name), doubtful[i].name))
			known = false;
	buf_free(&name);
	return known;
}

/* ---- the table ---- */

/* Its cells, row by row. */
struct table_text {
	char **cells;
	size_t count, width; /* width: cells in a row */
};

static void put(struct table_text *t, struct buf *text)
{
	t->cells = mem_resize(t->cells, t->count + 1, sizeof *t->cells);
	t->cells[t->count++] = mem_text(text->p ? text->p : "", text->n);
	buf_clear(text);
}

static size_t widest(const struct table_text *t, size_t column)
{
	size_t most = 0;

	for (size_t i = column; i < t->count; i += t->width)
		if (strlen(t->cells[i]) > most)
			most = strlen(t->cells[i]);
	return most;
}

/* Names to the left, numbers to the right; nothing behind the last that is there. */
static void print(struct table_text *t, struct buf *out)
{
	for (size_t i = 0; i < t->count; i++) {
		size_t column = i % t->width;
		int width = (int)widest(t, column);

		if (column == 0)
			buf_addf(out, "%-*s", width, t->cells[i]);
		else if (column < t->width - 1 || t->cells[i][0])
			buf_addf(out, "  %*s", width, t->cells[i]);
		if (column == t->width - 1)
			buf_add_char(out, '\n');
	}
	for (size_t i = 0; i < t->count; i++)
		free(t->cells[i]);
	free(t->cells);
}

/* "-35 %", "+1.2 %", "x 14"; nothing when it is the same. From nothing there are no
 * percents, so then it is the number. */
static void add_change(enum figure_unit unit, double from, double to, struct buf *out)
{
	double percent = from > 0 ? 100 * (to - from) / from : 0;

	if (from <= 0 && to > 0) {
		buf_add_char(out, '+');
		figure_format(unit, to, out);
	} else if (percent >= 1000) {
		buf_addf(out, "x %.0f", to / from);
	} else if (percent >= 10 || percent <= -10) {
		buf_addf(out, "%+.0f %%", percent);
	} else if (percent >= 0.05 || percent <= -0.05) {
		buf_addf(out, "%+.1f %%", percent);
	} else if (to < from || to > from) {
		buf_add_text(out, to > from ? "+0 %" : "-0 %");
	}
}

static void add_row(const struct diff_column *columns, uint32_t count, const struct figure *f,
                    struct table_text *t)
{
	const struct diff_column *before = &columns[count - 2], *last = &columns[count - 1];
	struct buf text = { 0 };

	figure_name(f, &text);
	put(t, &text);
	for (uint32_t i = 0; i < count; i++) {
		if (is_known(&columns[i], f))
			figure_format(f->unit, figure_value(f, columns[i].measure), &text);
		else
			buf_add_char(&text, '-');
		put(t, &text);
	}
	if (is_known(before, f) && is_known(last, f))
		add_change(f->unit, figure_value(f, before->measure),
		           figure_value(f, last->measure), &text);
	put(t, &text);
	buf_free(&text);
}

static void add_titles(const struct diff_column *columns, uint32_t count, struct table_text *t)
{
	struct buf text = { 0 };

	put(t, &text);
	for (uint32_t i = 0; i < count; i++) {
		buf_add_text(&text, columns[i].title);
		put(t, &text);
	}
	buf_add_text(&text, "change");
	put(t, &text);
	buf_free(&text);
}

/* Counts that are nothing anywhere are left out. */
static bool matters(const struct diff_column *columns, uint32_t count, const struct figure *f)
{
	for (uint32_t i = 0; i < count; i++)
		if (figure_value(f, columns[i].measure) > 0)
			return true;
	return false;
}

static bool find(const char *name, struct figure *f)
{
	slice text = slice_of(name);
	struct err e;

	return figure_read(&text, f, &e);
}

/* Where there are several kinds, the wait of each: the whole may hide it. */
static void add_kinds(const struct diff_column *columns, uint32_t count, struct table_text *t)
{
	const struct measure *m = columns[count - 1].measure;
	struct figure f;

	if (m->kind_count < 2 || !find("p99_wait", &f))
		return;
	for (uint32_t i = 0; i < m->kind_count && i < KINDS_MOST; i++) {
		f.kind = m->kinds[i].kind; /* lent */
		add_row(columns, count, &f, t);
	}
}

void diff_text(const struct diff_column *columns, uint32_t count, struct buf *out)
{
	struct table_text t = { .width = count + 2 };
	struct figure f;

	add_titles(columns, count, &t);
	for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
		if (!find(usual[i], &f))
			continue;
		if (matters(columns, count, &f) || i < 2)
			add_row(columns, count, &f, &t);
		figure_free(&f);
	}
	add_kinds(columns, count, &t);
	print(&t, out);
}

/* ---- records ---- */

static void add_part(double from, double to, struct buf *out)
{
	if (to < from)
		buf_add_char(out, '-');
	figure_format_digits(FIGURE_LEVEL, fabs(to - from) / from, 6, out);
}

static void add_record(const struct diff_column *columns, uint32_t count, const struct figure *f,
                       struct buf *out)
{
	const struct diff_column *before = &columns[count - 2], *last = &columns[count - 1];
	struct buf name = { 0 };

	buf_add_text(out, "{\"kind\":\"meshq.diff\",\"figure\":");
	summary_name(f, &name);
	json_add_string(out, buf_slice(&name));
	for (uint32_t i = 0; i < count; i++) {
		buf_addf(out, ",\"%s\":", columns[i].name);
		if (is_known(&columns[i], f))
			summary_value(f, columns[i].measure, out);
		else
			buf_add_text(out, "null");
	}
	double from = figure_value(f, before->measure), to = figure_value(f, last->measure);
	buf_add_text(out, ",\"change\":");
	if (is_known(before, f) && is_known(last, f) && from > 0)
		add_part(from, to, out);
	else
		buf_add_text(out, "null");
	buf_add_text(out, "}\n");
	buf_free(&name);
}

void diff_records(const struct diff_column *columns, uint32_t count, struct buf *out)
{
	const struct measure *m = columns[count - 1].measure;
	struct figure f;

	for (uint32_t i = 0; figure_nth(i, &f); i++)
		add_record(columns, count, &f, out);
	for (uint32_t k = 0; k < m->kind_count; k++)
		for (uint32_t i = 0; figure_nth(i, &f); i++) {
			if (!figure_has_kinds(&f))
				continue;
			f.kind = m->kinds[k].kind; /* lent */
			add_record(columns, count, &f, out);
		}
}
