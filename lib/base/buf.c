#include "base/buf.h"

#include "base/mem.h"
#include "base/tick.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ 0 };
}

void buf_grow(struct buf *b, size_t more)
{
	size_t room = b->room ? b->room : 64;

	if (more > SIZE_MAX / 2 - b->n)
		mem_exhausted();
	while (room - b->n < more)
		room *= 2;
	b->p = mem_resize(b->p, room, 1);
	b->room = room;
}

void buf_add_u64(struct buf *b, uint64_t value)
{
	char digits[20];
	char *end = digits + sizeof digits;
	char *start = slice_digits(end, value);

	buf_add(b, start, (size_t)(end - start));
}

void buf_add_i64(struct buf *b, int64_t value)
{
	if (value < 0)
		buf_add_char(b, '-');
	buf_add_u64(b, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void buf_add_ms(struct buf *b, int64_t ns)
{
	b->n += tick_format_ms(buf_reserve(b, TICK_TEXT), ns);
}

void buf_addf(struct buf *b, const char *format, ...)
{
	va_list args, again;
	size_t left = b->room - b->n;

	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(left ? b->p + b->n : NULL, left, format, args);
	va_end(args);
	if (n > 0) {
		if ((size_t)n >= left)
			vsnprintf(buf_reserve(b, (size_t)n + 1), (size_t)n + 1, format, again);
		b->n += (size_t)n;
	}
	va_end(again);
}

const char *buf_text(struct buf *b)
{
	*buf_reserve(b, 1) = '\0';
	return b->p;
}
