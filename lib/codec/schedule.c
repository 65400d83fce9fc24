#include "codec/schedule.h"

#include "codec/hold.h"
#include "codec/json.h"

static void add_record(const struct schedule *s, instant at, struct buf *out)
{
	buf_add_text(out, "{\"daemon\":");
	json_add_string(out, slice_of(*s->daemons));
	buf_add_text(out, ",\"crash\":");
	buf_add_u64(out, s->crash);
	buf_add_text(out, ",\"at_ms\":");
	buf_add_ms(out, at.ns);
	buf_addf(out, ",\"state\":\"%s\",\"wait_ms\":", hold_state_name(s->tracker.state));
	buf_add_ms(out, instant_until(at, s->tracker.until).ns);
	buf_add_text(out, ",\"until_ms\":");
	buf_add_ms(out, s->tracker.until.ns);
	buf_add_text(out, "}\n");
}

/* Seconds, with as many decimals as they need and at most six: enough for eyes. */
static void add_seconds(int64_t ns, int width, struct buf *out)
{
	char text[TICK_TEXT];
	size_t n = tick_format_ms(text, ns / 1000);

	buf_addf(out, "%*.*ss", width - 1, (int)n, text);
}

static void add_row(const struct schedule *s, instant at, struct buf *out)
{
	buf_addf(out, "%-*s  %5llu  ", s->width, *s->daemons, (unsigned long long)s->crash);
	add_seconds(at.ns, 10, out);
	buf_add_text(out, "  ");
	add_seconds(instant_until(at, s->tracker.until).ns, 10, out);
	buf_add_text(out, "  ");
	add_seconds(s->tracker.until.ns, 10, out);
	buf_addf(out, "  %s\n", hold_state_name(s->tracker.state));
}

static int widest(char **names)
{
	size_t width = strlen("DAEMON");

	for (; *names; names++)
		if (strlen(*names) > width)
			width = strlen(*names);
	return (int)width;
}

void schedule_begin(struct schedule *s, struct buf *out)
{
	s->crash = 0;
	s->width = widest(s->daemons);
	if (s->table)
		buf_addf(out, "%-*s  %5s  %10s  %10s  %10s  %s\n", s->width, "DAEMON", "CRASH",
		         "AT", "WAIT", "UNTIL", "STATE");
}

bool schedule_next(struct schedule *s, struct buf *out)
{
	if (s->crash == s->crashes) {
		backoff_free(&s->tracker);
		s->daemons += *s->daemons != NULL;
		s->crash = 0;
	}
	if (!*s->daemons || !s->crashes)
		return false;
	if (s->crash++ == 0) {
		backoff_init(&s->tracker, s->policy);
		s->tracker.until = (instant){ 0 };
	}
	backoff_start(&s->tracker, s->policy, s->tracker.until);
	instant at = instant_add(s->tracker.until, s->every);
	backoff_crash(&s->tracker, s->policy, at, rng_next(&s->rng));
	if (s->table)
		add_row(s, at, out);
	else
		add_record(s, at, out);
	return true;
}
