/* For which action of a batch a line is. */
#include "codec/batch_line.h"
#include "t.h"

#include "base/rng.h"
#include "seed.h"

static const struct hash_seed seed = { 1, 2 };

static enum batch_line kind_of(const char *line)
{
	struct batch_reader *r = batch_reader_new(seed);
	struct key id;
	slice shown;
	slice text = slice_of(line);
	enum batch_line kind = batch_line_read(r, &text, &id, &shown);

	batch_reader_free(r);
	return kind;
}

static struct key id_of(const char *line)
{
	struct batch_reader *r = batch_reader_new(seed);
	struct key id = { 0 };
	slice text = slice_of(line), shown;

	EQ(batch_line_read(r, &text, &id, &shown), BATCH_LINE_REPLY);
	OK(*text.p == '{');
	batch_reader_free(r);
	return id;
}

static bool same_id(const char *a, const char *b)
{
	struct key x = id_of(a), y = id_of(b);

	return x.hi == y.hi && x.lo == y.lo;
}

static void an_object_with_an_id_is_a_reply(void)
{
	EQ(kind_of("{\"id\":1}"), BATCH_LINE_REPLY);
	EQ(kind_of(" \t{\"ok\":true,\"id\":\"a\",\"meshq\":{\"fail\":\"x\"}} "), BATCH_LINE_REPLY);
}

static void one_with_meshq_alone_is_for_all(void)
{
	EQ(kind_of("{\"meshq\":{\"retry_after_ms\":1}}"), BATCH_LINE_COMMON);
}

static void what_is_no_object_or_says_nothing_is_none(void)
{
	EQ(kind_of(""), BATCH_LINE_NONE);
	EQ(kind_of("done 17"), BATCH_LINE_NONE);
	EQ(kind_of("[1]"), BATCH_LINE_NONE);
	EQ(kind_of("{\"level\":\"info\"}"), BATCH_LINE_NONE);
}

static void what_begins_as_a_reply_and_is_none_is_broken(void)
{
	EQ(kind_of("{\"id\":1"), BATCH_LINE_BROKEN);
	EQ(kind_of("{\"id\":1,\"id\":2}"), BATCH_LINE_BROKEN);
	EQ(kind_of("{\"id\":1,\"meshq\":{\"fail\":\"a\",\"fail\":\"b\"}}"), BATCH_LINE_BROKEN);
	EQ(kind_of("{\"id\":1,\"meshq\":true}"), BATCH_LINE_BROKEN);
	EQ(kind_of("{\"id\":null}"), BATCH_LINE_BROKEN);
	EQ(kind_of("{\"id\":1}\xff"), BATCH_LINE_BROKEN);
}

static void ids_are_equal_however_they_are_spelt(void)
{
	OK(same_id("{\"id\":1}", "{\"x\":2, \"\\u0069d\" : 1.0}"));
	OK(same_id("{\"id\":18446744073709551615}", "{\"id\":18446744073709551615}"));
	OK(!same_id("{\"id\":18446744073709551615}", "{\"id\":18446744073709551614}"));
	OK(same_id("{\"id\":\"a/b\"}", "{\"id\":\"\\u0061\\/b\"}"));
	OK(!same_id("{\"id\":1}", "{\"id\":\"1\"}"));
}

static void the_id_of_an_action_is_that_of_its_reply(void)
{
	struct batch_reader *r = batch_reader_new(seed);
	struct key id = batch_line_id(r, SLICE("{\"meshq\":1,\"meshq\":2,\"id\":\"\\u0061\"}"));
	struct key reply = id_of(" {\"id\":\"a\"}");

	OK(id.hi == reply.hi && id.lo == reply.lo);
	batch_reader_free(r);
}

static void replies_find_their_actions_once(void)
{
	struct batch_ids *ids = batch_ids_new(3);
	const struct key a = { 1, 1 }, b = { 2, 2 }, c = { 3, 3 };
	uint32_t n = 9;

	batch_ids_add(ids, a);
	batch_ids_add(ids, b);
	batch_ids_add(ids, a);
	EQ(batch_ids_take(ids, a, &n), BATCH_WHOSE_FOUND);
	EQ(n, 0);
	EQ(batch_ids_take(ids, a, &n), BATCH_WHOSE_FOUND);
	EQ(n, 2);
	EQ(batch_ids_take(ids, a, &n), BATCH_WHOSE_AGAIN);
	EQ(batch_ids_take(ids, c, &n), BATCH_WHOSE_NOBODY);
	EQ(batch_ids_take(ids, b, &n), BATCH_WHOSE_FOUND);
	EQ(n, 1);
	EQ(batch_ids_take(ids, b, &n), BATCH_WHOSE_AGAIN);
	batch_ids_free(ids);
}

/* ---- a property ---- */

enum { IDS = 60 };

struct model {
	uint64_t id[IDS];
	bool replied[IDS];
	uint32_t count;
};

static enum batch_whose model_take(struct model *m, uint64_t id, uint32_t *number)
{
	enum batch_whose whose = BATCH_WHOSE_NOBODY;

	for (uint32_t i = 0; i < m->count; i++) {
		if (m->id[i] != id)
			continue;
		if (!m->replied[i]) {
			m->replied[i] = true;
			*number = i;
			return BATCH_WHOSE_FOUND;
		}
		whose = BATCH_WHOSE_AGAIN;
	}
	return whose;
}

static bool agrees(struct rng *rng)
{
	struct model m = { .count = 1 + (uint32_t)rng_below(rng, IDS) };
	struct batch_ids *ids = batch_ids_new(m.count);
	uint64_t different = 1 + rng_below(rng, IDS);
	bool same = true;

	for (uint32_t i = 0; i < m.count; i++) {
		m.id[i] = rng_below(rng, different);
		batch_ids_add(ids, (struct key){ m.id[i], 7 });
	}
	for (int i = 0; same && i < 4 * IDS; i++) {
		uint64_t id = rng_below(rng, different + 2);
		uint32_t got = 0, want = 0;

		same = batch_ids_take(ids, (struct key){ id, 7 }, &got) ==
		               model_take(&m, id, &want) &&
		       got == want;
	}
	batch_ids_free(ids);
	return same;
}

static void whose_it_is_is_what_a_search_says(void)
{
	uint64_t first = t_seed(1), count = t_seeds(300);

	for (uint64_t n = first; n < first + count; n++) {
		struct rng rng = { n };

		seed_begin(n);
		if (!OK(agrees(&rng))) {
			t_again(n);
			return;
		}
	}
}

int main(void)
{
	RUN(an_object_with_an_id_is_a_reply);
	RUN(one_with_meshq_alone_is_for_all);
	RUN(what_is_no_object_or_says_nothing_is_none);
	RUN(what_begins_as_a_reply_and_is_none_is_broken);
	RUN(ids_are_equal_however_they_are_spelt);
	RUN(the_id_of_an_action_is_that_of_its_reply);
	RUN(replies_find_their_actions_once);
	RUN(whose_it_is_is_what_a_search_says);
	return t_done();
}
