#include "codec/schedule.h"

#include "codec/hold.h"
#include "codec/json.h"

struct step {
	slice daemon;
	uint64_t crash; /* the nth */
	instant at;
	const struct backoff *tracker;
};

static void add_record(const struct step *s, struct buf *out)
{
	buf_add_text(out, "{\"daemon\":");
	json_add_string(out, s->daemon);
	buf_add_text(out, ",\"crash\":");
	buf_add_u64(out, s->crash);
	buf_add_text(out, ",\"at_ms\":");
	buf_add_ms(out, s->at.ns);
	buf_addf(out, ",\"state\":\"%s\",\"wait_ms\":", hold_state_name(s->tracker->state));
	buf_add_ms(out, instant_until(s->at, s->tracker->until).ns);
	buf_add_text(out, ",\"until_ms\":");
	buf_add_ms(out, s->tracker->until.ns);
	buf_add_text(out, "}\n");
}

/* Seconds, with as many decimals as they need and at most six: enough for eyes. */
static void add_seconds(int64_t ns, int width, struct buf *out)
{
	char text[TICK_TEXT];
	size_t n = tick_format_ms(text, ns / 1000);

	buf_addf(out, "%*.*ss", width - 1, (int)n, text);
}

static void add_row(const struct step *s, int name_width, struct buf *out)
{
	buf_addf(out, "%-*.*s  %5llu  ", name_width, SLICE_ARG(s->daemon),
	         (unsigned long long)s->crash);
	add_seconds(s->at.ns, 10, out);
	buf_add_text(out, "  ");
	add_seconds(instant_until(s->at, s->tracker->until).ns, 10, out);
	buf_add_text(out, "  ");
	add_seconds(s->tracker->until.ns, 10, out);
	buf_addf(out, "  %s\n", hold_state_name(s->tracker->state));
}

static int widest(char **names)
{
	size_t width = strlen("DAEMON");

	for (; *names; names++)
		if (strlen(*names) > width)
			width = strlen(*names);
	return (int)width;
}

void schedule_add(const struct schedule *s, bool table, struct buf *out)
{
	struct rng rng = { s->seed };
	int width = widest(s->daemons);

	if (table)
		buf_addf(out, "%-*s  %5s  %10s  %10s  %10s  %s\n", width, "DAEMON", "CRASH", "AT",
		         "WAIT", "UNTIL", "STATE");
	for (char **name = s->daemons; *name; name++) {
		struct backoff tracker;
		struct step step = { .daemon = slice_of(*name), .tracker = &tracker };
		instant start = { 0 };

		backoff_init(&tracker, s->policy);
		for (step.crash = 1; step.crash <= s->crashes; step.crash++) {
			backoff_start(&tracker, s->policy, start);
			step.at = instant_add(start, s->every);
			backoff_crash(&tracker, s->policy, step.at, rng_next(&rng));
			start = tracker.until;
			if (table)
				add_row(&step, width, out);
			else
				add_record(&step, out);
		}
		backoff_free(&tracker);
	}
}
