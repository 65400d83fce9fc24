#include "sys/epoch.h"

#include "base/rng.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* Without the kernel's randomness, process and time have to tell runs apart. */
static uint64_t poor_random(void)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_REALTIME, &t);
	struct rng r = { (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec };
	r.state ^= (uint64_t)getpid() << 40;
	return rng_next(&r);
}

void epoch_make(char text[EPOCH_TEXT])
{
	uint64_t bits;

	if (getrandom(&bits, sizeof bits, 0) != (ssize_t)sizeof bits)
		bits = poor_random();
	snprintf(text, EPOCH_TEXT, "%016" PRIx64, bits);
}
