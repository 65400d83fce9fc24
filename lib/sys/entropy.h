/* entropy.h - 64 bits that nobody can guess, from the system: seeds and epochs. */
#ifndef MESHQ_ENTROPY_H
#define MESHQ_ENTROPY_H

#include <stdint.h>

uint64_t entropy_u64(void);

#endif
