/* Hold records, and the trackers as text: written, read back, refused. */
#include "codec/backoff_file.h"

#include "codec/hold.h"
#include "codec/json.h"
#include "t.h"

static const struct backoff_policy policy = {
	.initial = { 500 * NS_PER_MS },
	.factor = 1.1F,
	.max = { 60000 * NS_PER_MS },
	.threshold = 5,
	.crash_window = { 60000 * NS_PER_MS },
	.cooldown = { 300000 * NS_PER_MS },
	.stable_run = { 60000 * NS_PER_MS },
};

static const struct hash_seed seed = { 3, 4 };

static struct backoff_daemon *get(struct backoff_set *s, const char *json)
{
	struct buf b = { 0 };
	slice name = json_text(&b, slice_of(json));
	struct backoff_daemon *d =
		backoff_set_get(s, json_fingerprint(seed, name), name, instant_ms(0));
	buf_free(&b);
	return d;
}

static bool read_back(struct backoff_set *s, const char *text, struct err *e)
{
	struct buf b = { 0 };

	backoff_set_init(s, &policy, 1);
	bool good = backoff_file_read(s, seed, "s", json_text(&b, slice_of(text)), e);
	buf_free(&b);
	return good;
}

/* ---- hold records ---- */

static void a_hold_record_is_written_under_the_path_of_its_key(void)
{
	static const struct {
		const char *path, *begins;
	} cases[] = {
		{ "daemon", "{\"kind\":\"meshq.hold\",\"daemon\":7,\"state\":\"idle\"," },
		{ "meta.zone.a",
		  "{\"kind\":\"meshq.hold\",\"meta\":{\"zone\":{\"a\":7}},\"state\"" },
		{ "a\\.b", "{\"kind\":\"meshq.hold\",\"a.b\":7,\"state\"" },
		{ "say \"x\"", "{\"kind\":\"meshq.hold\",\"say \\\"x\\\"\":7,\"state\"" },
		{ "meta.kind", "{\"kind\":\"meshq.hold\",\"meta\":{\"kind\":7},\"state\"" },
	};
	struct backoff b = { 0 };
	struct err e;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct hold_key k;
		struct buf out = { 0 };
		OK(hold_key_init(&k, cases[i].path, &e));
		hold_add(&k, SLICE("7"), &b, HOLD_STARTED, false, instant_ms(0), &out);
		if (!OK(slice_starts(buf_slice(&out), cases[i].begins)))
			printf("# %s", buf_text(&out));
		buf_free(&out);
		hold_key_free(&k);
	}
}

static void a_key_that_is_a_member_of_the_hold_itself_is_refused(void)
{
	static const char *const bad[] = { "kind", "state", "until_ms", "at_ms.x", "was_held" };
	struct hold_key k;
	struct err e;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		OK(!hold_key_init(&k, bad[i], &e));
		EQ(e.status, STATUS_USAGE);
	}
}

static void a_hold_record_says_until_when_and_why(void)
{
	struct backoff b = { .state = BACKOFF_CRASH_LOOPING,
		             .until = { 1500500001 },
		             .window = span_ms(500) };
	struct hold_key k;
	struct buf out = { 0 };
	struct err e;

	OK(hold_key_init(&k, "daemon", &e));
	hold_add(&k, SLICE("\"a\""), &b, HOLD_FORCED, true, instant_ms(9), &out);
	SAME(buf_slice(&out),
	     "{\"kind\":\"meshq.hold\",\"daemon\":\"a\",\"state\":\"crash_looping\","
	     "\"until_ms\":1500.500001,\"window_ms\":500,\"cause\":\"force_restart\","
	     "\"was_held\":true,\"at_ms\":9}\n");
	buf_free(&out);
	hold_key_free(&k);
}

/* ---- the file ---- */

static void the_file_is_as_documented(void)
{
	struct backoff_set s;
	struct buf out = { 0 };

	backoff_set_init(&s, &policy, 1);
	backoff_set_apply(&s, get(&s, "{\"id\":1}"), BACKOFF_STARTED, instant_ms(1));
	backoff_set_apply(&s, get(&s, "{\"id\":1}"), BACKOFF_CRASHED, instant_ms(2));
	backoff_set_apply(&s, get(&s, "{\"id\":1}"), BACKOFF_CRASHED, instant_ms(3));
	backoff_set_apply(&s, get(&s, "\"b\""), BACKOFF_FORCED, instant_ms(3));
	backoff_file_write(&s, &out);
	SAME(buf_slice(&out),
	     "{\"meshq\":\"backoff-state\",\"v\":1,\"daemons\":2}\n"
	     "{\"daemon\":{\"id\":1},\"state\":\"backing_off\",\"until_ms\":553.000012,"
	     "\"window_ms\":605.000026,\"last_start_ms\":1,\"latest_ms\":3,\"crashes_ms\":[2,3]}\n"
	     "{\"daemon\":\"b\",\"state\":\"idle\",\"until_ms\":null,\"window_ms\":500,"
	     "\"last_start_ms\":null,\"latest_ms\":null,\"crashes_ms\":[]}\n");
	buf_free(&out);
	backoff_set_free(&s);
}

static void random_events(struct backoff_set *s, struct rng *rng)
{
	static const char *const names[] = { "\"a\"",      "1",     "null",
		                             "{\"id\":1}", "[1,2]", "\"\xc3\xa9\"" };
	int64_t now = (int64_t)rng_below(rng, UINT64_C(1) << 50);

	for (uint64_t n = rng_below(rng, 60); n > 0; n--) {
		now += (int64_t)rng_below(rng, UINT64_C(20000000000));
		backoff_set_apply(s, get(s, names[rng_below(rng, 6)]),
		                  rng_below(rng, 3) ? BACKOFF_CRASHED
		                                    : (enum backoff_event)rng_below(rng, 4),
		                  (instant){ now });
	}
}

/* What is read back is written the same, and goes on as if it had never stopped. */
static void what_is_written_is_read_back_whole(void)
{
	uint64_t first = t_seed(11), count = t_seeds(500);

	for (uint64_t run = 0; run < count; run++) {
		struct rng rng = { first + run };
		struct backoff_set a, b;
		struct buf one = { 0 }, two = { 0 };
		struct err e;

		backoff_set_init(&a, &policy, 1);
		random_events(&a, &rng);
		backoff_file_write(&a, &one);
		bool good = OK(read_back(&b, buf_text(&one), &e));
		EQ(backoff_set_due(&a).ns, backoff_set_due(&b).ns);
		for (int more = 0; more < 2 && good; more++) {
			struct rng same = { rng.state };
			buf_clear(&one);
			buf_clear(&two);
			backoff_file_write(&a, &one);
			backoff_file_write(&b, &two);
			good = OK(slice_equal(buf_slice(&one), buf_slice(&two)));
			random_events(&a, &rng);
			random_events(&b, &same);
		}
		buf_free(&one);
		buf_free(&two);
		backoff_set_free(&a);
		backoff_set_free(&b);
		if (!good) {
			printf("# %s\n", e.text);
			t_again(first + run);
			return;
		}
	}
}

static void the_extremes_of_time_survive(void)
{
	struct backoff_set a, b;
	struct buf text = { 0 };
	struct err e;

	backoff_set_init(&a, &policy, 1);
	struct backoff_daemon *d = get(&a, "1");
	backoff_set_apply(&a, d, BACKOFF_CRASHED, (instant){ INT64_MIN + 1 });
	d->tracker.until = INSTANT_NEVER;
	d->tracker.window = SPAN_MAX;
	backoff_file_write(&a, &text);
	OK(read_back(&b, buf_text(&text), &e));
	d = get(&b, "1");
	EQ(d->tracker.until.ns, INT64_MAX);
	EQ(d->tracker.window.ns, INT64_MAX);
	EQ(d->tracker.latest.ns, INT64_MIN + 1);
	EQ(backoff_crash_at(&d->tracker, 0).ns, INT64_MIN + 1);
	buf_free(&text);
	backoff_set_free(&a);
	backoff_set_free(&b);
}

static void an_empty_file_has_no_daemons(void)
{
	struct backoff_set s;
	struct err e;

	OK(read_back(&s, "", &e));
	EQ(backoff_set_count(&s), 0);
	backoff_set_free(&s);
}

#define HEAD "{\"meshq\":\"backoff-state\",\"v\":1,\"daemons\":1}\n"
#define TAIL "\"last_start_ms\":null,\"latest_ms\":0,\"crashes_ms\":[]}\n"

static void whatever_is_not_understood_is_refused_with_its_line(void)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "\n", "1: byte 1: " },
		{ "hello\n", "1: byte 1: " },
		{ "{}\n", "1: this is no state file of meshq-backoff" },
		{ "{\"meshq\":\"ring\",\"v\":1}\n", "1: this is no state file" },
		{ "{\"meshq\":\"backoff-state\",\"daemons\":0}\n",
		  "1: expected v to be a version" },
		{ "{\"meshq\":\"backoff-state\",\"v\":2,\"daemons\":0}\n",
		  "1: the file has version 2, only 1 is known" },
		{ "{\"meshq\":\"backoff-state\",\"v\":1}\n", "1: expected daemons to be a count" },
		{ HEAD, "1: 1 daemons were announced, 0 are there" },
		{ HEAD "{\"daemon\":1,\"state\":\"idle\",\"until_m", "2: byte " },
		{ HEAD "{\"state\":\"idle\",\"until_ms\":null,\"window_ms\":1," TAIL,
		  "2: expected daemon to be there" },
		{ HEAD "{\"daemon\":1,\"state\":\"Idle\",\"until_ms\":null,\"window_ms\":1," TAIL,
		  "2: expected state to be idle" },
		{ HEAD "{\"daemon\":1,\"state\":\"idle\",\"until_ms\":5,\"window_ms\":1," TAIL,
		  "2: expected until_ms to be null" },
		{ HEAD
		  "{\"daemon\":1,\"state\":\"backing_off\",\"until_ms\":null,\"window_ms\":1," TAIL,
		  "2: expected until_ms to be null" },
		{ HEAD "{\"daemon\":1,\"state\":\"idle\",\"until_ms\":null,\"window_ms\":-1," TAIL,
		  "2: expected window_ms" },
		{ HEAD
		  "{\"daemon\":1,\"state\":\"idle\",\"until_ms\":null,\"window_ms\":\"1\"," TAIL,
		  "2: expected window_ms" },
		{ HEAD "{\"daemon\":1,\"state\":\"idle\",\"until_ms\":null,\"window_ms\":1,"
		       "\"latest_ms\":0,\"crashes_ms\":[]}\n",
		  "2: expected last_start_ms" },
		{ HEAD "{\"daemon\":1,\"state\":\"idle\",\"until_ms\":null,\"window_ms\":1,"
		       "\"last_start_ms\":true,\"latest_ms\":0,\"crashes_ms\":[]}\n",
		  "2: expected last_start_ms" },
		{ HEAD "{\"daemon\":1,\"state\":\"idle\",\"until_ms\":null,\"window_ms\":1,"
		       "\"last_start_ms\":null,\"latest_ms\":0,\"crashes_ms\":7}\n",
		  "2: expected crashes_ms to be an array" },
		{ HEAD "{\"daemon\":1,\"state\":\"idle\",\"until_ms\":null,\"window_ms\":1,"
		       "\"last_start_ms\":null,\"latest_ms\":0,\"crashes_ms\":[2,1]}\n",
		  "2: expected crashes_ms to be milliseconds in rising order" },
		{ HEAD "{\"daemon\":1,\"state\":\"idle\",\"until_ms\":null,\"window_ms\":1,"
		       "\"last_start_ms\":null,\"latest_ms\":0,\"crashes_ms\":[[1]]}\n",
		  "2: expected crashes_ms to be milliseconds" },
		{ HEAD "{\"daemon\":1,\"state\":\"idle\",\"until_ms\":null,\"window_ms\":1," TAIL
		       "{\"daemon\":1.0,\"state\":\"idle\",\"until_ms\":null,\"window_ms\":1," TAIL,
		  "3: this daemon was there before" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct backoff_set s;
		struct err e = { 0 };
		bool refused = OK(!read_back(&s, cases[i].text, &e)) && EQ(e.status, STATUS_DATA);
		if (!OK(slice_starts(slice_of(e.text), "s:") &&
		        slice_starts(slice_of(e.text + 2), cases[i].why)) ||
		    !refused)
			printf("# case %zu: '%s'\n", i, e.text);
		backoff_set_free(&s);
	}
}

int main(void)
{
	RUN(a_hold_record_is_written_under_the_path_of_its_key);
	RUN(a_key_that_is_a_member_of_the_hold_itself_is_refused);
	RUN(a_hold_record_says_until_when_and_why);
	RUN(the_file_is_as_documented);
	RUN(what_is_written_is_read_back_whole);
	RUN(the_extremes_of_time_survive);
	RUN(an_empty_file_has_no_daemons);
	RUN(whatever_is_not_understood_is_refused_with_its_line);
	return t_done();
}
