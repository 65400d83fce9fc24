/* How much may run at once, and when that is looked at: an engine, a machine and a make
 * of our own, and time walked by hand. */
#include "cli/governor.h"
#include "scratch.h"
#include "t.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/meshq-governor-XXXXXX";
static char jobs_path[sizeof folder + 8];

struct bench {
	struct policy policy;
	struct gate *gate;
	struct engine *engine;
	struct cli cli;
	struct machine machine;
	struct throttle_policy limits;
	struct jobs_file file;
	struct jobserver jobserver;
	struct governor governor;
	struct action *running[64];
	uint32_t count;
	int64_t now; /* seconds */
};

static void put(const char *name, const char *text)
{
	char path[sizeof folder + 32];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	if (OK((f = fopen(path, "w")) != NULL)) {
		fputs(text, f);
		fclose(f);
	}
}

static void bench_open(struct bench *b, uint32_t jobs)
{
	static const struct opt_command command = { .name = "governor" };

	*b = (struct bench){ .cli = { .command = &command, .quiet = true },
		             .machine = { folder, folder } };
	b->policy.backpressure = (struct backpressure_policy){ .assert_at = 1000 };
	b->policy.executor = (struct executor_policy){
		.queue = 64,
		.max_waiting = 64,
		.max_defers = 4,
		.retry_after = { 10 * NS_PER_S },
	};
	b->gate = gate_new(&b->policy);
	b->engine = engine_new(&b->policy, b->gate, jobs);
	b->governor = (struct governor){
		.cli = &b->cli, .engine = b->engine, .machine = &b->machine, .limits = &b->limits
	};
}

/* The options are there. */
static void bench_begin(struct bench *b)
{
	struct err e;

	if (!OK(governor_open(&b->governor, &e)))
		printf("# %s\n", e.text);
}

static void feed(struct bench *b, enum event_kind kind, struct action *a, int verdict)
{
	engine_feed(b->engine, &(struct event){ .kind = kind,
	                                        .now = instant_ms(1000 * b->now),
	                                        .action = a,
	                                        .result = { .verdict = (unsigned)verdict } });
}

static void arrive(struct bench *b, int n)
{
	while (n--)
		feed(b, EVENT_ARRIVED, engine_action_new(gate_class(b->gate, SLICE("a"))), 0);
}

static void work(struct bench *b)
{
	struct effect f;

	while (engine_poll(b->engine, instant_ms(1000 * b->now), &f)) {
		if (f.kind == EFFECT_DISPATCH)
			b->running[b->count++] = f.action;
		else if (f.kind == EFFECT_OUTCOME)
			engine_action_free(f.action);
	}
}

/* What a driver does until it has to wait; returns for how long, in milliseconds. */
static int64_t drive(struct bench *b)
{
	instant now = instant_ms(1000 * b->now);

	span wait = { 0 };

	for (int turns = 0; turns < 100 && wait.ns <= 0; turns++) {
		work(b);
		wait = governor_look_at(&b->governor, now, now);
	}
	OK(wait.ns > 0);
	return wait.ns == INT64_MAX ? -1 : wait.ns / NS_PER_MS;
}

static void end_one(struct bench *b, int verdict)
{
	feed(b, EVENT_FINISHED, b->running[--b->count], verdict);
}

static void bench_close(struct bench *b)
{
	while (b->count)
		end_one(b, RESULT_FAIL);
	feed(b, EVENT_STOPPED, NULL, 0);
	work(b);
	OK(engine_idle(b->engine));
	jobs_file_free(&b->file);
	jobserver_close(&b->jobserver);
	engine_free(b->engine);
	gate_free(b->gate);
}

/* ---- nothing to govern ---- */

static void without_options_nothing_is_ever_looked_at(void)
{
	struct bench b;

	bench_open(&b, 2);
	bench_begin(&b);
	arrive(&b, 3);
	work(&b);
	EQ(governor_look(&b.governor, instant_ms(0)).ns, INT64_MAX);
	EQ(b.count, 2);
	EQ(governor_fd(&b.governor), -1);
	bench_close(&b);
}

/* ---- a file of jobs ---- */

static void open_file(struct bench *b, const char *text)
{
	struct err e;

	put("jobs", text);
	if (!OK(jobs_file_open(&b->file, jobs_path, 8, &e)))
		printf("# %s\n", e.text);
	bench_open(b, b->file.jobs);
	OK(jobs_file_open(&b->file, jobs_path, 8, &e));
	b->governor.file = &b->file;
	bench_begin(b);
}

static void a_file_is_read_once_a_second_while_somebody_wants_to_start(void)
{
	static struct bench b;

	open_file(&b, "1\n");
	arrive(&b, 20);
	EQ(drive(&b), 1000);
	EQ(b.count, 1);
	put("jobs", " 3 \n");
	EQ(drive(&b), 1000); /* the second has not passed */
	EQ(b.count, 1);
	b.now++;
	drive(&b);
	EQ(b.count, 3);
	put("jobs", "50%\n");
	b.now++;
	drive(&b);
	EQ(b.count, 4);
	put("jobs", "2");
	b.now++;
	drive(&b);
	end_one(&b, RESULT_OK);
	drive(&b);
	EQ(b.count, 3); /* those that run go on */
	end_one(&b, RESULT_OK);
	end_one(&b, RESULT_OK);
	drive(&b);
	EQ(b.count, 2);
	bench_close(&b);
}

static void no_jobs_are_none_of_any_pool(void)
{
	static struct bench b;

	open_file(&b, "1");
	engine_feed(b.engine,
	            &(struct event){ .kind = EVENT_JOBS, .now = { 0 }, .jobs = 4, .pool = 1 });
	put("jobs", "0");
	struct action *a = engine_action_new(gate_class(b.gate, SLICE("a")));
	a->pool = 1;
	feed(&b, EVENT_ARRIVED, a, 0);
	EQ(drive(&b), 1000);
	EQ(b.count, 0);
	put("jobs", "1");
	b.now++;
	drive(&b);
	EQ(b.count, 1);
	bench_close(&b);
}

static void with_nothing_to_start_nobody_is_woken_and_the_file_counts_all_the_same(void)
{
	static struct bench b;

	open_file(&b, "4");
	EQ(drive(&b), -1);
	b.now = 3600;
	put("jobs", "0");
	arrive(&b, 2);
	EQ(drive(&b), 1000);
	EQ(b.count, 0);
	b.now++;
	put("jobs", "1");
	drive(&b);
	EQ(b.count, 1);
	bench_close(&b);
}

static void a_retry_that_comes_due_while_jobs_are_none_is_not_forgotten(void)
{
	static struct bench b;

	open_file(&b, "1");
	arrive(&b, 1);
	drive(&b);
	end_one(&b, RESULT_RETRY);
	put("jobs", "0");
	EQ(drive(&b), 10000);
	b.now = 10;
	EQ(drive(&b), 1000);
	EQ(b.count, 0);
	put("jobs", "1");
	b.now++;
	drive(&b);
	EQ(b.count, 1);
	bench_close(&b);
}

static void a_bad_file_leaves_the_number_and_is_told_when_it_is_certain(void)
{
	struct jobs_file f;
	struct err e;

	put("jobs", "3");
	OK(jobs_file_open(&f, jobs_path, 8, &e));
	EQ(jobs_file_look(&f, &e), JOBS_FILE_SAME);
	put("jobs", "");
	EQ(jobs_file_look(&f, &e), JOBS_FILE_SAME);
	EQ(jobs_file_look(&f, &e), JOBS_FILE_BAD);
	OK(strstr(e.text, "jobs is empty") != NULL);
	EQ(jobs_file_look(&f, &e), JOBS_FILE_SAME);
	put("jobs", "many");
	EQ(jobs_file_look(&f, &e), JOBS_FILE_SAME);
	EQ(jobs_file_look(&f, &e), JOBS_FILE_BAD);
	OK(strstr(e.text, "'many' is not a number of jobs") != NULL);
	unlink(jobs_path);
	EQ(jobs_file_look(&f, &e), JOBS_FILE_SAME);
	put("jobs", "3"); /* a writer was met half way */
	EQ(jobs_file_look(&f, &e), JOBS_FILE_SAME);
	unlink(jobs_path);
	EQ(jobs_file_look(&f, &e), JOBS_FILE_SAME);
	EQ(jobs_file_look(&f, &e), JOBS_FILE_BAD);
	EQ(f.jobs, 3);
	put("jobs", "5");
	EQ(jobs_file_look(&f, &e), JOBS_FILE_NEW);
	EQ(f.jobs, 5);
	jobs_file_free(&f);
}

static void what_can_be_read_only_once_is_no_file_of_jobs(void)
{
	struct jobs_file f;
	struct err e;

	OK(!jobs_file_open(&f, "/dev/null", 8, &e));
	OK(!jobs_file_open(&f, folder, 8, &e));
	put("jobs", "\n");
	OK(!jobs_file_open(&f, jobs_path, 8, &e));
}

/* ---- limits ---- */

static void while_a_limit_is_exceeded_nothing_is_started(void)
{
	static struct bench b;
	struct buf why = { 0 };

	bench_open(&b, 8);
	b.limits.max_load = 4;
	put("loadavg", "3.00 0 0\n");
	bench_begin(&b);
	arrive(&b, 20);
	EQ(drive(&b), 1000);
	EQ(b.count, 1);
	put("loadavg", "9.00 0 0\n");
	b.now++;
	EQ(drive(&b), 1000);
	OK(governor_why(&b.governor, &why));
	SAME(buf_slice(&why), "the load is 9.98, and --max-load is 4.00");
	end_one(&b, RESULT_OK); /* running work goes on, and ends */
	drive(&b);
	EQ(b.count, 0);
	put("loadavg", "1.00 0 0\n");
	b.now++;
	drive(&b);
	EQ(b.count, 3);
	OK(!governor_why(&b.governor, &why));
	buf_free(&why);
	bench_close(&b);
}

static void after_a_pause_the_machine_is_looked_at_anew(void)
{
	static struct bench b;

	bench_open(&b, 8);
	b.limits.max_load = 4;
	put("loadavg", "0.00 0 0\n");
	bench_begin(&b);
	arrive(&b, 1);
	EQ(drive(&b), -1);
	EQ(b.count, 1);
	put("loadavg", "50.00 0 0\n");
	b.now = 100;
	arrive(&b, 1);
	EQ(drive(&b), 1000);
	EQ(b.count, 1);
	bench_close(&b);
}

static void what_the_system_does_not_tell_is_refused_at_first_and_no_limit_later(void)
{
	static struct bench b;
	struct err e;

	bench_open(&b, 8);
	b.limits.max_pressure[THROTTLE_IO] = 10;
	OK(!governor_open(&b.governor, &e));
	EQ(e.status, STATUS_OS);
	OK(strstr(e.text, "--max-pressure: the system does not tell: ") == e.text);
	mkdir("pressure", 0700);
	put("pressure/io", "some avg10=10.01\n");
	bench_begin(&b);
	arrive(&b, 1);
	drive(&b);
	EQ(b.count, 0);
	put("pressure/io", "");
	b.now++;
	drive(&b);
	EQ(b.count, 1);
	bench_close(&b);
}

/* ---- tokens ---- */

static void open_make(struct bench *b, int ends[2], uint32_t jobs, const char *tokens)
{
	struct err e;

	bench_open(b, jobs);
	OK(pipe(ends) == 0);
	OK(write(ends[1], tokens, strlen(tokens)) >= 0);
	OK(jobserver_open(&b->jobserver, ends[0], ends[1], &e));
	b->governor.jobserver = &b->jobserver;
	bench_begin(b);
}

static int left(const int ends[2])
{
	int n = -1;

	ioctl(ends[0], FIONREAD, &n);
	return n;
}

static void every_handler_but_one_has_a_token(void)
{
	static struct bench b;
	int ends[2];

	open_make(&b, ends, 8, "++");
	arrive(&b, 6);
	EQ(drive(&b), -1);
	EQ(b.count, 3);
	EQ(left(ends), 0);
	EQ(governor_fd(&b.governor), b.jobserver.in);
	OK(write(ends[1], "x", 1) == 1); /* somebody else is ready */
	drive(&b);
	EQ(b.count, 4);
	end_one(&b, RESULT_OK); /* and its token is used again */
	drive(&b);
	EQ(b.count, 4);
	end_one(&b, RESULT_OK);
	end_one(&b, RESULT_OK);
	EQ(drive(&b), -1);
	EQ(b.count, 3); /* the last one was started */
	EQ(left(ends), 1);
	EQ(governor_fd(&b.governor), -1);
	while (b.count)
		end_one(&b, RESULT_OK);
	drive(&b);
	EQ(left(ends), 3);
	bench_close(&b);
	close(ends[0]);
	close(ends[1]);
}

static void no_token_is_taken_that_could_not_be_used(void)
{
	static struct bench b;
	int ends[2];

	open_make(&b, ends, 2, "+++++");
	arrive(&b, 6);
	EQ(drive(&b), -1);
	EQ(b.count, 2);
	EQ(left(ends), 4);
	bench_close(&b);
	EQ(left(ends), 5);
	close(ends[0]);
	close(ends[1]);
}

static void a_limit_gives_back_what_it_forbids_to_use(void)
{
	static struct bench b;
	int ends[2];

	open_make(&b, ends, 8, "+++++");
	b.limits.max_load = 4;
	put("loadavg", "0.00 0 0\n");
	arrive(&b, 20);
	EQ(drive(&b), 1000);
	EQ(b.count, 4);
	EQ(left(ends), 2);
	put("loadavg", "9.00 0 0\n");
	b.now++;
	drive(&b);
	end_one(&b, RESULT_OK);
	end_one(&b, RESULT_OK);
	drive(&b);
	EQ(b.count, 2);
	EQ(left(ends), 4);
	bench_close(&b);
	close(ends[0]);
	close(ends[1]);
}

static void told_to_stop_it_gives_back_as_handlers_end(void)
{
	static struct bench b;
	int ends[2];

	open_make(&b, ends, 8, "++");
	arrive(&b, 6);
	drive(&b);
	EQ(b.count, 3);
	feed(&b, EVENT_STOPPED, NULL, 0);
	end_one(&b, RESULT_OK);
	drive(&b);
	EQ(left(ends), 1);
	EQ(b.count, 2);
	bench_close(&b);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	if (!mkdtemp(folder) || chdir(folder) != 0)
		return 1;
	snprintf(jobs_path, sizeof jobs_path, "%s/jobs", folder);
	RUN(without_options_nothing_is_ever_looked_at);
	RUN(a_file_is_read_once_a_second_while_somebody_wants_to_start);
	RUN(no_jobs_are_none_of_any_pool);
	RUN(with_nothing_to_start_nobody_is_woken_and_the_file_counts_all_the_same);
	RUN(a_retry_that_comes_due_while_jobs_are_none_is_not_forgotten);
	RUN(a_bad_file_leaves_the_number_and_is_told_when_it_is_certain);
	RUN(what_can_be_read_only_once_is_no_file_of_jobs);
	RUN(while_a_limit_is_exceeded_nothing_is_started);
	RUN(after_a_pause_the_machine_is_looked_at_anew);
	RUN(what_the_system_does_not_tell_is_refused_at_first_and_no_limit_later);
	RUN(every_handler_but_one_has_a_token);
	RUN(no_token_is_taken_that_could_not_be_used);
	RUN(a_limit_gives_back_what_it_forbids_to_use);
	RUN(told_to_stop_it_gives_back_as_handlers_end);
	scratch_remove(folder);
	return t_done();
}
