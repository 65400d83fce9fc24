/* What goes out in order, against texts that are put together by place at the end. */
#include "cli/outlet.h"

#include "base/rng.h"
#include "t.h"

enum { ACTIONS = 40, TEXT = 4096 };

static void say(struct outlet *o, uint64_t arrival, const char *text)
{
	struct buf *out = outlet_record(o, arrival);

	buf_add_text(out, text);
	outlet_recorded(o, arrival);
}

static slice last(const struct out *out, size_t n)
{
	return (slice){ out->pending.p + (out->pending.n - n), n };
}

static void without_order_everything_goes_at_once(void)
{
	struct out records = { .fd = -1 }, passed = { .fd = -1 };
	struct outlet o = { .records = &records, .passed = &passed };
	struct err e;

	say(&o, 2, "two\n");
	outlet_pass(&o, 7, SLICE("seven\n"));
	outlet_over(&o, 2);
	say(&o, 1, "one\n");
	outlet_beside(&o, 9, SLICE("beside\n"));
	SAME(buf_slice(&records.pending), "two\none\nbeside\n");
	SAME(buf_slice(&passed.pending), "seven\n");
	EQ(o.held, 0);
	OK(!outlet_more(&o));
	OK(outlet_close(&o, &e));
	buf_free(&records.pending);
	buf_free(&passed.pending);
}

static void what_nobody_wants_is_not_kept(void)
{
	struct outlet o = { .ordered = true };
	struct err e;

	OK(outlet_record(&o, 2) == NULL);
	outlet_pass(&o, 2, SLICE("two\n"));
	outlet_beside(&o, 2, SLICE("beside\n"));
	EQ(o.held, 0);
	outlet_over(&o, 1);
	OK(outlet_close(&o, &e));
}

static void a_record_about_now_waits_for_nobody_but_cuts_no_line_in_two(void)
{
	struct out records = { .fd = -1 };
	struct outlet o = { .records = &records, .ordered = true };
	struct buf long_line = { 0 };
	struct err e;

	memset(buf_reserve(&long_line, 100000), 'x', 100000);
	long_line.n = 99999;
	buf_add_char(&long_line, '\n');
	say(&o, 4, "four\n");
	say(&o, 0, "now\n");
	SAME(buf_slice(&records.pending), "now\n");
	outlet_beside(&o, 2, buf_slice(&long_line));
	outlet_over(&o, 2);
	outlet_over(&o, 1);
	OK(outlet_more(&o)); /* half of the line */
	say(&o, 0, "later\n");
	while (outlet_more(&o))
		;
	EQ(records.pending.n, 4 + 100000 + 6);
	SAME(last(&records, 6), "later\n");
	outlet_over(&o, 3);
	while (outlet_more(&o))
		;
	EQ(o.held, 0);
	SAME(last(&records, 5), "four\n");
	OK(outlet_close(&o, &e));
	buf_free(&records.pending);
	buf_free(&long_line);
}

static void what_waits_counts_with_what_it_costs(void)
{
	struct out records = { .fd = -1 };
	struct outlet o = { .records = &records, .ordered = true };
	struct err e;

	say(&o, 2, "two\n");
	EQ(o.held, 4 + sizeof(struct outlet_place));
	say(&o, 2, "two\n");
	EQ(o.held, 8 + sizeof(struct outlet_place));
	outlet_over(&o, 1);
	OK(outlet_more(&o));
	EQ(o.held, 0);
	OK(outlet_close(&o, &e));
	buf_free(&records.pending);
}

static void who_has_his_turn_waits_for_the_reader_and_the_others_do_not(void)
{
	struct out passed = { .fd = -1 };
	struct outlet o = { .passed = &passed, .ordered = true };
	struct err e;

	memset(buf_reserve(&passed.pending, 100000), 'x', 100000);
	passed.pending.n = 100000;
	OK(outlet_is_clogged(&o, 1));
	OK(!outlet_is_clogged(&o, 2));
	buf_clear(&passed.pending);
	OK(!outlet_is_clogged(&o, 1));
	OK(outlet_close(&o, &e));
	buf_free(&passed.pending);
}

static void bytes_that_are_lost_make_both_ways_out_fail(void)
{
	struct out records = { .fd = -1 }, passed = { .fd = -1 };
	struct outlet o = { .records = &records, .passed = &passed, .ordered = true };
	struct err e;

	setenv("TMPDIR", "/nowhere", 1);
	for (int i = 0; i < 100; i++)
		outlet_pass(&o, 2, (slice){ (char[1000]){ 0 }, 1000 });
	unsetenv("TMPDIR");
	OK(o.failed);
	OK(records.failure && passed.failure);
	OK(!outlet_close(&o, &e));
	EQ(e.status, STATUS_IO);
	SAME(slice_of(e.text), "a temporary file in /nowhere: No such file or directory");
}

/* ---- the property ---- */

struct texts {
	char text[TEXT];
	char beside[TEXT];
	bool over;
};

struct world {
	struct rng rng;
	struct out records, passed;
	struct outlet outlet;
	struct texts said[2][ACTIONS + 1]; /* records, passed */
	uint64_t last;                     /* who has come */
	uint64_t number;
};

static void extend(char *text, const char *more)
{
	size_t n = strlen(text), some = strlen(more);

	if (n + some < TEXT)
		memmove(text + n, more, some + 1);
}

/* What must have come out by now: everything of those whose turn it was or is. */
static bool as_told(struct world *w, int way, const struct out *out)
{
	static char want[TEXT * 2];
	size_t n = 0;

	want[0] = '\0';
	for (uint64_t i = 1; i <= w->last; i++) {
		const struct texts *t = &w->said[way][i];

		n += (size_t)snprintf(want + n, sizeof want - n, "%s%s", t->text,
		                      t->over ? t->beside : "");
		if (!t->over)
			break;
	}
	return slice_is(buf_slice(&out->pending), want);
}

static void act(struct world *w)
{
	uint64_t i = 1 + rng_below(&w->rng, w->last);
	char text[32];

	if (w->said[0][i].over)
		return;
	snprintf(text, sizeof text, "%d.%d ", (int)i, (int)++w->number);
	switch (rng_below(&w->rng, 5)) {
	case 0:
		say(&w->outlet, i, text);
		extend(w->said[0][i].text, text);
		break;
	case 1:
		outlet_pass(&w->outlet, i, slice_of(text));
		extend(w->said[1][i].text, text);
		break;
	case 2:
		outlet_beside(&w->outlet, w->last, slice_of(text));
		extend(w->said[0][w->last].over ? w->said[0][w->last].text
		                                : w->said[0][w->last].beside,
		       text);
		break;
	case 3:
		outlet_over(&w->outlet, i);
		extend(w->said[0][i].text, w->said[0][i].beside);
		w->said[0][i].beside[0] = '\0';
		w->said[0][i].over = w->said[1][i].over = true;
		break;
	default:
		w->last += w->last < ACTIONS;
	}
}

static bool one_seed(uint64_t seed)
{
	static struct world w;
	bool good = true;
	struct err e;

	w = (struct world){ .rng = { seed }, .last = 1 };
	w.outlet = (struct outlet){ .records = &w.records, .passed = &w.passed, .ordered = true };
	for (int i = 0; good && i < 600; i++) {
		act(&w);
		if (rng_below(&w.rng, 3))
			continue;
		while (outlet_more(&w.outlet))
			;
		good = as_told(&w, 0, &w.records) && as_told(&w, 1, &w.passed);
	}
	good = outlet_close(&w.outlet, &e) && good;
	buf_free(&w.records.pending);
	buf_free(&w.passed.pending);
	return good;
}

static void everything_comes_out_by_place(void)
{
	uint64_t first = t_seed(1), count = t_seeds(200);

	for (uint64_t seed = first; seed < first + count; seed++)
		if (!OK(one_seed(seed))) {
			t_again(seed);
			return;
		}
}

int main(void)
{
	RUN(without_order_everything_goes_at_once);
	RUN(what_nobody_wants_is_not_kept);
	RUN(a_record_about_now_waits_for_nobody_but_cuts_no_line_in_two);
	RUN(what_waits_counts_with_what_it_costs);
	RUN(who_has_his_turn_waits_for_the_reader_and_the_others_do_not);
	RUN(bytes_that_are_lost_make_both_ways_out_fail);
	RUN(everything_comes_out_by_place);
	return t_done();
}
