/* The lines that a scenario's streams make, and the fields in them. */
#include "base/mem.h"
#include "codec/json.h"
#include "sim/real.h"
#include "sim/stream.h"
#include "t.h"

#include <math.h>

#define START ((instant){ INT64_C(1700000000000) * NS_PER_MS })

static char kind[] = "k";

static struct process every_second(void)
{
	return (struct process){ .rate = 1, .ramp_to = 1, .until = SPAN_MAX };
}

static struct stream plain(void)
{
	return (struct stream){ .kind = kind, .process = every_second() };
}

/* The next line must be this one. */
static void check_line(struct streams *s, const char *want)
{
	struct buf line = { 0 };

	streams_take(s, &line);
	SAME(buf_slice(&line), want);
	buf_free(&line);
}

/* ---- fields ---- */

static int64_t number_of(const struct field *f, uint64_t n, struct rng *rng)
{
	struct buf text = { 0 };

	field_add(f, n, rng, &text);
	int64_t number = strtoll(buf_text(&text), NULL, 10);
	buf_free(&text);
	return number;
}

static void check_field(const struct field *f, uint64_t n, const char *want)
{
	struct rng rng = { 1 };
	struct buf text = { 0 };

	field_add(f, n, &rng, &text);
	SAME(buf_slice(&text), want);
	buf_free(&text);
}

static void a_constant_is_its_text(void)
{
	struct field f = { .type = FIELD_CONSTANT, .text = (char[]){ "{\"a\":[1.0,null]}" } };

	check_field(&f, 0, "{\"a\":[1.0,null]}");
	check_field(&f, 7, "{\"a\":[1.0,null]}");
}

static void a_sequence_begins_again_after_its_end(void)
{
	struct field f = { .type = FIELD_SEQUENCE, .least = -3, .most = 5, .step = 4 };

	check_field(&f, 0, "-3");
	check_field(&f, 1, "1");
	check_field(&f, 2, "5");
	check_field(&f, 3, "-3");
	check_field(&f, 4, "1");
	f.most = 4;
	check_field(&f, 2, "-3");
	f.most = -3;
	check_field(&f, 9, "-3");
}

static void a_sequence_without_an_end_goes_on(void)
{
	struct field f = { .type = FIELD_SEQUENCE, .least = 1, .most = INT64_MAX, .step = 1 };

	check_field(&f, 0, "1");
	check_field(&f, 1000000000000, "1000000000001");
	check_field(&f, INT64_MAX - 1, "9223372036854775807");
	check_field(&f, INT64_MAX, "1");
	f.least = INT64_MIN;
	check_field(&f, 0, "-9223372036854775808");
	check_field(&f, UINT64_MAX, "9223372036854775807");
}

static void a_prefix_makes_it_a_string(void)
{
	struct field f = { .type = FIELD_SEQUENCE, .most = 9, .step = 1 };

	f.prefix = (char[]){ "node-" };
	check_field(&f, 3, "\"node-3\"");
	f.prefix = (char[]){ "a\"\\\n\x1f\u00e9" };
	check_field(&f, 3, "\"a\\\"\\\\\\u000a\\u001f\u00e93\"");
	f.prefix = (char[]){ "" };
	check_field(&f, 3, "\"3\"");
}

static void a_uniform_one_reaches_both_its_ends(void)
{
	struct field f = { .type = FIELD_UNIFORM, .least = -1, .most = 2 };
	struct rng rng = { 2 };
	int seen[4] = { 0 };

	for (int i = 0; i < 4000; i++) {
		int64_t n = number_of(&f, 0, &rng);
		if (!OK(n >= -1 && n <= 2))
			return;
		seen[n + 1]++;
	}
	for (int i = 0; i < 4; i++)
		OK(seen[i] > 900 && seen[i] < 1100);
	f.least = INT64_MIN;
	f.most = INT64_MAX;
	OK(number_of(&f, 0, &rng) != number_of(&f, 0, &rng));
}

static void a_choice_takes_each_alike(void)
{
	char *choices[] = { (char[]){ "true" }, (char[]){ "\"x\"" }, (char[]){ "7" } };
	struct field f = { .type = FIELD_CHOICE, .choices = choices, .choice_count = 3 };
	struct rng rng = { 3 };
	int sevens = 0;

	for (int i = 0; i < 3000; i++)
		sevens += number_of(&f, 0, &rng) == 7;
	OK(sevens > 900 && sevens < 1100);
}

/* Each of the first keys as often as it should, within four deviations. */
static void check_zipf(int64_t most, double exponent)
{
	enum { DRAWS = 100000, KEYS = 20 };
	struct field f = { .type = FIELD_ZIPF, .most = most, .exponent = exponent };
	struct rng rng = { t_seed(4) };
	double all = 0;
	int seen[KEYS + 1] = { 0 };

	field_prepare(&f);
	for (int64_t k = 1; k <= most; k++)
		all += pow((double)k, -exponent);
	for (int i = 0; i < DRAWS; i++) {
		int64_t k = number_of(&f, 0, &rng);
		if (!OK(k >= 1 && k <= most))
			break;
		if (k <= KEYS)
			seen[k]++;
	}
	for (int k = 1; k <= KEYS && k <= most; k++) {
		double p = pow(k, -exponent) / all;
		if (!OK(fabs(seen[k] - p * DRAWS) <= 4 * sqrt(p * (1 - p) * DRAWS)))
			printf("# %d: %d times, want %g\n", k, seen[k], p * DRAWS);
	}
	field_free(&f);
}

static void zipf_keys_come_by_their_rank(void)
{
	check_zipf(1, 1);
	check_zipf(2, 1);
	check_zipf(7, 2.5);
	check_zipf(1000, 1);
	check_zipf(5000, 0.5);
}

/* The key of a draw is the first whose share is above it, however it is looked for. */
static void zipf_search_finds_what_a_walk_finds(void)
{
	for (int64_t most = 1; most <= 40; most++) {
		struct field f = { .type = FIELD_ZIPF, .most = most, .exponent = 0.2 };
		struct rng rng = { 5 }, again = { 5 };

		field_prepare(&f);
		for (int i = 0; i < 500; i++) {
			double u = rng_unit(&again) * f.shares[most - 1];
			int64_t k = 1;
			while (k < most && f.shares[k - 1] <= u)
				k++;
			EQ(number_of(&f, 0, &rng), k);
		}
		field_free(&f);
	}
}

/* ---- streams ---- */

static void a_line_has_kind_fields_and_times(void)
{
	struct field fields[] = {
		{ .name = (char[]){ "zone" }, .text = (char[]){ "\"eu\"" } },
		{ .name = (char[]){ "chain" }, .type = FIELD_SEQUENCE, .most = 1, .step = 1 },
		{ .name = (char[]){ "size" }, .text = (char[]){ "1.0" } },
	};
	struct stream one = plain();
	struct streams *s;

	one.fields = fields;
	one.field_count = 3;
	s = streams_new(&one, 1, 1, START);
	EQ(streams_due(s).ns, START.ns);
	check_line(s, "{\"kind\":\"k\",\"zone\":\"eu\",\"chain\":0,\"size\":1.0,"
	              "\"at_ms\":1700000000000}");
	EQ(streams_due(s).ns, START.ns + NS_PER_S);
	check_line(s, "{\"kind\":\"k\",\"zone\":\"eu\",\"chain\":1,\"size\":1.0,"
	              "\"at_ms\":1700000001000}");
	check_line(s, "{\"kind\":\"k\",\"zone\":\"eu\",\"chain\":0,\"size\":1.0,"
	              "\"at_ms\":1700000002000}");
	streams_free(s);
}

static void what_expires_says_when(void)
{
	struct stream one = plain();
	struct streams *s;

	one.process.rate = one.process.ramp_to = 800; /* 1.25 ms */
	one.expires.ns = 500 * NS_PER_MS;
	s = streams_new(&one, 1, 1, START);
	check_line(s, "{\"kind\":\"k\",\"at_ms\":1700000000000,\"expires_ms\":1700000000500}");
	check_line(s, "{\"kind\":\"k\",\"at_ms\":1700000000001.25,"
	              "\"expires_ms\":1700000000501.25}");
	streams_free(s);
}

static void names_of_any_kind_are_valid_json(void)
{
	struct field f = { .name = (char[]){ "a\"b\\\t" }, .text = (char[]){ "0" } };
	struct stream one = plain();
	struct json_error e;
	struct buf line = { 0 }, text = { 0 };
	struct streams *s;

	one.kind = (char[]){ "\"\\\x01\u00e9\x7f" };
	one.fields = &f;
	one.field_count = 1;
	s = streams_new(&one, 1, 1, START);
	streams_take(s, &line);
	SAME(buf_slice(&line), "{\"kind\":\"\\\"\\\\\\u0001\u00e9\x7f\",\"a\\\"b\\\\\\u0009\":0,"
	                       "\"at_ms\":1700000000000}");
	OK(json_check(json_text(&text, buf_slice(&line)), &e));
	streams_free(s);
	buf_free(&line);
	buf_free(&text);
}

static void streams_come_by_time_and_number(void)
{
	struct stream list[3] = { plain(), plain(), plain() };
	struct streams *s;

	list[0].kind = (char[]){ "a" };
	list[0].process.from.ns = 2 * NS_PER_S;
	list[0].process.count = 1;
	list[1].kind = (char[]){ "b" };
	list[1].process.count = 3;
	list[2].kind = (char[]){ "c" };
	list[2].process.rate = list[2].process.ramp_to = 0.5;
	list[2].process.count = 2;
	s = streams_new(list, 3, 1, (instant){ 0 });
	check_line(s, "{\"kind\":\"b\",\"at_ms\":0}");
	check_line(s, "{\"kind\":\"c\",\"at_ms\":0}");
	check_line(s, "{\"kind\":\"b\",\"at_ms\":1000}");
	check_line(s, "{\"kind\":\"a\",\"at_ms\":2000}");
	check_line(s, "{\"kind\":\"b\",\"at_ms\":2000}");
	check_line(s, "{\"kind\":\"c\",\"at_ms\":2000}");
	EQ(streams_due(s).ns, INT64_MAX);
	streams_free(s);
}

static void no_streams_bring_nothing(void)
{
	struct streams *s = streams_new(NULL, 0, 1, START);

	EQ(streams_due(s).ns, INT64_MAX);
	streams_free(s);
	streams_free(NULL);
}

/* ---- chance ---- */

static struct stream random_one(struct field *fields, uint32_t count)
{
	static char name[] = "n";
	struct stream s = plain();

	fields[0] = (struct field){ .name = name, .type = FIELD_UNIFORM, .most = 999 };
	s.process.type = PROCESS_POISSON;
	s.process.count = 50;
	s.fields = fields;
	s.field_count = count;
	return s;
}

/* All lines that begin like this, one behind the other. */
static struct buf lines_of(const struct stream *list, uint32_t count, uint64_t seed,
                           const char *start)
{
	struct streams *s = streams_new(list, count, seed, START);
	struct buf all = { 0 }, line = { 0 };

	while (streams_due(s).ns != INT64_MAX) {
		buf_clear(&line);
		streams_take(s, &line);
		if (slice_starts(buf_slice(&line), start))
			buf_add_slice(&all, buf_slice(&line));
	}
	buf_free(&line);
	streams_free(s);
	return all;
}

static bool same(struct buf a, struct buf b)
{
	bool equal = slice_equal(buf_slice(&a), buf_slice(&b));
	buf_free(&a);
	buf_free(&b);
	return equal;
}

static void one_more_stream_leaves_the_others_as_they_are(void)
{
	struct field x[1], y[1];
	struct stream list[2] = { random_one(x, 1), random_one(y, 1) };

	list[1].kind = (char[]){ "other" };
	OK(same(lines_of(list, 1, 7, ""), lines_of(list, 2, 7, "{\"kind\":\"k\"")));
	OK(same(lines_of(list, 1, 7, ""), lines_of(list, 1, 7, "")));
	OK(!same(lines_of(list, 1, 7, ""), lines_of(list, 1, 8, "")));
	list[1].kind = kind;
	OK(!same(lines_of(list, 1, 7, ""), lines_of(list + 1, 1, 8, "")));
}

static void streams_that_are_alike_differ(void)
{
	struct field x[1], y[1];
	struct stream list[2] = { random_one(x, 1), random_one(y, 1) };

	list[1].kind = (char[]){ "l" };
	struct buf first = lines_of(list, 2, 7, "{\"kind\":\"k\"");
	struct buf second = lines_of(list, 2, 7, "{\"kind\":\"l\"");
	for (size_t i = 0; i < second.n; i++)
		if (second.p[i] == 'l')
			second.p[i] = 'k';
	OK(first.n > 1000 && !same(first, second));
}

/* Each line starts with the first field, so the cut is the same. */
static void one_more_field_changes_no_other_and_no_time(void)
{
	struct field x[2];
	struct stream one = random_one(x, 1), two = random_one(x, 2);
	struct streams *s, *t;
	struct buf line = { 0 }, longer = { 0 };

	x[1] = (struct field){ .name = (char[]){ "z" }, .type = FIELD_UNIFORM, .most = 9 };
	s = streams_new(&one, 1, 3, START);
	t = streams_new(&two, 1, 3, START);
	for (int i = 0; i < 50; i++) {
		EQ(streams_due(t).ns, streams_due(s).ns);
		buf_clear(&line);
		buf_clear(&longer);
		streams_take(s, &line);
		streams_take(t, &longer);
		slice head = { line.p, (size_t)(strstr(buf_text(&line), ",\"at_ms\"") - line.p) };
		OK(longer.n > head.n && memcmp(longer.p, head.p, head.n) == 0);
	}
	streams_free(s);
	streams_free(t);
	buf_free(&line);
	buf_free(&longer);
}

/* A change of this changes the results of everybody's scenarios. */
static void the_first_lines_do_not_change(void)
{
	struct field x[2];
	struct stream one = random_one(x, 2);
	struct streams *s;

	x[1] = (struct field){ .name = (char[]){ "key" }, .type = FIELD_ZIPF };
	x[1].most = 1000;
	x[1].exponent = 1.1;
	field_prepare(&x[1]);
	s = streams_new(&one, 1, 42, START);
	check_line(s, "{\"kind\":\"k\",\"n\":902,\"key\":56,\"at_ms\":1700000001589.360873}");
	check_line(s, "{\"kind\":\"k\",\"n\":496,\"key\":86,\"at_ms\":1700000004150.518795}");
	check_line(s, "{\"kind\":\"k\",\"n\":531,\"key\":452,\"at_ms\":1700000004537.752567}");
	streams_free(s);
	free(x[1].shares);
}

int main(void)
{
	RUN(a_constant_is_its_text);
	RUN(a_sequence_begins_again_after_its_end);
	RUN(a_sequence_without_an_end_goes_on);
	RUN(a_prefix_makes_it_a_string);
	RUN(a_uniform_one_reaches_both_its_ends);
	RUN(a_choice_takes_each_alike);
	RUN(zipf_keys_come_by_their_rank);
	RUN(zipf_search_finds_what_a_walk_finds);
	RUN(a_line_has_kind_fields_and_times);
	RUN(what_expires_says_when);
	RUN(names_of_any_kind_are_valid_json);
	RUN(streams_come_by_time_and_number);
	RUN(no_streams_bring_nothing);
	RUN(one_more_stream_leaves_the_others_as_they_are);
	RUN(streams_that_are_alike_differ);
	RUN(one_more_field_changes_no_other_and_no_time);
	RUN(the_first_lines_do_not_change);
	return t_done();
}
