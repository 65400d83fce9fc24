/* A supervised process: what it gets, what it is told, what is left of it. */
#include "sys/daemon.h"

#include "sys/child.h"
#include "t.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* What daemons write comes out of said[0]; it does not block there. */
static int said[2];

static struct daemon_command command_of(char **argv, const char *script)
{
	static char *standard[4] = { "sh", "-c" };
	struct daemon_command c = {
		.path = "/bin/sh",
		.argv = argv ? argv : standard,
		.environment = environ,
		.in = -1,
		.out = said[1],
		.err = 2,
		.pressure_fd = -1,
	};

	standard[2] = (char *)(uintptr_t)script;
	child_prepare(&c.ignored);
	return c;
}

static bool start(struct daemon *d, const struct daemon_command *c)
{
	struct err e = { 0 };
	int code;

	if (daemon_start(d, c, &code, &e))
		return true;
	printf("# %s\n", e.text);
	return OK(false);
}

static struct daemon_news turn(struct daemon *d)
{
	struct pollfd fds[DAEMON_WATCHED];

	daemon_watch(d, fds);
	poll(fds, DAEMON_WATCHED, -1);
	return daemon_serve(d, fds);
}

/* Until it has ended; returns wait(2)'s status. *readies: how often it was ready. */
static int serve(struct daemon *d, int *readies)
{
	for (;;) {
		struct daemon_news news = turn(d);

		if (readies)
			*readies += news.ready;
		if (news.ended)
			return news.status;
	}
}

/* What has been said, when there is a whole line of it; the next call forgets it. */
static slice hear(void)
{
	static char text[4096];
	size_t n = 0;

	do {
		struct pollfd p = { said[0], POLLIN, 0 };

		poll(&p, 1, -1);
		ssize_t got = read(said[0], text + n, sizeof text - n);
		if (got > 0)
			n += (size_t)got;
	} while (!n || text[n - 1] != '\n');
	return (slice){ text, n };
}

static int run(const char *script)
{
	struct daemon d = { 0 };
	struct daemon_command c = command_of(NULL, script);

	return start(&d, &c) ? serve(&d, NULL) : -1;
}

static void it_has_a_group_of_its_own_and_nothing_on_stdin(void)
{
	struct daemon d = { 0 };
	struct daemon_command c = command_of(NULL, "wc -c; ps -o pgid= $$; pwd; exit 3");

	c.directory = "/usr";
	if (!start(&d, &c))
		return;
	EQ(getpgid(d.pid), d.pid);
	int pid = d.pid, status = serve(&d, NULL), heard = -1;
	OK(WIFEXITED(status));
	EQ(WEXITSTATUS(status), 3);
	EQ(d.pid, 0);
	EQ(sscanf(hear().p, "0\n%d\n/usr\n", &heard), 1);
	EQ(heard, pid);
	daemon_free(&d);
}

static void the_mask_dispositions_and_descriptors_are_fresh(void)
{
	sigset_t block, before;
	int stray = open("/dev/null", O_RDONLY); /* not close-on-exec */

	signal(SIGUSR2, SIG_IGN);
	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	sigprocmask(SIG_BLOCK, &block, &before);
	EQ(run("grep -E '^Sig(Blk|Ign)' /proc/self/status"), 0);
	SAME(hear(), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGUSR2, SIG_DFL);
	run("ls /proc/self/fd"); /* which opens one itself */
	SAME(hear(), "0\n1\n2\n3\n");
	close(stray);
}

static void stdin_can_be_one_of_ours(void)
{
	struct daemon d = { 0 };
	struct daemon_command c = command_of(NULL, "cat");
	int ends[2];

	OK(pipe2(ends, O_CLOEXEC) == 0);
	c.in = ends[0];
	OK(write(ends[1], "hello\n", 6) == 6);
	close(ends[1]);
	if (start(&d, &c))
		EQ(serve(&d, NULL), 0);
	SAME(hear(), "hello\n");
	close(ends[0]);
}

static void one_that_reads_from_a_terminal_stays_in_our_group(void)
{
	struct daemon d = { 0 };
	struct daemon_command c = command_of(NULL, "read line; echo got $line");
	int ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (ours < 0 || unlockpt(ours) != 0)
		return; /* no terminals here */
	c.in = open(ptsname(ours), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (!OK(c.in >= 0) || !start(&d, &c))
		return;
	EQ(getpgid(d.pid), getpgrp());
	OK(write(ours, "hello\n", 6) == 6);
	EQ(serve(&d, NULL), 0);
	SAME(hear(), "got hello\n");
	if (!start(&d, &c))
		return;
	daemon_stop(&d, SIGTERM); /* it, and not us */
	EQ(serve(&d, NULL), SIGTERM);
	close(c.in);
	close(ours);
	daemon_free(&d);
}

static void stdout_and_stderr_can_be_the_other_one_of_ours(void)
{
	struct daemon d = { 0 };
	struct daemon_command c = command_of(NULL, "echo out; echo err >&2");
	int out = dup(1), err = dup(2), ends[2];
	char text[10] = "";

	OK(pipe2(ends, O_CLOEXEC) == 0);
	fflush(stdout);
	dup2(said[1], 1);
	dup2(ends[1], 2);
	c.out = 2;
	c.err = 1;
	bool started = start(&d, &c);
	if (started)
		serve(&d, NULL);
	dup2(out, 1);
	dup2(err, 2);
	OK(started);
	SAME(hear(), "err\n");
	EQ(read(ends[0], text, sizeof text), 4);
	SAME(slice_of(text), "out\n");
	close(out), close(err), close(ends[0]), close(ends[1]);
}

/* ---- readiness ---- */

static int readies_of(const char *script)
{
	struct daemon d = { 0 };
	struct daemon_command c = command_of(NULL, script);
	int n = 0;

	c.ready_fd = 3;
	if (start(&d, &c))
		serve(&d, &n);
	daemon_free(&d);
	return n;
}

static void a_line_on_its_descriptor_makes_it_ready(void)
{
	EQ(readies_of("echo >&3"), 1);
	EQ(readies_of("echo up >&3; exec 3>&-; kill -9 $$"), 1);
	EQ(readies_of("printf 'a\\nb\\nc\\n' >&3"), 1);
	EQ(readies_of("printf almost >&3"), 0);
	EQ(readies_of("printf al >&3; printf 'most\\n' >&3"), 1);
	EQ(readies_of("exec 3>&-; echo nothing >/dev/null"), 0);
	EQ(readies_of("seq 100000 | tr -d '\\n' >&3; echo >&3"), 1);
}

static void it_is_ready_while_it_runs_and_only_once(void)
{
	struct daemon d = { 0 };
	struct daemon_command c =
		command_of(NULL, "trap '' PIPE; echo >&3; echo >&3; exec tail -f /dev/null");

	c.ready_fd = 3;
	if (!start(&d, &c))
		return;
	struct daemon_news news = turn(&d);
	OK(news.ready);
	OK(!news.ended);
	EQ(d.ready, -1);
	daemon_stop(&d, SIGTERM);
	news = turn(&d);
	OK(!news.ready);
	OK(news.ended);
	daemon_free(&d);
}

static void whatever_numbers_are_wanted_there_are_had(void)
{
	/* Ours have all of these numbers too, in some of the rounds. */
	for (int i = 0; i < 60; i++) {
		int ready = 3 + i % 12, pressure = i % 5 ? 3 + (i * 7 + 1) % 13 : 0, n = 0;
		char script[300], *argv[] = { "perl", "-e", script, NULL };

		pressure += pressure == ready;
		snprintf(script, sizeof script,
		         "open(P, '<&=', %d); open(R, '>&=', %d); $_ = <P>; print; print R $_",
		         pressure, ready);
		struct daemon d = { 0 };
		struct daemon_command c = command_of(argv, NULL);
		c.path = "/usr/bin/perl";
		c.ready_fd = ready;
		c.pressure_fd = pressure;
		if (!start(&d, &c))
			return;
		daemon_press(&d, SLICE("a line\n"));
		EQ(serve(&d, &n), 0);
		EQ(n, 1);
		SAME(hear(), "a line\n");
		daemon_free(&d);
	}
}

/* ---- back-pressure ---- */

static void lines_of_back_pressure_reach_its_stdin(void)
{
	struct daemon d = { 0 };
	struct daemon_command c = command_of(NULL, "while read line; do echo got $line; done");

	c.pressure_fd = 0;
	if (!start(&d, &c))
		return;
	daemon_press(&d, SLICE("one\n"));
	SAME(hear(), "got one\n");
	daemon_press(&d, SLICE("two\n"));
	SAME(hear(), "got two\n");
	daemon_stop(&d, SIGKILL);
	serve(&d, NULL);
	daemon_press(&d, SLICE("three\n")); /* nobody is there */
	daemon_free(&d);
}

static void one_that_does_not_read_finds_the_latest_line_and_blocks_nobody(void)
{
	struct daemon d = { 0 };
	struct daemon_command c = command_of(
		NULL, "kill -STOP $$; while read line; do echo $line; done <&9 | tail -n 1");
	char line[100];

	c.pressure_fd = 9;
	if (!start(&d, &c))
		return;
	for (int i = 0; i <= 10000; i++) {
		snprintf(line, sizeof line, "line %d\n", i);
		daemon_press(&d, slice_of(line));
	}
	SAME(buf_slice(&d.waiting), "line 10000\n");
	while (waitid(P_PID, (id_t)d.pid, &(siginfo_t){ 0 }, WSTOPPED | WNOWAIT) < 0)
		;
	kill(d.pid, SIGCONT);
	while (d.waiting.n)
		turn(&d);
	close(d.pressure);
	d.pressure = -1;
	SAME(hear(), "line 10000\n");
	serve(&d, NULL);
	daemon_free(&d);
}

static void one_that_has_closed_its_descriptor_is_not_told_any_more(void)
{
	struct daemon d = { 0 };
	struct daemon_command c =
		command_of(NULL, "exec 4<&-; echo closed; exec tail -f /dev/null");

	c.pressure_fd = 4;
	if (!start(&d, &c))
		return;
	SAME(hear(), "closed\n");
	daemon_press(&d, SLICE("line\n"));
	EQ(d.pressure, -1);
	EQ(d.waiting.n, 0);
	daemon_press(&d, SLICE("line\n"));
	daemon_free(&d);
}

/* ---- its end ---- */

static void what_is_left_of_its_group_is_killed(void)
{
	int pid = -1, status = run("tail -f /dev/null >/dev/null & echo $!; exit 4");

	EQ(WEXITSTATUS(status), 4);
	EQ(sscanf(hear().p, "%d", &pid), 1);
	EQ(waitpid(pid, &status, 0), pid); /* we adopt here */
	OK(WIFSIGNALED(status));
	EQ(WTERMSIG(status), SIGKILL);
}

static void a_signal_reaches_one_that_has_left_its_group(void)
{
	/* It moves into the group of a child. */
	char script[] = "$p = fork // die; sleep 1000 if !$p; setpgrp($p, $p) or die;"
			"setpgrp(0, $p) or die; $| = 1; print \"$p\\n\"; sleep 1000";
	char *argv[] = { "perl", "-e", script, NULL };
	struct daemon d = { 0 };
	struct daemon_command c = command_of(argv, NULL);
	int pid = -1;

	c.path = "/usr/bin/perl";
	if (!start(&d, &c))
		return;
	EQ(sscanf(hear().p, "%d", &pid), 1);
	EQ(getpgid(d.pid), pid);
	daemon_signal(&d, SIGTERM);
	EQ(WTERMSIG(serve(&d, NULL)), SIGTERM);
	EQ(kill(pid, SIGKILL), 0); /* it is not for us to find that one: see orphans.h */
	EQ(waitpid(pid, NULL, 0), pid);
}

static void one_that_is_stopped_is_woken_to_end(void)
{
	struct daemon d = { 0 };
	struct daemon_command c = command_of(NULL, "trap 'exit 9' TERM; kill -STOP $$; exit 1");

	if (!start(&d, &c))
		return;
	while (waitid(P_PID, (id_t)d.pid, &(siginfo_t){ 0 }, WSTOPPED | WNOWAIT) < 0)
		;
	daemon_stop(&d, SIGTERM);
	EQ(WEXITSTATUS(serve(&d, NULL)), 9);
}

static void a_notice_goes_to_it_and_not_to_its_children(void)
{
	struct daemon d = { 0 };
	struct daemon_command c = command_of(
		NULL, "tail -f /dev/null & trap 'kill -0 $! && echo told; exit 0' USR1; echo ready;"
		      "while :; do wait; done");

	if (!start(&d, &c))
		return;
	SAME(hear(), "ready\n");
	daemon_notify(&d, SIGUSR1);
	EQ(serve(&d, NULL), 0);
	SAME(hear(), "told\n");
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static void it_dies_when_we_do(void)
{
	int pid = 0, status = 0;
	pid_t us = fork();

	if (us == 0) {
		struct daemon d = { 0 };
		struct daemon_command c = command_of(NULL, "echo $$; exec tail -f /dev/null");

		start(&d, &c);
		for (;;)
			pause();
	}
	sscanf(hear().p, "%d", &pid);
	kill(us, SIGKILL);
	EQ(waitpid(us, NULL, 0), us);
	EQ(waitpid(pid, &status, 0), pid);
	OK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

static void freeing_kills_it(void)
{
	struct daemon d = { 0 };
	struct daemon_command c = command_of(NULL, "trap '' TERM; echo $$; tail -f /dev/null; :");
	int pid = 0;

	if (!start(&d, &c))
		return;
	sscanf(hear().p, "%d", &pid);
	daemon_free(&d);
	daemon_free(&d);
	EQ(kill(pid, 0), -1);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

/* ---- what cannot be started ---- */

static void the_reason_of_a_failed_start_comes_back(void)
{
	struct daemon d = { 0 };
	struct daemon_command c = command_of(NULL, "true");
	struct err e;
	int code;

	c.path = "/nonexistent/x";
	OK(!daemon_start(&d, &c, &code, &e));
	EQ(code, ENOENT);
	EQ(e.status, STATUS_NOT_FOUND);
	SAME(slice_of(e.text), "cannot execute /nonexistent/x: No such file or directory");
	EQ(d.pid, 0);

	c = command_of(NULL, "true");
	c.directory = "/etc/passwd";
	OK(!daemon_start(&d, &c, &code, &e));
	EQ(code, ENOTDIR);
	SAME(slice_of(e.text), "cannot go to /etc/passwd: Not a directory");

	c = command_of(NULL, "true");
	c.ready_fd = 100000000;
	OK(!daemon_start(&d, &c, &code, &e));
	EQ(code, EBADF);
	OK(slice_starts(slice_of(e.text), "cannot execute /bin/sh with descriptor 100000000: "));
	daemon_free(&d);
}

static int open_descriptors(void)
{
	int n = 0;
	DIR *dir = opendir("/proc/self/fd");

	while (dir && readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void no_room_for_descriptors_is_an_error_and_none_is_lost(void)
{
	enum { MOST = 20 };
	struct rlimit before, few;
	int fds[100], n = 0, spare = 0;
	bool started = false;

	getrlimit(RLIMIT_NOFILE, &before);
	few = before;
	few.rlim_cur = 50;
	setrlimit(RLIMIT_NOFILE, &few);
	while (n < 100 && (fds[n] = dup(0)) >= 0)
		n++;
	for (; !started && spare < MOST; spare++) { /* fails at every step of the way */
		struct daemon d = { 0 };
		struct daemon_command c = command_of(NULL, "true");
		struct err e;
		int code = 0, room = n;

		c.ready_fd = 3;
		c.pressure_fd = 4;
		started = daemon_start(&d, &c, &code, &e);
		if (started)
			serve(&d, NULL);
		else
			EQ(code, EMFILE);
		while (room < 100 && (fds[room] = dup(0)) >= 0)
			room++;
		EQ(room - n, spare);
		while (room > n)
			close(fds[--room]);
		close(fds[--n]);
	}
	OK(started);
	while (n > 0)
		close(fds[--n]);
	setrlimit(RLIMIT_NOFILE, &before);
}

static void descriptors_and_zombies_do_not_pile_up(void)
{
	int before = open_descriptors();

	for (int i = 0; i < 30; i++) {
		struct daemon d = { 0 };
		struct daemon_command c = command_of(NULL, "echo >&5; exit 1");
		struct err e;
		int code;

		c.ready_fd = 5;
		c.pressure_fd = 6;
		c.path = i % 3 ? "/bin/sh" : "/nonexistent";
		if (daemon_start(&d, &c, &code, &e) && i % 3 == 1)
			serve(&d, NULL);
		daemon_free(&d);
	}
	EQ(open_descriptors(), before);
	EQ(waitpid(-1, NULL, WNOHANG), -1);
	EQ(errno, ECHILD);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (pipe2(said, O_CLOEXEC) != 0)
		return 1;
	RUN(it_has_a_group_of_its_own_and_nothing_on_stdin);
	RUN(the_mask_dispositions_and_descriptors_are_fresh);
	RUN(stdin_can_be_one_of_ours);
	RUN(one_that_reads_from_a_terminal_stays_in_our_group);
	RUN(stdout_and_stderr_can_be_the_other_one_of_ours);
	RUN(a_line_on_its_descriptor_makes_it_ready);
	RUN(it_is_ready_while_it_runs_and_only_once);
	RUN(whatever_numbers_are_wanted_there_are_had);
	RUN(lines_of_back_pressure_reach_its_stdin);
	RUN(one_that_does_not_read_finds_the_latest_line_and_blocks_nobody);
	RUN(one_that_has_closed_its_descriptor_is_not_told_any_more);
	RUN(what_is_left_of_its_group_is_killed);
	RUN(a_signal_reaches_one_that_has_left_its_group);
	RUN(one_that_is_stopped_is_woken_to_end);
	RUN(a_notice_goes_to_it_and_not_to_its_children);
	RUN(it_dies_when_we_do);
	RUN(freeing_kills_it);
	RUN(the_reason_of_a_failed_start_comes_back);
	RUN(no_room_for_descriptors_is_an_error_and_none_is_lost);
	RUN(descriptors_and_zombies_do_not_pile_up);
	return t_done();
}
