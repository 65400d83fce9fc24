/* A client of make's jobserver: every token that was taken is put back, whatever happens. */
#include "scratch.h"
#include "sys/jobserver.h"
#include "t.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/meshq-jobserver-XXXXXX";

/* A server with these tokens. */
static void serve(int ends[2], const char *tokens)
{
	OK(pipe(ends) == 0);
	OK(write(ends[1], tokens, strlen(tokens)) == (ssize_t)strlen(tokens));
}

static void stop(const int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}

static int left(const int ends[2])
{
	int n = -1;

	ioctl(ends[0], FIONREAD, &n);
	return n;
}

static void tokens_are_taken_until_there_are_none(void)
{
	struct jobserver j;
	struct err e;
	int ends[2];

	serve(ends, "++");
	OK(jobserver_open(&j, ends[0], ends[1], &e));
	OK(jobserver_take(&j) && jobserver_take(&j) && !jobserver_take(&j));
	EQ(left(ends), 0);
	jobserver_keep(&j, 1);
	EQ(left(ends), 1);
	EQ(j.held, 1);
	jobserver_keep(&j, 5);
	EQ(left(ends), 1);
	jobserver_close(&j);
	EQ(left(ends), 2);
	jobserver_close(&j);
	stop(ends);
}

static void the_same_bytes_go_back(void)
{
	struct jobserver j;
	struct err e;
	char bytes[4] = "";
	int ends[2];

	serve(ends, "abc");
	OK(jobserver_open(&j, ends[0], ends[1], &e));
	while (jobserver_take(&j))
		;
	jobserver_close(&j);
	EQ(read(ends[0], bytes, 3), 3);
	OK(strchr(bytes, 'a') && strchr(bytes, 'b') && strchr(bytes, 'c'));
	stop(ends);
}

static void the_shared_descriptors_stay_as_they_are(void)
{
	struct jobserver j;
	struct err e;
	int ends[2];

	serve(ends, "");
	OK(jobserver_open(&j, ends[0], ends[1], &e));
	OK(!jobserver_take(&j));
	OK(!(fcntl(ends[0], F_GETFL) & O_NONBLOCK) && !(fcntl(ends[1], F_GETFL) & O_NONBLOCK));
	jobserver_close(&j);
	stop(ends);
}

static void what_is_no_pipe_is_no_jobserver(void)
{
	struct jobserver j;
	struct err e;
	int ends[2];

	serve(ends, "");
	int file = open("/dev/null", O_RDWR);
	OK(!jobserver_open(&j, -2, -2, &e));
	OK(strstr(e.text, "'+'") != NULL);
	OK(!jobserver_open(&j, ends[0], 999, &e));
	OK(!jobserver_open(&j, file, ends[1], &e));
	OK(!jobserver_open_fifo(&j, "/dev/null", &e));
	OK(!jobserver_open_fifo(&j, "/nowhere/at/all", &e));
	close(file);
	stop(ends);
}

static void a_fifo_does_as_well(void)
{
	struct jobserver j;
	struct err e;
	char path[sizeof folder + 8];

	snprintf(path, sizeof path, "%s/fifo", folder);
	OK(mkfifo(path, 0600) == 0);
	int server = open(path, O_RDWR);
	OK(write(server, "+", 1) == 1);
	OK(jobserver_open_fifo(&j, path, &e));
	OK(jobserver_take(&j) && !jobserver_take(&j));
	jobserver_close(&j);
	int ends[2] = { server, -1 };
	EQ(left(ends), 1);
	close(server);
}

enum ending { BY_EXIT, BY_SIGNAL, BY_STRANGER };

/* A process that has taken both tokens, and ends. Returns wait's status. */
static int end_with_tokens(int ends[2], enum ending ending, int number)
{
	static struct jobserver j;
	struct err e;
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		jobserver_open(&j, ends[0], ends[1], &e);
		jobserver_take(&j);
		jobserver_take(&j);
		/* Somebody else that has our memory must not put back what is ours. */
		if (ending == BY_STRANGER && fork() == 0)
			exit(0);
		if (ending == BY_SIGNAL)
			raise(number);
		if (ending == BY_STRANGER) {
			wait(NULL);
			_exit(left(ends)); /* still ours, and lost */
		}
		exit(3);
	}
	waitpid(child, &status, 0);
	return status;
}

static void an_exit_puts_them_back(void)
{
	int ends[2];

	serve(ends, "++");
	EQ(WEXITSTATUS(end_with_tokens(ends, BY_EXIT, 0)), 3);
	EQ(left(ends), 2);
	stop(ends);
}

static void a_deadly_signal_puts_them_back_and_is_still_deadly(void)
{
	static const int signals[] = { SIGQUIT, SIGABRT, SIGSYS, SIGXCPU, SIGALRM, SIGUSR2 };

	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		int ends[2];

		serve(ends, "++");
		int status = end_with_tokens(ends, BY_SIGNAL, signals[i]);
		OK(WIFSIGNALED(status));
		EQ(WTERMSIG(status), signals[i]);
		EQ(left(ends), 2);
		stop(ends);
	}
}

static void a_child_of_ours_does_not_put_back_what_is_ours(void)
{
	int ends[2];

	serve(ends, "++");
	EQ(WEXITSTATUS(end_with_tokens(ends, BY_STRANGER, 0)), 0);
	stop(ends);
}

int main(void)
{
	if (!mkdtemp(folder))
		return 1;
	RUN(tokens_are_taken_until_there_are_none);
	RUN(the_same_bytes_go_back);
	RUN(the_shared_descriptors_stay_as_they_are);
	RUN(what_is_no_pipe_is_no_jobserver);
	RUN(a_fifo_does_as_well);
	RUN(an_exit_puts_them_back);
	RUN(a_deadly_signal_puts_them_back_and_is_still_deadly);
	RUN(a_child_of_ours_does_not_put_back_what_is_ours);
	scratch_remove(folder);
	return t_done();
}
