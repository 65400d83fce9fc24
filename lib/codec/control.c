#include "codec/control.h"

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

void control_add_edge(enum edge edge, uint64_t depth, double level, instant now, struct buf *out)
{
	buf_add_text(out, "{\"kind\":\"meshq.backpressure\",\"state\":\"");
	buf_add_text(out, edge == EDGE_ASSERTED ? "asserted" : "released");
	buf_addf(out, "\",\"depth\":%llu,\"level\":%.4g,\"at_ms\":", (unsigned long long)depth,
	         level);
	buf_add_ms(out, now.ns);
	buf_add_text(out, "}\n");
}

void control_add_handler_edge(enum edge edge, double level, struct buf *out)
{
	buf_addf(out, "{\"meshq\":{\"backpressure\":\"%s\",\"level\":%.4g}}\n",
	         edge == EDGE_ASSERTED ? "asserted" : "released", level);
}
