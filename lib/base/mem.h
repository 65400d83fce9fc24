/* mem.h - allocation that succeeds or ends the program.
 *
 * A filter that is out of memory cannot go on, and a decision must not be able
 * to fail, so there is one place that gives up. mem_exhausted() is supplied by
 * the program (sys/exhausted.c); the pure layers only call it. */
#ifndef MESHQ_MEM_H
#define MESHQ_MEM_H

#include <stddef.h>

_Noreturn void mem_exhausted(void);

/* Like malloc, calloc and realloc (of count * size); never NULL. */
void *mem_new(size_t size);
void *mem_zeroed(size_t count, size_t size);
void *mem_resize(void *old, size_t count, size_t size);

/* A copy of n bytes with a terminator behind them. */
char *mem_text(const char *bytes, size_t n);

#endif
