/* Lines: the same whatever the reads look like, and never more than a block and a line. */
#include "sys/lines.h"

#include "base/buf.h"
#include "base/rng.h"
#include "t.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static int file_of(slice contents)
{
	int fd = memfd_create("lines", 0);

	for (size_t done = 0; done < contents.n;) {
		ssize_t n = write(fd, contents.p + done, contents.n - done);
		if (n <= 0)
			abort();
		done += (size_t)n;
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/* Everything as text: lines in brackets, of long ones their length, a star and the rest's. */
static void story(struct lines *l, struct buf *out)
{
	enum lines_state state;
	struct err e;
	slice s;

	while ((state = lines_next(l, &s)) != LINES_END)
		switch (state) {
		case LINES_LINE:
			if (s.n < 60)
				buf_addf(out, "[%.*s]", SLICE_ARG(s));
			else
				buf_addf(out, "[#%zu]", s.n);
			break;
		case LINES_TOO_LONG: {
			size_t first = s.n, rest = 0;
			while ((state = lines_rest(l, &s)) != LINES_END) {
				if (state == LINES_MORE)
					OK(lines_fill(l, &e));
				rest += s.n;
			}
			buf_addf(out, "<%zu*%zu>", first, rest);
			break;
		}
		case LINES_MORE:
			OK(lines_fill(l, &e));
			break;
		case LINES_END:
			break;
		}
}

static void told(slice contents, size_t limit, const char *want)
{
	struct lines l;
	struct buf got = { 0 };
	int fd = file_of(contents);

	lines_init(&l, fd, limit);
	story(&l, &got);
	SAME(buf_slice(&got), want);
	lines_free(&l);
	close(fd);
	buf_free(&got);
}

#define TOLD(text, limit, want) told(SLICE(text), (limit), (want))

static void lines_end_with_lf_or_crlf_and_the_last_one_with_nothing(void)
{
	TOLD("", 100, "");
	TOLD("\n", 100, "[]");
	TOLD("a\nb\r\n\r\n\nc", 100, "[a][b][][][c]");
	TOLD("a\rb\n", 100, "[a\rb]");
	TOLD("a\r", 100, "[a\r]");
}

static void the_limit_counts_the_line_without_its_end(void)
{
	TOLD("1234\n", 4, "[1234]");
	TOLD("1234\r\n", 4, "[1234]");
	TOLD("1234", 4, "[1234]");
	TOLD("12345\nx\n", 4, "<4*1>[x]");
	TOLD("12345\r\nx\n", 4, "<4*2>[x]");
	TOLD("1234\r", 4, "<4*1>");
	TOLD("12345", 4, "<4*1>");
}

static void a_line_may_be_larger_than_a_block(void)
{
	struct buf b = { 0 };

	memset(buf_reserve(&b, 3000000), 'x', 3000000);
	b.n = 1000000;
	buf_add_text(&b, "\nshort\n");
	told(buf_slice(&b), 1 << 20, "[#1000000][short]");
	b.n = 1 << 20;
	memset(b.p, 'x', b.n);
	buf_add_text(&b, "\r\nshort");
	told(buf_slice(&b), 1 << 20, "[#1048576][short]");
	buf_free(&b);
}

static void a_line_over_the_limit_costs_no_memory(void)
{
	struct buf b = { 0 }, got = { 0 };
	struct lines l;

	memset(buf_reserve(&b, 2100000), 'x', 2000000);
	b.n = 2000000;
	buf_add_text(&b, "\nnext\n");
	int fd = file_of(buf_slice(&b));
	lines_init(&l, fd, 1000);
	story(&l, &got);
	SAME(buf_slice(&got), "<1000*1999000>[next]");
	OK(l.room <= 300 * 1024);
	EQ(l.number, 2);
	lines_free(&l);
	close(fd);
	buf_free(&b);
	buf_free(&got);
}

static void the_rest_of_a_long_line_may_be_skipped_unread(void)
{
	struct lines l;
	struct err e;
	slice s;
	int fd = file_of(SLICE("0123456789\nnext\n"));

	lines_init(&l, fd, 4);
	EQ(lines_next(&l, &s), LINES_MORE);
	OK(lines_fill(&l, &e));
	EQ(lines_next(&l, &s), LINES_TOO_LONG);
	SAME(s, "0123");
	EQ(lines_next(&l, &s), LINES_LINE);
	SAME(s, "next");
	lines_free(&l);
	close(fd);
}

static void a_descriptor_with_nothing_yet_is_no_error(void)
{
	struct lines l;
	struct err e;
	slice s;
	int p[2];

	OK(pipe2(p, O_NONBLOCK) == 0);
	lines_init(&l, p[0], 100);
	OK(lines_fill(&l, &e));
	EQ(errno, EAGAIN);
	EQ(lines_next(&l, &s), LINES_MORE);
	OK(write(p[1], "half", 4) == 4);
	OK(lines_fill(&l, &e));
	EQ(lines_next(&l, &s), LINES_MORE);
	OK(write(p[1], " whole\n", 7) == 7);
	OK(lines_fill(&l, &e));
	EQ(lines_next(&l, &s), LINES_LINE);
	SAME(s, "half whole");
	close(p[1]);
	EQ(lines_next(&l, &s), LINES_MORE);
	OK(lines_fill(&l, &e));
	EQ(lines_next(&l, &s), LINES_END);
	lines_free(&l);
	close(p[0]);
}

static void a_descriptor_that_cannot_be_read_is_an_error(void)
{
	struct lines l;
	struct err e;
	int fd = open(".", O_RDONLY | O_DIRECTORY);

	lines_init(&l, fd, 100);
	OK(!lines_fill(&l, &e));
	EQ(e.status, STATUS_IO);
	SAME(slice_of(e.text), "read: Is a directory");
	lines_free(&l);
	close(fd);
}

static void thirty_two_bytes_behind_a_line_are_readable(void)
{
	struct lines l;
	struct err e;
	slice s;
	char copy[LINES_SLACK];
	int fd = file_of(SLICE("last"));

	lines_init(&l, fd, 100);
	while (lines_next(&l, &s) == LINES_MORE)
		OK(lines_fill(&l, &e));
	memcpy(copy, s.p + s.n, sizeof copy); /* the sanitizer is the judge */
	SAME(s, "last");
	lines_free(&l);
	close(fd);
}

/* ---- property: a naive cut of the whole text says the same ---- */

static void cut_naively(slice text, size_t limit, struct buf *out)
{
	for (size_t i = 0; i < text.n;) {
		const char *lf = memchr(text.p + i, '\n', text.n - i);
		size_t raw = (lf ? (size_t)(lf - text.p) : text.n) - i;
		size_t n = lf && raw && text.p[i + raw - 1] == '\r' ? raw - 1 : raw;

		if (n > limit)
			buf_addf(out, "<%zu*%zu>", limit, raw - limit);
		else
			buf_addf(out, "[%.*s]", (int)n, text.p + i);
		i += raw + (lf != NULL);
	}
}

/* A pipe that brings the text in pieces of a few bytes. */
static void read_in_pieces(slice text, size_t limit, struct rng *r, struct buf *out)
{
	struct lines l;
	struct err e;
	int p[2];
	size_t rest = 0, first = 0;
	bool over = false;

	OK(pipe(p) == 0);
	lines_init(&l, p[0], limit);
	while (!over) {
		slice s;
		enum lines_state state = l.skipping ? lines_rest(&l, &s) : lines_next(&l, &s);

		if (state == LINES_MORE && text.n) {
			size_t n = 1 + rng_below(r, text.n < 7 ? text.n : 7);
			OK(write(p[1], text.p, n) == (ssize_t)n);
			text = (slice){ text.p + n, text.n - n };
		} else if (state == LINES_MORE && p[1] >= 0) {
			close(p[1]);
			p[1] = -1;
		}
		if (state == LINES_MORE)
			OK(lines_fill(&l, &e));
		else if (state == LINES_TOO_LONG)
			first = s.n;
		else if (state == LINES_LINE && first)
			rest += s.n;
		else if (state == LINES_LINE)
			buf_addf(out, "[%.*s]", SLICE_ARG(s));
		else if (first) {
			buf_addf(out, "<%zu*%zu>", first, rest);
			first = rest = 0;
		} else {
			over = true;
		}
	}
	lines_free(&l);
	close(p[0]);
}

static void pieces_of_any_size_make_the_same_lines(void)
{
	uint64_t seed = t_seed(17);
	struct rng r = { seed };

	for (int round = 0; round < 2000; round++) {
		struct buf text = { 0 }, want = { 0 }, got = { 0 };
		size_t n = rng_below(&r, 60), limit = 1 + rng_below(&r, 9);

		for (size_t i = 0; i < n; i++)
			buf_add_char(&text, "ab\r\n"[rng_below(&r, 4)]);
		cut_naively(buf_slice(&text), limit, &want);
		read_in_pieces(buf_slice(&text), limit, &r, &got);
		if (!OK(slice_equal(buf_slice(&got), buf_slice(&want))))
			printf("# SEED=%ju round %d\n", (uintmax_t)seed, round);
		buf_free(&text);
		buf_free(&want);
		buf_free(&got);
	}
}

int main(void)
{
	RUN(lines_end_with_lf_or_crlf_and_the_last_one_with_nothing);
	RUN(the_limit_counts_the_line_without_its_end);
	RUN(a_line_may_be_larger_than_a_block);
	RUN(a_line_over_the_limit_costs_no_memory);
	RUN(the_rest_of_a_long_line_may_be_skipped_unread);
	RUN(a_descriptor_with_nothing_yet_is_no_error);
	RUN(a_descriptor_that_cannot_be_read_is_an_error);
	RUN(thirty_two_bytes_behind_a_line_are_readable);
	RUN(pieces_of_any_size_make_the_same_lines);
	return t_done();
}
