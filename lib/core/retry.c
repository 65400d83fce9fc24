/* retry.c - see retry.h. */
#include "core/retry.h"

#include "base/rng.h"

bool retry_allows(const struct retry_policy *p, uint32_t n)
{
	return n <= (p->listed ? p->count : p->most);
}

/* A ladder stands still at its most, and then has no more steps to climb. */
static span window_of(const struct ladder *l, uint32_t n)
{
	span window = l->initial;

	for (uint32_t i = 1; i < n; i++) {
		span next = ladder_next(l, window);

		if (next.ns == window.ns)
			break;
		window = next;
	}
	return window;
}

span retry_delay(const struct retry_policy *p, uint32_t n, uint64_t draw)
{
	if (p->listed)
		return p->delays[n - 1];
	return ladder_jittered(&p->ladder, window_of(&p->ladder, n), draw);
}

uint64_t retry_draw(uint64_t seed, uint64_t arrival, uint32_t attempt)
{
	return rng_derive(rng_derive(seed, arrival), attempt);
}
