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

/* Makes room for `more` bytes behind the contents and returns where they go;
 * the caller writes there and then adds to b->n. */
char *buf_reserve(struct buf *b, size_t more);

void buf_add(struct buf *b, const char *bytes, size_t n);
void buf_add_slice(struct buf *b, slice s);
void buf_add_text(struct buf *b, const char *text);
void buf_add_char(struct buf *b, char c);
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
