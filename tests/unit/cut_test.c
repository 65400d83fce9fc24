/* Lines out of pieces, against cutting the whole. */
#include "base/cut.h"
#include "t.h"

#include "base/rng.h"
#include "seed.h"

static void lines_are_cut_wherever_the_pieces_end(void)
{
	struct cut c = { .most = 100 };
	slice piece = SLICE("one\r\ntw"), line;

	OK(cut_next(&c, &piece, &line));
	SAME(line, "one");
	OK(!cut_next(&c, &piece, &line));
	piece = SLICE("o\n\nthree\r");
	OK(cut_next(&c, &piece, &line));
	SAME(line, "two");
	OK(cut_next(&c, &piece, &line));
	SAME(line, "");
	OK(!cut_next(&c, &piece, &line));
	piece = SLICE("\n");
	OK(cut_next(&c, &piece, &line));
	SAME(line, "three");
	OK(!cut_rest(&c, &line));
	cut_free(&c);
}

static void what_has_no_end_is_the_rest(void)
{
	struct cut c = { .most = 100 };
	slice piece = SLICE("a\nb"), line;

	cut_next(&c, &piece, &line);
	OK(!cut_next(&c, &piece, &line));
	OK(cut_rest(&c, &line));
	SAME(line, "b");
	OK(!c.cut);
	OK(!cut_rest(&c, &line));
	cut_free(&c);
}

static void a_line_that_is_too_long_is_told_and_costs_no_more_memory(void)
{
	struct cut c = { .most = 5 };
	slice piece = SLICE("123456\n12345\n123"), line;

	OK(cut_next(&c, &piece, &line) && c.cut);
	SAME(line, "12345");
	OK(cut_next(&c, &piece, &line) && !c.cut);
	SAME(line, "12345");
	OK(!cut_next(&c, &piece, &line));
	for (int i = 0; i < 100000; i++) {
		piece = SLICE("4567890");
		OK(!cut_next(&c, &piece, &line));
	}
	OK(c.part.room < 1000);
	piece = SLICE("\nok\n");
	OK(cut_next(&c, &piece, &line) && c.cut);
	SAME(line, "12345");
	OK(cut_next(&c, &piece, &line) && !c.cut);
	SAME(line, "ok");
	cut_free(&c);
}

/* ---- a property ---- */

enum { TEXT = 2000 };

/* The next line of the whole, or the rest; false: there is none. */
static bool expected(slice *text, size_t most, slice *line, bool *cut)
{
	if (text->n == 0)
		return false;
	size_t n = 0;

	while (n < text->n && text->p[n] != '\n')
		n++;
	*line = (slice){ text->p, n < most ? n : most };
	*cut = n > most;
	if (!*cut && line->n && line->p[line->n - 1] == '\r')
		line->n--;
	n += n < text->n;
	*text = (slice){ text->p + n, text->n - n };
	return true;
}

static bool same(struct cut *c, slice line, slice *text)
{
	slice want;
	bool cut;

	return expected(text, c->most, &want, &cut) && slice_equal(line, want) && c->cut == cut;
}

static bool agrees(struct rng *rng)
{
	static const char letters[] = "ab\r\n\n{\"";
	char text[TEXT];
	struct cut c = { .most = 1 + rng_below(rng, 12) };
	slice whole = { text, TEXT }, line;
	bool good = true;

	for (size_t i = 0; i < TEXT; i++)
		text[i] = letters[rng_below(rng, i % 100 < 50 ? 3 : sizeof letters - 1)];
	for (size_t at = 0; at < TEXT;) {
		size_t n = rng_below(rng, 30);
		slice piece = { text + at, n < TEXT - at ? n : TEXT - at };

		at += piece.n;
		while (good && cut_next(&c, &piece, &line))
			good = same(&c, line, &whole);
	}
	if (good && cut_rest(&c, &line))
		good = same(&c, line, &whole);
	cut_free(&c);
	return good && whole.n == 0;
}

static void lines_are_those_of_the_whole(void)
{
	uint64_t first = t_seed(1), count = t_seeds(300);

	for (uint64_t seed = first; seed < first + count; seed++) {
		struct rng rng = { seed };

		seed_begin(seed);
		if (!OK(agrees(&rng))) {
			t_again(seed);
			return;
		}
	}
}

int main(void)
{
	RUN(lines_are_cut_wherever_the_pieces_end);
	RUN(what_has_no_end_is_the_rest);
	RUN(a_line_that_is_too_long_is_told_and_costs_no_more_memory);
	RUN(lines_are_those_of_the_whole);
	return t_done();
}
