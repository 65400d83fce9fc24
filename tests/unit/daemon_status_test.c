#include "codec/daemon_status.h"

#include "codec/json.h"
#include "t.h"

#include <signal.h>

static struct buf out;
static struct err e;
static struct daemon_status_reader *reader;

#define NAME SLICE("\"telemetry\"")
#define BEGIN "{\"kind\":\"meshq.status\",\"daemon\":\"telemetry\","

static const char *record_of(struct daemon_status s)
{
	s.name = NAME;
	buf_clear(&out);
	daemon_status_add(&s, &out);
	return buf_text(&out);
}

#define IS(want, ...) SAME(slice_of(record_of((struct daemon_status){ __VA_ARGS__ })), want)

static void one_that_is_up_tells_who_runs_and_since_when(void)
{
	IS(BEGIN "\"state\":\"up\",\"wanted\":true,\"pid\":4711,\"since_ms\":1500,\"hold\":"
	         "\"idle\",\"starts\":2,\"crashes\":1,\"exit\":3,\"commands\":0}\n",
	   .state = SUPERVISED_UP, .wanted = true, .pid = 4711, .since = instant_ms(1500),
	   .until = instant_ms(1400), .starts = 2, .crashes = 1, .ended = true, .last = { 3, 0 });
}

static void one_that_waits_tells_for_what(void)
{
	IS(BEGIN "\"state\":\"waiting\",\"wanted\":true,\"since_ms\":1.5,\"hold\":"
	         "\"crash_looping\",\"until_ms\":2000,\"starts\":5,\"crashes\":5,\"signal\":"
	         "\"SEGV\",\"commands\":0}\n",
	   .state = SUPERVISED_WAITING, .wanted = true, .since = { 1500000 },
	   .hold = BACKOFF_CRASH_LOOPING, .until = instant_ms(2000), .starts = 5, .crashes = 5,
	   .ended = true, .last = { -1, SIGSEGV });
}

static void one_that_is_down_tells_why(void)
{
	IS(BEGIN "\"state\":\"down\",\"rest\":\"given_up\",\"wanted\":false,\"since_ms\":0,"
	         "\"hold\":\"idle\",\"starts\":0,\"crashes\":0,\"commands\":3}\n",
	   .rest = REST_GIVEN_UP, .commands = 3);
}

/* The line has to live as long as its name. */
static bool read_line(const char *line, struct daemon_status *s)
{
	static struct buf text;
	return daemon_status_read(reader, json_text(&text, slice_of(line)), s, &e);
}

static bool reads_back(struct daemon_status s)
{
	struct buf first = { 0 };
	struct daemon_status got;

	s.name = NAME;
	daemon_status_add(&s, &first);
	buf_text(&first);
	first.n--;
	first.p[first.n] = '\0';
	bool good = read_line(first.p, &got);
	buf_clear(&out);
	if (good)
		daemon_status_add(&got, &out);
	good = good && out.n == first.n + 1 && memcmp(out.p, first.p, first.n) == 0;
	buf_free(&first);
	return good;
}

static void what_is_written_reads_back_to_the_same(void)
{
	struct rng r = { t_seed(7) };

	for (int i = 0; i < 2000; i++) {
		int signal = (int)rng_below(&r, 65);
		struct daemon_status s = {
			.state = (enum supervised_state)rng_below(&r, 5),
			.rest = (enum supervised_rest)rng_below(&r, 4),
			.wanted = rng_below(&r, 2),
			.pid = (int64_t)rng_below(&r, 2) * (int64_t)rng_below(&r, 1 << 22),
			.since = { (int64_t)(rng_next(&r) >> rng_below(&r, 64) >> 1) },
			.hold = (enum backoff_state)rng_below(&r, 3),
			.until = { (int64_t)(rng_next(&r) >> rng_below(&r, 64) >> 1) },
			.starts = rng_next(&r) >> rng_below(&r, 64),
			.crashes = rng_next(&r) >> rng_below(&r, 64),
			.ended = rng_below(&r, 2),
			.last = { signal ? -1 : (int)rng_below(&r, 256), signal },
			.commands = rng_below(&r, 9),
		};
		if (!OK(reads_back(s))) {
			printf("# %s# %s\n", record_of(s), e.text);
			return;
		}
	}
}

static void what_is_no_status_is_refused(void)
{
	static const char *const lines[] = {
		"",
		"{",
		"{}",
		"[]",
		"{\"kind\":\"meshq.hold\",\"daemon\":\"a\",\"state\":\"up\",\"since_ms\":1,"
		"\"hold\":"
		"\"idle\"}",
		"{\"kind\":\"meshq.status\",\"state\":\"up\",\"since_ms\":1,\"hold\":\"idle\"}",
		BEGIN "\"since_ms\":1,\"hold\":\"idle\"}",
		BEGIN "\"state\":\"uq\",\"since_ms\":1,\"hold\":\"idle\"}",
		BEGIN "\"state\":7,\"since_ms\":1,\"hold\":\"idle\"}",
		BEGIN "\"state\":\"down\",\"since_ms\":1,\"hold\":\"idle\"}",
		BEGIN "\"state\":\"down\",\"rest\":\"x\",\"since_ms\":1,\"hold\":\"idle\"}",
		BEGIN "\"state\":\"up\",\"hold\":\"idle\"}",
		BEGIN "\"state\":\"up\",\"since_ms\":\"1\",\"hold\":\"idle\"}",
		BEGIN "\"state\":\"up\",\"since_ms\":1}",
		BEGIN "\"state\":\"up\",\"since_ms\":1,\"hold\":\"idle\",\"until_ms\":true}",
		BEGIN "\"state\":\"up\",\"since_ms\":1,\"hold\":\"idle\",\"starts\":-1}",
		BEGIN "\"state\":\"up\",\"since_ms\":1,\"hold\":\"idle\",\"exit\":256}",
		BEGIN "\"state\":\"up\",\"since_ms\":1,\"hold\":\"idle\",\"signal\":\"\"}",
		BEGIN "\"state\":\"up\",\"since_ms\":1,\"hold\":\"idle\",\"signal\":9}",
		BEGIN "\"state\":\"up\",\"since_ms\":1,\"hold\":\"idle\",\"signal\":\"FOO\"}",
		BEGIN "\"state\":\"up\",\"state\":\"up\",\"since_ms\":1,\"hold\":\"idle\"}",
	};
	struct daemon_status s;

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		e.text[0] = '\0';
		if (!OK(!read_line(lines[i], &s) && e.text[0]))
			printf("# %s\n", lines[i]);
	}
	OK(read_line(BEGIN "\"state\":\"up\",\"since_ms\":1,\"hold\":\"idle\"}", &s));
}

static bool is_good(enum supervised_state state, enum supervised_rest rest, bool wanted)
{
	struct daemon_status s = { .state = state, .rest = rest, .wanted = wanted };
	return daemon_status_good(&s);
}

static void good_is_what_is_up_or_at_rest_without_a_fault(void)
{
	OK(is_good(SUPERVISED_UP, REST_STOPPED, true));
	OK(is_good(SUPERVISED_DOWN, REST_STOPPED, false));
	OK(is_good(SUPERVISED_DOWN, REST_DONE, false));
	OK(is_good(SUPERVISED_STOPPING, REST_FAILED, false));
	OK(!is_good(SUPERVISED_STOPPING, REST_STOPPED, true));
	OK(!is_good(SUPERVISED_STARTING, REST_STOPPED, true));
	OK(!is_good(SUPERVISED_WAITING, REST_STOPPED, true));
	OK(!is_good(SUPERVISED_DOWN, REST_FAILED, false));
	OK(!is_good(SUPERVISED_DOWN, REST_GIVEN_UP, false));
}

/* With the slack of json.h. */
#define PADDED(text)                                                                               \
	{                                                                                          \
		text "                                ", sizeof(text) - 1                          \
	}

static void a_table_is_for_eyes(void)
{
	const struct daemon_status list[] = {
		{ .name = PADDED("\"telemetry\""),
		  .state = SUPERVISED_UP,
		  .wanted = true,
		  .pid = 4711,
		  .since = { 0 },
		  .starts = 1 },
		{ .name = PADDED("\"st\\u00f6r\""),
		  .state = SUPERVISED_WAITING,
		  .wanted = true,
		  .since = { 7200 * NS_PER_S },
		  .hold = BACKOFF_CRASH_LOOPING,
		  .until = { 7499 * NS_PER_S + 1 },
		  .starts = 5,
		  .crashes = 5,
		  .ended = true,
		  .last = { 3, 0 } },
		{ .name = PADDED("7"),
		  .rest = REST_GIVEN_UP,
		  .since = { 7388 * NS_PER_S },
		  .starts = 12345,
		  .crashes = 4,
		  .ended = true,
		  .last = { -1, SIGSEGV } },
	};

	buf_clear(&out);
	daemon_status_table(list, 3, (instant){ 7389 * NS_PER_S }, &out);
	SAME(buf_slice(&out),
	     "DAEMON     STATE      PID    FOR  STARTS  CRASHES  NOTE\n"
	     "telemetry  up        4711  2h03m       1        0\n"
	     "stör       waiting      -  3m09s       5        5  crash loop, starts in 1m51s; "
	     "last: exit status 3\n"
	     "7          given_up     -     1s   12345        4  last: killed by SIGSEGV\n");
}

static void a_table_of_none_is_its_head(void)
{
	buf_clear(&out);
	daemon_status_table(NULL, 0, (instant){ 0 }, &out);
	SAME(buf_slice(&out), "DAEMON  STATE  PID  FOR  STARTS  CRASHES  NOTE\n");
}

static void what_the_supervisor_knows_becomes_a_status(void)
{
	struct supervised s = { .name = NAME,
		                .state = SUPERVISED_WAITING,
		                .since = instant_ms(5),
		                .starts = 3,
		                .crashes = 2,
		                .ended = true,
		                .last = { 1, 0 },
		                .wanted = true };
	struct backoff tracker = { .state = BACKOFF_BACKING_OFF, .until = instant_ms(9) };

	struct daemon_status got = daemon_status_of(&s, &tracker);
	OK(got.state == SUPERVISED_WAITING && got.since.ns == s.since.ns && got.starts == 3);
	OK(got.crashes == 2 && got.ended && got.last.exit == 1 && got.wanted && got.pid == 0);
	OK(got.hold == BACKOFF_BACKING_OFF && got.until.ns == 9 * NS_PER_MS);
	OK(daemon_status_of(&s, NULL).hold == BACKOFF_IDLE);
}

int main(void)
{
	reader = daemon_status_reader_new();
	RUN(one_that_is_up_tells_who_runs_and_since_when);
	RUN(one_that_waits_tells_for_what);
	RUN(one_that_is_down_tells_why);
	RUN(what_is_written_reads_back_to_the_same);
	RUN(what_is_no_status_is_refused);
	RUN(good_is_what_is_up_or_at_rest_without_a_fault);
	RUN(a_table_is_for_eyes);
	RUN(a_table_of_none_is_its_head);
	RUN(what_the_supervisor_knows_becomes_a_status);
	daemon_status_reader_free(reader);
	buf_free(&out);
	return t_done();
}
