/* The last N failures of many runs, and an exact account of the rest. */
#include "base/mem.h"
#include "base/rng.h"
#include "codec/ledger_file.h"
#include "t.h"

#include <stdlib.h>

/* A failure as the reader makes it: seq 0 and epoch NULL when not told. */
static struct failure *made(const char *epoch, uint64_t seq, uint64_t id, int64_t ms)
{
	struct buf text = { 0 };
	size_t ends[4];

	buf_add_text(&text, epoch ? epoch : "");
	ends[0] = text.n;
	buf_addf(&text, "action-id:%" PRIu64 ":x", id);
	ends[1] = text.n;
	buf_addf(&text, "%" PRIu64, id);
	ends[2] = text.n;
	buf_add_text(&text, "failed");
	ends[3] = text.n;
	struct failure *f = mem_zeroed(1, sizeof *f + text.n);
	memcpy(f->text, text.p, text.n);
	buf_free(&text);
	f->epoch = (slice){ f->text, ends[0] };
	f->source = (slice){ f->text + ends[0], ends[1] - ends[0] };
	f->kind = (slice){ f->text + ends[1] - 1, 1 };
	f->id = (slice){ f->text + ends[1], ends[2] - ends[1] };
	f->status = (slice){ f->text + ends[2], ends[3] - ends[2] };
	f->seq = seq;
	f->at = instant_ms(ms);
	return f;
}

/* True when it was new. */
static bool add(struct ledger *l, const char *epoch, uint64_t seq, uint64_t id, int64_t ms)
{
	struct ledger_news news = ledger_add(l, made(epoch, seq, id, ms));

	free(news.evicted);
	return !news.known;
}

/* "e:3 [e:4-9/6 missed] e:10" */
static const char *account(struct ledger *l, struct buf *out)
{
	uint32_t count;
	struct ledger_item *items = ledger_list(l, &count);

	buf_clear(out);
	for (uint32_t i = 0; i < count; i++) {
		const struct failure *f = items[i].failure;
		const struct gap *g = &items[i].gap;
		if (i)
			buf_add_char(out, ' ');
		if (f)
			buf_addf(out, "%.*s:%" PRIu64, SLICE_ARG(f->epoch), f->seq);
		else
			buf_addf(out, "[%.*s:%" PRIu64 "-%" PRIu64 "/%" PRIu64 " %s]",
			         SLICE_ARG(g->epoch), g->from, g->to, g->count,
			         g->evicted ? "evicted" : "missed");
	}
	free(items);
	return buf_text(out);
}

#define ACCOUNT(l, want) SAME(slice_of(account((l), &text)), (want))

static void failures_without_a_number_are_numbered_from_one(void)
{
	struct ledger *l = ledger_new(4, SLICE("me"));
	struct buf text = { 0 };

	for (uint64_t id = 1; id <= 3; id++)
		OK(add(l, NULL, 0, id, 5));
	ACCOUNT(l, "me:1 me:2 me:3");
	buf_free(&text);
	ledger_free(l);
}

static void fold_drops_the_oldest_failure_at_ring_capacity(void)
{
	struct ledger *l = ledger_new(256, SLICE("me"));
	uint32_t count;

	for (uint64_t id = 0; id < 261; id++)
		add(l, NULL, 0, id, 5);
	struct ledger_item *items = ledger_list(l, &count);
	EQ(count, 257);
	OK(items[0].failure == NULL);
	EQ(items[0].gap.count, 5);
	SAME(items[1].failure->id, "5");
	free(items);
	ledger_free(l);
}

static void D_22_what_was_evicted_is_told_as_a_gap(void)
{
	struct ledger *l = ledger_new(2, SLICE("me"));
	struct buf text = { 0 };

	for (uint64_t id = 1; id <= 5; id++)
		add(l, NULL, 0, id, 5);
	ACCOUNT(l, "[me:1-3/3 evicted] me:4 me:5");
	buf_free(&text);
	ledger_free(l);
}

static void D_22_what_never_came_is_told_as_a_gap(void)
{
	struct ledger *l = ledger_new(8, SLICE("me"));
	struct buf text = { 0 };

	OK(add(l, "e", 3, 1, 5));
	struct ledger_news news = ledger_add(l, made("e", 7, 2, 6));
	OK(news.missed);
	EQ(news.gap.from, 4);
	EQ(news.gap.to, 6);
	EQ(news.gap.count, 3);
	EQ(news.gap.at.ns, instant_ms(6).ns);
	ACCOUNT(l, "[e:1-2/2 missed] e:3 [e:4-6/3 missed] e:7");
	buf_free(&text);
	ledger_free(l);
}

static void D_22_a_late_one_fills_its_gap(void)
{
	struct ledger *l = ledger_new(8, SLICE("me"));
	struct buf text = { 0 };

	add(l, "e", 1, 1, 5);
	add(l, "e", 6, 6, 5);
	OK(add(l, "e", 4, 4, 5));
	ACCOUNT(l, "e:1 [e:2-3/2 missed] [e:5-5/1 missed] e:6 e:4");
	OK(!add(l, "e", 4, 4, 5));
	OK(add(l, "e", 5, 5, 5));
	OK(add(l, "e", 2, 2, 5));
	OK(add(l, "e", 3, 3, 5));
	ACCOUNT(l, "e:1 e:6 e:4 e:5 e:2 e:3");
	buf_free(&text);
	ledger_free(l);
}

static void D_22_another_epoch_counts_from_one_again(void)
{
	struct ledger *l = ledger_new(8, SLICE("me"));
	struct buf text = { 0 };
	uint32_t first = 0, second = 0;

	for (uint64_t seq = 1; seq <= 3; seq++)
		OK(add(l, "e1", seq, seq, 5));
	OK(add(l, "e2", 1, 1, 6));
	OK(add(l, "e2", 2, 2, 6));
	ACCOUNT(l, "e1:1 e1:2 e1:3 e2:1 e2:2");
	OK(ledger_epoch(l, SLICE("e1"), &first) && ledger_epoch(l, SLICE("e2"), &second));
	OK(first < second);
	OK(!ledger_epoch(l, SLICE("e3"), &first));
	buf_free(&text);
	ledger_free(l);
}

static void what_was_read_before_is_known(void)
{
	struct ledger *l = ledger_new(2, SLICE("me"));
	struct buf text = { 0 };

	for (int round = 0; round < 2; round++)
		for (uint64_t seq = 1; seq <= 4; seq++)
			EQ(add(l, "e", seq, seq, (int64_t)seq), round == 0);
	ACCOUNT(l, "[e:1-2/2 evicted] e:3 e:4");
	buf_free(&text);
	ledger_free(l);
}

static void two_runs_by_one_name_are_not_taken_for_one(void)
{
	struct ledger *l = ledger_new(8, SLICE("me"));
	struct buf text = { 0 };

	OK(add(l, "replay", 1, 1, 5));
	OK(add(l, "replay", 2, 2, 6));
	OK(add(l, "replay", 1, 7, 5));
	OK(add(l, "replay", 2, 2, 9));
	OK(!add(l, "replay", 2, 2, 6));
	ACCOUNT(l, "replay:1 replay:2 replay:3 replay:4");
	buf_free(&text);
	ledger_free(l);
}

static void D_21_a_chain_numbers_its_failures_as_the_live_ring_did(void)
{
	struct ledger *l = ledger_new(8, SLICE("me"));
	struct buf text = { 0 };

	/* The chain, then the failures of the same run: the same failures. */
	for (uint64_t id = 1; id <= 3; id++)
		OK(add(l, "e", 0, id, 5));
	for (uint64_t id = 1; id <= 3; id++)
		OK(!add(l, "e", id, id, 5));
	ACCOUNT(l, "e:1 e:2 e:3");
	OK(add(l, "e", 4, 4, 6));
	/* The other way round, all at one instant but the last. */
	for (uint64_t id = 1; id <= 3; id++)
		OK(add(l, "f", id, id, 5));
	for (uint64_t id = 1; id <= 3; id++)
		OK(!add(l, "f", 0, id, 5));
	OK(add(l, "f", 0, 4, 5));
	ACCOUNT(l, "e:1 e:2 e:3 e:4 f:1 f:2 f:3 f:4");
	buf_free(&text);
	ledger_free(l);
}

static void a_gap_of_another_reader_is_kept(void)
{
	struct ledger *l = ledger_new(8, SLICE("me"));
	struct buf text = { 0 };
	struct gap evicted = { SLICE("e"), 1, 5, 5, true, instant_ms(3) };
	struct gap missed = { SLICE("e"), 8, 9, 2, false, instant_ms(3) };
	struct gap forgotten = { { 0 }, 0, 0, 12, true, instant_ms(3) };

	ledger_add_gap(l, &evicted);
	OK(add(l, "e", 6, 6, 5));
	ledger_add_gap(l, &missed);
	ledger_add_gap(l, &evicted);
	ledger_add_gap(l, &forgotten);
	ACCOUNT(l, "[:0-0/12 evicted] [e:1-5/5 evicted] e:6 [e:7-7/1 missed] [e:8-9/2 missed]");
	OK(add(l, "e", 7, 7, 5));
	OK(!add(l, "e", 5, 5, 5));
	buf_free(&text);
	ledger_free(l);
}

static void too_many_gaps_become_fewer_but_count_the_same(void)
{
	struct ledger *l = ledger_new(4, SLICE("me"));
	uint32_t count;
	uint64_t missed = 0, evicted = 0, gaps = 0;

	for (uint64_t seq = 2; seq <= 2000; seq += 2)
		add(l, "e", seq, seq, 5);
	struct ledger_item *items = ledger_list(l, &count);
	for (uint32_t i = 0; i < count; i++) {
		if (items[i].failure)
			continue;
		gaps++;
		*(items[i].gap.evicted ? &evicted : &missed) += items[i].gap.count;
	}
	EQ(missed, 1000);
	EQ(evicted, 996);
	OK(gaps <= 128);
	free(items);
	ledger_free(l);
}

static void a_thousand_runs_are_forgotten_but_counted(void)
{
	struct ledger *l = ledger_new(2, SLICE("me"));
	char epoch[20];
	uint32_t count;
	uint64_t lost = 0;

	for (uint64_t run = 1; run <= 3000; run++) {
		snprintf(epoch, sizeof epoch, "run%" PRIu64, run);
		add(l, epoch, 2, run, 5); /* number 1 is missed */
	}
	struct ledger_item *items = ledger_list(l, &count);
	for (uint32_t i = 0; i < count; i++)
		lost += items[i].failure ? 0 : items[i].gap.count;
	EQ(lost, 3000 + 2998);
	OK(count < 2100);
	free(items);
	ledger_free(l);
}

static void a_ring_of_none_still_counts(void)
{
	struct ledger *l = ledger_new(0, SLICE("me"));
	struct buf text = { 0 };

	for (uint64_t id = 1; id <= 3; id++)
		OK(add(l, NULL, 0, id, 5));
	ACCOUNT(l, "[me:1-3/3 evicted]");
	buf_free(&text);
	ledger_free(l);
}

/* ---- the file ---- */

static struct ledger *reread(struct ledger *l, uint32_t room)
{
	struct buf text = { 0 };
	struct json_error e;
	uint64_t line;

	ledger_file_write(l, &text);
	buf_reserve(&text, JSON_SLACK);
	struct ledger *again = ledger_file_read(buf_slice(&text), room, SLICE("x"), &line, &e);
	if (!OK(again != NULL))
		printf("# line %" PRIu64 ": %s\n", line, e.what);
	buf_free(&text);
	return again;
}

static void a_ring_goes_on_where_its_file_ended(void)
{
	struct ledger *l = ledger_new(2, SLICE("me"));
	struct buf text = { 0 };

	for (uint64_t id = 1; id <= 3; id++)
		add(l, NULL, 0, id, 5);
	add(l, "e", 4, 4, 5);
	struct ledger *again = reread(l, 3);
	ACCOUNT(again, "[me:1-2/2 evicted] me:3 [e:1-3/3 missed] e:4");
	SAME(ledger_own(again), "me");
	OK(add(again, NULL, 0, 9, 6));
	OK(!add(again, "e", 4, 4, 5));
	OK(add(again, "e", 2, 2, 5));
	ACCOUNT(again, "[e:1-1/1 missed] [e:3-3/1 missed] e:4 [me:1-3/3 evicted] me:4 e:2");
	struct ledger *small = reread(again, 1);
	ACCOUNT(small, "[me:1-4/4 evicted] [e:1-1/1 missed] e:2 [e:3-3/1 missed] "
	               "[e:4-4/1 evicted]");
	ledger_free(small);
	ledger_free(again);
	ledger_free(l);
	buf_free(&text);
}

static void a_file_that_is_no_ring_is_refused(void)
{
	static const struct {
		const char *text;
		uint64_t line;
		const char *what;
	} cases[] = {
		{ "{\"kind\":\"x\"}\n", 1, "this is no ring of meshq-failures" },
		{ "{\"kind\":\"meshq.ring\",\"v\":2,\"epoch\":\"e\"}\n", 1,
		  "version 2 not supported (this is 1)" },
		{ "{\"kind\":\"meshq.ring\",\"v\":1,\"epoch\":\"e\"}\n{\"kind\":\"x\"}\n", 2,
		  "neither a failure nor a gap" },
		{ "{\"kind\":\"meshq.ring\",\"v\":1,\"epoch\":\"e\"}\n"
		  "{\"v\":1,\"source\":\"s\",\"recorded_at_ms\":1}\n",
		  2, "a failure without a number" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf text = { 0 };
		struct json_error e;
		uint64_t line = 0;
		buf_add_text(&text, cases[i].text);
		buf_reserve(&text, JSON_SLACK);
		OK(!ledger_file_read(buf_slice(&text), 4, SLICE("x"), &line, &e));
		EQ(line, cases[i].line);
		SAME(slice_of(e.what), cases[i].what);
		buf_free(&text);
	}
}

/* ---- against a list of everything ---- */

enum { RUNS = 3, NUMBERS = 60 };

struct model {
	bool seen[RUNS][NUMBERS + 1];
	uint64_t top[RUNS];
	uint32_t order[2 * RUNS * NUMBERS]; /* run * 1000 + number, as they came */
	uint32_t count;
};

/* Everything below the top of a run is held, evicted or missed: once. */
static bool agrees(struct ledger *l, const struct model *m, uint32_t room)
{
	uint64_t evicted[RUNS] = { 0 }, missed[RUNS] = { 0 }, held[RUNS] = { 0 };
	uint32_t first = m->count > room ? m->count - room : 0, next = first, count;
	struct ledger_item *items = ledger_list(l, &count);
	bool good = true;

	for (uint32_t i = 0; good && i < count; i++) {
		const struct failure *f = items[i].failure;
		slice epoch = f ? f->epoch : items[i].gap.epoch;
		int run = epoch.p[0] - 'a';
		if (f) {
			good = next < m->count && m->order[next++] == (uint32_t)run * 1000 + f->seq;
			held[run]++;
		} else {
			*(items[i].gap.evicted ? &evicted[run] : &missed[run]) +=
				items[i].gap.count;
		}
	}
	good = good && next == m->count;
	for (int run = 0; run < RUNS; run++) {
		uint64_t seen = 0, gone = 0;
		for (uint64_t n = 1; n <= m->top[run]; n++)
			seen += m->seen[run][n];
		for (uint32_t i = 0; i < first; i++)
			gone += m->order[i] / 1000 == (uint32_t)run;
		good = good && held[run] + gone == seen && evicted[run] == gone &&
		       missed[run] == m->top[run] - seen;
	}
	free(items);
	return good;
}

static void the_account_is_exact_whatever_comes_in_whatever_order(void)
{
	uint64_t seed = t_seed(1);
	struct rng rng = { seed };

	for (int round = 0; round < 200; round++) {
		uint32_t room = (uint32_t)rng_below(&rng, 20);
		struct model m = { 0 };
		struct ledger *l = ledger_new(room, SLICE("own"));
		bool good = true;

		for (int step = 0; good && step < 120; step++) {
			int run = (int)rng_below(&rng, RUNS);
			uint64_t n = 1 + rng_below(&rng, NUMBERS);
			char epoch[2] = { (char)('a' + run), 0 };
			bool fresh = !m.seen[run][n];
			if (fresh) {
				m.seen[run][n] = true;
				m.order[m.count++] = (uint32_t)run * 1000 + (uint32_t)n;
				if (n > m.top[run])
					m.top[run] = n;
			}
			good = add(l, epoch, n, n, (int64_t)n) == fresh;
			if (rng_below(&rng, 10) == 0) {
				struct ledger *again = reread(l, room);
				ledger_free(l);
				l = again;
			}
			good = good && agrees(l, &m, room);
		}
		ledger_free(l);
		if (!OK(good)) {
			printf("# SEED=%" PRIu64 " round %d\n", seed, round);
			return;
		}
	}
}

int main(void)
{
	RUN(failures_without_a_number_are_numbered_from_one);
	RUN(fold_drops_the_oldest_failure_at_ring_capacity);
	RUN(D_22_what_was_evicted_is_told_as_a_gap);
	RUN(D_22_what_never_came_is_told_as_a_gap);
	RUN(D_22_a_late_one_fills_its_gap);
	RUN(D_22_another_epoch_counts_from_one_again);
	RUN(what_was_read_before_is_known);
	RUN(two_runs_by_one_name_are_not_taken_for_one);
	RUN(D_21_a_chain_numbers_its_failures_as_the_live_ring_did);
	RUN(a_gap_of_another_reader_is_kept);
	RUN(too_many_gaps_become_fewer_but_count_the_same);
	RUN(a_thousand_runs_are_forgotten_but_counted);
	RUN(a_ring_of_none_still_counts);
	RUN(a_ring_goes_on_where_its_file_ended);
	RUN(a_file_that_is_no_ring_is_refused);
	RUN(the_account_is_exact_whatever_comes_in_whatever_order);
	return t_done();
}
