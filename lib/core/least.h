/* least.h - numbers in a row, and the least of any stretch of them: a tree of minima.
 *
 * Setting a number and asking cost O(log n), whatever the stretch is. */
#ifndef MESHQ_LEAST_H
#define MESHQ_LEAST_H

#include <stdint.h>

/* Not less than any number: what a row consists of at first. */
#define LEAST_NONE UINT64_MAX

struct least {
	uint64_t *tree; /* the row is its second half; each before it is the less of two */
	uint32_t count;
};

/* A row of `count` times LEAST_NONE. */
void least_init(struct least *l, uint32_t count);
void least_free(struct least *l);

void least_set(struct least *l, uint32_t i, uint64_t value);

/* The least of the numbers `from` .. `to` - 1; LEAST_NONE: there are none. */
uint64_t least_of(const struct least *l, uint32_t from, uint32_t to);

static inline uint64_t least_at(const struct least *l, uint32_t i)
{
	return l->tree[(uint64_t)l->count + i];
}

#endif
