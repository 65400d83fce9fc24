/* meshq.backpressure, as daemons need it: read strictly, told in their form. */
#include "base/rng.h"
#include "codec/control.h"
#include "t.h"

static struct record_reader *reader;
static struct control_pressure_paths paths;
static struct buf text;

/* Where it is wrong, from 1; 0: it is not, and *p is what it says. */
static size_t fault(const char *members, struct pressure *p, const char **what)
{
	struct buf line = { 0 };
	struct json_error e;
	struct record r;
	const char *at;

	buf_addf(&line, "{\"kind\":\"meshq.backpressure\"%s}", members);
	slice s = json_text(&text, buf_slice(&line));
	buf_free(&line);
	*what = "";
	if (!record_read(reader, s, &r, &e)) {
		*what = e.what;
		return e.at + 1;
	}
	return control_read_pressure(&paths, &r, p, &at, what) ? 0 : (size_t)(at - s.p) + 1;
}

static void is(const char *members, bool asserted, double level)
{
	struct pressure p;
	const char *what;

	if (!OK(fault(members, &p, &what) == 0) || !OK(p.asserted == asserted) ||
	    !OK(p.level == level))
		printf("# %s %s\n", members, what);
}

static void refused(const char *members, size_t at, const char *what)
{
	struct pressure p;
	const char *said;

	EQ(fault(members, &p, &said), at);
	if (!SAME(slice_of(said), what))
		printf("# %s\n", members);
}

static void state_and_level_are_read(void)
{
	is(",\"state\":\"asserted\",\"level\":0.4", true, 0.4);
	is(",\"depth\":1500,\"level\":5e-1,\"state\":\"asserted\",\"at_ms\":5", true, 0.5);
	is(",\"state\":\"asserted\",\"level\":0", true, 0);
	is(",\"state\":\"asserted\",\"level\":1.0", true, 1);
	is(",\"state\":\"\\u0061sserted\",\"level\":1e-05", true, 1e-05);
	is(",\"state\":\"released\",\"level\":0", false, 0);
}

static void the_level_of_a_released_one_is_0(void)
{
	is(",\"state\":\"released\",\"level\":0.7", false, 0);
	is(",\"state\":\"released\"", false, 0);
}

static void an_asserted_one_that_names_no_level_means_all_of_it(void)
{
	is(",\"state\":\"asserted\"", true, 1);
}

static void minus_0_is_0(void)
{
	struct buf out = { 0 };
	struct pressure p;
	const char *what;

	EQ(fault(",\"state\":\"asserted\",\"level\":-0.0", &p, &what), 0);
	control_add_handler_edge(EDGE_ASSERTED, p.level, &out);
	SAME(buf_slice(&out), "{\"meshq\":{\"backpressure\":\"asserted\",\"level\":0}}\n");
	buf_free(&out);
}

static void what_is_wrong_is_refused_with_its_place(void)
{
	static const char state[] = "expected state to be \"asserted\" or \"released\"";
	static const char level[] = "expected level to be a number from 0 to 1";

	refused("", 29, state);
	refused(",\"state\":\"on\"", 38, state);
	refused(",\"state\":true", 38, state);
	refused(",\"state\":\"\"", 38, state);
	refused(",\"state\":\"asserted \"", 38, state);
	refused(",\"state\":\"asserted\",\"level\":1.01", 57, level);
	refused(",\"state\":\"asserted\",\"level\":-0.1", 57, level);
	refused(",\"state\":\"asserted\",\"level\":1e999", 57, level);
	refused(",\"state\":\"asserted\",\"level\":\"0.4\"", 57, level);
	refused(",\"state\":\"asserted\",\"level\":null", 57, level);
	refused(",\"state\":\"released\",\"level\":2", 57, level);
}

static slice level_of(struct buf *out, bool asserted, double level)
{
	buf_clear(out);
	control_add_level((struct pressure){ asserted, level }, out);
	return buf_slice(out);
}

static void a_file_can_tell_asserted_from_released_at_any_level(void)
{
	struct buf out = { 0 };

	SAME(level_of(&out, false, 0), "0\n");
	SAME(level_of(&out, false, 0.4), "0\n");
	SAME(level_of(&out, true, 0), "0.01\n");
	SAME(level_of(&out, true, 0.001), "0.01\n");
	SAME(level_of(&out, true, 0.4), "0.4\n");
	SAME(level_of(&out, true, 1.0 / 3), "0.3333\n");
	SAME(level_of(&out, true, 1), "1\n");
	buf_free(&out);
}

/* What meshq-exec writes is what a supervisor reads, to the digits that are written. */
static void what_is_written_is_read(void)
{
	uint64_t first = t_seed(1);

	for (uint64_t seed = first; seed < first + t_seeds(300); seed++) {
		struct rng rng = { seed };
		struct buf out = { 0 }, copy = { 0 }, again = { 0 };
		enum edge edge = rng_below(&rng, 2) ? EDGE_ASSERTED : EDGE_RELEASED;
		double level = (double)rng_below(&rng, 100001) / 100000;
		struct pressure p = { 0 };
		struct json_error e;
		struct record r;
		const char *at, *what;

		if (rng_below(&rng, 4) == 0)
			level /= 1000;
		control_add_edge(edge, rng_below(&rng, 5000), level, (instant){ 0 }, &out);
		slice line = json_text(&copy, (slice){ out.p, out.n - 1 });
		bool good = record_read(reader, line, &r, &e) &&
		            control_read_pressure(&paths, &r, &p, &at, &what) &&
		            p.asserted == (edge == EDGE_ASSERTED);
		buf_clear(&out);
		control_add_handler_edge(edge, edge == EDGE_ASSERTED ? level : 0, &out);
		control_add_handler_edge(edge, p.level, &again);
		good = good && slice_equal(buf_slice(&out), buf_slice(&again));
		buf_free(&out);
		buf_free(&copy);
		buf_free(&again);
		if (!OK(good)) {
			t_again(seed);
			return;
		}
	}
}

int main(void)
{
	reader = record_reader_new();
	paths = control_pressure_paths(reader);
	RUN(state_and_level_are_read);
	RUN(the_level_of_a_released_one_is_0);
	RUN(an_asserted_one_that_names_no_level_means_all_of_it);
	RUN(minus_0_is_0);
	RUN(what_is_wrong_is_refused_with_its_place);
	RUN(a_file_can_tell_asserted_from_released_at_any_level);
	RUN(what_is_written_is_read);
	record_reader_free(reader);
	buf_free(&text);
	return t_done();
}
