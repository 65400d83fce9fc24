#include "backoff_tool.h"
#include "cli/input.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

struct filter {
	struct backoff_tool *tool;
	struct trackers *trackers;
	struct input input;
	struct out out;
	struct record_reader *reader;
	uint32_t key_path;
};

/* ---- records ---- */

static bool is_event(slice kind, enum backoff_event *event)
{
	static const char *const kinds[] = {
		[BACKOFF_STARTED] = "daemon_started",
		[BACKOFF_EXITED] = "daemon_exited",
		[BACKOFF_CRASHED] = "daemon_crashed",
		[BACKOFF_FORCED] = "daemon_force_restart",
	};

	for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (slice_is(kind, kinds[i])) {
			*event = (enum backoff_event)i;
			return true;
		}
	return false;
}

static bool answer(struct filter *f, slice name, enum backoff_event event, instant now)
{
	if (!trackers_begin(f->trackers))
		return false;
	bool held = trackers_apply(f->trackers, name, event, now);

	if (held && (event == BACKOFF_STARTED || event == BACKOFF_EXITED))
		cli_detail(&f->tool->cli, "%s:%ju: %s while held: daemon %.*s", f->input.name,
		           (uintmax_t)f->input.lines.number,
		           event == BACKOFF_STARTED ? "started" : "exited", SLICE_ARG(name));
	return true;
}

static bool take(struct filter *f, const struct record *r)
{
	struct clock *clock = &f->tool->clock;
	enum backoff_event event;
	bool ours = is_event(r->kind, &event);
	slice name = r->found[f->key_path].text;

	if (ours && !name.p) {
		input_reject(&f->input, r, NULL, "%.*s without the member '%s' (see --key)",
		             SLICE_ARG(r->kind), f->tool->key);
		return true;
	}
	if (r->has_at)
		clock_show(clock, r->at);
	instant now = clock_now(clock);
	if (!trackers_release(f->trackers, now))
		return false;
	if (ours)
		return answer(f, name, event, now);
	buf_add_slice(&f->out.pending, r->line);
	buf_add_char(&f->out.pending, '\n');
	return true;
}

/* ---- the loop ---- */

/* What was decided is on the disk before anybody hears of it. */
static bool settle(struct filter *f)
{
	trackers_commit(f->trackers);
	return out_flush(&f->out);
}

/* Waits for input, or for the end of a hold when that comes first. */
static bool wait_for_input(struct filter *f)
{
	const struct clock *clock = &f->tool->clock;
	instant due = trackers_due(f->trackers);
	struct pollfd p = { .fd = input_fd(&f->input), .events = POLLIN };

	if (!clock->record && due.ns != INT64_MAX) {
		/* The clock shows whole milliseconds: a wait for less would spin. */
		int64_t ns = tick_sum(instant_until(clock_now(clock), due).ns, NS_PER_MS - 1);
		ns -= ns % NS_PER_MS;
		struct timespec wait = { ns / NS_PER_S, ns % NS_PER_S };
		if (ns <= 0 || ppoll(&p, 1, &wait, NULL) <= 0)
			return trackers_release(f->trackers, clock_now(clock));
	}
	input_fill(&f->input);
	return !trackers_stale(f->trackers) || trackers_begin(f->trackers);
}

static void work(struct filter *f)
{
	struct record r;

	for (;;)
		switch (input_next(&f->input, f->reader, &r)) {
		case INPUT_RECORD:
			if (!take(f, &r))
				return;
			if (!backoff_store_open(&f->trackers->store) && !out_commit(&f->out))
				return;
			break;
		case INPUT_MORE:
			if (!settle(f) || !wait_for_input(f))
				return;
			break;
		case INPUT_END:
			return;
		}
}

static int run(struct filter *f)
{
	struct cli *cli = &f->tool->cli;
	struct err e;

	if (!input_start(&f->input, cli, cli->operands, &e))
		return cli_fail(cli, &e);
	out_init(&f->out, STDOUT_FILENO);
	f->trackers->told = &f->out.pending;
	/* A file that cannot be used is known before the first record is read. */
	if (trackers_begin(f->trackers) && settle(f))
		work(f);
	trackers_commit(f->trackers);
	int status = cli_worse(f->trackers->status, input_finish(&f->input));
	if (!out_close(&f->out, "standard output", &e))
		status = cli_worse(status, cli_fail(cli, &e));
	return status;
}

int backoff_filter(struct backoff_tool *t)
{
	struct filter f = {
		.tool = t,
		.trackers = &t->trackers,
		.reader = record_reader_new(),
	};

	f.key_path = record_reader_add(f.reader, t->key);
	int status = run(&f);
	record_reader_free(f.reader);
	return status;
}
