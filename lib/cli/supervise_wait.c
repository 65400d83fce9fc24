/* Waiting: for signals, input, output, daemons, and what else takes part. */
#include "base/mem.h"
#include "cli/supervise_state.h"

#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

/* ---- signals ---- */

static void take_signal(struct supervise *s, int signal)
{
	if (signal == SIGUSR1) {
		supervise_tell_all(s);
	} else if (signal == SIGUSR2) {
		for (uint32_t i = 0; i < s->count; i++)
			if (s->supervisor.daemons[i].state == SUPERVISED_WAITING)
				supervise_restart(s, i);
	} else {
		if (s->stops++ == 0)
			s->died_of = signal;
		supervise_stop(s);
	}
}

static void read_signals(struct supervise *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info)
		take_signal(s, (int)info.ssi_signo);
}

/* ---- waiting ---- */

/* The clock shows whole milliseconds: a wait for less would spin. */
static int64_t whole_ms(int64_t ns)
{
	if (ns <= 0 || ns == INT64_MAX)
		return ns < 0 ? 0 : ns;
	ns = tick_sum(ns, NS_PER_MS - 1);
	return ns - ns % NS_PER_MS;
}

static int64_t shorter(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Others may open a hold that we wait for, or close one that our readers should know of. */
static bool looks_again(const struct supervise *s)
{
	return s->trackers->store.path && (s->output.where || !supervise_runs(s));
}

/* Without what other processes and the parts may do. */
static int64_t own_patience(const struct supervise *s)
{
	if (!supervise_replays(s))
		return instant_until(s->now, supervise_deadline(s)).ns;
	int64_t left = instant_until(s->now, supervise_process_deadline(s)).ns;
	return left == INT64_MAX ? left : left - (clock_monotonic() - s->stood);
}

static const struct timespec *patience(const struct supervise *s, struct timespec *t)
{
	int64_t wait = whole_ms(own_patience(s));

	if (looks_again(s))
		wait = shorter(wait, NS_PER_S);
	for (uint32_t i = 0; i < s->part_count; i++) {
		const struct supervise_part *p = &s->parts[i];
		int ms = p->patience ? p->patience(p->user) : -1;

		if (ms >= 0)
			wait = shorter(wait, ms * NS_PER_MS);
	}
	if (wait == INT64_MAX)
		return NULL;
	*t = (struct timespec){ .tv_sec = wait / NS_PER_S, .tv_nsec = wait % NS_PER_S };
	return t;
}

enum { FD_SIGNALS, FD_INPUT, FD_ORPHANS, FD_EVENTS, FD_LABELS };

static uint32_t count_descriptors(struct supervise *s, uint32_t labels)
{
	uint32_t n = FD_LABELS + labels + DAEMON_WATCHED * s->count;

	for (uint32_t i = 0; i < s->part_count; i++) {
		const struct supervise_part *p = &s->parts[i];

		s->part_fds[i] = p->watched ? p->watched(p->user) : 0;
		n += s->part_fds[i];
	}
	if (n > s->fds_room) {
		s->fds_room = n * 2;
		s->fds = mem_resize(s->fds, s->fds_room, sizeof *s->fds);
	}
	return n;
}

static uint32_t watch(struct supervise *s, uint32_t labels)
{
	uint32_t n = count_descriptors(s, labels);
	int in = supervise_is_crowded(s) ? -1 : supervise_input_fd(&s->input);
	struct pollfd *fds = s->fds + FD_LABELS + labels;

	s->fds[FD_SIGNALS] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
	s->fds[FD_INPUT] = (struct pollfd){ .fd = in, .events = POLLIN };
	s->fds[FD_ORPHANS] = orphans_watch(&s->orphans);
	s->fds[FD_EVENTS] = supervise_events_watch(&s->output);
	label_watch(&s->labels, s->fds + FD_LABELS);
	for (uint32_t i = 0; i < s->count; i++, fds += DAEMON_WATCHED)
		daemon_watch(&s->daemons[i].process, fds);
	for (uint32_t i = 0; i < s->part_count; fds += s->part_fds[i++])
		if (s->part_fds[i])
			s->parts[i].watch(s->parts[i].user, fds);
	return n;
}

static void serve(struct supervise *s, uint32_t labels)
{
	const struct pollfd *fds = s->fds + FD_LABELS;

	if (s->fds[FD_SIGNALS].revents)
		read_signals(s);
	if (s->fds[FD_INPUT].revents)
		supervise_input_fill(&s->input);
	supervise_events_serve(&s->output, &s->fds[FD_EVENTS]);
	label_serve(&s->labels, fds);
	fds += labels;
	supervise_serve_daemons(s, fds);
	fds += DAEMON_WATCHED * s->count;
	for (uint32_t i = 0; i < s->part_count; fds += s->part_fds[i++])
		if (s->part_fds[i])
			s->parts[i].serve(s->parts[i].user, fds);
}

void supervise_wait(struct supervise *s)
{
	uint32_t labels = label_watched(&s->labels), n = watch(s, labels);
	struct timespec t;

	int ready = ppoll(s->fds, n, patience(s, &t), NULL);
	supervise_read_clock(s);
	if (supervise_replays(s))
		supervise_show_patience(s);
	if (ready >= 0) /* else EINTR: a stop and continue */
		serve(s, labels);
	orphans_serve(&s->orphans);
	if (trackers_stale(s->trackers))
		supervise_begin(s);
}

static bool is_written(const struct supervise *s)
{
	return label_is_written(&s->labels) && supervise_events_are_written(&s->output);
}

void supervise_drain(struct supervise *s)
{
	while (!is_written(s) && s->stops <= 2) {
		uint32_t labels = label_watched(&s->labels);

		watch(s, labels);
		s->fds[FD_INPUT].fd = -1; /* nobody takes it any more: it would be there for ever */
		int ready = ppoll(s->fds, FD_LABELS + labels, NULL, NULL);
		orphans_serve(&s->orphans);
		if (ready < 0)
			continue;
		if (s->fds[FD_SIGNALS].revents)
			read_signals(s);
		supervise_events_serve(&s->output, &s->fds[FD_EVENTS]);
		label_serve(&s->labels, s->fds + FD_LABELS);
	}
}
