/* What a handler writes in pieces against the lines that it is. */
#include "cli/passage.h"

#include "base/rng.h"
#include "t.h"

#define REPLY "{\"meshq\":{\"retry_after_ms\":5}}"

static struct reply_reader *reader;

struct scene {
	struct out out;
	struct outlet outlet;
	struct passage passage;
};

static void scene_open(struct scene *s)
{
	*s = (struct scene){ .outlet.passed = &s->out, .out.fd = -1 };
	s->passage = (struct passage){
		.outlet = &s->outlet, .reply = reader, .capture = 100, .arrival = 1
	};
	passage_open(&s->passage);
}

static void scene_close(struct scene *s)
{
	struct err e;

	OK(outlet_close(&s->outlet, &e));
	buf_free(&s->out.pending);
}

static void write_piece(struct scene *s, slice piece)
{
	s->passage.watcher.see(s->passage.watcher.user, piece);
}

/* What is passed on of pieces, which NULL ends. */
static void passes(const char *want, const char *const *pieces)
{
	struct scene s;

	scene_open(&s);
	for (; *pieces; pieces++)
		write_piece(&s, slice_of(*pieces));
	passage_end(&s.passage);
	while (outlet_more(&s.outlet))
		;
	SAME(buf_slice(&s.out.pending), want);
	scene_close(&s);
}

#define PASSES(want, ...) passes(want, (const char *const[]){ __VA_ARGS__, NULL })

static void lines_are_passed_on_whole(void)
{
	struct scene s;

	scene_open(&s);
	write_piece(&s, SLICE("one\ntw"));
	SAME(buf_slice(&s.out.pending), "one\n");
	write_piece(&s, SLICE("o"));
	SAME(buf_slice(&s.out.pending), "one\n");
	write_piece(&s, SLICE("\n\nfour\r\n"));
	SAME(buf_slice(&s.out.pending), "one\ntwo\n\nfour\r\n");
	passage_end(&s.passage);
	SAME(buf_slice(&s.out.pending), "one\ntwo\n\nfour\r\n");
	scene_close(&s);
}

static void a_last_line_without_its_newline_gets_one(void)
{
	PASSES("a\nb\n", "a\nb");
	PASSES("", "");
	PASSES("\n", "\n");
}

static void a_reply_as_the_last_line_is_not_passed_on(void)
{
	PASSES("a\n", "a\n" REPLY "\n");
	PASSES("a\n", "a\n", REPLY "\n");
	PASSES("a\n", "a\n", REPLY);
	PASSES("a\n", "a\n{\"meshq\":", "{}}\r\n");
	PASSES("", REPLY);
	PASSES("", "{\"mes", "hq\":{}", "}", "\n");
}

static void a_reply_before_the_last_line_is_passed_on(void)
{
	PASSES(REPLY "\nb\n", REPLY "\nb\n");
	PASSES(REPLY "\nb\n", REPLY "\n", "b");
	PASSES(REPLY "\n\n", REPLY "\n", "\n");
	PASSES(REPLY "\n", REPLY "\n" REPLY "\n");
	PASSES(REPLY "\n", REPLY "\n", REPLY "\n");
}

static void what_only_looks_like_a_reply_is_passed_on(void)
{
	PASSES("{\"meshq\":1}\n", "{\"meshq\":1}\n");
	PASSES("{\"a\":1}\n", "{\"a\":1}");
	PASSES("{\"meshq\":{}\n", "{\"meshq\":{}\n");
	PASSES(" " REPLY "\n", " " REPLY);
}

static void a_line_that_is_no_reply_is_not_kept_back(void)
{
	struct scene s;

	scene_open(&s);
	write_piece(&s, SLICE("{\"a\":1}\n"));
	SAME(buf_slice(&s.out.pending), "{\"a\":1}\n");
	write_piece(&s, SLICE(REPLY "\n"));
	SAME(buf_slice(&s.out.pending), "{\"a\":1}\n");
	passage_end(&s.passage);
	scene_close(&s);
}

static void a_long_line_waits_outside_of_memory_and_lets_others_pass(void)
{
	struct scene s;
	char piece[1000];

	memset(piece, 'x', sizeof piece);
	scene_open(&s);
	for (int i = 0; i < 1000; i++)
		write_piece(&s, (slice){ piece, sizeof piece });
	OK(stock_in_memory(&s.passage.line) <= 65 * 1024);
	EQ(stock_bytes(&s.passage.line), 1000 * 1000);
	outlet_pass(&s.outlet, 2, SLICE("other\n"));
	SAME(buf_slice(&s.out.pending), "other\n");
	buf_clear(&s.out.pending);
	write_piece(&s, SLICE("\nnext\n"));
	OK(!s.passage.watcher.ready(&s.passage));
	while (outlet_more(&s.outlet))
		;
	EQ(s.out.pending.n, 1000 * 1000 + 6);
	OK(memcmp(s.out.pending.p + 1000 * 1000, "\nnext\n", 6) == 0);
	buf_clear(&s.out.pending);
	OK(s.passage.watcher.ready(&s.passage));
	passage_end(&s.passage);
	EQ(s.outlet.spill.live, 0);
	scene_close(&s);
}

/* ---- the property ---- */

static void add_line(struct rng *rng, struct buf *text)
{
	static const char *const lines[] = { "",   "a",  "{\"a\":1}", REPLY,     "{\"meshq\":",
		                             "\r", "{}", REPLY "\r",  REPLY " ", "two words" };

	buf_add_text(text, lines[rng_below(rng, sizeof lines / sizeof lines[0])]);
}

/* The same by looking at the whole text. */
static void model(slice text, struct buf *want)
{
	slice line, rest = text;

	while (rest.n) {
		const char *begin = rest.p;

		reply_line(&rest, &line);
		if (rest.n == 0 && reply_is(reader, line))
			return;
		buf_add(want, begin, (size_t)(rest.p - begin));
	}
	if (text.n && text.p[text.n - 1] != '\n')
		buf_add_char(want, '\n');
}

static bool one_seed(uint64_t seed)
{
	struct rng rng = { seed };
	struct buf text = { 0 }, want = { 0 };
	struct scene s;

	scene_open(&s);
	for (uint64_t n = rng_below(&rng, 8); n; n--) {
		add_line(&rng, &text);
		if (n > 1 || rng_below(&rng, 2))
			buf_add_char(&text, '\n');
	}
	model(buf_slice(&text), &want);
	for (size_t at = 0, n; at < text.n; at += n) {
		n = 1 + rng_below(&rng, rng_below(&rng, 3) ? 5 : text.n);
		n = n < text.n - at ? n : text.n - at;
		write_piece(&s, (slice){ text.p + at, n });
	}
	passage_end(&s.passage);
	bool good = slice_equal(buf_slice(&s.out.pending), buf_slice(&want));
	scene_close(&s);
	buf_free(&text);
	buf_free(&want);
	return good;
}

static void however_it_is_cut_the_lines_are_the_same(void)
{
	uint64_t first = t_seed(1), count = t_seeds(500);

	for (uint64_t seed = first; seed < first + count; seed++)
		if (!OK(one_seed(seed))) {
			t_again(seed);
			return;
		}
}

int main(void)
{
	reader = reply_reader_new();
	RUN(lines_are_passed_on_whole);
	RUN(a_last_line_without_its_newline_gets_one);
	RUN(a_reply_as_the_last_line_is_not_passed_on);
	RUN(a_reply_before_the_last_line_is_passed_on);
	RUN(what_only_looks_like_a_reply_is_passed_on);
	RUN(a_line_that_is_no_reply_is_not_kept_back);
	RUN(a_long_line_waits_outside_of_memory_and_lets_others_pass);
	RUN(however_it_is_cut_the_lines_are_the_same);
	reply_reader_free(reader);
	return t_done();
}
