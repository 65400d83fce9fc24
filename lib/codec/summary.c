#include "codec/summary.h"

#include "base/mem.h"
#include "codec/summary_column.h"

#include <stdlib.h>

enum { COLUMNS_MOST = 80, KINDS_MOST = 20, KIND_WIDTH = 24 };

/* ---- sentences ---- */

/* Phrases with something between them, broken where the line would be too long. */
struct sentence {
	struct buf *out;
	size_t line; /* where it begins in out */
	uint32_t columns;
	const char *between;
};

static struct sentence sentence_open(const struct summary_options *options, const char *between,
                                     struct buf *out)
{
	return (struct sentence){ out, out->n, options->columns ? options->columns : COLUMNS_MOST,
		                  between };
}

static void sentence_add(struct sentence *s, struct buf *phrase)
{
	size_t used = s->out->n - s->line, more = strlen(s->between) + phrase->n;
	bool first = used == 0;

	if (!first)
		buf_add_text(s->out, s->between);
	if (!first && used + more > s->columns) {
		s->out->n--; /* the blank */
		buf_add_char(s->out, '\n');
		s->line = s->out->n;
	}
	buf_add_slice(s->out, buf_slice(phrase));
	buf_free(phrase);
}

static void sentence_close(struct sentence *s)
{
	buf_add_char(s->out, '\n');
}

/* A phrase of its own: sentence_say(&s, "%d jobs", 4). */
#define sentence_say(s, ...)                                                                       \
	do {                                                                                       \
		struct buf phrase = { 0 };                                                         \
		buf_addf(&phrase, __VA_ARGS__);                                                    \
		sentence_add(s, &phrase);                                                          \
	} while (0)

static void say_count(struct sentence *s, uint64_t n, const char *what)
{
	if (n)
		sentence_say(s, "%llu %s", (unsigned long long)n, what);
}

static void add_time(span d, struct buf *out)
{
	figure_format_digits(FIGURE_TIME, (double)d.ns, 3, out);
}

/* "3600s of virtual time, seed 7: 36042 actions, 35990 dispatched, 52 failed" */
static void add_head(const struct measure *m, const struct summary_options *options,
                     struct buf *out)
{
	struct sentence s = sentence_open(options, ", ", out);
	const struct tally *all = &m->all;
	struct buf first = { 0 };

	figure_format(FIGURE_TIME, (double)instant_until(m->start, m->now).ns, &first);
	buf_addf(&first, " of virtual time, seed %llu: %llu action%s",
	         (unsigned long long)options->seed, (unsigned long long)all->arrived,
	         all->arrived == 1 ? "" : "s");
	sentence_add(&s, &first);
	say_count(&s, all->dispatched, "dispatched");
	say_count(&s, all->failed, "failed");
	say_count(&s, all->gated, "gated");
	say_count(&s, all->expired, "expired");
	say_count(&s, all->unfinished, "unfinished");
	sentence_close(&s);
}

static double figure_of(const char *name, struct measure *m)
{
	slice text = slice_of(name);
	struct figure f;
	struct err e;

	return figure_read(&text, &f, &e) ? figure_value(&f, m) : 0;
}

static void say_levels(struct sentence *s, struct measure *m)
{
	struct buf phrase = { 0 };
	double time = (double)instant_until(m->start, m->now).ns;

	buf_addf(&phrase, "depth at most %llu, ", (unsigned long long)m->max_depth);
	figure_format_digits(FIGURE_LEVEL, figure_of("mean_depth", m), 3, &phrase);
	buf_add_text(&phrase, " in the mean");
	sentence_add(s, &phrase);
	if (m->jobs_time == 0)
		return;
	figure_format_digits(FIGURE_LEVEL, 100 * figure_of("utilization", m), 2, &phrase);
	buf_add_text(&phrase, " % of ");
	double jobs = (double)m->jobs_time / time;
	figure_format_digits(FIGURE_LEVEL, jobs, 3, &phrase);
	buf_add_text(&phrase, jobs > 1 ? " jobs busy" : " job busy");
	sentence_add(s, &phrase);
}

static void say_pressure(struct sentence *s, const struct measure *m)
{
	struct buf phrase = { 0 };

	if (m->asserts) {
		buf_addf(&phrase, "back-pressure asserted %llu time%s, for ",
		         (unsigned long long)m->asserts, m->asserts == 1 ? "" : "s");
		add_time(m->asserted_for, &phrase);
		sentence_add(s, &phrase);
	}
	if (m->max_blocked.ns > 0) {
		buf_add_text(&phrase, "input kept waiting for up to ");
		add_time(m->max_blocked, &phrase);
		sentence_add(s, &phrase);
	}
}

static void add_tail(struct measure *m, const struct summary_options *options, struct buf *out)
{
	struct sentence s = sentence_open(options, "; ", out);
	const struct tally *all = &m->all;

	say_levels(&s, m);
	say_count(&s, all->deferred, all->deferred == 1 ? "deferral" : "deferrals");
	say_count(&s, all->retries, all->retries == 1 ? "retry" : "retries");
	say_pressure(&s, m);
	if (m->shares.count > 1)
		sentence_say(&s, "fairness %.2f, of waits %.2f, among %u groups",
		             measure_fairness(m), measure_wait_fairness(m), m->shares.count);
	sentence_close(&s);
}

/* ---- the table of kinds ---- */

enum {
	CELLS = 1 + SUMMARY_ENDS + SUMMARY_WAITS, /* of a row */
	FIRST_WAIT = 1 + SUMMARY_ENDS,
};

/* The cells as texts, row by row. */
struct grid {
	struct buf text;
	size_t *starts; /* of each cell, in text */
	uint32_t rows;
	uint32_t widths[CELLS]; /* 0: the column is left out */
};

static const char *cell(const struct grid *g, uint32_t row, uint32_t column)
{
	return g->text.p + g->starts[row * CELLS + column];
}

/* Characters, not bytes. */
static uint32_t width(const char *text)
{
	uint32_t n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

/* A kind may be any text; a terminal is not for all of them. */
static void add_kind_name(const char *kind, struct buf *out)
{
	bool cut = width(kind) > KIND_WIDTH;
	uint32_t n = 0;

	for (const char *c = kind; *c; c++) {
		n += (*c & 0xc0) != 0x80;
		if (cut && n > KIND_WIDTH - 3)
			break;
		buf_add_char(out, (unsigned char)*c < ' ' || *c == 0x7f ? '?' : *c);
	}
	if (cut)
		buf_add_text(out, "...");
}

static void add_wait(struct measure *m, const struct tally *t, uint32_t part, struct buf *out)
{
	/* Gated actions have none. */
	if (t->arrived == t->gated)
		buf_add_char(out, '-');
	else
		add_time(measure_quantile(m, t, QUANTITY_WAIT, part), out);
}

/* One cell; a row without a tally is that of the titles. */
static void add_cell(struct measure *m, const struct tally *t, uint32_t column, struct buf *out)
{
	uint32_t count = column - 1, wait = column - FIRST_WAIT;

	if (column == 0)
		add_kind_name(!t ? "" : t->kind ? t->kind : "all", out);
	else if (column < FIRST_WAIT && t)
		buf_add_u64(out, summary_count_of(t, count));
	else if (column < FIRST_WAIT)
		buf_add_text(out, summary_counts[count].title);
	else if (t)
		add_wait(m, t, summary_waits[wait].part, out);
	else
		buf_add_text(out, summary_waits[wait].title);
	buf_add_char(out, '\0');
}

static void grid_add(struct grid *g, struct measure *m, const struct tally *t)
{
	g->starts = mem_resize(g->starts, (size_t)(g->rows + 1) * CELLS, sizeof *g->starts);
	for (uint32_t i = 0; i < CELLS; i++) {
		g->starts[g->rows * CELLS + i] = g->text.n;
		add_cell(m, t, i, &g->text);
		uint32_t w = width(cell(g, g->rows, i));
		if (w > g->widths[i])
			g->widths[i] = w;
	}
	g->rows++;
}

/* Of some columns; the first one is always among them. */
static void grid_print(const struct grid *g, uint32_t from, uint32_t to, struct buf *out)
{
	for (uint32_t row = 0; row < g->rows; row++) {
		buf_addf(out, "%s%*s", cell(g, row, 0),
		         (int)(g->widths[0] - width(cell(g, row, 0))), "");
		for (uint32_t i = from; i < to; i++)
			if (g->widths[i])
				buf_addf(out, "  %*s", (int)g->widths[i], cell(g, row, i));
		buf_add_char(out, '\n');
	}
}

/* Counts and waits side by side, if they fit. */
static void grid_print_all(const struct grid *g, uint32_t columns, struct buf *out)
{
	uint32_t sum = g->widths[0];

	for (uint32_t i = 1; i < CELLS; i++)
		sum += g->widths[i] ? 2 + g->widths[i] : 0;
	if (sum <= columns) {
		grid_print(g, 1, CELLS, out);
		return;
	}
	grid_print(g, 1, FIRST_WAIT, out);
	buf_add_char(out, '\n');
	grid_print(g, FIRST_WAIT, CELLS, out);
}

/* ---- which kinds ---- */

struct busy {
	uint64_t arrived;
	uint32_t number;
};

static int busier(const void *a, const void *b)
{
	const struct busy *x = a, *y = b;

	if (x->arrived != y->arrived)
		return x->arrived > y->arrived ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static void add_kinds(struct measure *m, const struct summary_options *options, struct buf *out)
{
	uint32_t most = options->kinds ? options->kinds : KINDS_MOST;
	struct busy *order = mem_zeroed(m->kind_count + 1, sizeof *order);
	struct grid g = { 0 };

	for (uint32_t i = 0; i < m->kind_count; i++)
		order[i] = (struct busy){ m->kinds[i].arrived, i };
	qsort(order, m->kind_count, sizeof *order, busier);
	grid_add(&g, m, NULL);
	for (uint32_t i = 0; i < m->kind_count && i < most; i++)
		grid_add(&g, m, &m->kinds[order[i].number]);
	if (m->kind_count > 1)
		grid_add(&g, m, &m->all);
	for (uint32_t i = 0; i < SUMMARY_ENDS; i++)
		if (summary_count_of(&m->all, i) == 0)
			g.widths[1 + i] = 0;
	grid_print_all(&g, options->columns ? options->columns : COLUMNS_MOST, out);
	if (m->kind_count > most)
		buf_addf(out, "and %u more kinds\n", m->kind_count - most);
	free(g.starts);
	buf_free(&g.text);
	free(order);
}

void summary_text(struct measure *m, const struct summary_options *options, struct buf *out)
{
	add_head(m, options, out);
	if (m->all.arrived) {
		buf_add_char(out, '\n');
		add_kinds(m, options, out);
		buf_add_char(out, '\n');
	}
	add_tail(m, options, out);
}

void summary_results(const struct expect_result *results, uint32_t count, struct buf *out)
{
	int longest = 0;

	for (uint32_t i = 0; i < count; i++) {
		int n = (int)width(results[i].expect->text);
		longest = n > longest ? n : longest;
	}
	for (uint32_t i = 0; i < count; i++) {
		const struct expect *x = results[i].expect;
		buf_addf(out, "%s  %s%*s  ", results[i].met ? "pass" : "FAIL", x->text,
		         longest - (int)width(x->text), "");
		expect_format(x, results[i].value, out);
		buf_add_char(out, '\n');
	}
}
