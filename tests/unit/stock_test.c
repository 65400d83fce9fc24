/* A stock against one long string. */
#include "sys/stock.h"

#include "base/rng.h"
#include "t.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static struct spill spill;

static void take_all(struct stock *s, struct buf *out)
{
	struct err e;

	while (!stock_is_empty(s))
		if (!OK(stock_take(s, &spill, 7, out, &e)))
			return;
}

static void bytes_come_out_as_they_went_in(void)
{
	struct stock s = { 0 };
	struct buf out = { 0 };
	struct err e;

	buf_add_text(&s.last, "in the file, ");
	OK(stock_spill(&s, &spill, &e));
	EQ(stock_in_memory(&s), 0);
	buf_add_text(&s.last, "in the file, too, ");
	OK(stock_spill(&s, &spill, &e));
	buf_add_text(&s.last, "in memory");
	EQ(stock_bytes(&s), 40);
	take_all(&s, &out);
	SAME(buf_slice(&out), "in the file, in the file, too, in memory");
	EQ(spill.live, 0);
	EQ(spill.end, 0);
	buf_free(&out);
	stock_free(&s, &spill);
}

static void room_that_is_given_back_is_free_for_the_disk(void)
{
	struct stock kept = { 0 }, gone = { 0 };
	struct stat before, after;
	struct err e;

	for (int i = 0; i < 64; i++) {
		memset(buf_reserve(&gone.last, 65536), 'x', 65536);
		gone.last.n = 65536;
		OK(stock_spill(&gone, &spill, &e));
	}
	buf_add_text(&kept.last, "k");
	OK(stock_spill(&kept, &spill, &e));
	OK(fstat(spill.fd, &before) == 0);
	stock_free(&gone, &spill);
	OK(fstat(spill.fd, &after) == 0);
	OK(after.st_blocks < before.st_blocks / 4);
	stock_free(&kept, &spill);
	OK(fstat(spill.fd, &after) == 0);
	EQ(after.st_size, 0);
}

static void what_has_no_room_is_told_and_still_there(void)
{
	struct rlimit before, tiny;
	struct stock s = { 0 };
	struct err e;

	buf_add_text(&s.last, "twelve bytes");
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	tiny = before;
	tiny.rlim_cur = 4;
	setrlimit(RLIMIT_FSIZE, &tiny);
	OK(!stock_spill(&s, &spill, &e));
	setrlimit(RLIMIT_FSIZE, &before);
	EQ(e.status, STATUS_IO);
	OK(strstr(e.text, "a temporary file in ") != NULL);
	EQ(stock_bytes(&s), 12);
	stock_free(&s, &spill);
}

enum { STOCKS = 4, BYTES = 4000 };

struct model {
	char text[BYTES];
	size_t n;
};

static void model_add(struct model *m, const char *text, size_t n)
{
	memcpy(m->text + m->n, text, n);
	m->n += n;
}

static bool take(struct stock *s, struct model *m, size_t most)
{
	struct buf out = { 0 };
	struct err e;

	if (!stock_take(s, &spill, most, &out, &e))
		return false;
	bool good = out.n <= most && (out.n > 0) == (m->n > 0) &&
	            memcmp(out.n ? out.p : "", m->text, out.n) == 0;
	memmove(m->text, m->text + out.n, m->n - out.n);
	m->n -= out.n;
	buf_free(&out);
	return good;
}

static bool one_seed(uint64_t seed)
{
	struct rng rng = { seed };
	static struct model models[STOCKS];
	struct stock stocks[STOCKS] = { 0 };
	struct err e;
	bool good = true;

	memset(models, 0, sizeof models);
	for (int i = 0; good && i < 400; i++) {
		size_t a = rng_below(&rng, STOCKS), b = rng_below(&rng, STOCKS);
		char piece[40];
		size_t n = rng_below(&rng, sizeof piece);

		memset(piece, 'a' + i % 26, sizeof piece);
		switch (rng_below(&rng, 5)) {
		case 0:
		case 1:
			if (models[a].n + n >= BYTES)
				break;
			buf_add(&stocks[a].last, piece, n);
			model_add(&models[a], piece, n);
			break;
		case 2:
			good = stock_spill(&stocks[a], &spill, &e);
			break;
		case 3:
			good = take(&stocks[a], &models[a], 1 + n * 3);
			break;
		default:
			if (a == b || models[a].n + models[b].n >= BYTES)
				break;
			good = stock_move(&stocks[a], &stocks[b], &spill, &e) &&
			       stock_is_empty(&stocks[b]);
			model_add(&models[a], models[b].text, models[b].n);
			models[b].n = 0;
		}
		good = good && stock_bytes(&stocks[a]) == models[a].n;
	}
	for (int i = 0; i < STOCKS; i++) {
		while (good && models[i].n)
			good = take(&stocks[i], &models[i], BYTES);
		good = good && stock_is_empty(&stocks[i]);
		stock_free(&stocks[i], &spill);
	}
	return good && spill.live == 0;
}

static void stocks_are_strings(void)
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
	RUN(bytes_come_out_as_they_went_in);
	RUN(room_that_is_given_back_is_free_for_the_disk);
	RUN(what_has_no_room_is_told_and_still_there);
	RUN(stocks_are_strings);
	spill_free(&spill);
	return t_done();
}
