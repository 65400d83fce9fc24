/* What daemons leave behind, in whatever order who dies: nothing runs on, no zombie stays.
 *
 * All processes of a test hold the writing end of a pipe: when its end can be read, none is
 * left. */
#include "sys/orphans.h"

#include "base/rng.h"
#include "sys/child.h"
#include "sys/daemon.h"
#include "t.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	DAEMONS = 3,
	KNOWN = 1000,
	LIFE = 60, /* seconds, of one that a broken test leaves behind */
};

extern char **environ;

static const span PATIENCE = { 60 * NS_PER_S }; /* for machines that are very busy */

/* Where /proc has no lists of children. */
static bool scans;

static int held[2];  /* by all */
static int known[2]; /* pids are written here */

static void open_pipes(void)
{
	if (pipe2(held, O_CLOEXEC | O_NONBLOCK) || pipe2(known, O_CLOEXEC))
		abort();
}

static void close_pipes(void)
{
	close(held[0]);
	close(known[0]);
	close(known[1]);
}

static bool is_daemon(void *user, pid_t pid)
{
	const struct daemon *d = user;

	for (int i = 0; i < DAEMONS; i++)
		if (d[i].pid == pid)
			return true;
	return false;
}

static bool open_orphans(struct orphans *o, struct daemon *daemons)
{
	struct err e;

	*o = (struct orphans){ .is_ours = daemons ? is_daemon : NULL, .user = daemons };
	if (!OK(orphans_open(o, &e)))
		return false;
	o->scans = scans;
	return true;
}

static bool nobody_is_left(void)
{
	char c;

	close(held[1]);
	bool ended = read(held[0], &c, 1) == 0;
	return ended && waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD;
}

static pid_t told_pid(void)
{
	pid_t pid = 0;

	EQ(read(known[0], &pid, sizeof pid), sizeof pid);
	return pid;
}

static void tell_pid(void)
{
	pid_t pid = getpid();

	if (write(known[1], &pid, sizeof pid) < 0)
		_exit(1);
}

/* A process that leaves its parent, and so becomes ours; it runs `work`. */
static void leave(void (*work)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		if (fork() == 0) {
			setsid();
			work();
			_exit(0);
		}
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

_Noreturn static void wait_for_ever(void)
{
	alarm(LIFE);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	tell_pid();
	for (;;)
		pause();
}

static void end_at_once(void)
{
	tell_pid();
}

static void stop(void)
{
	tell_pid();
	kill(getpid(), SIGSTOP);
	wait_for_ever();
}

/* Until nobody below has anything to say: an end of the pipe would need us to close it. */
static void serve_until_gone(struct orphans *o, pid_t pid)
{
	while (kill(pid, 0) == 0) {
		struct pollfd p = orphans_watch(o);

		poll(&p, 1, -1);
		orphans_serve(o);
	}
}

static void an_orphan_that_ends_is_reaped(void)
{
	struct orphans o;

	open_pipes();
	if (!open_orphans(&o, NULL))
		return;
	for (int i = 0; i < 3; i++) {
		leave(end_at_once);
		serve_until_gone(&o, told_pid());
	}
	leave(wait_for_ever);
	pid_t pid = told_pid();
	orphans_serve(&o);
	EQ(kill(pid, SIGKILL), 0); /* it is still there */
	serve_until_gone(&o, pid);
	OK(nobody_is_left());
	orphans_close(&o);
	close_pipes();
}

static void the_status_of_a_daemon_is_not_stolen(void)
{
	struct daemon d[DAEMONS] = { 0 };
	struct orphans o;
	int status;

	open_pipes();
	if (!open_orphans(&o, d))
		return;
	d[0].pid = fork();
	if (d[0].pid == 0)
		_exit(5);
	siginfo_t info;
	EQ(waitid(P_PID, (id_t)d[0].pid, &info, WEXITED | WNOWAIT), 0);
	leave(end_at_once);
	pid_t pid = told_pid();
	orphans_serve(&o);
	EQ(waitpid(d[0].pid, &status, WNOHANG), d[0].pid);
	EQ(WEXITSTATUS(status), 5);
	d[0].pid = 0;
	orphans_serve(&o);
	serve_until_gone(&o, pid);
	OK(nobody_is_left());
	orphans_close(&o);
	close_pipes();
}

static void at_the_end_all_that_is_below_us_goes(void)
{
	struct orphans o;

	open_pipes();
	if (!open_orphans(&o, NULL))
		return;
	for (int i = 0; i < 5; i++) {
		leave(i % 2 ? wait_for_ever : stop);
		told_pid();
	}
	OK(orphans_end(&o, PATIENCE));
	OK(nobody_is_left());
	orphans_close(&o);
	close_pipes();
}

/* Each in a session of its own, each with a child. */
static void chain(void)
{
	for (int i = 0; i < 50; i++) {
		setsid();
		alarm(LIFE);
		if (fork())
			for (;;)
				pause();
	}
	wait_for_ever();
}

static void a_long_chain_goes_too(void)
{
	struct orphans o;

	open_pipes();
	if (!open_orphans(&o, NULL))
		return;
	if (fork() == 0)
		chain();
	told_pid();
	OK(orphans_end(&o, PATIENCE));
	OK(nobody_is_left());
	orphans_close(&o);
	close_pipes();
}

static void one_that_is_replaced_when_it_dies_goes_too(void)
{
	struct orphans o;

	open_pipes();
	if (!open_orphans(&o, NULL))
		return;
	if (fork() == 0) {
		setsid();
		alarm(LIFE);
		for (;;) {
			if (fork() == 0)
				wait_for_ever();
			wait(NULL);
		}
	}
	kill(told_pid(), SIGKILL);
	kill(told_pid(), SIGKILL);
	OK(orphans_end(&o, PATIENCE));
	OK(nobody_is_left());
	orphans_close(&o);
	close_pipes();
}

static void children_of_before_are_reaped_and_not_killed(void)
{
	struct orphans o;

	open_pipes();
	pid_t lives = fork();
	if (lives == 0)
		wait_for_ever();
	pid_t dies = fork();
	if (dies == 0)
		wait_for_ever();
	EQ(told_pid() + told_pid(), lives + dies);
	if (!open_orphans(&o, NULL))
		return;
	leave(wait_for_ever);
	told_pid();
	kill(dies, SIGKILL);
	serve_until_gone(&o, dies);
	OK(orphans_end(&o, PATIENCE));
	EQ(waitpid(lives, NULL, WNOHANG), 0);
	EQ(kill(lives, SIGKILL), 0);
	EQ(waitpid(lives, NULL, 0), lives);
	OK(nobody_is_left());
	orphans_close(&o);
	close_pipes();
}

/* ---- any order ---- */

/* A tree of processes that do as they like; each tells its pid. It has our pipes on stdout and
 * stderr. */
static const char TREE[] = "sub grow {"
			   "	my ($deep) = @_;"
			   "	alarm 60;"
			   "	setpgrp if 3 > rand 10;"
			   "	$SIG{TERM} = 'IGNORE' if 3 > rand 10;"
			   "	for (1 .. ($deep > 0 ? int rand 3 : 0)) {"
			   "		my $pid = fork;"
			   "		if (defined $pid && !$pid) { srand $$; grow($deep - 1) }"
			   "	}"
			   "	syswrite STDERR, pack('i', $$);"
			   "	kill STOP => $$ if 1 > rand 10;"
			   "	exit if 4 > rand 10;"
			   "	sleep 1000 while 1"
			   "}"
			   "srand shift; grow(3)";

/* A number may be that of a stranger by now. */
static bool is_of_the_test(pid_t pid)
{
	char path[64], mine[64] = "", its[64] = "";

	snprintf(path, sizeof path, "/proc/self/fd/%d", held[1]);
	if (readlink(path, mine, sizeof mine - 1) < 0)
		return false;
	snprintf(path, sizeof path, "/proc/%d/fd/1", pid);
	return readlink(path, its, sizeof its - 1) > 0 && strcmp(mine, its) == 0;
}

struct grove {
	struct daemon daemons[DAEMONS];
	struct orphans orphans;
	struct rng rng;
	pid_t known[KNOWN];
	uint32_t known_count;
	uint32_t ends;
};

static void start_tree(struct grove *g, struct daemon *d)
{
	char seed[32];
	char *argv[] = { "perl", "-e", (char *)(uintptr_t)TREE, seed, NULL };
	struct daemon_command c = {
		.path = "/usr/bin/perl",
		.argv = argv,
		.environment = environ,
		.in = -1,
		.out = held[1],
		.err = known[1],
		.ready_fd = 3,
		.pressure_fd = 0,
	};
	struct err e;
	int code;

	child_prepare(&c.ignored);
	snprintf(seed, sizeof seed, "%" PRIu32, (uint32_t)rng_next(&g->rng));
	if (!daemon_start(d, &c, &code, &e)) {
		printf("# %s\n", e.text);
		OK(false);
	}
}

/* One turn of a driver that has no patience. */
static void serve(struct grove *g)
{
	enum { WATCHED = DAEMONS * DAEMON_WATCHED };
	struct pollfd fds[WATCHED + 2];

	for (int i = 0; i < DAEMONS; i++)
		daemon_watch(&g->daemons[i], fds + i * DAEMON_WATCHED);
	fds[WATCHED] = orphans_watch(&g->orphans);
	fds[WATCHED + 1] = (struct pollfd){ known[0], POLLIN, 0 };
	poll(fds, WATCHED + 2, 1);
	for (int i = 0; i < DAEMONS; i++)
		g->ends += daemon_serve(&g->daemons[i], fds + i * DAEMON_WATCHED).ended;
	orphans_serve(&g->orphans);
	if (fds[WATCHED + 1].revents && g->known_count < KNOWN)
		g->known[g->known_count++] = told_pid();
}

static void kill_some(struct grove *g)
{
	static const int signals[] = { SIGKILL, SIGKILL, SIGTERM, SIGSTOP, SIGCONT };
	struct daemon *d = &g->daemons[rng_below(&g->rng, DAEMONS)];
	pid_t pid = g->known_count ? g->known[rng_below(&g->rng, g->known_count)] : 0;
	int signal = signals[rng_below(&g->rng, 5)];

	if (pid && is_of_the_test(pid))
		kill(pid, signal);
	if (rng_below(&g->rng, 8) == 0)
		daemon_signal(d, signal);
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

static bool try_grove(uint64_t seed)
{
	struct grove *g = calloc(1, sizeof *g);
	int before = open_descriptors();
	bool was = t_good;

	g->rng.state = seed;
	t_good = true;
	open_pipes();
	if (!open_orphans(&g->orphans, g->daemons))
		return false;
	for (int step = 0; step < 25; step++) {
		for (int i = 0; i < DAEMONS; i++)
			if (!g->daemons[i].pid && rng_below(&g->rng, 4) == 0)
				start_tree(g, &g->daemons[i]);
		serve(g);
		kill_some(g);
	}
	for (int i = 0; i < DAEMONS; i++)
		daemon_free(&g->daemons[i]);
	OK(orphans_end(&g->orphans, PATIENCE));
	OK(nobody_is_left());
	orphans_close(&g->orphans);
	close_pipes();
	EQ(open_descriptors(), before);
	free(g);
	bool good = t_good;
	t_good = was && good;
	return good;
}

static void nothing_is_left_in_whatever_order_they_die(void)
{
	uint64_t first = t_seed(1), count = t_seeds(4);

	for (uint64_t seed = first; seed < first + count; seed++)
		if (!try_grove(seed)) {
			t_again(seed);
			return;
		}
}

static void run_all(void)
{
	RUN(an_orphan_that_ends_is_reaped);
	RUN(the_status_of_a_daemon_is_not_stolen);
	RUN(at_the_end_all_that_is_below_us_goes);
	RUN(a_long_chain_goes_too);
	RUN(one_that_is_replaced_when_it_dies_goes_too);
	RUN(children_of_before_are_reaped_and_not_killed);
	RUN(nothing_is_left_in_whatever_order_they_die);
}

int main(void)
{
	run_all();
	scans = true;
	run_all();
	return t_done();
}
