#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *mem_new(size_t size)
{
	void *p = malloc(size ? size : 1);
	if (!p)
		mem_exhausted();
	return p;
}

void *mem_zeroed(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);
	if (!p)
		mem_exhausted();
	return p;
}

void *mem_resize(void *old, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		mem_exhausted();
	size_t bytes = count * size;
	void *p = realloc(old, bytes ? bytes : 1);
	if (!p)
		mem_exhausted();
	return p;
}

char *mem_text(const char *bytes, size_t n)
{
	char *p = mem_new(n + 1);
	if (n)
		memcpy(p, bytes, n);
	p[n] = '\0';
	return p;
}
