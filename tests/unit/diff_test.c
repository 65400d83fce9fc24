/* Figures of several runs side by side. */
#include "base/mem.h"
#include "codec/diff.h"
#include "t.h"

#include <stdlib.h>

/* A run of `count` actions of the kind that arrive at 0 and end after so many ms each. */
static void run(struct measure *m, const char *kind, int count, int64_t ms, enum outcome outcome)
{
	struct action action = { 0 };
	uint32_t number = measure_kind(m, slice_of(kind));
	const struct key group = { number, 0 };

	for (int i = 0; i < count; i++)
		measure_arrival(m, number, group, (instant){ 0 }, (instant){ 0 });
	const struct levels levels = { (uint64_t)count, 0, 2 };
	measure_elapse(m, &levels, instant_ms(ms));
	const struct effect f = {
		.kind = EFFECT_OUTCOME, .outcome = outcome, .at = instant_ms(ms), .action = &action
	};
	for (int i = 0; i < count; i++)
		measure_effect(m, &f, number, group, (instant){ 0 });
}

struct desk {
	struct measure before, after;
	struct buf out;
	char word[200];
};

static struct desk *desk_new(void)
{
	struct desk *d = mem_zeroed(1, sizeof *d);

	measure_init(&d->before, (instant){ 0 });
	measure_init(&d->after, (instant){ 0 });
	return d;
}

static void desk_free(struct desk *d)
{
	measure_free(&d->before);
	measure_free(&d->after);
	buf_free(&d->out);
	free(d);
}

static void print(struct desk *d, unsigned unknown, bool records)
{
	const struct diff_column columns[] = {
		{ "told", "told", &d->before, unknown },
		{ "as it was", "was", &d->before, 0 },
		{ "as it is", "is", &d->after, 0 },
	};

	buf_clear(&d->out);
	(records ? diff_records : diff_text)(columns, 3, &d->out);
}

/* The line that begins with that word, without repeated blanks. */
static slice row(struct desk *d, const char *name)
{
	const char *line = buf_text(&d->out);
	size_t n = strlen(name), used = 0;

	while (line && (strncmp(line, name, n) != 0 || !strchr(" \n", line[n]))) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	for (; line && *line && *line != '\n' && used < sizeof d->word; line++)
		if (*line != ' ' || d->word[used - 1] != ' ')
			d->word[used++] = *line;
	return (slice){ d->word, used };
}

static bool says(struct desk *d, const char *text)
{
	return strstr(buf_text(&d->out), text) != NULL;
}

static void a_table_has_a_row_for_each_figure_and_says_what_changes(void)
{
	struct desk *d = desk_new();

	run(&d->before, "x", 4, 1000, OUTCOME_DISPATCHED);
	run(&d->after, "x", 3, 650, OUTCOME_DISPATCHED);
	run(&d->after, "x", 1, 650, OUTCOME_FAILED);
	print(d, 0, false);
	SAME(row(d, "received"), "received 4 4 4");
	SAME(row(d, "dispatched"), "dispatched 4 4 3 -25 %");
	SAME(row(d, "failed"), "failed 0 0 1 +1");
	SAME(row(d, "max_wait"), "max_wait 1s 1s 650ms -35 %");
	SAME(row(d, "gated"), ""); /* nothing anywhere */
	OK(says(d, "  told  as it was  as it is  change\n"));
	desk_free(d);
}

static void changes_have_a_fitting_size(void)
{
	static const struct {
		int before, after;
		const char *row;
	} cases[] = {
		{ 1000, 1000, "received 1000 1000 1000" },
		{ 1000, 999, "received 1000 1000 999 -0.1 %" },
		{ 1000, 1096, "received 1000 1000 1096 +9.6 %" },
		{ 1000, 1100, "received 1000 1000 1100 +10 %" },
		{ 10, 0, "received 10 10 0 -100 %" },
		{ 1, 10, "received 1 1 10 +900 %" },
		{ 1, 14, "received 1 1 14 x 14" },
		{ 9999, 10000, "received 9999 9999 10000 +0 %" },
		{ 0, 7, "received 0 0 7 +7" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct desk *d = desk_new();
		run(&d->before, "x", cases[i].before, 10, OUTCOME_DISPATCHED);
		run(&d->after, "x", cases[i].after, 10, OUTCOME_DISPATCHED);
		print(d, 0, false);
		SAME(row(d, "received"), cases[i].row);
		desk_free(d);
	}
}

static void what_a_run_cannot_tell_is_a_dash(void)
{
	struct desk *d = desk_new();
	const struct effect edge = { .kind = EFFECT_EDGE, .edge = EDGE_ASSERTED };

	run(&d->before, "x", 4, 1000, OUTCOME_DISPATCHED);
	run(&d->after, "x", 4, 1000, OUTCOME_DISPATCHED);
	measure_effect(&d->after, &edge, 0, (struct key){ 0 }, (instant){ 0 });
	d->after.running_time = d->after.jobs_time / 2;
	print(d, DIFF_EDGES | DIFF_JOBS, false);
	SAME(row(d, "asserts"), "asserts - 0 1 +1");
	SAME(row(d, "utilization"), "utilization - 0 0.5 +0.5");
	print(d, DIFF_EDGES | DIFF_JOBS, true);
	OK(says(d, "{\"kind\":\"meshq.diff\",\"figure\":\"asserts\",\"told\":null,"
	           "\"was\":0,\"is\":1,\"change\":null}\n"));
	desk_free(d);
}

static void several_kinds_have_their_waits(void)
{
	struct desk *d = desk_new();

	run(&d->before, "x", 1, 1000, OUTCOME_DISPATCHED);
	run(&d->before, "y \"z\"", 1, 2000, OUTCOME_DISPATCHED);
	run(&d->after, "x", 1, 1000, OUTCOME_DISPATCHED);
	run(&d->after, "y \"z\"", 1, 3000, OUTCOME_DISPATCHED);
	print(d, 0, false);
	SAME(row(d, "p99_wait{kind=\"x\"}"), "p99_wait{kind=\"x\"} 1s 1s 1s");
	OK(says(d, "+50 %"));
	desk_free(d);
}

static void records_have_all_figures_with_times_in_milliseconds(void)
{
	struct desk *d = desk_new();
	static const char wait[] =
		"{\"kind\":\"meshq.diff\",\"figure\":\"max_wait_ms\",\"told\":1000,"
		"\"was\":1000,\"is\":650,\"change\":-0.35}\n";
	static const char kind[] =
		"{\"kind\":\"meshq.diff\",\"figure\":\"dispatched{kind=\\\"x\\\"}\",\"told\":4,"
		"\"was\":4,\"is\":6,\"change\":0.5}\n";

	run(&d->before, "x", 4, 1000, OUTCOME_DISPATCHED);
	run(&d->after, "x", 6, 650, OUTCOME_DISPATCHED);
	print(d, 0, true);
	OK(says(d, wait));
	OK(says(d, kind));
	OK(says(d, "\"figure\":\"gated\",\"told\":0,\"was\":0,\"is\":0,"
	           "\"change\":null}\n"));
	desk_free(d);
}

int main(void)
{
	RUN(a_table_has_a_row_for_each_figure_and_says_what_changes);
	RUN(changes_have_a_fitting_size);
	RUN(what_a_run_cannot_tell_is_a_dash);
	RUN(several_kinds_have_their_waits);
	RUN(records_have_all_figures_with_times_in_milliseconds);
	return t_done();
}
