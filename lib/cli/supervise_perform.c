/* What the supervisor wants done, and what it hears of the processes. */
#include "cli/supervise_state.h"

#include <sys/wait.h>
#include <unistd.h>

static struct supervise_streams streams_of(const struct supervise *s, uint32_t i)
{
	struct supervise_streams streams = {
		.in = s->once ? STDIN_FILENO : -1,
		.out = s->output.out ? STDERR_FILENO : STDOUT_FILENO,
		.err = STDERR_FILENO,
	};

	if (s->label) {
		streams.out = label_fd(&s->labels, i, LABEL_OUT);
		streams.err = label_fd(&s->labels, i, LABEL_ERR);
	}
	return streams;
}

/* The only one there is cannot be executed from the start on: there is nothing to supervise. */
static bool is_hopeless(const struct supervise *s, uint32_t i)
{
	enum status status = s->daemons[i].failed.status;

	return s->count == 1 && s->supervisor.daemons[i].starts == 0 &&
	       (status == STATUS_NOT_FOUND || status == STATUS_NOT_EXECUTABLE);
}

/* A hold may have no length, and without this a replay of it would have no end. */
static void leave_instant_of(struct supervise *s, const struct supervise_daemon *d)
{
	if (!supervise_replays(s) || d->tried.ns != s->now.ns)
		return;
	clock_show(s->clock, instant_add(s->now, (span){ NS_PER_MS }));
	supervise_read_clock(s);
}

static void start(struct supervise *s, uint32_t i)
{
	struct supervise_daemon *d = &s->daemons[i];

	leave_instant_of(s, d);
	d->tried = s->now;
	s->stood = clock_monotonic();
	if (supervise_daemon_start(d, streams_of(s, i), &s->ignored, s->files)) {
		supervise_read_clock(s);
		supervisor_started(&s->supervisor, i, s->now);
		return;
	}
	bool hopeless = is_hopeless(s, i);
	supervisor_unstarted(&s->supervisor, i, s->now);
	if (hopeless) {
		s->status = cli_worse(s->status, (int)d->failed.status);
		supervise_stop(s);
	}
}

static void happened(struct supervise *s, const struct supervisor_effect *f)
{
	supervise_tell_event(s, f);
	for (uint32_t i = 0; i < s->part_count; i++)
		if (s->parts[i].happened)
			s->parts[i].happened(s->parts[i].user, f->daemon, f->event);
}

void supervise_perform(struct supervise *s, const struct supervisor_effect *f)
{
	switch (f->kind) {
	case SUPERVISOR_START:
		start(s, f->daemon);
		break;
	case SUPERVISOR_SIGNAL:
		s->stood = clock_monotonic();
		if (f->signal == SIGKILL)
			daemon_signal(&s->daemons[f->daemon].process, SIGKILL);
		else
			daemon_stop(&s->daemons[f->daemon].process, f->signal);
		break;
	case SUPERVISOR_EVENT:
		happened(s, f);
		break;
	case SUPERVISOR_HOLD:
		s->trackers->store.changed = true;
		supervise_tell_hold(s, f);
		break;
	}
}

static struct supervised_end end_of(int status)
{
	if (WIFSIGNALED(status))
		return (struct supervised_end){ .exit = -1, .signal = WTERMSIG(status) };
	return (struct supervised_end){ .exit = WEXITSTATUS(status) };
}

void supervise_serve_daemons(struct supervise *s, const struct pollfd *fds)
{
	for (uint32_t i = 0; i < s->count; i++, fds += DAEMON_WATCHED) {
		struct supervise_daemon *d = &s->daemons[i];

		if (!d->process.pid)
			continue;
		struct daemon_news news = daemon_serve(&d->process, fds);
		if (news.ready || news.ended)
			supervise_begin(s);
		if (news.ready)
			supervisor_ready(&s->supervisor, i, s->now);
		if (!news.ended)
			continue;
		s->cored = WIFSIGNALED(news.status) && WCOREDUMP(news.status);
		if (s->label)
			label_ended(&s->labels, i);
		supervisor_ended(&s->supervisor, i, end_of(news.status), s->now);
	}
}
