/* What the tools share besides their options: which status counts, colour, and dying. */
#include "cli/cli.h"

#include "t.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void the_worse_status_counts_whichever_came_first(void)
{
	static const int rising[] = { STATUS_OK,       STATUS_SHORTFALL, STATUS_DATA,
		                      STATUS_NO_INPUT, STATUS_NO_CREATE, STATUS_IO,
		                      STATUS_OS,       STATUS_INTERNAL };
	int count = sizeof rising / sizeof rising[0];

	for (int i = 0; i < count; i++)
		for (int j = 0; j < count; j++)
			EQ(cli_worse(rising[i], rising[j]), rising[i > j ? i : j]);
}

static void colour_is_for_terminals_unless_told_otherwise(void)
{
	struct cli c = { .color = CLI_COLOR_AUTO };
	int p[2];

	OK(pipe(p) == 0);
	OK(!cli_colored(&c, p[1]));
	c.color = CLI_COLOR_ALWAYS;
	setenv("NO_COLOR", "1", 1);
	OK(cli_colored(&c, p[1])); /* an option says more than the environment */
	c.color = CLI_COLOR_NEVER;
	unsetenv("NO_COLOR");
	OK(!cli_colored(&c, p[1]));
	close(p[0]);
	close(p[1]);
}

/* How a child ended that blocked the signal, ignored it, and died of it. */
static int death_by(int signal_number)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		sigset_t all;
		sigfillset(&all);
		sigprocmask(SIG_BLOCK, &all, NULL);
		signal(signal_number, SIG_IGN);
		cli_die_of(signal_number);
	}
	OK(pid > 0 && waitpid(pid, &status, 0) == pid);
	return status;
}

static void a_tool_dies_of_the_signal_that_stopped_it(void)
{
	int status = death_by(SIGTERM);

	OK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	status = death_by(SIGINT);
	OK(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
	status = death_by(SIGCHLD); /* nobody dies of this one */
	OK(WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGCHLD);
}

int main(void)
{
	RUN(the_worse_status_counts_whichever_came_first);
	RUN(colour_is_for_terminals_unless_told_otherwise);
	RUN(a_tool_dies_of_the_signal_that_stopped_it);
	return t_done();
}
