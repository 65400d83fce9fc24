/* buf.h - bytes that grow. A zeroed buf is empty and valid; the owner calls
 * buf_free, which leaves it empty again. `p` is NULL until something is added
 * and is not terminated unless buf_text asked for it. */
#ifndef MESHQ_BUF_H
#define MESHQ_BUF_H

#include "base/slice.h"

#include <stdint.h>

struct buf {
	char *p;
	size_t n;
	size_t room;
};

void buf_free(struct buf *b);

static inline void buf_clear(struct buf *b)
{
	b->n = 0;
}

void buf_grow(struct buf *b, size_t more);

/* Makes room for `more` bytes behind the contents and returns where they go;
 * the caller writes there and then adds to b->n. */
static inline char *buf_reserve(struct buf *b, size_t more)
{
	if (more > b->room - b->n)
		buf_grow(b, more);
	return b->p + b->n;
}

/* Inline, because records are put together from many short pieces. */
static inline void buf_add(struct buf *b, const char *bytes, size_t n)
{
	if (n == 0)
		return;
	memcpy(buf_reserve(b, n), bytes, n);
	b->n += n;
}

static inline void buf_add_slice(struct buf *b, slice s)
{
	buf_add(b, s.p, s.n);
}

static inline void buf_add_text(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

static inline void buf_add_char(struct buf *b, char c)
{
	*buf_reserve(b, 1) = c;
	b->n++;
}

void buf_add_u64(struct buf *b, uint64_t value);
void buf_add_i64(struct buf *b, int64_t value);
/* Nanoseconds as milliseconds, as tick_format_ms does. */
void buf_add_ms(struct buf *b, int64_t ns);
void buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline slice buf_slice(const struct buf *b)
{
	return (slice){ b->p, b->n };
}

/* The contents with a terminator behind them (not counted in n). */
const char *buf_text(struct buf *b);

#endif
