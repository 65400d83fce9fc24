#include "cli/happen.h"

#include "base/mem.h"

#include <stdlib.h>

bool happen_open(struct happen *h, struct hash_seed keys, struct err *e)
{
	const struct scenario *s = h->scenario;

	if (!hold_key_init(&h->hold_key, "daemon", e))
		return false;
	backoff_set_init(&h->daemons, &h->policy->backoff, h->seed);
	h->intake.policy = h->policy;
	h->intake.gate = h->gate;
	intake_open(&h->intake, keys);
	h->appointments = mem_zeroed(s->happening_count, sizeof *h->appointments);
	for (uint32_t i = 0; i < s->happening_count; i++)
		h->appointments[i] = (struct appointment){
			.what = &s->happenings[i],
			.due = instant_add(h->start, s->happenings[i].at),
			.left = s->happenings[i].times,
		};
	return true;
}

void happen_close(struct happen *h)
{
	free(h->appointments);
	backoff_set_free(&h->daemons);
	hold_key_free(&h->hold_key);
	intake_close(&h->intake);
	buf_free(&h->line);
}

static struct appointment *first(const struct happen *h)
{
	struct appointment *first = NULL;

	for (uint32_t i = 0; i < h->scenario->happening_count; i++) {
		struct appointment *a = &h->appointments[i];

		if (a->left && (!first || a->due.ns < first->due.ns))
			first = a;
	}
	return first;
}

/* ---- records ---- */

static void add_daemon_event(struct happen *h, const struct happening *what)
{
	bool crash = what->type == HAPPENING_CRASH;
	slice name = slice_of(what->daemon);
	struct key key = hash_bytes((struct hash_seed){ 1, 2 }, name.p, name.n);
	struct buf json = { 0 };

	while (backoff_set_release(&h->daemons, h->at))
		;
	struct backoff_daemon *d = backoff_set_get(&h->daemons, key, name, h->at);
	bool was_held =
		backoff_set_apply(&h->daemons, d, crash ? BACKOFF_CRASHED : BACKOFF_STARTED, h->at);
	json_add_string(&json, name);
	hold_add(&h->hold_key, buf_slice(&json), &d->tracker, crash ? HOLD_CRASHED : HOLD_STARTED,
	         was_held, h->at, &h->line);
	h->line.n--; /* its newline */
	buf_free(&json);
}

static void add_hold(struct happen *h, const struct happening *what)
{
	buf_addf(&h->line, "{\"kind\":\"meshq.hold\",%s,\"until_ms\":", what->members);
	if (what->type == HAPPENING_HOLD)
		buf_add_ms(&h->line, instant_add(h->at, what->lasts).ns);
	else
		buf_add_text(&h->line, "null");
	buf_add_text(&h->line, ",\"at_ms\":");
	buf_add_ms(&h->line, h->at.ns);
	buf_add_char(&h->line, '}');
}

static void show_record(struct happen *h, const struct happening *what)
{
	buf_clear(&h->line);
	if (what->type == HAPPENING_CRASH || what->type == HAPPENING_START)
		add_daemon_event(h, what);
	else
		add_hold(h, what);
	memset(buf_reserve(&h->line, JSON_SLACK), 0, JSON_SLACK);
	intake_show(&h->intake, buf_slice(&h->line));
}

/* ---- events ---- */

bool happen_next(struct happen *h, struct event *event)
{
	while (!intake_event(&h->intake, h->at, event)) {
		struct appointment *a = first(h);

		if (!a)
			return false;
		h->at = a->due;
		a->left--;
		a->due = instant_add(a->due, a->what->every);
		*event = (struct event){ .now = h->at, .jobs = a->what->jobs };
		switch (a->what->type) {
		case HAPPENING_JOBS:
			event->kind = EVENT_JOBS;
			return true;
		case HAPPENING_STOP:
			event->kind = EVENT_STOPPED;
			return true;
		case HAPPENING_CRASH:
		case HAPPENING_START:
		case HAPPENING_HOLD:
		case HAPPENING_RELEASE:
			show_record(h, a->what);
		}
	}
	return true;
}
