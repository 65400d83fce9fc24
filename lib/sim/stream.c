#include "sim/stream.h"

#include "base/mem.h"
#include "core/heap.h"

#include <stdlib.h>

/* A member whose value changes, and the text that is before it in every line. */
struct part {
	struct buf lead;
	const struct field *field; /* NULL: behind the last one */
	struct rng rng;
};

/* One stream under way. */
struct course {
	struct timer timer; /* its next arrival */
	const struct stream *stream;
	struct process_state state;
	struct part *parts; /* the last has no field */
	uint32_t part_count;
};

struct streams {
	instant start;
	struct heap heap;
	struct course *courses;
	uint32_t count;
};

void stream_free(struct stream *s)
{
	free(s->name);
	free(s->kind);
	for (uint32_t i = 0; i < s->field_count; i++)
		field_free(&s->fields[i]);
	free(s->fields);
	*s = (struct stream){ 0 };
}

/* ---- what is the same in every line ---- */

static void add_name(const char *name, struct buf *out)
{
	buf_add_text(out, ",\"");
	field_add_escaped(name, out);
	buf_add_text(out, "\":");
}

/* Constant fields become part of the text around them. */
static void prepare(struct course *c, uint64_t seed)
{
	const struct stream *s = c->stream;
	struct part *part = c->parts = mem_zeroed((size_t)s->field_count + 1, sizeof *part);

	buf_add_text(&part->lead, "{\"kind\":\"");
	field_add_escaped(s->kind, &part->lead);
	buf_add_char(&part->lead, '"');
	for (uint32_t i = 0; i < s->field_count; i++) {
		const struct field *f = &s->fields[i];
		add_name(f->name, &part->lead);
		if (f->type == FIELD_CONSTANT) {
			field_add(f, 0, NULL, &part->lead);
			continue;
		}
		part->field = f;
		part->rng.state = rng_derive(seed, i + UINT64_C(1));
		part++;
	}
	add_name("at_ms", &part->lead);
	c->part_count = (uint32_t)(part - c->parts) + 1;
}

/* ---- all of them ---- */

static void schedule(struct streams *s, struct course *c)
{
	span at;

	if (process_next(&c->stream->process, &c->state, &at))
		heap_set(&s->heap, &c->timer, instant_add(s->start, at),
		         (uint64_t)(c - s->courses));
	else
		heap_remove(&s->heap, &c->timer);
}

struct streams *streams_new(const struct stream *list, uint32_t count, uint64_t seed, instant start)
{
	struct streams *s = mem_zeroed(1, sizeof *s);

	s->start = start;
	s->count = count;
	s->courses = mem_zeroed(count, sizeof *s->courses);
	for (uint32_t i = 0; i < count; i++) {
		struct course *c = &s->courses[i];
		uint64_t own = rng_derive(seed, i);

		c->stream = &list[i];
		c->state.rng.state = rng_derive(own, 0);
		prepare(c, own);
		schedule(s, c);
	}
	return s;
}

void streams_free(struct streams *s)
{
	if (!s)
		return;
	for (struct course *c = s->courses; c < s->courses + s->count; c++) {
		for (uint32_t i = 0; i < c->part_count; i++)
			buf_free(&c->parts[i].lead);
		free(c->parts);
	}
	free(s->courses);
	heap_free(&s->heap);
	free(s);
}

instant streams_due(const struct streams *s)
{
	return heap_due(&s->heap);
}

void streams_take(struct streams *s, struct buf *line)
{
	const struct heap_slot *top = heap_top(&s->heap);
	struct course *c = (struct course *)((char *)top->timer - offsetof(struct course, timer));
	uint64_t n = c->state.arrived - 1; /* of this arrival, from 0 */
	instant at = top->due;

	for (struct part *p = c->parts; p < c->parts + c->part_count; p++) {
		buf_add_slice(line, buf_slice(&p->lead));
		if (p->field)
			field_add(p->field, n, &p->rng, line);
	}
	buf_add_ms(line, at.ns);
	if (c->stream->expires.ns) {
		add_name("expires_ms", line);
		buf_add_ms(line, instant_add(at, c->stream->expires).ns);
	}
	buf_add_char(line, '}');
	schedule(s, c);
}
