/* meshq-failures - keep, filter, count and replay failures. See meshq-failures(1). */
#include "base/mem.h"
#include "cli/failure_report.h"
#include "cli/input.h"
#include "codec/ledger_file.h"
#include "sys/clock.h"
#include "sys/epoch.h"
#include "sys/file.h"
#include "sys/follow.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

/* A shared ring is changed once for this many failures at most, so that reading
 * a great file does not write it anew for each. */
enum {
	BATCH = 16384,
	BATCH_BYTES = 16 * 1024 * 1024,
};

/* Options. */
struct wants {
	uint64_t room;
	uint64_t most;
	int by;
	bool sized;
	bool limited;
	bool json;
	bool table;
	bool actions;
};

struct failures {
	struct cli cli;
	struct wants want;
	struct input input;
	struct clock clock;
	struct record_reader *reader;
	struct failure_reader *failures;
	struct ledger *ledger;
	struct failure_report report;
	uint32_t room;

	struct failure **batch; /* read, but not in the ledger yet */
	uint32_t batched;
	size_t batch_bytes;

	const char *ring;        /* the file of a persistent ring, or NULL */
	bool ring_failed;        /* go on without it; it is as it was */
	const char *follow_path; /* the file to follow, or NULL */
	char *follow_files[2];
	struct follow follow;
	bool following; /* the operands have been read */
	bool live;      /* what was there has been printed: print as they come */

	int signals;
	int stopped;      /* the signal that ended the reading, or 0 */
	bool interrupted; /* the first ^C, which the producer got too */

	uint64_t skipped; /* records that are no failures */
	uint64_t known;   /* failures that had been read before */
	int status;
};

static const struct opt_command command = {
	.name = "meshq-failures",
	.summary = "keep, filter, count and replay the failures of meshq-exec",
	.usage = "[OPTION]... [FILE]...",
	.examples = "producer | meshq-exec -H handlers.d | meshq-failures\n"
		    "meshq-failures --by reason --since 1h exec.failures\n"
		    "meshq-failures --actions outcomes.ndjson | meshq-exec -H handlers.d",
};

static void worsen(struct failures *m, int status)
{
	m->status = cli_worse(m->status, status);
}

/* ---- the ledger ---- */

static void enter(struct failures *m, struct failure *f, instant now)
{
	struct ledger_news news = ledger_add(m->ledger, f);

	if (news.known) {
		m->known++;
	} else {
		if (m->live)
			failure_report_one(&m->report, m->ledger, &news, f, now);
		else if (news.evicted) /* not printed, but it counts */
			failure_report_evicted(&m->report, m->ledger, news.evicted, now);
	}
	free(news.evicted);
}

static bool parse_ring(struct failures *m, struct buf *text, struct err *e)
{
	struct json_error bad;
	uint64_t line = 0;

	buf_reserve(text, JSON_SLACK);
	struct ledger *l =
		ledger_file_read(buf_slice(text), m->room, ledger_own(m->ledger), &line, &bad);
	if (!l)
		return err_set(e, STATUS_DATA, "%s:%ju: byte %zu: %s", m->ring, (uintmax_t)line,
		               bad.at + 1, bad.what);
	ledger_inherit(l, m->ledger);
	ledger_free(m->ledger);
	m->ledger = l;
	return true;
}

static bool load_ring(struct failures *m, struct err *e)
{
	struct buf text = { 0 };
	bool found;
	bool good = file_read(m->ring, &text, &found, e) && parse_ring(m, &text, e);

	buf_free(&text);
	return good;
}

static bool store_ring(struct failures *m, struct err *e)
{
	struct buf text = { 0 };

	ledger_file_write(m->ledger, &text);
	bool good = file_replace(m->ring, buf_slice(&text), e);
	buf_free(&text);
	return good;
}

static void ring_trouble(struct failures *m, const struct err *e)
{
	worsen(m, cli_fail(&m->cli, e));
	m->ring_failed = true;
}

/* Everything that was read since the last time goes into the ledger; numbers are
 * given while the lock of a shared one is held, so they are in order (D-22). */
static void commit(struct failures *m, const struct gap *gap)
{
	bool shared = m->ring && !m->ring_failed;
	bool changes = m->batched || gap; /* looking needs no lock: the file is always whole */
	instant now = clock_now(&m->clock);
	struct err e;
	int lock = -1;

	if (shared && changes)
		lock = file_lock(m->ring, &e);
	if (shared && ((changes && lock < 0) || !load_ring(m, &e)))
		ring_trouble(m, &e);
	for (uint32_t i = 0; i < m->batched; i++)
		enter(m, m->batch[i], now);
	if (gap)
		ledger_add_gap(m->ledger, gap);
	if (shared && changes && !m->ring_failed && !store_ring(m, &e))
		ring_trouble(m, &e);
	if (lock >= 0)
		close(lock);
	m->batched = 0;
	m->batch_bytes = 0;
}

/* ---- reading ---- */

static void take(struct failures *m, const struct record *r)
{
	bool keep_action = m->report.form == FORM_ACTIONS || m->ring;
	struct failure_found found;

	failure_read(m->failures, r, clock_now(&m->clock), keep_action, &found);
	switch (found.kind) {
	case FAILURE_ONE:
		clock_show(&m->clock, found.failure->at);
		m->batch[m->batched++] = found.failure;
		m->batch_bytes += r->line.n;
		if (!m->ring || m->batched == BATCH || m->batch_bytes > BATCH_BYTES)
			commit(m, NULL);
		break;
	case FAILURE_GAP:
		commit(m, &found.gap);
		break;
	case FAILURE_BAD:
		input_reject(&m->input, r, found.bad.at, "%s", found.bad.what);
		break;
	case FAILURE_NONE:
		m->skipped++;
		break;
	}
}

/* A ^C reaches the whole pipeline. The producer ends by itself and still has
 * things to say, so the first one is for it. */
static void take_signal(struct failures *m)
{
	struct signalfd_siginfo info;
	struct stat st;

	if (read(m->signals, &info, sizeof info) != (ssize_t)sizeof info)
		return;
	bool from_pipe = input_fd(&m->input) == STDIN_FILENO && fstat(STDIN_FILENO, &st) == 0 &&
	                 S_ISFIFO(st.st_mode);
	if (info.ssi_signo == SIGINT && from_pipe && !m->following && !m->interrupted) {
		m->interrupted = true;
		cli_note(&m->cli, "waiting for the input to end; interrupt again to stop now");
		return;
	}
	m->stopped = (int)info.ssi_signo;
}

/* Before waiting: what was read takes effect, and readers of ours get it. */
static void settle(struct failures *m)
{
	bool first = m->following && !m->live && m->report.groups.by == BY_NOTHING;

	if (m->batched || first)
		commit(m, NULL);
	if (first) {
		failure_report_all(&m->report, m->ledger, clock_now(&m->clock));
		m->live = true;
	}
	out_flush(&m->report.out);
}

/* Waits until the input can be read. False: stopped. */
static bool wait_for_input(struct failures *m)
{
	struct pollfd p[2] = {
		{ .fd = input_fd(&m->input), .events = POLLIN },
		{ .fd = m->signals, .events = POLLIN },
	};

	if (poll(p, 2, 0) == 0)
		settle(m);
	while (!m->stopped && m->report.out.failure == 0) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return false;
		if (p[1].revents)
			take_signal(m);
		else if (p[0].revents)
			return true;
	}
	return false;
}

/* Waits until the followed file has more or is over, which reading will show.
 * False: stopped. */
static bool wait_for_file(struct failures *m)
{
	struct pollfd p = { .fd = m->signals, .events = POLLIN };

	while (!m->stopped && m->report.out.failure == 0) {
		switch (follow_look(&m->follow, input_fd(&m->input))) {
		case FOLLOW_GROWN:
		case FOLLOW_OVER:
			return true;
		case FOLLOW_SHRUNK:
			cli_note(&m->cli, "%s was cut: reading it from its start", m->follow_path);
			return true;
		case FOLLOW_STREAM:
			return wait_for_input(m);
		case FOLLOW_SAME:
		case FOLLOW_ABSENT:
			break;
		}
		settle(m);
		follow_wait(&m->follow, &p);
		if (p.revents)
			take_signal(m);
	}
	return false;
}

/* What cannot be read now will not get better by trying again. */
static bool input_is_good(const struct failures *m)
{
	return m->input.status == STATUS_OK || (m->input.status == STATUS_DATA && !m->cli.strict);
}

/* Standard input, a pipe, a terminal: when it has ended, it has ended. */
static bool is_stream(const char *path)
{
	struct stat st;

	return strcmp(path, "-") == 0 || (stat(path, &st) == 0 && !S_ISREG(st.st_mode));
}

/* After the last file: the followed one, or the one that took its place. */
static bool follow_on(struct failures *m)
{
	bool stream = is_stream(m->follow_path);

	if (!input_is_good(m) || (stream && m->following))
		return false;
	if (!m->following) {
		m->following = true;
		follow_start(&m->follow, m->follow_path);
	}
	if (!stream && follow_look(&m->follow, -1) == FOLLOW_ABSENT)
		cli_note(&m->cli, "waiting for %s to appear", m->follow_path);
	if (!stream && !wait_for_file(m))
		return false;
	input_again(&m->input, m->follow_files);
	return true;
}

static void read_all(struct failures *m)
{
	struct record r;

	while (!m->stopped && m->report.out.failure == 0) {
		switch (input_next(&m->input, m->reader, &r)) {
		case INPUT_RECORD:
			take(m, &r);
			break;
		case INPUT_MORE:
			if (!(m->following ? wait_for_file(m) : wait_for_input(m)))
				return;
			input_fill(&m->input);
			break;
		case INPUT_END:
			if (!m->follow_path || !follow_on(m))
				return;
			break;
		}
	}
}

/* ---- start and end ---- */

static void catch_signals(struct failures *m)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction old;
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaddset(&set, numbers[i]);
	m->signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (m->signals >= 0)
		sigprocmask(SIG_BLOCK, &set, NULL);
}

/* A ring alone is looked at; at a terminal nobody wants to type records. */
static bool start_input(struct failures *m, struct err *e)
{
	bool nothing = !*m->cli.operands && (m->follow_path || (m->ring && isatty(STDIN_FILENO)));

	if (!input_start(&m->input, &m->cli, m->cli.operands, e))
		return false;
	m->input.finished = nothing;
	return true;
}

static enum failure_form form_of(const struct failures *m)
{
	if (m->want.actions)
		return FORM_ACTIONS;
	if (m->want.json || m->want.table)
		return m->want.json ? FORM_JSON : FORM_TABLE;
	return isatty(STDOUT_FILENO) ? FORM_TABLE : FORM_JSON;
}

static bool prepare(struct failures *m, struct err *e)
{
	char epoch[EPOCH_TEXT];

	uint64_t room = m->want.sized ? m->want.room : m->cli.policy.failures.ring;

	if (room > UINT32_MAX)
		return err_set(e, STATUS_USAGE, "-n: at most %ju", (uintmax_t)UINT32_MAX);
	if (!failure_report_start(&m->report, &m->cli, form_of(m), (enum failure_by)m->want.by,
	                          e) ||
	    !start_input(m, e))
		return false;
	epoch_make(epoch);
	m->room = (uint32_t)room;
	m->ledger = ledger_new(m->room, slice_of(epoch));
	m->reader = record_reader_new();
	m->failures = failure_reader_new(m->reader);
	m->batch = mem_zeroed(BATCH, sizeof(struct failure *));
	m->follow_files[0] = (char *)(uintptr_t)m->follow_path;
	clock_start(&m->clock, m->cli.clock == CLI_CLOCK_RECORD);
	catch_signals(m);
	return true;
}

/* Prints what has not been printed as it came. */
static void conclude(struct failures *m)
{
	if (m->batched || !m->live)
		commit(m, NULL);
	if (!m->live)
		failure_report_all(&m->report, m->ledger, clock_now(&m->clock));
	failure_report_end(&m->report);
	cli_detail(&m->cli, "%ju records: %ju no failures, %ju bad, %ju failures told before",
	           (uintmax_t)m->input.records, (uintmax_t)m->skipped, (uintmax_t)m->input.rejected,
	           (uintmax_t)m->known);
}

static void judge(struct failures *m)
{
	if (m->report.actionless) {
		cli_warn(&m->cli,
		         "--actions: %ju failures come without their action; only outcome records "
		         "have it",
		         (uintmax_t)m->report.actionless);
		worsen(m, STATUS_SHORTFALL);
	}
	if (m->want.limited && m->report.wanted > m->want.most) {
		cli_note(&m->cli, "%ju failures, more than %ju", (uintmax_t)m->report.wanted,
		         (uintmax_t)m->want.most);
		worsen(m, STATUS_SHORTFALL);
	}
}

static void release(struct failures *m)
{
	ledger_free(m->ledger);
	failure_report_free(&m->report);
	failure_reader_free(m->failures);
	record_reader_free(m->reader);
	follow_end(&m->follow);
	free(m->batch);
}

static int run(struct failures *m)
{
	struct err e;

	if (m->want.json + m->want.table + m->want.actions > 1)
		return cli_usage(&m->cli, "--json, --table and --actions exclude each other");
	if (m->want.actions && m->want.by != BY_NOTHING)
		return cli_usage(&m->cli, "--actions and --by exclude each other");
	if (!prepare(m, &e))
		return cli_fail(&m->cli, &e);
	read_all(m);
	conclude(m);
	worsen(m, input_finish(&m->input));
	if (!out_close(&m->report.out, "standard output", &e))
		worsen(m, cli_fail(&m->cli, &e));
	judge(m);
	return m->status;
}

int main(int argc, char **argv)
{
	static const char *const groupings[] = {
		"none", "kind", "reason", "source", "status", NULL
	};
	struct failures m = { .signals = -1 };
	const struct opt own[] = {
		{ OPT_NUMBER, 'n', "ring-size", "N",
		  "keep the last N failures (failures.ring: 256)", .value = &m.want.room,
		  .given = &m.want.sized },
		{ OPT_TEXT, 0, "since", "WHEN",
		  "only those after number SEQ or EPOCH:SEQ, or of the last 10m",
		  .value = &m.report.filter.since_text },
		{ OPT_LIST, 0, "kind", "KIND", "only failures of this kind of action",
		  .value = &m.report.filter.kinds },
		{ OPT_LIST, 0, "status", "STATUS", "only failed, gated, expired or unfinished",
		  .value = &m.report.filter.statuses },
		{ OPT_LIST, 0, "source", "SOURCE", "only from this source, such as action-id:7",
		  .value = &m.report.filter.sources },
		{ OPT_TEXT, 0, "reason", "REGEX", "only with a reason that matches (extended)",
		  .value = &m.report.filter.reason },
		{ OPT_CHOICE, 0, "by", NULL, "count instead of listing", .value = &m.want.by,
		  .choices = groupings },
		{ OPT_INPUT, 'f', "follow", "FILE", "read FILE and wait for more, across rotation",
		  .value = &m.follow_path },
		{ OPT_FILE, 0, "ring", "FILE", "keep the ring in FILE, shared and continued",
		  .value = &m.ring },
		{ OPT_NUMBER, 0, "max", "N", "exit 1 when there are more than N",
		  .value = &m.want.most, .given = &m.want.limited },
		{ OPT_FLAG, 0, "actions", NULL, "print the original actions, for meshq-exec",
		  .value = &m.want.actions },
		{ OPT_FLAG, 0, "json", NULL, "print records, also on a terminal",
		  .value = &m.want.json },
		{ OPT_FLAG, 0, "table", NULL, "print a table, also when not on a terminal",
		  .value = &m.want.table },
		{ .type = OPT_END },
	};
	int status;

	if (!cli_start(&m.cli, &command, own, argc, argv, &status))
		return status;
	status = run(&m);
	release(&m);
	if (m.stopped && !m.following)
		cli_die_of(m.stopped);
	return cli_end(&m.cli, status);
}
