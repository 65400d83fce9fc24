#include "base/dur.h"
#include "base/mem.h"
#include "cli/supervise_state.h"
#include "codec/daemon_event.h"
#include "codec/daemon_status.h"
#include "codec/ending.h"

#include <stdio.h>
#include <stdlib.h>

/* For people: "250ms", "1.2s", "300s". */
static void add_span(struct buf *out, span d)
{
	int64_t tenths = d.ns / (NS_PER_S / 10);

	if (d.ns < NS_PER_S)
		dur_format(out, (span){ d.ns - d.ns % NS_PER_MS });
	else if (d.ns < 60 * NS_PER_S && tenths % 10)
		buf_addf(out, "%jd.%jds", (intmax_t)(tenths / 10), (intmax_t)(tenths % 10));
	else
		dur_format(out, (span){ d.ns - d.ns % NS_PER_S });
}

/* ---- records ---- */

static const char *reason_of(const struct supervise *s, const struct supervisor_effect *f,
                             struct buf *scratch)
{
	const struct supervised *d = &s->supervisor.daemons[f->daemon];

	switch (f->event) {
	case SUPERVISOR_UNSTARTED:
		return s->daemons[f->daemon].failed.text;
	case SUPERVISOR_GIVEN_UP:
		buf_addf(scratch, "%u crash loop%s without a stable run", d->loops,
		         d->loops == 1 ? "" : "s");
		return buf_text(scratch);
	case SUPERVISOR_CRASHED:
		if (s->daemons[f->daemon].late)
			return "it was not ready in time";
		return f->end.signal || f->end.exit ? NULL : "it is not meant to end";
	default:
		return NULL;
	}
}

/* In a replay they are the same each time. */
static int64_t pid_of(const struct supervise *s, const struct supervisor_effect *f)
{
	bool has = f->event != SUPERVISOR_UNSTARTED && f->event != SUPERVISOR_GIVEN_UP;

	return has && !s->clock->record ? s->daemons[f->daemon].pid : 0;
}

static void add_record(struct supervise *s, const struct supervisor_effect *f, const char *reason)
{
	daemon_event_add(&s->trackers->key,
	                 &(struct daemon_event){ .name = buf_slice(&s->daemons[f->daemon].json),
	                                         .event = f->event,
	                                         .pid = pid_of(s, f),
	                                         .end = f->end,
	                                         .ran = f->ran,
	                                         .reason = reason,
	                                         .at = f->at },
	                 &s->told);
}

/* ---- events on standard error ---- */

static void say_event(struct supervise *s, const struct supervisor_effect *f, const char *reason)
{
	const struct supervise_daemon *d = &s->daemons[f->daemon];
	struct buf text = { 0 };

	switch (f->event) {
	case SUPERVISOR_UNSTARTED:
		cli_warn(s->cli, "%s: %s", d->name, reason);
		break;
	case SUPERVISOR_GIVEN_UP:
		cli_warn(s->cli, "%s: given up after %s", d->name, reason);
		break;
	case SUPERVISOR_NOT_READY:
		add_span(&text, d->policy->ready_timeout);
		cli_note(s->cli, "%s: not ready after %s, so it has to end", d->name,
		         buf_text(&text));
		break;
	case SUPERVISOR_STARTED:
		cli_detail(s->cli, "%s: started, pid %jd", d->name, (intmax_t)d->pid);
		break;
	case SUPERVISOR_EXITED:
	case SUPERVISOR_STOPPED:
		ending_add_words(f->end.exit, f->end.signal, &text);
		cli_detail(s->cli, "%s: %s: %s", d->name, daemon_event_name(f->event),
		           buf_text(&text));
		break;
	case SUPERVISOR_READY:
	case SUPERVISOR_STOPPING:
		cli_detail(s->cli, "%s: %s", d->name, daemon_event_name(f->event));
		break;
	case SUPERVISOR_CRASHED: /* with the hold that comes of it */
		break;
	}
	buf_free(&text);
}

void supervise_tell_event(struct supervise *s, const struct supervisor_effect *f)
{
	struct supervise_daemon *d = &s->daemons[f->daemon];
	struct buf scratch = { 0 };
	const char *reason = reason_of(s, f, &scratch);

	if (f->event == SUPERVISOR_STARTED || f->event == SUPERVISOR_NOT_READY)
		d->late = f->event == SUPERVISOR_NOT_READY;
	if (f->event == SUPERVISOR_CRASHED) {
		d->ran = f->ran;
		d->failed.text[0] = '\0';
	}
	add_record(s, f, reason);
	say_event(s, f, reason);
	buf_free(&scratch);
}

/* ---- holds ---- */

/* "exit status 1 after 3s"; of one that never ran it was said already. */
static void add_end(const struct supervise *s, uint32_t i, struct buf *out)
{
	const struct supervised *d = &s->supervisor.daemons[i];

	if (s->daemons[i].failed.text[0]) {
		buf_add_text(out, "it could not be started");
		return;
	}
	ending_add_words(d->last.exit, d->last.signal, out);
	buf_add_text(out, " after ");
	add_span(out, s->daemons[i].ran);
}

static void say_loop(const struct supervise *s, const struct supervisor_effect *f, const char *last)
{
	const struct backoff_policy *p = &s->cli->policy.backoff;
	struct buf within = { 0 };

	add_span(&within, p->crash_window);
	cli_warn(s->cli, "%s: CRASH LOOP: %u crash%s within %s, the last: %s",
	         s->daemons[f->daemon].name, p->threshold, p->threshold == 1 ? "" : "es",
	         buf_text(&within), last);
	buf_free(&within);
}

static void say_crash(const struct supervise *s, const struct supervisor_effect *f)
{
	const struct supervise_daemon *d = &s->daemons[f->daemon];
	bool waits = s->supervisor.daemons[f->daemon].state == SUPERVISED_WAITING;
	struct buf text = { 0 };

	add_end(s, f->daemon, &text);
	if (waits) {
		buf_add_text(&text, "; held for ");
		add_span(&text, instant_until(f->at, f->tracker.until));
	}
	if (f->tripped && !s->once)
		say_loop(s, f, buf_text(&text));
	else if (s->once)
		cli_detail(s->cli, "%s: %s", d->name, buf_text(&text));
	else if (waits || !d->failed.text[0])
		cli_note(s->cli, "%s: %s", d->name, buf_text(&text));
	buf_free(&text);
}

void supervise_tell_hold(struct supervise *s, const struct supervisor_effect *f)
{
	enum hold_cause cause = f->released ? HOLD_RELEASED : trackers_cause(f->cause);

	trackers_tell(s->trackers, buf_slice(&s->daemons[f->daemon].json), &f->tracker, cause,
	              f->was_held, f->at);
	if (cause == HOLD_CRASHED)
		say_crash(s, f);
}

/* ---- all of them ---- */

void supervise_tell_all(const struct supervise *s)
{
	struct daemon_status *list = mem_zeroed(s->count, sizeof *list);
	struct buf text = { 0 };

	for (uint32_t i = 0; i < s->count; i++) {
		list[i] = daemon_status_of(&s->supervisor.daemons[i], supervise_tracker(s, i));
		list[i].pid = s->daemons[i].process.pid;
		list[i].name = slice_of(s->daemons[i].name);
	}
	daemon_status_table(list, s->count, s->now, &text);
	cli_make_way(s->cli);
	fwrite(text.p, 1, text.n, stderr);
	buf_free(&text);
	free(list);
}
