/* The folder of a supervisor: lines that it takes, what it tells, and who may have it. */
#include "cli/control_dir.h"

#include "scratch.h"
#include "sys/file.h"
#include "t.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[] = "/tmp/meshq-control-XXXXXX";
static char folder[sizeof directory + 16];
static const struct opt_command tool = { .name = "tool" };
static struct cli cli = { .command = &tool, .max_line = 200 };
static struct control_dir dir;
static struct err e;
static struct buf heard;  /* what the callbacks were given */
static struct buf warned; /* what was said on stderr */

static bool on_command(void *user, enum control_command command, slice name)
{
	(void)user;
	buf_addf(&heard, "%s(%.*s) ", control_command_name(command), SLICE_ARG(name));
	return !slice_is(name, "nobody");
}

static void on_record(void *user, slice line, const char *from, uint64_t number)
{
	(void)user;
	OK(strcmp(from + strlen(folder), "/control") == 0);
	buf_addf(&heard, "%llu:%.*s ", (unsigned long long)number, SLICE_ARG(line));
}

static const struct control_dir_calls calls = { .command = on_command, .record = on_record };

static bool open_dir(void)
{
	return control_dir_open(&dir, &cli, folder, &calls, &e);
}

static int open_fifo(void)
{
	char *path = control_dir_file(folder, "control");
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	free(path);
	return fd;
}

/* Serves while there is something, with stderr in a file. */
static void serve(void)
{
	int old = dup(STDERR_FILENO);
	FILE *f = tmpfile();
	char text[4096];
	struct pollfd p = { .fd = control_dir_fd(&dir), .events = POLLIN };

	dup2(fileno(f), STDERR_FILENO);
	while (poll(&p, 1, 0) == 1)
		control_dir_serve(&dir);
	dup2(old, STDERR_FILENO);
	close(old);
	rewind(f);
	for (size_t n; (n = fread(text, 1, sizeof text, f)) > 0;)
		buf_add(&warned, text, n);
	fclose(f);
}

/* What was heard of these bytes. */
static slice write_and_serve(slice bytes)
{
	int fd = open_fifo();

	buf_clear(&heard);
	buf_clear(&warned);
	while (bytes.n > 0) {
		size_t n = bytes.n < 4096 ? bytes.n : 4096;
		OK(write(fd, bytes.p, n) == (ssize_t)n);
		bytes = (slice){ bytes.p + n, bytes.n - n };
		serve();
	}
	close(fd);
	return buf_slice(&heard);
}

#define HEARD(text, want) SAME(write_and_serve(slice_of(text)), want)

static bool warns(const char *what)
{
	bool found = strstr(buf_text(&warned), what);

	if (!found)
		printf("# %s\n", buf_text(&warned));
	return found;
}

static void lines_are_commands_and_records(void)
{
	OK(open_dir());
	HEARD("restart a\nstop b\nstart c\n", "restart(a) stop(b) start(c) ");
	HEARD("  stop \t b@1.x \r\n\n  \n", "stop(b@1.x) ");
	HEARD("{\"kind\":\"x\"}\n", "7:{\"kind\":\"x\"} ");
	EQ(warned.n, 0);
	control_dir_close(&dir);
}

static void a_line_may_come_in_pieces_and_from_several_writers(void)
{
	OK(open_dir());
	HEARD("rest", "");
	HEARD("art a", "");
	HEARD("b\nstop", "restart(ab) ");
	HEARD(" c\n", "stop(c) ");
	EQ(warned.n, 0);
	control_dir_close(&dir);
}

static void what_is_no_command_is_warned_of_and_does_no_harm(void)
{
	OK(open_dir());
	HEARD("reload a\nrestart\nstop \nrestarta\nstop nobody\nstart a\n",
	      "stop(nobody) start(a) ");
	OK(warns("/control:1: 'reload a' is neither restart, stop or start with a name nor a "
	         "record\n"));
	OK(warns("/control:2: 'restart' is neither"));
	OK(warns("/control:3: 'stop' is neither"));
	OK(warns("/control:4: 'restarta' is neither"));
	OK(warns("/control:5: 'nobody' is not the name of a daemon\n"));
	write_and_serve((slice){ "\x01\x00\xff\n", 4 });
	OK(warns("'\\x01\\x00"));
	control_dir_close(&dir);
}

static void a_line_without_end_is_passed_over_in_bounded_memory(void)
{
	struct buf flood = { 0 };

	OK(open_dir());
	for (int i = 0; i < 3000000; i++)
		buf_add_char(&flood, 'x');
	buf_add_text(&flood, "\nstop a\n");
	SAME(write_and_serve(buf_slice(&flood)), "stop(a) ");
	OK(warns("xxx...' is longer than --max-line allows\n"));
	OK(warned.n < 300);
	OK(dir.lines.room < 1000000);
	buf_free(&flood);
	control_dir_close(&dir);
}

static void garbage_does_not_fill_the_log(void)
{
	struct buf flood = { 0 };
	int lines = 0;

	OK(open_dir());
	for (int i = 0; i < 1000; i++)
		buf_add_text(&flood, "garbage\n");
	SAME(write_and_serve(buf_slice(&flood)), "");
	for (size_t i = 0; i < warned.n; i++)
		lines += warned.p[i] == '\n';
	EQ(lines, 10);
	OK(warns("more of them are not told\n"));
	HEARD("stop a\ngarbage\n", "stop(a) ");
	OK(warns("'garbage' is neither"));
	buf_free(&flood);
	control_dir_close(&dir);
}

static void without_a_use_for_records_they_are_garbage(void)
{
	static const struct control_dir_calls deaf = { .command = on_command };

	OK(control_dir_open(&dir, &cli, folder, &deaf, &e));
	HEARD("{\"kind\":\"x\"}\n", "");
	OK(warns("is not restart, stop or start with a name\n"));
	control_dir_close(&dir);
}

static void writers_may_come_and_go(void)
{
	struct pollfd p = { .events = POLLIN };

	OK(open_dir());
	p.fd = control_dir_fd(&dir);
	EQ(poll(&p, 1, 0), 0);
	HEARD("stop a\n", "stop(a) ");
	EQ(poll(&p, 1, 0), 0);
	HEARD("stop b\n", "stop(b) ");
	EQ(poll(&p, 1, 0), 0);
	control_dir_close(&dir);
	EQ(control_dir_fd(&dir), -1);
	OK(open_fifo() < 0);
}

static bool has(const char *name, const char *want)
{
	char *path = control_dir_file(folder, name);
	struct buf text = { 0 };
	bool found;
	bool good = file_read(path, &text, &found, &e) && found == (want != NULL) &&
	            (!want || slice_is(buf_slice(&text), want));

	buf_free(&text);
	free(path);
	return good;
}

static void the_status_is_replaced_when_it_has_changed(void)
{
	char *path = control_dir_file(folder, "status");

	OK(open_dir());
	control_dir_publish(&dir, SLICE("one\n"));
	OK(has("status", "one\n"));
	OK(unlink(path) == 0);
	control_dir_publish(&dir, SLICE("one\n"));
	OK(has("status", NULL));
	control_dir_publish(&dir, SLICE("two\n"));
	OK(has("status", "two\n"));
	control_dir_close(&dir);
	OK(has("status", NULL));
	OK(has("control", NULL));
	free(path);
}

/* A process that opens the folder and ends as the test says; its exit status is that of
 * control_dir_open. */
static int in_another_process(bool publish)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (!open_dir())
			_exit((int)e.status);
		if (publish)
			control_dir_publish(&dir, SLICE("old\n"));
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static void there_is_one_supervisor_and_the_second_is_told_who(void)
{
	char who[64];
	int64_t pid;

	OK(open_dir());
	EQ(in_another_process(false), STATUS_DEFERRED);
	OK(!control_dir_open(&(struct control_dir){ 0 }, &cli, folder, &calls, &e));
	snprintf(who, sizeof who, "another supervisor is there, process %lld", (long long)getpid());
	OK(strstr(e.text, who));
	OK(control_dir_is_used(folder, &pid));
	EQ(pid, getpid());
	/* The one that was refused has not taken anything away. */
	HEARD("stop a\n", "stop(a) ");
	control_dir_close(&dir);
	OK(!control_dir_is_used(folder, &pid));
	EQ(in_another_process(false), 0);
}

static void what_a_killed_one_has_left_is_taken_over(void)
{
	int64_t pid;

	EQ(in_another_process(true), 0);
	OK(has("status", "old\n"));
	OK(!control_dir_is_used(folder, &pid));
	OK(open_fifo() < 0);
	OK(open_dir());
	OK(has("status", NULL));
	HEARD("stop a\n", "stop(a) ");
	control_dir_publish(&dir, SLICE("new\n"));
	OK(has("status", "new\n"));
	control_dir_close(&dir);
}

static void what_cannot_be_used_is_refused(void)
{
	char *fifo = control_dir_file(folder, "control");
	struct err no;

	OK(!control_dir_open(&dir, &cli, "/dev/null", &calls, &no));
	EQ(no.status, STATUS_NO_CREATE);
	OK(!control_dir_open(&dir, &cli, "/nowhere/at/all", &calls, &no));
	SAME(slice_of(no.text), "--control: create /nowhere/at/all: No such file or directory");
	int fd = open(fifo, O_WRONLY | O_CREAT, 0600);
	close(fd);
	OK(!open_dir());
	EQ(e.status, STATUS_NO_CREATE);
	OK(strstr(e.text, "/control is no FIFO"));
	OK(access(fifo, F_OK) == 0);
	unlink(fifo);
	free(fifo);
}

int main(void)
{
	if (!mkdtemp(directory))
		return 1;
	snprintf(folder, sizeof folder, "%s/d", directory);
	RUN(lines_are_commands_and_records);
	RUN(a_line_may_come_in_pieces_and_from_several_writers);
	RUN(what_is_no_command_is_warned_of_and_does_no_harm);
	RUN(a_line_without_end_is_passed_over_in_bounded_memory);
	RUN(garbage_does_not_fill_the_log);
	RUN(without_a_use_for_records_they_are_garbage);
	RUN(writers_may_come_and_go);
	RUN(the_status_is_replaced_when_it_has_changed);
	RUN(there_is_one_supervisor_and_the_second_is_told_who);
	RUN(what_a_killed_one_has_left_is_taken_over);
	RUN(what_cannot_be_used_is_refused);
	scratch_remove(directory);
	buf_free(&heard);
	buf_free(&warned);
	return t_done();
}
