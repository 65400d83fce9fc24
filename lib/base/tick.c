#include "base/tick.h"

#include <stdio.h>

size_t tick_format_ms(char text[TICK_TEXT], int64_t ns)
{
	/* The magnitude as unsigned, because INT64_MIN has no positive twin. */
	uint64_t size = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	unsigned fraction = (unsigned)(size % (uint64_t)NS_PER_MS);
	int n = snprintf(text, TICK_TEXT, "%s%llu", ns < 0 ? "-" : "",
	                 (unsigned long long)(size / (uint64_t)NS_PER_MS));

	if (fraction) {
		n += snprintf(text + n, TICK_TEXT - (size_t)n, ".%06u", fraction);
		while (text[n - 1] == '0')
			n--;
		text[n] = '\0';
	}
	return (size_t)n;
}
