#include "codec/daemon_status.h"

#include "base/mem.h"
#include "codec/config_signal.h"
#include "codec/ending.h"
#include "codec/hold.h"
#include "codec/json.h"

#include <stdlib.h>

static const char *const states[] = {
	[SUPERVISED_DOWN] = "down",         [SUPERVISED_WAITING] = "waiting",
	[SUPERVISED_STARTING] = "starting", [SUPERVISED_UP] = "up",
	[SUPERVISED_STOPPING] = "stopping",
};

static const char *const rests[] = {
	[REST_STOPPED] = "stopped",
	[REST_DONE] = "done",
	[REST_FAILED] = "failed",
	[REST_GIVEN_UP] = "given_up",
};

enum { STATES = sizeof states / sizeof *states, RESTS = sizeof rests / sizeof *rests };

struct daemon_status daemon_status_of(const struct supervised *s, const struct backoff *tracker)
{
	struct daemon_status made = {
		.name = s->name,
		.state = s->state,
		.rest = s->rest,
		.wanted = s->wanted,
		.since = s->since,
		.starts = s->starts,
		.crashes = s->crashes,
		.ended = s->ended,
		.last = s->last,
	};

	if (tracker) {
		made.hold = tracker->state;
		made.until = tracker->until;
	}
	return made;
}

bool daemon_status_good(const struct daemon_status *s)
{
	bool at_fault = s->rest == REST_FAILED || s->rest == REST_GIVEN_UP;

	if (s->state == SUPERVISED_UP)
		return true;
	return !s->wanted && !(s->state == SUPERVISED_DOWN && at_fault);
}

const char *daemon_status_word(const struct daemon_status *s)
{
	return s->state == SUPERVISED_DOWN ? rests[s->rest] : states[s->state];
}

/* ---- writing ---- */

void daemon_status_add(const struct daemon_status *s, struct buf *out)
{
	buf_add_text(out, "{\"kind\":\"meshq.status\",\"daemon\":");
	buf_add_slice(out, s->name);
	buf_addf(out, ",\"state\":\"%s\"", states[s->state]);
	if (s->state == SUPERVISED_DOWN)
		buf_addf(out, ",\"rest\":\"%s\"", rests[s->rest]);
	buf_addf(out, ",\"wanted\":%s", s->wanted ? "true" : "false");
	if (s->pid)
		buf_addf(out, ",\"pid\":%lld", (long long)s->pid);
	buf_add_text(out, ",\"since_ms\":");
	buf_add_ms(out, s->since.ns);
	buf_addf(out, ",\"hold\":\"%s\"", hold_state_name(s->hold));
	if (s->hold != BACKOFF_IDLE) {
		buf_add_text(out, ",\"until_ms\":");
		buf_add_ms(out, s->until.ns);
	}
	buf_add_text(out, ",\"starts\":");
	buf_add_u64(out, s->starts);
	buf_add_text(out, ",\"crashes\":");
	buf_add_u64(out, s->crashes);
	if (s->ended)
		ending_add_member(s->last.exit, s->last.signal, out);
	buf_add_text(out, ",\"commands\":");
	buf_add_u64(out, s->commands);
	buf_add_text(out, "}\n");
}

/* ---- reading ---- */

enum member {
	KIND,
	DAEMON,
	STATE,
	REST,
	WANTED,
	PID,
	SINCE,
	HOLD,
	UNTIL,
	STARTS,
	CRASHES,
	EXIT,
	SIGNAL,
	COMMANDS,
	MEMBERS,
};

static const char *const members[MEMBERS] = {
	"kind", "daemon",   "state",  "rest",    "wanted", "pid",    "since_ms",
	"hold", "until_ms", "starts", "crashes", "exit",   "signal", "commands",
};

struct daemon_status_reader {
	struct json_plan *plan;
};

struct daemon_status_reader *daemon_status_reader_new(void)
{
	struct daemon_status_reader *r = mem_zeroed(1, sizeof *r);

	/* Names without dots, so their numbers are those of the enum. */
	r->plan = json_plan_new();
	for (int i = 0; i < MEMBERS; i++)
		json_plan_add(r->plan, members[i]);
	return r;
}

void daemon_status_reader_free(struct daemon_status_reader *r)
{
	if (r)
		json_plan_free(r->plan);
	free(r);
}

/* The place of the word among them; -1: it is none. */
static int find_word(slice value, const char *const *words, int count)
{
	for (int i = 0; i < count; i++)
		if (value.n == strlen(words[i]) + 2 &&
		    memcmp(value.p + 1, words[i], value.n - 2) == 0)
			return i;
	return -1;
}

static bool read_count(slice value, uint64_t *count)
{
	return !value.p || json_u64(value, count);
}

static bool read_state(const struct json_found *found, struct daemon_status *s)
{
	static const char *const holds[] = { "idle", "backing_off", "crash_looping" };
	int state = find_word(found[STATE].text, states, STATES);
	int rest = find_word(found[REST].text, rests, RESTS);
	int hold = find_word(found[HOLD].text, holds, 3);

	if (state < 0 || (rest < 0 && (state == SUPERVISED_DOWN || found[REST].text.p)) || hold < 0)
		return false;
	s->state = (enum supervised_state)state;
	s->rest = rest < 0 ? REST_STOPPED : (enum supervised_rest)rest;
	s->hold = (enum backoff_state)hold;
	s->wanted = slice_is(found[WANTED].text, "true");
	return found[SINCE].text.p && json_ms(found[SINCE].text, &s->since.ns) &&
	       (!found[UNTIL].text.p || json_ms(found[UNTIL].text, &s->until.ns));
}

static bool read_end(const struct json_found *found, struct daemon_status *s)
{
	slice name = found[SIGNAL].text;
	uint64_t number = 0;

	s->ended = found[EXIT].text.p || name.p;
	s->last.exit = -1;
	if (found[EXIT].text.p && (!json_u64(found[EXIT].text, &number) || number > 255))
		return false;
	if (found[EXIT].text.p)
		s->last.exit = (int)number;
	if (!name.p)
		return true;
	if (name.n < 3 || *name.p != '"')
		return false;
	name = (slice){ name.p + 1, name.n - 2 };
	s->last.signal = config_signal_find(name);
	if (!s->last.signal && slice_u64(name, &number) && number < 128)
		s->last.signal = (int)number;
	return s->last.signal > 0;
}

bool daemon_status_read(const struct daemon_status_reader *r, slice line, struct daemon_status *s,
                        struct err *e)
{
	struct json_found found[MEMBERS];
	struct json_error bad;
	uint64_t pid = 0;

	*s = (struct daemon_status){ 0 };
	if (!json_scan(r->plan, line, found, &bad))
		return err_set(e, STATUS_DATA, "byte %zu: %s", bad.at + 1, bad.what);
	s->name = found[DAEMON].text;
	bool good = slice_is(found[KIND].text, "\"meshq.status\"") && s->name.p &&
	            read_state(found, s) && read_end(found, s) &&
	            read_count(found[PID].text, &pid) && pid <= INT64_MAX &&
	            read_count(found[STARTS].text, &s->starts) &&
	            read_count(found[CRASHES].text, &s->crashes) &&
	            read_count(found[COMMANDS].text, &s->commands);
	s->pid = (int64_t)pid;
	return good || err_set(e, STATUS_DATA, "it is no meshq.status record");
}

/* ---- a table ---- */

enum { COLUMNS = 7 };

/* "12s", "3m05s", "2h03m", "5d04h": enough for eyes. A part of a second counts as one when `up`. */
static void add_age(span d, bool up, struct buf *out)
{
	static const struct {
		int64_t seconds, part;
		const char *form;
	} units[] = { { 86400, 3600, "%lldd%02lldh" },
		      { 3600, 60, "%lldh%02lldm" },
		      { 60, 1, "%lldm%02llds" } };
	int64_t s = d.ns <= 0 ? 0 : d.ns / NS_PER_S + (up && d.ns % NS_PER_S);

	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (s >= units[i].seconds) {
			buf_addf(out, units[i].form, (long long)(s / units[i].seconds),
			         (long long)(s % units[i].seconds / units[i].part));
			return;
		}
	buf_addf(out, "%llds", (long long)s);
}

static void add_note(const struct daemon_status *s, instant now, struct buf *out)
{
	if (s->state == SUPERVISED_WAITING && s->hold != BACKOFF_IDLE) {
		buf_add_text(out, s->hold == BACKOFF_CRASH_LOOPING ? "crash loop, starts in "
		                                                   : "starts in ");
		add_age(instant_until(now, s->until), true, out);
	}
	if (!s->ended)
		return;
	buf_add_text(out, s->state == SUPERVISED_WAITING ? "; last: " : "last: ");
	ending_add_words(s->last.exit, s->last.signal, out);
}

static void add_cells(const struct daemon_status *s, instant now, struct buf *cells)
{
	struct buf scratch = { 0 };

	buf_add_slice(&cells[0], *s->name.p == '"' ? json_string(s->name, &scratch) : s->name);
	buf_add_text(&cells[1], daemon_status_word(s));
	if (s->pid)
		buf_addf(&cells[2], "%lld", (long long)s->pid);
	else
		buf_add_char(&cells[2], '-');
	add_age(instant_until(s->since, now), false, &cells[3]);
	buf_add_u64(&cells[4], s->starts);
	buf_add_u64(&cells[5], s->crashes);
	add_note(s, now, &cells[6]);
	buf_free(&scratch);
}

/* Characters, not bytes. */
static size_t width_of(slice text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += (text.p[i] & 0xc0) != 0x80;
	return n;
}

/* Numbers stand to the right; there is nothing behind the last. */
static void add_row(const struct buf *cells, const size_t *widths, struct buf *out)
{
	for (int i = 0; i < COLUMNS; i++) {
		size_t pad = widths[i] - width_of(buf_slice(&cells[i]));
		bool right = i >= 2 && i < COLUMNS - 1;

		for (size_t k = 0; right && k < pad; k++)
			buf_add_char(out, ' ');
		buf_add_slice(out, buf_slice(&cells[i]));
		for (size_t k = 0; !right && i < COLUMNS - 1 && k < pad; k++)
			buf_add_char(out, ' ');
		if (i < COLUMNS - 1)
			buf_add_text(out, "  ");
	}
	while (out->n && out->p[out->n - 1] == ' ')
		out->n--;
	buf_add_char(out, '\n');
}

void daemon_status_table(const struct daemon_status *list, uint32_t count, instant now,
                         struct buf *out)
{
	static const char *const titles[COLUMNS] = { "DAEMON", "STATE",   "PID", "FOR",
		                                     "STARTS", "CRASHES", "NOTE" };
	struct buf(*cells)[COLUMNS] = mem_zeroed(count + 1, sizeof *cells);
	size_t widths[COLUMNS] = { 0 };

	for (int i = 0; i < COLUMNS; i++)
		buf_add_text(&cells[0][i], titles[i]);
	for (uint32_t i = 0; i < count; i++)
		add_cells(&list[i], now, cells[i + 1]);
	for (uint32_t r = 0; r <= count; r++)
		for (int i = 0; i < COLUMNS; i++) {
			size_t width = width_of(buf_slice(&cells[r][i]));
			if (width > widths[i])
				widths[i] = width;
		}
	for (uint32_t r = 0; r <= count; r++) {
		add_row(cells[r], widths, out);
		for (int i = 0; i < COLUMNS; i++)
			buf_free(&cells[r][i]);
	}
	free(cells);
}
