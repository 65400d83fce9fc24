/* Whether a process waits for a signal. */
#include "sys/heed.h"
#include "t.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void nothing(int signal)
{
	(void)signal;
}

static void one_that_does_not_know_a_signal_does_not_catch_it(void)
{
	signal(SIGUSR1, SIG_DFL);
	OK(!heed_catches(getpid(), SIGUSR1));
	signal(SIGUSR1, SIG_IGN);
	OK(!heed_catches(getpid(), SIGUSR1));
	signal(SIGUSR1, SIG_DFL);
}

static void one_that_has_a_handler_catches_its_signal_and_no_other(void)
{
	signal(SIGUSR2, nothing);
	OK(heed_catches(getpid(), SIGUSR2));
	OK(!heed_catches(getpid(), SIGUSR1));
	signal(SIGUSR2, SIG_DFL);
	OK(!heed_catches(getpid(), SIGUSR2));
}

static void one_that_fetches_blocked_signals_catches_them(void)
{
	sigset_t usr1, before;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, &before);
	OK(heed_catches(getpid(), SIGUSR1));
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static void the_last_signal_has_a_place_too(void)
{
	signal(SIGRTMAX, nothing);
	OK(heed_catches(getpid(), SIGRTMAX));
	OK(!heed_catches(getpid(), SIGRTMAX - 1));
	signal(SIGRTMAX, SIG_DFL);
}

static void one_that_blocks_a_signal_has_not_had_it_until_it_lets_it_in(void)
{
	sigset_t usr1, before;

	signal(SIGUSR1, nothing);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, &before);
	OK(heed_has_had(getpid(), SIGUSR1));
	kill(getpid(), SIGUSR1); /* to the process ... */
	OK(!heed_has_had(getpid(), SIGUSR1));
	OK(heed_has_had(getpid(), SIGUSR2));
	sigprocmask(SIG_SETMASK, &before, NULL);
	OK(heed_has_had(getpid(), SIGUSR1));
	sigprocmask(SIG_BLOCK, &usr1, &before);
	raise(SIGUSR1); /* ... and to its thread */
	OK(!heed_has_had(getpid(), SIGUSR1));
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGUSR1, SIG_DFL);
}

static void of_one_that_is_gone_nobody_can_say(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	OK(heed_catches(pid, SIGUSR1));
	OK(heed_has_had(pid, SIGUSR1));
}

int main(void)
{
	RUN(one_that_does_not_know_a_signal_does_not_catch_it);
	RUN(one_that_has_a_handler_catches_its_signal_and_no_other);
	RUN(one_that_fetches_blocked_signals_catches_them);
	RUN(the_last_signal_has_a_place_too);
	RUN(one_that_blocks_a_signal_has_not_had_it_until_it_lets_it_in);
	RUN(of_one_that_is_gone_nobody_can_say);
	return t_done();
}
