#include "cli/recover_run.h"

#include "base/mem.h"
#include "codec/ending.h"
#include "codec/json.h"
#include "sys/clock.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	OUTPUT_MOST = 1 << 20,
	SAID_MOST = 4096,
	STREAMS = 3, /* what handlers_watch needs for one */
};

/* What is set for a handler, in this order. */
static const char *const variables[] = { "MESHQ_HANDLER", "MESHQ_PASS", "MESHQ_LEFT" };

enum { VARIABLES = sizeof variables / sizeof variables[0] };

/* ---- opening ---- */

static bool is_ours(const char *entry)
{
	size_t n = strcspn(entry, "=");

	for (int i = 0; i < VARIABLES; i++)
		if (slice_equal((slice){ entry, n }, slice_of(variables[i])))
			return true;
	return false;
}

/* The first VARIABLES places are for ours. */
static void inherit_environment(struct recover_run *r)
{
	size_t n = 0, to = VARIABLES;

	while (environ && environ[n])
		n++;
	r->environment = mem_zeroed(VARIABLES + n + 1, sizeof *r->environment);
	for (size_t i = 0; i < n; i++)
		if (!is_ours(environ[i]))
			r->environment[to++] = environ[i];
}

bool recover_run_open(struct recover_run *r, struct err *e)
{
	static const int stoppers[] = { SIGTERM, SIGINT, SIGHUP };
	sigset_t watched, blocked;

	*r = (struct recover_run){ .asked = r->asked, .user = r->user, .handlers.whole = true };
	child_prepare(&r->ignored);
	sigemptyset(&watched);
	sigaddset(&watched, SIGUSR1);
	for (size_t i = 0; i < sizeof stoppers / sizeof stoppers[0]; i++)
		if (!sigismember(&r->ignored, stoppers[i]))
			sigaddset(&watched, stoppers[i]);
	/* A failed write says so; the state has to be written all the same. */
	blocked = watched;
	sigaddset(&blocked, SIGPIPE);
	sigaddset(&blocked, SIGXFSZ);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	r->signals = signalfd(-1, &watched, SFD_NONBLOCK | SFD_CLOEXEC);
	if (r->signals < 0)
		return err_system(e, STATUS_OS, "signalfd");
	inherit_environment(r);
	return true;
}

void recover_run_close(struct recover_run *r)
{
	handlers_free(&r->handlers);
	if (r->signals > 0)
		close(r->signals);
	free(r->environment);
	buf_free(&r->words);
	*r = (struct recover_run){ 0 };
}

/* ---- signals ---- */

/* The first ends what runs as a timeout would, the second at once. */
static void take_signals(struct recover_run *r)
{
	struct signalfd_siginfo info;

	while (read(r->signals, &info, sizeof info) == (ssize_t)sizeof info) {
		if (info.ssi_signo == SIGUSR1) {
			r->asked(r->user);
			continue;
		}
		if (r->stops++ == 0)
			r->died_of = (int)info.ssi_signo;
		handlers_end_all(&r->handlers, r->stops > 1);
	}
}

bool recover_run_stopped(struct recover_run *r)
{
	take_signals(r);
	return r->stops > 0;
}

bool recover_run_wait(struct recover_run *r, span wait)
{
	int64_t until = tick_sum(clock_monotonic(), wait.ns);

	while (!recover_run_stopped(r)) {
		struct pollfd fd = { .fd = r->signals, .events = POLLIN };
		int64_t left = until - clock_monotonic();

		if (left <= 0)
			return true;
		struct timespec t = { left / NS_PER_S, left % NS_PER_S };
		ppoll(&fd, 1, &t, NULL);
	}
	return false;
}

bool recover_run_wait_for(struct recover_run *r, int fd)
{
	struct pollfd fds[] = { { r->signals, POLLIN, 0 }, { fd, POLLOUT, 0 } };

	if (r->stops < 2) {
		poll(fds, 2, -1);
		take_signals(r);
	}
	return r->stops < 2;
}

/* ---- a process ---- */

static void add_variables(struct recover_run *r, const char *name, const struct recover_told *told)
{
	struct buf *b = &r->words;

	buf_clear(b);
	buf_addf(b, "%s=%s", variables[0], name);
	buf_add_char(b, '\0');
	buf_addf(b, "%s=%ju", variables[1], (uintmax_t)told->pass);
	buf_add_char(b, '\0');
	buf_addf(b, "%s=", variables[2]);
	if (told->left != UINT64_MAX)
		buf_add_u64(b, told->left);
	buf_add_char(b, '\0');
	char *p = b->p;
	for (int i = 0; i < VARIABLES; i++, p += strlen(p) + 1)
		r->environment[i] = p;
}

static void wait_for_news(struct recover_run *r)
{
	struct pollfd fds[1 + STREAMS] = { { .fd = r->signals, .events = POLLIN } };
	span left = handlers_wait(&r->handlers);
	struct timespec t = { 0 };

	if (left.ns > 0)
		t = (struct timespec){ left.ns / NS_PER_S, left.ns % NS_PER_S };
	handlers_watch(&r->handlers, fds + 1);
	if (ppoll(fds, 1 + STREAMS, left.ns == INT64_MAX ? NULL : &t, NULL) < 0)
		return; /* EINTR: a stop and continue */
	if (fds[0].revents)
		take_signals(r);
	handlers_serve(&r->handlers, fds + 1);
}

/* Until it has ended. `flood`: it was told to end for writing too much. */
static struct handler *wait_for_end(struct recover_run *r, bool *flood)
{
	const struct child *c = &r->handlers.list[0]->child;
	struct handler *ended;

	while (!(ended = handlers_take(&r->handlers, false))) {
		wait_for_news(r);
		if (!*flood && r->handlers.count && c->out_tail.seen > OUTPUT_MOST) {
			*flood = true;
			handlers_end_all(&r->handlers, false);
		}
	}
	*flood |= ended->child.out_tail.seen > OUTPUT_MOST;
	return ended;
}

/* ---- judging ---- */

static void fail(struct recover_end *end, enum recovery_end how, const char *reason)
{
	end->how = how;
	buf_add_text(&end->reason, reason);
}

static void judge_status(struct recover_end *end, int status)
{
	if (WIFSIGNALED(status)) {
		end->how = RECOVERY_CRASH;
		end->signal = WTERMSIG(status);
	} else {
		end->exit = WEXITSTATUS(status);
		end->how = end->exit ? RECOVERY_EXIT : RECOVERY_OK;
	}
	if (end->how != RECOVERY_OK)
		ending_add_words(end->exit, end->signal, &end->reason);
}

static void judge(struct recover_end *end, const struct handler *h, bool flood)
{
	if (flood)
		fail(end, RECOVERY_CRASH, "more than 1 MiB of output");
	else if (h->overdue)
		fail(end, RECOVERY_TIMEOUT, "ended because its time was over");
	else
		judge_status(end, h->status);
}

static void keep_words(struct recover_end *end, const struct child *c)
{
	slice said = child_tail(&c->err_tail, SAID_MOST);

	buf_add_slice(&end->out, child_tail(&c->out_tail, c->capture));
	memset(buf_reserve(&end->out, JSON_SLACK), 0, JSON_SLACK);
	buf_add_slice(&end->said, said);
	end->cut = c->err_tail.seen > said.n;
}

static void not_started(struct recover_end *end, int code, const struct err *e)
{
	end->unmade = child_may_start(code);
	end->busy = code == ETXTBSY;
	fail(end, end->unmade ? RECOVERY_NOTHING : RECOVERY_CRASH, e->text);
}

void recover_run_one(struct recover_run *r, const struct recovery_policy *policy,
                     const struct recover_command *command, const char *verb,
                     const struct recover_told *told, struct recover_end *end)
{
	struct child_command c = {
		.path = command->path,
		.argv = command->argv,
		.environment = r->environment,
		.ignored = r->ignored,
		.death_signal = SIGKILL, /* nobody would watch over it */
	};
	bool flood = false;
	struct err e;
	int code;

	*end = (struct recover_end){ .exit = -1 };
	add_variables(r, command->name, told);
	command->argv[command->argc] = (char *)(uintptr_t)verb;
	r->handlers.kill_after = policy->kill_after;
	if (!handlers_start(&r->handlers, r, &c, OUTPUT_MOST, policy->timeout, &code, &e)) {
		not_started(end, code, &e);
		return;
	}
	struct handler *h = wait_for_end(r, &flood);
	end->stopped = r->stops > 0;
	keep_words(end, &h->child);
	judge(end, h, flood);
	handlers_release(h);
}

void recover_end_free(struct recover_end *end)
{
	buf_free(&end->reason);
	buf_free(&end->out);
	buf_free(&end->said);
}
