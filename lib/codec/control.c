#include "codec/control.h"

#include <stdlib.h>

struct control_paths control_paths(struct record_reader *r)
{
	return (struct control_paths){
		.until = record_reader_add(r, "until_ms"),
		.depth = record_reader_add(r, "depth"),
	};
}

static bool refuse(const struct record *r, const struct json_found *f, const char *expected,
                   const char **at, const char **what)
{
	*at = f->text.p ? f->text.p : record_end(r->line);
	*what = expected;
	return false;
}

static bool read_hold(const struct json_found *f, instant *until)
{
	*until = (instant){ INT64_MIN };
	return f->text.p && (json_type(f->text) == JSON_NULL || json_ms(f->text, &until->ns));
}

bool control_read(const struct control_paths *paths, const struct record *r, struct control *c,
                  const char **at, const char **what)
{
	*c = (struct control){ .type = CONTROL_NONE };
	if (!slice_starts(r->kind, "meshq."))
		return true;
	if (slice_is(r->kind, "meshq.hold")) {
		c->type = CONTROL_HOLD;
		if (!read_hold(&r->found[paths->until], &c->until))
			return refuse(r, &r->found[paths->until],
			              "expected until_ms to be a number of milliseconds or null",
			              at, what);
	} else if (slice_is(r->kind, "meshq.depth")) {
		const struct json_found *f = &r->found[paths->depth];
		c->type = CONTROL_DEPTH;
		if (!f->text.p || !json_u64(f->text, &c->depth))
			return refuse(r, f, "expected depth to be a whole number", at, what);
	} else {
		c->type = slice_is(r->kind, "meshq.tick") ? CONTROL_TICK : CONTROL_OTHER;
	}
	return true;
}

/* ---- meshq.backpressure: what daemons are told ---- */

struct control_pressure_paths control_pressure_paths(struct record_reader *r)
{
	return (struct control_pressure_paths){
		.state = record_reader_add(r, "state"),
		.level = record_reader_add(r, "level"),
	};
}

/* Other spellings of the words, with escapes, are theirs, too. */
static bool read_state(slice value, bool *asserted)
{
	struct buf scratch = { 0 };
	slice word = SLICE("");

	if (value.p && json_type(value) == JSON_STRING)
		word = json_string(value, &scratch);
	bool good = slice_is(word, "asserted") || slice_is(word, "released");
	*asserted = slice_is(word, "asserted");
	buf_free(&scratch);
	return good;
}

/* A number of JSON is one of strtod, and what comes behind it there is in no number. */
static bool read_level(slice value, double *level)
{
	if (json_type(value) != JSON_NUMBER)
		return false;
	*level = strtod(value.p, NULL) + 0.0; /* -0 is 0 */
	return *level >= 0 && *level <= 1;
}

bool control_read_pressure(const struct control_pressure_paths *paths, const struct record *r,
                           struct pressure *p, const char **at, const char **what)
{
	const struct json_found *state = &r->found[paths->state], *level = &r->found[paths->level];

	*p = (struct pressure){ .level = 1 };
	if (!read_state(state->text, &p->asserted))
		return refuse(r, state, "expected state to be \"asserted\" or \"released\"", at,
		              what);
	if (level->text.p && !read_level(level->text, &p->level))
		return refuse(r, level, "expected level to be a number from 0 to 1", at, what);
	if (!p->asserted)
		p->level = 0;
	return true;
}

void control_add_level(struct pressure p, struct buf *out)
{
	const double least = 0.01;

	buf_addf(out, "%.4g\n", !p.asserted ? 0.0 : p.level < least ? least : p.level);
}

/* ---- what is written ---- */

const char *control_state(enum edge edge)
{
	return edge == EDGE_RELEASED ? "released" : "asserted";
}

void control_add_edge(enum edge edge, uint64_t depth, double level, instant now, struct buf *out)
{
	buf_add_text(out, "{\"kind\":\"meshq.backpressure\",\"state\":\"");
	buf_add_text(out, control_state(edge));
	buf_addf(out, "\",\"depth\":%llu,\"level\":%.4g,\"at_ms\":", (unsigned long long)depth,
	         level);
	buf_add_ms(out, now.ns);
	buf_add_text(out, "}\n");
}

void control_add_handler_edge(enum edge edge, double level, struct buf *out)
{
	buf_addf(out, "{\"meshq\":{\"backpressure\":\"%s\",\"level\":%.4g}}\n", control_state(edge),
	         level);
}
