/* stock.h - bytes that wait for their way out, first in, first out: the last of them in
 * memory, and what has no room there in a spill, which many stocks share. */
#ifndef MESHQ_STOCK_H
#define MESHQ_STOCK_H

#include "sys/spill.h"

/* Zeroed it is empty. Bytes in the parts are before those in `last`. */
struct stock {
	struct stock_part {
		uint64_t at;
		uint64_t n;
	} * parts;
	uint32_t first; /* the parts before it are taken */
	uint32_t count;
	uint32_t room;
	size_t taken; /* bytes of `last` */
	struct buf last;
};

static inline bool stock_is_empty(const struct stock *s)
{
	return s->first == s->count && s->taken == s->last.n;
}

/* All of it. */
uint64_t stock_bytes(const struct stock *s);

static inline size_t stock_in_memory(const struct stock *s)
{
	return s->last.n - s->taken;
}

/* To add bytes, append to s->last. This moves them out of memory; on false they are still
 * there. */
bool stock_spill(struct stock *s, struct spill *spill, struct err *e);

/* Takes at most `most` of the first bytes, at least one if there is any, and appends them
 * to `out`. */
bool stock_take(struct stock *s, struct spill *spill, size_t most, struct buf *out, struct err *e);

/* Everything of `from`, which is empty then, comes behind what is in `to`. */
bool stock_move(struct stock *to, struct stock *from, struct spill *spill, struct err *e);

/* What is in it is lost. */
void stock_free(struct stock *s, struct spill *spill);

#endif
