#include "cli/sweep.h"

#include "base/mem.h"
#include "codec/config.h"
#include "codec/json.h"
#include "codec/summary.h"

#include <stdio.h>
#include <stdlib.h>

static const char usual[] = "dispatched,failed,p50_wait,p99_wait,max_depth,asserts,utilization";

enum { COMBINATIONS_MOST = 100000 };

/* ---- what to run and to show ---- */

static bool read_columns(struct sweep *s, struct err *e)
{
	slice rest = slice_of(s->figures ? s->figures : usual);

	for (;;) {
		struct figure figure;

		if (!figure_read(&rest, &figure, e))
			return err_prefix(e, "--figures");
		s->columns = mem_resize(s->columns, s->column_count + 1, sizeof *s->columns);
		s->columns[s->column_count++] = figure;
		if (rest.n == 0)
			return true;
		if (*rest.p != ',')
			return err_set(e, STATUS_USAGE, "--figures: expected ',' before '%.*s'",
			               SLICE_ARG(rest));
		rest = (slice){ rest.p + 1, rest.n - 1 };
	}
}

static bool is_there(const struct sweep *s, const char *path)
{
	for (uint32_t i = 0; i < s->axis_count; i++)
		if (strcmp(s->axes[i].path, path) == 0)
			return true;
	return false;
}

static bool read_axes(struct sweep *s, struct err *e)
{
	uint64_t combinations = 1;

	s->axes = mem_zeroed(s->grid->count, sizeof *s->axes);
	s->sets = mem_zeroed(s->grid->count, sizeof *s->sets);
	s->texts = mem_zeroed(s->grid->count, sizeof *s->texts);
	for (uint32_t i = 0; i < s->grid->count; i++) {
		struct variable *axis = &s->axes[i];

		if (!variable_read(s->grid->items[i], axis, e))
			return err_prefix(e, "--sweep");
		bool twice = is_there(s, axis->path);
		s->axis_count++;
		if (twice)
			return err_set(e, STATUS_USAGE, "--sweep: %s is there twice", axis->path);
		if (s->axes[i].range.count > COMBINATIONS_MOST / combinations)
			return err_set(e, STATUS_USAGE, "--sweep: more than %d combinations",
			               COMBINATIONS_MOST);
		combinations *= s->axes[i].range.count;
	}
	return true;
}

/* ---- cells of a table ---- */

struct cells {
	char **text;
	size_t count, columns;
};

static void cell(struct cells *c, struct buf *text)
{
	c->text = mem_resize(c->text, c->count + 1, sizeof *c->text);
	c->text[c->count++] = mem_text(text->p ? text->p : "", text->n);
	buf_clear(text);
}

static void print_cells(const struct cells *c, struct buf *out)
{
	int *widths = mem_zeroed(c->columns, sizeof *widths);

	for (size_t i = 0; i < c->count; i++) {
		int n = (int)strlen(c->text[i]), *most = &widths[i % c->columns];
		*most = n > *most ? n : *most;
	}
	for (size_t i = 0; i < c->count; i++)
		buf_addf(out, "%*s%s", widths[i % c->columns], c->text[i],
		         i % c->columns == c->columns - 1 ? "\n" : "  ");
	free(widths);
}

static void free_cells(struct cells *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->text[i]);
	free(c->text);
}

static void add_heads(const struct sweep *s, struct cells *c)
{
	struct buf text = { 0 };

	for (uint32_t i = 0; i < s->axis_count; i++) {
		buf_add_text(&text, s->axes[i].path);
		cell(c, &text);
	}
	for (uint32_t i = 0; i < s->column_count; i++) {
		figure_name(&s->columns[i], &text);
		cell(c, &text);
	}
	if (s->expected->count) {
		buf_add_text(&text, "pass");
		cell(c, &text);
	}
	c->columns = c->count;
	buf_free(&text);
}

/* ---- one run as a line ---- */

static void add_csv_head(const struct sweep *s)
{
	struct buf *out = &s->out->pending;

	for (uint32_t i = 0; i < s->axis_count; i++) {
		summary_csv_cell(slice_of(s->axes[i].path), out);
		buf_add_char(out, ',');
	}
	buf_add_text(out, "seed,");
	summary_csv_names(s->columns, s->column_count, out);
	buf_add_text(out, s->expected->count ? ",pass\n" : "\n");
}

static void add_csv_line(const struct sweep *s, const uint64_t *at, struct simulate *run, bool met)
{
	struct buf *out = &s->out->pending, value = { 0 };

	for (uint32_t i = 0; i < s->axis_count; i++) {
		buf_clear(&value);
		range_add(&s->axes[i].range, at[i], &value);
		summary_csv_cell(buf_slice(&value), out);
		buf_add_char(out, ',');
	}
	buf_add_u64(out, run->seed);
	buf_add_char(out, ',');
	summary_csv_values(s->columns, s->column_count, &run->measure, out);
	if (s->expected->count)
		buf_add_text(out, met ? ",true" : ",false");
	buf_add_char(out, '\n');
	buf_free(&value);
}

static void add_record(const struct sweep *s, const uint64_t *at, struct simulate *run, bool met)
{
	struct buf *out = &s->out->pending;

	buf_add_text(out, "{\"kind\":\"meshq.figures\",\"set\":{");
	for (uint32_t i = 0; i < s->axis_count; i++) {
		buf_add_text(out, i ? "," : "");
		json_add_string(out, slice_of(s->axes[i].path));
		buf_add_char(out, ':');
		variable_json(&s->axes[i], at[i], out);
	}
	buf_add_text(out, "},\"seed\":");
	buf_add_u64(out, run->seed);
	summary_members(s->columns, s->column_count, &run->measure, out);
	if (s->expected->count)
		buf_addf(out, ",\"pass\":%s", met ? "true" : "false");
	buf_add_text(out, "}\n");
}

/* ---- combinations ---- */

static void choose(struct sweep *s, const uint64_t *at)
{
	for (uint32_t i = 0; i < s->axis_count; i++) {
		variable_set(&s->axes[i], at[i], &s->sets[i]);
		s->texts[i] = buf_text(&s->sets[i]);
	}
}

/* The next one: the last axis turns fastest. False: it was the last, and this is the first. */
static bool turn(const struct sweep *s, uint64_t *at)
{
	for (uint32_t i = s->axis_count; i-- > 0;) {
		if (++at[i] < s->axes[i].range.count)
			return true;
		at[i] = 0;
	}
	return false;
}

/* A value that is refused is told before the first run. */
static bool check_all(struct sweep *s, uint64_t *at, struct err *e)
{
	do {
		choose(s, at);
		if (!variant_settle(&s->variants, s->texts, s->axis_count, e))
			return false;
		config_free(&s->variants.policy);
	} while (turn(s, at));
	return true;
}

/* ---- the runs of one combination ---- */

static void add_row(const struct sweep *s, const uint64_t *at, const double *sums, uint64_t passed,
                    struct cells *table)
{
	struct buf text = { 0 };
	double runs = (double)s->variants.runs;

	for (uint32_t i = 0; i < s->axis_count; i++) {
		range_add(&s->axes[i].range, at[i], &text);
		cell(table, &text);
	}
	for (uint32_t i = 0; i < s->column_count; i++) {
		enum figure_unit unit = s->columns[i].unit;

		if (unit == FIGURE_COUNT && s->variants.runs > 1)
			unit = FIGURE_LEVEL; /* a mean of counts */
		figure_format(unit, sums[i] / runs, &text);
		cell(table, &text);
	}
	if (s->expected->count) {
		buf_addf(&text, "%ju/%ju", (uintmax_t)passed, (uintmax_t)s->variants.runs);
		cell(table, &text);
	}
	buf_free(&text);
}

static bool run_one(struct sweep *s, const uint64_t *at, uint64_t nth, double *sums,
                    uint64_t *passed, struct err *e)
{
	struct simulate run;
	bool good = variant_run(&s->variants, s->texts, s->axis_count, nth, &run, e);
	bool met = good && expectations_check(s->expected, &run.measure);

	for (uint32_t i = 0; good && i < s->column_count; i++)
		sums[i] += figure_value(&s->columns[i], &run.measure);
	if (good && s->form == SWEEP_CSV)
		add_csv_line(s, at, &run, met);
	else if (good && s->form == SWEEP_RECORDS)
		add_record(s, at, &run, met);
	*passed += met;
	s->met &= met;
	s->status = cli_worse(s->status, run.status);
	simulate_free(&run);
	return good;
}

static bool run_combination(struct sweep *s, const uint64_t *at, struct cells *table, struct err *e)
{
	double *sums = mem_zeroed(s->column_count, sizeof *sums);
	uint64_t passed = 0;
	bool good = true;

	choose(s, at);
	for (uint64_t n = 0; good && n < s->variants.runs; n++)
		good = run_one(s, at, n, sums, &passed, e);
	if (good && s->form == SWEEP_TABLE)
		add_row(s, at, sums, passed, table);
	free(sums);
	return good;
}

static bool run_all(struct sweep *s, uint64_t *at, struct err *e)
{
	struct cells table = { 0 };
	bool good;

	s->met = true;
	if (s->form == SWEEP_TABLE)
		add_heads(s, &table);
	else if (s->form == SWEEP_CSV)
		add_csv_head(s);
	do
		good = run_combination(s, at, &table, e);
	while (good && out_commit(s->out) && turn(s, at));
	if (good && s->form == SWEEP_TABLE)
		print_cells(&table, &s->out->pending);
	free_cells(&table);
	return good;
}

bool sweep_run(struct sweep *s, struct err *e)
{
	if (!read_columns(s, e) || !read_axes(s, e))
		return false;
	uint64_t *at = mem_zeroed(s->axis_count, sizeof *at);
	bool good = check_all(s, at, e) && run_all(s, at, e);

	free(at);
	return good;
}

void sweep_free(struct sweep *s)
{
	for (uint32_t i = 0; i < s->axis_count; i++) {
		variable_free(&s->axes[i]);
		buf_free(&s->sets[i]);
	}
	for (uint32_t i = 0; i < s->column_count; i++)
		figure_free(&s->columns[i]);
	free(s->axes);
	free(s->sets);
	free(s->texts);
	free(s->columns);
}
