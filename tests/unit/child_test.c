/* A handler process: what it gets, what is kept of it, how it can end. */
#include "sys/child.h"

#include "t.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CAPTURE = 100 };

extern char **environ;

/* Serves the child as a driver does until it has ended; returns wait(2)'s status. */
static int serve(struct child *c)
{
	for (;;) {
		struct pollfd fds[3] = {
			{ c->pidfd, POLLIN, 0 },
			{ c->out, POLLIN, 0 },
			{ c->err, POLLIN, 0 },
		};
		int status;

		poll(fds, 3, -1);
		if (fds[0].revents) {
			child_reap(c, &status);
			return status;
		}
		if (fds[1].revents)
			child_read(c, fds[1].fd);
		if (fds[2].revents)
			child_read(c, fds[2].fd);
	}
}

/* As handlers of the loop are started. */
static bool early;

static bool start(struct child *c, const char *path, char *const *argv, slice input, int *code,
                  struct err *e)
{
	struct child_command command = {
		.path = path,
		.argv = argv,
		.environment = environ,
		.input = input,
		.early = early,
		.until_end = early,
	};
	child_prepare(&command.ignored);
	return child_start(c, &command, CAPTURE, code, e);
}

/* Runs a shell script to its end. */
static int shell(struct child *c, const char *script, slice input)
{
	char *argv[] = { "sh", "-c", (char *)(uintptr_t)script, NULL };
	int code;
	struct err e;

	if (!OK(start(c, "/bin/sh", argv, input, &code, &e)))
		return -1;
	return serve(c);
}

static slice out_of(const struct child *c)
{
	return child_tail(&c->out_tail, c->capture);
}

static slice err_of(const struct child *c)
{
	return child_tail(&c->err_tail, c->capture);
}

static void the_record_is_its_stdin_and_both_streams_are_kept(void)
{
	struct child c;
	int status = shell(&c, "cat; echo oops >&2; exit 3", SLICE("{\"kind\":\"a\"}\n"));

	OK(WIFEXITED(status));
	EQ(WEXITSTATUS(status), 3);
	SAME(out_of(&c), "{\"kind\":\"a\"}\n");
	SAME(err_of(&c), "oops\n");
	EQ(c.out_tail.seen, 13);
	child_free(&c);
}

static void an_empty_record_is_an_empty_stdin(void)
{
	struct child c;

	shell(&c, "wc -c", (slice){ 0 });
	SAME(out_of(&c), "0\n");
	child_free(&c);
}

static void a_megabyte_of_stdin_that_is_not_read_blocks_nobody(void)
{
	struct child c;
	char *big = calloc(1, 1 << 20);

	int status = shell(&c, "exec <&-; echo done", (slice){ big, 1 << 20 });
	EQ(status, 0);
	SAME(out_of(&c), "done\n");
	child_free(&c);
	status = shell(&c, "wc -c", (slice){ big, 1 << 20 });
	SAME(out_of(&c), "1048576\n");
	child_free(&c);
	free(big);
}

static void the_last_bytes_of_a_flood_are_kept(void)
{
	struct child c;
	int status = shell(&c, "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done",
	                   (slice){ 0 });

	EQ(status, 0);
	OK(c.out_tail.seen > 200000);
	slice kept = out_of(&c);
	EQ(kept.n, CAPTURE);
	OK(c.out_tail.kept.n <= 2 * CAPTURE);
	SAME(((slice){ kept.p + kept.n - 11, 11 }), "line 19999\n");
	child_free(&c);
}

static void count_lines(void *user, slice bytes)
{
	for (size_t i = 0; i < bytes.n; i++)
		*(int *)user += bytes.p[i] == '\n';
}

static void a_watcher_sees_all_of_stdout_and_nothing_else(void)
{
	char *argv[] = { "sh", "-c", "seq 50000; seq 10 >&2", NULL };
	int lines = 0, code;
	const struct child_watcher watcher = { .see = count_lines, .user = &lines };
	struct child_command command = {
		.path = "/bin/sh", .argv = argv, .environment = environ, .watcher = &watcher
	};
	struct child c;
	struct err e;

	child_prepare(&command.ignored);
	if (!OK(child_start(&c, &command, CAPTURE, &code, &e)))
		return;
	EQ(serve(&c), 0);
	EQ(lines, 50000);
	EQ(out_of(&c).n, CAPTURE);
	child_free(&c);
}

static void a_tail_is_exact_whatever_the_sizes_of_the_reads(void)
{
	struct child c;

	/* Each printf is a write of its own; a slow reader may see them together. */
	shell(&c, "for i in 1 2 3 4 5 6 7 8 9; do printf '%030d' $i; done", (slice){ 0 });
	char want[31 * 9 + 1] = "";
	for (int i = 1; i <= 9; i++)
		snprintf(want + strlen(want), 31, "%030d", i);
	SAME(out_of(&c), want + 270 - CAPTURE);
	child_free(&c);
}

static void a_signal_that_killed_it_is_in_the_status(void)
{
	struct child c;
	int status = shell(&c, "kill -9 $$", (slice){ 0 });

	OK(WIFSIGNALED(status));
	EQ(WTERMSIG(status), SIGKILL);
	child_free(&c);
}

static void it_is_over_when_the_process_is_though_a_grandchild_holds_the_pipes(void)
{
	struct child c;
	char fifo[] = "/tmp/meshq-child-XXXXXX";
	char script[200];

	OK(mkdtemp(fifo) != NULL);
	/* The grandchild lives until somebody opens the other end of the FIFO. */
	snprintf(script, sizeof script, "mkfifo %s/f; (cat %s/f) & echo left $!", fifo, fifo);
	int status = shell(&c, script, (slice){ 0 });
	EQ(status, 0);
	OK(slice_starts(out_of(&c), "left "));
	snprintf(script, sizeof script, "%s/f", fifo);
	close(open(script, O_WRONLY));
	unlink(script);
	rmdir(fifo);
	child_free(&c);
}

static void a_signal_reaches_its_whole_group(void)
{
	struct child c;
	/* The leader ends only when the inner shell has had a TERM of its own. */
	char *argv[] = { "sh", "-c",
		         "trap 'wait $!; exit 7' TERM;"
		         "sh -c 'trap \"echo inner; exit\" TERM; echo ready;"
		         "       tail -f /dev/null & wait $!' & wait $!",
		         NULL };
	int code;
	struct err e;

	if (!OK(start(&c, "/bin/sh", argv, (slice){ 0 }, &code, &e)))
		return;
	struct pollfd ready = { c.out, POLLIN, 0 };
	poll(&ready, 1, -1);
	child_read(&c, c.out);
	SAME(out_of(&c), "ready\n");
	EQ(getpgid(c.pid), c.pid);
	child_signal(&c, SIGTERM);
	int status = serve(&c);
	OK(WIFEXITED(status));
	EQ(WEXITSTATUS(status), 7);
	SAME(out_of(&c), "ready\ninner\n");
	child_free(&c);
}

static void ignored_signals_and_the_mask_do_not_leak_in(void)
{
	struct child c;
	sigset_t block, before;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	sigemptyset(&block);
	sigaddset(&block, SIGTERM);
	sigprocmask(SIG_BLOCK, &block, &before);
	shell(&c, "grep -E '^Sig(Blk|Ign)' /proc/self/status", (slice){ 0 });
	SAME(out_of(&c), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGUSR2, SIG_DFL);
	child_free(&c);
}

static void stray_descriptors_do_not_leak_in(void)
{
	struct child c;
	int stray = open("/dev/null", O_RDONLY); /* not close-on-exec */

	OK(stray > 2);
	/* `ls` itself opens one descriptor for the directory. */
	shell(&c, "ls /proc/self/fd", (slice){ 0 });
	SAME(out_of(&c), "0\n1\n2\n3\n");
	close(stray);
	child_free(&c);
}

static void the_reason_of_a_failed_exec_comes_back(void)
{
	struct child c;
	struct err e;
	int code = 0;
	char dir[] = "/tmp/meshq-child-XXXXXX";
	char path[64];
	char *argv[] = { "x", NULL };

	OK(!start(&c, "/nonexistent/x", argv, (slice){ 0 }, &code, &e));
	EQ(code, ENOENT);
	EQ(e.status, STATUS_NOT_FOUND);
	SAME(slice_of(e.text), "cannot execute /nonexistent/x: No such file or directory");

	OK(!start(&c, "/etc/passwd", argv, (slice){ 0 }, &code, &e));
	EQ(code, EACCES);
	EQ(e.status, STATUS_NOT_EXECUTABLE);

	OK(mkdtemp(dir) != NULL);
	snprintf(path, sizeof path, "%s/x", dir);
	FILE *f = fopen(path, "w");
	fputs("echo no interpreter line\n", f);
	fclose(f);
	chmod(path, 0700);
	OK(!start(&c, path, argv, (slice){ 0 }, &code, &e));
	EQ(code, ENOEXEC);
	EQ(c.pid, 0);
	unlink(path);
	rmdir(dir);
}

static void one_that_was_started_early_says_so_at_its_end(void)
{
	struct child c;
	struct err e;
	int code = 0;
	char *argv[] = { "x", NULL };

	early = true;
	OK(start(&c, "/nonexistent/x", argv, (slice){ 0 }, &code, &e));
	serve(&c);
	OK(child_failed(&c, &code, &e));
	EQ(code, ENOENT);
	EQ(e.status, STATUS_NOT_FOUND);
	SAME(slice_of(e.text), "cannot execute /nonexistent/x: No such file or directory");
	child_free(&c);

	shell(&c, "exit 127", (slice){ 0 });
	OK(!child_failed(&c, &code, &e));
	child_free(&c);
	early = false;
}

static void one_that_was_started_early_keeps_what_it_was_given(void)
{
	char path[] = "/bin/sh", word[] = "-c", script[] = "echo $1 $A $B", one[] = "one";
	char a[] = "A=a", b[] = "B=b", *argv[] = { path, word, script, one, one, NULL };
	char *environment[] = { a, b, NULL };
	struct child_command command = {
		.path = path,
		.argv = argv,
		.environment = environment,
		.fresh = 1,
		.early = true,
	};
	struct child c;
	struct err e;
	int code;

	child_prepare(&command.ignored);
	for (int i = 0; i < 50; i++) {
		OK(child_start(&c, &command, CAPTURE, &code, &e));
		path[5] = word[1] = script[0] = one[0] = a[0] = '?';
		argv[1] = environment[1] = NULL;
		serve(&c);
		SAME(out_of(&c), "one a b\n");
		child_free(&c);
		memcpy(path, "/bin/sh", sizeof path);
		word[1] = 'c', script[0] = 'e', one[0] = 'o', a[0] = 'A';
		argv[1] = word, environment[1] = b;
	}
}

static int open_descriptors(void)
{
	int n = 0;
	DIR *d = opendir("/proc/self/fd");

	while (d && readdir(d))
		n++;
	closedir(d);
	return n;
}

static void descriptors_and_zombies_do_not_pile_up(void)
{
	struct child c;
	struct err e;
	int code;
	char *argv[] = { "x", NULL };
	int before = open_descriptors();

	for (int i = 0; i < 50; i++) {
		shell(&c, i % 2 ? "echo a; echo b >&2" : "exec >&- 2>&-", SLICE("x"));
		child_free(&c);
		start(&c, "/nonexistent", argv, SLICE("x"), &code, &e);
	}
	EQ(open_descriptors(), before);
	EQ(waitpid(-1, NULL, WNOHANG), -1);
	EQ(errno, ECHILD);
}

static void no_room_for_descriptors_is_an_error_not_a_crash(void)
{
	enum { NEEDED = 6 }; /* two pipes, the record, the pidfd */
	struct child c;
	struct err e;
	int code = 0, n = 0, fds[100];
	char *argv[] = { "true", NULL };
	struct rlimit before, few;

	getrlimit(RLIMIT_NOFILE, &before);
	few = before;
	few.rlim_cur = 50;
	setrlimit(RLIMIT_NOFILE, &few);
	while (n < 100 && (fds[n] = dup(0)) >= 0)
		n++;
	for (int spare = 0; spare <= NEEDED; spare++) { /* fails at every step of the way */
		bool started = start(&c, "/bin/true", argv, SLICE("x"), &code, &e);

		EQ(started, spare == NEEDED);
		if (started) {
			serve(&c);
			child_free(&c);
		} else {
			EQ(code, EMFILE);
		}
		close(fds[--n]);
	}
	while (n > 0)
		close(fds[--n]);
	setrlimit(RLIMIT_NOFILE, &before);
}

static void commands_are_found_as_the_shell_finds_them(void)
{
	struct buf path = { 0 };
	int code = 0;

	OK(child_find("sh", &path, &code));
	SAME(slice_of(buf_text(&path) + path.n - 3), "/sh");
	OK(!child_find("no-such-command-here", &path, &code));
	EQ(code, ENOENT);
	OK(!child_find("", &path, &code));
	EQ(code, ENOENT);
	OK(!child_find("/etc/passwd", &path, &code));
	EQ(code, EACCES);
	OK(!child_find("/tmp", &path, &code));
	EQ(code, EACCES);
	OK(child_find("/bin/sh", &path, &code));
	SAME(buf_slice(&path), "/bin/sh");

	char *old = strdup(getenv("PATH"));
	setenv("PATH", "/nonexistent:/bin:/usr/bin", 1);
	OK(child_find("true", &path, &code));
	setenv("PATH", "/nonexistent", 1);
	OK(!child_find("true", &path, &code));
	setenv("PATH", old, 1);
	free(old);
	buf_free(&path);
}

static void both_ways(void)
{
	RUN(the_record_is_its_stdin_and_both_streams_are_kept);
	RUN(an_empty_record_is_an_empty_stdin);
	RUN(a_megabyte_of_stdin_that_is_not_read_blocks_nobody);
	RUN(the_last_bytes_of_a_flood_are_kept);
	RUN(a_watcher_sees_all_of_stdout_and_nothing_else);
	RUN(a_tail_is_exact_whatever_the_sizes_of_the_reads);
	RUN(a_signal_that_killed_it_is_in_the_status);
	RUN(it_is_over_when_the_process_is_though_a_grandchild_holds_the_pipes);
	RUN(a_signal_reaches_its_whole_group);
	RUN(ignored_signals_and_the_mask_do_not_leak_in);
	RUN(stray_descriptors_do_not_leak_in);
}

int main(void)
{
	both_ways();
	early = true;
	both_ways();
	early = false;
	RUN(the_reason_of_a_failed_exec_comes_back);
	RUN(one_that_was_started_early_says_so_at_its_end);
	RUN(one_that_was_started_early_keeps_what_it_was_given);
	RUN(descriptors_and_zombies_do_not_pile_up);
	RUN(no_room_for_descriptors_is_an_error_not_a_crash);
	RUN(commands_are_found_as_the_shell_finds_them);
	return t_done();
}
