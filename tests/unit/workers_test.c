/* Coprocesses under the real loop: this program is its own worker, which does with each line
 * what the line says. */
#include "cli/reply.h"
#include "sys/loop.h"
#include "sys/workers.h"
#include "t.h"
#include "world.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* ---- the worker ---- */

static void say(const char *text)
{
	if (write(1, text, strlen(text)) < 0)
		_exit(98);
}

static void pass_ms(long ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * NS_PER_MS };

	while (nanosleep(&t, &t) != 0)
		;
}

static void flood(int fd, size_t n)
{
	static char block[4096];

	memset(block, 'x', sizeof block);
	for (; n; n -= n < sizeof block ? n : sizeof block)
		if (write(fd, block, n < sizeof block ? n : sizeof block) < 0)
			_exit(97);
}

static void leave_grandchild(void)
{
	if (fork() == 0) {
		alarm(60);
		for (;;)
			pause();
	}
}

static void end_by(int number)
{
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
	signal(number, SIG_DFL);
	raise(number);
}

/* A word and, for most, a number. */
static void obey(const char *word, long n)
{
	if (strcmp(word, "ok") == 0)
		say("ok\n");
	else if (strcmp(word, "crlf") == 0)
		say("fine\r\n");
	else if (strcmp(word, "fail") == 0)
		say("{\"meshq\":{\"fail\":\"bad\"}}\n");
	else if (strcmp(word, "exit") == 0)
		_exit((int)n);
	else if (strcmp(word, "partial") == 0) {
		say("no newline");
		_exit((int)n);
	} else if (strcmp(word, "signal") == 0)
		end_by((int)n);
	else if (strcmp(word, "sleep") == 0) {
		pass_ms(n);
		say("slept\n");
	} else if (strcmp(word, "hang") == 0)
		for (;;)
			pause();
	else if (strcmp(word, "deaf") == 0)
		signal(SIGTERM, SIG_IGN), say("ok\n");
	else if (strcmp(word, "lines") == 0)
		while (n-- > 0)
			say("line\n");
	else if (strcmp(word, "long") == 0) {
		flood(1, (size_t)n);
		say("\n");
	} else if (strcmp(word, "noise") == 0) {
		flood(2, (size_t)n);
		say("ok\n");
	} else if (strcmp(word, "shut-out") == 0)
		close(1);
	else if (strcmp(word, "grandchild") == 0) {
		leave_grandchild();
		_exit((int)n);
	}
}

static _Noreturn void worker(void)
{
	char line[100], word[32];
	long n;

	while (fgets(line, sizeof line, stdin)) {
		n = 0;
		if (sscanf(line, "%31s %ld", word, &n) >= 1)
			obey(word, n);
		while (!strchr(line, '\n') && fgets(line, sizeof line, stdin))
			;
	}
	_exit(0);
}

/* ---- the run ---- */

struct shop {
	struct world w;
	struct loop loop;
	struct clock clock;
	struct out out;
	struct reply_reader *reply;
	struct runner *runner;
	const char *const *lines; /* that of the action with id n is the nth from 1 on */
	int64_t count, next;
	uint32_t began, least_slots;
	char warned[200];
	uint32_t warnings;
	struct buf story; /* what ended how, in order */
};

static struct shop s;
static span mute_after;

static enum loop_input peek(void *user, instant *at)
{
	(void)user;
	*at = (instant){ INT64_MIN };
	return s.next < s.count ? LOOP_RECORD : LOOP_ENDED;
}

static void take(void *user, instant now)
{
	struct action *a = world_action(&s.w, "mark_avoid", 0, ++s.next);

	(void)user;
	a->pool = 1;
	engine_feed(s.w.engine, &(struct event){ .kind = EVENT_ARRIVED, .now = now, .action = a });
}

static void fill(void *user)
{
	(void)user;
}

static int no_input(void *user)
{
	(void)user;
	return -1;
}

static bool dispatch(void *user, struct action *a, struct result *result)
{
	struct buf line = { 0 };

	(void)user;
	buf_addf(&line, "%s\n", s.lines[(intptr_t)a->user - 1]);
	bool runs = s.runner->ops->start(s.runner, a, (slice){ line.p, line.n - 1 }, result);
	buf_free(&line);
	return runs;
}

static void ended(void *user, const struct run_end *end, struct result *result)
{
	(void)user;
	reply_read(s.reply, end, &s.w.policy.executor, result);
}

static void effect(void *user, const struct effect *f)
{
	(void)user;
	struct note *n = world_take_note(&s.w, f);

	if (f->kind == EFFECT_OUTCOME)
		buf_addf(&s.story, "%" PRId64 " %d %u %s\n", n->id, (int)n->outcome, n->attempts,
		         n->reason);
	world_let_go(&s.w, f);
}

static void warn(void *user, const char *text)
{
	(void)user;
	snprintf(s.warned, sizeof s.warned, "%s", text);
	s.warnings++;
}

static void report(void *user)
{
	(void)user;
}

static const struct loop_ops shop_ops = {
	.peek = peek,
	.take = take,
	.fill = fill,
	.input_fd = no_input,
	.dispatch = dispatch,
	.ended = ended,
	.effect = effect,
	.warn = warn,
	.report = report,
};

static int open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void shop_open(bool record, uint32_t window, const char *const *sets, uint32_t set_count)
{
	static char self[] = "worker", mode[] = "worker";
	static char *const argv[] = { self, mode, NULL };
	struct workers_program program = { "/proc/self/exe", argv, environ, mute_after };
	struct run_policy run = { .as = RUN_COPROCESS, .jobs = 1, .window = window };
	struct err e;

	s = (struct shop){ .reply = reply_reader_new(), .least_slots = UINT32_MAX };
	world_open_set(&s.w, "robust", sets, set_count);
	run.jobs = s.w.policy.executor.jobs;
	world_start(&s.w, 1);
	out_init(&s.out, -1);
	clock_start(&s.clock, record);
	s.loop = (struct loop){
		.engine = s.w.engine,
		.clock = &s.clock,
		.out = &s.out,
		.policy = &s.w.policy.executor,
		.ops = &shop_ops,
	};
	OK(loop_open(&s.loop, &e));
	s.loop.now = clock_now(&s.clock);
	s.runner = workers_new(&s.loop, 1, &program, &run, &s.w.policy.backoff);
	loop_add(&s.loop, s.runner);
}

static void shop_close(void)
{
	s.runner->ops->free(s.runner);
	loop_close(&s.loop);
	reply_reader_free(s.reply);
	buf_free(&s.out.pending);
	buf_free(&s.story);
	world_close(&s.w);
}

/* Runs the lines; nothing may be left of it afterwards. */
static void run_lines(bool record, uint32_t window, const char *const *sets,
                      const char *const *lines)
{
	uint32_t set_count = 0;

	while (sets[set_count])
		set_count++;
	shop_open(record, window, sets, set_count);
	int before = open_files();
	s.lines = lines;
	while (lines[s.count])
		s.count++;
	loop_run(&s.loop);
	const struct engine_stats *stats = engine_stats(s.w.engine);
	EQ(stats->received, s.count);
	EQ(stats->received,
	   stats->dispatched + stats->failed + stats->gated + stats->expired + stats->unfinished);
	EQ(open_files(), before);
	OK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

#define LINES(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define ONE "executor.jobs=1", "backoff.initial=1ms"

static enum outcome became(int64_t id)
{
	return outcome_of(&s.w, id)->outcome;
}

static const char *reason(int64_t id)
{
	return outcome_of(&s.w, id)->reason;
}

/* ---- mute ones ---- */

/* It answers nothing until its time is over; by then we wonder. */
static void one_that_has_written_nothing_is_told_of_once(void)
{
	mute_after = (span){ 1 };
	run_lines(false, 64, LINES(ONE, "executor.timeout=50ms"), LINES("hang", "hang"));
	SAME(slice_of(s.warned), "coprocess /proc/self/exe has written nothing for 1ns: "
	                         "does it keep its replies back, as jq without --unbuffered does?");
	EQ(s.warnings, 1);
	shop_close();
	mute_after = (span){ 0 };
}

static void one_that_writes_is_not(void)
{
	mute_after = (span){ 60 * NS_PER_S };
	run_lines(false, 64, LINES(ONE), LINES("ok", "ok"));
	SAME(slice_of(s.warned), "");
	shop_close();
	mute_after = (span){ 0 };
}

/* ---- replies ---- */

static void replies_are_matched_in_order(void)
{
	run_lines(false, 64, LINES(ONE), LINES("ok", "fail", "crlf", "ok", "fail"));
	OK(became(1) == OUTCOME_DISPATCHED && became(3) == OUTCOME_DISPATCHED);
	EQ(became(2), OUTCOME_FAILED);
	SAME(slice_of(reason(5)), "bad");
	EQ(engine_stats(s.w.engine)->dispatched, 3);
	shop_close();
}

static void a_window_of_one_and_many_workers_do_the_same(void)
{
	for (uint32_t window = 1; window <= 3; window++) {
		run_lines(false, window, LINES("executor.jobs=3"),
		          LINES("ok", "ok", "fail", "ok", "ok", "ok", "fail", "ok"));
		EQ(engine_stats(s.w.engine)->dispatched, 6);
		EQ(became(3), OUTCOME_FAILED);
		EQ(became(7), OUTCOME_FAILED);
		shop_close();
	}
}

static void the_last_line_needs_no_newline_when_all_is_well(void)
{
	run_lines(false, 64, LINES(ONE), LINES("ok", "partial 0"));
	EQ(became(2), OUTCOME_DISPATCHED);
	shop_close();
	run_lines(false, 64, LINES(ONE), LINES("ok", "partial 3"));
	EQ(became(2), OUTCOME_FAILED);
	EQ(outcome_of(&s.w, 2)->exit, 3);
	shop_close();
}

/* ---- ends ---- */

static void those_without_an_answer_end_as_their_worker_does(void)
{
	run_lines(false, 64, LINES(ONE), LINES("ok", "exit 4", "ok"));
	EQ(became(1), OUTCOME_DISPATCHED);
	EQ(outcome_of(&s.w, 2)->exit, 4);
	EQ(outcome_of(&s.w, 3)->exit, 4);
	shop_close();
	run_lines(false, 1, LINES(ONE), LINES("ok", "signal 11", "ok"));
	EQ(outcome_of(&s.w, 2)->signal, SIGSEGV);
	EQ(became(3), OUTCOME_DISPATCHED);
	shop_close();
}

static void status_0_without_a_reply_is_no_success(void)
{
	run_lines(false, 64, LINES(ONE), LINES("ok", "exit 0"));
	EQ(became(2), OUTCOME_FAILED);
	SAME(slice_of(reason(2)), "it ended without a reply");
	shop_close();
}

static void a_timeout_is_for_the_first_and_the_others_start_over(void)
{
	run_lines(false, 64, LINES(ONE, "executor.timeout=1s", "executor.max_defers=0"),
	          LINES("ok", "hang", "ok", "ok"));
	EQ(became(2), OUTCOME_FAILED);
	OK(outcome_of(&s.w, 2)->timed_out);
	for (int64_t id = 3; id <= 4; id++) {
		EQ(became(id), OUTCOME_DISPATCHED);
		EQ(outcome_of(&s.w, id)->attempts, 1);
		EQ(how_many(&s.w, EFFECT_STEP, id), 1);
	}
	shop_close();
}

static void time_counts_from_the_turn_of_an_action(void)
{
	run_lines(false, 64, LINES(ONE, "executor.timeout=2s"),
	          LINES("sleep 450", "sleep 450", "sleep 450", "sleep 450", "sleep 450"));
	EQ(engine_stats(s.w.engine)->dispatched, 5);
	OK(outcome_of(&s.w, 5)->ran_ms < 2000);
	shop_close();
}

static void KILL_follows_TERM_that_is_ignored(void)
{
	run_lines(false, 64, LINES(ONE, "executor.timeout=1s", "executor.kill_after=50ms"),
	          LINES("deaf", "hang", "ok"));
	EQ(outcome_of(&s.w, 2)->signal, SIGKILL);
	EQ(became(3), OUTCOME_DISPATCHED);
	shop_close();
}

static void a_reply_after_TERM_counts_and_the_next_start_over(void)
{
	run_lines(false, 64, LINES(ONE, "executor.timeout=1s", "executor.kill_after=1500ms"),
	          LINES("deaf", "sleep 1400", "hang", "ok"));
	EQ(became(2), OUTCOME_DISPATCHED);
	OK(outcome_of(&s.w, 3)->timed_out);
	EQ(became(4), OUTCOME_DISPATCHED);
	shop_close();
}

static void a_grandchild_with_the_pipes_holds_nobody_up(void)
{
	run_lines(false, 1, LINES(ONE), LINES("grandchild 3", "ok"));
	EQ(outcome_of(&s.w, 1)->exit, 3);
	EQ(became(2), OUTCOME_DISPATCHED);
	shop_close();
}

/* ---- the protocol ---- */

static void one_line_too_many_is_noticed(void)
{
	run_lines(false, 1, LINES(ONE), LINES("lines 2"));
	EQ(became(1), OUTCOME_DISPATCHED);
	OK(strstr(s.warned, "a line that nothing was asked for"));
	shop_close();
}

static void a_line_too_long_is_the_fault_of_the_one_it_answers(void)
{
	run_lines(false, 64, LINES(ONE, "executor.capture=1K"), LINES("ok", "long 70000", "ok"));
	EQ(became(2), OUTCOME_FAILED);
	SAME(slice_of(reason(2)), "its reply is too long a line");
	EQ(became(3), OUTCOME_DISPATCHED);
	shop_close();
	run_lines(false, 64, LINES(ONE, "executor.capture=100K"), LINES("long 70000", "ok"));
	EQ(engine_stats(s.w.engine)->dispatched, 2);
	shop_close();
}

static void errors_are_drained(void)
{
	run_lines(false, 64, LINES(ONE, "executor.capture=1K"), LINES("noise 3000000", "ok"));
	EQ(engine_stats(s.w.engine)->dispatched, 2);
	shop_close();
}

static void one_that_closes_its_output_is_ended(void)
{
	run_lines(false, 64, LINES(ONE, "executor.kill_after=50ms"), LINES("shut-out"));
	EQ(became(1), OUTCOME_FAILED);
	SAME(slice_of(reason(1)), "it closed its output");
	shop_close();
}

/* More than a pipe holds is waiting when it is told to end. */
static void one_that_never_reads_blocks_nobody(void)
{
	static char big[200000];
	const char *lines[] = { "hang", big, big, NULL };

	memset(big, 'x', sizeof big - 1);
	run_lines(false, 64, LINES(ONE, "executor.timeout=100ms", "executor.max_defers=0"), lines);
	EQ(became(1), OUTCOME_FAILED);
	OK(outcome_of(&s.w, 1)->timed_out);
	/* These it answers with nothing. */
	EQ(engine_stats(s.w.engine)->failed, 3);
	shop_close();
}

/* ---- crashes ---- */

static void crashes_climb_the_ladder_and_loops_are_told(void)
{
	run_lines(false, 1,
	          LINES("executor.jobs=1", "backoff.initial=20ms", "backoff.jitter=0",
	                "backoff.crash_loop.threshold=3", "backoff.crash_loop.cooldown=200ms"),
	          LINES("exit 1", "exit 1", "exit 1", "ok"));
	EQ(engine_stats(s.w.engine)->failed, 3);
	OK(strstr(s.warned, "has crashed 3 times within"));
	EQ(became(4), OUTCOME_DISPATCHED);
	OK(outcome_of(&s.w, 2)->at_ms - outcome_of(&s.w, 1)->at_ms >= 20);
	OK(outcome_of(&s.w, 3)->at_ms - outcome_of(&s.w, 2)->at_ms >= 40);
	OK(outcome_of(&s.w, 4)->at_ms - outcome_of(&s.w, 3)->at_ms >= 200);
	shop_close();
}

static void a_pool_without_jobs_is_known_to_the_engine_too(void)
{
	const struct run_policy none = { .as = RUN_COPROCESS, .window = 4 };
	const struct workers_program program = { "/proc/self/exe", NULL, environ, { 0 } };

	shop_open(false, 4, NULL, 0);
	s.loop.news = false;
	struct runner *r = workers_new(&s.loop, 2, &program, &none, &s.w.policy.backoff);
	OK(s.loop.news);
	uint32_t before = engine_jobs(s.w.engine);
	r->ops->jobs(r, 3);
	EQ(engine_jobs(s.w.engine), before + 3 * 4);
	r->ops->free(r);
	shop_close();
}

/* ---- replays ---- */

/* Runs the lines so often, and each time the same has to become of them. */
static void repeat(int times, const char *set, const char *const *lines)
{
	struct buf first = { 0 };

	for (int i = 0; i < times; i++) {
		run_lines(true, 3, LINES("executor.jobs=3", set), lines);
		if (i == 0)
			buf_add_slice(&first, buf_slice(&s.story));
		SAME(buf_slice(&s.story), buf_text(&first));
		shop_close();
	}
	buf_free(&first);
}

static void a_replay_tells_the_ends_in_the_order_of_dispatch(void)
{
	repeat(5, "executor.timeout=none",
	       LINES("sleep 20", "ok", "exit 3", "ok", "sleep 10", "ok", "ok", "ok", "fail", "ok",
	             "exit 0", "ok", "ok", "sleep 5", "lines 1", "ok", "signal 9", "ok", "ok"));
}

/* What else there is to do takes no time. */
static void a_replay_with_a_timeout_repeats_itself(void)
{
	repeat(2, "executor.timeout=1s",
	       LINES("ok", "ok", "exit 3", "hang", "ok", "ok", "ok", "fail", "ok", "ok"));
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "worker") == 0)
		worker();
	signal(SIGTERM, SIG_DFL);
	alarm(300);
	RUN(one_that_has_written_nothing_is_told_of_once);
	RUN(one_that_writes_is_not);
	RUN(replies_are_matched_in_order);
	RUN(a_window_of_one_and_many_workers_do_the_same);
	RUN(the_last_line_needs_no_newline_when_all_is_well);
	RUN(those_without_an_answer_end_as_their_worker_does);
	RUN(status_0_without_a_reply_is_no_success);
	RUN(a_timeout_is_for_the_first_and_the_others_start_over);
	RUN(time_counts_from_the_turn_of_an_action);
	RUN(KILL_follows_TERM_that_is_ignored);
	RUN(a_reply_after_TERM_counts_and_the_next_start_over);
	RUN(a_grandchild_with_the_pipes_holds_nobody_up);
	RUN(one_line_too_many_is_noticed);
	RUN(a_line_too_long_is_the_fault_of_the_one_it_answers);
	RUN(errors_are_drained);
	RUN(one_that_closes_its_output_is_ended);
	RUN(one_that_never_reads_blocks_nobody);
	RUN(crashes_climb_the_ladder_and_loops_are_told);
	RUN(a_pool_without_jobs_is_known_to_the_engine_too);
	RUN(a_replay_tells_the_ends_in_the_order_of_dispatch);
	RUN(a_replay_with_a_timeout_repeats_itself);
	return t_done();
}
