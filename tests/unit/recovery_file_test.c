/* The state of recovery passes as text: written, read back, refused. */
#include "codec/recovery_file.h"

#include "base/mem.h"
#include "base/rng.h"
#include "codec/json.h"
#include "seed.h"
#include "t.h"

static const struct recovery_policy policy = { .strikes = 3, .slots = 4, .rotate = true };

static bool read_back(struct recovery *r, slice text, struct err *e)
{
	struct buf b = { 0 };

	recovery_init(r, &policy);
	bool good = recovery_file_read(r, "s", json_text(&b, text), e);
	buf_free(&b);
	return good;
}

static struct recovery_handler *add(struct recovery *r, const char *name)
{
	return recovery_add(r, slice_of(name));
}

/* ---- the form ---- */

static void the_state_is_a_header_and_a_line_for_each_handler(void)
{
	struct recovery k = { 0 };
	struct buf out = { 0 };

	recovery_init(&k, &policy);
	k.pass = 7;
	k.next = mem_text("index", 5);
	struct recovery_handler *h = add(&k, "ingest");
	h->state = RECOVERY_WAITING;
	h->until = (instant){ 1500 * NS_PER_MS + 1 };
	h->strikes = 2;
	h->window = (span){ 2 * NS_PER_S };
	h->runs = 12;
	h->recovered = 30;
	h->reason = mem_text("killed by \"SEGV\"", 16);
	h->at = instant_ms(-3);
	h = add(&k, "index");
	h->pass = 7;
	h->nested = true;
	add(&k, "zoo")->state = RECOVERY_EVICTED;
	recovery_file_write(&k, &out);
	SAME(buf_slice(&out),
	     "{\"meshq\":\"recovery-state\",\"v\":1,\"pass\":7,\"next\":\"index\",\"handlers\":3}\n"
	     "{\"handler\":\"ingest\",\"state\":\"waiting\",\"until_ms\":1500.000001,"
	     "\"strikes\":2,\"window_ms\":2000,\"runs\":12,\"recovered\":30,"
	     "\"reason\":\"killed by \\\"SEGV\\\"\",\"last_ms\":-3,\"pass\":null,"
	     "\"nested\":false}\n"
	     "{\"handler\":\"index\",\"state\":\"ready\",\"until_ms\":null,\"strikes\":0,"
	     "\"window_ms\":0,\"runs\":0,\"recovered\":0,\"reason\":null,\"last_ms\":null,"
	     "\"pass\":7,\"nested\":true}\n"
	     "{\"handler\":\"zoo\",\"state\":\"evicted\",\"until_ms\":null,\"strikes\":0,"
	     "\"window_ms\":0,\"runs\":0,\"recovered\":0,\"reason\":null,\"last_ms\":null,"
	     "\"pass\":null,\"nested\":false}\n");
	buf_free(&out);
	recovery_free(&k);
}

static void an_empty_file_is_an_empty_registry(void)
{
	struct recovery k;
	struct err e;

	OK(read_back(&k, SLICE(""), &e));
	EQ(k.count, 0);
	EQ(k.pass, 0);
	recovery_free(&k);
}

/* ---- what is refused ---- */

#define HEAD(handlers)                                                                             \
	"{\"meshq\":\"recovery-state\",\"v\":1,\"pass\":7,\"next\":null,\"handlers\":" #handlers   \
	"}\n"
#define LINE(name, state, until, rest)                                                             \
	"{\"handler\":" name ",\"state\":" state ",\"until_ms\":" until rest
#define REST                                                                                       \
	",\"strikes\":0,\"window_ms\":0,\"runs\":0,\"recovered\":0,\"reason\":null,"               \
	"\"last_ms\":null,\"pass\":null,\"nested\":false}\n"
#define READY(name) LINE(name, "\"ready\"", "null", REST)

struct wrong {
	const char *text, *message;
};

static void check_wrong(const struct wrong *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct recovery k;
		struct err e = { 0 };
		if (!OK(!read_back(&k, slice_of(cases[i].text), &e)))
			printf("# accepted: %s\n", cases[i].text);
		EQ(e.status, STATUS_DATA);
		SAME(slice_of(e.text), cases[i].message);
		recovery_free(&k);
	}
}
#define WRONG(cases) check_wrong((cases), sizeof(cases) / sizeof *(cases))

static void a_header_of_another_kind_or_version_is_refused(void)
{
	static const struct wrong cases[] = {
		{ "\n", "s:1: byte 1: expected '{', found the end" },
		{ "{}\n", "s:1: this is no state file of meshq-recover" },
		{ "{\"meshq\":7}\n", "s:1: this is no state file of meshq-recover" },
		{ "{\"meshq\":\"backoff-state\",\"v\":1,\"daemons\":0}\n",
		  "s:1: this is no state file of meshq-recover" },
		{ "{\"meshq\":\"recovery-state\"}\n", "s:1: expected v to be a version number" },
		{ "{\"meshq\":\"recovery-state\",\"v\":2}\n",
		  "s:1: the file has version 2, only 1 is known" },
		{ "{\"meshq\":\"recovery-state\",\"v\":1,\"v\":1}\n",
		  "s:1: byte 33: duplicate member 'v'" },
		{ "{\"meshq\":\"recovery-state\",\"v\":1,\"pass\":-1}\n",
		  "s:1: expected pass to be a count up to 9223372036854775807" },
		{ "{\"meshq\":\"recovery-state\",\"v\":1,\"pass\":9223372036854775808}\n",
		  "s:1: expected pass to be a count up to 9223372036854775807" },
		{ "{\"meshq\":\"recovery-state\",\"v\":1,\"pass\":0}\n",
		  "s:1: expected next to be a name or null" },
		{ "{\"meshq\":\"recovery-state\",\"v\":1,\"pass\":0,\"next\":\"a\\u0000\"}\n",
		  "s:1: expected next to be a name or null" },
		{ HEAD(4294967296), "s:1: expected handlers to be a count up to 4294967295" },
	};
	WRONG(cases);
}

static void too_few_lines_and_too_many_are_refused(void)
{
	static const struct wrong cases[] = {
		{ HEAD(1), "s:2: the file ends too early" },
		{ HEAD(2) READY("\"a\""), "s:3: the file ends too early" },
		{ HEAD(0) READY("\"a\""), "s:2: there is more than was announced" },
		{ HEAD(0) "\n", "s:2: there is more than was announced" },
		{ HEAD(1) READY("\"a\"") READY("\"b\""), "s:3: there is more than was announced" },
		{ HEAD(1) "{\"handler\":\"a\",\"sta", "s:2: byte 20: unterminated string" },
		{ HEAD(2) READY("\"a\"") READY("\"a\""), "s:3: this handler was there before" },
	};
	WRONG(cases);
}

static void a_handler_that_makes_no_sense_is_refused(void)
{
#define WITH(strikes, window, reason, last, pass, nested)                                          \
	HEAD(1)                                                                                    \
	LINE("\"a\"", "\"ready\"", "null",                                                         \
	     ",\"strikes\":" strikes ",\"window_ms\":" window ",\"runs\":0,\"recovered\":0,"       \
	     "\"reason\":" reason ",\"last_ms\":" last ",\"pass\":" pass ",\"nested\":" nested     \
	     "}\n")
	static const struct wrong cases[] = {
		{ HEAD(1) READY("\"\""), "s:2: expected handler to be a name" },
		{ HEAD(1) READY("7"), "s:2: expected handler to be a name" },
		{ HEAD(1) READY("\"a\\u0000b\""), "s:2: expected handler to be a name" },
		{ HEAD(1) LINE("\"a\"", "\"asleep\"", "null", REST),
		  "s:2: expected state to be ready, waiting or evicted" },
		{ HEAD(1) LINE("\"a\"", "null", "null", REST),
		  "s:2: expected state to be ready, waiting or evicted" },
		{ HEAD(1) LINE("\"a\"", "\"waiting\"", "null", REST),
		  "s:2: expected until_ms to be a number of milliseconds when waiting" },
		{ HEAD(1) LINE("\"a\"", "\"evicted\"", "5", REST),
		  "s:2: expected until_ms to be null unless waiting" },
		{ WITH("-1", "0", "null", "null", "null", "false"),
		  "s:2: expected strikes to be a count up to 4294967295" },
		{ WITH("4294967296", "0", "null", "null", "null", "false"),
		  "s:2: expected strikes to be a count up to 4294967295" },
		{ WITH("0", "-1", "null", "null", "null", "false"),
		  "s:2: expected window_ms to be a number of milliseconds, not negative" },
		{ WITH("0", "\"1\"", "null", "null", "null", "false"),
		  "s:2: expected window_ms to be a number of milliseconds" },
		{ WITH("0", "0", "[]", "null", "null", "false"),
		  "s:2: expected reason to be a text or null" },
		{ WITH("0", "0", "null", "true", "null", "false"),
		  "s:2: expected last_ms to be a number of milliseconds or null" },
		{ WITH("0", "0", "null", "null", "8", "false"),
		  "s:2: expected pass to be a count up to 7" },
		{ WITH("0", "0", "null", "null", "0", "false"),
		  "s:2: expected pass to be null or the number of a pass" },
		{ WITH("0", "0", "null", "null", "7", "1"),
		  "s:2: expected nested to be true or false" },
		{ WITH("0", "0", "null", "null", "null", "true"),
		  "s:2: expected nested to be false without a pass" },
	};
	WRONG(cases);
}

/* ---- the round trip ---- */

static char *random_text(struct rng *r, bool null)
{
	static const char *const texts[] = { "a", "b-2", "\xc3\xa4\"\\", "killed by KILL", "\n",
		                             "x", "y",   "\x01\x7f" };

	if (null && rng_below(r, 3) == 0)
		return NULL;
	const char *text = texts[rng_below(r, sizeof texts / sizeof *texts)];
	return mem_text(text, strlen(text));
}

static uint64_t random_count(struct rng *r)
{
	return rng_next(r) >> rng_below(r, 64);
}

static void random_handler(struct rng *r, struct recovery *out)
{
	char *name = random_text(r, false);
	struct recovery_handler *h = recovery_add(out, slice_of(name));

	free(name);
	if (!h)
		return;
	h->state = (enum recovery_state)rng_below(r, 3);
	if (h->state == RECOVERY_WAITING)
		h->until.ns = (int64_t)random_count(r);
	h->strikes = (uint32_t)random_count(r);
	h->window.ns = (int64_t)(random_count(r) >> 1);
	h->runs = random_count(r);
	h->recovered = random_count(r);
	h->reason = random_text(r, true);
	if (rng_below(r, 2))
		h->at.ns = (int64_t)random_count(r);
	h->pass = out->pass ? rng_below(r, out->pass) : 0;
	h->nested = h->pass && rng_below(r, 2);
}

static struct recovery random_state(struct rng *r)
{
	struct recovery k = { 0 };

	recovery_init(&k, &policy);
	k.pass = random_count(r) >> 1;
	k.next = random_text(r, true);
	for (uint64_t n = rng_below(r, 6); n > 0; n--)
		random_handler(r, &k);
	return k;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_handler(const struct recovery_handler *a, const struct recovery_handler *b)
{
	return same_text(a->name, b->name) && a->state == b->state && a->until.ns == b->until.ns &&
	       a->strikes == b->strikes && a->window.ns == b->window.ns && a->runs == b->runs &&
	       a->recovered == b->recovered && same_text(a->reason, b->reason) &&
	       a->at.ns == b->at.ns && a->pass == b->pass && a->nested == b->nested;
}

static bool same(const struct recovery *a, const struct recovery *b)
{
	bool same = a->count == b->count && a->pass == b->pass && same_text(a->next, b->next);

	for (uint32_t i = 0; same && i < a->count; i++)
		same = same_handler(&a->handlers[i], &b->handlers[i]);
	return same;
}

static void what_is_written_reads_back_to_the_same(void)
{
	uint64_t first = t_seed(1), seeds = t_seeds(2000);

	for (uint64_t seed = first; seed < first + seeds; seed++) {
		struct rng r = { seed };
		struct recovery k = random_state(&r), again;
		struct buf out = { 0 };
		struct err e = { 0 };

		seed_begin(seed);
		recovery_file_write(&k, &out);
		if (!OK(read_back(&again, buf_slice(&out), &e) && same(&k, &again))) {
			printf("# %s\n# %s\n", e.text, buf_text(&out));
			t_again(seed);
			seeds = 0;
		}
		recovery_free(&k);
		recovery_free(&again);
		buf_free(&out);
	}
}

/* Nothing that was cut off is taken for a whole. */
static void a_state_that_was_cut_off_is_refused(void)
{
	struct rng r = { 8 };
	struct recovery k = random_state(&r), again;
	struct buf out = { 0 };
	struct err e;

	while (k.count < 3) {
		recovery_free(&k);
		k = random_state(&r);
	}
	recovery_file_write(&k, &out);
	for (size_t n = 1; n < out.n - 1; n++) {
		OK(!read_back(&again, (slice){ out.p, n }, &e));
		recovery_free(&again);
	}
	recovery_free(&k);
	buf_free(&out);
}

int main(void)
{
	RUN(the_state_is_a_header_and_a_line_for_each_handler);
	RUN(an_empty_file_is_an_empty_registry);
	RUN(a_header_of_another_kind_or_version_is_refused);
	RUN(too_few_lines_and_too_many_are_refused);
	RUN(a_handler_that_makes_no_sense_is_refused);
	RUN(what_is_written_reads_back_to_the_same);
	RUN(a_state_that_was_cut_off_is_refused);
	return t_done();
}
