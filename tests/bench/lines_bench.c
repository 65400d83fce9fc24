/* lines_bench - what cutting input into lines and writing it again costs.
 *
 * Prints ns a line and lines a second, the best of several rounds, for 500,000
 * lines of 127 bytes in a file in memory: read alone, and copied to /dev/null. */
#include "base/rng.h"
#include "sys/lines.h"
#include "sys/out.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { LINES = 500000, MEAN = 127, ROUNDS = 9 };

static int make_input(void)
{
	struct rng r = { 7 };
	struct out out;

	out_init(&out, memfd_create("lines", 0));
	for (int i = 0; i < LINES; i++) {
		size_t n = MEAN / 2 + rng_below(&r, MEAN);
		memset(buf_reserve(&out.pending, n), 'x', n);
		out.pending.n += n;
		buf_add_char(&out.pending, '\n');
		out_commit(&out);
	}
	out_flush(&out);
	return out.fd;
}

/* Copies to `to`, or only reads when that is NULL; returns the lines seen. */
static uint64_t pass(int fd, struct out *to)
{
	struct lines l;
	struct err e;
	slice line;
	enum lines_state state;

	lseek(fd, 0, SEEK_SET);
	lines_init(&l, fd, 1 << 20);
	while ((state = lines_next(&l, &line)) != LINES_END) {
		if (state == LINES_MORE && !lines_fill(&l, &e))
			return 0;
		if (state != LINES_LINE || !to)
			continue;
		buf_add_slice(&to->pending, line);
		buf_add_char(&to->pending, '\n');
		out_commit(to);
	}
	uint64_t seen = l.number;
	lines_free(&l);
	return seen;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool measure(const char *name, int fd, struct out *to)
{
	double best = 1e9;

	for (int i = 0; i < ROUNDS; i++) {
		double start = seconds();
		if (pass(fd, to) != LINES)
			return false;
		double took = seconds() - start;
		best = took < best ? took : best;
	}
	printf("%-20s %7.1f ns %8.2f M/s\n", name, best / LINES * 1e9, LINES / best / 1e6);
	return true;
}

int main(void)
{
	struct out null;
	struct err e;
	int fd = make_input();

	out_init(&null, open("/dev/null", O_WRONLY));
	bool good = measure("read", fd, NULL) && measure("read and copy", fd, &null);
	return !good || !out_close(&null, "/dev/null", &e);
}
