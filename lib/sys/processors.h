/* processors.h - how many processors this process may use, at least 1. */
#ifndef MESHQ_PROCESSORS_H
#define MESHQ_PROCESSORS_H

#include <stdint.h>

uint32_t processors_count(void);

#endif
