/* meshq-backoff - decide when a daemon that crashed may be started again. See meshq-backoff(1). */
#include "cli/backoff_store.h"
#include "cli/input.h"
#include "codec/hold.h"
#include "codec/schedule.h"
#include "sys/clock.h"
#include "sys/entropy.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct backoff_tool {
	struct cli cli;
	struct input input;
	struct out out;
	struct clock clock;
	struct record_reader *reader;
	uint32_t key_path;
	struct hash_seed seed;
	struct hold_key hold_key;
	struct backoff_store store;
	bool save_failed; /* said once */
	int status;

	const char *key;
	const char *state;
	const char *check;
	uint64_t jitter_seed;
	bool seeded;
	span forget;
	uint64_t crashes;
	bool counted;
	span every;
	bool every_given;
	bool json, table;
};

static const struct opt_command command = {
	.name = "meshq-backoff",
	.summary = "decide when a daemon that crashed may be started again",
	.usage = "[OPTION]... [FILE]...\n"
		 "--check DAEMON --state FILE [OPTION]...\n"
		 "schedule [OPTION]... [DAEMON]...",
	.examples = "events | meshq-backoff | meshq-admit\n"
		    "meshq-backoff --state daemons.state < new-events.ndjson\n"
		    "meshq-backoff --check telemetry --state daemons.state && start telemetry\n"
		    "meshq-backoff schedule --preset robust -n 8",
};

/* ---- the trackers and their file ---- */

/* The latest that any tracker has seen. */
static instant latest_of(const struct backoff_set *s)
{
	instant latest = { INT64_MIN };

	for (uint32_t i = 0; i < backoff_set_count(s); i++)
		latest = instant_later(latest, backoff_set_at(s, i)->tracker.latest);
	return latest;
}

/* The trackers are as old as their latest instant at least. A record clock moves
 * on to it. A wall clock that lies well before it was set back, and the time in
 * between is unknown: none has passed, so all of them move back with the clock
 * instead of being held until it has caught up. */
static void set_time(struct backoff_tool *t)
{
	struct backoff_set *s = &t->store.set;
	instant latest = latest_of(s);

	clock_show(&t->clock, latest);
	span back = instant_until(latest, clock_now(&t->clock));
	if (back.ns > -60 * NS_PER_S)
		return;
	for (uint32_t i = 0; i < backoff_set_count(s); i++) {
		struct backoff_daemon *d = backoff_set_at(s, i);
		backoff_shift(&d->tracker, back);
		backoff_set_touch(s, d);
	}
	t->store.changed = true;
}

static void announce(struct backoff_tool *t, const struct backoff_daemon *d, enum hold_cause cause,
                     bool was_held, instant at)
{
	hold_add(&t->hold_key, (slice){ d->name, d->name_size }, &d->tracker, cause, was_held, at,
	         &t->out.pending);
}

/* Ends what is over at `now`, in order of time: holds of the set, and those that
 * we knew `before` the file was read and that somebody else has ended since. */
static void release_until(struct backoff_tool *t, struct backoff_set *before, instant now)
{
	struct backoff_set *set = &t->store.set;

	for (;;) {
		bool ours = !instant_after(backoff_set_due(set), backoff_set_due(before));
		struct backoff_daemon *d = backoff_set_release(ours ? set : before, now);
		if (!d)
			return;
		instant end = d->tracker.until;
		if (ours)
			t->store.changed = true;
		else
			d = backoff_set_find(set, d->key);
		if (d && d->tracker.state == BACKOFF_IDLE)
			announce(t, d, HOLD_RELEASED, false, end);
	}
}

/* Holds of an earlier run or of another process that are news to our readers, and
 * holds that somebody has opened before their time. */
static void announce_news(struct backoff_tool *t, const struct backoff_set *before, instant now)
{
	const struct backoff_set *s = &t->store.set;

	for (uint32_t i = 0; i < backoff_set_count(s); i++) {
		const struct backoff_daemon *d = backoff_set_at(s, i);
		const struct backoff_daemon *old = backoff_set_find(before, d->key);
		const struct backoff *is = &d->tracker, *was = old ? &old->tracker : NULL;
		bool held = is->state != BACKOFF_IDLE, was_held = was && was->state != BACKOFF_IDLE;

		if (held ? !was_held || was->state != is->state || was->until.ns != is->until.ns
		         : was_held)
			announce(t, d, HOLD_RESTORED, false, now);
	}
}

static bool begin(struct backoff_tool *t)
{
	struct backoff_set before;
	struct err e;
	bool news;

	if (!t->store.path || backoff_store_open(&t->store))
		return true;
	if (!backoff_store_begin(&t->store, &e) ||
	    !backoff_store_load(&t->store, &before, &news, &e)) {
		t->status = cli_worse(t->status, cli_fail(&t->cli, &e));
		return false;
	}
	if (news) {
		set_time(t);
		release_until(t, &before, clock_now(&t->clock));
		announce_news(t, &before, clock_now(&t->clock));
		backoff_set_free(&before);
	}
	return true;
}

/* A state that cannot be written does not stop the decisions. */
static void commit(struct backoff_tool *t)
{
	struct err e;

	if (backoff_store_commit(&t->store, &e))
		return;
	if (!t->save_failed)
		t->status = cli_worse(t->status, cli_fail(&t->cli, &e));
	t->save_failed = true;
}

/* ---- the filter ---- */

static bool release_due(struct backoff_tool *t, instant now)
{
	struct backoff_set none = { 0 };

	if (instant_after(backoff_set_due(&t->store.set), now))
		return true;
	if (!begin(t))
		return false;
	release_until(t, &none, now);
	return true;
}

/* Which event a record is, and the cause of the answer. */
static bool is_event(slice kind, enum backoff_event *event, enum hold_cause *cause)
{
	static const struct {
		const char *kind;
		enum hold_cause cause;
	} events[] = {
		[BACKOFF_STARTED] = { "daemon_started", HOLD_STARTED },
		[BACKOFF_EXITED] = { "daemon_exited", HOLD_EXITED },
		[BACKOFF_CRASHED] = { "daemon_crashed", HOLD_CRASHED },
		[BACKOFF_FORCED] = { "daemon_force_restart", HOLD_FORCED },
	};

	for (unsigned i = 0; i < sizeof events / sizeof events[0]; i++)
		if (slice_is(kind, events[i].kind)) {
			*event = (enum backoff_event)i;
			*cause = events[i].cause;
			return true;
		}
	return false;
}

static bool answer(struct backoff_tool *t, slice name, enum backoff_event event,
                   enum hold_cause cause, instant now)
{
	if (!begin(t))
		return false;
	struct backoff_daemon *d =
		backoff_set_get(&t->store.set, json_fingerprint(t->seed, name), name, now);
	bool held = backoff_set_apply(&t->store.set, d, event, now);
	bool opened = held && cause != HOLD_CRASHED;

	t->store.changed = true;
	if (opened && cause != HOLD_FORCED)
		cli_detail(&t->cli, "%s:%ju: %.*s while held: daemon %.*s", t->input.name,
		           (uintmax_t)t->input.lines.number,
		           SLICE_ARG(cause == HOLD_STARTED ? SLICE("started") : SLICE("exited")),
		           SLICE_ARG(name));
	hold_add(&t->hold_key, name, &d->tracker, cause, opened, now, &t->out.pending);
	return true;
}

static bool take(struct backoff_tool *t, const struct record *r)
{
	enum backoff_event event;
	enum hold_cause cause;
	bool ours = is_event(r->kind, &event, &cause);
	slice name = r->found[t->key_path].text;

	if (ours && !name.p) {
		input_reject(&t->input, r, NULL, "%.*s without the member '%s' (see --key)",
		             SLICE_ARG(r->kind), t->key);
		return true;
	}
	if (r->has_at)
		clock_show(&t->clock, r->at);
	instant now = clock_now(&t->clock);
	if (!release_due(t, now))
		return false;
	if (ours)
		return answer(t, name, event, cause, now);
	buf_add_slice(&t->out.pending, r->line);
	buf_add_char(&t->out.pending, '\n');
	return true;
}

/* What was decided is on the disk before anybody hears of it. */
static bool settle(struct backoff_tool *t)
{
	commit(t);
	return out_flush(&t->out);
}

/* Waits for input, or for the end of a hold when that comes first. */
static bool wait_for_input(struct backoff_tool *t)
{
	instant due = backoff_set_due(&t->store.set);
	struct pollfd p = { .fd = input_fd(&t->input), .events = POLLIN };

	if (!t->clock.record && due.ns != INT64_MAX) {
		/* The clock shows whole milliseconds: a wait for less would spin. */
		int64_t ns = tick_sum(instant_until(clock_now(&t->clock), due).ns, NS_PER_MS - 1);
		ns -= ns % NS_PER_MS;
		struct timespec wait = { ns / NS_PER_S, ns % NS_PER_S };
		if (ns <= 0 || ppoll(&p, 1, &wait, NULL) <= 0)
			return release_due(t, clock_now(&t->clock));
	}
	input_fill(&t->input);
	return !backoff_store_stale(&t->store) || begin(t);
}

static void filter(struct backoff_tool *t)
{
	struct record r;

	for (;;)
		switch (input_next(&t->input, t->reader, &r)) {
		case INPUT_RECORD:
			if (!take(t, &r))
				return;
			if (!backoff_store_open(&t->store) && !out_commit(&t->out))
				return;
			break;
		case INPUT_MORE:
			if (!settle(t) || !wait_for_input(t))
				return;
			break;
		case INPUT_END:
			return;
		}
}

static int run_filter(struct backoff_tool *t)
{
	struct err e;

	if (!input_start(&t->input, &t->cli, t->cli.operands, &e))
		return cli_fail(&t->cli, &e);
	out_init(&t->out, STDOUT_FILENO);
	/* A file that cannot be used is known before the first record is read. */
	if (begin(t) && settle(t))
		filter(t);
	commit(t);
	t->status = cli_worse(t->status, input_finish(&t->input));
	if (!out_close(&t->out, "standard output", &e))
		t->status = cli_worse(t->status, cli_fail(&t->cli, &e));
	return t->status;
}

/* ---- --check ---- */

/* The daemon that the argument names: JSON, or a bare word for a string. */
static bool parse_daemon(const char *text, struct buf *name, struct err *e)
{
	struct buf scratch = { 0 };
	struct json_error bad;
	slice value = json_text(&scratch, slice_of(text + strspn(text, " \t\n\r")));
	bool json = json_check(value, &bad);
	bool good = json || !(value.n && strchr("{[\"", *value.p));

	buf_clear(name);
	if (json)
		buf_add_slice(name, value);
	else if (good)
		json_add_string(name, value);
	else
		err_set(e, STATUS_USAGE, "--check: byte %zu: %s", bad.at + 1, bad.what);
	memset(buf_reserve(name, JSON_SLACK), 0, JSON_SLACK);
	buf_free(&scratch);
	return good;
}

static int run_check(struct backoff_tool *t)
{
	struct buf name = { 0 };
	struct backoff_set before;
	struct err e;
	bool news;

	bool good = parse_daemon(t->check, &name, &e);
	struct key key = good ? json_fingerprint(t->seed, buf_slice(&name)) : (struct key){ 0 };
	buf_free(&name);
	if (!good)
		return cli_usage(&t->cli, "%s", e.text);
	if (!backoff_store_load(&t->store, &before, &news, &e))
		return cli_fail(&t->cli, &e);
	if (news)
		backoff_set_free(&before);
	set_time(t);

	instant now = clock_now(&t->clock);
	const struct backoff_daemon *d = backoff_set_find(&t->store.set, key);
	if (!d || backoff_admissible(&d->tracker, now))
		return STATUS_OK;
	out_init(&t->out, STDOUT_FILENO);
	announce(t, d, HOLD_RESTORED, false, now);
	return out_close(&t->out, "standard output", &e) ? STATUS_DEFERRED : cli_fail(&t->cli, &e);
}

/* ---- schedule ---- */

static int run_schedule(struct backoff_tool *t)
{
	static char daemon[] = "daemon";
	char *standard[] = { daemon, NULL };
	char **daemons = t->cli.operands + 1;
	struct schedule s = {
		.policy = &t->cli.policy.backoff,
		.every = t->every,
		.crashes = t->crashes,
		.daemons = *daemons ? daemons : standard,
		.table = t->table || (!t->json && isatty(STDOUT_FILENO)),
		.rng = { t->jitter_seed },
	};
	struct err e;

	out_init(&t->out, STDOUT_FILENO);
	schedule_begin(&s, &t->out.pending);
	while (schedule_next(&s, &t->out.pending) && out_commit(&t->out))
		;
	backoff_free(&s.tracker);
	return out_close(&t->out, "standard output", &e) ? STATUS_OK : cli_fail(&t->cli, &e);
}

/* ---- the whole ---- */

static bool is_schedule(const struct backoff_tool *t)
{
	return t->cli.operands[0] && strcmp(t->cli.operands[0], "schedule") == 0;
}

/* Options that the command at hand would ignore are mistakes. */
static bool options_fit(const struct backoff_tool *t, struct err *e)
{
	bool schedule = is_schedule(t);

	if (t->json && t->table)
		return err_set(e, STATUS_USAGE, "--json or --table, not both");
	if (!schedule && (t->counted || t->every_given || t->json || t->table))
		return err_set(e, STATUS_USAGE,
		               "--count, --every, --json and --table belong to schedule");
	if (t->check && t->cli.operands[0])
		return err_set(e, STATUS_USAGE, "--check takes no operands");
	if (t->check && !t->state)
		return err_set(e, STATUS_USAGE, "--check needs --state FILE");
	return true;
}

static int run(struct backoff_tool *t)
{
	bool replay = t->cli.clock == CLI_CLOCK_RECORD;
	struct err e;

	if (!options_fit(t, &e))
		return cli_usage(&t->cli, "%s", e.text);
	if (is_schedule(t))
		return run_schedule(t);
	if (!hold_key_init(&t->hold_key, t->key, &e))
		return cli_usage(&t->cli, "--key: %s", e.text);
	t->reader = record_reader_new();
	t->key_path = record_reader_add(t->reader, t->key);
	t->seed = (struct hash_seed){ entropy_u64(), entropy_u64() };
	if (!t->seeded && !replay)
		t->jitter_seed = entropy_u64();
	clock_start(&t->clock, replay);
	backoff_store_init(&t->store, t->state, &t->cli.policy.backoff, t->seed, t->jitter_seed);
	t->store.set.forget = t->forget;
	return t->check ? run_check(t) : run_filter(t);
}

static void release(struct backoff_tool *t)
{
	backoff_store_free(&t->store);
	record_reader_free(t->reader);
	hold_key_free(&t->hold_key);
}

int main(int argc, char **argv)
{
	struct backoff_tool t = { .key = "daemon", .crashes = 10 };
	const struct opt own[] = {
		{ OPT_TEXT, 0, "key", "PATH", "the member that names the daemon (daemon)",
		  .value = &t.key },
		{ OPT_FILE, 0, "state", "FILE", "keep the trackers in FILE between runs",
		  .value = &t.state, .env = "MESHQ_BACKOFF_STATE" },
		{ OPT_TEXT, 0, "check", "DAEMON",
		  "answer by the exit status: 0 may be started, 75 not yet", .value = &t.check },
		{ OPT_DURATION, 0, "forget", "DURATION",
		  "drop daemons that were silent for so long (never)", .value = &t.forget },
		{ OPT_NUMBER, 0, "seed", "N", "of the jitter (from the system)",
		  .value = &t.jitter_seed, .given = &t.seeded },
		{ OPT_NUMBER, 'n', "count", "COUNT", "schedule: crashes to show (10)",
		  .value = &t.crashes, .given = &t.counted },
		{ OPT_DURATION, 0, "every", "DURATION", "schedule: from a start to the crash (0)",
		  .value = &t.every, .given = &t.every_given },
		{ OPT_FLAG, 0, "json", NULL, "schedule: NDJSON also on a terminal",
		  .value = &t.json },
		{ OPT_FLAG, 0, "table", NULL, "schedule: a table also off a terminal",
		  .value = &t.table },
		{ .type = OPT_END },
	};
	int status;

	if (!cli_start(&t.cli, &command, own, argc, argv, &status))
		return status;
	status = run(&t);
	release(&t);
	return cli_end(&t.cli, status);
}
