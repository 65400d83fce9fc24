/* Children that somebody else's end waits for: limits, being told to end, what they leave. */
#include "sys/handlers.h"

#include "t.h"

#include <sys/wait.h>
#include <unistd.h>

enum { CAPTURE = 100 };

static int owner;

static bool start(struct handlers *h, const char *script, span limit)
{
	char *argv[] = { "sh", "-c", (char *)(uintptr_t)script, NULL };
	struct child_command command = { .path = "/bin/sh", .argv = argv, .environment = environ };
	struct err e;
	int code;

	child_prepare(&command.ignored);
	return handlers_start(h, &owner, &command, CAPTURE, limit, &code, &e);
}

static void serve_once(struct handlers *h)
{
	struct pollfd fds[3];
	span left = handlers_wait(h);
	int64_t ms = left.ns < 0 ? 0 : left.ns / NS_PER_MS + 1;

	handlers_watch(h, fds);
	poll(fds, 3, left.ns == INT64_MAX ? -1 : (int)ms);
	handlers_serve(h, fds);
}

static struct handler *serve(struct handlers *h)
{
	struct handler *ended;

	while (!(ended = handlers_take(h, false)))
		serve_once(h);
	return ended;
}

/* Until it has written something. */
static void hear(struct handlers *h)
{
	while (h->list[0]->child.out_tail.seen == 0)
		serve_once(h);
}

static slice out_of(const struct handler *r)
{
	return child_tail(&r->child.out_tail, CAPTURE);
}

static void without_input_stdin_is_dev_null(void)
{
	struct handlers h = { 0 };

	OK(start(&h, "readlink /proc/self/fd/0; cat", (span){ 0 }));
	struct handler *r = serve(&h);
	SAME(out_of(r), "/dev/null\n");
	EQ(r->status, 0);
	handlers_release(r);
	handlers_free(&h);
}

/* The process that the script has left in its group, by what it has printed. */
static pid_t leave(struct handlers *h)
{
	char text[CAPTURE + 1] = "";

	OK(start(h, "sleep 1000 & echo $!", (span){ 0 }));
	struct handler *r = serve(h);
	slice out = out_of(r);
	memcpy(text, out.p, out.n);
	EQ(r->status, 0);
	handlers_release(r);
	return (pid_t)strtol(text, NULL, 10);
}

/* It is dead, or will be as soon as the system gets to it; its new parent may leave it a zombie. */
static bool dies(pid_t pid)
{
	char name[64], line[64];

	snprintf(name, sizeof name, "/proc/%d/stat", (int)pid);
	for (;;) {
		FILE *f = fopen(name, "r");

		if (!f)
			return true;
		bool zombie = !fgets(line, sizeof line, f) || strstr(line, ") Z");
		fclose(f);
		if (zombie)
			return true;
	}
}

static void what_is_left_of_its_group_stays_unless_the_whole_is_to_end(void)
{
	struct handlers h = { 0 };
	pid_t stays = leave(&h);

	EQ(kill(stays, 0), 0);
	kill(stays, SIGKILL);
	h.whole = true;
	OK(dies(leave(&h)));
	handlers_free(&h);
}

static void a_limit_is_term_and_then_kill_and_it_is_overdue(void)
{
	struct handlers h = { .kill_after = { NS_PER_MS } };

	OK(start(&h, "trap '' TERM; while :; do sleep 1000; done", (span){ NS_PER_MS }));
	struct handler *r = serve(&h);
	OK(r->overdue);
	EQ(WTERMSIG(r->status), SIGKILL);
	handlers_release(r);
	handlers_free(&h);
}

static void told_to_end_is_term_and_then_kill_and_no_limit_has_struck(void)
{
	struct handlers h = { .kill_after = { NS_PER_MS } };

	OK(start(&h, "trap '' TERM; echo; while :; do sleep 1000; done", (span){ 0 }));
	hear(&h);
	handlers_end_all(&h, false);
	struct handler *r = serve(&h);
	OK(!r->overdue);
	EQ(WTERMSIG(r->status), SIGKILL);
	handlers_release(r);
	handlers_free(&h);
}

static void told_to_end_it_may_do_so_by_itself(void)
{
	struct handlers h = { .kill_after = { 3600 * NS_PER_S } };

	OK(start(&h, "trap 'echo bye; exit 3' TERM; echo; while :; do sleep 1000 & wait; done",
	         (span){ 0 }));
	hear(&h);
	handlers_end_all(&h, false);
	struct handler *r = serve(&h);
	OK(!r->overdue);
	EQ(WEXITSTATUS(r->status), 3);
	SAME(out_of(r), "\nbye\n");
	handlers_release(r);
	handlers_free(&h);
}

static void told_to_end_now_is_kill(void)
{
	struct handlers h = { .kill_after = { 3600 * NS_PER_S } };

	OK(start(&h, "trap '' TERM; echo; while :; do sleep 1000; done", (span){ 0 }));
	hear(&h);
	handlers_end_all(&h, false);
	handlers_end_all(&h, true);
	struct handler *r = serve(&h);
	OK(!r->overdue);
	EQ(WTERMSIG(r->status), SIGKILL);
	EQ(handlers_wait(&h).ns, INT64_MAX);
	handlers_release(r);
	handlers_free(&h);
}

int main(void)
{
	RUN(without_input_stdin_is_dev_null);
	RUN(what_is_left_of_its_group_stays_unless_the_whole_is_to_end);
	RUN(a_limit_is_term_and_then_kill_and_it_is_overdue);
	RUN(told_to_end_is_term_and_then_kill_and_no_limit_has_struck);
	RUN(told_to_end_it_may_do_so_by_itself);
	RUN(told_to_end_now_is_kill);
	return t_done();
}
