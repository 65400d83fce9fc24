/* What is before the loop and behind it, and what its parts ask for. The loop itself is in
 * supervise_loop.c, what it says in supervise_tell.c. */
#include "cli/supervise.h"

#include "base/mem.h"
#include "cli/supervise_state.h"
#include "codec/daemon_event.h"
#include "sys/child.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* As many descriptors as so many children: four are for its labels alone. */
enum { CHILDREN_A_DAEMON = 2 };

/* Who has the state file may have been stopped with it, and until we go on nobody restarts daemons
 * or hears that we are to end. Seconds: transactions take milliseconds. */
enum { LOCK_PATIENCE = 30 };

void supervise_add(struct supervise *s, const char *name, const struct daemon_policy *policy)
{
	s->daemons = mem_resize(s->daemons, (size_t)s->count + 1, sizeof *s->daemons);
	supervise_daemon_init(&s->daemons[s->count++], name, policy);
}

void supervise_attach(struct supervise *s, const struct supervise_part *part)
{
	assert(s->part_count < SUPERVISE_PARTS);
	s->parts[s->part_count++] = *part;
}

/* ---- opening ---- */

static bool find_commands(struct supervise *s, struct err *e)
{
	for (uint32_t i = 0; i < s->count; i++) {
		if (supervise_daemon_find(&s->daemons[i], e))
			continue;
		return s->count == 1 ? false : err_prefix(e, "%s", s->daemons[i].name);
	}
	return true;
}

/* As in sys/loop.c: what stops us is taken from a descriptor, unless it was ignored, and a
 * failed write says so by itself. */
static bool watch_signals(struct supervise *s, struct err *e)
{
	static const int told[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2 };
	sigset_t watched, blocked;

	sigemptyset(&watched);
	for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
		if (!sigismember(&s->ignored, told[i]))
			sigaddset(&watched, told[i]);
	blocked = watched;
	sigaddset(&blocked, SIGPIPE);
	sigaddset(&blocked, SIGXFSZ);
	sigaddset(&blocked, SIGTTOU);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	s->signals = signalfd(-1, &watched, SFD_NONBLOCK | SFD_CLOEXEC);
	return s->signals >= 0 || err_system(e, STATUS_OS, "signalfd");
}

static bool is_ours(void *user, pid_t pid)
{
	const struct supervise *s = user;

	for (uint32_t i = 0; i < s->count; i++)
		if (s->daemons[i].process.pid == pid)
			return true;
	return false;
}

/* When records go to standard output, what the daemons write there goes to standard error. */
static bool open_output(struct supervise *s, struct err *e)
{
	struct out *out = &s->labels.to[LABEL_OUT];

	label_open(&s->labels, cli_colored(s->cli, STDOUT_FILENO),
	           cli_colored(s->cli, STDERR_FILENO));
	if (!supervise_events_open(&s->output, s->cli, s->events, out, e))
		return false;
	for (uint32_t i = 0; s->label && i < s->count; i++)
		if (!label_add(&s->labels, s->daemons[i].name,
		               s->output.out ? LABEL_ERR : LABEL_OUT, e))
			return false;
	return true;
}

static void add_all(struct supervise *s)
{
	struct backoff_store *store = &s->trackers->store;

	supervisor_init(&s->supervisor, &store->set);
	for (uint32_t i = 0; i < s->count; i++) {
		const struct supervise_daemon *d = &s->daemons[i];
		slice name = buf_slice(&d->json);

		supervisor_add(&s->supervisor, d->policy, trackers_key(s->trackers, name), name);
	}
}

bool supervise_open(struct supervise *s, struct err *e)
{
	if (!daemon_event_may_use(s->key, e))
		return err_prefix(e, "--key");
	child_prepare(&s->ignored);
	child_room((uint64_t)s->count * CHILDREN_A_DAEMON, &s->files);
	s->orphans.is_ours = is_ours;
	s->orphans.user = s;
	/* A named pipe may have to wait for its reader: signals come last. */
	if (!find_commands(s, e) || !open_output(s, e) || !orphans_open(&s->orphans, e) ||
	    !watch_signals(s, e) || !supervise_input_open(&s->input, s->cli, e))
		return false;
	s->trackers->told = &s->told;
	s->trackers->store.patience = (span){ LOCK_PATIENCE * NS_PER_S };
	add_all(s);
	return true;
}

/* ---- closing ---- */

void supervise_close(struct supervise *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		supervise_daemon_free(&s->daemons[i]);
	free(s->daemons);
	s->daemons = NULL;
	s->count = 0;
	supervisor_free(&s->supervisor);
	orphans_close(&s->orphans);
	label_close(&s->labels);
	supervise_events_close(&s->output);
	if (s->signals > 0)
		close(s->signals);
	s->signals = 0;
	buf_free(&s->told);
	free(s->fds);
	s->fds = NULL;
	s->fds_room = 0;
}

/* ---- for the parts ---- */

bool supervise_find(const struct supervise *s, slice name, uint32_t *number)
{
	for (*number = 0; *number < s->count; ++*number)
		if (slice_is(name, s->daemons[*number].name))
			return true;
	return false;
}

void supervise_want(struct supervise *s, uint32_t i, bool up)
{
	supervise_begin(s);
	supervisor_want(&s->supervisor, i, up, s->now);
}

void supervise_restart(struct supervise *s, uint32_t i)
{
	supervise_begin(s);
	supervisor_restart(&s->supervisor, i, s->now);
}

bool supervise_take(struct supervise *s, enum relay_source source, const struct record *r,
                    bool *ours, const char **at, const char **what)
{
	*ours = false;
	for (uint32_t i = 0; i < s->part_count; i++) {
		const struct supervise_part *p = &s->parts[i];

		if (p->take && !p->take(p->user, source, r, ours, at, what))
			return false;
		if (*ours)
			break;
	}
	return true;
}

const struct backoff *supervise_tracker(const struct supervise *s, uint32_t i)
{
	const struct backoff_daemon *d = trackers_find(s->trackers, buf_slice(&s->daemons[i].json));

	return d ? &d->tracker : NULL;
}
