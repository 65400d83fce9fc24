/* What a process gets beyond its streams: descriptors, a directory, a signal when we die. */
#include "sys/spawn.h"

#include "t.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Each test runs both ways. */
static bool early;

static int open_null(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	int high = fcntl(fd, F_DUPFD_CLOEXEC, 20);

	close(fd);
	return high;
}

static bool start(struct spawn *s, struct spawn_early **e)
{
	*e = NULL;
	return early ? spawn_early(s, e) : spawn_wait(s);
}

static int end(struct spawn *s, struct spawn_early *e)
{
	int status = -1;

	waitpid(s->pid, &status, 0);
	close(s->pidfd);
	if (e)
		s->code = spawn_was(e)->code, s->lost = spawn_was(e)->lost;
	free(e);
	return status;
}

/* Runs a shell script with what *s says to its end; what it prints goes to `out`. */
static int shell(struct spawn *s, const char *script, char *out, size_t room)
{
	char *argv[] = { "sh", "-c", (char *)(uintptr_t)script, NULL };
	struct spawn_early *e;
	int ends[2], null = open_null(), status = -1;
	ssize_t n = 0;

	OK(pipe2(ends, O_CLOEXEC) == 0);
	int writer = fcntl(ends[1], F_DUPFD_CLOEXEC, 20);
	close(ends[1]);
	s->path = "/bin/sh";
	s->argv = argv;
	s->environment = environ;
	s->in = s->err = null;
	s->out = writer;
	bool started = start(s, &e);
	close(writer);
	close(null);
	if (started) {
		for (ssize_t got; (got = read(ends[0], out + n, room - 1 - (size_t)n)) > 0;)
			n += got;
		status = end(s, e);
	}
	out[n] = '\0';
	close(ends[0]);
	return status;
}

static void descriptors_are_passed_under_other_numbers(void)
{
	char out[100];
	int a[2], b[2];

	OK(pipe2(a, O_CLOEXEC) == 0 && pipe2(b, O_CLOEXEC) == 0);
	struct spawn s = {
		.passed = { { fcntl(a[1], F_DUPFD_CLOEXEC, 20), a[0] },
		            { fcntl(b[0], F_DUPFD_CLOEXEC, 20), 9 } },
		.passed_count = 2,
	};
	char script[100];
	OK(write(b[1], "in\n", 3) == 3);
	snprintf(script, sizeof script, "echo out >&%d; read x <&9; echo $x; ls /proc/self/fd",
	         a[0]);
	EQ(shell(&s, script, out, sizeof out), 0);
	/* Those and no others, and one that `ls` itself has open. */
	char want[100];
	snprintf(want, sizeof want, "in\n0\n1\n2\n%d\n%d\n9\n", a[0] < 4 ? a[0] : 3,
	         a[0] < 4 ? 4 : a[0]);
	SAME(slice_of(out), want);
	EQ(read(a[0], out, sizeof out), 4);
	for (int i = 0; i < 2; i++)
		close(a[i]), close(b[i]), close(s.passed[i].fd);
}

static void a_number_that_cannot_be_had_is_an_error(void)
{
	char out[100];
	struct spawn s = { .passed = { { 0, 1 << 30 } }, .passed_count = 1 };

	OK(shell(&s, "true", out, sizeof out) != 0);
	EQ(s.code, EBADF);
}

static void it_works_in_its_directory(void)
{
	char out[100];
	struct spawn s = { .directory = "/usr" };

	EQ(shell(&s, "pwd", out, sizeof out), 0);
	SAME(slice_of(out), "/usr\n");
}

static void a_directory_that_is_not_there_is_named(void)
{
	char out[100];
	struct err e;
	struct spawn s = { .directory = "/nonexistent" };

	OK(shell(&s, "pwd", out, sizeof out) != 0);
	EQ(s.code, ENOENT);
	OK(s.lost);
	OK(!spawn_refused(&s, &e));
	SAME(slice_of(e.text), "cannot go to /nonexistent: No such file or directory");
}

static void a_script_in_its_directory_without_an_interpreter_is_told_as_such(void)
{
	char dir[] = "/tmp/meshq-spawn-XXXXXX", path[64];
	char *argv[] = { "x", NULL };
	struct err e;
	struct spawn_early *was;

	OK(mkdtemp(dir) != NULL);
	snprintf(path, sizeof path, "%s/x", dir);
	FILE *f = fopen(path, "w");
	fputs("#!/nonexistent\n", f);
	fclose(f);
	chmod(path, 0700);
	int null = open_null();
	struct spawn s = { .path = "./x",
		           .argv = argv,
		           .environment = environ,
		           .directory = dir,
		           .in = null,
		           .out = null,
		           .err = null };
	if (start(&s, &was))
		end(&s, was);
	EQ(s.code, ENOENT);
	OK(!s.lost);
	OK(!spawn_refused(&s, &e));
	SAME(slice_of(e.text), "cannot execute ./x: its interpreter is not there");
	close(null);
	unlink(path);
	rmdir(dir);
}

/* A process of ours that starts one which must not outlive it, tells its pid, and waits. */
static pid_t start_parent(int tell)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	char *argv[] = { "tail", "-f", "/dev/null", NULL };
	int null = open_null();
	struct spawn_early *e;
	struct spawn s = { .path = "/usr/bin/tail",
		           .argv = argv,
		           .environment = environ,
		           .in = null,
		           .out = null,
		           .err = null,
		           .death_signal = SIGTERM };
	if (!start(&s, &e) || write(tell, &s.pid, sizeof s.pid) < 0)
		_exit(1);
	for (;;)
		pause();
}

static void it_gets_a_signal_when_we_are_killed(void)
{
	int ends[2], status = 0;
	pid_t child = 0;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	OK(pipe2(ends, O_CLOEXEC) == 0);
	pid_t parent = start_parent(ends[1]);
	EQ(read(ends[0], &child, sizeof child), sizeof child);
	kill(parent, SIGKILL);
	EQ(waitpid(parent, NULL, 0), parent);
	EQ(waitpid(child, &status, 0), child);
	/* Started early it may see that we are gone before it asks for the signal. */
	OK((WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) ||
	   (early && WIFEXITED(status) && WEXITSTATUS(status) == 127));
	close(ends[0]);
	close(ends[1]);
	prctl(PR_SET_CHILD_SUBREAPER, 0);
}

static void run_all(void)
{
	RUN(descriptors_are_passed_under_other_numbers);
	RUN(a_number_that_cannot_be_had_is_an_error);
	RUN(it_works_in_its_directory);
	RUN(a_directory_that_is_not_there_is_named);
	RUN(a_script_in_its_directory_without_an_interpreter_is_told_as_such);
	RUN(it_gets_a_signal_when_we_are_killed);
}

int main(void)
{
	run_all();
	early = true;
	run_all();
	return t_done();
}
