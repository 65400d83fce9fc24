#include "sys/worker.h"

#include "sys/clock.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
	READ_BLOCK = 1 << 16,
	READS_A_TURN = 4,     /* one flooding worker must not starve the loop */
	READS_AT_END = 32,    /* a pipe cannot hold more when its writer is gone */
	WRITE_SOON = 1 << 16, /* a pipe's fill */
};

bool worker_start(struct worker *w, struct child_command *command, size_t capture, int *code,
                  struct err *e)
{
	child_free(&w->child);
	command->feed = true;
	command->input = (slice){ 0 };
	w->sent = w->shown = 0;
	buf_clear(&w->to);
	buf_clear(&w->from);
	w->leaving = w->told = w->killed = false;
	w->deadline = INT64_MAX;
	w->fault = NULL;
	return child_start(&w->child, command, capture, code, e);
}

void worker_free(struct worker *w)
{
	int status;

	if (worker_runs(w)) {
		child_signal(&w->child, SIGKILL);
		child_reap(&w->child, &status);
	}
	child_free(&w->child);
	buf_free(&w->to);
	buf_free(&w->from);
	*w = (struct worker){ 0 };
}

/* ---- lines in ---- */

void worker_give(struct worker *w, slice line)
{
	if (w->sent && w->sent == w->to.n) {
		buf_clear(&w->to);
		w->sent = 0;
	}
	buf_add_slice(&w->to, line);
}

/* What has gone makes room when it is most of it. */
static void compact(struct worker *w)
{
	if (w->sent < WRITE_SOON || w->sent < w->to.n / 2)
		return;
	w->to.n -= w->sent;
	memmove(w->to.p, w->to.p + w->sent, w->to.n);
	w->sent = 0;
}

void worker_write(struct worker *w, span patience)
{
	while (w->child.in >= 0 && w->sent < w->to.n) {
		ssize_t n = write(w->child.in, w->to.p + w->sent, w->to.n - w->sent);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			child_close_in(&w->child);
			w->fault = "it closed its input";
			worker_leave(w, patience);
			break;
		}
		w->sent += (size_t)n;
	}
	compact(w);
}

/* ---- lines out ---- */

/* False: its stdout has ended. A short read has emptied the pipe. */
static bool read_some(struct worker *w, int reads)
{
	if (w->shown) {
		w->from.n -= w->shown;
		memmove(w->from.p, w->from.p + w->shown, w->from.n);
		w->shown = 0;
	}
	while (reads-- > 0) {
		ssize_t n = read(w->child.out, buf_reserve(&w->from, READ_BLOCK), READ_BLOCK);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 && errno == EAGAIN;
		w->from.n += (size_t)n;
		if (n < READ_BLOCK)
			break;
	}
	return true;
}

static void close_out(struct worker *w)
{
	close(w->child.out);
	w->child.out = -1;
}

void worker_read(struct worker *w, span patience)
{
	if (w->child.out < 0 || read_some(w, READS_A_TURN))
		return;
	close_out(w);
	if (!w->fault)
		w->fault = "it closed its output";
	worker_leave(w, patience);
}

bool worker_line(struct worker *w, slice *line)
{
	slice rest = worker_rest(w);
	const char *end = rest.n ? memchr(rest.p, '\n', rest.n) : NULL;

	if (!end)
		return false;
	*line = (slice){ rest.p, (size_t)(end - rest.p) };
	w->shown += line->n + 1;
	if (line->n && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

void worker_drop(struct worker *w)
{
	buf_clear(&w->from);
	w->shown = 0;
}

/* ---- the way out ---- */

static void soon(struct worker *w, span patience)
{
	w->deadline = tick_sum(clock_monotonic(), patience.ns);
}

void worker_leave(struct worker *w, span patience)
{
	if (!w->leaving)
		soon(w, patience);
	w->leaving = true;
}

/* One that is stopped is woken, or it could not end as TERM asks it to. */
void worker_tell(struct worker *w, int signal, span patience)
{
	w->leaving = true;
	if (!worker_runs(w) || w->killed || (w->told && signal == SIGTERM))
		return;
	w->told = true;
	w->killed = signal == SIGKILL;
	child_signal(&w->child, signal);
	if (signal == SIGTERM) {
		child_signal(&w->child, SIGCONT);
		soon(w, patience);
	} else {
		w->deadline = INT64_MAX;
	}
}

void worker_enforce(struct worker *w, span patience)
{
	if (worker_runs(w) && w->deadline != INT64_MAX && w->deadline <= clock_monotonic())
		worker_tell(w, w->told ? SIGKILL : SIGTERM, patience);
}

int64_t worker_wait(const struct worker *w)
{
	if (!worker_runs(w) || w->deadline == INT64_MAX)
		return INT64_MAX;
	return w->deadline - clock_monotonic();
}

void worker_watch(const struct worker *w, struct pollfd *fds)
{
	bool runs = worker_runs(w);

	fds[0] = (struct pollfd){ .fd = runs ? w->child.pidfd : -1, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = runs ? w->child.out : -1, .events = POLLIN };
	fds[2] = (struct pollfd){ .fd = runs ? w->child.err : -1, .events = POLLIN };
	fds[3] = (struct pollfd){ .fd = runs && worker_pending(w) ? w->child.in : -1,
		                  .events = POLLOUT };
}

void worker_reap(struct worker *w, int *status)
{
	if (w->child.out >= 0) {
		read_some(w, READS_AT_END);
		close_out(w);
	}
	if (w->told)
		child_signal(&w->child, SIGKILL);
	child_reap(&w->child, status);
}
