#include "sys/entropy.h"

#include <sys/random.h>
#include <time.h>
#include <unistd.h>

uint64_t entropy_u64(void)
{
	uint64_t value;

	if (getrandom(&value, sizeof value, 0) == (ssize_t)sizeof value)
		return value;
	/* Only where the call is forbidden: good enough to tell runs apart. */
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_nsec << 32 ^ (uint64_t)t.tv_sec ^ (uint64_t)getpid() << 20;
}
