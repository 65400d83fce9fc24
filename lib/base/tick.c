#include "base/tick.h"

#include "base/slice.h"

#include <string.h>

size_t tick_format_ms(char text[TICK_TEXT], int64_t ns)
{
	/* The magnitude as unsigned, because INT64_MIN has no positive twin. */
	uint64_t size = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	uint64_t fraction = size % (uint64_t)NS_PER_MS;
	char digits[TICK_TEXT];
	char *end = digits + sizeof digits;
	char *p = end;

	if (fraction) {
		/* A leading 1 keeps the zeros; it becomes the point. */
		p = slice_digits(end, fraction + (uint64_t)NS_PER_MS);
		*p = '.';
		while (end[-1] == '0')
			end--;
	}
	p = slice_digits(p, size / (uint64_t)NS_PER_MS);
	if (ns < 0)
		*--p = '-';
	size_t n = (size_t)(end - p);
	memcpy(text, p, n);
	text[n] = '\0';
	return n;
}
