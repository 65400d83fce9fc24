#include "sys/stock.h"

#include "base/mem.h"

#include <stdlib.h>

uint64_t stock_bytes(const struct stock *s)
{
	uint64_t n = stock_in_memory(s);

	for (uint32_t i = s->first; i < s->count; i++)
		n += s->parts[i].n;
	return n;
}

static void add_part(struct stock *s, struct stock_part part)
{
	if (s->first == s->count)
		s->first = s->count = 0;
	struct stock_part *last = s->count ? &s->parts[s->count - 1] : NULL;

	if (last && last->at + last->n == part.at) {
		last->n += part.n;
		return;
	}
	if (s->count == s->room) {
		s->room = s->room ? s->room * 2 : 4;
		s->parts = mem_resize(s->parts, s->room, sizeof *s->parts);
	}
	s->parts[s->count++] = part;
}

bool stock_spill(struct stock *s, struct spill *spill, struct err *e)
{
	struct stock_part part = { .n = stock_in_memory(s) };

	if (part.n == 0)
		return true;
	if (!spill_put(spill, (slice){ s->last.p + s->taken, part.n }, &part.at, e))
		return false;
	add_part(s, part);
	buf_clear(&s->last);
	s->taken = 0;
	return true;
}

static bool take_part(struct stock *s, struct spill *spill, size_t most, struct buf *out,
                      struct err *e)
{
	struct stock_part *part = &s->parts[s->first];
	size_t n = part->n < most ? (size_t)part->n : most;

	if (!spill_get(spill, part->at, n, out, e))
		return false;
	spill_drop(spill, part->at, n);
	part->at += n;
	part->n -= n;
	if (part->n == 0)
		s->first++;
	return true;
}

bool stock_take(struct stock *s, struct spill *spill, size_t most, struct buf *out, struct err *e)
{
	if (s->first < s->count)
		return take_part(s, spill, most, out, e);
	size_t n = stock_in_memory(s) < most ? stock_in_memory(s) : most;

	buf_add(out, s->last.p + s->taken, n);
	s->taken += n;
	if (s->taken == s->last.n) {
		buf_clear(&s->last);
		s->taken = 0;
	}
	return true;
}

bool stock_move(struct stock *to, struct stock *from, struct spill *spill, struct err *e)
{
	if (stock_is_empty(to)) {
		struct stock empty = *to;

		*to = *from;
		*from = empty;
		return true;
	}
	if (from->first < from->count && !stock_spill(to, spill, e))
		return false;
	while (from->first < from->count)
		add_part(to, from->parts[from->first++]);
	return stock_take(from, spill, stock_in_memory(from), &to->last, e);
}

void stock_free(struct stock *s, struct spill *spill)
{
	for (uint32_t i = s->first; i < s->count; i++)
		spill_drop(spill, s->parts[i].at, s->parts[i].n);
	free(s->parts);
	buf_free(&s->last);
	*s = (struct stock){ 0 };
}
