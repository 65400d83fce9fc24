/* Daemons that are told of back-pressure, with real files, pipes and signals. */
#include "cli/pressure.h"

#include "scratch.h"
#include "sys/child.h"
#include "sys/file.h"
#include "t.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char folder[] = "/tmp/meshq-pressure-XXXXXX";
static const struct opt_command tool = { .name = "tool" };
static const struct cli cli = { .command = &tool };
static char level[] = "level";

/* One daemon and its supervisor. */
struct rig {
	struct record_reader *reader;
	struct daemon_policy policy;
	struct daemon process;
	struct pressure_relay p;
	struct buf text;
	bool ours; /* what was taken last was back-pressure */
};

static void rig_open(struct rig *r, struct daemon_policy policy)
{
	*r = (struct rig){ .reader = record_reader_new(), .policy = policy };
	pressure_init(&r->p, &cli, r->reader);
	pressure_add(&r->p, "telemetry", &r->policy, &r->process);
}

static int rig_close(struct rig *r)
{
	int status = pressure_finish(&r->p);

	daemon_free(&r->process);
	record_reader_free(r->reader);
	buf_free(&r->text);
	return status;
}

static bool take(struct rig *r, enum relay_source source, const char *line, const char **what)
{
	struct json_error e;
	struct record record;
	const char *at;

	return OK(record_read(r->reader, json_text(&r->text, slice_of(line)), &record, &e)) &&
	       pressure_take(&r->p, source, &record, &r->ours, &at, what);
}

static void show_from(struct rig *r, enum relay_source source, const char *members)
{
	struct buf line = { 0 };
	const char *what;

	buf_addf(&line, "{\"kind\":\"meshq.backpressure\",%s}", members);
	OK(take(r, source, buf_text(&line), &what));
	OK(r->ours);
	buf_free(&line);
}

static void show(struct rig *r, const char *members)
{
	show_from(r, RELAY_INPUT, members);
}

static void run(struct rig *r, const char *script)
{
	char *argv[] = { "sh", "-c", (char *)(uintptr_t)script, NULL };
	struct daemon_command c = {
		.path = "/bin/sh",
		.argv = argv,
		.environment = environ,
		.in = -1,
		.out = 1,
		.err = 2,
		.ready_fd = (int)r->policy.ready_fd,
		.pressure_fd = r->policy.pressure_fd,
	};
	struct err e = { 0 };
	int code;

	child_prepare(&c.ignored);
	if (!OK(daemon_start(&r->process, &c, &code, &e)))
		printf("# %s\n", e.text);
	relay_started(&r->p.relay, 0);
	pressure_work(&r->p);
}

/* Until it has ended; wait(2)'s status. */
static int serve(struct rig *r)
{
	struct pollfd fds[DAEMON_WATCHED];

	for (;;) {
		daemon_watch(&r->process, fds);
		poll(fds, DAEMON_WATCHED, pressure_patience(&r->p));
		struct daemon_news news = daemon_serve(&r->process, fds);
		if (news.ready)
			relay_ready(&r->p.relay, 0);
		if (news.ended) {
			relay_ended(&r->p.relay, 0);
			return news.status;
		}
		pressure_work(&r->p);
	}
}

static slice contents(struct buf *b, const char *path)
{
	struct err e;
	bool found;

	buf_clear(b);
	if (!file_read(path, b, &found, &e) || !found)
		return SLICE("(none)");
	return buf_slice(b);
}

/* ---- files ---- */

static void a_file_has_the_level_at_any_time(void)
{
	struct rig r;
	struct buf b = { 0 };

	rig_open(&r, (struct daemon_policy){ .pressure_file = level, .pressure_fd = -1 });
	OK(pressure_is_wanted(&r.p));
	pressure_work(&r.p);
	SAME(contents(&b, level), "0\n");
	show(&r, "\"state\":\"asserted\",\"level\":0");
	SAME(contents(&b, level), "0.01\n");
	show(&r, "\"state\":\"asserted\",\"level\":0.4");
	SAME(contents(&b, level), "0.4\n");
	show(&r, "\"state\":\"released\",\"level\":0");
	SAME(contents(&b, level), "0\n");
	show(&r, "\"state\":\"asserted\",\"level\":1");
	SAME(contents(&b, level), "1\n");
	EQ(rig_close(&r), STATUS_OK);
	SAME(contents(&b, level), "0\n"); /* nobody says otherwise any more */
	buf_free(&b);
	unlink(level);
}

static void a_file_that_says_so_already_is_not_written_again(void)
{
	struct rig r;
	struct stat first, second;

	rig_open(&r, (struct daemon_policy){ .pressure_file = level, .pressure_fd = -1 });
	show(&r, "\"state\":\"asserted\",\"level\":0.4");
	OK(stat(level, &first) == 0);
	show(&r, "\"state\":\"asserted\",\"level\":0.4");
	OK(stat(level, &second) == 0);
	EQ(first.st_ino, second.st_ino); /* it would have been replaced */
	rig_close(&r);
	unlink(level);
}

/* What is said on stderr meanwhile. */
static int diverted = -1;

static void divert(void)
{
	int fd = open("said", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	diverted = dup(STDERR_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

static slice said(struct buf *b)
{
	dup2(diverted, STDERR_FILENO);
	close(diverted);
	return contents(b, "said");
}

static void a_file_that_cannot_be_written_is_told_once_and_costs_the_status(void)
{
	static char nowhere[] = "nowhere/level";
	struct rig r;
	struct buf b = { 0 };

	rig_open(&r, (struct daemon_policy){ .pressure_file = nowhere, .pressure_fd = -1 });
	divert();
	pressure_work(&r.p);
	show(&r, "\"state\":\"asserted\",\"level\":0.4");
	EQ(rig_close(&r), STATUS_IO);
	SAME(said(&b),
	     "tool: telemetry: back-pressure cannot be told: create nowhere/level.new: No "
	     "such file or directory\n");
	buf_free(&b);
}

static void a_file_that_can_be_written_again_is_right_again(void)
{
	static char folder_of_level[] = "away/level";
	struct rig r;
	struct buf b = { 0 };

	rig_open(&r, (struct daemon_policy){ .pressure_file = folder_of_level, .pressure_fd = -1 });
	divert();
	pressure_work(&r.p);
	OK(mkdir("away", 0777) == 0);
	show(&r, "\"state\":\"asserted\",\"level\":0.4");
	said(&b);
	SAME(contents(&b, folder_of_level), "0.4\n");
	EQ(rig_close(&r), STATUS_IO);
	unlink(folder_of_level);
	rmdir("away");
	buf_free(&b);
}

static void a_device_is_not_replaced_by_a_file(void)
{
	static char device[] = "/dev/null";
	struct rig r;
	struct buf b = { 0 };
	struct stat st;

	rig_open(&r, (struct daemon_policy){ .pressure_file = device, .pressure_fd = -1 });
	divert();
	pressure_work(&r.p);
	EQ(rig_close(&r), STATUS_IO);
	SAME(said(&b), "tool: telemetry: back-pressure cannot be told: /dev/null is not a regular "
	               "file\n");
	OK(stat(device, &st) == 0 && S_ISCHR(st.st_mode));
	buf_free(&b);
}

/* ---- lines ---- */

static void a_daemon_gets_a_line_at_each_change(void)
{
	struct rig r;
	struct buf b = { 0 };

	rig_open(&r, (struct daemon_policy){ .pressure_fd = 0 });
	run(&r, "head -n 3 >lines");
	show(&r, "\"state\":\"asserted\",\"level\":0");
	show(&r, "\"state\":\"asserted\",\"level\":0.5");
	show(&r, "\"state\":\"asserted\",\"level\":0.5");
	show(&r, "\"state\":\"released\",\"level\":0");
	EQ(serve(&r), 0);
	SAME(contents(&b, "lines"), "{\"meshq\":{\"backpressure\":\"asserted\",\"level\":0}}\n"
	                            "{\"meshq\":{\"backpressure\":\"asserted\",\"level\":0.5}}\n"
	                            "{\"meshq\":{\"backpressure\":\"released\",\"level\":0}}\n");
	rig_close(&r);
	buf_free(&b);
}

static void one_that_is_started_while_asserted_gets_its_line_first(void)
{
	struct rig r;
	struct buf b = { 0 };

	rig_open(&r, (struct daemon_policy){ .pressure_fd = 7 });
	show(&r, "\"state\":\"asserted\",\"level\":0.5");
	for (int i = 0; i < 2; i++) {
		run(&r, "read -r line <&7; echo \"$line\" >lines");
		EQ(serve(&r), 0);
		SAME(contents(&b, "lines"),
		     "{\"meshq\":{\"backpressure\":\"asserted\",\"level\":0.5}}\n");
		unlink("lines");
	}
	rig_close(&r);
	buf_free(&b);
}

static void the_end_of_the_input_releases(void)
{
	struct rig r;
	struct buf b = { 0 };

	rig_open(&r, (struct daemon_policy){ .pressure_fd = 0 });
	run(&r, "tail -n 1 >lines");
	show(&r, "\"state\":\"asserted\",\"level\":0.5");
	pressure_over(&r.p);
	close(r.process.pressure); /* the end for tail */
	r.process.pressure = -1;
	EQ(serve(&r), 0);
	SAME(contents(&b, "lines"), "{\"meshq\":{\"backpressure\":\"released\",\"level\":0}}\n");
	rig_close(&r);
	buf_free(&b);
}

/* ---- signals ---- */

static const struct daemon_policy by_signal = { .pressure_fd = -1,
	                                        .pressure_signal = { SIGUSR1, SIGUSR2 } };

static void signals_say_asserted_and_released(void)
{
	struct rig r;

	rig_open(&r, by_signal);
	show(&r, "\"state\":\"asserted\",\"level\":0.5");
	run(&r, "trap 'on=1' USR1; trap 'exit 7$on' USR2; kill -STOP $$;"
	        "while :; do tail -f /dev/null & wait; done");
	OK(waitpid(r.process.pid, NULL, WUNTRACED) == r.process.pid); /* both traps are set */
	pressure_work(&r.p);
	show(&r, "\"state\":\"released\"");
	daemon_notify(&r.process, SIGCONT);
	int status = serve(&r);
	OK(WIFEXITED(status));
	EQ(WEXITSTATUS(status), 71);
	rig_close(&r);
}

/* Both would be delivered at once, the lower number first. */
static void a_signal_does_not_overtake_the_one_before(void)
{
	struct rig r;

	rig_open(&r, (struct daemon_policy){ .pressure_fd = -1,
	                                     .pressure_signal = { SIGUSR2, SIGUSR1 } });
	run(&r, "trap 'said=${said}a' USR2; trap 'said=${said}r' USR1; "
	        "kill -STOP $$; while [ ${#said} -lt 2 ]; do :; done; [ $said = ar ] && exit 7");
	OK(waitpid(r.process.pid, NULL, WUNTRACED) == r.process.pid);
	show(&r, "\"state\":\"asserted\"");
	show(&r, "\"state\":\"released\"");
	OK(relay_waits(&r.p.relay));
	daemon_notify(&r.process, SIGCONT);
	int status = serve(&r);
	OK(WIFEXITED(status));
	EQ(WEXITSTATUS(status), 7);
	rig_close(&r);
}

static void one_that_does_not_catch_the_signal_yet_does_not_die_of_it(void)
{
	struct rig r;
	int fd;

	OK(mkfifo("go", 0666) == 0);
	rig_open(&r, by_signal);
	show(&r, "\"state\":\"asserted\",\"level\":0.5");
	run(&r, "read -r x <go; trap 'exit 7' USR1; tail -f /dev/null & wait");
	for (int i = 0; i < 20; i++) {
		OK(pressure_patience(&r.p) > 0);
		OK(pressure_patience(&r.p) <= 250);
		pressure_work(&r.p);
	}
	fd = open("go", O_WRONLY | O_CLOEXEC); /* when the other end is open */
	OK(write(fd, "\n", 1) == 1);
	int status = serve(&r);
	close(fd);
	OK(WIFEXITED(status));
	EQ(WEXITSTATUS(status), 7);
	EQ(pressure_patience(&r.p), -1);
	rig_close(&r);
}

static void one_that_is_not_ready_is_not_looked_at(void)
{
	struct rig r;

	rig_open(&r, by_signal);
	r.policy.ready_fd = 3;
	show(&r, "\"state\":\"asserted\"");
	run(&r, "trap 'exit 7' USR1; echo >&3; tail -f /dev/null & wait");
	EQ(pressure_patience(&r.p), -1);
	int status = serve(&r);
	OK(WIFEXITED(status));
	EQ(WEXITSTATUS(status), 7);
	rig_close(&r);
}

/* ---- records ---- */

static void one_of_the_control_fifo_outlives_the_input(void)
{
	struct rig r;

	rig_open(&r, by_signal);
	show_from(&r, RELAY_CONTROL, "\"state\":\"asserted\"");
	pressure_over(&r.p);
	OK(r.p.relay.now.asserted);
	show(&r, "\"state\":\"released\"");
	OK(!r.p.relay.now.asserted);
	rig_close(&r);
}

static void other_records_are_not_ours_and_bad_ones_change_nothing(void)
{
	struct rig r;
	const char *what;

	rig_open(&r, by_signal);
	OK(take(&r, RELAY_INPUT, "{\"kind\":\"a\",\"state\":\"asserted\"}", &what));
	OK(!r.ours);
	OK(!take(&r, RELAY_INPUT, "{\"kind\":\"meshq.backpressure\",\"state\":\"on\"}", &what));
	SAME(slice_of(what), "expected state to be \"asserted\" or \"released\"");
	OK(!r.p.relay.now.asserted);
	rig_close(&r);
}

static void nobody_that_asks_is_nobody(void)
{
	struct rig r;

	rig_open(&r, (struct daemon_policy){ .pressure_fd = -1 });
	OK(!pressure_is_wanted(&r.p));
	rig_close(&r);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(folder) || chdir(folder) != 0)
		return 1;
	RUN(a_file_has_the_level_at_any_time);
	RUN(a_file_that_says_so_already_is_not_written_again);
	RUN(a_file_that_cannot_be_written_is_told_once_and_costs_the_status);
	RUN(a_file_that_can_be_written_again_is_right_again);
	RUN(a_device_is_not_replaced_by_a_file);
	RUN(a_daemon_gets_a_line_at_each_change);
	RUN(one_that_is_started_while_asserted_gets_its_line_first);
	RUN(the_end_of_the_input_releases);
	RUN(signals_say_asserted_and_released);
	RUN(a_signal_does_not_overtake_the_one_before);
	RUN(one_that_does_not_catch_the_signal_yet_does_not_die_of_it);
	RUN(one_that_is_not_ready_is_not_looked_at);
	RUN(one_of_the_control_fifo_outlives_the_input);
	RUN(other_records_are_not_ours_and_bad_ones_change_nothing);
	RUN(nobody_that_asks_is_nobody);
	if (chdir("/") == 0)
		scratch_remove(folder);
	return t_done();
}
